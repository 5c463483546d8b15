//! The card against the exact path: every physical term of every cell drawn and the whole device evaluated.

use super::closed::density;
use super::lab::{SEED, candidate, nominal, nominal_card, random_job, spec};
use super::{Check, Measured, ValidateError};
use crate::array::CardWriter;
use crate::compute::{ArrayJob, Card};
use crate::fab::LocalMismatch;
use crate::spec::Spec;
use crate::stats::mean_sd;

/// Cells drawn on the exact path.
const N: u32 = 60_000;

/// Raw mismatch ten times the process's on a C-V curve five times as steep: nothing about it is linear.
const STEEP: &[(&str, &str)] = &[
    ("product.programming.write_verify", "false"),
    ("variation.local", "10"),
    ("technology.parameter.v_spread_v.nominal", "0.3"),
    ("product.programming.c_high_ff", "0.9"),
];

type MakeSpec = fn() -> Result<Spec, ValidateError>;

pub fn checks() -> Vec<Check> {
    let shipped: MakeSpec = || spec(&[]);
    let raw: MakeSpec = || spec(&[("product.programming.write_verify", "false")]);
    let steep: MakeSpec = || spec(STEEP);
    let pcm: MakeSpec = || candidate("pcm", &[]);
    let wan: MakeSpec = || candidate("rram_wan", &[]);
    let sonos: MakeSpec = || candidate("sonos", &[]);
    let sram: MakeSpec = || candidate("sram", &[]);
    vec![
        moment("verified memcapacitor, level 4", shipped, 4),
        moment("unverified memcapacitor, level 4", raw, 4),
        moment("steep unverified memcapacitor, level 4", steep, 4),
        moment("PCM after a day, level 1", pcm, 1),
        moment("RRAM after a day, level 0", wan, 0),
        moment("SRAM, level 5", sram, 5),
        tail("steep unverified memcapacitor, level 4", steep, 4),
        tail("SONOS after a day, level 4", sonos, 4),
        output(),
    ]
}

/// The exact cells of the nominal die at the reference corner. Shape: `[level][cell]`, weight steps.
pub(super) fn exact(spec: &Spec, n: u32) -> Result<Vec<Vec<f64>>, ValidateError> {
    let writer = CardWriter::new(spec, &LocalMismatch::of(spec))?;
    Ok(writer.exact(&nominal(spec), 0, n, SEED).levels)
}

/// The card without stuck cells: the exact path draws cells that work.
pub(super) fn working(spec: &Spec) -> Result<Card, ValidateError> {
    Ok(Card { stuck: Card::ideal(1.0, 1.0).stuck, ..nominal_card(spec, 0)? })
}

/// Ratio of the kernel's spread to the exact one.
fn moment(name: &'static str, make: MakeSpec, level: i8) -> Check {
    Check {
        id: "",
        name: format!("spread of cells, card over exact device: {name}"),
        compares: "cells that the kernels drew from the card against cells drawn from every physical term",
        source: "exact path: f64, no linearisation",
        unit: "",
        expected: 1.0,
        tolerance: 0.0135,
        simulate: Box::new(move |lab, fault| {
            let spec = make()?;
            let found = mean_sd(&lab.cells_of_level(working(&spec)?, level, lab.n(3))?).1;
            let cells = &exact(&spec, lab.n(N))?[level as usize];
            let (mean, sd) = mean_sd(cells);
            let n = cells.len() as f64;
            // Of the exact cells, from their fourth moment; the kernels' are more and count for little.
            let fourth = cells.iter().map(|cell| (cell - mean).powi(4)).sum::<f64>() / n;
            let relative = ((fourth / sd.powi(4) - 1.0) / n).sqrt() / 2.0;
            Ok(Measured { value: found / sd * (1.0 + fault), error: relative.hypot((0.5 / (3.0 * 65_536f64)).sqrt()) })
        }),
    }
}

