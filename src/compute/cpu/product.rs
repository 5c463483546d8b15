//! The register-blocked product: six input vectors by sixteen columns, all rows of a panel, one fused multiply-add each.

use super::inputs::{Packed, TILE};
use crate::compute::lanes::{Isa, Kernel, LANES, Lanes};

/// Adds the rows of a panel to the charges: `charges[vector] += inputs[vector, row] * weights[row]`, rows ascending.
///
/// `weights`: `[row, lane]`, the first of them row `first_row` of the inputs. `charges`: `[vector, lane]`.
pub fn add_product(
    isa: Isa,
    inputs: &Packed<f32>,
    first_row: usize,
    weights: &[[f32; LANES]],
    charges: &mut [[f32; LANES]],
) {
    for (tile, charges) in charges.chunks_mut(TILE).enumerate() {
        let inputs = inputs.tile(tile * TILE, first_row);
        match charges.len() {
            1 => isa.run(AddTile::<1> { inputs, weights, charges }),
            2 => isa.run(AddTile::<2> { inputs, weights, charges }),
            3 => isa.run(AddTile::<3> { inputs, weights, charges }),
            4 => isa.run(AddTile::<4> { inputs, weights, charges }),
            5 => isa.run(AddTile::<5> { inputs, weights, charges }),
            _ => isa.run(AddTile::<TILE> { inputs, weights, charges }),
        }
    }
}

/// N vectors at once: each weight is loaded once for all of them. A kernel of its own, so that nothing else takes the
/// registers of the sums.
struct AddTile<'a, const N: usize> {
    inputs: &'a [f32],
    weights: &'a [[f32; LANES]],
    charges: &'a mut [[f32; LANES]],
}

impl<const N: usize> Kernel for AddTile<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut sums = [L::of(0.0); N];
        for (sum, charge) in sums.iter_mut().zip(&*self.charges) {
            *sum = L::load(charge);
        }
        let (rows, _) = self.inputs.as_chunks::<N>();
        for (inputs, weights) in rows.iter().zip(self.weights) {
            let weights = L::load(weights);
            for (sum, &input) in sums.iter_mut().zip(inputs) {
                *sum = L::of(input).mul_add(weights, *sum);
            }
        }
        for (sum, charge) in sums.iter().zip(self.charges) {
            sum.store(charge);
        }
    }
}
