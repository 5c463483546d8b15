//! The wires of one direction: a tridiagonal matrix for each, factored once.
//!
//! Every pivot is positive, since each row of the matrix is dominated by its diagonal. A node's carry is what elimination passes
//! on to the next: the segment's conductance over the pivot.

/// Right sides that are solved together.
pub const LANES: usize = 4;
/// Wires along the rows that are solved side by side for one right side: each node waits for the one before.
const SIDE_BY_SIDE: usize = 4;

/// Rows that are solved together: several right sides keep the core busy by themselves, and more rows of them leave the first-level
/// cache.
pub const fn rows_together(n_lanes: usize) -> usize {
    if n_lanes == 1 { SIDE_BY_SIDE } else { 1 }
}
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

    /// Solves wires whose nodes lie side by side, in place. `first`: node 0 of the first; `x`: whole wires of `columns` nodes.
    pub fn solve_rows<const N: usize>(&self, first: usize, columns: usize, x: &mut [[f64; N]]) {
        let mut at = first;
        for wires in x.chunks_mut(rows_together(N) * columns) {
            if wires.len() == SIDE_BY_SIDE * columns {
                self.solve_block::<N, SIDE_BY_SIDE>(at, columns, wires);
            } else {
                wires.chunks_exact_mut(columns).enumerate().for_each(|(row, wire)| {
                    self.solve_block::<N, 1>(at + row * columns, columns, wire);
                });
            }
            at += wires.len();
        }
    }

    /// Elimination forth, substitution back, of several wires side by side.
    fn solve_block<const N: usize, const WIRES: usize>(&self, first: usize, columns: usize, x: &mut [[f64; N]]) {
        let (pivot, carry) = (&self.pivot[first..][..x.len()], &self.carry[first..][..x.len()]);
        let mut passed_on = [[0.0; N]; WIRES];
        for column in 0..columns {
            for (wire, passed_on) in passed_on.iter_mut().enumerate() {
                let i = wire * columns + column;
                for (sum, passed_on) in x[i].iter_mut().zip(passed_on) {
                    *sum += *passed_on;
                    *passed_on = carry[i] * *sum;
                }
            }
        }
        let mut behind = [[0.0; N]; WIRES];
        for column in (0..columns).rev() {
            for (wire, behind) in behind.iter_mut().enumerate() {
                let i = wire * columns + column;
                for (node, behind) in x[i].iter_mut().zip(behind) {
                    *behind = pivot[i] * *node + carry[i] * *behind;
                    *node = *behind;
                }
            }
        }
    }
}
