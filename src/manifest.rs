//! Provenance of a run, `manifest.json`: the resolved specification and everything needed to make the summary again.

use serde::{Deserialize, Serialize};

use crate::aggregate::Context;
use crate::compute::{BackendInfo, Draw};
use crate::spec::Spec;
use crate::store::FileSum;
use crate::summary::{Counts, Digital, Throughput};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub version: String,
    pub spec_sha256: String,
    /// Every value of the five files, overrides applied, defaults filled in.
    pub spec: Spec,
    pub backend: BackendInfo,
    /// How the cells of differential pairs were drawn; runs older than the choice drew each cell.
    #[serde(default)]
    pub draw: Draw,
    /// Whether array tests drew their outputs themselves, in place of the pairs.
    #[serde(default)]
    pub draws_outputs: bool,
    pub counts: Counts,
    pub throughput: Throughput,
    pub digital: Digital,
    pub timings: Timings,
    pub files: Vec<FileSum>,
}

/// Where the time went (s). Chunks found committed cost none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Timings {
    /// Process parameters and device physics of every die and variant.
    pub cards_s: f64,
    pub array_test_s: f64,
    pub classify_s: f64,
    pub store_s: f64,
    pub aggregate_s: f64,
    pub report_s: f64,
}

impl Manifest {
    /// What the summary takes over from the run.
    pub fn context(&self) -> Context {
        Context {
            backend: self.backend.clone(),
            counts: self.counts.clone(),
            throughput: self.throughput.clone(),
            digital: self.digital.clone(),
            spec_sha256: self.spec_sha256.clone(),
            version: self.version.clone(),
        }
    }
}
