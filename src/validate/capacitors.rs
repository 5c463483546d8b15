//! The converter's own capacitors: how uneven they make its codes.

use super::lab::{Lab, constant_job, sd_of};
use super::{Check, ValidateError};
use crate::compute::{ArrayJob, ArrayRow, Card};

/// Steps of the ramp that finds a threshold, over one code.
const STEPS: u8 = 128;
/// Of 256 for a code, so that two rows of 4-bit inputs, weighing 1 and 16, count through them.
const PER_CODE: f64 = 256.0;

pub fn checks() -> Vec<Check> {
    vec![integral(), differential()]
}

/// Shift of the threshold of code `code` (counted from the lowest, in codes) on each of `n_dies` dies, one converter on each.
///
/// Inputs run in even steps through one code, the ideal threshold in their middle. A shift d lowers the mean code by d. The ramp
/// starts `start` codes from 0, which the digital side is not told, so the whole error is what a read adds, plus `start`: the squares
/// of the two give the mean.
pub(super) fn shifts(lab: &Lab, bits: u32, sd: f64, code: u32, n_dies: u32) -> Result<Vec<f64>, ValidateError> {
    let start = f64::from(code) - f64::from(1u32 << (bits - 1)) - 1.0;
    let mut card = Card::ideal((1.0 / PER_CODE) as f32, ((1u32 << (bits - 1)) - 1) as f32);
    card.readout.offset = start as f32;
    (card.readout.capacitor_sd, card.readout.capacitor_bits) = (sd as f32, bits);
    let middle = |step: u8| 2 * step + 1;
    let job = ArrayJob {
        weights: vec![1, 16],
        inputs: (0..STEPS).flat_map(|step| [middle(step) % 16, middle(step) / 16]).collect(),
        steps_per_code: PER_CODE as f32,
        ..constant_job(0, 2, 1, 0, 0, 4)
    };
    let square = |rms: f32| (f64::from(rms) / PER_CODE).powi(2);
    let shift = |row: ArrayRow| (square(row.read_rms) + start * start - square(row.total_rms)) / (2.0 * start);
    Ok(lab.array_test(card, n_dies, &job)?.into_iter().map(shift).collect())
}

/// Sd of a level (codes) of `bits` binary groups of units of spread `sd`, ends held: of 2^N steps k are below it,
/// sqrt(k (1 - k/2^N)) of a unit's.
pub(super) fn level_sd(bits: u32, sd: f64, code: f64) -> f64 {
    sd * (code * (1.0 - code / f64::from(1u32 << bits))).sqrt()
}

fn integral() -> Check {
    Check {
        id: "V17",
        name: "INL of an 8-bit capacitor array at mid-scale, units 1 %".to_owned(),
        compares: "thresholds of the kernel's converters, found by a ramp, against the closed form",
        source: "sqrt(2^N)/2 of a unit's spread, ends held: 0.080 codes",
        unit: "codes",
        expected: level_sd(8, 0.01, 128.0),
        tolerance: 0.0011,
        simulate: Box::new(|lab, fault| Ok(sd_of(&shifts(lab, 8, 0.01 * (1.0 + fault), 128, lab.n(20_000))?))),
    }
}

fn differential() -> Check {
    Check {
        id: "V17",
        name: "DNL of an 8-bit capacitor array at mid-scale, units 1 %".to_owned(),
        compares: "width of the code below the middle, between two thresholds of the kernel's converters, against the closed form",
        source: "sqrt(2^N - 1) of a unit's spread: 0.160 codes",
        unit: "codes",
        expected: 255f64.sqrt() * 0.01,
        tolerance: 0.0022,
        simulate: Box::new(|lab, fault| {
            let of_code = |code| shifts(lab, 8, 0.01 * (1.0 + fault), code, lab.n(20_000));
            let widths: Vec<f64> =
                of_code(128)?.iter().zip(of_code(127)?).map(|(above, below)| above - below).collect();
            Ok(sd_of(&widths))
        }),
    }
}
