//! The foundry's flow: ordered steps, what each moves and by how much it varies, what is measured, what it costs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A process flow (traveler) at one foundry. Every spread is one sigma.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Process {
    pub name: String,
    pub foundry: String,
    pub description: String,
    pub wafer: WaferGeometry,
    /// Steps in the order in which a wafer passes them.
    pub step: Vec<Step>,
}

/// The wafer and its cost before the first step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaferGeometry {
    pub diameter_mm: f64,
    /// Dies must lie wholly inside this distance from the edge.
    pub edge_exclusion_mm: f64,
    /// Substrate and everything before the first listed step.
    pub start_cost_usd: f64,
    pub source: String,
}

/// One step of the traveler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Operation number, such as "0500". Unique; splits and excursions name it.
    pub id: String,
    pub name: String,
    pub module: String,
    pub tool: String,
    pub cost_usd: f64,
    pub cycle_h: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effect: Vec<StepEffect>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defect: Option<Defects>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrology: Option<Metrology>,
    pub source: String,
}

/// How a step moves one technology parameter. Levels are independent and add; each is one sigma in the parameter's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepEffect {
    /// Technology parameter.
    pub parameter: String,
    /// Lot-to-lot.
    #[serde(default)]
    pub lot_sd: f64,
    /// Wafer-to-wafer.
    #[serde(default)]
    pub wafer_sd: f64,
    /// Deterministic change from one processing slot to the next.
    #[serde(default)]
    pub slot_trend: f64,
    /// Radial signature within the wafer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radial: Option<Radial>,
    /// Linear tilt across the wafer: value at the edge, direction free, one sigma of each of its two components.
    #[serde(default)]
    pub tilt_sd: f64,
    /// Spatially correlated random field within the wafer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// Within the reticle: repeats in every exposure field of all wafers.
    #[serde(default)]
    pub reticle_sd: f64,
    /// Die-to-die, without correlation.
    #[serde(default)]
    pub die_sd: f64,
    /// Local mismatch of a film: from cell to cell, averaged over the cell's area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub film_mismatch: Option<FilmMismatch>,
    /// Local mismatch of a patterned edge: from cell to cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge_mismatch: Option<EdgeMismatch>,
}

/// Radial signature: coefficient of each shape over rho = r/R (R = half the diameter), in the parameter's unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Radial {
    /// Zernike (2,0): 2 rho^2 - 1.
    #[serde(default)]
    pub bowl: f64,
    /// Zernike (4,0): 6 rho^4 - 6 rho^2 + 1.
    #[serde(default)]
    pub donut: f64,
    /// Edge roll-off: exp((rho - 1) / edge_width).
    #[serde(default)]
    pub edge: f64,
    /// Decay length of the edge term in units of R.
    #[serde(default = "default_edge_width")]
    pub edge_width: f64,
    /// Wafer-to-wafer relative spread of these coefficients, one sigma.
    #[serde(default)]
    pub wafer_rel_sd: f64,
}

fn default_edge_width() -> f64 {
    0.05
}

/// A stationary Gaussian field with a named correlation kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub sd: f64,
    pub kernel: Kernel,
    /// Correlation length l of the kernel.
    pub length_mm: f64,
}

/// Correlation at distance v, with l the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// exp(-v/l)
    Exponential,
    /// (1 + s) exp(-s), s = sqrt(3) v/l
    Matern32,
    /// (1 + s + s^2/3) exp(-s), s = sqrt(5) v/l
    Matern52,
    /// exp(-(v/l)^2)
    Gaussian,
}

/// Film roughness at a point, averaged over a cell: sd_cell = sd * corr_nm / sqrt(area).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilmMismatch {
    /// Point-to-point sd in the parameter's unit.
    pub sd: f64,
    /// Lateral correlation length (nm).
    pub corr_nm: f64,
}

/// Mismatch of a patterned plate: line width, edge roughness, corner rounding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeMismatch {
    /// Line width from cell to cell (nm).
    pub cd_sd: f64,
    /// Line-edge roughness (nm) and its correlation length (nm).
    pub ler_sd: f64,
    pub ler_corr_nm: f64,
    /// Corner radius (nm) and its sd (nm).
    pub corner_radius_nm: f64,
    pub corner_sd: f64,
}

/// Killer defects: a Poisson count on each die, at a density that varies from die to die.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defects {
    /// Mean density of defects (1/cm2).
    pub d0_per_cm2: f64,
    /// How the density varies.
    #[serde(default, skip_serializing_if = "is_gamma")]
    pub density: Density,
    /// Clustering of a gamma density: smaller is more clustered. For this form alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// Probability that a defect kills the die.
    pub kill_ratio: f64,
    /// What it does: "short", "open", "particle".
    pub mode: String,
}

/// How the density of defects varies from die to die.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// Gamma of shape alpha: the count is negative binomial (Stapper 1989). Alpha 1 is Seeds' yield, a very large one Poisson's.
    #[default]
    Gamma,
    /// Triangular between 0 and twice the mean: Murphy's yield (1964).
    Triangular,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_gamma(density: &Density) -> bool {
    *density == Density::Gamma
}

/// Inline measurement after a step, on every wafer that has passed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metrology {
    pub name: String,
    pub method: String,
    /// Technology parameters that are measured. Gauge and limits are in the parameter's unit, so one metrology
    /// entry measures one parameter.
    pub parameter: String,
    pub plan: SitePlan,
    pub cost_usd: f64,
    pub gauge: Gauge,
    pub spc: Spc,
}

/// Sites measured on a wafer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SitePlan {
    #[serde(rename = "5pt")]
    Five,
    #[serde(rename = "9pt")]
    Nine,
    #[serde(rename = "13pt")]
    Thirteen,
    #[serde(rename = "17pt")]
    Seventeen,
    #[serde(rename = "49pt")]
    FortyNine,
}

/// Gauge error, in the parameter's unit: reading = round(truth + bias + N(0, reproducibility) + N(0, repeatability)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gauge {
    /// Fresh in every reading.
    pub repeatability_sd: f64,
    /// One draw per wafer's visit to the tool.
    pub reproducibility_sd: f64,
    #[serde(default)]
    pub bias: f64,
    /// Readings are rounded to this.
    pub resolution: f64,
}

/// Limits: control (lcl, ucl) and specification (lsl, usl) of the parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spc {
    pub lsl: f64,
    pub lcl: f64,
    pub target: f64,
    pub ucl: f64,
    pub usl: f64,
}
