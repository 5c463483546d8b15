//! Outputs of a linear array of Gaussian pairs, drawn themselves: exact, in fewer normals than the array has pairs.
//!
//! Pairs that hold one level have one mean and one spread, so a column's charge is
//!
//! `charge[vector] = sum over levels of mean[level] A[level, vector] + sd[level] B[level, vector]`,
//!
//! A = sum of x over the level's rows, signed as their codes, and B = sum of x z. Over the vectors B is jointly normal with covariance
//! sum of x x^T. With the Cholesky factor L of that, B = L z takes a normal for each vector in place of one for each row. Neither A nor L
//! depends on die or variant: all variants of a die share B as they share z.

use super::ArrayJob;
use super::job::symbol;
use super::lanes::{Isa, Kernel, LANES, Lanes, Line};
use rayon::prelude::*;

/// Vectors of a job whose outputs may be drawn; beyond, factors are more to read than pairs are to draw.
pub const MOST_VECTORS: usize = 16;

/// A and L of all columns of a job, sixteen columns a line.
pub struct LevelOutputs {
    pub n_levels: usize,
    pub n_vectors: usize,
    /// A. Shape: `[group][level][vector]`.
    pub nominal: Vec<Line>,
    /// L, lower triangles row after row. Shape: `[group][level][vector x other vector]`.
    pub factor: Vec<Line>,
}

impl LevelOutputs {
    pub fn new(job: &ArrayJob) -> Self {
        let (n_levels, n_vectors) = (job.n_levels(), job.n_vectors());
        let rows = Rows::new(job);
        let mut nominal = vec![Line::default(); job.columns.div_ceil(LANES) * n_levels * n_vectors];
        let mut factor = vec![Line::default(); job.columns.div_ceil(LANES) * n_levels * triangle(n_vectors)];
        let groups =
            nominal.par_chunks_mut(n_levels * n_vectors).zip(factor.par_chunks_mut(n_levels * triangle(n_vectors)));
        groups.enumerate().for_each(|(group, (nominal, factor))| {
            let mut covariance = vec![[0.0; LANES]; factor.len()];
            for (lane, column) in (group * LANES..job.columns).take(LANES).enumerate() {
                let weights = job.weights[column..].iter().step_by(job.columns).copied();
                let (a, squares) = rows.sums(n_levels, weights);
                nominal.iter_mut().zip(a).for_each(|(to, a)| to.0[lane] = a);
                covariance.iter_mut().zip(squares).for_each(|(to, square)| to[lane] = f64::from(square));
            }
            Isa::best().run(Factors { n: n_vectors, matrices: &mut covariance });
            for (to, factor) in factor.iter_mut().zip(covariance) {
                to.0.iter_mut().zip(factor).for_each(|(to, factor)| *to = factor as f32);
            }
        });
        Self { n_levels, n_vectors, nominal, factor }
    }
}

/// What is applied to each row in all vectors, and its products with itself: whole numbers, whose sums are exact below 2^24.
struct Rows {
    n_vectors: usize,
    /// Lines of a row: its vectors, then the products of the lower triangle.
    vector_lines: usize,
    lines: usize,
    /// Shape: `[row][line]`.
    numbers: Vec<Line>,
}

impl Rows {
    fn new(job: &ArrayJob) -> Self {
        let n_vectors = job.n_vectors();
        let vector_lines = n_vectors.div_ceil(LANES);
        let lines = vector_lines + triangle(n_vectors).div_ceil(LANES);
        let mut numbers = vec![Line::default(); job.rows * lines];
        let mut x = vec![0.0; n_vectors];
        for (row, to) in numbers.chunks_exact_mut(lines).enumerate() {
            for (vector, x) in x.iter_mut().enumerate() {
                let code = job.inputs[vector / job.n_slices() * job.rows + row];
                *x = f32::from(symbol(code, vector % job.n_slices(), job.bits_per_slice));
            }
            let products = (0..n_vectors).flat_map(|a| x[..=a].iter().map(move |b| (a, b)));
            let mut numbers = to.iter_mut();
            for values in [x.clone(), products.map(|(a, b)| x[a] * b).collect()] {
                for (values, to) in values.chunks(LANES).zip(&mut numbers) {
                    to.0[..values.len()].copy_from_slice(values);
                }
            }
        }
        Self { n_vectors, vector_lines, lines, numbers }
    }

