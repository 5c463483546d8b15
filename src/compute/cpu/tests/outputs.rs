//! Outputs drawn themselves: what the slow reference gives, with the distribution of pairs, and only where that is exact.

use super::agreement::differences;
use super::pairs::assert_same_distribution;
use super::{all_instruction_sets, backend, batch, dies, job, poor_card, shaped_card};
use crate::compute::cpu::reference::Die;
use crate::compute::outputs::fewer_draws;
use crate::compute::{ArrayJob, Backend, Batch, Card, ComputeError, Draw};

fn drawn(job: ArrayJob) -> ArrayJob {
    ArrayJob { draws_outputs: true, ..job }
}

/// Cards whose symbols are worth their numbers; of the second job's 16 vectors many have no spread of their own.
#[test]
fn drawn_outputs_equal_the_reference() {
    let (n_variants, dies) = (5, dies(2));
    let cards: Vec<Card> = (0..2 * n_variants).map(|i| poor_card(2 * i)).collect();
    for (rows, columns, n_inputs, input_bits, bits_per_slice) in
        [(130, 17, 3, 4, 1), (40, 3, 16, 4, 4), (9, 16, 1, 4, 1)]
    {
        let job = drawn(job(rows, columns, n_inputs, input_bits, bits_per_slice));
        let batch = Batch { draw: Draw::Pair, ..batch(&dies, &cards) };
        let found = backend(2).array_test(batch, &job).unwrap();
        for (i, row) in found.iter().enumerate() {
            let die = Die { seed: batch.seed, address: dies[i / n_variants], draw: Draw::Pair };
            let wrong = differences(row, &die.array_test(&cards[i], &job), 2.0e-4);
            assert!(wrong.is_empty(), "{rows} x {columns}, die and variant {i}: {wrong:?}");
            // The comparison must be able to fail.
            let pairs = ArrayJob { draws_outputs: false, ..job.clone() };
            assert!(!differences(row, &die.array_test(&cards[i], &pairs), 2.0e-4).is_empty());
        }
        for other in all_instruction_sets() {
            assert_eq!(other.array_test(batch, &job).unwrap(), found, "{:?}", other.info());
        }
    }
}

/// Static errors of a column over its inputs, gains and the worst column hang on how outputs go together.
#[test]
fn drawn_outputs_have_the_distribution_of_pairs() {
    let pairs = job(67, 18, 6, 2, 1);
    assert_same_distribution((&pairs, Draw::Pair), (&drawn(pairs.clone()), Draw::Pair));
}

#[test]
fn outputs_are_drawn_only_where_that_is_exact() {
    let dies = dies(1);
    let refused = |card: Card, draw, job| {
        let result = backend(1).array_test(Batch { draw, ..batch(&dies, &[card]) }, &drawn(job));
        match result {
            Err(ComputeError::Unsupported { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(poor_card(0), Draw::Cell, job(130, 4, 3, 4, 1)), "draw");
    assert_eq!(refused(shaped_card(0), Draw::Pair, job(130, 4, 3, 4, 1)), "draw");
    assert_eq!(refused(poor_card(1), Draw::Pair, job(130, 4, 3, 4, 1)), "card.input");
    assert_eq!(refused(poor_card(0), Draw::Pair, job(130, 4, 5, 4, 1)), "vectors whose outputs are drawn");
}

#[test]
fn outputs_are_drawn_where_that_is_half_the_normals() {
    // 64 levels of four normals each, and of sixteen.
    assert!(fewer_draws(&job(512, 40, 1, 4, 1)) && !fewer_draws(&job(511, 40, 1, 4, 1)));
    assert!(fewer_draws(&job(2048, 40, 4, 4, 1)) && !fewer_draws(&job(4096, 40, 5, 4, 1)));
}
