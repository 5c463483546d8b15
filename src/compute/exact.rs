//! What a test pattern's exact integer products say of each column.

/// The exact results of one column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnExact {
    pub mean: f64,
    /// Sum of squares about the mean.
    pub ss: f64,
    /// 1 / `ss`; 0 where x does not vary.
    pub per_ss: f64,
}

impl ColumnExact {
    pub fn new(exact: &[i64]) -> Self {
        let n = exact.len() as f64;
        let mean = exact.iter().map(|&x| x as f64).sum::<f64>() / n;
        let ss: f64 = exact.iter().map(|&x| ((x as f64) - mean).powi(2)).sum();
        Self { mean, ss, per_ss: if ss > 0.0 { 1.0 / ss } else { 0.0 } }
    }

    /// A line needs three inputs and an x that varies. Without one a column's gain is 1, its offset the mean error.
    pub fn has_line(&self, n_inputs: usize) -> bool {
        n_inputs >= 3 && self.ss > 0.0
    }
}
