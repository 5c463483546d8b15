//! Cells that are bent, bounded or stuck: their rates, moments and bounds, read from probes of a million cells and more.

use super::{Pattern, backend, batch, dies, job};
use crate::compute::{ArrayJob, Backend, Card, MAX_LEVELS, Stuck};

/// 1024 x 600 pairs: 1.2 million cells.
fn large_job() -> ArrayJob {
    job(1024, 600, 1, 4, 4)
}

fn cells(card: &Card, job: &ArrayJob) -> Vec<f32> {
    let dies = dies(1);
    let cards = [*card];
    backend(1).probe(batch(&dies, &cards), 0, 0, job).unwrap()
}

/// Every cell a standard normal, whatever its level.
fn standard() -> Card {
    let mut card = Card::ideal(1.0, 127.0);
    card.level_mean = [0.0; MAX_LEVELS];
    card.level_sd = [1.0; MAX_LEVELS];
    card
}

fn mean(values: impl Iterator<Item = f32>) -> (f64, f64) {
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + f64::from(x)));
    (sum / n, n)
}

/// A rate within four standard errors of what was asked.
fn rate_is(found: usize, n: usize, rate: f64) -> bool {
    let n = n as f64;
    (found as f64 - n * rate).abs() <= 4.0 * (n * rate * (1.0 - rate)).sqrt()
}

#[test]
fn stuck_rates_are_those_asked_for_and_know_nothing_of_the_normals() {
    let job = large_job();
    let working = cells(&standard(), &job);
    for (low, high) in [(0.01, 0.0), (0.01, 0.01), (0.0175, 0.0904)] {
        let card = Card { stuck: Stuck::new(low, high, -100.0, 100.0), ..standard() };
        let cells = cells(&card, &job);
        for (rate, value) in [(low, -100.0), (high, 100.0)] {
            let stuck = || cells.iter().zip(&working).filter(move |&(&cell, _)| cell == value);
            assert!(rate_is(stuck().count(), cells.len(), rate), "{rate}: {} of {}", stuck().count(), cells.len());
            if rate > 0.0 {
                // What these cells would have been: a standard normal like all others.
                let (mean_z, n) = mean(stuck().map(|(_, &z)| z));
                let (mean_square, _) = mean(stuck().map(|(_, &z)| z * z));
                assert!(mean_z.abs() < 4.0 / n.sqrt(), "{mean_z}");
                assert!((mean_square - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{mean_square}");
            }
        }
        // Halves and neighbours are stuck independently of each other.
        let is_stuck = |i: usize| cells[i].abs() == 100.0;
        let both = (0..cells.len() / 2).filter(|&i| is_stuck(i) && is_stuck(cells.len() / 2 + i)).count();
        assert!(rate_is(both, cells.len() / 2, (low + high).powi(2)), "{both}");
        let below = (600..cells.len() / 2).filter(|&i| is_stuck(i) && is_stuck(i - 600)).count();
        assert!(rate_is(below, cells.len() / 2 - 600, (low + high).powi(2)), "{below}");
        let moved = cells.iter().zip(&working).any(|(&cell, &z)| cell.abs() != 100.0 && cell.to_bits() != z.to_bits());
        assert!(!moved, "a stuck cell moves no other");
    }
}

/// mean, sd^2 (1 + 2 bend^2) and 6 bend + 8 bend^3 for the third central moment over sd^3.
#[test]
fn moments_of_a_bent_normal_are_the_closed_form() {
    let (at, sd, bend) = (20.0, 2.0, 0.15);
    let card = Card {
        level_mean: [at; MAX_LEVELS],
        level_sd: [sd; MAX_LEVELS],
        level_bend: [bend; MAX_LEVELS],
        ..Card::ideal(1.0, 127.0)
    };
    let cells = cells(&card, &large_job());
    let moment = |power: i32| {
        let values: Vec<f64> = cells.iter().map(|&cell| f64::from(cell - at).powi(power)).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        (mean, 4.0 * (variance / n).sqrt())
    };
    let (sd, bend) = (f64::from(sd), f64::from(bend));
    let expected = [0.0, sd * sd * (1.0 + 2.0 * bend * bend), sd.powi(3) * (6.0 * bend + 8.0 * bend.powi(3))];
    for (power, expected) in (1..).zip(expected) {
        let (found, allowed) = moment(power);
        assert!((found - expected).abs() < allowed, "moment {power}: {found} {expected} +- {allowed}");
    }
    // The test tells the bend from none.
    assert!(moment(3).1 < 0.1 * expected[2]);
}

#[test]
fn bounds_hold_and_carry_what_lies_beyond() {
    let card = Card { level_low: [-1.0; MAX_LEVELS], level_high: [2.0; MAX_LEVELS], ..standard() };
    let cells = cells(&card, &large_job());
    assert!(cells.iter().all(|cell| (-1.0..=2.0).contains(cell)));
    // Tails of the normal at 1 and at 2.
    for (bound, tail) in [(-1.0, 0.158_655_253_931), (2.0, 0.022_750_131_948)] {
        let at_bound = cells.iter().filter(|&&cell| cell == bound).count();
        assert!(rate_is(at_bound, cells.len(), tail), "{bound}: {at_bound} of {}", cells.len());
    }
}

/// Cells within bounds far away have the bits of those without: the plain path is the whole formula's special case.
#[test]
fn the_plain_path_and_the_whole_formula_give_equal_bits() {
    let mut pattern = Pattern::new(1004);
    let mut card = Card::ideal(0.01, 127.0);
    card.level_mean = std::array::from_fn(|l| l as f32 + (pattern.word() % 100) as f32 * 0.01);
    card.level_sd = std::array::from_fn(|_| (pattern.word() % 100) as f32 * 0.01);
    let mut bounded = card;
    bounded.level_low = [-1e9; MAX_LEVELS];
    assert!(card.is_gaussian() && !bounded.is_gaussian());
    let (dies, job) = (dies(2), job(70, 35, 5, 4, 1));
    let row = |card: Card| backend(1).array_test(batch(&dies, &[card; 2]), &job).unwrap();
    assert_eq!(row(card), row(bounded));
}
