//! The capacitor arrays of successive-approximation converters: what each bit weighs, and which code an input ends at.
//! Twin: `shaders/converter.wgsl`.

use super::draw::draw_for;
use crate::compute::Readout;
use crate::compute::address::{block_of, capacitor_element};
use crate::compute::lanes::{Isa, Keys, LANES, Lanes};

/// Draws of the converters of sixteen columns: the unit that ends the array, then bit after bit. Shape: `[pair, 2, lane]`.
pub struct CapacitorDraws(Vec<[[f32; LANES]; 2]>);

impl CapacitorDraws {
    /// Draws the capacitors of `bits` bits; none where `bits` is 0.
    pub fn new(isa: Isa, keys: &Keys, bits: u32, converters: &[u32; LANES]) -> Self {
        let n = if bits == 0 { 0 } else { bits as usize + 1 };
        let mut draws = vec![[[0.0; LANES]; 2]; n.div_ceil(2)];
        draw_for(isa, keys, converters, block_of(capacitor_element(0, 0)), &mut draws);
        Self(draws)
    }

    /// Weight of each bit in codes, lowest bit first, for a card whose capacitors are not even.
    pub fn weights(&self, readout: &Readout) -> Vec<[f32; LANES]> {
        let bits = readout.capacitor_bits as usize;
        let mut weights = vec![[0.0; LANES]; bits];
        // Of 2^i units the relative spread is that of one over sqrt(2^i).
        let units = |bit: usize| (1u32 << bit) as f32;
        let draws = self.0.as_flattened();
        for lane in 0..LANES {
            let mut total = 1.0 + readout.capacitor_sd * draws[0][lane];
            for ((bit, weight), z) in weights.iter_mut().enumerate().zip(&draws[1..]) {
                weight[lane] = units(bit) + readout.capacitor_sd * units(bit).sqrt() * z[lane];
                total += weight[lane];
            }
            for weight in &mut weights {
                weight[lane] *= units(bits) / total;
            }
        }
        weights
    }
}

/// The code of an input (codes, 0 in the middle): bits are tried from the highest, each against the weights set so far.
#[inline(always)]
pub fn successive_approximation<L: Lanes>(input: L, weights: &[[f32; LANES]]) -> L {
    let lowest = -0.5 * (1u32 << weights.len()) as f32;
    let from_lowest = input - L::of(lowest - 0.5);
    let [mut set, mut code] = [L::of(0.0), L::of(lowest)];
    for (bit, weight) in weights.iter().enumerate().rev() {
        let weight = L::load(weight);
        let kept = from_lowest.exceeds(set + weight);
        set = set + kept * weight;
        code = code + kept * L::of((1u32 << bit) as f32);
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::Card;
    use crate::compute::lanes::Kernel;
    use crate::random::{Address, DieAddress, Stream};

    struct Codes<'a> {
        inputs: [f32; LANES],
        weights: &'a [[f32; LANES]],
    }

    impl Kernel for Codes<'_> {
        type Output = [f32; LANES];

        #[inline(always)]
        fn run<L: Lanes>(self) -> [f32; LANES] {
            let mut codes = [0.0; LANES];
            successive_approximation(L::load(&self.inputs), self.weights).store(&mut codes);
            codes
        }
    }

    fn draws(bits: u32) -> CapacitorDraws {
        let die = DieAddress::lot_level(0);
        let address = Address { seed: 9, stream: Stream::Column, die, array: 0, element: 0 };
        CapacitorDraws::new(Isa::best(), &Keys::new(&address), bits, &std::array::from_fn(|lane| lane as u32))
    }

    fn readout(bits: u32, capacitor_sd: f32) -> Readout {
        Readout { capacitor_sd, capacitor_bits: bits, ..Card::ideal(1.0, 127.0).readout }
    }

    #[test]
    fn equal_units_round() {
        for bits in [2, 5, 8, 16] {
            let weights = draws(bits).weights(&readout(bits, 0.0));
            let half = 0.5 * (1u32 << bits) as f32;
            for step in -40..40 {
                let input = half * step as f32 / 37.0 + 0.01;
                let codes = Isa::best().run(Codes { inputs: [input; LANES], weights: &weights });
                assert_eq!(codes[3], input.round_ties_even().clamp(-half, half - 1.0), "{bits} bits, {input}");
            }
        }
    }

    /// With a highest bit that is too light by a code and a half a code is missed; with one too heavy a code is wide.
    #[test]
    fn a_light_bit_repeats_and_a_heavy_one_skips() {
        let steps = |weight: f32| {
            let weights = [1.0, 2.0, weight].map(|weight| [weight; LANES]);
            let codes = (-80..80).map(|i| {
                let inputs = [i as f32 / 20.0 + 0.01; LANES];
                Isa::best().run(Codes { inputs, weights: &weights })[0]
            });
            let codes: Vec<f32> = codes.collect();
            (-4..4).map(|code| codes.iter().filter(|&&c| c == code as f32).count()).collect::<Vec<_>>()
        };
        assert_eq!(steps(4.0)[1..7], [20; 6]);
        assert_eq!(steps(2.5)[3], 0, "code -1 is never reached: bit 2 is kept at 2.5");
        assert!(steps(5.5)[3] == 50, "code -1 lasts until 5.5");
    }

    #[test]
    fn weights_add_up_to_the_range() {
        let weights = draws(8).weights(&readout(8, 0.05));
        for lane in 0..LANES {
            let sum: f32 = weights.iter().map(|weight| weight[lane]).sum();
            // The end of the array takes a unit of its own.
            assert!((sum - 255.0).abs() < 0.3 && sum != 255.0, "{sum}");
        }
        let draws = draws(8).0;
        let independent = || draws.as_flattened().as_flattened().iter();
        assert!(independent().all(|z| independent().filter(|y| *y == z).count() == 1));
    }
}
