//! Zero variation gives integer arithmetic; threads, instruction sets and other dies change no bit.

use super::agreement::differences;
use super::{Pattern, all_instruction_sets, backend, batch, dies, job, network, poor_card, shaped_card};
use crate::compute::activation::{argmax, requantise};
use crate::compute::address::cell_element;
use crate::compute::cpu::draw::draw;
use crate::compute::lanes::{Isa, Keys, LANES};
use crate::compute::normal::normals;
use crate::compute::{Activation, ArrayJob, Backend, Batch, Card, Draw, Network};
use crate::random::{Address, DieAddress, Stream};

#[test]
fn a_perfect_die_equals_integer_arithmetic_to_the_last_code() {
    for (rows, columns, input_bits, bits_per_slice) in [(64, 17, 4, 1), (1024, 5, 4, 4), (257, 33, 8, 2)] {
        let job = job(rows, columns, 9, input_bits, bits_per_slice);
        let dies = dies(1);
        // 2^17 codes: nothing clips; a power of two for the steps, so that no division rounds.
        let cards = [Card::ideal(1.0 / job.steps_per_code, 131_072.0)];
        let row = backend(1).array_test(batch(&dies, &cards), &job).unwrap()[0];
        assert_eq!([row.gain, row.offset, row.static_rms, row.worst_column_rms], [1.0, 0.0, 0.0, 0.0]);
        assert_eq!([row.column_gain_sd, row.column_offset_sd, row.n_clipped], [0.0; 3]);
        let (total_ss, max_abs) = integer_errors(&job);
        assert_eq!(row.max_abs, max_abs as f32);
        let total_rms = (total_ss as f64 / (job.columns * 9) as f64).sqrt();
        assert!((f64::from(row.total_rms) / total_rms - 1.0).abs() < 1e-6, "{} {total_rms}", row.total_rms);
    }
}

/// Sum of squares and largest of the errors that rounding alone makes, in whole numbers.
fn integer_errors(job: &ArrayJob) -> (i64, i64) {
    let steps = job.steps_per_code as i64;
    let (mut ss, mut max) = (0, 0);
    for column in 0..job.columns {
        for x in job.inputs.chunks(job.rows) {
            let mut error = 0;
            for slice in 0..job.input_bits.div_ceil(job.bits_per_slice) {
                let shift = slice * job.bits_per_slice;
                let symbol = |row: usize| i64::from(x[row] >> shift) % (1 << job.bits_per_slice);
                let charge: i64 =
                    (0..job.rows).map(|r| symbol(r) * i64::from(job.weights[r * job.columns + column])).sum();
                error += (round_ties_even(charge, steps) * steps - charge) << shift;
            }
            ss += error * error;
            max = max.max(error.abs());
        }
    }
    (ss, max)
}

fn round_ties_even(charge: i64, steps: i64) -> i64 {
    let (quotient, rest) = (charge.div_euclid(steps), charge.rem_euclid(steps));
    match (2 * rest).cmp(&steps) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + (quotient & 1),
    }
}

#[test]
fn a_perfect_die_classifies_as_integer_arithmetic_does() {
    let mut network = network();
    network.digital = integer_classes(&network);
    network.labels = network.digital.clone();
    let dies = dies(1);
    let cards = [Card::ideal(1.0 / network.steps_per_code, 127.0)];
    let row = backend(1).classify(batch(&dies, &cards), &network).unwrap()[0];
    assert_eq!([row.n_correct, row.n_lost, row.n_gained], [network.labels.len() as u32, 0, 0]);
    let distinct: std::collections::BTreeSet<_> = network.digital.iter().collect();
    assert!(distinct.len() > 2, "the network tells images apart: {distinct:?}");
}

fn integer_classes(network: &Network) -> Vec<u8> {
    let classify = |pixels: &[u8]| {
        let mut x = pixels.to_vec();
        for layer in &network.layers {
            let mut sums = vec![0i64; layer.columns];
            for tile in &layer.tiles {
                for column in 0..tile.columns {
                    for bit in 0..network.input_bits {
                        let charge: i64 = (0..tile.rows)
                            .map(|r| {
                                i64::from(x[tile.row + r] >> bit & 1)
                                    * i64::from(tile.weights[r * tile.columns + column])
                            })
                            .sum();
                        let code = round_ties_even(charge, network.steps_per_code as i64).clamp(-127, 127);
                        sums[tile.column + column] += code << bit;
                    }
                }
            }
            let value = |c: usize| layer.value(network.steps_per_code, sums[c] as f32, c);
            let values: Vec<f32> = (0..layer.columns).map(value).collect();
            match layer.activation {
                Activation::Relu { codes_per_unit } => {
                    x = values.iter().map(|&v| requantise(v, codes_per_unit, network.input_bits)).collect();
                }
                Activation::Argmax => return argmax(&values) as u8,
            }
        }
        0
    };
    network.images.chunks(network.layers[0].rows).map(classify).collect()
}

