//! What the virtual fab refuses.

/// A lot that cannot be made, or a die that left the range of its model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FabError {
    #[error("{key} = {value}: must be {allowed}")]
    Value { key: String, value: String, allowed: String },
    #[error("draws '{first}' and '{second}' share a random address: rename one of the steps")]
    Collision { first: String, second: String },
    /// Boxed: errors travel in every `Result` and are to be small.
    #[error(transparent)]
    Range(#[from] Box<OutOfRange>),
}

/// A die that left the range of its technology's model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "{wafer} die ({x}, {y}), split {split}, corner {corner}: {parameter} = {value}: \
     the technology's model holds for {low}..={high}"
)]
pub struct OutOfRange {
    pub wafer: String,
    pub x: i16,
    pub y: i16,
    pub split: String,
    pub corner: String,
    pub parameter: String,
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl FabError {
    pub(super) fn value(key: impl Into<String>, value: impl ToString, allowed: impl Into<String>) -> Self {
        Self::Value { key: key.into(), value: value.to_string(), allowed: allowed.into() }
    }
}
