//! A thousand million normals as the kernels draw them: moments, distribution, tails.

use crate::compute::cpu::draw::draw;
use crate::compute::lanes::{Isa, Keys, LANES};
use crate::random::{Address, DieAddress, Stream};

const N_DRAWS: usize = 1_000_000_000;
/// Pairs of normals per lane of one call.
const PAIRS: usize = 1 << 12;
/// Bins of the histogram, from -8 to 8.
const BINS: usize = 4096;

fn beyond(x: f64) -> f64 {
    0.5 * libm::erfc(x / std::f64::consts::SQRT_2)
}

#[test]
#[ignore = "a thousand million draws: 6 s on one core"]
fn a_thousand_million_normals_are_normal() {
    let mut z = vec![[[0.0f32; LANES]; 2]; PAIRS];
    let mut bins = vec![0u64; BINS];
    let mut powers = [0.0f64; 4];
    let n = N_DRAWS.next_multiple_of(2 * PAIRS * LANES);
    for call in 0..n / (2 * PAIRS * LANES) {
        let die = DieAddress { lot: 1, wafer: 1, x: 0, y: 0 };
        let address = Address { seed: 2026, stream: Stream::Cell, die, array: (call / 64) as u32, element: 0 };
        draw(Isa::best(), &Keys::new(&address), call % 64, 0, &mut z);
        for &z in z.as_flattened().as_flattened() {
            bins[((z + 8.0) * (BINS / 16) as f32) as usize] += 1;
            let (z, square) = (f64::from(z), f64::from(z * z));
            for (power, value) in powers.iter_mut().zip([z, square, z * square, square * square]) {
                *power += value;
            }
        }
    }
    let n = n as f64;
    for (power, (expected, variance)) in powers.iter().zip([(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0f64)]) {
        let (found, allowed) = (power / n, 4.0 * (variance / n).sqrt());
        assert!((found - expected).abs() < allowed, "moment: {found}, expected {expected} +- {allowed}");
    }
    // Kolmogorov-Smirnov over the edges of the bins; 1.95 is exceeded with a probability of 0.001.
    let edge = |bin: usize| bin as f64 / (BINS / 16) as f64 - 8.0;
    let (mut below, mut distance) = (0, 0.0f64);
    for (bin, count) in bins.iter().enumerate() {
        below += count;
        distance = distance.max((below as f64 / n - beyond(-edge(bin + 1))).abs());
    }
    assert!(distance * n.sqrt() < 1.95, "largest distance: {distance}");
    for sigma in 1..=6 {
        let outside = |bin: usize| edge(bin + 1) <= f64::from(-sigma) || edge(bin) >= f64::from(sigma);
        let found = (0..BINS).filter(|&bin| outside(bin)).map(|bin| bins[bin]).sum::<u64>() as f64;
        let expected = 2.0 * n * beyond(f64::from(sigma));
        assert!((found - expected).abs() <= 4.0 * expected.sqrt() + 1.0, "{sigma} sigma: {found}, expected {expected}");
        println!("beyond {sigma} sigma: {found}, expected {expected:.1}");
    }
    println!("largest distance times root n: {:.2}", distance * n.sqrt());
}
