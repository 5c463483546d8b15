//! The network that every die runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A trained network and its test set, by file name next to the workload file or embedded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    pub name: String,
    pub description: String,
    /// Float weights and biases.
    pub model: String,
    /// Test images with labels.
    pub test_set: String,
    /// Use the first so many images; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_images: Option<usize>,
    pub source: String,
}
