//! What sums by level need of a pattern: its vectors, its rows in fours of one level, and its own sums over the cells of each level.

use super::cells::PANEL_ROWS;
use super::level_quads::{LevelBits, LevelQuads, Rest};
use super::packed::Packed;
use crate::compute::MAX_LEVELS;
use crate::compute::lanes::{LANES, Line};
use rayon::prelude::*;

/// Numbers that a pattern may keep (4 MiB): A of all columns.
const MOST_SUMS: usize = 1 << 20;
/// Bits that a pattern may keep for all columns (32 MiB).
const MOST_BITS: usize = 1 << 28;
/// Rows for each level from which on the sums are less work.
const ROWS_PER_LEVEL: usize = 4;
/// Lines of a chunk of rows of a tile (16 KiB): they stay in the first-level cache while sixteen columns pass.
pub const CHUNK_LINES: usize = PANEL_ROWS;

/// The vectors of a pattern, lanes by vectors, its rows by level, and its sums A.
pub struct LevelPattern {
    pub n_columns: usize,
    pub n_levels: usize,
    pub n_vectors: usize,
    /// Groups of sixteen vectors that are worked on at once: 1, 2 or 4.
    pub tile: usize,
    pub n_tiles: usize,
    pub vectors: Vectors,
    /// Of chunks of `CHUNK_LINES / tile` rows; of panels where vectors are bits.
    pub quads: LevelQuads,
    /// Shape: `[column][tile][level][vector]`.
    a: Vec<Line>,
}

/// Input vectors, lanes by vectors.
pub enum Vectors {
    /// A number for each row. Idle rows fill the last chunk. Shape: `[tile][row][vector]`.
    Numbers(Vec<Line>),
    Bits(LevelBits),
}

impl LevelPattern {
    /// None where sums by level would not be less work, or too many. `weights`: `[row, column]`; `symbols`: taken as numbers.
    pub fn new(weights: &[i8], columns: usize, symbols: &Packed<u8>, are_bits: bool) -> Option<Self> {
        let (rows, n_vectors) = (symbols.rows, symbols.n_vectors);
        let n_levels = 1 + usize::from(weights.iter().map(|w| w.unsigned_abs()).max().unwrap_or(0));
        let n_groups = n_vectors.div_ceil(LANES);
        let tile = [1, 1, 2].get(n_groups).copied().unwrap_or(4);
        let n_tiles = n_groups.div_ceil(tile);
        let padded_vectors = n_tiles * tile * LANES;
        let n_sums = columns * n_levels * padded_vectors;
        let too_many = n_sums > MOST_SUMS || are_bits && rows * columns * padded_vectors > MOST_BITS;
        if rows < ROWS_PER_LEVEL * n_levels || n_levels > MAX_LEVELS || too_many {
            return None;
        }
        let chunk_rows = CHUNK_LINES / tile;
        let n_lines = rows.div_ceil(chunk_rows) * CHUNK_LINES;
        let mut x = vec![Line::default(); n_tiles * n_lines];
        for vector in 0..n_vectors {
            let (tile_index, group) = (vector / LANES / tile, vector / LANES % tile);
            for (row, symbol) in symbols.vector(vector).enumerate() {
                x[tile_index * n_lines + row * tile + group].0[vector % LANES] = f32::from(symbol);
            }
        }
        let a = sums(weights, columns, &x, [n_tiles, n_levels, tile]);
        let (chunk_rows, rest) = if are_bits { (PANEL_ROWS, Rest::Filled) } else { (chunk_rows, Rest::Singles) };
        let quads = LevelQuads::new(weights, columns, chunk_rows, n_levels, rest);
        let vectors = if are_bits { Vectors::Bits(LevelBits::new(&quads, symbols, tile)) } else { Vectors::Numbers(x) };
        Some(Self { n_columns: columns, n_levels, n_vectors, tile, n_tiles, vectors, quads, a })
    }

    /// Lines of a column's sums.
    pub fn column_sums(&self) -> usize {
        self.n_tiles * self.n_levels * self.tile
    }

    /// Sums A of a column. Shape: `[tile][level][vector]`.
    pub fn a(&self, column: usize) -> &[Line] {
        let n = self.column_sums();
        &self.a[column * n..][..n]
    }
}

/// A of all columns. `x`: `[tile][row][vector]`; `[n_tiles, n_levels, tile]`: see [`LevelPattern`].
fn sums(weights: &[i8], columns: usize, x: &[Line], [n_tiles, n_levels, tile]: [usize; 3]) -> Vec<Line> {
    let per_column = n_tiles * n_levels * tile;
    let mut a = vec![Line::default(); columns * per_column];
    a.par_chunks_exact_mut(per_column).enumerate().for_each(|(column, sums)| {
        for (x, sums) in x.chunks_exact(x.len() / n_tiles).zip(sums.chunks_exact_mut(n_levels * tile)) {
            for (x, row) in x.chunks_exact(tile).zip(weights.chunks_exact(columns)) {
                let sign = f32::from(row[column].signum());
                let of_level = &mut sums[usize::from(row[column].unsigned_abs()) * tile..][..tile];
                for (sum, x) in of_level.iter_mut().zip(x) {
                    sum.0.iter_mut().zip(x.0).for_each(|(sum, x)| *sum += sign * x);
                }
            }
        }
    });
    a
}
