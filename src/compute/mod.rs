//! The only hot code: draws the cells of a die, multiplies, adds noise, converts, reduces. Knows no file and no spec.
//!
//! Cell values enter as *weight steps*: (C - C_level0) / dC, with dC the designed difference between two adjacent weight
//! levels. The common part cancels in every differential pair, and an ideal cell of level `l` is exactly the float `l`, so
//! an ideal array reproduces integer arithmetic to the last code.

pub mod activation;
pub mod address;
mod card;
mod check;
pub mod cpu;
mod exact;
mod exp;
pub mod gpu;
mod job;
pub mod lanes;
pub mod normal;
pub mod outputs;

pub use card::{Card, MAX_CONVERTER_BITS, MAX_LEVELS, MAX_SYMBOLS, Readout, Stuck};
pub use cpu::CpuBackend;
pub use job::{Activation, ArrayJob, ArrayRow, ClassifyRow, Layer, Network, Tile};

use std::collections::BTreeMap;

use crate::random::DieAddress;

/// Why a backend could not answer.
#[derive(Debug, thiserror::Error)]
pub enum ComputeError {
    #[error("no adapter: {0}")]
    NoAdapter(String),
    #[error("device lost: {0}")]
    DeviceLost(String),
    #[error("the adapter's memory does not suffice: {0}")]
    AdapterMemory(String),
    /// A shader or a command that the adapter's driver does not take.
    #[error("the adapter refuses: {0}")]
    Refused(String),
    #[error("cannot start {threads} threads: {reason}")]
    Threads { threads: usize, reason: String },
    #[error("{what} = {value}: this backend takes {allowed}")]
    Unsupported { what: &'static str, value: String, allowed: String },
}

/// What ran, for the provenance of a result.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BackendInfo {
    /// "cpu" or "gpu". A software adapter is not a GPU: it is reported as kind "cpu" through its adapter name.
    pub kind: String,
    pub adapter: String,
    /// Threads of the CPU backend; 0 where an adapter runs the kernels.
    pub threads: usize,
}

impl BackendInfo {
    /// What gives equal bits: the CPU backend on any machine, or one adapter.
    pub fn result_class(&self) -> &str {
        if self.threads > 0 { "cpu" } else { &self.adapter }
    }
}

/// How the cells of a differential pair are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draw {
    /// Each cell has its own draws. Serves every card.
    #[default]
    Cell,
    /// One normal for the difference of a pair: `mean+ - mean- + sqrt(sd+^2 + sd-^2) z`. The same distribution in half the
    /// draws where every card is Gaussian and the array uses nothing of a pair but its difference; other draws than those
    /// of the cells.
    Pair,
}

/// The dies of one chunk with their cards.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    pub seed: u64,
    pub dies: &'a [DieAddress],
    /// Shape: `[die, variant]`. All variants of a die see the same draws.
    pub cards: &'a [Card],
    pub n_variants: usize,
    pub draw: Draw,
}

/// A way to run the kernels. Every backend gives the same integers and, within stated tolerance, the same floats.
pub trait Backend: Sync {
    fn info(&self) -> BackendInfo;

    /// Seconds that an adapter spent in each of its kernels so far; empty where none runs or it cannot tell.
    fn adapter_seconds(&self) -> BTreeMap<&'static str, f64> {
        BTreeMap::new()
    }

    /// Makes what all dies of an array test share, for many batches.
    ///
    /// # Errors
    /// `Unsupported` names what of the job no kernel takes.
    fn prepare<'a>(&'a self, job: &'a ArrayJob) -> Result<Box<dyn ArrayTest + 'a>, ComputeError>;

    /// Runs one array of every die of one batch against a test pattern.
    ///
    /// Shape of the result: `[die, variant]`.
    fn array_test(&self, batch: Batch, job: &ArrayJob) -> Result<Vec<ArrayRow>, ComputeError> {
        self.prepare(job)?.run(batch)
    }

    /// Classifies the network's images on every die.
    ///
    /// Shape of the result: `[die, variant]`.
    fn classify(&self, batch: Batch, network: &Network) -> Result<Vec<ClassifyRow>, ComputeError>;

    /// The cells of one array of one die, in weight steps; each has its own draws, whatever the batch says. Shape: `[half, row, column]`, half 0 = plus, 1 = minus.
    fn probe(&self, batch: Batch, die: usize, variant: usize, job: &ArrayJob) -> Result<Vec<f32>, ComputeError>;
}

/// A job that is ready to run on any number of batches.
pub trait ArrayTest: Sync {
    /// One array of every die. Shape of the result: `[die, variant]`.
    fn run(&self, batch: Batch) -> Result<Vec<ArrayRow>, ComputeError>;
}
