//! A number with its interval.

/// A number is never printed alone.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Estimate {
    pub value: f64,
    /// Ends of the interval; absent where none can be given (one wafer).
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub level: f64,
    pub method: String,
    pub n: usize,
}
