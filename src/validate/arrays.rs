//! Crossbar products under mismatch: signal to noise and error rates from the kernels.

use super::closed::{db, tail};
use super::lab::{Lab, constant_job, random_job, rms};
use super::{Check, Measured, ValidateError};
use crate::compute::{ArrayJob, Card};

/// Largest level of 7-bit weights.
const TOP: f64 = 63.0;
/// Codes enough that no sum clips.
const UNBOUNDED: f32 = 4.0e6;

pub fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for (ratio, rows) in [(f64::INFINITY, 64), (f64::INFINITY, 256), (f64::INFINITY, 512), (50.0, 256), (10.0, 256)] {
        checks.push(multiplicative(ratio, rows));
    }
    checks.push(additive());
    checks.push(error_rate());
    checks
}

/// SNR of multiplicative mismatch s: one output is sum x w, its error sum x s (c_plus z - c_minus z') with c = level + rest, so
/// SNR = E w^2 / (s^2 E(c_plus^2 + c_minus^2)) for any x and number of rows; over the 127 codes.
pub(super) fn multiplicative_snr_db(ratio: f64, s: f64) -> f64 {
    let rest = TOP / (ratio - 1.0);
    let mean = |f: &dyn Fn(f64) -> f64| (-63..=63).map(|w| f(f64::from(w))).sum::<f64>() / 127.0;
    db(mean(&|w| w * w) / (s * s * mean(&|w| (w.abs() + rest).powi(2) + rest * rest)))
}

/// SNR (dB) and its standard error of an array whose cells have relative sd `s`.
pub(super) fn simulate_multiplicative(
    lab: &Lab,
    ratio: f64,
    rows: usize,
    s: f64,
    n_dies: u32,
) -> Result<Measured, ValidateError> {
    let rest = TOP / (ratio - 1.0);
    let mut card = Card::ideal(1.0, UNBOUNDED);
    for level in 0..64 {
        card.level_mean[level] = (level as f64 + rest) as f32;
        card.level_sd[level] = (s * (level as f64 + rest)) as f32;
    }
    snr_db(lab, card, &random_job(rows as u32, rows, 128, 7, 4, 4), n_dies)
}

/// Signal power against total error over dies (dB). The signal is the mean of sum x^2 w^2, which is E y^2 for zero-mean
/// weights, free of the sampling error that single outputs have.
fn snr_db(lab: &Lab, card: Card, job: &ArrayJob, n_dies: u32) -> Result<Measured, ValidateError> {
    let rows = lab.array_test(card, n_dies, job)?;
    Ok(rms(&rows, |row| row.total_rms).snr_db(signal_power(job)))
}

fn signal_power(job: &ArrayJob) -> f64 {
    let row_power: Vec<f64> = job
        .weights
        .chunks_exact(job.columns)
        .map(|row| row.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>() / job.columns as f64)
        .collect();
    let n_inputs = job.inputs.len() / job.rows;
    let power = |x: &[u8]| x.iter().zip(&row_power).map(|(&x, p)| f64::from(x).powi(2) * p).sum::<f64>();
    job.inputs.chunks_exact(job.rows).map(power).sum::<f64>() / n_inputs as f64
}

fn multiplicative(ratio: f64, rows: usize) -> Check {
    let name = if ratio.is_infinite() { "without floor".to_owned() } else { format!("on/off {ratio}") };
    Check {
        id: "V14",
        name: format!("SNR under 1 % multiplicative mismatch, {rows} rows, {name}"),
        compares: "kernel, differential pairs with 127 codes, against the closed form",
        source: "derived; 40.00, 39.73, 38.52 dB for continuous weights at on/off infinite, 50, 10",
        unit: "dB",
        expected: multiplicative_snr_db(ratio, 0.01),
        tolerance: 0.12,
        simulate: Box::new(move |lab, fault| {
            simulate_multiplicative(lab, ratio, rows, 0.01 * (1.0 + fault), lab.n(100))
        }),
    }
}

fn additive() -> Check {
    // E w^2 of 127 codes is 63 * 64 / 3; continuous weights give 32.22 dB.
    let expected = db(TOP * 64.0 / 3.0 / (2.0 * (0.01 * TOP).powi(2)));
    Check {
        id: "V15",
        name: "SNR under an additive mismatch of 1 % of the range in each cell".to_owned(),
        compares: "kernel against the closed form for 127 codes",
        source: "derived; 10 log10((1/3)/(2 s^2)) = 32.22 dB for continuous weights",
        unit: "dB",
        expected,
        tolerance: 0.12,
        simulate: Box::new(|lab, fault| {
            let mut card = Card::ideal(1.0, UNBOUNDED);
            card.level_sd.fill((0.01 * TOP * (1.0 + fault)) as f32);
            snr_db(lab, card, &random_job(7, 128, 128, 7, 4, 4), lab.n(200))
        }),
    }
}

/// A column of 128 cells that are all on, each with the largest spread that keeps the sum's 3 sigma within half a step.
fn error_rate() -> Check {
    let expected = 1.0 - 2.0 * tail(3.0);
    Check {
        id: "V7",
        name: "outputs without error when 3 sigma of 128 cells are half a step".to_owned(),
        compares: "kernel with the published sigma requirement against 1 - 2 Q(3)",
        source: "Demasius, Lowa, Murmann, CCMCC 2025, Eq. 32: sigma_C/(C_max - C_min) = 1/(6 sqrt(K) (2^(S_w-1) - 1))",
        unit: "",
        expected,
        tolerance: 3e-4,
        simulate: Box::new(|lab, fault| {
            let mut card = Card::ideal(1.0, UNBOUNDED);
            let required = 1.0 / (6.0 * 128f64.sqrt() * 7.0);
            card.level_sd[7] = (required * 7.0 * (1.0 + fault)) as f32;
            let job = constant_job(0, 128, 1024, 7, 1, 1);
            let n_dies = lab.n(200);
            let rows = lab.array_test(card, n_dies, &job)?;
            // Wrong outputs are wrong by one step, so their share is the mean square error.
            let wrong = rows.iter().map(|row| f64::from(row.total_rms).powi(2)).sum::<f64>() / rows.len() as f64;
            let n = f64::from(n_dies) * 1024.0;
            Ok(Measured { value: 1.0 - wrong, error: (wrong / n).sqrt() })
        }),
    }
}
