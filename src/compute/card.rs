//! What a kernel knows of one die under one variant: its cells by weight level and its readout.

/// Most weight levels a card holds (differential mapping of 7-bit weights).
pub const MAX_LEVELS: usize = 64;
/// Most input symbols of one slice (4-bit multi-level input).
pub const MAX_SYMBOLS: usize = 16;

/// One die under one variant (corner or recipe). Read by the CPU and, byte for byte, by the shaders.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Card {
    /// Mean cell value of each level (weight steps). An ideal cell of level l has mean l.
    pub level_mean: [f32; MAX_LEVELS],
    /// One sigma of the cell value of each level (weight steps).
    pub level_sd: [f32; MAX_LEVELS],
    /// Effective input of each symbol (input steps). Ideal: symbol s is s.
    pub input: [f32; MAX_SYMBOLS],
    pub readout: Readout,
}

/// Charge to code, for column c with converter k = c / `columns_per_converter`:
/// `code = clamp(round(charge * gain * (1 + amplifier_gain_sd z_c0 + converter_gain_sd z_k0)
///         + offset + amplifier_offset_sd z_c1 + converter_offset_sd z_k1 + noise_sd z_n), -code_max, code_max)`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Readout {
    /// Codes per weight step and input step, with every gain common to the array.
    pub gain: f32,
    /// Offset common to the array (codes).
    pub offset: f32,
    /// Relative spread of gain from column to column, one sigma.
    pub amplifier_gain_sd: f32,
    /// Spread of offset from column to column (codes, one sigma).
    pub amplifier_offset_sd: f32,
    /// Relative spread of gain from converter to converter, one sigma.
    pub converter_gain_sd: f32,
    /// Spread of offset from converter to converter (codes, one sigma).
    pub converter_offset_sd: f32,
    /// Noise of one conversion: thermal and converter (codes, one sigma).
    pub noise_sd: f32,
    /// Largest code; the smallest is its negative.
    pub code_max: f32,
}

impl Card {
    /// The card of a perfect die: level l is l, symbol s is s, `codes_per_step` gain, codes up to `code_max`, nothing else.
    pub fn ideal(codes_per_step: f32, code_max: f32) -> Self {
        Self {
            level_mean: std::array::from_fn(|l| l as f32),
            level_sd: [0.0; MAX_LEVELS],
            input: std::array::from_fn(|s| s as f32),
            readout: Readout {
                gain: codes_per_step,
                offset: 0.0,
                amplifier_gain_sd: 0.0,
                amplifier_offset_sd: 0.0,
                converter_gain_sd: 0.0,
                converter_offset_sd: 0.0,
                noise_sd: 0.0,
                code_max,
            },
        }
    }
}
