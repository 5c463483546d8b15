//! What sums by level need of a pattern: its vectors, lanes by vectors, its rows in the order of their levels, and its own sums over
//! the cells of each level.

use super::cells::PANEL_ROWS;
use super::packed::Packed;
use crate::compute::MAX_LEVELS;
use crate::compute::lanes::{Isa, Kernel, LANES, Lanes, Line};
use rayon::prelude::*;

/// Numbers that a pattern may keep (4 MiB): A of all columns.
const MOST_SUMS: usize = 1 << 20;
/// Rows for each level from which on the sums are less work.
const ROWS_PER_LEVEL: usize = 4;
/// Lines of a chunk of rows of a tile (16 KiB): they stay in the first-level cache while sixteen columns pass.
pub const CHUNK_LINES: usize = PANEL_ROWS;

/// The vectors of a pattern, lanes by vectors, its rows by level, and its sums A.
pub struct LevelPattern {
    pub n_levels: usize,
    pub n_vectors: usize,
    /// Groups of sixteen vectors that are worked on at once: 1, 2 or 4.
    pub tile: usize,
    pub n_tiles: usize,
    columns: usize,
    n_chunks: usize,
    /// Idle rows fill the last chunk. Shape: `[tile][row][vector]`.
    x: Vec<Line>,
    /// Rows of each chunk, levels ascending, then idle ones. Shape: `[chunk][column][row]`.
    order: Vec<u8>,
    /// Where each level's rows end. Shape: `[chunk][column][level]`.
    ends: Vec<u16>,
    /// Shape: `[column / 16][vector / 16][level][vector % 16][column % 16]`.
    a: Vec<Line>,
}

impl LevelPattern {
    /// None where sums by level would not be less work, or too many. `weights`: `[row, column]`; `symbols`: taken as numbers.
    pub fn new(weights: &[i8], columns: usize, symbols: &Packed<u8>) -> Option<Self> {
        let (rows, n_vectors) = (symbols.rows, symbols.n_vectors);
        let n_levels = 1 + usize::from(weights.iter().map(|w| w.unsigned_abs()).max().unwrap_or(0));
        let n_groups = n_vectors.div_ceil(LANES);
        let tile = [1, 1, 2].get(n_groups).copied().unwrap_or(4);
        let n_tiles = n_groups.div_ceil(tile);
        let n_sums = columns.next_multiple_of(LANES) * n_levels * n_tiles * tile;
        if rows < ROWS_PER_LEVEL * n_levels || n_levels > MAX_LEVELS || n_sums * LANES > MOST_SUMS {
            return None;
        }
        let n_chunks = rows.div_ceil(CHUNK_LINES / tile);
        let n_lines = n_chunks * CHUNK_LINES;
        let mut x = vec![Line::default(); n_tiles * n_lines];
        for vector in 0..n_vectors {
            let (tile_index, group) = (vector / LANES / tile, vector / LANES % tile);
            for (row, symbol) in symbols.vector(vector).enumerate() {
                x[tile_index * n_lines + row * tile + group].0[vector % LANES] = f32::from(symbol);
            }
        }
        let (order, ends, a) = (Vec::new(), Vec::new(), Vec::new());
        let mut pattern = Self { n_levels, n_vectors, tile, n_tiles, columns, n_chunks, x, order, ends, a };
        pattern.a = pattern.sums(weights);
        pattern.sort(weights);
        Some(pattern)
    }

    /// A of all columns.
    fn sums(&self, weights: &[i8]) -> Vec<Line> {
        let Self { n_levels, tile, columns, .. } = *self;
        let per_column = self.column_sums();
        let mut a = vec![Line::default(); columns.next_multiple_of(LANES) * per_column];
        a.par_chunks_exact_mut(LANES * per_column).enumerate().for_each(|(group, turned)| {
            let mut sums = vec![Line::default(); LANES * per_column];
            for (column, sums) in (group * LANES..columns).zip(sums.chunks_exact_mut(per_column)) {
                let tiles =
                    self.x.chunks_exact(self.n_chunks * CHUNK_LINES).zip(sums.chunks_exact_mut(n_levels * tile));
                for (x, sums) in tiles {
                    for (x, row) in x.chunks_exact(tile).zip(weights.chunks_exact(columns)) {
                        let sign = f32::from(row[column].signum());
                        let of_level = &mut sums[usize::from(row[column].unsigned_abs()) * tile..][..tile];
                        for (sum, x) in of_level.iter_mut().zip(x) {
                            sum.0.iter_mut().zip(x.0).for_each(|(sum, x)| *sum += sign * x);
                        }
                    }
                }
            }
            Isa::best().run(Turn { n_levels, tile, sums: &sums, turned });
        });
        a
    }

