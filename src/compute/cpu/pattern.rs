//! The test pattern of an array, packed once for all dies, and its exact integer products.

use super::cells::PackedWeights;
use super::inputs::Packed;
use crate::compute::ArrayJob;
use crate::compute::lanes::LANES;
use crate::compute::reduce::ColumnExact;

/// What all dies share: the job, packed for the kernel, and its exact integer products.
pub struct Pattern<'a> {
    pub job: &'a ArrayJob,
    pub n_slices: usize,
    pub n_inputs: usize,
    pub weights: PackedWeights,
    pub symbols: Packed<u8>,
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
    pub fn new(job: &'a ArrayJob) -> Self {
        let (n_slices, n_inputs) = (job.n_slices(), job.n_inputs());
        let exact = exact_products(job);
        let columns: Vec<_> = exact.chunks_exact(n_inputs).map(ColumnExact::new).collect();
        let groups = exact.chunks(LANES * n_inputs).zip(columns.chunks(LANES));
        Self {
            job,
            n_slices,
            n_inputs,
            weights: PackedWeights::new(&job.weights, job.rows, job.columns),
            symbols: Packed::symbols(&job.inputs, job.rows, n_slices, job.bits_per_slice),
            exact: groups.map(|(exact, columns)| ExactGroup::new(exact, columns, n_inputs)).collect(),
            columns,
        }
    }
}

/// Exact integer products. Shape: `[column, input]`.
fn exact_products(job: &ArrayJob) -> Vec<i64> {
    let n_inputs = job.n_inputs();
    let mut exact = vec![0; job.columns * n_inputs];
    let mut sums = vec![0i64; job.columns];
    for (input, x) in job.inputs.chunks_exact(job.rows).enumerate() {
        sums.fill(0);
        for (&x, weights) in x.iter().zip(job.weights.chunks_exact(job.columns)) {
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum += i64::from(i32::from(x) * i32::from(weight));
            }
        }
        for (column, &sum) in sums.iter().enumerate() {
            exact[column * n_inputs + input] = sum;
        }
    }
    exact
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