#[test]
fn instruction_sets_and_threads_change_no_bit() {
    let (job, network) = (job(131, 37, 5, 4, 1), network());
    let dies = dies(5);
    let mixed: Vec<Card> = (0..15).map(|i| if i < 9 { poor_card(i % 3) } else { shaped_card(i % 3) }).collect();
    let gaussian: Vec<Card> = (0..15).map(|i| poor_card(i % 3)).collect();
    for batch in [batch(&dies, &mixed), Batch { draw: Draw::Pair, ..batch(&dies, &gaussian) }] {
        let expected = (backend(1).array_test(batch, &job).unwrap(), backend(1).classify(batch, &network).unwrap());
        let mut others = all_instruction_sets();
        assert!(!others.is_empty());
        others.push(backend(2));
        for other in others {
            let info = other.info();
            let rows = other.array_test(batch, &job).unwrap();
            assert_eq!(bytemuck::cast_slice::<_, u8>(&rows), bytemuck::cast_slice::<_, u8>(&expected.0), "{info:?}");
            assert_eq!(other.classify(batch, &network).unwrap(), expected.1, "{info:?}");
        }
    }
}

/// Alike variants share sums by level from four of them on. Companions beyond that change no bit; alone, a variant is worked off
/// the other way, with the same answer but for rounding, which may send a charge at a threshold to the next code.
#[test]
fn a_variant_alone_equals_itself_among_others() {
    let dies = dies(1);
    let mut cards: Vec<Card> = (0..21).map(|i| if i % 10 == 3 { shaped_card(i) } else { poor_card(i) }).collect();
    for (i, card) in cards.iter_mut().enumerate() {
        // A supply of its own for some: with symbols of several bits those are not alike.
        card.input = std::array::from_fn(|s| if i < 13 { s as f32 } else { 1.05 * s as f32 });
    }
    for job in [job(300, 37, 5, 4, 1), job(40, 21, 4, 4, 4), job(300, 21, 9, 4, 4)] {
        for draw in [Draw::Cell, Draw::Pair] {
            let kept = |card: &&Card| draw == Draw::Cell || card.is_gaussian();
            let cards: Vec<Card> = cards.iter().filter(kept).copied().collect();
            let of = |cards: &[Card]| {
                let batch = Batch { draw, n_variants: cards.len(), ..batch(&dies, cards) };
                backend(1).array_test(batch, &job).unwrap()
            };
            let rows = of(&cards);
            for (i, (row, card)) in rows.iter().zip(&cards).enumerate() {
                let alone = of(std::slice::from_ref(card))[0];
                let found = differences(&alone, row, 2.0e-3);
                assert!(found.is_empty(), "variant {i}: {found:?}");
                assert!(card.is_gaussian() || alone == *row, "only alike variants share sums");
                assert!(!differences(&rows[(i + 1) % rows.len()], row, 2.0e-3).is_empty(), "variants differ");
            }
            assert_eq!(of(&cards[..12]), rows[..12]);
            let few = of(&cards[..3]);
            few.iter().zip(&cards).for_each(|(row, card)| assert_eq!(of(std::slice::from_ref(card)), [*row]));
        }
    }
}

#[test]
fn a_die_alone_equals_itself_in_a_batch() {
    let (job, network) = (job(40, 21, 4, 4, 1), network());
    let all = dies(4);
    // One variant of each die is Gaussian, the other is not.
    let cards: Vec<Card> = (0..8).map(|i| if i % 2 == 0 { poor_card(i) } else { shaped_card(i) }).collect();
    let rows = backend(2).array_test(batch(&all, &cards), &job).unwrap();
    let classes = backend(2).classify(batch(&all, &cards), &network).unwrap();
    for die in 0..4 {
        for variant in 0..2 {
            let i = 2 * die + variant;
            let alone = batch(&all[die..=die], &cards[i..=i]);
            assert_eq!(backend(1).array_test(alone, &job).unwrap(), rows[i..=i]);
            assert_eq!(backend(1).classify(alone, &network).unwrap(), classes[i..=i]);
        }
    }
}

#[test]
fn lanes_draw_the_normals_of_the_address() {
    let mut pattern = Pattern::new(1003);
    for isa in Isa::available() {
        for n_pairs in 1..150 {
            let seed = u64::from(pattern.word()) << 32 | u64::from(pattern.word());
            let die =
                DieAddress { lot: pattern.word() >> 8, wafer: pattern.word() as u8, x: -3, y: pattern.word() as i16 };
            let address = Address { seed, stream: Stream::Cell, die, array: pattern.word() >> 8, element: 0 };
            let (group, block) = (pattern.word() as usize % 1024, pattern.word() as usize % 200_000);
            let mut z = vec![[[0.0; LANES]; 2]; n_pairs];
            draw(isa, &Keys::new(&address), group, block, &mut z);
            for (pair, z) in z.iter().enumerate() {
                for (lane, (first, second)) in z[0].iter().zip(&z[1]).enumerate() {
                    let element = cell_element((2 * block + pair) as u32, (group * LANES + lane) as u32);
                    let expected = normals(Address { element, ..address }.words());
                    let found = [first.to_bits(), second.to_bits()];
                    assert_eq!(found[..], expected.map(f32::to_bits)[2 * (pair % 2)..][..2], "{}", isa.name());
                }
            }
        }
    }
}
