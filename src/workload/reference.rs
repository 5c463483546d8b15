//! What a die without any variation answers: integer products through an ideal converter, tile by tile and slice by slice.

use crate::compute::activation::{argmax, requantise};
use crate::compute::{Activation, Layer, Network};
use crate::spec::Product;

/// The designed converter: code = clamp(round(charge * gain), -code_max, code_max), ties to even.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdealConverter {
    /// Codes per weight step and input step.
    pub gain: f32,
    pub code_max: f32,
}

impl IdealConverter {
    /// The converter that the product was designed with.
    pub fn of(product: &Product) -> Self {
        let code_max = (1u32 << (product.adc.bits - 1)) - 1;
        // Rounded once, as the card writer does: another rounding could turn a tie.
        Self { gain: (1.0 / product.adc.steps_per_code) as f32, code_max: code_max as f32 }
    }

    fn code(self, charge: i32) -> f32 {
        (charge as f32 * self.gain).round_ties_even().clamp(-self.code_max, self.code_max)
    }
}

/// Class of each image of the network.
///
/// The same f32 operations in the same order as in the kernels, so that a perfect die equals this to the last code.
pub fn classify(network: &Network, converter: IdealConverter) -> Vec<u8> {
    let images = network.images.chunks_exact(network.layers[0].rows);
    images.map(|image| class_of(network, converter, image)).collect()
}

fn class_of(network: &Network, converter: IdealConverter, image: &[u8]) -> u8 {
    let mut inputs = image.to_vec();
    for layer in &network.layers {
        let codes = layer_codes(network, layer, converter, &inputs);
        let value = |(column, code): (usize, f32)| layer.value(network.steps_per_code, code, column);
        let values: Vec<f32> = codes.into_iter().enumerate().map(value).collect();
        match layer.activation {
            Activation::Relu { codes_per_unit } => {
                inputs = values.into_iter().map(|v| requantise(v, codes_per_unit, network.input_bits)).collect();
            }
            Activation::Argmax => return argmax(&values) as u8,
        }
    }
    // A network without a last layer has one class.
    0
}

/// Shifted codes of a layer, summed over its row tiles and slices. Shape: `[column]`.
pub(super) fn layer_codes(network: &Network, layer: &Layer, converter: IdealConverter, inputs: &[u8]) -> Vec<f32> {
    let n_slices = network.input_bits.div_ceil(network.bits_per_slice);
    let mask = (1u32 << network.bits_per_slice) - 1;
    let mut sums = vec![0.0; layer.columns];
    for tile in &layer.tiles {
        let mut codes = vec![0.0; tile.columns];
        for slice in 0..n_slices {
            let shift = network.bits_per_slice * slice;
            let mut charges = vec![0i32; tile.columns];
            for (input, weights) in inputs[tile.row..].iter().zip(tile.weights.chunks_exact(tile.columns)) {
                let symbol = (u32::from(*input) >> shift & mask) as i32;
                for (charge, weight) in charges.iter_mut().zip(weights) {
                    *charge += symbol * i32::from(*weight);
                }
            }
            for (code, charge) in codes.iter_mut().zip(charges) {
                *code += (1u32 << shift) as f32 * converter.code(charge);
            }
        }
        for (sum, code) in sums[tile.column..].iter_mut().zip(codes) {
            *sum += code;
        }
    }
    sums
}
