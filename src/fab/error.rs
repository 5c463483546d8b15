//! What the virtual fab refuses.

/// A lot that cannot be made, or a die that left the range of its model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FabError {
    #[error("{key} = {value}: must be {allowed}")]
    Value { key: String, value: String, allowed: String },
    #[error("draws '{first}' and '{second}' share a random address: rename one of the steps")]
    Collision { first: String, second: String },
    #[error(
        "{wafer} die ({x}, {y}), split {split}, corner {corner}: {parameter} = {value}: \
         the technology's model holds for {low}..={high}"
    )]
    Range {
        wafer: String,
        x: i16,
        y: i16,
        split: String,
        corner: String,
        parameter: String,
        value: f64,
        low: f64,
        high: f64,
    },
}

impl FabError {
    pub(super) fn value(key: impl Into<String>, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self::Value { key: key.into(), value: value.to_string(), allowed: allowed.into() }
    }
}
