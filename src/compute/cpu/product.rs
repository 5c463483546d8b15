//! The register-blocked product: six input vectors by sixteen columns, all rows of a panel, one fused multiply-add each.

use super::inputs::{Packed, TILE};
use crate::compute::lanes::{LANES, Lanes};

/// Adds the rows of a panel to the charges: `charges[vector] += inputs[vector, row] * weights[row]`, rows ascending.
///
/// `weights`: `[row, lane]`, the first of them row `first_row` of the inputs. `charges`: `[vector, lane]`.
#[inline(always)]
pub fn add_product<L: Lanes>(
    inputs: &Packed<f32>,
    first_row: usize,
    weights: &[[f32; LANES]],
    charges: &mut [[f32; LANES]],
) {
    for (tile, charges) in charges.chunks_mut(TILE).enumerate() {
        let inputs = inputs.tile(tile * TILE, first_row);
        match charges.len() {
            1 => add_tile::<L, 1>(inputs, weights, charges),
            2 => add_tile::<L, 2>(inputs, weights, charges),
            3 => add_tile::<L, 3>(inputs, weights, charges),
            4 => add_tile::<L, 4>(inputs, weights, charges),
            5 => add_tile::<L, 5>(inputs, weights, charges),
            _ => add_tile::<L, TILE>(inputs, weights, charges),
        }
    }
}

/// N vectors at once: each weight is loaded once for all of them, and the sums stay in registers.
#[inline(always)]
fn add_tile<L: Lanes, const N: usize>(inputs: &[f32], weights: &[[f32; LANES]], charges: &mut [[f32; LANES]]) {
    let mut sums = [L::of(0.0); N];
    for (sum, charge) in sums.iter_mut().zip(&*charges) {
        *sum = L::load(charge);
    }
    let (rows, _) = inputs.as_chunks::<N>();
    for (inputs, weights) in rows.iter().zip(weights) {
        let weights = L::load(weights);
        for (sum, &input) in sums.iter_mut().zip(inputs) {
            *sum = L::of(input).mul_add(weights, *sum);
        }
    }
    for (sum, charge) in sums.iter().zip(charges) {
        sum.store(charge);
    }
}
