//! What the wires leave of a cell's conductance, for the card: mean and spread over the places of the nominal array.

use super::iteration::Sources;
use super::lines::LANES;
use super::{Crossbar, Lines};
use crate::array::cells::Cells;
use crate::array::error::CardError;
use crate::spec::ArrayGeometry;

/// Effective over true conductance of a cell in the nominal array, half of the rows driven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::array) struct WireLoss {
    pub mean: f64,
    /// One sigma over places, relative to the mean.
    pub rel_sd: f64,
}

impl WireLoss {
    /// All cells at the mean level: what a small change of one cell adds to its pair's output. A driven row sees its own drop in
    /// full and, on the column wires, that of half of the rows. What single weights and inputs do beyond that is left out, and
    /// so is that neighbours lose alike: test `the_cards_loss_is_that_of_the_network`.
    ///
    /// # Errors
    /// The network cannot be solved.
    pub fn of(array: &ArrayGeometry, levels_us: &[f64], r_wire_ohm: f64) -> Result<Self, CardError> {
        if r_wire_ohm == 0.0 {
            return Ok(Self { mean: 1.0, rel_sd: 0.0 });
        }
        let g = Cells::over_codes(levels_us) * 1e-6 * f64::from(array.cells_in_parallel);
        // Both cells of a pair hang on the same row wire.
        let (rows, columns) = (array.rows, 2 * array.columns);
        let lines = Lines { r_row: r_wire_ohm, r_column: r_wire_ohm };
        let unsolved = |error: super::WireError| CardError::Value {
            key: "technology.parameter.r_wire_ohm".to_owned(),
            value: r_wire_ohm.to_string(),
            allowed: format!("such that the array's network can be solved: {error}"),
        };
        let crossbar = Crossbar::new(&vec![g; rows * columns], rows, columns, lines).map_err(unsolved)?;
        let drives = vec![[1.0; LANES]; rows];
        let mut space = crossbar.workspace();
        crossbar.column_nodes(&Sources { drives: &drives, raised: &[] }, &mut space).map_err(unsolved)?;
        // Of what a cell sends into its column, this much arrives; the rest goes back through other cells of the pair of columns,
        // whose rows the two of a pair move by opposite amounts.
        let arrives = crossbar.along_columns();
        let mut left = Vec::with_capacity(rows * columns);
        for (row, w) in space.w.chunks_exact(columns).enumerate() {
            // Column nodes under half of the rows; the driven rows' nodes follow from them.
            let half: Vec<[f64; 1]> = w.iter().map(|w| [0.5 * w[0]]).collect();
            let mut driven: Vec<[f64; 1]> = half.iter().map(|w| [g * w[0]]).collect();
            crossbar.row_nodes(row, &[[1.0]], &mut driven);
            left.extend(driven.iter().zip(&half).map(|(u, w)| u[0] - w[0]));
        }
        left.iter_mut().zip(arrives).for_each(|(left, arrives)| *left *= arrives);
        let n = left.len() as f64;
        let mean = left.iter().sum::<f64>() / n;
        let variance = left.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        Ok(Self { mean, rel_sd: variance.sqrt() / mean })
    }
}

impl Crossbar {
    /// Voltage of each column node with all grounds at 1 V and all rows at 0 V; by reciprocity the share of a current sent in at
    /// the node that leaves by the ground. Shape: `[row, column]`.
    fn along_columns(&self) -> Vec<f64> {
        let mut share = vec![1.0; self.rows * self.columns];
        if let Some(wires) = &self.column_wires {
            for i in (0..share.len()).rev() {
                share[i] = wires.carry[i] * share.get(i + self.columns).unwrap_or(&1.0);
            }
        }
        share
    }
}
