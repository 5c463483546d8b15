//! From the errors of single columns to the row of an array: gain and offset, static residual, what a read adds.

use super::ArrayRow;

/// Least-squares line of an error on the exact result x, over the inputs of one column.
///
/// The total error has a line wherever x varies; the static error only where [`ColumnExact::has_line`] says so.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fit {
    /// Mean error.
    pub mean: f32,
    /// Slope of the error: gain less 1. 0 without a line.
    pub slope: f32,
    /// Sum of squares about the line, or about the mean if there is none.
    pub residual_ss: f32,
}

/// What the conversions of one column leave behind. Weight steps x input steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnErrors {
    pub static_fit: Fit,
    pub total_fit: Fit,
    /// Sums of squares of the total error and of what the read adds.
    pub total_ss: f32,
    pub read_ss: f32,
    pub max_abs: f32,
    pub n_clipped: f32,
}

/// The exact results of one column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ColumnExact {
    pub mean: f64,
    /// Sum of squares about the mean.
    pub ss: f64,
}

impl ColumnExact {
    pub fn new(exact: &[i64]) -> Self {
        let n = exact.len() as f64;
        let mean = exact.iter().map(|&x| x as f64).sum::<f64>() / n;
        Self { mean, ss: exact.iter().map(|&x| ((x as f64) - mean).powi(2)).sum() }
    }

    /// A line needs three inputs and an x that varies. Without one a column's gain is 1, its offset the mean error.
    pub fn has_line(&self, n_inputs: usize) -> bool {
        n_inputs >= 3 && self.ss > 0.0
    }
}

/// Reduces the columns of one (die, variant, array); `exact` and `errors` are `[column]`. Sums in f64, in column order.
///
/// `trimmed_rms` is the root of sum of squares / number of outputs. The sum is built from each column's residual and its
/// distance from the common line, so nothing cancels when a large common gain is removed.
pub fn array_row(n_inputs: usize, exact: &[ColumnExact], errors: &[ColumnErrors]) -> ArrayRow {
    let n = n_inputs as f64;
    let n_columns = exact.len() as f64;
    let n_outputs = n * n_columns;
    let variances: Vec<f64> = exact.iter().zip(errors).map(|(x, e)| residual_variance(n_inputs, x, e)).collect();
    let columns = || exact.iter().zip(errors).zip(&variances);
    let gain = spread(
        n_columns,
        columns().map(|((x, e), variance)| {
            let lent = if x.has_line(n_inputs) { variance / x.ss } else { 0.0 };
            (f64::from(e.static_fit.slope), lent)
        }),
    );
    let offset = spread(
        n_columns,
        columns().map(|((x, e), variance)| {
            let lever = if x.has_line(n_inputs) { x.mean * x.mean / x.ss } else { 0.0 };
            let at_zero = f64::from(e.static_fit.mean) - f64::from(e.static_fit.slope) * x.mean;
            (at_zero, variance * (1.0 / n + lever))
        }),
    );
    let residual_ss: f64 = errors.iter().map(|e| f64::from(e.static_fit.residual_ss)).sum();
    let freedom: f64 = exact.iter().map(|x| degrees_of_freedom(n_inputs, x)).sum();
    let total_ss: f64 = errors.iter().map(|e| f64::from(e.total_ss)).sum();
    let read_ss: f64 = errors.iter().map(|e| f64::from(e.read_ss)).sum();
    let n_clipped: f64 = errors.iter().map(|e| f64::from(e.n_clipped)).sum();
    let larger = |worst: (usize, f64), (c, &v): (usize, &f64)| if v > worst.1 { (c, v) } else { worst };
    let (worst_column, worst) = variances.iter().enumerate().fold((0, 0.0), larger);
    ArrayRow {
        gain: (1.0 + gain.mean) as f32,
        offset: offset.mean as f32,
        column_gain_sd: gain.sd as f32,
        column_offset_sd: offset.sd as f32,
        static_rms: if freedom > 0.0 { (residual_ss / freedom).sqrt() as f32 } else { 0.0 },
        read_rms: (read_ss / n_outputs).sqrt() as f32,
        total_rms: (total_ss / n_outputs).sqrt() as f32,
        trimmed_rms: (trimmed_ss(n, exact, errors) / n_outputs).sqrt() as f32,
        max_abs: errors.iter().fold(0.0, |m, e| e.max_abs.max(m)),
        n_clipped: n_clipped as f32,
        worst_column: worst_column as f32,
        worst_column_rms: worst.sqrt() as f32,
    }
}

struct Spread {
    mean: f64,
    sd: f64,
}

/// Mean of a column quantity and its spread, less the variance that each column's fit lends it.
fn spread(n: f64, columns: impl Iterator<Item = (f64, f64)>) -> Spread {
    let columns: Vec<(f64, f64)> = columns.collect();
    let mean = columns.iter().map(|(value, _)| value).sum::<f64>() / n;
    let (ss, lent) = columns.iter().fold((0.0, 0.0), |(ss, lent), (v, l)| (ss + (v - mean).powi(2), lent + l));
    let variance = if n > 1.0 { ss / (n - 1.0) - lent / n } else { 0.0 };
    Spread { mean, sd: variance.max(0.0).sqrt() }
}

fn degrees_of_freedom(n_inputs: usize, exact: &ColumnExact) -> f64 {
    n_inputs as f64 - if exact.has_line(n_inputs) { 2.0 } else { 1.0 }
}

/// Variance of the static error about a column's own line; 0 for a single input.
fn residual_variance(n_inputs: usize, exact: &ColumnExact, errors: &ColumnErrors) -> f64 {
    let freedom = degrees_of_freedom(n_inputs, exact);
    if freedom > 0.0 { f64::from(errors.static_fit.residual_ss) / freedom } else { 0.0 }
}

/// Sum of squares of the total error about one line through all outputs.
fn trimmed_ss(n: f64, exact: &[ColumnExact], errors: &[ColumnErrors]) -> f64 {
    let columns = || exact.iter().zip(errors).map(|(x, e)| (x, &e.total_fit));
    let n_columns = exact.len() as f64;
    let x_mean = exact.iter().map(|x| x.mean).sum::<f64>() / n_columns;
    let t_mean = columns().map(|(_, t)| f64::from(t.mean)).sum::<f64>() / n_columns;
    let (mut xx, mut xt) = (0.0, 0.0);
    for (x, t) in columns() {
        xx += x.ss + n * (x.mean - x_mean).powi(2);
        xt += f64::from(t.slope) * x.ss + n * (x.mean - x_mean) * (f64::from(t.mean) - t_mean);
    }
    let slope = if xx > 0.0 { xt / xx } else { 0.0 };
    columns()
        .map(|(x, t)| {
            let from_line = f64::from(t.mean) - t_mean - slope * (x.mean - x_mean);
            f64::from(t.residual_ss) + (f64::from(t.slope) - slope).powi(2) * x.ss + n * from_line * from_line
        })
        .sum()
}