/// Range between the 1 % and the 99 % point, card over exact: how far the tails go, on both sides.
fn tail(name: &'static str, make: MakeSpec, level: i8) -> Check {
    Check {
        id: "",
        name: format!("range from 1 to 99 %, card over exact device: {name}"),
        compares: "cells that the kernels drew from the card against cells drawn from every physical term",
        source: "exact path: f64, no linearisation",
        unit: "",
        expected: 1.0,
        tolerance: 0.012,
        simulate: Box::new(move |lab, fault| {
            let spec = make()?;
            let range = |mut cells: Vec<f64>| {
                cells.sort_by(f64::total_cmp);
                let at = |share: f64| cells[(share * (cells.len() - 1) as f64) as usize];
                (at(0.99) - at(0.01), cells.len() as f64)
            };
            let mut card = working(&spec)?;
            card.level_sd.iter_mut().for_each(|sd| *sd *= (1.0 + fault) as f32);
            let (found, n_found) = range(lab.cells_of_level(card, level, lab.n(16))?);
            let (expected, n_exact) = range(exact(&spec, lab.n(6 * N))?.swap_remove(level as usize));
            // Of the two ends of a normal's range: sqrt(p/n)/phi(2.33) each, of 4.65 sigma in all.
            let of_range = |n: f64| (2.0 * 0.01 / n).sqrt() / density(2.326) / 4.653;
            Ok(Measured { value: found / expected, error: of_range(n_found).hypot(of_range(n_exact)) })
        }),
    }
}

/// Static error of whole outputs of few rows, kernel's cells against exact ones, both multiplied on the host.
fn output() -> Check {
    const ROWS: usize = 16;
    const COLUMNS: usize = 1024;
    const N_CELLS: usize = ROWS * COLUMNS;
    const DIES: u32 = 60;
    Check {
        id: "",
        name: format!("static error of an output of {ROWS} PCM rows, kernel's cells over exact ones"),
        compares: "products of cells that the kernels drew from the card against products of exactly drawn cells",
        source: "exact path: f64, no linearisation",
        unit: "",
        expected: 1.0,
        tolerance: 0.0125,
        simulate: Box::new(|lab, fault| {
            let spec = candidate("pcm", &[])?;
            let mut card = working(&spec)?;
            let mean_card = card;
            card.level_sd.iter_mut().for_each(|sd| *sd *= (1.0 + fault) as f32);
            let job = random_job(3, ROWS, COLUMNS, 4, 1, 1);
            let n_dies = lab.n(DIES) as usize;
            let levels = exact(&spec, (2 * N_CELLS * n_dies) as u32)?;
            let (mut kernel, mut expected) = (Vec::new(), Vec::new());
            for die in 0..n_dies {
                let cells = lab.probe(card, die as u32, &job)?;
                kernel.extend(errors(&job, &mean_card, |i| f64::from(cells[i]) - f64::from(cells[N_CELLS + i])));
                // Every cell of every pair is another of the exactly drawn ones.
                let next = |level: usize, half: usize, i: usize| levels[level][(2 * die + half) * N_CELLS + i];
                expected.extend(errors(&job, &mean_card, |i| {
                    let level = usize::from(job.weights[i].unsigned_abs());
                    let (plus, minus) = if job.weights[i] > 0 { (level, 0) } else { (0, level) };
                    next(plus, 0, i) - next(minus, 1, i)
                }));
            }
            let error = (0.5 / kernel.len() as f64 + 0.5 / expected.len() as f64).sqrt();
            Ok(Measured { value: mean_sd(&kernel).1 / mean_sd(&expected).1, error })
        }),
    }
}

/// Errors of outputs against what the card's mean cells would give. `weight` is the realised weight at a place.
fn errors(job: &ArrayJob, card: &Card, weight: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut outputs = vec![0.0; job.columns];
    for (i, &w) in job.weights.iter().enumerate() {
        let mean = f64::from(card.level_mean[usize::from(w.unsigned_abs())] - card.level_mean[0]);
        let wanted = if w < 0 { -mean } else { mean };
        outputs[i % job.columns] += f64::from(job.inputs[i / job.columns]) * (weight(i) - wanted);
    }
    outputs
}
