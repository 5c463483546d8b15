//! The experiment: which technology, process, product and workload; the lot, its splits, corners and excursions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An engineering lot to be made virtually.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// File format: "splitlot/1".
    pub schema: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// Name of a shipped file, or a path relative to this file.
    pub technology: String,
    pub process: String,
    pub product: String,
    pub workload: String,
    pub lot: Lot,
    pub split: Vec<Split>,
    /// Operating and process corners. The first is the reference that verdicts are given at.
    pub corner: Vec<Corner>,
    /// Planted truth, for studies of what inline metrology can find.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excursion: Vec<Excursion>,
    pub run: Run,
    #[serde(default)]
    pub variation: Variation,
    /// Changes to the named files: `"product.adc.bits" = 7`.
    #[serde(default, rename = "override", skip_serializing_if = "BTreeMap::is_empty")]
    pub overlay: Overlay,
}

/// Dotted keys and their values.
pub type Overlay = BTreeMap<String, serde_json::Value>;

/// The lot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    pub id: String,
    /// Number of this lot: addresses its lot-to-lot draws.
    #[serde(default)]
    pub number: u32,
    pub n_wafers: u8,
    /// Process the wafers in a random order, so that slot trends do not follow the splits.
    #[serde(default)]
    pub randomize_slots: bool,
}

/// A group of wafers with one treatment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub id: String,
    pub label: String,
    /// "W01..W03, W07".
    pub wafers: String,
    /// The process of record that others are compared with.
    #[serde(default)]
    pub control: bool,
    /// Last step that these wafers pass. They are measured inline and never tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_after: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub change: Vec<RecipeChange>,
}

/// A recipe that differs from the process of record at one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeChange {
    pub step: String,
    /// Recipe code, for the split table.
    pub recipe: String,
    pub parameter: String,
    pub op: RecipeOp,
    /// In the parameter's unit, or a factor for `mul`.
    pub value: f64,
}

/// How a recipe changes the target of its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecipeOp {
    Set,
    Add,
    Mul,
}

/// A corner: process means moved in units of their total sigma, supply and temperature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Corner {
    pub id: String,
    pub label: String,
    /// Shift of the lot mean by technology parameter, in sigmas (all levels from lot to die, without local mismatch).
    #[serde(default)]
    pub sigma: BTreeMap<String, f64>,
    /// Supply relative to nominal.
    #[serde(default = "one")]
    pub supply_rel: f64,
    pub temp_c: f64,
}

/// A planted excursion: the parameter moves on some wafers, as if the step had gone wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Excursion {
    pub step: String,
    pub parameter: String,
    pub wafers: String,
    /// Shift in the parameter's unit.
    pub shift: f64,
    /// Where on the wafer.
    #[serde(default)]
    pub ramp: Ramp,
}

/// Shape of an excursion over the wafer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ramp {
    /// The whole wafer.
    #[default]
    Uniform,
    /// Growing as rho^4 towards the edge.
    Edge,
    /// Growing from 0 at the left to the full shift at the right.
    Linear,
}

/// How the lot is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    pub seed: u64,
    /// Dies per chunk: the unit of work and of files.
    pub chunk_dies: usize,
    /// Level of the intervals.
    pub confidence: f64,
    pub array_test: ArrayTest,
}

/// The array test: random weights and inputs, the same for every die.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayTest {
    /// Arrays per die that are tested.
    pub n_arrays: u32,
    /// Input vectors per array.
    pub n_inputs: usize,
}

/// Multiplies whole groups of variation; 0 freezes a group, 1 is the process as described.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variation {
    /// Lot to die, all steps, with trends, signatures and gauge.
    #[serde(default = "one")]
    pub process: f64,
    /// From cell to cell: raw mismatch and programming residual.
    #[serde(default = "one")]
    pub local: f64,
    /// Spreads of amplifier and converter: offset and gain. Finite gain and settling are part of the design, not of this.
    #[serde(default = "one")]
    pub periphery: f64,
    /// Noise of each read.
    #[serde(default = "one")]
    pub noise: f64,
    /// Defect density.
    #[serde(default = "one")]
    pub defects: f64,
}

impl Default for Variation {
    fn default() -> Self {
        Self { process: 1.0, local: 1.0, periphery: 1.0, noise: 1.0, defects: 1.0 }
    }
}

fn one() -> f64 {
    1.0
}
