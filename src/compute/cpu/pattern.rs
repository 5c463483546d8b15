//! The test pattern of an array, packed once for all dies, and its exact integer products.

use super::array_row::Reduction;
use super::cells::PackedWeights;
use super::inputs::Symbols;
use super::level_pattern::LevelPattern;
use crate::compute::ArrayJob;
use crate::compute::exact::ColumnExact;
use crate::compute::lanes::LANES;
use crate::compute::outputs::LevelOutputs;
use std::sync::OnceLock;

/// What all dies share: the job, packed for the kernel, and its exact integer products.
pub struct Pattern<'a> {
    pub job: &'a ArrayJob,
    pub n_slices: usize,
    pub n_inputs: usize,
    pub weights: PackedWeights,
    pub symbols: Symbols,
    /// What sums by level need, where they are less work; made when a batch first has use for them.
    levels: OnceLock<Option<LevelPattern>>,
    /// What drawing outputs needs, where they are drawn.
    pub outputs: Option<LevelOutputs>,
    pub exact: Vec<ExactGroup>,
    pub reduction: Reduction,
}

/// Exact results of sixteen columns, as the kernel needs them.
pub struct ExactGroup {
    /// Shape: `[input, lane]`.
    pub x: Vec<[f32; LANES]>,
    /// x less the column's mean. Shape: `[input, lane]`.
    pub from_mean: Vec<[f32; LANES]>,
    /// 1 / sum of squares of `from_mean`, for the static and the total error; 0 where that has no line.
    pub per_ss: [[f32; LANES]; 2],
}

impl<'a> Pattern<'a> {
    pub fn new(job: &'a ArrayJob) -> Self {
        let (n_slices, n_inputs) = (job.n_slices(), job.n_inputs());
        let exact = job.exact();
        let columns: Vec<_> = exact.chunks_exact(n_inputs).map(ColumnExact::new).collect();
        let symbols = Symbols::new(&job.inputs, job.rows, n_slices, job.bits_per_slice);
        let groups = exact.chunks(LANES * n_inputs).zip(columns.chunks(LANES));
        Self {
            job,
            n_slices,
            n_inputs,
            weights: PackedWeights::new(&job.weights, job.rows, job.columns),
            symbols,
            levels: OnceLock::new(),
            outputs: job.draws_outputs.then(|| LevelOutputs::new(job)),
            exact: groups.map(|(exact, columns)| ExactGroup::new(exact, columns, n_inputs)).collect(),
            reduction: Reduction::new(n_inputs, &columns),
        }
    }

    /// Makes what sums by level need, on all threads. Before the dies are worked off: in a die's own work another die that waits for it
    /// could be taken up.
    pub fn make_levels(&self) {
        let Self { job, symbols, .. } = self;
        self.levels.get_or_init(|| {
            if job.draws_outputs {
                return None;
            }
            LevelPattern::new(job, &symbols.symbols)
        });
    }

    /// What sums by level need, if a batch had use for them and they are less work.
    pub fn levels(&self) -> Option<&LevelPattern> {
        self.levels.get().and_then(Option::as_ref)
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
            group.per_ss[1][lane] = column.per_ss as f32;
            if column.has_line(n_inputs) {
                group.per_ss[0][lane] = group.per_ss[1][lane];
            }
        }
        group
    }
}
