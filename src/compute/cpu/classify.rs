//! Classification on one die: the cells of all tiles drawn once, then all images through all layers for every variant.
//!
//! Weights of all variants stay (4 bytes for each weight and variant: 185 KiB for 64-48-10 and 12 variants). Images pass
//! in blocks, so that the noise of a block is drawn once for all variants and its charges stay in the cache.

use super::DieUnderTest;
use super::cells::{CellTable, PANEL_ROWS, PackedWeights};
use super::converter::{ColumnDraws, Converter};
use super::draw::draw;
use super::inputs::{EffectiveInputs, Packed, SliceTable};
use super::product::add_product;
use crate::compute::activation::{argmax, output, requantise};
use crate::compute::lanes::{Kernel, Keys, LANES, Lanes};
use crate::compute::{Activation, ClassifyRow, Layer, Network, Tile};
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
    /// Noise of the conversions of the present block. Shape: `[pair of conversions, 2, lane]`.
    noise: Vec<[[f32; LANES]; 2]>,
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
                let first_block = block * BLOCK * mapped.n_slices / 4;
                draw::<L>(&group.noise_keys, group.index, first_block, &mut group.noise);
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
                        noise: vec![[[0.0; LANES]; 2]; BLOCK * self.mapped.n_slices / 2],
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
        let effective = SliceTable::new(card, self.mapped.n_slices, network.bits_per_slice);
        let mut hidden = None;
        let mut n_clipped = L::of(0.0);
        for (layer, groups) in network.layers.iter().zip(layers) {
            let inputs = hidden.as_ref().unwrap_or(images);
            let codes = self.layer_codes::<L>(layer, groups, variant, inputs, &mut n_clipped);
            match layer.activation {
                Activation::Relu { codes_per_unit } => {
                    hidden = Some(self.next_inputs(layer, &codes, codes_per_unit, &effective));
                }
                Activation::Argmax => self.count(layer, &codes, block, row),
            }
        }
        let mut clipped = [0.0; LANES];
        n_clipped.store(&mut clipped);
        row.n_clipped += clipped.iter().sum::<f32>() as u32;
    }

    /// Sums of shifted codes of a layer. Shape: `[image, column]`, each image followed by a group of idle lanes.
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
        let stride = layer.columns + LANES;
        let mut sums = vec![0.0; inputs.n_vectors / n_slices * stride];
        let mut charges = vec![[0.0; LANES]; inputs.n_vectors];
        for group in groups {
            charges.fill([0.0; LANES]);
            let rows = group.tile.rows;
            let weights = &group.weights[variant * rows..][..rows];
            for (panel, weights) in weights.chunks(PANEL_ROWS).enumerate() {
                add_product::<L>(inputs, group.tile.row + panel * PANEL_ROWS, weights, &mut charges);
            }
            let converter = Converter::<L>::new(&self.die.cards[variant].readout, &group.draws);
            let used = group.used_lanes::<L>();
            let conversions = charges.chunks_exact(n_slices).zip(group.noise.as_flattened().chunks_exact(n_slices));
            for ((charges, noise), sums) in conversions.zip(sums.chunks_exact_mut(stride)) {
                let [code, clipped] = self.shifted_code(&converter, charges, noise);
                let sums = &mut sums[group.column..].as_chunks_mut::<LANES>().0[0];
                (L::load(sums) + used * code).store(sums);
                *n_clipped = *n_clipped + used * clipped;
            }
        }
        sums
    }

    /// Converts the slices of one input: the shifted and added codes, and how many of them clipped.
    #[inline(always)]
    fn shifted_code<L: Lanes>(
        &self,
        converter: &Converter<L>,
        charges: &[[f32; LANES]],
        noise: &[[f32; LANES]],
    ) -> [L; 2] {
        let next = L::of((1u32 << self.mapped.network.bits_per_slice) as f32);
        let [mut code, mut clipped, mut shift] = [L::of(0.0), L::of(0.0), L::of(1.0)];
        for (charge, z) in charges.iter().zip(noise) {
            let conversion = converter.convert(L::load(charge), L::load(z));
            code = code + shift * conversion.code;
            clipped = clipped + conversion.clipped;
            shift = shift * next;
        }
        [code, clipped]
    }

    /// Activations of a layer as effective inputs of the next.
    #[inline(always)]
    fn next_inputs(&self, layer: &Layer, codes: &[f32], codes_per_unit: f32, effective: &SliceTable) -> Packed<f32> {
        let network = self.mapped.network;
        let stride = layer.columns + LANES;
        let code_value = layer.code_value(network.steps_per_code);
        let mut inputs = Packed::new(layer.columns, codes.len() / stride * self.mapped.n_slices);
        let mut activations = vec![0; layer.columns];
        for (image, codes) in codes.chunks_exact(stride).enumerate() {
            for ((activation, &code), &bias) in activations.iter_mut().zip(codes).zip(&layer.bias) {
                *activation = requantise(output(code_value, code, bias), codes_per_unit, network.input_bits);
            }
            inputs.set_input(image, &activations, effective);
        }
        inputs
    }

    /// Compares the classes of a block's images with the labels and with the digital reference.
    #[inline(always)]
    fn count(&self, layer: &Layer, codes: &[f32], block: usize, row: &mut ClassifyRow) {
        let network = self.mapped.network;
        let code_value = layer.code_value(network.steps_per_code);
        let mut values = vec![0.0; layer.columns];
        for (image, codes) in codes.chunks_exact(layer.columns + LANES).enumerate() {
            for ((value, &code), &bias) in values.iter_mut().zip(codes).zip(&layer.bias) {
                *value = output(code_value, code, bias);
            }
            let image = block * BLOCK + image;
            let label = usize::from(network.labels[image]);
            let [analog, digital] = [argmax(&values) == label, usize::from(network.digital[image]) == label];
            row.n_correct += u32::from(analog);
            row.n_lost += u32::from(digital && !analog);
            row.n_gained += u32::from(analog && !digital);
        }
    }
}

impl Group<'_> {
    /// 1 in the lanes that are columns of the tile.
    #[inline(always)]
    fn used_lanes<L: Lanes>(&self) -> L {
        let mut used = [0.0; LANES];
        used[..self.n_columns].fill(1.0);
        L::load(&used)
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
    draw::<L>(&Keys::new(&die.address(Stream::Cell, tile.array)), group, 0, &mut z);
    let mut weights = vec![[0.0; LANES]; tables.len() * tile.rows];
    for (table, weights) in tables.iter().zip(weights.chunks_exact_mut(tile.rows)) {
        table.weights::<L>(codes, &z, weights);
    }
    weights
}
