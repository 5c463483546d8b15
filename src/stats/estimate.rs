//! A number with its interval.

/// A number is never printed alone.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Estimate {
    pub value: f64,
    /// Ends of the interval; absent where none can be given (one wafer).
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub level: f64,
    pub method: String,
    pub n: usize,
}

impl Estimate {
    /// value +- half.
    pub fn symmetric(value: f64, half: f64, level: f64, method: &str, n: usize) -> Self {
        Self { value, low: Some(value - half), high: Some(value + half), level, method: method.to_owned(), n }
    }

    /// A number for which no interval can be given, with the reason as method.
    pub fn bare(value: f64, level: f64, method: &str, n: usize) -> Self {
        Self { value, low: None, high: None, level, method: method.to_owned(), n }
    }

    /// The estimate of a monotone function of this one: ends are mapped and put in order.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        let ends = (self.low.map(&f), self.high.map(&f));
        let (low, high) = match ends {
            (Some(a), Some(b)) if a > b => (Some(b), Some(a)),
            other => other,
        };
        Self { value: f(self.value), low, high, ..self.clone() }
    }
}