    /// Puts the rows of every chunk and column in the order of their levels.
    fn sort(&mut self, weights: &[i8]) {
        let chunk_rows = CHUNK_LINES / self.tile;
        let (n_levels, columns) = (self.n_levels, self.columns);
        let sorted = |chunk: &[i8], column: usize| {
            let levels = || chunk[column..].iter().step_by(columns).map(|weight| usize::from(weight.unsigned_abs()));
            let mut ends = vec![0u16; n_levels];
            levels().for_each(|level| ends[level] += 1);
            for level in 1..n_levels {
                ends[level] += ends[level - 1];
            }
            let mut order: Vec<u8> = (0..chunk_rows).map(|row| row as u8).collect();
            // From the back, so that rows of one level keep their order.
            let mut next = ends.clone();
            for (row, level) in levels().enumerate().rev() {
                next[level] -= 1;
                order[usize::from(next[level])] = row as u8;
            }
            (order, ends)
        };
        for chunk in weights.chunks(chunk_rows * columns) {
            let of_chunk: Vec<_> = (0..columns).into_par_iter().map(|column| sorted(chunk, column)).collect();
            for (order, ends) in of_chunk {
                self.order.extend(order);
                self.ends.extend(ends);
            }
        }
    }

    /// Numbers of a column in groups of sixteen vectors: one for each level.
    pub fn column_sums(&self) -> usize {
        self.n_tiles * self.n_levels * self.tile
    }

    /// Sums A of the sixteen columns from `column` on. Shape: `[vector / 16][level][vector % 16][lane]`.
    pub fn a(&self, column: usize) -> &[Line] {
        let n = LANES * self.column_sums();
        &self.a[column / LANES * n..][..n]
    }

    /// Vectors of a chunk of rows: `T` lines for each of its rows.
    pub fn x<const T: usize>(&self, tile: usize, chunk: usize) -> &[[Line; T]] {
        self.x[(tile * self.n_chunks + chunk) * CHUNK_LINES..][..CHUNK_LINES].as_chunks().0
    }

    /// Rows of a chunk by level, of the columns from `column` on.
    pub fn by_level(&self, chunk: usize, column: usize) -> impl Iterator<Item = ByLevel<'_>> {
        let chunk_rows = CHUNK_LINES / self.tile;
        let of_columns = chunk * self.columns + column..(chunk + 1) * self.columns;
        let order = self.order[of_columns.start * chunk_rows..of_columns.end * chunk_rows].chunks_exact(chunk_rows);
        let ends =
            self.ends[of_columns.start * self.n_levels..of_columns.end * self.n_levels].chunks_exact(self.n_levels);
        order.zip(ends).map(|(order, ends)| ByLevel { order, ends })
    }
}

/// Rows of a chunk in the order of their levels in one column, and where each level's end.
#[derive(Clone, Copy)]
pub struct ByLevel<'a> {
    pub order: &'a [u8],
    pub ends: &'a [u16],
}

/// Sums of sixteen columns, lanes by vectors, to lanes by columns.
pub struct Turn<'a> {
    pub n_levels: usize,
    pub tile: usize,
    /// Shape: `[lane][tile][level][vector]`.
    pub sums: &'a [Line],
    /// Shape: `[vector / 16][level][vector % 16][lane]`.
    pub turned: &'a mut [Line],
}

impl Kernel for Turn<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let per_column = self.sums.len() / LANES;
        for (place, to) in self.turned.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let (group, level) = (place / self.n_levels, place % self.n_levels);
            let of_column = (group / self.tile * self.n_levels + level) * self.tile + group % self.tile;
            L::transpose(|lane| &self.sums[lane * per_column + of_column].0, to);
        }
    }
}
