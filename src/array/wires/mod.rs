//! IR drop in a resistive crossbar: the whole network of cells and wires, solved.
//!
//! Every cell joins a node of its row wire to a node of its column wire. Row wires are driven before column 0, column wires end at
//! virtual ground behind the last row; a segment of wire lies between neighbours and before the first and behind the last node.
//!
//! With U and W the voltages of row and column nodes, Kirchhoff's law reads (A_r + G) U - G W = B V and (A_c + G) W - G U = 0.
//! A_r + G falls apart into one tridiagonal matrix for each row, A_c + G into one for each column. The rows are eliminated exactly,
//! and an iteration on the columns finds W (`iteration`). The network is linear, so its answer to any input is an effective
//! conductance matrix.

mod coupling;
mod iteration;
mod lines;
mod loss;
mod relax;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use coupling::Coupling;
use iteration::{Settle, Settled, Sources, Workspace};
use lines::{Factors, LANES, Lanes};
pub(super) use loss::WireLoss;

use crate::compute::lanes::Isa;

/// Resistance of a segment of wire from cell to cell (ohm); 0 for an ideal wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lines {
    pub r_row: f64,
    pub r_column: f64,
}

/// Why a network cannot be solved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WireError {
    #[error("{what} = {value}: must be {allowed}")]
    Value { what: &'static str, value: String, allowed: &'static str },
    #[error("the network did not settle in {steps} steps: error {residual:.1e} of the largest voltage")]
    NotSolved { steps: usize, residual: f64 },
}

/// Currents of a network and how well Kirchhoff's law holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Into the virtual grounds (A). Shape: `[input, column]`.
    pub currents: Vec<f64>,
    /// Estimate of the error of the voltages, relative to the largest.
    pub residual: f64,
    pub n_steps: usize,
}

/// A crossbar with its wires.
#[derive(Clone, Debug)]
pub struct Crossbar {
    rows: usize,
    columns: usize,
    lines: Lines,
    /// Shape: `[row, column]`.
    conductance: Vec<f64>,
    row_wires: Option<Factors>,
    column_wires: Option<Factors>,
    /// Bound of the largest eigenvalue of a step's matrix, see `iteration`.
    coupling: f64,
    /// At which the iteration stops, relative to the largest voltage.
    error: f64,
}

/// Error of the voltages, relative to the largest, below which an iteration stops that is not told.
const ERROR: f64 = 1e-10;

impl Crossbar {
    /// A network that is solved to 1e-10 of the largest voltage. `conductance` in siemens. Shape: `[row, column]`.
    ///
    /// # Errors
    /// A size that does not fit, a conductance or resistance that is negative or no number.
    pub fn new(conductance: &[f64], rows: usize, columns: usize, lines: Lines) -> Result<Self, WireError> {
        Self::to_error(conductance, rows, columns, lines, ERROR)
    }

    /// The same to another error of the voltages, relative to the largest: 1e-4 is far below what a converter of 8 bits sees.
    ///
    /// # Errors
    /// As `new`; an error that is not within 1e-13 to 0.1.
    pub fn to_error(
        conductance: &[f64],
        rows: usize,
        columns: usize,
        lines: Lines,
        error: f64,
    ) -> Result<Self, WireError> {
        let refuse = |what, value: String, allowed| Err(WireError::Value { what, value, allowed });
        if rows == 0 || columns == 0 || conductance.len() != rows * columns {
            let sizes = format!("{} for {rows} x {columns}", conductance.len());
            return refuse("conductances", sizes, "rows x columns of them, at least one");
        }
        if let Some(g) = conductance.iter().find(|g| !(g.is_finite() && **g >= 0.0)) {
            return refuse("conductance", g.to_string(), "finite and not negative");
        }
        for r in [lines.r_row, lines.r_column] {
            if !(r.is_finite() && r >= 0.0) {
                return refuse("wire resistance", r.to_string(), "finite and not negative");
            }
        }
        if !(1e-13..=0.1).contains(&error) {
            return refuse("error of the voltages", error.to_string(), "within 1e-13 to 0.1");
        }
        // A wire of no resistance holds its end's voltage everywhere and needs no equations.
        let row_wires = (lines.r_row > 0.0).then(|| Factors::of_rows(conductance, columns, 1.0 / lines.r_row));
        let column_wires =
            (lines.r_column > 0.0).then(|| Factors::of_columns(conductance, columns, 1.0 / lines.r_column));
        let conductance = conductance.to_vec();
        let mut crossbar = Self { rows, columns, lines, conductance, row_wires, column_wires, coupling: 0.0, error };
        if let Some(columns) = &crossbar.column_wires {
            crossbar.coupling = Isa::best().run(Coupling { crossbar: &crossbar, columns });
        }
        Ok(crossbar)
    }

