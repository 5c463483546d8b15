//! The kernels against the slow reference, against integers, against closed forms, and against themselves.

pub mod agreement;
mod cards;
mod exactness;
mod levels;
mod monte_carlo;
mod normals;
mod outputs;
mod pairs;
mod physics;

use super::CpuBackend;
use crate::compute::MAX_LEVELS;
use crate::compute::lanes::Isa;
use crate::compute::{Activation, ArrayJob, Batch, Card, Draw, Layer, Network, Stuck, Tile};
use crate::random::{Address, DieAddress, Stream};

/// Test patterns: words of the stream `Pattern`.
pub struct Pattern(u32);

impl Pattern {
    pub fn new(number: u32) -> Self {
        Self(number << 20)
    }

    pub fn word(&mut self) -> u32 {
        self.0 += 1;
        let die = DieAddress::lot_level(0);
        Address { seed: 1, stream: Stream::Pattern, die, array: 0, element: self.0 }.words()[0]
    }

    pub fn weights(&mut self, n: usize, largest: i32) -> Vec<i8> {
        (0..n).map(|_| ((self.word() >> 8) as i32 % (2 * largest + 1) - largest) as i8).collect()
    }

    pub fn codes(&mut self, n: usize, bits: u32) -> Vec<u8> {
        (0..n).map(|_| (self.word() >> (32 - bits)) as u8).collect()
    }
}

pub fn job(rows: usize, columns: usize, n_inputs: usize, input_bits: u32, bits_per_slice: u32) -> ArrayJob {
    let mut pattern = Pattern::new((rows * 31 + columns) as u32 % 1000);
    ArrayJob {
        array: 3,
        rows,
        columns,
        weights: pattern.weights(rows * columns, 63),
        inputs: pattern.codes(rows * n_inputs, input_bits),
        input_bits,
        bits_per_slice,
        columns_per_converter: 4,
        steps_per_code: 8.0,
        draws_outputs: false,
    }
}

/// A two-layer network, 20-13-5, whose first layer is split into tiles by rows and columns.
pub fn network() -> Network {
    let mut pattern = Pattern::new(1001);
    let mut tile = |array, row, column, rows, columns| Tile {
        array,
        row,
        column,
        rows,
        columns,
        weights: pattern.weights(rows * columns, 63),
    };
    let first = vec![tile(1, 0, 0, 11, 9), tile(2, 0, 9, 11, 4), tile(3, 11, 0, 9, 9), tile(4, 11, 9, 9, 4)];
    let second = vec![tile(5, 0, 0, 13, 5)];
    let n_images = 53;
    Network {
        layers: vec![
            Layer {
                rows: 20,
                columns: 13,
                tiles: first,
                scale: 1.0e-3,
                bias: (0..13).map(|c| 0.05 * c as f32 - 0.3).collect(),
                activation: Activation::Relu { codes_per_unit: 11.0 },
            },
            Layer {
                rows: 13,
                columns: 5,
                tiles: second,
                scale: 2.0e-3,
                bias: vec![0.1; 5],
                activation: Activation::Argmax,
            },
        ],
        images: pattern.codes(20 * n_images, 4),
        labels: (0..n_images).map(|i| (i % 5) as u8).collect(),
        digital: (0..n_images).map(|i| (i % 4) as u8).collect(),
        input_bits: 4,
        bits_per_slice: 1,
        columns_per_converter: 2,
        steps_per_code: 4.0,
    }
}

/// A die with every imperfection, different for each variant.
pub fn poor_card(variant: usize) -> Card {
    let v = variant as f32;
    let mut card = Card::ideal(0.12 + 0.002 * v, 127.0);
    for level in 0..card.level_mean.len() {
        card.level_mean[level] += 0.02 * (level as f32 * 0.7 + v).sin();
        card.level_sd[level] = 0.05 + 0.004 * level as f32;
    }
    if variant % 2 == 1 {
        card.input = std::array::from_fn(|s| 0.97 * s as f32 + 0.01);
    }
    card.readout.offset = 0.4 - 0.1 * v;
    card.readout.amplifier_gain_sd = 0.01;
    card.readout.amplifier_offset_sd = 0.3;
    card.readout.converter_gain_sd = 0.02;
    card.readout.converter_offset_sd = 0.2;
    card.readout.noise_sd = 0.4;
    card
}

/// A poor die whose cells are skewed, bounded by 0 and a largest value, and here and there stuck (not in variant 0), with
/// converters of drawn capacitors (from variant 1 on).
pub fn shaped_card(variant: usize) -> Card {
    let v = variant as f32;
    let mut card = poor_card(variant);
    for level in 0..card.level_mean.len() {
        card.level_sd[level] = 0.3 + 0.02 * level as f32;
        card.level_bend[level] = 0.1 + 0.002 * level as f32 - 0.03 * v;
        card.level_high[level] = 1.1 * level as f32 + 1.0;
    }
    card.level_low = [0.0; MAX_LEVELS];
    if variant > 0 {
        card.stuck = Stuck::new(0.0175, 0.0904, 0.1 * v, 62.0);
        (card.readout.capacitor_sd, card.readout.capacitor_bits) = (0.02, 8);
    }
    card
}

pub fn dies(n: usize) -> Vec<DieAddress> {
    (0..n).map(|i| DieAddress { lot: 2, wafer: 7, x: i as i16 - 3, y: 5 }).collect()
}

/// Each cell has its own draws.
pub fn batch<'a>(dies: &'a [DieAddress], cards: &'a [Card]) -> Batch<'a> {
    Batch { seed: 0x0123_4567_89ab_cdef, dies, cards, n_variants: cards.len() / dies.len(), draw: Draw::Cell }
}

pub fn backend(threads: usize) -> CpuBackend {
    CpuBackend::new(threads).expect("two threads can be started")
}

pub fn all_instruction_sets() -> Vec<CpuBackend> {
    Isa::available().into_iter().map(|isa| CpuBackend::with_isa(1, isa).expect("a thread can be started")).collect()
}
