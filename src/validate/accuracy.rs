//! The network's accuracy: cells from the card through the kernels, against exactly drawn cells through plain f64.

use rayon::prelude::*;

use super::exact::{exact, working};
use super::lab::{SEED, candidate};
use crate::compute::cpu::CpuBackend;
use crate::compute::{Activation, Backend, Batch, Card, Draw, Network};
use crate::random::DieAddress;
use crate::stats::mean_sd;
use crate::workload::prepare;

/// Exactly drawn cells of each level; dies take them in turn.
const POOL: u32 = 100_000;
/// Dies of either side.
const DIES: u32 = 200;

/// Candidates of the shipped comparison that lose nothing, a little and much to their cells. Read without noise, offset or spread of
/// converters, so that cells alone decide. The two accuracies agree within four standard errors of their difference, 0.03 to 1.1
/// points; a card with a spread a half larger does not.
#[test]
fn accuracy_by_the_card_is_that_of_exact_cells() {
    for id in ["memcap", "pcm", "rram_wan", "rram_milo", "sonos"] {
        let spec = candidate(id, &[]).unwrap();
        let network = prepare(&spec.workload, &spec.product, 0).unwrap().network;
        let mut card = working(&spec).unwrap();
        let readout = &mut card.readout;
        (readout.offset, readout.noise_sd) = (0.0, 0.0);
        (readout.amplifier_gain_sd, readout.amplifier_offset_sd) = (0.0, 0.0);
        (readout.converter_gain_sd, readout.converter_offset_sd) = (0.0, 0.0);
        let levels = exact(&spec, POOL).unwrap();
        let on_die = |die| correct(&network, &card, &mut Cells { levels: &levels, next: [die * 7919; 2] });
        let expected = accuracy(&network, (0..DIES as usize).into_par_iter().map(on_die).collect());
        let found = by_kernels(&network, card);
        let apart = |(a, a_error): (f64, f64), (b, b_error): (f64, f64)| (a - b).abs() / a_error.hypot(b_error);
        println!("{id}: card {:.2} +- {:.2} %, exact {:.2} +- {:.2} %", found.0, found.1, expected.0, expected.1);
        assert!(apart(found, expected) < 4.0, "{id}: {found:?}, exact {expected:?}");
        if found.0 < 96.0 {
            card.level_sd.iter_mut().for_each(|sd| *sd *= 1.5);
            assert!(apart(by_kernels(&network, card), expected) > 4.0, "{id}: a wrong card must show");
        }
    }
}

/// Accuracy and its standard error over dies (%).
fn accuracy(network: &Network, correct: Vec<f64>) -> (f64, f64) {
    let (mean, sd) = mean_sd(&correct);
    let percent = 100.0 / network.labels.len() as f64;
    (percent * mean, percent * sd / (correct.len() as f64).sqrt())
}

fn by_kernels(network: &Network, card: Card) -> (f64, f64) {
    let dies: Vec<_> = (0..DIES as i16).map(|x| DieAddress { lot: 0, wafer: 1, x, y: 0 }).collect();
    let cards = vec![card; dies.len()];
    let batch = Batch { seed: SEED, dies: &dies, cards: &cards, n_variants: 1, draw: Draw::Cell };
    let rows = CpuBackend::new(0).unwrap().classify(batch, network).unwrap();
    accuracy(network, rows.iter().map(|row| f64::from(row.n_correct)).collect())
}

/// Takes exactly drawn cells one after the other, from another place for every die; the two cells of a pair from places of their own.
struct Cells<'a> {
    levels: &'a [Vec<f64>],
    next: [usize; 2],
}

impl Cells<'_> {
    fn pair(&mut self, code: i8) -> f64 {
        let level = usize::from(code.unsigned_abs());
        let (plus, minus) = if code > 0 { (level, 0) } else { (0, level) };
        self.next[0] += 1;
        self.next[1] += 3;
        let cell = |level: usize, place: usize| self.levels[level][place % self.levels[level].len()];
        cell(plus, self.next[0]) - cell(minus, self.next[1] + POOL as usize / 2)
    }
}

/// Images that a die with these cells gets right.
fn correct(network: &Network, card: &Card, cells: &mut Cells) -> f64 {
    let mut realised = |codes: &[i8]| -> Vec<f64> { codes.iter().map(|&code| cells.pair(code)).collect() };
    let weights: Vec<Vec<Vec<f64>>> =
        network.layers.iter().map(|l| l.tiles.iter().map(|tile| realised(&tile.weights)).collect()).collect();
    let images = network.images.chunks_exact(network.layers[0].rows).zip(&network.labels);
    images.filter(|(pixels, label)| class(network, card, &weights, pixels) == usize::from(**label)).count() as f64
}

fn class(network: &Network, card: &Card, weights: &[Vec<Vec<f64>>], pixels: &[u8]) -> usize {
    let (gain, largest) = (f64::from(card.readout.gain), f64::from(card.readout.code_max));
    let mut x = pixels.to_vec();
    for (layer, weights) in network.layers.iter().zip(weights) {
        let mut sums = vec![0.0; layer.columns];
        for (tile, weights) in layer.tiles.iter().zip(weights) {
            for slice in 0..network.n_slices() {
                let shift = network.bits_per_slice * slice as u32;
                let mut charges = vec![0.0; tile.columns];
                for (row, weights) in weights.chunks_exact(tile.columns).enumerate() {
                    let symbol = (u32::from(x[tile.row + row]) >> shift) & ((1 << network.bits_per_slice) - 1);
                    let input = f64::from(card.input[symbol as usize]);
                    charges.iter_mut().zip(weights).for_each(|(charge, weight)| *charge += input * weight);
                }
                for (sum, charge) in sums[tile.column..].iter_mut().zip(charges) {
                    *sum += (gain * charge).round_ties_even().clamp(-largest, largest) * f64::from(1u32 << shift);
                }
            }
        }
        let step = f64::from(layer.scale) * f64::from(network.steps_per_code);
        let values: Vec<f64> = sums.iter().zip(&layer.bias).map(|(sum, bias)| step * sum + f64::from(*bias)).collect();
        match layer.activation {
            Activation::Relu { codes_per_unit } => {
                let most = f64::from((1u32 << network.input_bits) - 1);
                let code = |value: &f64| (value * f64::from(codes_per_unit)).round_ties_even().clamp(0.0, most) as u8;
                x = values.iter().map(code).collect();
            }
            Activation::Argmax => {
                return (0..values.len()).rev().max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or(0);
            }
        }
    }
    0
}