    /// Currents for some inputs. `voltages`: `[input, row]` (V). The network is solved once for each input, or, where that is
    /// less work, once for each column.
    ///
    /// # Errors
    /// Voltages that do not fit the rows, or a network that does not settle.
    pub fn currents(&self, voltages: &[f64]) -> Result<Solution, WireError> {
        if !voltages.len().is_multiple_of(self.rows) || voltages.iter().any(|v| !v.is_finite()) {
            let allowed = "one for each row of every input, all finite";
            return Err(WireError::Value { what: "voltages", value: voltages.len().to_string(), allowed });
        }
        let inputs: Vec<&[f64]> = voltages.chunks_exact(self.rows).collect();
        if inputs.len() > self.columns {
            return self.by_effective(&inputs);
        }
        // Lanes that hold no input would cost as much as those that do.
        if inputs.len() == 1 { self.each::<1>(&inputs) } else { self.each::<LANES>(&inputs) }
    }

    /// Solves for each input, N at a time.
    fn each<const N: usize>(&self, inputs: &[&[f64]]) -> Result<Solution, WireError> {
        let solve = |space: &mut Workspace<N>, group: &[&[f64]]| {
            let drive = |row: usize| std::array::from_fn(|lane| group.get(lane).map_or(0.0, |input| input[row]));
            let drives: Vec<[f64; N]> = (0..self.rows).map(drive).collect();
            let settled = self.column_nodes(&Sources { drives: &drives, raised: &[] }, space)?;
            Ok((self.ground_currents(&drives, &space.w), settled))
        };
        let solved: Vec<_> =
            inputs.par_chunks(N).map_init(|| self.workspace(), solve).collect::<Result<_, WireError>>()?;
        let of_input = |input: usize| solved[input / N].0.iter().map(move |lanes| lanes[input % N]);
        let settled = solved.iter().fold(Settled::default(), |worst, (_, settled)| worst.and(settled));
        Ok(Solution {
            currents: (0..inputs.len()).flat_map(of_input).collect(),
            residual: settled.residual,
            n_steps: settled.n_steps,
        })
    }

    fn by_effective(&self, inputs: &[&[f64]]) -> Result<Solution, WireError> {
        let (effective, settled) = self.effective()?;
        let product = |input: &&[f64]| {
            let mut sums = vec![0.0; self.columns];
            for (g, v) in effective.chunks_exact(self.columns).zip(*input) {
                sums.iter_mut().zip(g).for_each(|(sum, g)| *sum += g * v);
            }
            sums
        };
        let currents: Vec<Vec<f64>> = inputs.par_iter().map(product).collect();
        Ok(Solution { currents: currents.concat(), residual: settled.residual, n_steps: settled.n_steps })
    }

