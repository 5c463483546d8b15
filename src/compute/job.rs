//! The work, described as data before any backend executes it, and the short rows that come back.

use rayon::prelude::*;

/// One array with its stored weights and the inputs applied to it: the test pattern of the array test.
#[derive(Clone, Debug)]
pub struct ArrayJob {
    /// Array number on the die; part of every address.
    pub array: u32,
    pub rows: usize,
    /// Outputs. Each is a differential pair of bitlines.
    pub columns: usize,
    /// Signed weight codes, |w| < `MAX_LEVELS`. Shape: `[row, column]`. w > 0 is level w on the plus cell and 0 on the minus cell.
    pub weights: Vec<i8>,
    /// Unsigned input codes. Shape: `[input, row]`.
    pub inputs: Vec<u8>,
    pub input_bits: u32,
    /// Bits applied at once: 1 = bit-serial, `input_bits` = multi-level. Each slice is converted, then shifted and added.
    pub bits_per_slice: u32,
    /// Adjacent columns that share one converter (its gain and offset, not its noise).
    pub columns_per_converter: u32,
    /// Weight steps x input steps per code of the designed chip: what the digital side multiplies a code with.
    pub steps_per_code: f32,
    /// Draw the sums over each level's pairs in place of the pairs: see `outputs`. The same distribution; takes pairs drawn at once, and
    /// symbols that are worth their numbers.
    pub draws_outputs: bool,
}

/// The bits of `code` that are applied in one slice.
pub fn symbol(code: u8, slice: usize, bits_per_slice: u32) -> u8 {
    (code >> (bits_per_slice as usize * slice)) & ((1u32 << bits_per_slice) - 1) as u8
}

impl ArrayJob {
    /// Levels that its weights take, 0 among them.
    pub fn n_levels(&self) -> usize {
        1 + usize::from(self.weights.iter().map(|w| w.unsigned_abs()).max().unwrap_or(0))
    }

    /// The exact integer products, x . w. Shape: `[column, input]`.
    pub fn exact(&self) -> Vec<i64> {
        let of_input = |x: &[u8]| {
            let mut sums = vec![0i64; self.columns];
            for (&x, weights) in x.iter().zip(self.weights.chunks_exact(self.columns)) {
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum += i64::from(i32::from(x) * i32::from(weight));
                }
            }
            sums
        };
        let by_input: Vec<Vec<i64>> = self.inputs.par_chunks_exact(self.rows).map(of_input).collect();
        (0..self.columns).flat_map(|column| by_input.iter().map(move |sums| sums[column])).collect()
    }
}

/// What one (die, variant, array) returns. Errors are in weight steps x input steps, relative to the exact integer product.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct ArrayRow {
    /// (a) Gain of the array: slope of the static result against the exact one, mean over columns.
    pub gain: f32,
    /// (a) Offset of the array, mean over columns.
    pub offset: f32,
    /// (a) Spread of gain over columns: its variance less that which the static error lends to the fitted slopes, floored at 0.
    pub column_gain_sd: f32,
    /// (a) Spread of offset over columns, corrected likewise.
    pub column_offset_sd: f32,
    /// (b) RMS static error that is left in a column after its own gain and offset (inputs - 2 degrees of freedom).
    pub static_rms: f32,
    /// (c) RMS of what a read adds: noise, quantisation, clipping.
    pub read_rms: f32,
    /// RMS of the whole error, nothing removed.
    pub total_rms: f32,
    /// RMS of the whole error after one gain and one offset for the array.
    pub trimmed_rms: f32,
    /// Largest error of any output.
    pub max_abs: f32,
    /// Conversions that hit an end of the range.
    pub n_clipped: f32,
    /// Column with the largest static error, and that error.
    pub worst_column: f32,
    pub worst_column_rms: f32,
}

/// A feed-forward network, mapped to arrays.
#[derive(Clone, Debug)]
pub struct Network {
    pub layers: Vec<Layer>,
    /// Input codes. Shape: `[image, row]` of the first layer.
    pub images: Vec<u8>,
    /// True class of each image.
    pub labels: Vec<u8>,
    /// Class that the quantised digital reference gives each image.
    pub digital: Vec<u8>,
    pub input_bits: u32,
    pub bits_per_slice: u32,
    pub columns_per_converter: u32,
    /// See [`ArrayJob::steps_per_code`].
    pub steps_per_code: f32,
}

/// One layer: outputs = activation(scale * sum over tiles of steps_per_code * shifted codes + bias).
#[derive(Clone, Debug)]
pub struct Layer {
    pub rows: usize,
    pub columns: usize,
    pub tiles: Vec<Tile>,
    /// Real value of one weight step x input step.
    pub scale: f32,
    /// Shape: `[column]`, in real units.
    pub bias: Vec<f32>,
    pub activation: Activation,
}

/// A rectangle of a layer that sits in one array, in that array's first rows and columns.
#[derive(Clone, Debug)]
pub struct Tile {
    pub array: u32,
    /// First row and column in the layer.
    pub row: usize,
    pub column: usize,
    pub rows: usize,
    pub columns: usize,
    /// Shape: `[row, column]` of the tile.
    pub weights: Vec<i8>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// Next layer's input code = clamp(round(value * codes_per_unit), 0, 2^input_bits - 1): ReLU and requantisation in one.
    Relu { codes_per_unit: f32 },
    /// Last layer: the largest value wins, the first of equals.
    Argmax,
}

/// What one (die, variant) returns from the classification of all images.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct ClassifyRow {
    pub n_correct: u32,
    /// Right in the digital reference, wrong here.
    pub n_lost: u32,
    /// Wrong in the digital reference, right here.
    pub n_gained: u32,
    /// Conversions that hit an end of the range.
    pub n_clipped: u32,
}