    /// Sums over the rows of each level: of x, signed as the weights, and of the products. Both of shape `[level, number]`.
    fn sums(&self, n_levels: usize, weights: impl Iterator<Item = i8> + Clone) -> (Vec<f32>, Vec<f32>) {
        let mut sums = vec![Line::default(); n_levels * self.lines];
        Isa::best().run(AddRows { rows: self, weights, sums: &mut sums });
        let (mut nominal, mut squares) = (Vec::new(), Vec::new());
        for sums in sums.chunks_exact(self.lines) {
            let (of_vectors, of_products) = sums.split_at(self.vector_lines);
            nominal.extend(of_vectors.iter().flat_map(|line| line.0).take(self.n_vectors));
            squares.extend(of_products.iter().flat_map(|line| line.0).take(triangle(self.n_vectors)));
        }
        (nominal, squares)
    }
}

struct AddRows<'a, W> {
    rows: &'a Rows,
    weights: W,
    sums: &'a mut [Line],
}

impl<W: Iterator<Item = i8>> Kernel for AddRows<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Rows { vector_lines, lines, numbers, .. } = self.rows;
        for (numbers, weight) in numbers.chunks_exact(*lines).zip(self.weights) {
            let sums = &mut self.sums[usize::from(weight.unsigned_abs()) * lines..][..*lines];
            let sign = L::of(f32::from(weight.signum()));
            for (i, (sum, number)) in sums.iter_mut().zip(numbers).enumerate() {
                let number = L::load(&number.0);
                let signed = if i < *vector_lines { sign * number } else { number };
                (L::load(&sum.0) + signed).store(&mut sum.0);
            }
        }
    }
}

/// Whether drawing a job's outputs takes at most half of the normals that its pairs take.
pub fn fewer_draws(job: &ArrayJob) -> bool {
    job.n_vectors() <= MOST_VECTORS && 2 * n_normals(job) <= job.rows * job.columns
}

/// Normals that a job's outputs take: whole blocks of four for each level of each column.
pub fn n_normals(job: &ArrayJob) -> usize {
    job.n_levels() * job.n_vectors().next_multiple_of(4) * job.columns
}

/// Multiply-adds that they take, for so many variants.
pub fn n_fmas(job: &ArrayJob, n_variants: usize) -> usize {
    job.n_levels() * (triangle(job.n_vectors()) + 2 * job.n_vectors() * n_variants) * job.columns
}

/// Numbers of a lower triangle.
pub fn triangle(n: usize) -> usize {
    n * (n + 1) / 2
}

/// Covariances to their factors, sixteen at once.
struct Factors<'a> {
    n: usize,
    matrices: &'a mut [[f64; LANES]],
}

impl Kernel for Factors<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        self.matrices.chunks_exact_mut(triangle(self.n)).for_each(|matrix| cholesky(self.n, matrix));
    }
}

/// Puts L with L L^T = the covariance in its place, `N` of them at once; lower triangles, row after row. What rounding leaves of a
/// direction without spread is none.
#[inline(always)]
pub fn cholesky<const N: usize>(n: usize, covariance: &mut [[f64; N]]) {
    for a in 0..n {
        for b in 0..=a {
            let (known, left) = covariance.split_at_mut(triangle(a) + b);
            let value = &mut left[0];
            let own = *value;
            for (of_a, of_b) in known[triangle(a)..].iter().zip(&known[triangle(b)..]).take(b) {
                for (value, (a, b)) in value.iter_mut().zip(of_a.iter().zip(of_b)) {
                    *value -= a * b;
                }
            }
            if a == b {
                for (value, own) in value.iter_mut().zip(own) {
                    *value = if *value > 1e-12 * own { value.sqrt() } else { 0.0 };
                }
            } else {
                let pivot = &known[triangle(b) + b];
                for (value, pivot) in value.iter_mut().zip(pivot) {
                    *value = if *pivot > 0.0 { *value / pivot } else { 0.0 };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triangle_times_itself_is_the_covariance() {
        // The third direction is the sum of the first two: it has no spread of its own. The second matrix is twice as wide.
        let rows = [[2.0, 0.0], [0.3, 1.0], [2.3, 1.0]];
        let covariance = |a: usize, b: usize| -> f64 { (0..2).map(|k| rows[a][k] * rows[b][k]).sum() };
        let mut factors: Vec<[f64; 2]> =
            (0..3).flat_map(|a| (0..=a).map(move |b| covariance(a, b))).map(|c| [c, 4.0 * c]).collect();
        cholesky(3, &mut factors);
        for (i, size) in [1.0, 4.0].into_iter().enumerate() {
            let at = |a: usize, b: usize| if b <= a { factors[triangle(a) + b][i] } else { 0.0 };
            for a in 0..3 {
                for b in 0..3 {
                    let product: f64 = (0..3).map(|k| at(a, k) * at(b, k)).sum();
                    assert!((product - size * covariance(a, b)).abs() < 1e-12, "{a} {b}: {product}");
                }
            }
            assert_eq!(at(2, 2), 0.0);
        }
    }
}