    /// Effective conductance of each place (S): current into a column's ground per volt on a row alone. Any number of inputs then
    /// costs one ordinary product. Shape: `[row, column]`. Also how well the voltages that it follows from hold.
    ///
    /// By reciprocity, a column's answers to all rows are what flows into the rows' drivers when its ground is raised to 1 V:
    /// one solution for each column.
    ///
    /// # Errors
    /// A network that does not settle.
    fn effective(&self) -> Result<(Vec<f64>, Settled), WireError> {
        // Conductance from each column node into its row's driver, the other nodes at ground.
        let mut to_driver = vec![[0.0]; self.rows * self.columns];
        for (row, (nodes, g)) in
            to_driver.chunks_exact_mut(self.columns).zip(self.conductance.chunks_exact(self.columns)).enumerate()
        {
            self.row_nodes(row, &[[1.0]], nodes);
            nodes.iter_mut().zip(g).for_each(|(node, g)| node[0] *= g);
        }
        let columns: Vec<usize> = (0..self.columns).collect();
        let solve = |space: &mut Workspace<LANES>, raised: &[usize]| {
            let settled = self.column_nodes(&Sources { drives: &[], raised }, space)?;
            let into_driver = |(w, to_driver): (&[Lanes], &[[f64; 1]])| -> Lanes {
                let mut sum = [0.0; LANES];
                for (w, [g]) in w.iter().zip(to_driver) {
                    (0..LANES).for_each(|lane| sum[lane] += g * w[lane]);
                }
                sum
            };
            let rows = space.w.chunks_exact(self.columns).zip(to_driver.chunks_exact(self.columns));
            Ok((rows.map(into_driver).collect::<Vec<_>>(), settled))
        };
        let groups = columns.par_chunks(LANES).map_init(|| self.workspace(), solve);
        let solved: Vec<(Vec<Lanes>, Settled)> = groups.collect::<Result<_, WireError>>()?;
        let at = |i: usize| {
            let (row, column) = (i / self.columns, i % self.columns);
            solved[column / LANES].0[row][column % LANES]
        };
        let settled = solved.iter().fold(Settled::default(), |worst, (_, settled)| worst.and(settled));
        Ok(((0..self.rows * self.columns).map(at).collect(), settled))
    }

    fn workspace<const N: usize>(&self) -> Workspace<N> {
        Workspace::new(self.rows, self.columns)
    }

    /// Finds the voltages of the column nodes, `space.w`.
    fn column_nodes<const N: usize>(
        &self,
        sources: &Sources<N>,
        space: &mut Workspace<N>,
    ) -> Result<Settled, WireError> {
        if let Some(columns) = &self.column_wires {
            return Isa::best().run(Settle { crossbar: self, columns, sources, space });
        }
        space.w.fill([0.0; N]);
        for row in space.w.chunks_exact_mut(self.columns) {
            sources.raised.iter().enumerate().for_each(|(lane, &column)| row[column][lane] = 1.0);
        }
        Ok(Settled::default())
    }

    /// Currents into the grounds of all columns for given column nodes.
    fn ground_currents<const N: usize>(&self, drives: &[[f64; N]], w: &[[f64; N]]) -> Vec<[f64; N]> {
        let mut currents = vec![[0.0; N]; self.columns];
        let mut nodes = currents.clone();
        let rows = w.chunks_exact(self.columns).zip(self.conductance.chunks_exact(self.columns));
        for (row, (w, g)) in rows.enumerate() {
            for ((node, g), w) in nodes.iter_mut().zip(g).zip(w) {
                (0..N).for_each(|lane| node[lane] = g * w[lane]);
            }
            self.row_nodes(row, &drives[row..=row], &mut nodes);
            for (((current, u), w), g) in currents.iter_mut().zip(&nodes).zip(w).zip(g) {
                (0..N).for_each(|lane| current[lane] += g * (u[lane] - w[lane]));
            }
        }
        currents
    }

    /// Voltages of the nodes of some rows, (A_r + G) U = B V + G W, in place of the currents G W that the columns send in.
    /// `drives`: a driver's voltages for each row; none: all at ground.
    #[inline(always)]
    fn row_nodes<const N: usize>(&self, first_row: usize, drives: &[[f64; N]], nodes: &mut [[f64; N]]) {
        let drives = drives.iter().chain(std::iter::repeat(&[0.0; N]));
        for (nodes, drive) in nodes.chunks_exact_mut(self.columns).zip(drives) {
            if self.row_wires.is_none() {
                nodes.fill(*drive);
                continue;
            }
            for (node, drive) in nodes[0].iter_mut().zip(drive) {
                *node += drive / self.lines.r_row;
            }
        }
        if let Some(wires) = &self.row_wires {
            wires.solve_rows(first_row * self.columns, self.columns, nodes);
        }
    }
}
