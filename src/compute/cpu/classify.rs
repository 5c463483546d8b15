//! Classification on one die: the cells of all tiles drawn once, then all images through all layers for every variant.
//!
//! Weights of all variants stay (4 bytes for each weight and variant: 185 KiB for 64-48-10 and 12 variants). Images pass
//! in blocks, so that the noise of a block is drawn once for all variants and its charges stay in the cache.

use super::DieUnderTest;
use super::cells::{CellTable, PANEL_ROWS, PackedWeights, draw_panel};
use super::converter::{ColumnDraws, Converter, draw_noise};
use super::inputs::{EffectiveInputs, Packed, symbol};
use super::product::add_product;
use crate::compute::activation::{argmax, requantise};
use crate::compute::lanes::{Kernel, Keys, LANES, Lanes};
use crate::compute::{Activation, Card, ClassifyRow, Layer, Network, Tile};
use crate::random::Stream;

/// Images of a block. A multiple of four, so that a block of conversions starts with a block of draws.
const BLOCK: usize = 24;

/// What all dies share: the network, packed for the kernel.
pub struct MappedNetwork<'a> {
    network: &'a Network,
    n_slices: usize,
    /// Tiles of each layer with their weights.
    layers: Vec<Vec<(&'a Tile, PackedWeights)>>,
    /// Symbols of the images of each block.
    blocks: Vec<Packed<u8>>,
}

impl<'a> MappedNetwork<'a> {
    pub fn new(network: &'a Network) -> Self {
        let (n_slices, rows) = (network.n_slices(), network.layers[0].rows);
        let pack_tile = |tile: &'a Tile| (tile, PackedWeights::new(&tile.weights, tile.rows, tile.columns));
        let pack_block = |images| Packed::symbols(images, rows, n_slices, network.bits_per_slice);
        Self {
            network,
            n_slices,
            layers: network.layers.iter().map(|layer| layer.tiles.iter().map(pack_tile).collect()).collect(),
            blocks: network.images.chunks(BLOCK * rows).map(pack_block).collect(),
        }
    }
}

/// Sixteen columns of a tile on one die.
struct Group<'a> {
    tile: &'a Tile,
    /// First of its columns in the layer, and their number.
    column: usize,
    n_columns: usize,
    /// Shape: `[variant, row, lane]`.
    weights: Vec<[f32; LANES]>,
    draws: ColumnDraws,
    noise_keys: Keys,
    /// Number of the group in the tile.
    index: usize,
    /// Noise of the conversions of the present block. Shape: `[conversion, lane]`.
    noise: Vec<[f32; LANES]>,
}

/// The kernel. Output: one row for each variant.
pub struct Classify<'a> {
    pub mapped: &'a MappedNetwork<'a>,
    pub die: DieUnderTest<'a>,
}

impl Kernel for Classify<'_> {
    type Output = Vec<ClassifyRow>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Vec<ClassifyRow> {
        let Self { mapped, die } = self;
        let mut layers = self.draw_groups::<L>();
        let mut rows = vec![ClassifyRow::default(); die.cards.len()];
        for (block, symbols) in mapped.blocks.iter().enumerate() {
            for group in layers.iter_mut().flatten() {
                let first_conversion = block * BLOCK * mapped.n_slices;
                draw_noise::<L>(&group.noise_keys, group.index, first_conversion, &mut group.noise);
            }
            let inputs = EffectiveInputs::new(symbols, die.cards);
            for (variant, row) in rows.iter_mut().enumerate() {
                self.classify_block::<L>(&layers, variant, block, inputs.of(variant), row);
            }
        }
        rows
    }
}

