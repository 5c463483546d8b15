//! The device: its kind and every parameter of its model, each with range and source.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A device technology at its process of record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Technology {
    pub name: String,
    pub device: DeviceKind,
    pub description: String,
    /// The model's parameters by id. The id ends in the unit; the device model says which ids it needs and what they mean.
    /// Any of them may be moved by a process step.
    pub parameter: BTreeMap<String, Parameter>,
}

/// The device models that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// Weights as gate-to-read-out capacitance behind a shielding layer.
    Memcapacitor,
}

/// One physical number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Value at the process of record, in the unit of the parameter's id.
    pub nominal: f64,
    /// Lowest and highest value for which the model holds. A die outside is an error, not a silent extrapolation.
    pub range: [f64; 2],
    /// Where the number comes from.
    pub source: String,
}
