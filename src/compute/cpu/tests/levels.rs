//! Sums by level: where they are taken, and that they give what the slow reference gives.

use super::agreement::differences;
use super::{all_instruction_sets, backend, batch, dies, job, poor_card};
use crate::compute::cpu::pattern::Pattern;
use crate::compute::cpu::reference::Die;
use crate::compute::{ArrayJob, Backend, Batch, Card, Draw};

/// Rows enough for 64 levels; one to five groups of sixteen vectors, full and not.
const SHAPES: [(usize, usize, usize, u32, u32); 5] =
    [(300, 17, 20, 4, 1), (256, 33, 7, 4, 4), (333, 16, 6, 4, 1), (511, 3, 40, 2, 1), (260, 18, 1, 4, 1)];
const ALIKE: usize = 5;

/// Cards of two dies whose symbols are worth their numbers.
fn cards() -> Vec<Card> {
    (0..2 * ALIKE).map(|i| poor_card(2 * i)).collect()
}

fn has_levels(job: &ArrayJob) -> bool {
    let pattern = Pattern::new(job);
    pattern.make_levels();
    pattern.levels().is_some()
}

#[test]
fn sums_by_level_equal_the_reference() {
    let (dies, cards) = (dies(2), cards());
    for (rows, columns, n_inputs, input_bits, bits_per_slice) in SHAPES {
        let job = job(rows, columns, n_inputs, input_bits, bits_per_slice);
        assert!(has_levels(&job), "{rows} rows are enough");
        for draw in [Draw::Cell, Draw::Pair] {
            let batch = Batch { draw, ..batch(&dies, &cards) };
            let found = backend(2).array_test(batch, &job).unwrap();
            for (i, row) in found.iter().enumerate() {
                let die = Die { seed: batch.seed, address: dies[i / ALIKE], draw };
                let wrong = differences(row, &die.array_test(&cards[i], &job), 2.0e-4);
                assert!(wrong.is_empty(), "{rows} x {columns}, {draw:?}, die and variant {i}: {wrong:?}");
                // The comparison must be able to fail.
                let other = die.array_test(&cards[(i + 1) % cards.len()], &job);
                assert!(!differences(row, &other, 2.0e-4).is_empty());
            }
            for other in all_instruction_sets() {
                assert_eq!(other.array_test(batch, &job).unwrap(), found, "{:?}", other.info());
            }
        }
    }
}

#[test]
fn perfect_dies_are_exact_by_level_too() {
    for (rows, columns, input_bits, bits_per_slice) in [(1024, 5, 4, 4), (257, 33, 8, 2), (300, 20, 4, 1)] {
        let job = job(rows, columns, 9, input_bits, bits_per_slice);
        assert!(has_levels(&job));
        let dies = dies(1);
        let cards = [Card::ideal(1.0 / job.steps_per_code, 131_072.0); ALIKE];
        let alone = backend(1).array_test(batch(&dies, &cards[..1]), &job).unwrap()[0];
        for row in backend(1).array_test(batch(&dies, &cards), &job).unwrap() {
            assert_eq!(row, alone, "whole numbers do not round");
        }
    }
}

/// Few rows for each level, or sums beyond 4 MiB: variants go one by one.
#[test]
fn sums_are_not_taken_where_they_are_more_work() {
    assert!(!has_levels(&job(255, 4, 3, 4, 1)));
    assert!(!has_levels(&job(256, 64, 80, 4, 1)));
    assert!(has_levels(&job(256, 64, 60, 4, 1)));
}
