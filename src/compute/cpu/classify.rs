//! Classification on one die: the cells of all tiles drawn once, then all images through all layers for every variant.
//!
//! Weights of all variants stay (4 bytes for each weight and variant: 185 KiB for 64-48-10 and 12 variants). Images pass
//! in blocks, so that the noise of a block is drawn once for all variants and its charges stay in the cache.

use super::DieUnderTest;
use super::cells::{CellDraws, PackedWeights};
use super::converter::ColumnDraws;
use super::draw::draw;
use super::inputs::{EffectiveInputs, Encoder, Symbols};
use super::pass::Pass;
use super::product::Product;
use super::weight_table::WeightTable;
use crate::compute::lanes::{Isa, Keys, LANES};
use crate::compute::{ClassifyRow, Network, Tile};
use crate::random::Stream;

/// Images of a block. A multiple of four, so that a block of conversions starts with a block of draws.
const BLOCK: usize = 48;

/// What all dies share: the network, packed for the kernel.
pub struct MappedNetwork<'a> {
    pub network: &'a Network,
    pub n_slices: usize,
    /// Tiles of each layer with their weights.
    layers: Vec<Vec<(&'a Tile, PackedWeights)>>,
    /// Symbols of the images of each block.
    blocks: Vec<Symbols>,
}

impl<'a> MappedNetwork<'a> {
    pub fn new(network: &'a Network) -> Self {
        let (n_slices, rows) = (network.n_slices(), network.layers[0].rows);
        let pack_tile = |tile: &'a Tile| (tile, PackedWeights::new(&tile.weights, tile.rows, tile.columns));
        let pack_block = |images| Symbols::new(images, rows, n_slices, network.bits_per_slice);
        Self {
            network,
            n_slices,
            layers: network.layers.iter().map(|layer| layer.tiles.iter().map(pack_tile).collect()).collect(),
            blocks: network.images.chunks(BLOCK * rows).map(pack_block).collect(),
        }
    }
}

/// Sixteen columns of a tile on one die.
pub struct Group<'a> {
    pub tile: &'a Tile,
    /// First of its columns in the layer, and their number.
    pub column: usize,
    pub n_columns: usize,
    /// Shape: `[variant, row, lane]`.
    pub weights: Vec<[f32; LANES]>,
    pub draws: ColumnDraws,
    noise_keys: Keys,
    /// Number of the group in the tile.
    index: usize,
    /// Noise of the conversions of the present block. Shape: `[pair of conversions, 2, lane]`.
    pub noise: Vec<[[f32; LANES]; 2]>,
}

/// One die, all variants.
pub struct Classify<'a> {
    pub isa: Isa,
    pub mapped: &'a MappedNetwork<'a>,
    pub die: DieUnderTest<'a>,
}

impl<'a> Classify<'a> {
    /// One row for each variant.
    pub fn run(&self) -> Vec<ClassifyRow> {
        let Self { isa, mapped, die } = *self;
        let mut layers = self.draw_groups();
        let mut product = Product::new();
        let encoder = |card| Encoder::new(card, mapped.n_slices, mapped.network.bits_per_slice);
        let encoders: Vec<_> = die.cards.iter().map(encoder).collect();
        let mut rows = vec![ClassifyRow::default(); die.cards.len()];
        for (block, symbols) in mapped.blocks.iter().enumerate() {
            for group in layers.iter_mut().flatten() {
                let first_block = block * BLOCK * mapped.n_slices / 4;
                draw(isa, &group.noise_keys, group.index, first_block, &mut group.noise);
            }
            let inputs = EffectiveInputs::new(symbols, die.cards, mapped.network.bits_per_slice);
            for (variant, row) in rows.iter_mut().enumerate() {
                let card = &die.cards[variant];
                let encoder = &encoders[variant];
                let pass = Pass { isa, mapped, layers: &layers, variant, card, encoder, first_image: block * BLOCK };
                pass.run(inputs.of(variant), &mut product, row);
            }
        }
        rows
    }

    /// Draws the cells, amplifiers and converters of all layers. Shape: `[layer][group]`.
    fn draw_groups(&self) -> Vec<Vec<Group<'a>>> {
        let (die, network) = (&self.die, self.mapped.network);
        let tables: Vec<_> = die.cards.iter().map(|card| WeightTable::new(card, die.draw)).collect();
        let keys = |stream, tile: &Tile| Keys::new(&die.address(stream, tile.array));
        let draws = |tile: &Tile, index| {
            let keys = keys(Stream::Column, tile);
            ColumnDraws::new(self.isa, &keys, die.cards, index, network.columns_per_converter)
        };
        let group = |tile: &'a Tile, packed: &PackedWeights, index| Group {
            tile,
            column: tile.column + index * LANES,
            n_columns: LANES.min(tile.columns - index * LANES),
            weights: self.draw_weights(tile, packed.group(index), index, &tables),
            draws: draws(tile, index),
            noise_keys: keys(Stream::Read, tile),
            index,
            noise: vec![[[0.0; LANES]; 2]; BLOCK * self.mapped.n_slices / 2],
        };
        let layer = |tiles: &'a Vec<(&'a Tile, PackedWeights)>| {
            tiles.iter().flat_map(|(tile, packed)| (0..packed.n_groups).map(move |index| group(tile, packed, index)))
        };
        self.mapped.layers.iter().map(|tiles| layer(tiles).collect()).collect()
    }

    /// Weights of sixteen columns of a tile for all variants. Shape: `[variant, row, lane]`.
    fn draw_weights(
        &self,
        tile: &Tile,
        codes: &[[i8; LANES]],
        group: usize,
        tables: &[WeightTable],
    ) -> Vec<[f32; LANES]> {
        let mut draws = CellDraws::new(&self.die, tile.array, tile.rows);
        draws.draw(self.isa, group, 0, codes);
        let mut weights = vec![[0.0; LANES]; tables.len() * tile.rows];
        for (table, weights) in tables.iter().zip(weights.chunks_exact_mut(tile.rows)) {
            table.weights(self.isa, codes, &draws, weights);
        }
        weights
    }
}
