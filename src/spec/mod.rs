//! What the user said: five files, parsed strictly, overridden key by key, and checked before anything runs.
//!
//! An experiment names a technology (the device), a process (the foundry's flow), a product (the chip) and a workload (the
//! network). Each is a file of its own, so that the same device can be tried at another foundry by changing one word.

mod comparison;
mod conductance;
mod error;
mod experiment;
mod load;
mod process;
mod product;
mod resolve;
mod schema;
mod technology;
#[cfg(test)]
mod tests;
pub mod validate;
mod wafers;
mod workload;

pub use comparison::{Candidate, Comparison, ComparisonFile, resolve_comparison};
pub use conductance::{Conductance, Drift, LogFit, ReadNoise, Spread, SpreadForm};
pub use error::SpecError;
pub use experiment::{
    ArrayTest, Corner, Excursion, Experiment, Lot, Overlay, Ramp, RecipeChange, RecipeOp, Run, Split, Variation,
};
pub use load::{DEFAULT_EXPERIMENT, EMBEDDED, Embedded, SECTIONS, Source, shipped};
pub use process::{
    Defects, Density, EdgeMismatch, Field, FilmMismatch, Gauge, Kernel, Metrology, Process, Radial, SitePlan, Spc,
    Step, StepEffect, WaferGeometry,
};
pub use product::{
    Adc, ArrayGeometry, Compensation, Cost, Die, Energy, Input, Limit, Lines, Product, Programming, Readout, Reference,
    Retention, Trim,
};
pub use resolve::{Setting, resolve};
pub use schema::schema;
pub use technology::{DeviceKind, Parameter, Sign, Technology};

pub use wafers::{parse_wafers, wafer_id};
pub use workload::Workload;

/// Keys that are left out of files where they say nothing.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

/// A resolved specification: everything that a run depends on. Its JSON is hashed, stored in the manifest and shown in the report.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Spec {
    pub experiment: Experiment,
    pub technology: Technology,
    pub process: Process,
    pub product: Product,
    pub workload: Workload,
}
