//! A block of images through all layers of a die under one variant.

use super::cells::PANEL_ROWS;
use super::classify::{Group, MappedNetwork};
use super::converter::convert;
use super::inputs::{Encoder, Inputs};
use super::layer::{Activate, Convert};
use super::product::Product;
use crate::compute::activation::{argmax, output};
use crate::compute::lanes::{Isa, LANES};
use crate::compute::{Activation, Card, ClassifyRow, Layer};

pub struct Pass<'a> {
    pub isa: Isa,
    pub mapped: &'a MappedNetwork<'a>,
    /// Shape: `[layer][group]`.
    pub layers: &'a [Vec<Group<'a>>],
    pub variant: usize,
    pub card: &'a Card,
    pub encoder: &'a Encoder,
    /// Number of the block's first image in the network.
    pub first_image: usize,
}

impl Pass<'_> {
    /// Adds what the block's images give to the variant's row.
    pub fn run(&self, images: &Inputs, product: &mut Product, row: &mut ClassifyRow) {
        let network = self.mapped.network;
        let mut hidden = None;
        for (layer, groups) in network.layers.iter().zip(self.layers) {
            let inputs = hidden.as_ref().unwrap_or(images);
            let codes = self.layer_codes(layer, groups, inputs, product, &mut row.n_clipped);
            match layer.activation {
                Activation::Relu { codes_per_unit } => {
                    let activations = self.isa.run(Activate { network, layer, codes: &codes, codes_per_unit });
                    hidden = Some(self.encoder.inputs(&activations, layer.columns));
                }
                Activation::Argmax => self.count(layer, &codes, row),
            }
        }
    }

    /// Sums of shifted codes of a layer. Shape: `[image, column]`, each image followed by a group of idle lanes.
    fn layer_codes(
        &self,
        layer: &Layer,
        groups: &[Group],
        inputs: &Inputs,
        product: &mut Product,
        n_clipped: &mut u32,
    ) -> Vec<f32> {
        let Self { isa, mapped, variant, card, .. } = *self;
        let stride = layer.columns + LANES;
        let mut sums = vec![0.0; inputs.n_vectors() / mapped.n_slices * stride];
        let mut charges = vec![[0.0; LANES]; inputs.n_vectors()];
        for group in groups {
            charges.as_flattened_mut().fill(0.0);
            let rows = group.tile.rows;
            let weights = &group.weights[variant * rows..][..rows];
            for (panel, weights) in weights.chunks(PANEL_ROWS).enumerate() {
                product.add(isa, inputs, group.tile.row + panel * PANEL_ROWS, weights, &mut charges);
            }
            let (n_slices, bits_per_slice) = (mapped.n_slices, mapped.network.bits_per_slice);
            let work = Convert { group, card, charges: &charges, n_slices, bits_per_slice, stride, sums: &mut sums };
            *n_clipped += convert(isa, &group.draws, &card.readout, work);
        }
        sums
    }

    /// Compares the classes of the images with the labels and with the digital reference.
    fn count(&self, layer: &Layer, codes: &[f32], row: &mut ClassifyRow) {
        let network = self.mapped.network;
        let code_value = layer.code_value(network.steps_per_code);
        let mut values = vec![0.0; layer.columns];
        for (image, codes) in codes.chunks_exact(layer.columns + LANES).enumerate() {
            for ((value, &code), &bias) in values.iter_mut().zip(codes).zip(&layer.bias) {
                *value = output(code_value, code, bias);
            }
            let image = self.first_image + image;
            let label = usize::from(network.labels[image]);
            let [analog, digital] = [argmax(&values) == label, usize::from(network.digital[image]) == label];
            row.n_correct += u32::from(analog);
            row.n_lost += u32::from(digital && !analog);
            row.n_gained += u32::from(analog && !digital);
        }
    }
}
