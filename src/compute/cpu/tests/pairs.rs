//! Pairs drawn at once: the rows have the distribution that they have when each cell is drawn.

use super::{backend, batch, dies, job, poor_card, shaped_card};
use crate::compute::{ArrayJob, ArrayRow, Backend, Batch, Card, ComputeError, Draw};

/// Mean and variance over dies of what a row says, each with the variance of its estimate.
fn moments(rows: &[ArrayRow], of: fn(&ArrayRow) -> f32) -> [(f64, f64); 2] {
    let n = rows.len() as f64;
    let mean_of = |values: &[f64]| values.iter().sum::<f64>() / n;
    let with_error = |values: &[f64]| {
        let mean = mean_of(values);
        (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n * (n - 1.0)))
    };
    let values: Vec<f64> = rows.iter().map(|row| f64::from(of(row))).collect();
    let (mean, _) = with_error(&values);
    let squares: Vec<f64> = values.iter().map(|v| (v - mean).powi(2)).collect();
    [with_error(&values), with_error(&squares)]
}

/// Standard errors by which two runs differ, the most over all moments.
fn largest_distance(a: &[ArrayRow], b: &[ArrayRow]) -> f64 {
    let fields: [fn(&ArrayRow) -> f32; 8] = [
        |r| r.gain,
        |r| r.offset,
        |r| r.column_gain_sd,
        |r| r.static_rms,
        |r| r.read_rms,
        |r| r.total_rms,
        |r| r.max_abs,
        |r| r.worst_column_rms,
    ];
    let distances = fields.into_iter().flat_map(|of| {
        let pairs = moments(a, of).into_iter().zip(moments(b, of));
        pairs.map(|((a, a_error), (b, b_error))| (a - b).abs() / (a_error + b_error).sqrt())
    });
    distances.fold(0.0, f64::max)
}

/// Holds that two ways to draw give rows of one distribution in draws of their own.
pub fn assert_same_distribution(first: (&ArrayJob, Draw), second: (&ArrayJob, Draw)) {
    let n_dies = 4000;
    let dies = dies(n_dies);
    // Cells matter beside the readout.
    let mut card = poor_card(0);
    card.level_sd = std::array::from_fn(|level| 0.5 + 0.05 * level as f32);
    let run = |card: Card, (job, draw)| {
        let cards = vec![card; n_dies];
        backend(2).array_test(Batch { draw, ..batch(&dies, &cards) }, job).unwrap()
    };
    let (a, b) = (run(card, first), run(card, second));
    assert!(a != b, "each has draws of its own");
    let distance = largest_distance(&a, &b);
    assert!(distance < 4.0, "{distance} standard errors");
    // The comparison would see 3 % more spread.
    let mut wider = card;
    wider.level_sd = card.level_sd.map(|sd| 1.03 * sd);
    assert!(largest_distance(&a, &run(wider, second)) > 6.0);
}

#[test]
fn rows_have_the_distribution_of_cells_drawn_apart() {
    let job = job(37, 18, 6, 4, 4);
    assert_same_distribution((&job, Draw::Cell), (&job, Draw::Pair));
}

#[test]
fn cards_that_say_more_than_a_difference_are_refused() {
    let (dies, cards) = (dies(2), [poor_card(0), shaped_card(0)]);
    let batch = Batch { draw: Draw::Pair, ..batch(&dies, &cards) };
    let refused = backend(1).array_test(batch, &job(4, 4, 3, 4, 1));
    assert!(matches!(refused, Err(ComputeError::Unsupported { what: "draw", .. })), "{refused:?}");
}

#[test]
fn a_probe_shows_cells_however_the_batch_is_drawn() {
    let (dies, cards) = (dies(1), [poor_card(0)]);
    let (cells, job) = (batch(&dies, &cards), job(7, 18, 1, 4, 1));
    let pairs = Batch { draw: Draw::Pair, ..cells };
    assert_eq!(backend(1).probe(pairs, 0, 0, &job).unwrap(), backend(1).probe(cells, 0, 0, &job).unwrap());
}
