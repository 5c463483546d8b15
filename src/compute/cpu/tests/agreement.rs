//! The kernels against the slow reference, over odd shapes.

use super::{backend, batch, dies, job, network, poor_card, shaped_card};
use crate::compute::cpu::reference::Die;
use crate::compute::{ArrayRow, Backend, Batch, Card, Draw, Readout};

/// Fields that differ by more than f32 sums may: `rtol` of the value plus `rtol` of the error's scale.
pub fn differences(a: &ArrayRow, b: &ArrayRow, rtol: f32) -> Vec<String> {
    let fields = |r: &ArrayRow| {
        [
            ("gain", r.gain, 1.0),
            ("offset", r.offset, r.total_rms),
            ("column_gain_sd", r.column_gain_sd, 0.1),
            ("column_offset_sd", r.column_offset_sd, r.total_rms),
            ("static_rms", r.static_rms, r.total_rms),
            ("read_rms", r.read_rms, r.total_rms),
            ("total_rms", r.total_rms, 0.0),
            ("trimmed_rms", r.trimmed_rms, r.total_rms),
            ("max_abs", r.max_abs, r.total_rms),
            ("n_clipped", r.n_clipped, 0.0),
            ("worst_column", r.worst_column, 0.0),
            ("worst_column_rms", r.worst_column_rms, r.total_rms),
        ]
    };
    let pairs = fields(a).into_iter().zip(fields(b));
    // A NaN counts as different.
    pairs
        .filter(|((_, a, _), (_, b, scale))| {
            let apart = (a - b).abs();
            apart.is_nan() || apart > rtol * (b.abs() + scale)
        })
        .map(|((name, a, _), (_, b, _))| format!("{name}: {a} {b}"))
        .collect()
}

/// Cards of a variant, and how their cells are drawn.
type Case = (fn(usize) -> Card, Draw);
const CASES: [Case; 3] = [(poor_card, Draw::Cell), (poor_card, Draw::Pair), (shaped_card, Draw::Cell)];

#[test]
fn array_test_equals_the_reference() {
    for (rows, columns, n_inputs, input_bits, bits_per_slice) in [
        (1, 1, 1, 4, 1),
        (3, 5, 2, 4, 4),
        (65, 17, 7, 4, 1),
        (257, 63, 5, 4, 2),
        (64, 5, 16, 8, 3),
        (600, 17, 3, 1, 1),
        (2, 16, 4, 3, 2),
    ] {
        let job = job(rows, columns, n_inputs, input_bits, bits_per_slice);
        let dies = dies(2);
        for (card, draw) in CASES {
            let cards: Vec<Card> = (0..6).map(|i| card(i % 3)).collect();
            let batch = Batch { draw, ..batch(&dies, &cards) };
            let rows = backend(2).array_test(batch, &job).unwrap();
            for (i, row) in rows.iter().enumerate() {
                let die = Die { seed: batch.seed, address: dies[i / 3], draw };
                let expected = die.array_test(&cards[i], &job);
                let found = differences(row, &expected, 2.0e-4);
                assert!(found.is_empty(), "{}x{} die and variant {i}: {found:?}", job.rows, job.columns);
            }
        }
    }
}

#[test]
fn classify_equals_the_reference() {
    let network = network();
    let dies = dies(2);
    for (card, draw) in CASES {
        let cards: Vec<Card> = (0..8).map(|i| card(i % 4)).collect();
        let batch = Batch { draw, ..batch(&dies, &cards) };
        let rows = backend(2).classify(batch, &network).unwrap();
        for (i, row) in rows.iter().enumerate() {
            let die = Die { seed: batch.seed, address: dies[i / 4], draw };
            let expected = die.classify(&cards[i], &network);
            assert_eq!(*row, expected, "die and variant {i}");
            assert!(
                row.n_correct > 0 && row.n_lost > 0 && row.n_gained > 0,
                "the network tells the dies apart: {row:?}"
            );
        }
    }
}

#[test]
fn probe_gives_the_cells_that_the_reference_multiplies() {
    let job = job(7, 18, 1, 4, 1);
    let dies = dies(2);
    let cards: Vec<Card> = [0, 1, 2, 3].map(poor_card).into_iter().chain([0, 1, 2, 3].map(shaped_card)).collect();
    let batch = batch(&dies, &cards);
    for variant in 0..4 {
        let cells = backend(1).probe(batch, 1, variant, &job).unwrap();
        let die = Die { seed: batch.seed, address: dies[1], draw: Draw::Cell };
        for (i, &code) in job.weights.iter().enumerate() {
            let weight = die.weight(&cards[4 + variant], job.array, i / 18, i % 18, code);
            assert!((f64::from(cells[i] - cells[7 * 18 + i]) - weight).abs() < 2.0e-5, "cell {i}");
        }
    }
    assert!(backend(1).probe(batch, 2, 0, &job).is_err());
    assert!(backend(1).probe(batch, 0, 4, &job).is_err());
}

#[test]
fn the_comparison_catches_a_wrong_answer() {
    let job = job(65, 17, 7, 4, 1);
    let dies = dies(1);
    let answer = |card: Card| backend(1).array_test(batch(&dies, &[card]), &job).unwrap()[0];
    let expect = |card: Card, change: &dyn Fn(&mut Card)| {
        let mut changed = card;
        change(&mut changed);
        Die { seed: batch(&dies, &[card]).seed, address: dies[0], draw: Draw::Cell }.array_test(&changed, &job)
    };
    let of_poor: [&dyn Fn(&mut Card); 6] = [
        &|c| c.level_sd.iter_mut().for_each(|sd| *sd *= 1.01),
        &|c| c.level_mean[12] *= 1.001,
        &|c| c.readout.amplifier_gain_sd *= 1.01,
        &|c| c.readout.converter_offset_sd *= 1.01,
        &|c| c.readout.noise_sd *= 1.05,
        &|c| c.input[1] *= 1.001,
    ];
    let of_shaped: [&dyn Fn(&mut Card); 4] = [
        &|c| c.level_bend.iter_mut().for_each(|bend| *bend *= 1.02),
        &|c| c.level_low = [0.02; 64],
        &|c| c.stuck.n_low += c.stuck.n_low / 10,
        &|c| c.stuck.high_value *= 1.001,
    ];
    let of_capacitors: [&dyn Fn(&mut Card); 2] =
        [&|c| c.readout.capacitor_sd *= 1.1, &|c| c.readout.capacitor_bits = 0];
    let with_capacitors = |card: Card, capacitor_sd, capacitor_bits| Card {
        readout: Readout { capacitor_sd, capacitor_bits, ..card.readout },
        ..card
    };
    let uneven = with_capacitors(poor_card(0), 0.02, 8);
    let cases =
        [(poor_card(0), &of_poor[..]), (with_capacitors(shaped_card(1), 0.0, 0), &of_shaped), (uneven, &of_capacitors)];
    for (card, changes) in cases {
        let row = answer(card);
        assert!(differences(&row, &expect(card, &|_| ()), 2.0e-4).is_empty());
        for (i, change) in changes.iter().enumerate() {
            assert!(
                !differences(&row, &expect(card, change), 2.0e-4).is_empty(),
                "change {i} of {} is not seen",
                changes.len()
            );
        }
    }
    let row = answer(poor_card(0));
    let not_a_number = ArrayRow { gain: f32::NAN, ..row };
    assert_eq!(differences(&not_a_number, &row, 2.0e-4).len(), 1);
}
