//! The test pattern of an array, packed once for all dies, and its exact integer products.

use super::cells::PackedWeights;
use super::inputs::Symbols;
use super::level_pattern::LevelPattern;
use crate::compute::ArrayJob;
use crate::compute::lanes::LANES;
use crate::compute::outputs::LevelOutputs;
use crate::compute::reduce::ColumnExact;

/// What all dies share: the job, packed for the kernel, and its exact integer products.
pub struct Pattern<'a> {
    pub job: &'a ArrayJob,
    pub n_slices: usize,
    pub n_inputs: usize,
    pub weights: PackedWeights,
    pub symbols: Symbols,
    /// What sums by level need, where they are of use and less work.
    pub levels: Option<LevelPattern>,
    /// What drawing outputs needs, where they are drawn.
    pub outputs: Option<LevelOutputs>,
    pub exact: Vec<ExactGroup>,
    pub columns: Vec<ColumnExact>,
}

/// Exact results of sixteen columns, as the kernel needs them.
pub struct ExactGroup {
    /// Shape: `[input, lane]`.
    pub x: Vec<[f32; LANES]>,
    /// x less the column's mean. Shape: `[input, lane]`.
    pub from_mean: Vec<[f32; LANES]>,
    /// 1 / sum of squares of `from_mean`; 0 where the total error has no line, and where the static error has none.
    pub per_ss: [[f32; LANES]; 2],
}

impl<'a> Pattern<'a> {
    /// `any_alike`: some die has variants that can share sums by level.
    pub fn new(job: &'a ArrayJob, any_alike: bool) -> Self {
        let (n_slices, n_inputs) = (job.n_slices(), job.n_inputs());
        let exact = job.exact();
        let columns: Vec<_> = exact.chunks_exact(n_inputs).map(ColumnExact::new).collect();
        let symbols = Symbols::new(&job.inputs, job.rows, n_slices, job.bits_per_slice);
        let levels = || LevelPattern::new(&job.weights, job.columns, &symbols.symbols, job.bits_per_slice == 1);
        let levels = if any_alike && !job.draws_outputs { levels() } else { None };
        let groups = exact.chunks(LANES * n_inputs).zip(columns.chunks(LANES));
        Self {
            job,
            n_slices,
            n_inputs,
            weights: PackedWeights::new(&job.weights, job.rows, job.columns),
            symbols,
            levels,
            outputs: job.draws_outputs.then(|| LevelOutputs::new(job)),
            exact: groups.map(|(exact, columns)| ExactGroup::new(exact, columns, n_inputs)).collect(),
            columns,
        }
    }
}

impl ExactGroup {
    fn new(exact: &[i64], columns: &[ColumnExact], n_inputs: usize) -> Self {
        let mut group = Self {
            x: vec![[0.0; LANES]; n_inputs],
            from_mean: vec![[0.0; LANES]; n_inputs],
            per_ss: [[0.0; LANES]; 2],
        };
        for (lane, (exact, column)) in exact.chunks_exact(n_inputs).zip(columns).enumerate() {
            for (input, &x) in exact.iter().enumerate() {
                group.x[input][lane] = x as f32;
                group.from_mean[input][lane] = (x as f64 - column.mean) as f32;
            }
            if column.ss > 0.0 {
                group.per_ss[0][lane] = (1.0 / column.ss) as f32;
            }
            if column.has_line(n_inputs) {
                group.per_ss[1][lane] = group.per_ss[0][lane];
            }
        }
        group
    }
}
