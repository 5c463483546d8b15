//! The voltages of the column nodes, by a Chebyshev iteration on the columns.
//!
//! A step sends the present column voltages through the row wires, row by row, and solves all columns for the currents that
//! come back: W' = (A_c + G)^-1 (G U(W) + b). The matrix of this map has no negative entry and its eigenvalues lie between 0 and
//! some rho below 1, which a few passes over the nodes bound from above; so the best weights of the steps are known before they
//! are taken (Golub and Varga, Numer. Math. 3, 147 (1961)). A step is one sweep down the rows (elimination along the columns) and one up
//! (substitution, rows, weights), and each node is read and written once in each.

use super::lines::{Factors, rows_together};
use super::relax::{Relax, larger};
use super::{Crossbar, WireError};
use crate::compute::lanes::{Kernel, Lanes};
use std::ops::Range;

const MOST_STEPS: usize = 2000;

/// What drives a network, a source in each of N lanes.
pub struct Sources<'a, const N: usize> {
    /// Voltages of the drivers. Shape: `[row]`.
    pub drives: &'a [[f64; N]],
    /// Columns whose grounds are at 1 V, one in each lane.
    pub raised: &'a [usize],
}

impl<const N: usize> Sources<'_, N> {
    /// The largest voltage of each lane's network (V): no node is beyond its sources.
    fn largest(&self) -> [f64; N] {
        let mut largest = std::array::from_fn(|lane| if lane < self.raised.len() { 1.0 } else { 0.0 });
        for drives in self.drives {
            largest.iter_mut().zip(drives).for_each(|(most, drive)| *most = larger(drive.abs(), *most));
        }
        largest
    }
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
    /// Estimate of their error, relative to the largest: what the map would have changed before the last step, times rho / (1 - rho).
    pub residual: f64,
    pub n_steps: usize,
}

impl Settled {
    /// The worse of two in each respect.
    pub fn and(self, other: &Self) -> Self {
        Self { residual: self.residual.max(other.residual), n_steps: self.n_steps.max(other.n_steps) }
    }
}

/// Finds the column voltages of a network, compiled for the machine's instruction set. No operation is fused: the bits are the same
/// on all.
///
/// # Errors
/// `NotSolved` if the steps do not end: wires that let hardly anything through.
pub struct Settle<'a, const N: usize> {
    pub crossbar: &'a Crossbar,
    pub columns: &'a Factors,
    pub sources: &'a Sources<'a, N>,
    pub space: &'a mut Workspace<N>,
}

impl<const N: usize> Kernel for Settle<'_, N> {
    type Output = Result<Settled, WireError>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Result<Settled, WireError> {
        self.crossbar.settle(self.columns, self.sources, self.space)
    }
}

impl Crossbar {
    /// Finds the column voltages for some sources.
    ///
    /// # Errors
    /// `NotSolved` if the steps do not end: wires that let hardly anything through.
    #[inline(always)]
    fn settle<const N: usize>(
        &self,
        columns: &Factors,
        sources: &Sources<N>,
        space: &mut Workspace<N>,
    ) -> Result<Settled, WireError> {
        let (middle, reach) = (2.0 / (2.0 - self.coupling), self.coupling / (2.0 - self.coupling));
        let mut weight = 1.0;
        let largest = sources.largest();
        space.w.fill([0.0; N]);
        if largest == [0.0; N] {
            return Ok(Settled::default());
        }
        // A lane without sources has no voltages to be wrong.
        let relative = largest.map(|largest| if largest > 0.0 { 1.0 / largest } else { 0.0 });
        space.former.fill([0.0; N]);
        for first in (0..self.rows).step_by(rows_together(N)) {
            space.nodes.fill([0.0; N]);
            self.send_back(first..self.rows.min(first + rows_together(N)), sources, &mut space.nodes, &mut space.f);
        }
        let mut residual = f64::INFINITY;
        for n_steps in 1..=MOST_STEPS {
            let changes = self.step(columns, sources, [middle, weight], space);
            let change = changes.iter().zip(relative).map(|(change, relative)| change * relative).fold(0.0, larger);
            weight = 1.0 / (1.0 - reach * reach * weight * if n_steps == 1 { 0.5 } else { 0.25 });
            // `change` is of the voltages before the step, of whose error less than rho is left (`the_estimate_is_not_below_the_error`).
            residual = self.coupling / (1.0 - self.coupling) * change;
            if residual < self.error {
                return Ok(Settled { residual, n_steps });
            }
        }
        Err(WireError::NotSolved { steps: MOST_STEPS, residual })
    }

    /// One step. Output: each lane's largest change of a voltage (V) that the map itself would make.
    #[inline(always)]
    fn step<const N: usize>(
        &self,
        columns: &Factors,
        sources: &Sources<N>,
        [middle, weight]: [f64; 2],
        space: &mut Workspace<N>,
    ) -> [f64; N] {
        let Workspace { w, former, f, nodes, solved } = space;
        columns.eliminate_columns(self.columns, f);
        solved.fill([0.0; N]);
        let mut changes = [0.0; N];
        for row in (0..self.rows).rev() {
            let places = row * self.columns..(row + 1) * self.columns;
            let relax = Relax {
                pivot: &columns.pivot[places.clone()],
                carry: &columns.carry[places.clone()],
                conductance: &self.conductance[places.clone()],
                f: &f[places.clone()],
                now: &w[places.clone()],
                former: &mut former[places],
                below: solved,
                sent: &mut nodes[row % rows_together(N) * self.columns..][..self.columns],
            };
            relax.run([middle, weight], &mut changes);
            if row.is_multiple_of(rows_together(N)) {
                self.send_back(row..self.rows.min(row + rows_together(N)), sources, nodes, f);
            }
        }
        std::mem::swap(w, former);
        changes
    }

    /// What some rows send into the columns: G times their nodes, for which `nodes` holds G W; and what raised grounds send.
    #[inline(always)]
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
}
