//! The wires of one direction: a tridiagonal matrix for each, factored once.
//!
//! Every pivot is positive, since each row of the matrix is dominated by its diagonal. A node's carry is what elimination passes
//! on to the next: the segment's conductance over the pivot.

/// Right sides that are solved together.
pub const LANES: usize = 4;
/// Wires along the rows that are solved side by side for one right side: each node waits for the one before.
const SIDE_BY_SIDE: usize = 8;

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
        let mut factors = Self::unfactored(conductance, segment);
        factors.pivot.chunks_exact_mut(columns).for_each(|wire| wire[columns - 1] -= segment);
        let block = SIDE_BY_SIDE * columns;
        for (pivot, carry) in factors.pivot.chunks_mut(block).zip(factors.carry.chunks_mut(block)) {
            if pivot.len() == block {
                factor_block::<SIDE_BY_SIDE>(pivot, carry, segment);
            } else {
                let wires = pivot.chunks_exact_mut(columns).zip(carry.chunks_exact_mut(columns));
                wires.for_each(|(pivot, carry)| factor_block::<1>(pivot, carry, segment));
            }
        }
        factors
    }

    /// Wires that run along the columns: a segment behind each node; the first node has none before it.
    pub fn of_columns(conductance: &[f64], columns: usize, segment: f64) -> Self {
        let mut factors = Self::unfactored(conductance, segment);
        factors.pivot[..columns].iter_mut().for_each(|pivot| *pivot -= segment);
        let mut before = vec![0.0; columns];
        for (pivot, carry) in factors.pivot.chunks_exact_mut(columns).zip(factors.carry.chunks_exact_mut(columns)) {
            for ((pivot, carry), before) in pivot.iter_mut().zip(&mut *carry).zip(&before) {
                (*pivot, *carry) = factor(*pivot, segment, *before);
            }
            before.copy_from_slice(carry);
        }
        factors
    }

    /// The diagonal in place of the reciprocal pivots: every node between two segments.
    fn unfactored(conductance: &[f64], segment: f64) -> Self {
        let pivot = conductance.iter().map(|g| g + 2.0 * segment).collect();
        Self { pivot, carry: vec![0.0; conductance.len()] }
    }

    /// Solves wires whose nodes lie side by side, in place. `first`: node 0 of the first; `x`: whole wires of `columns` nodes.
    #[inline(always)]
    pub fn solve_rows<const N: usize>(&self, first: usize, columns: usize, x: &mut [[f64; N]]) {
        let mut at = first;
        for wires in x.chunks_mut(rows_together(N) * columns) {
            if wires.len() == SIDE_BY_SIDE * columns {
                self.solve_block::<N, SIDE_BY_SIDE>(at, columns, wires);
            } else {
                for (row, wire) in wires.chunks_exact_mut(columns).enumerate() {
                    self.solve_block::<N, 1>(at + row * columns, columns, wire);
                }
            }
            at += wires.len();
        }
    }

    /// Elimination along all columns, down the rows.
    #[inline(always)]
    pub fn eliminate_columns<const N: usize>(&self, n_columns: usize, f: &mut [[f64; N]]) {
        let mut rows = f.chunks_exact_mut(n_columns).zip(self.carry.chunks_exact(n_columns));
        let Some(mut above) = rows.next() else { return };
        for (f, carry) in rows {
            for ((f, above), carry) in f.iter_mut().zip(&*above.0).zip(above.1) {
                let (mut sum, above) = (*f, *above);
                for (sum, above) in sum.iter_mut().zip(above) {
                    *sum += carry * above;
                }
                *f = sum;
            }
            above = (f, carry);
        }
    }

    /// Substitution along all columns, up the rows.
    #[inline(always)]
    pub fn substitute_columns<const N: usize>(&self, n_columns: usize, f: &mut [[f64; N]]) {
        let ground = vec![[0.0; N]; n_columns];
        let mut below = ground.as_slice();
        let factors = self.pivot.chunks_exact(n_columns).zip(self.carry.chunks_exact(n_columns));
        for (f, (pivot, carry)) in f.chunks_exact_mut(n_columns).zip(factors).rev() {
            for (((f, pivot), carry), below) in f.iter_mut().zip(pivot).zip(carry).zip(below) {
                let mut node = *f;
                for (node, below) in node.iter_mut().zip(below) {
                    *node = pivot * *node + carry * below;
                }
                *f = node;
            }
            below = f;
        }
    }

    /// Elimination forth, substitution back, of several wires side by side.
    #[inline(always)]
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

/// Reciprocal pivot and carry of a node behind one with the carry `before`.
#[inline(always)]
fn factor(diagonal: f64, segment: f64, before: f64) -> (f64, f64) {
    let pivot = 1.0 / (diagonal - segment * before);
    (pivot, segment * pivot)
}

/// Factors several wires side by side: each node's division waits for the one before it.
fn factor_block<const WIRES: usize>(pivot: &mut [f64], carry: &mut [f64], segment: f64) {
    let columns = pivot.len() / WIRES;
    let mut before = [0.0; WIRES];
    for column in 0..columns {
        for (wire, before) in before.iter_mut().enumerate() {
            let i = wire * columns + column;
            (pivot[i], carry[i]) = factor(pivot[i], segment, *before);
            *before = carry[i];
        }
    }
}
