//! What follows a layer's conversions, in one stated order of f32 operations, so that every backend and the digital
//! reference agree.

use super::Layer;

impl Layer {
    /// Real value of an output: `(scale * steps_per_code) * codes + bias`, each product and sum rounded.
    ///
    /// `codes`: shifted codes, summed over row tiles and slices (whole numbers, exact in f32 below 2^24).
    #[inline(always)]
    pub fn value(&self, steps_per_code: f32, codes: f32, column: usize) -> f32 {
        (self.scale * steps_per_code) * codes + self.bias[column]
    }
}

/// Input code of the next layer: clamp(round(value * codes_per_unit), 0, 2^input_bits - 1), ties to even.
#[inline(always)]
pub fn requantise(value: f32, codes_per_unit: f32, input_bits: u32) -> u8 {
    let largest = ((1u32 << input_bits) - 1) as f32;
    (value * codes_per_unit).round_ties_even().clamp(0.0, largest) as u8
}

/// Index of the largest value, the first of equals.
pub fn argmax(values: &[f32]) -> usize {
    values.iter().enumerate().fold(0, |best, (i, &v)| if v > values[best] { i } else { best })
}
