//! What sums by level need of a pattern: its vectors, lanes by vectors, and its own sums over the cells of each level.

use super::packed::Packed;
use crate::compute::MAX_LEVELS;
use crate::compute::lanes::{LANES, Line};

/// Numbers that a pattern may keep (4 MiB): A of all columns.
const MOST_SUMS: usize = 1 << 20;
/// Rows for each level from which on the sums are less work.
const ROWS_PER_LEVEL: usize = 4;

/// The vectors of a pattern, lanes by vectors, and its sums A.
pub struct LevelPattern {
    pub n_levels: usize,
    pub n_vectors: usize,
    pub rows: usize,
    /// Groups of sixteen vectors that are worked on at once: 1, 2 or 4.
    pub tile: usize,
    pub n_tiles: usize,
    /// Shape: `[tile][row][vector]`.
    pub x: Vec<Line>,
    /// Shape: `[column][tile][level][vector]`.
    pub a: Vec<Line>,
}

impl LevelPattern {
    /// None where sums by level would not be less work, or too many. `weights`: `[row, column]`; `symbols`: taken as numbers.
    pub fn new(weights: &[i8], columns: usize, symbols: &Packed<u8>) -> Option<Self> {
        let (rows, n_vectors) = (symbols.rows, symbols.n_vectors);
        let n_levels = 1 + usize::from(weights.iter().map(|w| w.unsigned_abs()).max().unwrap_or(0));
        let n_groups = n_vectors.div_ceil(LANES);
        let tile = [1, 1, 2].get(n_groups).copied().unwrap_or(4);
        let n_tiles = n_groups.div_ceil(tile);
        let n_sums = columns * n_levels * n_tiles * tile;
        if rows < ROWS_PER_LEVEL * n_levels || n_levels > MAX_LEVELS || n_sums * LANES > MOST_SUMS {
            return None;
        }
        let mut x = vec![Line::default(); n_tiles * rows * tile];
        for vector in 0..n_vectors {
            let (tile_index, group) = (vector / LANES / tile, vector / LANES % tile);
            for (row, symbol) in symbols.vector(vector).enumerate() {
                x[(tile_index * rows + row) * tile + group].0[vector % LANES] = f32::from(symbol);
            }
        }
        let mut pattern = Self { n_levels, n_vectors, rows, tile, n_tiles, x, a: vec![Line::default(); n_sums] };
        for column in 0..columns {
            for tile_index in 0..n_tiles {
                let a = &mut pattern.a[(column * n_tiles + tile_index) * n_levels * tile..][..n_levels * tile];
                for (row, x) in pattern.x[tile_index * rows * tile..][..rows * tile].chunks_exact(tile).enumerate() {
                    let weight = weights[row * columns + column];
                    let sign = f32::from(weight.signum());
                    let of_level = &mut a[usize::from(weight.unsigned_abs()) * tile..][..tile];
                    for (a, x) in of_level.iter_mut().zip(x) {
                        a.0.iter_mut().zip(x.0).for_each(|(a, x)| *a += sign * x);
                    }
                }
            }
        }
        Some(pattern)
    }

    /// Numbers of a column in groups of sixteen vectors: one for each level, and one for the cells at rest.
    pub fn column_sums(&self) -> usize {
        self.n_tiles * (self.n_levels + 1) * self.tile
    }
}
