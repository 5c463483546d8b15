//! What the checks share: the backend, how much work they may spend, and short ways to run one array.

use crate::array::CardWriter;
use crate::compute::{ArrayJob, ArrayRow, Backend, Batch, Card, Draw};
use crate::fab::LocalMismatch;
use crate::random::DieAddress;
use crate::spec::{Setting, Spec, resolve, resolve_comparison};
use crate::workload::test_pattern;

use super::closed::db;
use super::{Measured, ValidateError};
use crate::stats::mean_sd;

/// Seed of every draw of the suite: a run is the same on every machine.
pub const SEED: u64 = 20_261_125;

/// The bench that checks run on.
pub struct Lab<'a> {
    pub backend: &'a dyn Backend,
    /// Multiplies sample sizes: 1, or more for `--full`.
    pub effort: u32,
}

impl Lab<'_> {
    /// A sample size under the present effort.
    pub fn n(&self, n: u32) -> u32 {
        n * self.effort
    }

    /// One array of `n_dies` dies that all have this card.
    pub fn array_test(&self, card: Card, n_dies: u32, job: &ArrayJob) -> Result<Vec<ArrayRow>, ValidateError> {
        let (dies, cards) = (dies(n_dies), vec![card; n_dies as usize]);
        Ok(self
            .backend
            .array_test(Batch { seed: SEED, dies: &dies, cards: &cards, n_variants: 1, draw: Draw::Cell }, job)?)
    }

    /// The cells of one array of the `die`-th die. Shape: `[half, row, column]`.
    pub fn probe(&self, card: Card, die: u32, job: &ArrayJob) -> Result<Vec<f32>, ValidateError> {
        let die = [address(die)];
        Ok(self.backend.probe(
            Batch { seed: SEED, dies: &die, cards: &[card], n_variants: 1, draw: Draw::Cell },
            0,
            0,
            job,
        )?)
    }

    /// Cells that hold `level` on `n_dies` dies, as the kernels draw them, in weight steps: 65,536 of a die.
    pub fn cells_of_level(&self, card: Card, level: i8, n_dies: u32) -> Result<Vec<f64>, ValidateError> {
        let job = constant_job(0, 256, 256, level, 1, 1);
        let mut cells = Vec::new();
        for die in 0..n_dies {
            let both = self.probe(card, die, &job)?;
            // The plus cells hold the level, the minus cells the lowest one.
            cells.extend(both[..256 * 256].iter().map(|&cell| f64::from(cell)));
        }
        Ok(cells)
    }
}

/// The specification of one candidate of the shipped comparison, with settings.
pub fn candidate(id: &str, settings: &[(&str, &str)]) -> Result<Spec, ValidateError> {
    let settings: Vec<Setting> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let comparison = resolve_comparison(None, &[])?;
    let index = comparison.file.candidate.iter().position(|candidate| candidate.id == id);
    Ok(comparison.specs[index.expect("a candidate that ships")].with(&settings)?)
}

/// The card of the nominal die at a corner (index).
pub fn nominal_card(spec: &Spec, corner: usize) -> Result<Card, ValidateError> {
    Ok(CardWriter::new(spec, &LocalMismatch::of(spec))?.write(&nominal(spec), corner)?.card)
}

/// Die addresses of one lot, wafer after wafer.
fn dies(n: u32) -> Vec<DieAddress> {
    (0..n).map(address).collect()
}

fn address(index: u32) -> DieAddress {
    let (wafer, place) = (index / 10_000, index % 10_000);
    DieAddress { lot: 0, wafer: 1 + wafer as u8, x: (place % 100) as i16, y: (place / 100) as i16 }
}

/// An array with uniform random weights and inputs, all bits of an input at once and one code a step.
pub fn random_job(array: u32, rows: usize, columns: usize, weight_bits: u32, input_bits: u32, n: usize) -> ArrayJob {
    let (weights, inputs) = test_pattern(SEED, array, rows, columns, weight_bits, input_bits, n);
    job(array, rows, columns, weights, inputs, input_bits)
}

/// An array whose weights and inputs are all the same.
pub fn constant_job(array: u32, rows: usize, columns: usize, weight: i8, input: u8, input_bits: u32) -> ArrayJob {
    job(array, rows, columns, vec![weight; rows * columns], vec![input; rows], input_bits)
}

fn job(array: u32, rows: usize, columns: usize, weights: Vec<i8>, inputs: Vec<u8>, input_bits: u32) -> ArrayJob {
    ArrayJob {
        array,
        rows,
        columns,
        weights,
        inputs,
        input_bits,
        bits_per_slice: input_bits,
        columns_per_converter: 1,
        steps_per_code: 1.0,
        draws_outputs: false,
    }
}

/// The shipped experiment with settings.
pub fn spec(settings: &[(&str, &str)]) -> Result<Spec, ValidateError> {
    let settings: Vec<Setting> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Ok(resolve(None, &settings)?)
}

/// Parameters at the process of record, in the technology's order.
pub fn nominal(spec: &Spec) -> Vec<f64> {
    spec.technology.parameter.values().map(|p| p.nominal).collect()
}

/// Root mean square of a row's quantity over dies, and its standard error from the scatter of its square over dies.
pub fn rms(rows: &[ArrayRow], of: impl Fn(&ArrayRow) -> f32) -> Measured {
    let squares: Vec<f64> = rows.iter().map(|row| f64::from(of(row)).powi(2)).collect();
    let (mean, sd) = mean_sd(&squares);
    let value = mean.sqrt();
    Measured { value, error: 0.5 * sd / (squares.len() as f64).sqrt() / value }
}

/// Sd of values, with its standard error for a Gaussian.
pub fn sd_of(values: &[f64]) -> Measured {
    let (_, value) = mean_sd(values);
    Measured { value, error: value / (2.0 * values.len() as f64).sqrt() }
}

impl Measured {
    /// A share of `n` independent trials.
    pub fn share(hits: usize, n: usize) -> Self {
        let (hits, n) = (hits as f64, n as f64);
        let value = hits / n;
        Self { value, error: (value * (1.0 - value) / n).sqrt() }
    }

    /// Ratio of a power to the square of this error, in dB.
    pub fn snr_db(self, signal: f64) -> Self {
        let relative = self.error / self.value;
        Self { value: db(signal / (self.value * self.value)), error: 20.0 / std::f64::consts::LN_10 * relative }
    }
}
