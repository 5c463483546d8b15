//! IR drop: the network solver against ladders with known answers and a plain relaxation.

use super::{Check, Measured, ValidateError};
use crate::array::wires::{Crossbar, Lines};

pub fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = [(128, 0.881_41), (256, 0.667_70), (512, 0.385_03)].map(ladder).into();
    checks.push(network());
    checks
}

const CELL: f64 = 25e-6;

/// Voltage of each cell of a row of `n` over the driver's, columns at ground.
pub(super) fn along_row(n: usize, r_row: f64) -> Result<Vec<f64>, ValidateError> {
    let crossbar = Crossbar::new(&vec![CELL; n], 1, n, Lines { r_row, r_column: 0.0 })?;
    Ok(crossbar.currents(&[1.0])?.currents.into_iter().map(|i| i / CELL).collect())
}

fn ladder((n, expected): (usize, f64)) -> Check {
    Check {
        id: "V23",
        name: format!("mean voltage along a row of {n} cells of 25 uS, 1 ohm between cells"),
        compares: "network solver against the exact ladder",
        source: "discrete ladder; continuous: tanh(Na)/(Na), a = sqrt(r G), 0.3 % away",
        unit: "",
        expected,
        tolerance: 1e-4,
        simulate: Box::new(move |_, fault| {
            let voltages = along_row(n, 1.0 + fault)?;
            Ok(Measured::exact(voltages.iter().sum::<f64>() / n as f64))
        }),
    }
}

/// Current into the last column's ground (uA) of a small array with lossy wires, by sweeping Kirchhoff's law over its nodes.
fn relaxed(rows: usize, columns: usize, cell: f64, r_row: f64, r_column: f64) -> f64 {
    let (mut u, mut w) = (vec![vec![0.0; columns]; rows], vec![vec![0.0; columns]; rows]);
    let (a, b) = (1.0 / r_row, 1.0 / r_column);
    for _ in 0..20_000 {
        for r in 0..rows {
            for c in 0..columns {
                let before = if c == 0 { 1.0 } else { u[r][c - 1] };
                let (after, n) = if c + 1 < columns { (u[r][c + 1], 2.0) } else { (0.0, 1.0) };
                u[r][c] = (a * (before + after) + cell * w[r][c]) / (n * a + cell);
                let below = if r + 1 < rows { w[r + 1][c] } else { 0.0 };
                let (above, n) = if r > 0 { (w[r - 1][c], 2.0) } else { (0.0, 1.0) };
                w[r][c] = (b * (above + below) + cell * u[r][c]) / (n * b + cell);
            }
        }
    }
    w[rows - 1][columns - 1] * b * 1e6
}

fn network() -> Check {
    let (rows, columns, cell, r_row, r_column) = (6, 9, 200e-6, 100.0, 40.0);
    let expected = relaxed(rows, columns, cell, r_row, r_column);
    Check {
        id: "",
        name: "current of the last of 9 columns, 6 rows at 1 V, 200 uS, wires of 100 and 40 ohm".to_owned(),
        compares: "network solver (Chebyshev steps on the columns) against plain relaxation of all nodes",
        source: "Kirchhoff's law swept 20,000 times",
        unit: "uA",
        expected,
        tolerance: 1e-6 * expected,
        simulate: Box::new(move |_, fault| {
            let lines = Lines { r_row: r_row * (1.0 + fault), r_column };
            let crossbar = Crossbar::new(&vec![cell; rows * columns], rows, columns, lines)?;
            Ok(Measured::exact(crossbar.currents(&vec![1.0; rows])?.currents[columns - 1] * 1e6))
        }),
    }
}
