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

    /// The estimate of a monotone function of this one: each end goes to the side that the function sends it to.
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        let value = f(self.value);
        let (low, high) = (self.low.map(&f), self.high.map(&f));
        let falls = low.is_some_and(|low| low > value) || high.is_some_and(|high| high < value);
        let (low, high) = if falls { (high, low) } else { (low, high) };
        Self { value, low, high, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falling_function_swaps_the_ends() {
        let e = Estimate::symmetric(2.0, 1.0, 0.95, "test", 3);
        let inverse = e.map(|x| 1.0 / x);
        assert_eq!((inverse.low, inverse.value, inverse.high), (Some(1.0 / 3.0), 0.5, Some(1.0)));
        let doubled = e.map(|x| 2.0 * x);
        assert_eq!((doubled.low, doubled.value, doubled.high), (Some(2.0), 4.0, Some(6.0)));
    }

    #[test]
    fn a_single_end_changes_side_too() {
        let at_least = Estimate { high: None, ..Estimate::symmetric(2.0, 1.0, 0.95, "test", 3) };
        let at_most = at_least.map(|x| 1.0 / x);
        assert_eq!((at_most.low, at_most.high), (None, Some(1.0)));
        assert_eq!(Estimate::bare(2.0, 0.95, "test", 1).map(|x| -x), Estimate::bare(-2.0, 0.95, "test", 1));
    }
}
