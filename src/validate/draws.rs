//! The random cells themselves: moments, distribution, tail, and that each cell has a draw of its own.

use super::closed::tail;
use super::lab::constant_job;
use super::{Check, Lab, Measured, ValidateError};
use crate::compute::{ArrayJob, Card, MAX_LEVELS};

const ROWS: usize = 512;
const COLUMNS: usize = 512;
/// Cells of both halves of one array.
const N: f64 = (2 * ROWS * COLUMNS) as f64;
const DIES: u32 = 4;

pub fn checks() -> Vec<Check> {
    let n = N * f64::from(DIES);
    let three_sigma = 2.0 * tail(3.0);
    vec![
        check(
            "cell draws: standard deviation",
            1.0,
            4.0 * (0.5 / n).sqrt(),
            "definition of a standard normal",
            |lab, fault| {
                let z = cells(lab, fault)?;
                Ok(Measured { value: moment(&z, 2).sqrt(), error: (0.5 / z.len() as f64).sqrt() })
            },
        ),
        check(
            "cell draws: fourth moment",
            3.0,
            4.0 * (96.0 / n).sqrt(),
            "definition of a standard normal",
            |lab, fault| {
                let z = cells(lab, fault)?;
                Ok(Measured { value: moment(&z, 4), error: (96.0 / z.len() as f64).sqrt() })
            },
        ),
        check(
            "cell draws: share beyond 3 sigma",
            three_sigma,
            4.0 * (three_sigma / n).sqrt(),
            "erfc(3/sqrt(2))",
            |lab, fault| {
                let z = cells(lab, fault)?;
                let beyond = z.iter().filter(|z| z.abs() > 3.0).count() as f64;
                Ok(Measured { value: beyond / z.len() as f64, error: beyond.sqrt() / z.len() as f64 })
            },
        ),
        check(
            "cell draws: largest distance from the normal distribution",
            0.0,
            1.95 / n.sqrt(),
            "Kolmogorov-Smirnov, 0.1 % point 1.95/sqrt(n)",
            |lab, fault| {
                let mut z = cells(lab, fault)?;
                z.sort_by(f64::total_cmp);
                let n = z.len() as f64;
                let distance = z.iter().enumerate().map(|(i, &z)| (1.0 - tail(z) - (i as f64 + 0.5) / n).abs());
                Ok(Measured::exact(distance.fold(0.0, f64::max)))
            },
        ),
        check("cell draws: share of distinct values in an array", 1.0, 0.01, "one draw per cell", |lab, fault| {
            let mut cells = lab.probe(unit_card(), 0, &small_job())?;
            // A fault gives some cells their neighbour's draw.
            let copied = (fault.abs() * cells.len() as f64) as usize;
            (0..copied).for_each(|i| cells[2 * i + 1] = cells[2 * i]);
            let mut bits: Vec<u32> = cells.iter().map(|z| z.to_bits()).collect();
            bits.sort_unstable();
            bits.dedup();
            Ok(Measured::exact(bits.len() as f64 / cells.len() as f64))
        }),
        check(
            "cell draws: correlation of the two cells of a pair",
            0.0,
            4.0 / (n / 2.0).sqrt(),
            "independence",
            |lab, fault| {
                let (mut sum, mut n) = (0.0, 0.0);
                for die in 0..DIES {
                    let cells = lab.probe(unit_card(), die, &constant_job(0, ROWS, COLUMNS, 1, 1, 1))?;
                    let (plus, minus) = cells.split_at(ROWS * COLUMNS);
                    for (&p, &m) in plus.iter().zip(minus) {
                        sum += f64::from(p) * (f64::from(m) + fault * f64::from(p));
                        n += 1.0;
                    }
                }
                Ok(Measured { value: sum / n, error: 1.0 / f64::sqrt(n) })
            },
        ),
    ]
}

fn check(
    name: &str,
    expected: f64,
    tolerance: f64,
    source: &'static str,
    simulate: impl Fn(&Lab, f64) -> Result<Measured, ValidateError> + Sync + 'static,
) -> Check {
    Check {
        id: "",
        name: name.to_owned(),
        compares: "cells that the kernels drew (probe) against the distribution",
        source,
        unit: "",
        expected,
        tolerance,
        simulate: Box::new(simulate),
    }
}

/// A card whose every cell is its draw.
fn unit_card() -> Card {
    Card { level_mean: [0.0; MAX_LEVELS], level_sd: [1.0; MAX_LEVELS], ..Card::ideal(1.0, 1.0) }
}

fn small_job() -> ArrayJob {
    constant_job(0, 128, 128, 1, 1, 1)
}

/// The draws of some arrays, each too large by a share of `fault`.
fn cells(lab: &Lab, fault: f64) -> Result<Vec<f64>, ValidateError> {
    let job = constant_job(0, ROWS, COLUMNS, 1, 1, 1);
    let mut all = Vec::new();
    for die in 0..DIES {
        all.extend(lab.probe(unit_card(), die, &job)?.iter().map(|&z| f64::from(z) * (1.0 + fault)));
    }
    Ok(all)
}

fn moment(z: &[f64], power: i32) -> f64 {
    z.iter().map(|z| z.powi(power)).sum::<f64>() / z.len() as f64
}
