//! What follows the product in a layer: conversion of a group of columns, activation of a block of images.

use super::classify::Group;
use super::converter::{Conversions, Converter};
use crate::compute::activation::{output, requantise};
use crate::compute::lanes::{Kernel, LANES, Lanes};
use crate::compute::{Card, Layer, Network};

/// Converts all inputs of a group of columns and adds their codes to the layer's. Output: how many clipped.
pub struct Convert<'a> {
    pub group: &'a Group<'a>,
    pub card: &'a Card,
    /// Shape: `[vector, lane]`.
    pub charges: &'a [[f32; LANES]],
    pub n_slices: usize,
    pub bits_per_slice: u32,
    /// Distance of two images in `sums`.
    pub stride: usize,
    pub sums: &'a mut [f32],
}

impl Conversions for Convert<'_> {
    type Output = u32;

    #[inline(always)]
    fn run<L: Lanes, const UNEVEN: bool>(self, bit_weights: &[[f32; LANES]]) -> u32 {
        let group = self.group;
        let converter = Converter::<L>::new(self.card, self.bits_per_slice, &group.draws, bit_weights);
        let mut used = [0.0; LANES];
        used[..group.n_columns].fill(1.0);
        let used = L::load(&used);
        let next = L::of((1u32 << self.bits_per_slice) as f32);
        let mut n_clipped = L::of(0.0);
        let noise = group.noise.as_flattened().chunks_exact(self.n_slices);
        let conversions = self.charges.chunks_exact(self.n_slices).zip(noise);
        for ((charges, noise), sums) in conversions.zip(self.sums.chunks_exact_mut(self.stride)) {
            let [mut code, mut shift] = [L::of(0.0), L::of(1.0)];
            for (charge, z) in charges.iter().zip(noise) {
                let conversion = converter.convert::<UNEVEN>(L::load(charge), L::load(z), &mut n_clipped);
                // A power of two times a number is exact.
                code = code.plus_exact(shift, conversion.code);
                shift = shift * next;
            }
            let sums = &mut sums[group.column..].as_chunks_mut::<LANES>().0[0];
            (L::load(sums) + used * code).store(sums);
        }
        let mut clipped = [0.0; LANES];
        (used * n_clipped).store(&mut clipped);
        clipped.iter().sum::<f32>() as u32
    }
}

/// Turns the codes of a layer into input codes of the next. Shape: `[image, column]`.
pub struct Activate<'a> {
    pub network: &'a Network,
    pub layer: &'a Layer,
    pub codes: &'a [f32],
    pub codes_per_unit: f32,
}

impl Kernel for Activate<'_> {
    type Output = Vec<u8>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Vec<u8> {
        let Self { network, layer, .. } = self;
        let stride = layer.columns + LANES;
        let code_value = layer.code_value(network.steps_per_code);
        let mut activations = vec![0; self.codes.len() / stride * layer.columns];
        let images = activations.chunks_exact_mut(layer.columns).zip(self.codes.chunks_exact(stride));
        for (activations, codes) in images {
            for ((activation, &code), &bias) in activations.iter_mut().zip(codes).zip(&layer.bias) {
                *activation = requantise(output(code_value, code, bias), self.codes_per_unit, network.input_bits);
            }
        }
        activations
    }
}
