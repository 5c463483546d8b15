//! The outputs of a linear array of Gaussian devices, drawn themselves: exact, in a normal for each output in place of one for each
//! device.
//!
//! An output is a sum over the rows, so the outputs of a column are jointly normal over the inputs: their means are those of the
//! nominal array, their covariance is sum over rows of x_a x_b (var G+ + var G-). With its Cholesky factor L a trial's outputs are
//! mean + L z. That is B normals and B (B + 1) / 2 multiply-adds for B inputs, against 2 R normals and B R: worth it below R inputs.

use super::SIGMA;
use super::devices::conductances;
use crate::compute::lanes::{Isa, Kernel, LANES, Lanes};
use crate::compute::outputs::{cholesky, triangle};

/// Means and Cholesky factors of all columns' outputs.
pub struct Outputs {
    /// Shape: `[group, input, lane]`.
    mean: Vec<[f32; LANES]>,
    /// The lower triangle, row after row. Shape: `[group, input x other input, lane]`.
    factor: Vec<[f32; LANES]>,
    n_inputs: usize,
}

impl Outputs {
    /// `w`: `[row, column]`; `inputs`: as the converters apply them, `[input, row]`.
    pub fn new(w: &[f64], rows: usize, columns: usize, inputs: &[f64]) -> Self {
        let n_inputs = inputs.len() / rows;
        let n_groups = columns.div_ceil(LANES);
        let mut mean = vec![[0.0; LANES]; n_groups * n_inputs];
        let mut factor = vec![[0.0; LANES]; n_groups * triangle(n_inputs)];
        for column in 0..columns {
            let (group, lane) = (column / LANES, column % LANES);
            let w = || w[column..].iter().step_by(columns);
            for (mean, x) in mean[group * n_inputs..].iter_mut().zip(inputs.chunks_exact(rows)) {
                mean[lane] = x.iter().zip(w()).map(|(x, w)| x * w).sum::<f64>() as f32;
            }
            let variance = |w: &f64| conductances(*w).map(|g| (SIGMA * g).powi(2)).iter().sum();
            let variances: Vec<f64> = w().map(variance).collect();
            let covariance = |a: usize, b: usize| -> f64 {
                let (a, b) = (&inputs[a * rows..][..rows], &inputs[b * rows..][..rows]);
                a.iter().zip(b).zip(&variances).map(|((a, b), variance)| a * b * variance).sum()
            };
            let mut found: Vec<[f64; 1]> =
                (0..n_inputs).flat_map(|a| (0..=a).map(move |b| (a, b))).map(|(a, b)| [covariance(a, b)]).collect();
            cholesky(n_inputs, &mut found);
            for (to, found) in factor[group * triangle(n_inputs)..].iter_mut().zip(found) {
                to[lane] = found[0] as f32;
            }
        }
        Self { mean, factor, n_inputs }
    }

    /// Makes the outputs of a group of columns, `[trial][input, lane]`, from normals, of which each trial has as many or one more.
    pub fn draw(&self, isa: Isa, group: usize, z: &[[f32; LANES]], outputs: &mut [[f32; LANES]]) {
        let (n, n_factors) = (self.n_inputs, triangle(self.n_inputs));
        let (mean, factor) = (&self.mean[group * n..][..n], &self.factor[group * n_factors..][..n_factors]);
        let mut z = z.chunks_exact(n.next_multiple_of(2)).map(|z| &z[..n]);
        let mut outputs = outputs.chunks_exact_mut(n);
        let mut left = outputs.len();
        while left >= TOGETHER {
            let z = std::array::from_fn(|_| z.next().unwrap_or_default());
            let outputs = std::array::from_fn(|_| outputs.next().unwrap_or_default());
            isa.run(Correlate::<TOGETHER> { mean, factor, z, outputs });
            left -= TOGETHER;
        }
        for (z, outputs) in z.zip(outputs) {
            isa.run(Correlate { mean, factor, z: [z], outputs: [outputs] });
        }
    }
}

/// Trials that share a pass over the factors, which are more to read than a cache holds.
const TOGETHER: usize = 4;

/// mean + L z of some trials.
struct Correlate<'a, const N: usize> {
    mean: &'a [[f32; LANES]],
    factor: &'a [[f32; LANES]],
    z: [&'a [[f32; LANES]]; N],
    outputs: [&'a mut [[f32; LANES]]; N],
}

impl<const N: usize> Kernel for Correlate<'_, N> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let mut factor = self.factor.iter();
        for (input, mean) in self.mean.iter().enumerate() {
            let mut sums = [L::load(mean); N];
            for (other, factor) in (0..=input).zip(&mut factor) {
                let factor = L::load(factor);
                for (sum, z) in sums.iter_mut().zip(&self.z) {
                    *sum = factor.mul_add(L::load(&z[other]), *sum);
                }
            }
            for (sum, outputs) in sums.iter().zip(&mut self.outputs) {
                sum.store(&mut outputs[input]);
            }
        }
    }
}
