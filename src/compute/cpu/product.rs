//! The register-blocked product: some input vectors by sixteen columns, all rows of a panel, summed in registers.
//!
//! With a number for each row, six vectors cost one fused multiply-add for each weight. Where inputs are bits, the sums of all
//! subsets of four rows are made once for all vectors, and a vector adds the one that its four bits name: a quarter of the
//! additions, and no multiplication.

use super::inputs::Inputs;
use super::packed::{Bits, EIGHT, Packed, QUAD, TILE};
use crate::compute::lanes::{Isa, Kernel, LANES, Lanes, Line, load_all};

/// Quads of rows whose subset sums (16 KiB) stay in the first-level cache while every vector passes.
const QUADS: usize = 16;

type QuadOfWeights = [[f32; LANES]; QUAD];
/// The weights of each subset of four rows, summed. The bits of its number name its rows, lowest first.
type SubsetSums = [Line; 1 << QUAD];

/// The product and what it works in.
pub struct Product {
    sums: Box<[SubsetSums; QUADS]>,
}

impl Product {
    pub fn new() -> Self {
        Self { sums: Box::new([[Line::default(); 1 << QUAD]; QUADS]) }
    }

    /// Adds the rows of a panel to the charges: `charges[vector] += inputs[vector, row] * weights[row]`, rows ascending.
    ///
    /// `weights`: `[row, lane]`, the first of them row `first_row` of the inputs. `charges`: `[vector, lane]`.
    pub fn add(
        &mut self,
        isa: Isa,
        inputs: &Inputs,
        first_row: usize,
        weights: &[[f32; LANES]],
        charges: &mut [[f32; LANES]],
    ) {
        match inputs {
            Inputs::Values(values) => add_values(isa, values, first_row, weights, charges),
            Inputs::Bits(bits) => self.add_bits(isa, bits, first_row, weights, charges),
        }
    }

    /// Quads are those of the inputs; of the first and the last only some rows may be in the panel.
    fn add_bits(
        &mut self,
        isa: Isa,
        bits: &Bits,
        first_row: usize,
        weights: &[[f32; LANES]],
        charges: &mut [[f32; LANES]],
    ) {
        let skip = first_row % QUAD;
        let (head, weights) = weights.split_at(if skip == 0 { 0 } else { weights.len().min(QUAD - skip) });
        let (whole, tail) = weights.as_chunks::<QUAD>();
        let mut first_quad = first_row / QUAD;
        let mut add = |quads: &[QuadOfWeights]| {
            self.add_quads(isa, bits, first_quad, quads, charges);
            first_quad += quads.len();
        };
        if !head.is_empty() {
            add(&[partial(skip, head)]);
        }
        whole.chunks(QUADS).for_each(&mut add);
        if !tail.is_empty() {
            add(&[partial(0, tail)]);
        }
    }

    fn add_quads(
        &mut self,
        isa: Isa,
        bits: &Bits,
        first_quad: usize,
        quads: &[QuadOfWeights],
        charges: &mut [[f32; LANES]],
    ) {
        let sums = &mut self.sums[..quads.len()];
        isa.run(SumSubsets { quads, sums });
        for (eight, charges) in charges.chunks_mut(EIGHT).enumerate() {
            let words = bits.words(eight * EIGHT, first_quad);
            match charges.as_chunks_mut().0 {
                [charges] => isa.run(AddSubsets { words, sums, charges }),
                _ => {
                    let mut padded = [[0.0; LANES]; EIGHT];
                    padded[..charges.len()].copy_from_slice(charges);
                    isa.run(AddSubsets { words, sums, charges: &mut padded });
                    charges.copy_from_slice(&padded[..charges.len()]);
                }
            }
        }
    }
}

/// A quad of which only some rows have weights.
fn partial(skip: usize, weights: &[[f32; LANES]]) -> QuadOfWeights {
    let mut quad = [[0.0; LANES]; QUAD];
    quad[skip..skip + weights.len()].copy_from_slice(weights);
    quad
}

/// Sums the weights of all subsets of each quad.
struct SumSubsets<'a> {
    quads: &'a [QuadOfWeights],
    sums: &'a mut [SubsetSums],
}

impl Kernel for SumSubsets<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        for (weights, sums) in self.quads.iter().zip(self.sums) {
            L::of(0.0).store(&mut sums[0].0);
            for (i, weight) in weights.iter().enumerate() {
                let weight = L::load(weight);
                for subset in 0..1 << i {
                    (L::load(&sums[subset].0) + weight).store(&mut sums[subset | 1 << i].0);
                }
            }
        }
    }
}

/// Eight vectors at once: four rows of one by one addition.
struct AddSubsets<'a> {
    /// Bits of each quad.
    words: &'a [u32],
    sums: &'a [SubsetSums],
    charges: &'a mut [[f32; LANES]; EIGHT],
}

