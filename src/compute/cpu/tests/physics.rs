//! Closed forms: signal to noise under multiplicative mismatch, and the variance of a linear array.

use super::{Pattern, backend, batch, dies};
use crate::compute::{ArrayJob, Backend, Card};

/// SNR of a multiplicative cell mismatch of 1 % (one sigma), from discrete levels and inputs.
///
/// Derived: one output is sum_r x_r w_r, its error sum_r x_r s (c_plus z - c_minus z'), with c = level + rest and rest =
/// 63 / (r - 1) the off state in weight steps. So SNR = sum w^2 / (s^2 sum (c_plus^2 + c_minus^2)), whatever x and K.
fn expected_snr_db(weights: &[i8], rest: f64, s: f64) -> f64 {
    let signal: f64 = weights.iter().map(|&w| f64::from(w).powi(2)).sum();
    let error: f64 = weights.iter().map(|&w| (f64::from(w).abs() + rest).powi(2) + rest * rest).sum();
    10.0 * (signal / (s * s * error)).log10()
}

fn mismatch_card(rest: f64, s: f64) -> Card {
    let mut card = Card::ideal(1.0, 4.0e6);
    for level in 0..64 {
        card.level_mean[level] = (level as f64 + rest) as f32;
        card.level_sd[level] = (s * (level as f64 + rest)) as f32;
    }
    card
}

/// physics.md V14: 40.00, 39.73 and 38.52 dB for on/off ratios of infinity, 50 and 10, for any number of rows.
#[test]
fn v14_snr_of_multiplicative_mismatch() {
    let n_dies = 24;
    for (ratio, continuous_db) in [(f64::INFINITY, 40.00), (50.0, 39.73), (10.0, 38.52)] {
        let rest = 63.0 / (ratio - 1.0);
        for rows in [64usize, 256, 1024] {
            let (columns, n_inputs) = (128, 40);
            let mut pattern = Pattern::new(rows as u32 % 997);
            let weights = pattern.weights(rows * columns, 63);
            let inputs = pattern.codes(rows * n_inputs, 4);
            let job = ArrayJob {
                array: 0,
                rows,
                columns,
                weights,
                inputs,
                input_bits: 4,
                bits_per_slice: 4,
                columns_per_converter: 1,
                steps_per_code: 1.0,
                draws_outputs: false,
            };
            let dies = dies(n_dies);
            let cards = vec![mismatch_card(rest, 0.01); n_dies];
            let rows_out = backend(2).array_test(batch(&dies, &cards), &job).unwrap();
            let noise = rows_out.iter().map(|r| f64::from(r.total_rms).powi(2)).sum::<f64>() / n_dies as f64;
            let snr_db = 10.0 * (signal_power(&job) / noise).log10();
            let levels_db = expected_snr_db(&job.weights, rest, 0.01);
            assert!((snr_db - levels_db).abs() < 0.1, "K = {rows}, r = {ratio}: {snr_db} dB, expected {levels_db} dB");
            // The 127 levels are a slightly wider distribution than the continuous one of V14: + 0.07 dB at r = 10.
            assert!((levels_db - continuous_db).abs() < 0.12, "levels {levels_db} dB, continuous {continuous_db} dB");
        }
    }
}

/// Mean over outputs of sum_r x_r^2 w_r^2: the expectation of y^2 for zero-mean weights, free of the sampling error that a
/// few thousand outputs would have.
fn signal_power(job: &ArrayJob) -> f64 {
    let mut power = 0.0;
    for x in job.inputs.chunks(job.rows) {
        for (row, &x) in x.iter().enumerate() {
            let weights = &job.weights[row * job.columns..][..job.columns];
            power += f64::from(x).powi(2) * weights.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>();
        }
    }
    power / (job.columns * job.inputs.len() / job.rows) as f64
}

/// Under Gaussian cells the error of each output is exactly normal with variance sum_r x_r^2 (sd_plus^2 + sd_minus^2).
#[test]
fn variance_of_a_linear_array_is_the_closed_form() {
    let (rows, columns, n_dies) = (96, 48, 400);
    let mut pattern = Pattern::new(998);
    let weights = pattern.weights(rows * columns, 63);
    let inputs = pattern.codes(rows, 4);
    let mut card = Card::ideal(1.0, 4.0e6);
    card.level_sd = std::array::from_fn(|l| 0.3 + 0.01 * l as f32);
    let sd = |level: i8| f64::from(card.level_sd[usize::from(level.unsigned_abs())]);
    let expected: f64 = weights
        .iter()
        .enumerate()
        .map(|(i, &w)| f64::from(inputs[i / columns]).powi(2) * (sd(w).powi(2) + sd(0).powi(2)))
        .sum::<f64>()
        / columns as f64;
    let job = ArrayJob {
        array: 9,
        rows,
        columns,
        weights,
        inputs,
        input_bits: 4,
        bits_per_slice: 4,
        columns_per_converter: 1,
        steps_per_code: 1.0,
        draws_outputs: false,
    };
    let dies = dies(n_dies);
    let cards = vec![card; n_dies];
    let rows_out = backend(2).array_test(batch(&dies, &cards), &job).unwrap();
    // Rounding to whole codes adds 1/12.
    let variance = rows_out.iter().map(|r| f64::from(r.total_rms).powi(2)).sum::<f64>() / n_dies as f64 - 1.0 / 12.0;
    let standard_error = (2.0 / (n_dies * columns) as f64).sqrt();
    assert!((variance / expected - 1.0).abs() < 3.5 * standard_error, "{variance} {expected}");
}
