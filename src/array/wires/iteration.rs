//! The voltages of the column nodes, by a Chebyshev iteration on the columns.
//!
//! A step sends the present column voltages through the row wires, row by row, and solves all columns for the currents that
//! come back: W' = (A_c + G)^-1 (G U(W) + b). The matrix of this map has no negative entry and its eigenvalues lie between 0 and
//! some rho below 1, which a few passes over the nodes bound from above; so the best weights of the steps are known before they
//! are taken (Golub and Varga, Numer. Math. 3, 147 (1961)). A step is one sweep down the rows (elimination along the columns) and one up
//! (substitution, rows, weights), and each node is read and written once in each.

use super::lines::{Factors, rows_together};
use super::{Crossbar, WireError};
use std::ops::Range;

/// Error of the voltages, relative to the largest, below which the iteration stops.
const TOLERANCE: f64 = 1e-10;
const MOST_STEPS: usize = 2000;

/// What drives a network, a source in each of N lanes.
pub struct Sources<'a, const N: usize> {
    /// Voltages of the drivers. Shape: `[row]`.
    pub drives: &'a [[f64; N]],
    /// Columns whose grounds are at 1 V, one in each lane.
    pub raised: &'a [usize],
}

/// What the iteration works in, for one network after another.
pub struct Workspace<const N: usize> {
    /// Voltages of the column nodes, and those before the last step. Shape: `[row, column]`.
    pub w: Vec<[f64; N]>,
    former: Vec<[f64; N]>,
    /// Currents that the columns are solved for. Shape: `[row, column]`.
    f: Vec<[f64; N]>,
    /// Nodes of some rows, and the columns' solution in the last of them.
    nodes: Vec<[f64; N]>,
    solved: Vec<[f64; N]>,
}

impl<const N: usize> Workspace<N> {
    pub fn new(rows: usize, columns: usize) -> Self {
        let zeros = |n| vec![[0.0; N]; n];
        let n = rows * columns;
        Self {
            w: zeros(n),
            former: zeros(n),
            f: zeros(n),
            nodes: zeros(rows_together(N) * columns),
            solved: zeros(columns),
        }
    }
}

/// How well the voltages hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settled {
    /// Estimate of their error, relative to the largest: what the map would still change over 1 - rho.
    pub residual: f64,
    pub n_steps: usize,
}

impl Settled {
    /// The worse of two in each respect.
    pub fn and(self, other: &Self) -> Self {
        Self { residual: self.residual.max(other.residual), n_steps: self.n_steps.max(other.n_steps) }
    }
}

impl Crossbar {
    /// Finds the column voltages for some sources.
    ///
    /// # Errors
    /// `NotSolved` if the steps do not end: wires that let hardly anything through.
    pub(super) fn settle<const N: usize>(
        &self,
        columns: &Factors,
        sources: &Sources<N>,
        space: &mut Workspace<N>,
    ) -> Result<Settled, WireError> {
        let (middle, reach) = (2.0 / (2.0 - self.coupling), self.coupling / (2.0 - self.coupling));
        let mut weight = 1.0;
        space.w.fill([0.0; N]);
        space.former.fill([0.0; N]);
        for first in (0..self.rows).step_by(rows_together(N)) {
            space.nodes.fill([0.0; N]);
            self.send_back(first..self.rows.min(first + rows_together(N)), sources, &mut space.nodes, &mut space.f);
        }
        let mut residual = f64::INFINITY;
        for n_steps in 1..=MOST_STEPS {
            let change = self.step(columns, sources, [middle, weight], space);
            weight = 1.0 / (1.0 - reach * reach * weight * if n_steps == 1 { 0.5 } else { 0.25 });
            residual = change / (1.0 - self.coupling);
            if residual < TOLERANCE {
                return Ok(Settled { residual, n_steps });
            }
        }
        Err(WireError::NotSolved { steps: MOST_STEPS, residual })
    }