impl Kernel for AddSubsets<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut charges = load_all::<L, EIGHT>(&*self.charges);
        for (word, subsets) in self.words.iter().zip(self.sums) {
            for (vector, charge) in charges.iter_mut().enumerate() {
                let subset = word >> (vector * QUAD) & ((1 << QUAD) - 1);
                *charge = *charge + L::load(&subsets[subset as usize].0);
            }
        }
        for (charge, to) in charges.iter().zip(self.charges) {
            charge.store(to);
        }
    }
}

/// The product with a number for each row, see [`Product::add`].
pub fn add_values(
    isa: Isa,
    inputs: &Packed<f32>,
    first_row: usize,
    weights: &[[f32; LANES]],
    charges: &mut [[f32; LANES]],
) {
    for (tile, charges) in charges.chunks_mut(TILE).enumerate() {
        let inputs = inputs.tile(tile * TILE, first_row);
        match charges.len() {
            1 => isa.run(AddTile::<1, 4> { inputs, weights, charges }),
            2 => isa.run(AddTile::<2, 3> { inputs, weights, charges }),
            3 => isa.run(AddTile::<3, 2> { inputs, weights, charges }),
            4 => isa.run(AddTile::<4, 1> { inputs, weights, charges }),
            5 => isa.run(AddTile::<5, 1> { inputs, weights, charges }),
            _ => isa.run(AddTile::<TILE, 1> { inputs, weights, charges }),
        }
    }
}

/// N vectors at once: each weight is loaded once for all of them. Few vectors have sums for every one of `APART` rows, since a sum
/// waits for the one before. A kernel of its own, so that nothing else takes the registers of the sums.
struct AddTile<'a, const N: usize, const APART: usize> {
    inputs: &'a [f32],
    weights: &'a [[f32; LANES]],
    charges: &'a mut [[f32; LANES]],
}

impl<const N: usize, const APART: usize> Kernel for AddTile<'_, N, APART> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut sums = [[L::of(0.0); N]; APART];
        sums[0] = load_all::<L, N>(&*self.charges);
        let inputs = &self.inputs.as_chunks::<N>().0[..self.weights.len()];
        let ((inputs, inputs_left), (weights, weights_left)) =
            (inputs.as_chunks::<APART>(), self.weights.as_chunks::<APART>());
        for (inputs, weights) in inputs.iter().zip(weights) {
            for ((sums, inputs), weights) in sums.iter_mut().zip(inputs).zip(weights) {
                add::<L, N>(sums, inputs, weights);
            }
        }
        for ((sums, inputs), weights) in sums.iter_mut().zip(inputs_left).zip(weights_left) {
            add::<L, N>(sums, inputs, weights);
        }
        let mut total = sums[0];
        for sums in &sums[1..] {
            total.iter_mut().zip(sums).for_each(|(total, sum)| *total = *total + *sum);
        }
        for (sum, charge) in total.iter().zip(self.charges) {
            sum.store(charge);
        }
    }
}

#[inline(always)]
fn add<L: Lanes, const N: usize>(sums: &mut [L; N], inputs: &[f32; N], weights: &[f32; LANES]) {
    let weights = L::load(weights);
    for (sum, &input) in sums.iter_mut().zip(inputs) {
        *sum = L::of(input).mul_add(weights, *sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    /// Bits and the same as numbers: whole weights, so that both sums are exact; panels that cut quads anywhere.
    #[test]
    fn bits_give_what_numbers_give() {
        let (rows, n_inputs, n_slices) = (203, 7, 3);
        let codes: Vec<u8> = (0..n_inputs * rows).map(|i| (i * i % 251 % 8) as u8).collect();
        let bits = Inputs::Bits(Cow::Owned(Bits::new(&codes, rows, n_slices)));
        let mut values = Packed::new(rows, n_inputs * n_slices);
        for vector in 0..n_inputs * n_slices {
            let codes = &codes[vector / n_slices * rows..][..rows];
            values.set_vector(vector, codes.iter().map(|code| f32::from(code >> (vector % n_slices) & 1)));
        }
        let values = Inputs::Values(values);
        let weights: Vec<[f32; LANES]> =
            (0..rows).map(|row| std::array::from_fn(|lane| ((row * 31 + lane * 17) % 101) as f32 - 50.0)).collect();
        let mut product = Product::new();
        for (first, end) in [(0, 203), (0, 200), (0, 1), (1, 3), (2, 203), (3, 4), (5, 77), (64, 128), (130, 203)] {
            for isa in Isa::available() {
                let [mut found, mut expected] = [(); 2].map(|()| vec![[1.0; LANES]; n_inputs * n_slices]);
                product.add(isa, &bits, first, &weights[first..end], &mut found);
                product.add(isa, &values, first, &weights[first..end], &mut expected);
                assert_eq!(found, expected, "rows {first} to {end}, {}", isa.name());
            }
        }
        // The comparison must be able to fail.
        let [mut found, mut expected] = [(); 2].map(|()| vec![[1.0; LANES]; n_inputs * n_slices]);
        product.add(Isa::best(), &bits, 1, &weights[..200], &mut found);
        product.add(Isa::best(), &values, 0, &weights[..200], &mut expected);
        assert_ne!(found, expected);
    }
}
