//! From the errors of all columns to the row of an array: gain and offset, static residual, what a read adds.
//!
//! Sums in f64, each lane over its own columns and then over the lanes, in three passes without a division.

use crate::compute::ArrayRow;
use crate::compute::exact::ColumnExact;
use crate::compute::lanes::{Kernel, LANES, Lanes};

/// Least-squares lines of an error on the exact result x, over the inputs of each of sixteen columns.
///
/// The total error has a line wherever x varies; the static error only where [`ColumnExact::has_line`] says so.
#[derive(Clone, Copy, bytemuck::Zeroable)]
pub struct Fits {
    /// Mean error.
    pub mean: [f32; LANES],
    /// Slope of the error: gain less 1. 0 without a line.
    pub slope: [f32; LANES],
    /// Sum of squares about the line, or about the mean if there is none.
    pub residual_ss: [f32; LANES],
}

/// What the conversions of sixteen columns leave behind. Weight steps x input steps; 0 in idle lanes.
#[derive(Clone, Copy, bytemuck::Zeroable)]
pub struct GroupErrors {
    pub static_fits: Fits,
    pub total_fits: Fits,
    /// Sums of squares of the total error and of what the read adds.
    pub total_ss: [f32; LANES],
    pub read_ss: [f32; LANES],
    pub max_abs: [f32; LANES],
    pub n_clipped: [f32; LANES],
}

impl GroupErrors {
    /// Forgets what idle lanes converted.
    pub fn keep(&mut self, n_columns: usize) {
        if n_columns == LANES {
            return;
        }
        let Self { static_fits, total_fits, total_ss, read_ss, max_abs, n_clipped } = self;
        let fits = [static_fits, total_fits].map(|fits| [&mut fits.mean, &mut fits.slope, &mut fits.residual_ss]);
        let lines = fits.into_iter().flatten().chain([total_ss, read_ss, max_abs, n_clipped]);
        lines.for_each(|line| line[n_columns..].fill(0.0));
    }
}

type Numbers = [f64; LANES];

/// What the reduction needs of sixteen columns' exact results; 0 in idle lanes.
struct Group {
    mean: Numbers,
    ss: Numbers,
    /// 1 / `ss` where the static error has a line, else 0.
    per_ss: Numbers,
    /// Mean less the mean of all columns.
    from_mean: Numbers,
    /// 1 / degrees of freedom of the static error about its line, or about its mean where it has none; 0 for a single input.
    per_freedom: Numbers,
    /// 1 where a column is, else 0.
    used: Numbers,
}

/// What all dies share of an array's exact results.
pub struct Reduction {
    groups: Vec<Group>,
    n_inputs: f64,
    n_columns: f64,
    /// Degrees of freedom of all static errors.
    freedom: f64,
    /// Sum of squares of all exact results about their mean.
    ss: f64,
}

impl Reduction {
    pub fn new(n_inputs: usize, columns: &[ColumnExact]) -> Self {
        let (n, n_columns) = (n_inputs as f64, columns.len() as f64);
        let x = columns.iter().map(|column| column.mean).sum::<f64>() / n_columns;
        let freedom = |column: &ColumnExact| n - if column.has_line(n_inputs) { 2.0 } else { 1.0 };
        let group = |columns: &[ColumnExact]| {
            let of_columns = |number: &dyn Fn(&ColumnExact) -> f64| {
                let mut numbers = [0.0; LANES];
                numbers.iter_mut().zip(columns).for_each(|(to, column)| *to = number(column));
                numbers
            };
            Group {
                mean: of_columns(&|column| column.mean),
                ss: of_columns(&|column| column.ss),
                per_ss: of_columns(&|column| if column.has_line(n_inputs) { column.per_ss } else { 0.0 }),
                from_mean: of_columns(&|column| column.mean - x),
                per_freedom: of_columns(&|column| if freedom(column) > 0.0 { 1.0 / freedom(column) } else { 0.0 }),
                used: of_columns(&|_| 1.0),
            }
        };
        Self {
            groups: columns.chunks(LANES).map(group).collect(),
            n_inputs: n,
            n_columns,
            freedom: columns.iter().map(freedom).sum(),
            ss: columns.iter().map(|column| column.ss + n * (column.mean - x).powi(2)).sum(),
        }
    }
}

