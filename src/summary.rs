//! What a run found, as plain data: the content of `summary.json`. Keys are stable; new ones are added, none renamed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::compute::BackendInfo;
use crate::stats::Estimate;

/// `summary.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub experiment: String,
    pub seed: u64,
    pub version: String,
    pub spec_sha256: String,
    pub backend: BackendInfo,
    pub counts: Counts,
    pub throughput: Throughput,
    pub verdict: Verdict,
    /// One per corner and split, as run; the reference corner first.
    pub results: Vec<SplitResult>,
    /// Each full-flow split against the control at the reference corner.
    pub comparisons: Vec<Comparison>,
    /// Inline findings: wafers whose step reads out of line, most suspicious first.
    pub findings: Vec<Finding>,
    /// Digital references of the workload.
    pub digital: Digital,
    /// Energy per operation by component, mean over the control's dies without a killer defect at the reference corner.
    pub energy_breakdown: Vec<EnergyPart>,
}

/// The answer in words, made from the numbers below it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    pub headline: String,
    pub statements: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Full-flow dies.
    pub dies: u64,
    /// Arrays exercised, over all dies.
    pub arrays: u64,
    /// Cells drawn.
    pub devices: u64,
    /// Matrix-vector products, over all corners and recipes.
    pub mvms: u64,
    pub macs: u64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Throughput {
    pub wall_s: f64,
    pub devices_per_s: f64,
    pub macs_per_s: f64,
}

/// One split at one corner, as run.
#[derive(Clone, Debug, Serialize)]
pub struct SplitResult {
    pub corner: String,
    pub split: String,
    pub n_wafers: usize,
    pub n_dies: usize,
    /// Functional times parametric yield; the wafer is the unit.
    #[serde(rename = "yield")]
    pub yield_: Estimate,
    /// Share of dies without a killer defect.
    pub yield_defect: Estimate,
    /// Share of defect-free dies within all limits.
    pub yield_parametric: Estimate,
    /// Yield of each wafer (wafer id, good, tested).
    pub wafers: Vec<WaferYield>,
    /// Dies by bin label.
    pub bins: BTreeMap<String, u64>,
    /// By metric name, over the dies without a killer defect.
    pub metrics: BTreeMap<String, MetricSummary>,
    pub cost_per_good_die_usd: Estimate,
}

#[derive(Clone, Debug, Serialize)]
pub struct WaferYield {
    pub wafer: String,
    pub n_good: u64,
    pub n_dies: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct MetricSummary {
    /// Mean of wafer means, with an interval whose unit is the wafer.
    pub mean: Estimate,
    pub sd: f64,
    pub min: f64,
    pub q01: f64,
    pub q05: f64,
    pub median: f64,
    pub q95: f64,
    pub q99: f64,
    pub max: f64,
    pub unit: &'static str,
}

/// A split against the control.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    pub split: String,
    pub control: String,
    /// "yield" or a metric name.
    pub metric: String,
    /// What these wafers show: Welch on wafer means, split minus control.
    pub as_run: Estimate,
    pub p_value: Option<f64>,
    /// What the recipe does: the same virtual wafers under both recipes, paired.
    pub counterfactual: Option<Estimate>,
    /// Smallest difference that this many wafers would show (two-sided 5 %, power 80 %).
    pub minimum_detectable: Option<f64>,
    pub unit: &'static str,
}

/// A wafer whose readings at a step are out of line with the lot.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub step: String,
    pub step_name: String,
    pub parameter: String,
    pub wafer: String,
    /// "mean" or "edge": which feature of the wafer's readings.
    pub feature: String,
    pub value: f64,
    pub lot_median: f64,
    pub robust_z: f64,
    /// Most extreme wafer of a lot in control, by simulation; Holm over steps and features.
    pub p_adjusted: f64,
    pub unit: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Digital {
    pub n_images: usize,
    pub float_accuracy: f64,
    pub quantised_accuracy: Estimate,
}

#[derive(Clone, Debug, Serialize)]
pub struct EnergyPart {
    pub component: String,
    pub fj_per_op: f64,
}

/// `comparison.json`: several technologies on equal terms.
#[derive(Clone, Debug, Serialize)]
pub struct TechnologyComparison {
    pub name: String,
    pub description: String,
    pub version: String,
    pub seed: u64,
    pub backend: BackendInfo,
    pub verdict: Verdict,
    /// Changes that held for every candidate.
    pub terms: BTreeMap<String, serde_json::Value>,
    /// Digital references of the workload, the same for all.
    pub digital: Digital,
    pub candidates: Vec<TechnologyResult>,
}

/// One candidate at the reference corner, dies without a killer defect.
#[derive(Clone, Debug, Serialize)]
pub struct TechnologyResult {
    pub id: String,
    pub label: String,
    /// Candidates are compared within a group.
    pub group: String,
    pub technology: String,
    /// As messages call the device: "RRAM cell".
    pub device: String,
    pub accuracy: Estimate,
    /// Spread of accuracy from die to die, one sigma: what process and mismatch do to it.
    pub accuracy_sd: f64,
    /// Accuracy at every corner, the reference first.
    pub accuracy_by_corner: Vec<(String, Estimate)>,
    /// Signal to noise of the array after one gain and offset (dB).
    pub snr_trimmed_db: Estimate,
    pub energy_per_op_fj: Estimate,
    pub energy_breakdown: Vec<EnergyPart>,
    pub tops_per_w: Estimate,
    #[serde(rename = "yield")]
    pub yield_: Estimate,
    pub cost_per_good_die_usd: Estimate,
    /// Area of a cell and number of cells that hold a level (um2).
    pub cell_area_um2: f64,
    pub cells_in_parallel: u32,
    /// Differential weights per area, cells alone (1/mm2).
    pub weights_per_mm2: f64,
    /// Converter's figure of merit and share of the array's charge that is recovered, as run (fJ, 1).
    pub adc_fom_fj: f64,
    pub recovery_fraction: f64,
    pub age_s: Option<f64>,
}
