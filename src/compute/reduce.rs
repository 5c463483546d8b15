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

/// Reduces the columns of one (die, variant, array); `exact` and `errors` are `[column]`. Sums in f64, in column order.
///
/// `trimmed_rms` is the root of sum of squares / number of outputs. The sum is built from each column's residual and its
/// distance from the common line, so nothing cancels when a large common gain is removed.
pub fn array_row(n_inputs: usize, exact: &[ColumnExact], errors: &[ColumnErrors]) -> ArrayRow {
    let n = n_inputs as f64;
    let n_columns = exact.len() as f64;
    let n_outputs = n * n_columns;
    let freedom = [false, true].map(|has_line| Freedom::new(n_inputs, has_line));
    // Few passes with many sums each, and no division: a sum waits for the one before, but not for its neighbours.
    let columns =
        || exact.iter().zip(errors).map(|(x, e)| Column::new(x, e, freedom[usize::from(x.has_line(n_inputs))]));
    let mut sums = Sums::default();
    columns().for_each(|column| sums.add(&column));
    let means = Means {
        gain: sums.gain / n_columns,
        offset: sums.offset / n_columns,
        x: sums.x / n_columns,
        total: sums.total / n_columns,
    };
    let mut spreads = Spreads::default();
    columns().for_each(|column| spreads.add(n, 1.0 / n, &means, &column));
    let slope = if spreads.xx > 0.0 { spreads.xt / spreads.xx } else { 0.0 };
    let trimmed_ss: f64 = columns().map(|column| column.trimmed_ss(n, &means, slope)).sum();
    // A spread of columns, less the variance that each column's fit lends it.
    let sd = |ss: f64, lent: f64| {
        let variance = if n_columns > 1.0 { ss / (n_columns - 1.0) - lent / n_columns } else { 0.0 };
        variance.max(0.0).sqrt() as f32
    };
    let rms = |ss: f64, n: f64| if n > 0.0 { (ss / n).sqrt() as f32 } else { 0.0 };
    ArrayRow {
        gain: (1.0 + means.gain) as f32,
        offset: means.offset as f32,
        column_gain_sd: sd(spreads.gain_ss, spreads.gain_lent),
        column_offset_sd: sd(spreads.offset_ss, spreads.offset_lent),
        static_rms: rms(sums.residual_ss, sums.freedom),
        read_rms: rms(sums.read_ss, n_outputs),
        total_rms: rms(sums.total_ss, n_outputs),
        trimmed_rms: rms(trimmed_ss, n_outputs),
        max_abs: errors.iter().fold(0.0, |m, e| e.max_abs.max(m)),
        n_clipped: sums.n_clipped as f32,
        worst_column: sums.worst.0 as f32,
        worst_column_rms: sums.worst.1.sqrt() as f32,
    }
}

/// Degrees of freedom of a column's static error about its own line, or about its mean where it has none.
#[derive(Clone, Copy)]
struct Freedom {
    has_line: bool,
    n: f64,
    /// 1 / `n`; 0 for a single input.
    per_n: f64,
}

impl Freedom {
    fn new(n_inputs: usize, has_line: bool) -> Self {
        let n = n_inputs as f64 - if has_line { 2.0 } else { 1.0 };
        Self { has_line, n, per_n: if n > 0.0 { 1.0 / n } else { 0.0 } }
    }
}

/// A column with what follows from its errors.
struct Column<'a> {
    x: &'a ColumnExact,
    errors: &'a ColumnErrors,
    freedom: Freedom,
    /// Of the static error about the column's own line; 0 for a single input.
    variance: f64,
    gain: f64,
    /// Where the line of the static error meets x = 0.
    offset: f64,
}

impl<'a> Column<'a> {
    fn new(x: &'a ColumnExact, errors: &'a ColumnErrors, freedom: Freedom) -> Self {
        let fit = &errors.static_fit;
        let variance = f64::from(fit.residual_ss) * freedom.per_n;
        let gain = f64::from(fit.slope);
        Self { x, errors, freedom, variance, gain, offset: f64::from(fit.mean) - gain * x.mean }
    }

    /// Sum of squares of the total error about one line through all outputs.
    fn trimmed_ss(&self, n: f64, means: &Means, slope: f64) -> f64 {
        let fit = &self.errors.total_fit;
        let from_line = f64::from(fit.mean) - means.total - slope * (self.x.mean - means.x);
        f64::from(fit.residual_ss) + (f64::from(fit.slope) - slope).powi(2) * self.x.ss + n * from_line * from_line
    }
}

/// Sums over the columns.
#[derive(Default)]
struct Sums {
    gain: f64,
    offset: f64,
    x: f64,
    total: f64,
    residual_ss: f64,
    freedom: f64,
    total_ss: f64,
    read_ss: f64,
    n_clipped: f64,
    n_columns: usize,
    /// The column of the largest variance, and that.
    worst: (usize, f64),
}

impl Sums {
    fn add(&mut self, column: &Column) {
        let errors = column.errors;
        self.gain += column.gain;
        self.offset += column.offset;
        self.x += column.x.mean;
        self.total += f64::from(errors.total_fit.mean);
        self.residual_ss += f64::from(errors.static_fit.residual_ss);
        self.freedom += column.freedom.n;
        self.total_ss += f64::from(errors.total_ss);
        self.read_ss += f64::from(errors.read_ss);
        self.n_clipped += f64::from(errors.n_clipped);
        if column.variance > self.worst.1 {
            self.worst = (self.n_columns, column.variance);
        }
        self.n_columns += 1;
    }
}

/// Means over the columns.
struct Means {
    gain: f64,
    offset: f64,
    x: f64,
    /// Of the total error.
    total: f64,
}

/// Sums of squares and products about the means.
#[derive(Default)]
struct Spreads {
    gain_ss: f64,
    gain_lent: f64,
    offset_ss: f64,
    offset_lent: f64,
    xx: f64,
    xt: f64,
}

impl Spreads {
    fn add(&mut self, n: f64, per_n: f64, means: &Means, column: &Column) {
        let &Column { x, variance, .. } = column;
        let per_ss = if column.freedom.has_line { x.per_ss } else { 0.0 };
        self.gain_ss += (column.gain - means.gain).powi(2);
        self.gain_lent += variance * per_ss;
        self.offset_ss += (column.offset - means.offset).powi(2);
        self.offset_lent += variance * (per_n + x.mean * x.mean * per_ss);
        let total = &column.errors.total_fit;
        let from_x = x.mean - means.x;
        self.xx += x.ss + n * from_x * from_x;
        self.xt += f64::from(total.slope) * x.ss + n * from_x * (f64::from(total.mean) - means.total);
    }
}