/// Reduces the columns of one (die, variant, array). `errors`: of each group.
///
/// `trimmed_rms` is the root of sum of squares / number of outputs. The sum is built from each column's residual and its
/// distance from the common line, so nothing cancels when a large common gain is removed.
pub struct Reduce<'a> {
    pub reduction: &'a Reduction,
    pub errors: &'a [GroupErrors],
}

impl Kernel for Reduce<'_> {
    type Output = ArrayRow;

    #[inline(always)]
    fn run<L: Lanes>(self) -> ArrayRow {
        let Reduction { n_inputs, n_columns, freedom, ss, .. } = *self.reduction;
        let mut sums = Sums::default();
        for (group, (x, errors)) in self.groups().enumerate() {
            sums.add(group, x, errors);
        }
        let means = Means {
            gain: sum(&sums.gain) / n_columns,
            offset: sum(&sums.offset) / n_columns,
            total: sum(&sums.total) / n_columns,
        };
        let mut spreads = Spreads::default();
        for (x, errors) in self.groups() {
            spreads.add(n_inputs, 1.0 / n_inputs, &means, x, errors);
        }
        let slope = if ss > 0.0 { sum(&spreads.xt) / ss } else { 0.0 };
        let mut trimmed_ss = [0.0; LANES];
        for (x, errors) in self.groups() {
            add_trimmed(&mut trimmed_ss, n_inputs, means.total, slope, x, &errors.total_fits);
        }
        // A spread of columns, less the variance that each column's fit lends it.
        let sd = |ss: &Numbers, lent: &Numbers| {
            let variance = if n_columns > 1.0 { sum(ss) / (n_columns - 1.0) - sum(lent) / n_columns } else { 0.0 };
            variance.max(0.0).sqrt() as f32
        };
        let rms = |ss: &Numbers, n: f64| if n > 0.0 { (sum(ss) / n).sqrt() as f32 } else { 0.0 };
        let n_outputs = n_inputs * n_columns;
        let (worst_column, worst_variance) = sums.worst();
        ArrayRow {
            gain: (1.0 + means.gain) as f32,
            offset: means.offset as f32,
            column_gain_sd: sd(&spreads.gain_ss, &spreads.gain_lent),
            column_offset_sd: sd(&spreads.offset_ss, &spreads.offset_lent),
            static_rms: rms(&sums.residual_ss, freedom),
            read_rms: rms(&sums.read_ss, n_outputs),
            total_rms: rms(&sums.total_ss, n_outputs),
            trimmed_rms: rms(&trimmed_ss, n_outputs),
            max_abs: sums.max_abs.into_iter().fold(0.0, f32::max),
            n_clipped: sum(&sums.n_clipped) as f32,
            worst_column: worst_column as f32,
            worst_column_rms: worst_variance.sqrt() as f32,
        }
    }
}

impl Reduce<'_> {
    #[inline(always)]
    fn groups(&self) -> impl Iterator<Item = (&Group, &GroupErrors)> {
        self.reduction.groups.iter().zip(self.errors)
    }
}

fn sum(numbers: &Numbers) -> f64 {
    numbers.iter().sum()
}

/// Gain less 1, offset (where the line of the static error meets x = 0) and variance of the static error about its line, of the column in
/// one lane.
#[inline(always)]
fn line(x: &Group, errors: &GroupErrors, lane: usize) -> [f64; 3] {
    let Fits { mean, slope, residual_ss } = &errors.static_fits;
    let gain = f64::from(slope[lane]);
    let offset = f64::from(mean[lane]) - gain * x.mean[lane];
    [gain, offset, f64::from(residual_ss[lane]) * x.per_freedom[lane]]
}

