//! What one core could do at most: normals, and fused multiply-adds, at the rate of a loop of nothing else.

use super::draw::draw;
use crate::compute::lanes::{Isa, Kernel, Keys, LANES, Lanes};
use crate::random::{Address, DieAddress, Stream};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rates of one core on its best instruction set.
#[derive(Clone, Copy, Debug)]
pub struct Floors {
    /// Normals drawn into the first-level cache.
    pub normals_per_s: f64,
    /// Fused multiply-adds of registers.
    pub fmas_per_s: f64,
}

impl Floors {
    /// Best of several short loops, some 30 ms in all.
    pub fn measure() -> Self {
        let isa = Isa::best();
        let address = Address { seed: 1, stream: Stream::Cell, die: DieAddress::lot_level(0), array: 0, element: 0 };
        let keys = Keys::new(&address);
        let mut z = vec![[[0.0; LANES]; 2]; 128];
        let normals_per_s = best_rate(z.as_flattened().as_flattened().len(), || {
            draw(isa, &keys, 0, 0, &mut z);
            black_box(&z);
        });
        let n = 4096;
        let fmas_per_s = best_rate(n * SUMS * LANES, || {
            black_box(isa.run(MultiplyAdd { n, x: black_box(0.5) }));
        });
        Self { normals_per_s, fmas_per_s }
    }

    /// Time that so many of both take at least, on one core.
    pub fn seconds(&self, normals: f64, fmas: f64) -> f64 {
        normals / self.normals_per_s + fmas / self.fmas_per_s
    }
}

fn best_rate(n: usize, mut work: impl FnMut()) -> f64 {
    const CALLS: u32 = 20;
    let time = |work: &mut dyn FnMut()| {
        let started = Instant::now();
        (0..CALLS).for_each(|_| work());
        started.elapsed()
    };
    let best = (0..20).map(|_| time(&mut work)).min().unwrap_or(Duration::MAX);
    (n as f64) * f64::from(CALLS) / best.as_secs_f64()
}

/// Independent sums, enough to hide the latency of one.
const SUMS: usize = 6;

struct MultiplyAdd {
    n: usize,
    x: f32,
}

impl Kernel for MultiplyAdd {
    type Output = [[f32; LANES]; SUMS];

    #[inline(always)]
    fn run<L: Lanes>(self) -> [[f32; LANES]; SUMS] {
        let (x, step) = (L::of(self.x), L::of(1.0));
        let mut sums = [step; SUMS];
        for _ in 0..self.n {
            for sum in &mut sums {
                *sum = sum.mul_add(x, step);
            }
        }
        let mut out = [[0.0; LANES]; SUMS];
        for (sum, out) in sums.iter().zip(&mut out) {
            sum.store(out);
        }
        out
    }
}
