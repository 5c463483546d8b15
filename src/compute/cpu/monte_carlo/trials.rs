//! A block of trials: draw, weights, product, noise, conversion, error; nothing of an array outlives its panel.

use super::devices::{Devices, Gaussian, GaussianPair, LogNormal};
use super::outputs::Outputs;
use super::{CODE_MAX, Drawn, NOISE, Spread, WorkItem};
use crate::compute::cpu::cells::PANEL_ROWS;
use crate::compute::cpu::draw::{Sink, draw, draw_into};
use crate::compute::cpu::product::add_values;
use crate::compute::lanes::{Isa, Kernel, Keys, LANES, Lanes, Line};
use crate::random::{Address, DieAddress, Stream};
use std::marker::PhantomData;
use std::ops::Range;

#[repr(align(64))]
struct Scratch {
    weights: [[f32; LANES]; PANEL_ROWS],
    charges: Vec<[f32; LANES]>,
    noise: Vec<[[f32; LANES]; 2]>,
    /// Normals and outputs of a group of columns in every trial of the block, where outputs are drawn.
    z: Vec<[[f32; LANES]; 2]>,
    outputs: Vec<[f32; LANES]>,
}

/// A block of trials.
pub struct Trials<'a> {
    pub isa: Isa,
    pub item: &'a WorkItem,
    pub trials: Range<u32>,
}

impl Trials<'_> {
    /// Relative error of each trial.
    pub fn run(&self) -> Vec<f32> {
        let item = self.item;
        let mut sums = vec![[0.0; LANES]; self.trials.len()];
        let mut scratch = Scratch {
            weights: [[0.0; LANES]; PANEL_ROWS],
            charges: vec![[0.0; LANES]; item.n_inputs],
            noise: vec![[[0.0; LANES]; 2]; item.n_inputs.div_ceil(2)],
            z: Vec::new(),
            outputs: Vec::new(),
        };
        // Of what is drawn for the array, and of its reads.
        let stream = if matches!(item.drawn, Drawn::Outputs(_)) { Stream::Pair } else { Stream::Cell };
        let keys = |trial| [self.keys(trial, stream), self.keys(trial, Stream::Read)];
        let keys: Vec<[Keys; 2]> = self.trials.clone().map(keys).collect();
        for group in 0..item.columns.div_ceil(LANES) {
            if let Drawn::Outputs(outputs) = &item.drawn {
                self.draw_outputs(outputs, &keys, group, &mut scratch);
            }
            for (trial, ([keys, read_keys], sum)) in keys.iter().zip(&mut sums).enumerate() {
                match (&item.drawn, item.spread) {
                    (Drawn::Outputs(_), _) => {
                        let of_trial = &scratch.outputs[trial * item.n_inputs..][..item.n_inputs];
                        scratch.charges.copy_from_slice(of_trial);
                    }
                    (Drawn::Devices(cells), Spread::LogNormal) => {
                        self.measure::<LogNormal>(cells, keys, group, &mut scratch);
                    }
                    (Drawn::Devices(cells), Spread::GaussianPair) => {
                        self.measure::<GaussianPair>(cells, keys, group, &mut scratch);
                    }
                    (Drawn::Devices(cells), _) => self.measure::<Gaussian>(cells, keys, group, &mut scratch),
                }
                draw(self.isa, read_keys, group, 0, &mut scratch.noise);
                let noise = scratch.noise.as_flattened();
                self.isa.run(AddErrors { item, group, charges: &scratch.charges, noise, sum });
            }
        }
        let total = |sum: &[f32; LANES]| sum.iter().map(|&s| f64::from(s)).sum::<f64>();
        sums.iter().map(|sum| (total(sum).sqrt() / item.exact_norm) as f32).collect()
    }

    /// A trial takes the place of a die.
    fn keys(&self, trial: u32, stream: Stream) -> Keys {
        let die = DieAddress { lot: 0, wafer: 1, x: (trial >> 16) as i16, y: trial as i16 };
        Keys::new(&Address { seed: self.item.seed, stream, die, array: 0, element: 0 })
    }

    /// Draws the weights of sixteen columns and leaves the charges of all inputs.
    fn measure<D: Devices>(&self, cells: &[[Line; 2]], keys: &Keys, group: usize, scratch: &mut Scratch) {
        let (isa, item) = (self.isa, self.item);
        scratch.charges.as_flattened_mut().fill(0.0);
        let cells = &cells[group * item.rows..][..item.rows];
        for (panel, cells) in cells.chunks(PANEL_ROWS).enumerate() {
            let first_row = panel * PANEL_ROWS;
            let weights = &mut scratch.weights[..cells.len()];
            let n_pairs = (cells.len() * D::NORMALS).div_ceil(2);
            let sink = MakeWeights::<D> { cells, weights, devices: PhantomData };
            draw_into(isa, keys, group, first_row * D::NORMALS / 4, n_pairs, sink);
            add_values(isa, &item.inputs, first_row, weights, &mut scratch.charges);
        }
    }

    /// Draws the outputs of sixteen columns in all trials.
    fn draw_outputs(&self, outputs: &Outputs, keys: &[[Keys; 2]], group: usize, scratch: &mut Scratch) {
        let Scratch { z, outputs: drawn, .. } = scratch;
        let n_pairs = self.item.n_inputs.div_ceil(2);
        z.resize(keys.len() * n_pairs, [[0.0; LANES]; 2]);
        drawn.resize(keys.len() * self.item.n_inputs, [0.0; LANES]);
        for (z, [keys, _]) in z.chunks_exact_mut(n_pairs).zip(keys) {
            draw(self.isa, keys, group, 0, z);
        }
        outputs.draw(self.isa, group, z.as_flattened(), drawn);
    }
}

/// Differential weights of a panel, straight from the draw.
struct MakeWeights<'a, D> {
    cells: &'a [[Line; 2]],
    weights: &'a mut [[f32; LANES]],
    devices: PhantomData<D>,
}

impl<D: Devices> Sink for MakeWeights<'_, D> {
    #[inline(always)]
    fn take<L: Lanes>(&mut self, pair: usize, normals: [L; 2]) {
        let first = pair * 2 / D::NORMALS;
        let end = self.cells.len().min(first + 2 / D::NORMALS);
        D::weights(&self.cells[first..end], normals, &mut self.weights[first..end]);
    }
}

/// Noise, conversion, error: adds the squared errors of sixteen columns over all inputs.
struct AddErrors<'a> {
    item: &'a WorkItem,
    group: usize,
    charges: &'a [[f32; LANES]],
    noise: &'a [[f32; LANES]],
    sum: &'a mut [f32; LANES],
}

impl Kernel for AddErrors<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { item, group, .. } = self;
        let max = L::of(CODE_MAX as f32);
        let to_codes = L::of(CODE_MAX as f32 / item.full_scale);
        let from_codes = L::of(item.full_scale / CODE_MAX as f32);
        let noise_sd = L::of(NOISE * item.full_scale);
        let exact = &item.exact[group * item.n_inputs..];
        let mut squares = L::of(0.0);
        for ((charge, z), exact) in self.charges.iter().zip(self.noise).zip(exact) {
            let value = noise_sd.mul_add(L::load(z), L::load(charge));
            let code = (value * to_codes).round_ties_even().min(max).max(L::of(0.0) - max);
            let error = code * from_codes - L::load(exact);
            squares = error.mul_add(error, squares);
        }
        (L::load(self.sum) + squares * L::load(&item.used[group])).store(self.sum);
    }
}
