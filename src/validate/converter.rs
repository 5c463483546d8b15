//! The converter: quantisation and overload of Gaussian outputs.

use super::closed::{db, density, tail};
use super::lab::{Lab, constant_job, rms};
use super::{Check, Measured, ValidateError};
use crate::compute::Card;

const COLUMNS: usize = 4096;
/// Sd of an output in codes before the range is chosen: large, so that what f32 rounds away is far below a code.
const SD: f64 = 1000.0;

pub fn checks() -> Vec<Check> {
    [5, 6, 7].map(quantisation).into()
}

/// SNR (dB) of a Gaussian of sd 1 on codes -(2^(N-1) - 1) ..= 2^(N-1) - 1 of step D = 8/2^N: D^2/12 inside, and beyond the last
/// code's half step at a = (2^(N-1) - 1) D + D/2 the distance to that code.
pub(super) fn gaussian_snr_db(bits: i32) -> f64 {
    let step = 8.0 / f64::from(1 << bits);
    let last = f64::from((1 << (bits - 1)) - 1) * step;
    let a = last + 0.5 * step;
    // 2 integral_a^inf (y - last)^2 phi dy.
    let overload = 2.0 * ((1.0 + last * last) * tail(a) + (a - 2.0 * last) * density(a));
    db(1.0 / (step * step / 12.0 * (1.0 - 2.0 * tail(a)) + overload))
}

/// SNR (dB) of converted outputs, range +-4 sigma. Cells of mean 0 make outputs that are exactly Gaussian.
pub(super) fn simulate(lab: &Lab, bits: i32, fault: f64, n_dies: u32) -> Result<Measured, ValidateError> {
    // Codes per unit, so that 8 sigma are 2^N codes.
    let per_unit = f64::from(1 << bits) / 8.0 / SD;
    let mut card = Card::ideal(per_unit as f32, ((1 << (bits - 1)) - 1) as f32);
    card.level_sd[0] = (SD / std::f64::consts::SQRT_2) as f32;
    let mut job = constant_job(0, 1, COLUMNS, 0, 1, 1);
    job.steps_per_code = (1.0 / per_unit) as f32;
    let rows = lab.array_test(card, lab.n(n_dies), &job)?;
    // A fault is one of the rounding: as if the step were larger, with the range kept.
    Ok(rms(&rows, |row| row.read_rms * (1.0 + fault) as f32).snr_db(SD * SD))
}

fn quantisation(bits: i32) -> Check {
    Check {
        id: "V16",
        name: format!("SNR of a {bits}-bit converter, Gaussian outputs, range 4 sigma"),
        compares: "the kernel's converter against the closed form with overload",
        source: "derived for codes symmetric about 0; 22.8, 28.83, 34.79 dB with 2^N codes",
        unit: "dB",
        expected: gaussian_snr_db(bits),
        tolerance: 0.09,
        simulate: Box::new(move |lab, fault| {
            // The few outputs beyond the range weigh the more, the finer the steps.
            simulate(lab, bits, fault, 25 << (bits - 2))
        }),
    }
}
