//! The chip: die, arrays, input, readout, converter, what is trimmed, energy, test limits and cost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A product. Each table states where its numbers come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    pub name: String,
    pub description: String,
    pub die: Die,
    pub array: ArrayGeometry,
    /// How cells are written: for memcapacitors, which are written to a capacitance. Other devices' levels are the technology's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programming: Option<Programming>,
    /// How old the written weights are, and what the chip does about it: for devices that store a weight as conductance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    pub input: Input,
    pub readout: Readout,
    /// Lines of a capacitive array beside their capacitance; absent: ideal. Lines of resistive cells are the technology's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Lines>,
    pub adc: Adc,
    pub trim: Trim,
    pub energy: Energy,
    pub cost: Cost,
    /// Test limits in test order: the first that fails gives the bin.
    pub limit: Vec<Limit>,
}

/// Size of the die.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Die {
    pub width_mm: f64,
    pub height_mm: f64,
    pub scribe_um: f64,
    /// Where the grid sits: offset of the centre of die (0, 0) from the wafer's centre, in pitches across and up.
    #[serde(default)]
    pub grid_offset: [f64; 2],
    /// Area in which a defect matters, as a fraction of the die.
    pub critical_area_fraction: f64,
    /// Dies per exposure field, across and up.
    pub reticle_columns: u32,
    pub reticle_rows: u32,
    pub source: String,
}

/// Size of an array and how a weight sits in it. A weight is a differential pair of cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayGeometry {
    /// Wordlines.
    pub rows: usize,
    /// Outputs; each is a pair of bitlines.
    pub columns: usize,
    /// Signed weight: levels 0..2^(bits-1)-1 in each cell of the pair.
    pub weight_bits: u32,
    /// Cells that hold one level together, each written on its own: their errors average. Resistive cells only.
    #[serde(default = "one_cell", skip_serializing_if = "is_one")]
    pub cells_in_parallel: u32,
    pub source: String,
}

fn one_cell() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_one(n: &u32) -> bool {
    *n == 1
}

/// How cells are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Programming {
    /// True: each cell is written and verified against its target, so raw mismatch is taken out as far as the cell reaches.
    /// False: every cell gets the write of the nominal cell, and raw mismatch stays.
    pub write_verify: bool,
    /// Target capacitance of the lowest and of the highest level (fF), at the verify temperature and nominal supply.
    pub c_low_ff: f64,
    pub c_high_ff: f64,
    /// Half of the accepted verify window, as threshold voltage (mV): the residual is uniform within it.
    pub verify_half_window_mv: f64,
    /// Temperature at which cells are verified (C).
    pub verify_temp_c: f64,
    pub source: String,
}

/// Age of the weights when the chip is tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Time since programming (s).
    pub age_s: f64,
    pub compensation: Compensation,
    pub source: String,
}

/// What the chip does about drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compensation {
    /// Nothing.
    None,
    /// One digital factor for all arrays: mean output just after programming over mean output now.
    Global,
}

/// How inputs are applied to the wordlines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Unsigned activation bits.
    pub bits: u32,
    /// Bits applied at once: 1 is bit-serial (two levels), `bits` is one multi-level step.
    pub bits_per_slice: u32,
    /// Gate voltage at rest (V).
    pub v_base_v: f64,
    /// Largest voltage step at nominal supply (V).
    pub v_step_v: f64,
    pub source: String,
}

/// The charge amplifier of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Readout {
    /// Open-loop gain.
    pub amplifier_gain: f64,
    /// Unity-gain frequency (MHz).
    pub gbw_mhz: f64,
    /// Time for one charge transfer (ns).
    pub t_settle_ns: f64,
    /// Feedback capacitor (fF).
    pub c_feedback_ff: f64,
    /// Relative spread of the feedback capacitor from die to die is part of the process; this is from column to column, one sigma.
    pub c_feedback_rel_sd: f64,
    /// Amplifier input and fixed wiring per column (fF), beside the wire capacitance per cell.
    pub c_input_ff: f64,
    /// Input-referred offset of an amplifier (mV, one sigma).
    pub offset_sd_mv: f64,
    /// Amplifier noise power relative to kT/C of the column.
    pub noise_excess: f64,
    /// Reads averaged per conversion.
    pub n_averages: u32,
    pub source: String,
}

/// Parasitics of the lines of a capacitive array.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// Wire from cell to cell, both directions (ohm).
    pub r_wire_ohm: f64,
    /// Share of a bitline's capacitance that goes to its neighbour on one side.
    pub coupling_fraction: f64,
    /// Leakage of a cell into its bitline (fA).
    pub leakage_fa: f64,
    /// Charge that the reset switch of a bitline leaves (fC).
    pub injection_fc: f64,
    /// Relative mismatch of leakage and injection between the two bitlines of a pair, one sigma of each.
    pub mismatch_rel_sd: f64,
    pub source: String,
}

/// The converter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adc {
    /// Codes -(2^(bits-1)-1) ..= 2^(bits-1)-1.
    pub bits: u32,
    /// One code in weight steps x input steps: the range is fixed by design, never fitted to a die.
    pub steps_per_code: f64,
    pub columns_per_converter: u32,
    pub reference: Reference,
    /// Relative gain spread from converter to converter, one sigma.
    pub gain_rel_sd: f64,
    /// Offset spread from converter to converter (codes, one sigma).
    pub offset_sd_lsb: f64,
    /// Noise per conversion (codes, one sigma).
    pub noise_lsb: f64,
    /// Relative spread of a unit capacitor of the converter's own array, one sigma: successive approximation with binary groups
    /// of such units, whose codes are then unevenly wide. 0 or absent: a converter whose levels have no error.
    #[serde(default, skip_serializing_if = "super::is_zero")]
    pub unit_capacitor_rel_sd: f64,
    pub source: String,
}

/// What the converter's reference follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Scales with the supply, as the inputs do.
    Ratiometric,
    /// Stays when the supply moves.
    Absolute,
}

/// What the chip trims after test. Nothing else is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trim {
    /// Offset of each column is measured and subtracted.
    pub column_offset: bool,
    /// What is left of it (codes, one sigma).
    pub column_offset_residual_lsb: f64,
    /// One gain per die is measured at nominal conditions and divided out.
    pub die_gain: bool,
    pub source: String,
}

/// What energy depends on beside capacitance and voltage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Energy {
    /// Fraction of the array's charging energy that the clock generator gets back (0: none).
    pub recovery_fraction: f64,
    /// Walden figure of merit of the converter (fJ per conversion step).
    pub adc_fom_fj: f64,
    /// Amplifier supply current per column (uA).
    pub amplifier_current_ua: f64,
    pub supply_v: f64,
    /// Digital shift-and-add per conversion (fJ).
    pub digital_fj_per_conversion: f64,
    pub source: String,
}

/// Cost after the fab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub test_usd_per_die: f64,
    pub source: String,
}

/// One test limit on a die metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub test: u32,
    /// A column of `dies.parquet`.
    pub metric: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lsl: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usl: Option<f64>,
    /// Hard bin of a die that fails here. 1 is the good bin, 2 the defect bin.
    pub bin: u16,
    pub label: String,
}
