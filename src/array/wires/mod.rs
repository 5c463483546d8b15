//! IR drop in a resistive crossbar: the whole network of cells and wires, solved.
//!
//! Every cell joins a node of its row wire to a node of its column wire. Row wires are driven before column 0, column wires end at
//! virtual ground behind the last row; a segment of wire lies between neighbours and before the first and behind the last node.
//!
//! With U and W the voltages of row and column nodes, Kirchhoff's law reads (A_r + G) U - G W = B V and (A_c + G) W - G U = 0.
//! A_r + G falls apart into one tridiagonal matrix for each row, A_c + G into one for each column. The rows are eliminated exactly,
//! and what is left for W, (A_c + G) - G (A_r + G)^-1 G, is symmetric and positive: conjugate gradients solve it, preconditioned
//! by the columns alone. The network is linear, so its answer to any input is an effective conductance matrix.

mod lines;
mod loss;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use lines::{LANES, Lanes, Tridiagonals};
pub(super) use loss::WireLoss;

/// Relative residual at which the iteration stops.
const TOLERANCE: f64 = 1e-10;
const MOST_ITERATIONS: usize = 2000;

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
    #[error("the network did not settle in {MOST_ITERATIONS} iterations: residual {residual:.1e}")]
    NotSolved { residual: f64 },
}

/// Currents of a network and how well Kirchhoff's law holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Into the virtual grounds (A). Shape: `[input, column]`.
    pub currents: Vec<f64>,
    /// Largest residual relative to the drive.
    pub residual: f64,
    pub n_iterations: usize,
}

/// A crossbar with its wires.
#[derive(Clone, Debug)]
pub struct Crossbar {
    rows: usize,
    columns: usize,
    lines: Lines,
    /// Shape: `[row, column]`.
    conductance: Vec<f64>,
    row_wires: Option<Tridiagonals>,
    column_wires: Option<Tridiagonals>,
}

impl Crossbar {
    /// `conductance` in siemens. Shape: `[row, column]`.
    ///
    /// # Errors
    /// A size that does not fit, a conductance or resistance that is negative or no number.
    pub fn new(conductance: &[f64], rows: usize, columns: usize, lines: Lines) -> Result<Self, WireError> {
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
        // A wire of no resistance holds its end's voltage everywhere and needs no equations.
        let row_wires = (lines.r_row > 0.0).then(|| Tridiagonals::rows(conductance, rows, columns, 1.0 / lines.r_row));
        let column_wires =
            (lines.r_column > 0.0).then(|| Tridiagonals::columns(conductance, rows, columns, 1.0 / lines.r_column));
        Ok(Self { rows, columns, lines, conductance: conductance.to_vec(), row_wires, column_wires })
    }

    /// Currents for some inputs. `voltages`: `[input, row]` (V).
    ///
    /// # Errors
    /// Voltages that do not fit the rows, or a network that does not settle.
    pub fn currents(&self, voltages: &[f64]) -> Result<Solution, WireError> {
        if !voltages.len().is_multiple_of(self.rows) || voltages.iter().any(|v| !v.is_finite()) {
            let allowed = "one for each row of every input, all finite";
            return Err(WireError::Value { what: "voltages", value: voltages.len().to_string(), allowed });
        }
        let inputs: Vec<&[f64]> = voltages.chunks_exact(self.rows).collect();
        let solve = |group: &[&[f64]]| {
            let drive = |row: usize| std::array::from_fn(|lane| group.get(lane).map_or(0.0, |input| input[row]));
            let drives: Vec<Lanes> = (0..self.rows).map(drive).collect();
            let (u, w, residual, n) = self.solve(&drives, None)?;
            let mut currents = vec![[0.0; LANES]; self.columns];
            for (i, &g) in self.conductance.iter().enumerate() {
                let into = &mut currents[i % self.columns];
                (0..LANES).for_each(|lane| into[lane] += g * (u[i][lane] - w[i][lane]));
            }
            Ok((currents, residual, n))
        };
        let solved: Vec<_> = inputs.par_chunks(LANES).map(solve).collect::<Result<_, WireError>>()?;
        let mut solution = Solution { currents: Vec::new(), residual: 0.0, n_iterations: 0 };
        for (input, _) in inputs.iter().enumerate() {
            let (currents, residual, n) = &solved[input / LANES];
            solution.currents.extend(currents.iter().map(|lanes| lanes[input % LANES]));
            solution.residual = solution.residual.max(*residual);
            solution.n_iterations = solution.n_iterations.max(*n);
        }
        Ok(solution)
    }

    /// Effective conductance of each place (S): current into a column's ground per volt on a row alone. Any number of inputs then
    /// costs one ordinary product. Shape: `[row, column]`.
    ///
    /// By reciprocity, a column's answers to all rows are what flows into the rows' drivers when its ground is raised to 1 V:
    /// one solution for each column.
    ///
    /// # Errors
    /// A network that does not settle.
    pub fn effective(&self) -> Result<Vec<f64>, WireError> {
        let columns: Vec<usize> = (0..self.columns).collect();
        let solve = |group: &[usize]| {
            let (u, w, ..) = self.solve(&vec![[0.0; LANES]; self.rows], Some(group))?;
            let into_driver = |row: usize| -> Lanes {
                if self.row_wires.is_some() {
                    u[row * self.columns].map(|v| v / self.lines.r_row)
                } else {
                    let of_row = row * self.columns..(row + 1) * self.columns;
                    let mut sum = [0.0; LANES];
                    for (g, w) in self.conductance[of_row.clone()].iter().zip(&w[of_row]) {
                        (0..LANES).for_each(|lane| sum[lane] += g * w[lane]);
                    }
                    sum
                }
            };
            Ok((0..self.rows).map(into_driver).collect::<Vec<_>>())
        };
        let solved: Vec<Vec<Lanes>> = columns.par_chunks(LANES).map(solve).collect::<Result<_, WireError>>()?;
        let at = |i: usize| {
            let (row, column) = (i / self.columns, i % self.columns);
            solved[column / LANES][row][column % LANES]
        };
        Ok((0..self.rows * self.columns).map(at).collect())
    }

