//! What the wires leave of a cell's conductance, for the card: mean and spread over the places of the nominal array.

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
        let (_, all_driven, ..) = crossbar.solve(&vec![[1.0; LANES]; rows], None).map_err(unsolved)?;
        // Column nodes under half of the rows; the driven rows' nodes follow from them.
        let half: Vec<[f64; LANES]> = all_driven.iter().map(|w| w.map(|v| 0.5 * v)).collect();
        let driven = crossbar.rows_for(Some(&half), &vec![[1.0; LANES]; rows]);
        // Of what a cell sends into its column, this much arrives; the rest goes back through other cells of the pair of columns,
        // whose rows the two of a pair move by opposite amounts.
        let mut arrives = vec![[0.0; LANES]; rows * columns];
        arrives[(rows - 1) * columns..].fill([1.0 / r_wire_ohm; LANES]);
        if let Some(wires) = &crossbar.column_wires {
            wires.solve(&mut arrives);
        }
        let left: Vec<f64> =
            driven.iter().zip(&half).zip(&arrives).map(|((u, w), arrives)| (u[0] - w[0]) * arrives[0]).collect();
        let n = left.len() as f64;
        let mean = left.iter().sum::<f64>() / n;
        let variance = left.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        Ok(Self { mean, rel_sd: variance.sqrt() / mean })
    }
}