/// Sums over the columns of each lane.
#[derive(Default)]
struct Sums {
    gain: Numbers,
    offset: Numbers,
    /// Mean of the total error.
    total: Numbers,
    residual_ss: Numbers,
    total_ss: Numbers,
    read_ss: Numbers,
    n_clipped: Numbers,
    max_abs: [f32; LANES],
    /// The largest variance, and its group.
    worst_variance: Numbers,
    worst_group: Numbers,
}

impl Sums {
    #[inline(always)]
    fn add(&mut self, group: usize, x: &Group, errors: &GroupErrors) {
        let group = group as f64;
        for lane in 0..LANES {
            let [gain, offset, variance] = line(x, errors, lane);
            self.gain[lane] += gain;
            self.offset[lane] += offset;
            self.total[lane] += f64::from(errors.total_fits.mean[lane]);
            self.residual_ss[lane] += f64::from(errors.static_fits.residual_ss[lane]);
            let worse = variance > self.worst_variance[lane];
            self.worst_variance[lane] = if worse { variance } else { self.worst_variance[lane] };
            self.worst_group[lane] = if worse { group } else { self.worst_group[lane] };
        }
        for lane in 0..LANES {
            self.total_ss[lane] += f64::from(errors.total_ss[lane]);
            self.read_ss[lane] += f64::from(errors.read_ss[lane]);
            self.n_clipped[lane] += f64::from(errors.n_clipped[lane]);
            let (most, max_abs) = (self.max_abs[lane], errors.max_abs[lane]);
            self.max_abs[lane] = if max_abs > most { max_abs } else { most };
        }
    }

    /// The column of the largest variance, the first of equals, and that.
    fn worst(&self) -> (usize, f64) {
        let columns = self.worst_group.iter().zip(&self.worst_variance).enumerate();
        let columns = columns.map(|(lane, (&group, &variance))| (group as usize * LANES + lane, variance));
        columns.fold((0, 0.0), |worst, column| {
            let worse = column.1 > worst.1 || column.1 == worst.1 && column.0 < worst.0;
            if worse { column } else { worst }
        })
    }
}

/// Means over the columns.
struct Means {
    gain: f64,
    offset: f64,
    /// Of the total error.
    total: f64,
}

/// Sums of squares and products about the means, over the columns of each lane.
#[derive(Default)]
struct Spreads {
    gain_ss: Numbers,
    gain_lent: Numbers,
    offset_ss: Numbers,
    offset_lent: Numbers,
    /// Of the total error and x.
    xt: Numbers,
}

impl Spreads {
    #[inline(always)]
    fn add(&mut self, n: f64, per_n: f64, means: &Means, x: &Group, errors: &GroupErrors) {
        for lane in 0..LANES {
            let [gain, offset, variance] = line(x, errors, lane);
            let (from_gain, from_offset) = (gain - means.gain, offset - means.offset);
            let (mean, per_ss) = (x.mean[lane], x.per_ss[lane]);
            self.gain_ss[lane] += x.used[lane] * from_gain * from_gain;
            self.gain_lent[lane] += variance * per_ss;
            self.offset_ss[lane] += x.used[lane] * from_offset * from_offset;
            self.offset_lent[lane] += variance * (per_n + mean * mean * per_ss);
            let total = &errors.total_fits;
            let from_mean = f64::from(total.mean[lane]) - means.total;
            self.xt[lane] += f64::from(total.slope[lane]) * x.ss[lane] + n * x.from_mean[lane] * from_mean;
        }
    }
}

/// Adds the sums of squares of the total error about one line through all outputs.
#[inline(always)]
fn add_trimmed(to: &mut Numbers, n: f64, mean: f64, slope: f64, x: &Group, total: &Fits) {
    for (lane, to) in to.iter_mut().enumerate() {
        let from_line = f64::from(total.mean[lane]) - mean - slope * x.from_mean[lane];
        let from_slope = f64::from(total.slope[lane]) - slope;
        let about_line = from_slope * from_slope * x.ss[lane] + x.used[lane] * n * from_line * from_line;
        *to += f64::from(total.residual_ss[lane]) + about_line;
    }
}