impl<'a> Classify<'a> {
    /// Draws the cells, amplifiers and converters of all layers. Shape: `[layer][group]`.
    #[inline(always)]
    fn draw_groups<L: Lanes>(&self) -> Vec<Vec<Group<'a>>> {
        let (die, network) = (&self.die, self.mapped.network);
        let tables: Vec<_> = die.cards.iter().map(CellTable::new).collect();
        let mut layers = Vec::new();
        for tiles in &self.mapped.layers {
            let mut groups = Vec::new();
            for (tile, packed) in tiles {
                for index in 0..packed.n_groups {
                    groups.push(Group {
                        tile,
                        column: tile.column + index * LANES,
                        n_columns: LANES.min(tile.columns - index * LANES),
                        weights: draw_weights::<L>(die, tile, packed.group(index), index, &tables),
                        draws: ColumnDraws::new::<L>(die, tile.array, index, network.columns_per_converter),
                        noise_keys: Keys::new(&die.address(Stream::Read, tile.array)),
                        index,
                        noise: vec![[0.0; LANES]; BLOCK * self.mapped.n_slices],
                    });
                }
            }
            layers.push(groups);
        }
        layers
    }

    /// Passes a block of images through all layers under one variant.
    #[inline(always)]
    fn classify_block<L: Lanes>(
        &self,
        layers: &[Vec<Group>],
        variant: usize,
        block: usize,
        images: &Packed<f32>,
        row: &mut ClassifyRow,
    ) {
        let network = self.mapped.network;
        let card = &self.die.cards[variant];
        let mut hidden = None;
        let mut n_clipped = L::of(0.0);
        for (layer, groups) in network.layers.iter().zip(layers) {
            let inputs = hidden.as_ref().unwrap_or(images);
            let codes = self.layer_codes::<L>(layer, groups, variant, inputs, &mut n_clipped);
            match layer.activation {
                Activation::Relu { codes_per_unit } => {
                    hidden = Some(self.next_inputs(layer, &codes, codes_per_unit, card));
                }
                Activation::Argmax => self.count(layer, &codes, block, row),
            }
        }
        let mut clipped = [0.0; LANES];
        n_clipped.store(&mut clipped);
        row.n_clipped += clipped.iter().sum::<f32>() as u32;
    }

    /// Sums of shifted codes of a layer. Shape: `[image, column]`.
    #[inline(always)]
    fn layer_codes<L: Lanes>(
        &self,
        layer: &Layer,
        groups: &[Group],
        variant: usize,
        inputs: &Packed<f32>,
        n_clipped: &mut L,
    ) -> Vec<f32> {
        let n_slices = self.mapped.n_slices;
        let next = L::of((1u32 << self.mapped.network.bits_per_slice) as f32);
        let mut sums = vec![0.0; inputs.n_vectors / n_slices * layer.columns];
        let mut charges = vec![[0.0; LANES]; inputs.n_vectors];
        for group in groups {
            charges.fill([0.0; LANES]);
            let rows = group.tile.rows;
            let weights = &group.weights[variant * rows..][..rows];
            for (panel, weights) in weights.chunks(PANEL_ROWS).enumerate() {
                add_product::<L>(inputs, group.tile.row + panel * PANEL_ROWS, weights, &mut charges);
            }
            let converter = Converter::<L>::new(&self.die.cards[variant].readout, &group.draws);
            let mut used = [0.0; LANES];
            used[..group.n_columns].fill(1.0);
            let used = L::load(&used);
            let conversions = charges.chunks_exact(n_slices).zip(group.noise.chunks_exact(n_slices));
            for ((charges, noise), sums) in conversions.zip(sums.chunks_exact_mut(layer.columns)) {
                let [mut code, mut shift] = [L::of(0.0), L::of(1.0)];
                for (charge, z) in charges.iter().zip(noise) {
                    let conversion = converter.convert(L::load(charge), L::load(z));
                    code = code + shift * conversion.code;
                    *n_clipped = *n_clipped + used * conversion.clipped;
                    shift = shift * next;
                }
                let mut lanes = [0.0; LANES];
                code.store(&mut lanes);
                for (sum, code) in sums[group.column..][..group.n_columns].iter_mut().zip(lanes) {
                    *sum += code;
                }
            }
        }
        sums
    }

    /// Activations of a layer as effective inputs of the next.
    #[inline(always)]
    fn next_inputs(&self, layer: &Layer, codes: &[f32], codes_per_unit: f32, card: &Card) -> Packed<f32> {
        let (network, n_slices) = (self.mapped.network, self.mapped.n_slices);
        let mut inputs = Packed::new(layer.columns, codes.len() / layer.columns * n_slices);
        let mut activations = vec![0; layer.columns];
        for (image, codes) in codes.chunks_exact(layer.columns).enumerate() {
            for (column, (activation, &code)) in activations.iter_mut().zip(codes).enumerate() {
                let value = layer.value(network.steps_per_code, code, column);
                *activation = requantise(value, codes_per_unit, network.input_bits);
            }
            inputs.set_input(image, &activations, n_slices, |code, slice| {
                card.input[usize::from(symbol(code, slice, network.bits_per_slice))]
            });
        }
        inputs
    }

    /// Compares the classes of a block's images with the labels and with the digital reference.
    fn count(&self, layer: &Layer, codes: &[f32], block: usize, row: &mut ClassifyRow) {
        let network = self.mapped.network;
        let first = block * BLOCK;
        let mut values = vec![0.0; layer.columns];
        for (image, codes) in codes.chunks_exact(layer.columns).enumerate() {
            for (column, (value, &code)) in values.iter_mut().zip(codes).enumerate() {
                *value = layer.value(network.steps_per_code, code, column);
            }
            let label = usize::from(network.labels[first + image]);
            let [analog, digital] = [argmax(&values) == label, usize::from(network.digital[first + image]) == label];
            row.n_correct += u32::from(analog);
            row.n_lost += u32::from(digital && !analog);
            row.n_gained += u32::from(analog && !digital);
        }
    }
}

/// Weights of sixteen columns of a tile for all variants. Shape: `[variant, row, lane]`.
#[inline(always)]
fn draw_weights<L: Lanes>(
    die: &DieUnderTest,
    tile: &Tile,
    codes: &[[i8; LANES]],
    group: usize,
    tables: &[CellTable],
) -> Vec<[f32; LANES]> {
    let mut z = vec![[[0.0; LANES]; 2]; tile.rows];
    draw_panel::<L>(&Keys::new(&die.address(Stream::Cell, tile.array)), group, 0, &mut z);
    let mut weights = vec![[0.0; LANES]; tables.len() * tile.rows];
    for (table, weights) in tables.iter().zip(weights.chunks_exact_mut(tile.rows)) {
        table.weights::<L>(codes, &z, weights);
    }
    weights
}