    /// Row nodes for given column nodes: (A_r + G) U = B V + G W. Shape: `[row, column]`.
    fn rows_for(&self, w: Option<&[Lanes]>, drives: &[Lanes]) -> Vec<Lanes> {
        let n = self.rows * self.columns;
        let Some(wires) = &self.row_wires else {
            return (0..n).map(|i| drives[i / self.columns]).collect();
        };
        let mut u = w.map_or_else(|| vec![[0.0; LANES]; n], |w| scaled(&self.conductance, w));
        for (row, drive) in drives.iter().enumerate() {
            let first = &mut u[row * self.columns];
            (0..LANES).for_each(|lane| first[lane] += drive[lane] / self.lines.r_row);
        }
        wires.solve(&mut u);
        u
    }

    /// Voltages of row and column nodes for drivers at `drives` and, where given, the grounds of these columns at 1 V, one in
    /// each lane. Also the relative residual and the number of iterations.
    fn solve(
        &self,
        drives: &[Lanes],
        raised: Option<&[usize]>,
    ) -> Result<(Vec<Lanes>, Vec<Lanes>, f64, usize), WireError> {
        let n = self.rows * self.columns;
        let raised_ground = |column: usize| -> Lanes {
            std::array::from_fn(|lane| f64::from(u8::from(raised.and_then(|r| r.get(lane)) == Some(&column))))
        };
        let Some(columns) = &self.column_wires else {
            let w: Vec<Lanes> = (0..n).map(|i| raised_ground(i % self.columns)).collect();
            let u = self.rows_for(Some(&w), drives);
            return Ok((u, w, 0.0, 0));
        };
        // Right side: G (A_r + G)^-1 B V, and what the raised grounds send in.
        let mut residual = scaled(&self.conductance, &self.rows_for(None, drives));
        for column in 0..self.columns {
            let (ground, last) = (raised_ground(column), &mut residual[(self.rows - 1) * self.columns + column]);
            (0..LANES).for_each(|lane| last[lane] += ground[lane] / self.lines.r_column);
        }
        let still = vec![[0.0; LANES]; self.rows];
        let apply = |p: &[Lanes]| -> Vec<Lanes> {
            let mut q = columns.multiply(p);
            if self.row_wires.is_some() {
                let back = scaled(&self.conductance, &self.rows_for(Some(p), &still));
                subtract(&mut q, &back, &[1.0; LANES]);
            }
            q
        };
        let drive = dot(&residual, &residual);
        let mut w = vec![[0.0; LANES]; n];
        let mut z = residual.clone();
        columns.solve(&mut z);
        let mut p = z.clone();
        let mut rz = dot(&residual, &z);
        let relative = |residual: &[Lanes]| {
            let squares = dot(residual, residual);
            (0..LANES).map(|l| if drive[l] > 0.0 { (squares[l] / drive[l]).sqrt() } else { 0.0 }).fold(0.0, f64::max)
        };
        for iteration in 0..MOST_ITERATIONS {
            let left = relative(&residual);
            if left <= TOLERANCE {
                let u = self.rows_for(Some(&w), drives);
                return Ok((u, w, left, iteration));
            }
            let q = apply(&p);
            let pq = dot(&p, &q);
            let step: Lanes = std::array::from_fn(|l| if pq[l] > 0.0 { rz[l] / pq[l] } else { 0.0 });
            subtract(&mut w, &p, &step.map(|s| -s));
            subtract(&mut residual, &q, &step);
            z.copy_from_slice(&residual);
            columns.solve(&mut z);
            let next = dot(&residual, &z);
            let turn: Lanes = std::array::from_fn(|l| if rz[l] > 0.0 { next[l] / rz[l] } else { 0.0 });
            for (p, z) in p.iter_mut().zip(&z) {
                (0..LANES).for_each(|lane| p[lane] = z[lane] + turn[lane] * p[lane]);
            }
            rz = next;
        }
        Err(WireError::NotSolved { residual: relative(&residual) })
    }
}

fn scaled(conductance: &[f64], x: &[Lanes]) -> Vec<Lanes> {
    conductance.iter().zip(x).map(|(g, x)| x.map(|v| g * v)).collect()
}

/// a -= factor * b, lane by lane.
fn subtract(a: &mut [Lanes], b: &[Lanes], factor: &Lanes) {
    for (a, b) in a.iter_mut().zip(b) {
        (0..LANES).for_each(|lane| a[lane] -= factor[lane] * b[lane]);
    }
}

fn dot(a: &[Lanes], b: &[Lanes]) -> Lanes {
    let mut sum = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        (0..LANES).for_each(|lane| sum[lane] += a[lane] * b[lane]);
    }
    sum
}