    /// One step. Output: the largest change that the map itself would make, relative to the largest voltage.
    fn step<const N: usize>(
        &self,
        columns: &Factors,
        sources: &Sources<N>,
        [middle, weight]: [f64; 2],
        space: &mut Workspace<N>,
    ) -> f64 {
        let Workspace { w, former, f, nodes, solved } = space;
        eliminate(columns, self.columns, f);
        solved.fill([0.0; N]);
        let (mut change, mut largest) = ([0.0; N], [0.0; N]);
        for row in (0..self.rows).rev() {
            let first = row * self.columns;
            let of_row = &mut nodes[row % rows_together(N) * self.columns..][..self.columns];
            for (column, (solved, node)) in solved.iter_mut().zip(of_row).enumerate() {
                let i = first + column;
                let (pivot, carry, g) = (columns.pivot[i], columns.carry[i], self.conductance[i]);
                // Copies, so that the compiler sees that lanes are independent.
                let (f, below, now, before) = (f[i], *solved, w[i], former[i]);
                let [mut here, mut next, mut sent] = [[0.0; N]; 3];
                for lane in 0..N {
                    here[lane] = pivot * f[lane] + carry * below[lane];
                    let step = here[lane] - now[lane];
                    next[lane] = before[lane] + weight * (middle * step + now[lane] - before[lane]);
                    sent[lane] = g * next[lane];
                    change[lane] = larger(step.abs(), change[lane]);
                    largest[lane] = larger(here[lane].abs(), largest[lane]);
                }
                (*solved, former[i], *node) = (here, next, sent);
            }
            if row.is_multiple_of(rows_together(N)) {
                self.send_back(row..self.rows.min(row + rows_together(N)), sources, nodes, f);
            }
        }
        std::mem::swap(w, former);
        let relative = |lane: usize| if largest[lane] > 0.0 { change[lane] / largest[lane] } else { 0.0 };
        (0..N).map(relative).fold(0.0, f64::max)
    }

    /// What some rows send into the columns: G times their nodes, for which `nodes` holds G W; and what raised grounds send.
    fn send_back<const N: usize>(
        &self,
        rows: Range<usize>,
        sources: &Sources<N>,
        nodes: &mut [[f64; N]],
        f: &mut [[f64; N]],
    ) {
        let places = rows.start * self.columns..rows.end * self.columns;
        let nodes = &mut nodes[..places.len()];
        self.row_nodes(rows.start, sources.drives.get(rows.clone()).unwrap_or(&[]), nodes);
        for ((f, node), g) in f[places.clone()].iter_mut().zip(&*nodes).zip(&self.conductance[places]) {
            *f = node.map(|u| g * u);
        }
        if rows.end == self.rows {
            for (lane, column) in sources.raised.iter().enumerate() {
                f[(self.rows - 1) * self.columns + column][lane] += 1.0 / self.lines.r_column;
            }
        }
    }

    /// An upper bound of the largest eigenvalue of a step's matrix B: max (B x)_i / x_i for any x > 0 (Collatz and Wielandt). A
    /// few powers make it tight.
    pub(super) fn bound_coupling(&self, columns: &Factors) -> f64 {
        const POWERS: usize = 4;
        if self.row_wires.is_none() {
            return 0.0;
        }
        let mut x = vec![[1.0]; self.conductance.len()];
        let mut bound = 0.0;
        for _ in 0..POWERS {
            let weigh = |y: &mut [[f64; 1]]| y.iter_mut().zip(&self.conductance).for_each(|(y, g)| y[0] *= g);
            let mut y = x.clone();
            weigh(&mut y);
            self.row_nodes(0, &[], &mut y);
            weigh(&mut y);
            eliminate(columns, self.columns, &mut y);
            for i in (0..y.len()).rev() {
                let below = y.get(i + self.columns).map_or(0.0, |below| below[0]);
                y[i][0] = columns.pivot[i] * y[i][0] + columns.carry[i] * below;
            }
            let ratio = |(y, x): (&[f64; 1], &[f64; 1])| if x[0] > 0.0 { y[0] / x[0] } else { 0.0 };
            bound = y.iter().zip(&x).map(ratio).fold(0.0, f64::max);
            x = y;
        }
        // Rounding must not lift it to 1, where no step would help.
        bound.min(1.0 - 1e-12)
    }
}

/// The larger of two numbers that are no NaN: one instruction, which `f64::max` is not.
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Elimination along all columns, down the rows.
fn eliminate<const N: usize>(columns: &Factors, n_columns: usize, f: &mut [[f64; N]]) {
    let mut rows = f.chunks_exact_mut(n_columns).zip(columns.carry.chunks_exact(n_columns));
    let Some(mut above) = rows.next() else { return };
    for (f, carry) in rows {
        for ((f, above), carry) in f.iter_mut().zip(&*above.0).zip(above.1) {
            let (mut sum, above) = (*f, *above);
            sum.iter_mut().zip(above).for_each(|(sum, above)| *sum += carry * above);
            *f = sum;
        }
        above = (f, carry);
    }
}
