//! What follows a layer's conversions, in one stated order of f32 operations, so that every backend and the digital
//! reference agree.

use super::Layer;

impl Layer {
    /// Real value of one code: `scale * steps_per_code`.
    pub fn code_value(&self, steps_per_code: f32) -> f32 {
        self.scale * steps_per_code
    }

    /// Real value of the output of one column.
    pub fn value(&self, steps_per_code: f32, codes: f32, column: usize) -> f32 {
        output(self.code_value(steps_per_code), codes, self.bias[column])
    }
}

/// Real value of an output: `code_value * codes + bias`, the product rounded before the sum.
///
/// `codes`: shifted codes, summed over row tiles and slices (whole numbers, exact in f32 below 2^24).
#[inline(always)]
pub fn output(code_value: f32, codes: f32, bias: f32) -> f32 {
    code_value * codes + bias
}

/// Input code of the next layer: `clamp(round(output * codes_per_unit), 0, 2^input_bits - 1)`, ties to even.
#[inline(always)]
pub fn requantise(output: f32, codes_per_unit: f32, input_bits: u32) -> u8 {
    const WHOLE: f32 = 8_388_608.0;
    let largest = ((1u32 << input_bits) - 1) as f32;
    // Not clamp: this turns a NaN into 0. The sum has the code in its lowest byte, and unlike a cast it is one instruction.
    let code = (output * codes_per_unit).round_ties_even().max(0.0).min(largest);
    (code + WHOLE).to_bits() as u8
}

/// Index of the largest value, the first of equals.
pub fn argmax(values: &[f32]) -> usize {
    values.iter().enumerate().fold(0, |best, (i, &v)| if v > values[best] { i } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requantisation_rounds_to_even_and_stays_in_range() {
        let cases =
            [(0.5, 0), (1.5, 2), (2.5, 2), (14.6, 15), (900.0, 15), (-3.0, 0), (f32::NAN, 0), (f32::INFINITY, 15)];
        for (output, code) in cases {
            assert_eq!(requantise(output, 1.0, 4), code, "{output}");
        }
        assert_eq!(requantise(1.0e9, 1.0, 8), 255);
    }

    #[test]
    fn the_first_of_equals_wins() {
        assert_eq!(argmax(&[1.0, 3.0, 3.0, 2.0]), 1);
        assert_eq!(argmax(&[f32::NEG_INFINITY; 3]), 0);
    }
}
