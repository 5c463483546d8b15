//! The array test's weights and inputs: uniform codes, addressed, the same for every die.

use crate::random::{Address, DieAddress, Stream};

/// Elements of inputs have this bit, those of weights do not.
const INPUTS: u32 = 1 << 31;
const COLUMN_BITS: u32 = 14;
const ROW_BLOCK_BITS: u32 = 10;

/// Weights and inputs of one array of the array test: each code uniform over all that its bits allow.
///
/// A code depends on its place alone: a larger array continues the pattern of a smaller one. Rows and columns up to 2^14,
/// inputs up to 2^21.
///
/// Shapes: weights `[row, column]`, |w| <= 2^(`weight_bits` - 1) - 1; inputs `[input, row]`, x < 2^`input_bits`.
pub fn test_pattern(
    seed: u64,
    array: u32,
    rows: usize,
    columns: usize,
    weight_bits: u32,
    input_bits: u32,
    n_inputs: usize,
) -> (Vec<i8>, Vec<u8>) {
    let words =
        |element| Address { seed, stream: Stream::Pattern, die: DieAddress::lot_level(0), array, element }.words();
    let largest = (1i64 << (weight_bits - 1)) - 1;
    let mut weights = vec![0; rows * columns];
    // A block holds the words of four rows of a column.
    for first_row in (0..rows).step_by(4) {
        for column in 0..columns {
            let words = words((first_row as u32 / 4) << COLUMN_BITS | column as u32);
            for (row, word) in (first_row..rows.min(first_row + 4)).zip(words) {
                let n_codes = 2 * largest + 1;
                weights[row * columns + column] = (((i64::from(word) * n_codes) >> 32) - largest) as i8;
            }
        }
    }
    let mut inputs = vec![0; n_inputs * rows];
    // A block holds the bytes of sixteen rows of an input.
    for (input, codes) in inputs.chunks_exact_mut(rows).enumerate() {
        for (block, codes) in codes.chunks_mut(16).enumerate() {
            let bytes = words(INPUTS | (input as u32) << ROW_BLOCK_BITS | block as u32).map(u32::to_le_bytes);
            for (code, byte) in codes.iter_mut().zip(bytes.as_flattened()) {
                *code = byte >> (8 - input_bits);
            }
        }
    }
    (weights, inputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_array_continues_the_pattern() {
        let (small, few) = test_pattern(3, 1, 5, 7, 4, 4, 2);
        let (large, many) = test_pattern(3, 1, 37, 11, 4, 4, 6);
        for row in 0..5 {
            assert_eq!(small[row * 7..][..7], large[row * 11..][..7], "row {row}");
        }
        assert_eq!((&few[..5], &few[5..]), (&many[..5], &many[37..42]));
    }

    #[test]
    fn arrays_and_seeds_have_patterns_of_their_own() {
        let pattern = |seed, array| test_pattern(seed, array, 16, 16, 4, 4, 4);
        assert_eq!(pattern(1, 0), pattern(1, 0));
        assert!(pattern(1, 0).0 != pattern(1, 1).0 && pattern(1, 0).1 != pattern(1, 1).1);
        assert!(pattern(1, 0).0 != pattern(2, 0).0 && pattern(1, 0).1 != pattern(2, 0).1);
    }

    /// Counts of each code against their expectation: chi-squared stays below mean + 5 sd of its distribution.
    fn is_uniform(codes: impl Iterator<Item = usize>, n_codes: usize) -> bool {
        let mut counts = vec![0.0; n_codes];
        codes.for_each(|code| counts[code] += 1.0);
        let expected = counts.iter().sum::<f64>() / n_codes as f64;
        let chi2 = counts.iter().map(|count| (count - expected) * (count - expected) / expected).sum::<f64>();
        let degrees = n_codes as f64 - 1.0;
        chi2 < degrees + 5.0 * (2.0 * degrees).sqrt()
    }

    #[test]
    fn codes_are_uniform_and_in_range() {
        for (weight_bits, input_bits) in [(2, 1), (4, 4), (7, 8)] {
            let largest = (1i32 << (weight_bits - 1)) - 1;
            let (weights, inputs) = test_pattern(1, 0, 300, 200, weight_bits, input_bits, 200);
            let levels = weights.iter().map(|w| (i32::from(*w) + largest) as usize);
            assert!(is_uniform(levels, 2 * largest as usize + 1), "{weight_bits} bits");
            assert!(is_uniform(inputs.iter().map(|x| usize::from(*x)), 1 << input_bits), "{input_bits} bits");
        }
    }

    #[test]
    fn the_check_of_uniformity_sees_a_missing_and_a_favoured_code() {
        assert!(!is_uniform((0..60_000).map(|i| i % 15), 16));
        assert!(!is_uniform((0..60_000).map(|i| if i % 100 == 0 { 0 } else { i % 16 }), 16));
        assert!(is_uniform((0..60_000).map(|i| i % 16), 16));
    }
}
