//! The work item against its closed form, the published errors, and itself.

use super::{all_instruction_sets, backend};
use crate::compute::cpu::monte_carlo::{Spread, WorkItem};
use crate::random::{DieAddress, HostDraw, Stream};

const SPREADS: [Spread; 4] = [Spread::Gaussian, Spread::GaussianPair, Spread::GaussianOutput, Spread::LogNormal];

/// Root mean square of the error over trials, and its standard error.
fn rms(errors: &[f32]) -> (f64, f64) {
    let n = errors.len() as f64;
    let square = |e: &f32| f64::from(*e).powi(2);
    let mean = errors.iter().map(square).sum::<f64>() / n;
    let variance = errors.iter().map(|e| (square(e) - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean.sqrt(), (variance / n).sqrt() / (2.0 * mean.sqrt()))
}

/// Expected root mean square error.
///
/// Derived: one output is off by the rounding of its inputs (known), by sum_r x_r^2 var(G) (var = sigma^2 G^2, lognormal
/// (exp(sigma^2) - 1) G^2) over both devices, by the output noise and by a uniform rounding error of the output.
fn closed_form(rows: usize, columns: usize, n_inputs: usize, spread: Spread, seed: u64) -> f64 {
    let draws = |name| HostDraw::new(seed, Stream::Pattern, DieAddress::lot_level(0), name);
    let mut w: Vec<f64> =
        (0..rows * columns).map(|i| draws("weight").normal(i as u32).clamp(-3.0, 3.0) / 3.0).collect();
    w[0] = 1.0;
    let x: Vec<f64> = (0..n_inputs * rows).map(|i| 2.0 * draws("input").uniforms(i as u32)[0] - 1.0).collect();
    let mean = w.iter().sum::<f64>() / w.len() as f64;
    let sd = (w.iter().map(|w| w * w).sum::<f64>() / w.len() as f64 - mean * mean).sqrt();
    let full_scale = 4.0 * (rows as f64 / 3.0).sqrt() * sd;
    let relative = if spread == Spread::LogNormal { 0.05f64.powi(2).exp_m1() } else { 0.05f64.powi(2) };
    let (mut error, mut signal) = (0.0, 0.0);
    for x in x.chunks(rows) {
        for column in 0..columns {
            let (mut y, mut dac, mut devices) = (0.0, 0.0, 0.0);
            for (row, x) in x.iter().enumerate() {
                let w = w[row * columns + column];
                let applied = (x * 127.0).round() / 127.0;
                let [on, off] = [(1.0 + 19.0 * w.abs()) / 19.0, 1.0 / 19.0];
                y += x * w;
                dac += (applied - x) * w;
                devices += applied * applied * relative * (on * on + off * off);
            }
            signal += y * y;
            error += dac * dac + devices + (0.005 * full_scale).powi(2) + (full_scale / 127.0).powi(2) / 12.0;
        }
    }
    (error / signal).sqrt()
}

#[test]
fn errors_are_the_closed_form() {
    for (rows, columns, n_inputs) in [(64, 32, 4), (33, 17, 1), (300, 5, 7)] {
        for spread in SPREADS {
            let item = WorkItem::new(rows, columns, n_inputs, spread, 5).unwrap();
            let (error, standard_error) = rms(&item.run(&backend(2), 0..3000));
            let expected = closed_form(rows, columns, n_inputs, spread, 5);
            let apart = (error - expected).abs();
            assert!(
                apart < 3.5 * standard_error,
                "{rows}x{columns} {spread:?}: {error} {expected} +- {standard_error}"
            );
            // The test would see 3 % more or less spread.
            assert!(0.03 * expected > 3.5 * standard_error, "{standard_error}");
        }
    }
}

/// The gate of every implementation of this work item, each +- 0.0001.
#[test]
fn mean_error_is_the_published_one() {
    for (rows, trials, expected) in [(256, 600, 0.0611), (1152, 200, 0.0622)] {
        for spread in SPREADS {
            let item = WorkItem::new(rows, 256, 16, spread, WorkItem::SEED).unwrap();
            let errors = item.run(&backend(2), 0..trials);
            let mean = errors.iter().map(|&e| f64::from(e)).sum::<f64>() / errors.len() as f64;
            assert!((mean - expected).abs() < 1.0e-4, "{rows} rows, {spread:?}: {mean}, expected {expected}");
        }
    }
}

/// Outputs of one column hang together over the inputs, which shows in how much a trial's error scatters.
#[test]
fn drawn_outputs_scatter_as_those_of_drawn_devices() {
    let n = 20_000;
    let squares = |spread| -> Vec<f64> {
        let item = WorkItem::new(8, 16, 8, spread, 5).unwrap();
        item.run(&backend(2), 0..n).into_iter().map(|e| f64::from(e).powi(2)).collect()
    };
    let moments = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let moment = |power| values.iter().map(|v| (v - mean).powi(power)).sum::<f64>() / values.len() as f64;
        (moment(2), ((moment(4) - moment(2).powi(2)) / values.len() as f64).sqrt())
    };
    let ((devices, error_a), (outputs, error_b)) =
        (moments(&squares(Spread::Gaussian)), moments(&squares(Spread::GaussianOutput)));
    let error = error_a.hypot(error_b);
    assert!((devices - outputs).abs() < 3.5 * error, "{devices:e} {outputs:e} +- {error:e}");
    // Eight rows and eight inputs: a fifth of the scatter and more comes from what two outputs have in common.
    assert!(
        3.5 * error < 0.2 * devices,
        "the test would not see outputs that are independent: {error:e} of {devices:e}"
    );
}

#[test]
fn threads_blocks_and_instruction_sets_change_no_bit() {
    for spread in SPREADS {
        let item = WorkItem::new(131, 37, 7, spread, 3).unwrap();
        let expected = item.run(&backend(1), 0..21);
        assert_eq!(item.run(&backend(2), 0..21), expected);
        assert_eq!(item.run(&backend(1), 5..14), expected[5..14]);
        for other in all_instruction_sets() {
            assert_eq!(item.run(&other, 0..21), expected);
        }
        assert!(expected.windows(2).all(|pair| pair[0] != pair[1]), "trials differ");
    }
}

#[test]
fn sizes_that_no_address_holds_are_refused() {
    for (rows, columns, n_inputs) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1 << 15, 1), (1 << 19, 64, 1)] {
        assert!(WorkItem::new(rows, columns, n_inputs, Spread::Gaussian, 1).is_err(), "{rows} {columns} {n_inputs}");
    }
    assert!(WorkItem::new(8, 8, 9, Spread::GaussianOutput, 1).is_err(), "more inputs than rows");
}
