//! The wires of one direction: a tridiagonal matrix for each, factored once.
//!
//! Every pivot is positive, since each row of the matrix is dominated by its diagonal. A node's carry is what elimination passes
//! on to the next: the segment's conductance over the pivot.

/// Right sides that are solved together.
pub const LANES: usize = 4;
/// Voltages or currents of a node, one for each right side.
pub type Lanes = [f64; LANES];

/// Reciprocal pivots and carries of all nodes. Shape: `[row, column]`.
#[derive(Clone, Debug)]
pub struct Factors {
    pub pivot: Vec<f64>,
    pub carry: Vec<f64>,
}

impl Factors {
    /// Wires that run along the rows: a segment before each node; the last node has none behind it.
    pub fn of_rows(conductance: &[f64], columns: usize, segment: f64) -> Self {
        let diagonal = |i: usize| conductance[i] + segment * if i % columns + 1 == columns { 1.0 } else { 2.0 };
        let before = |i: usize| (!i.is_multiple_of(columns)).then(|| i - 1);
        Self::new(conductance.len(), segment, diagonal, before)
    }

    /// Wires that run along the columns: a segment behind each node; the first node has none before it.
    pub fn of_columns(conductance: &[f64], columns: usize, segment: f64) -> Self {
        let diagonal = |i: usize| conductance[i] + segment * if i < columns { 1.0 } else { 2.0 };
        Self::new(conductance.len(), segment, diagonal, |i: usize| i.checked_sub(columns))
    }

    fn new(n: usize, segment: f64, diagonal: impl Fn(usize) -> f64, before: impl Fn(usize) -> Option<usize>) -> Self {
        let mut factors = Self { pivot: vec![0.0; n], carry: vec![0.0; n] };
        for i in 0..n {
            let passed_on = before(i).map_or(0.0, |before| segment * factors.carry[before]);
            factors.pivot[i] = 1.0 / (diagonal(i) - passed_on);
            factors.carry[i] = segment * factors.pivot[i];
        }
        factors
    }

    /// Solves one wire whose nodes lie side by side, in place: elimination forth, substitution back. `first`: its first node.
    pub fn solve_row<const N: usize>(&self, first: usize, x: &mut [[f64; N]]) {
        let (pivot, carry) = (&self.pivot[first..][..x.len()], &self.carry[first..][..x.len()]);
        let mut passed_on = [0.0; N];
        for (node, carry) in x.iter_mut().zip(carry) {
            let mut sum = *node;
            for (sum, passed_on) in sum.iter_mut().zip(&mut passed_on) {
                *sum += *passed_on;
                *passed_on = carry * *sum;
            }
            *node = sum;
        }
        let mut behind = [0.0; N];
        for ((node, pivot), carry) in x.iter_mut().zip(pivot).zip(carry).rev() {
            let sum = *node;
            for (behind, sum) in behind.iter_mut().zip(sum) {
                *behind = pivot * sum + carry * *behind;
            }
            *node = behind;
        }
    }
}
