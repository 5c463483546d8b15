//! The rows of each column, four of one level at a time, and what their bits name.
//!
//! Every four rows are the same work whatever a column's weights are, so no branch depends on them. Fours of different levels take
//! turns: a level's sum, which goes back to memory after each, has long arrived when its next four need it.

use super::cells::PANEL_ROWS;
use super::packed::{Packed, QUAD};
use crate::compute::lanes::LANES;
use rayon::prelude::*;

/// Up to four rows that hold one level in one column: their numbers in their chunk, ascending; the last is repeated.
#[derive(Clone, Copy)]
pub struct LevelQuad {
    pub rows: [u8; QUAD],
    /// Which of its column's levels.
    pub place: u8,
}

/// Lists of all chunks of rows and all columns, chunks first.
struct Lists<T> {
    items: Vec<T>,
    /// Where each list starts, and the end.
    starts: Vec<usize>,
}

impl<T> Lists<T> {
    fn new(lists: Vec<Vec<T>>) -> Self {
        let ends = lists.iter().scan(0, |end, list| {
            *end += list.len();
            Some(*end)
        });
        let starts = std::iter::once(0).chain(ends).collect();
        Self { starts, items: lists.into_iter().flatten().collect() }
    }

    fn list(&self, index: usize) -> &[T] {
        &self.items[self.starts[index]..self.starts[index + 1]]
    }
}

/// The rows of chunks of a panel's rows, in fours.
pub struct LevelQuads {
    columns: usize,
    /// Levels that some row of a column holds, ascending; where there are many, not all are.
    levels: Lists<u8>,
    /// Those of one row, of two, of three and of four.
    lists: [Lists<LevelQuad>; QUAD],
}

/// Where the last rows of a level go that are no four.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// Into a list of those of as many.
    Apart,
    /// Into the list of fours.
    Filled,
}

impl LevelQuads {
    /// `weights`: `[row, column]`. A chunk has at most 256 rows.
    pub fn new(weights: &[i8], columns: usize, chunk_rows: usize, rest: Rest) -> Self {
        let levels_of = |column: usize| {
            let mut levels: Vec<u8> = codes(weights, columns, column).collect();
            levels.sort_unstable();
            levels.dedup();
            levels
        };
        let levels = Lists::new((0..columns).into_par_iter().map(levels_of).collect());
        let of_column = |weights: &[i8], column: usize| {
            let mut places = [0; 1 << 8];
            let levels = levels.list(column);
            levels.iter().enumerate().for_each(|(place, level)| places[usize::from(*level)] = place);
            let mut by_place = vec![Vec::new(); levels.len()];
            for (row, level) in codes(weights, columns, column).enumerate() {
                by_place[places[usize::from(level)]].push(row as u8);
            }
            in_turns(&by_place, rest)
        };
        let of_chunks = weights.chunks(chunk_rows * columns).flat_map(|weights| {
            (0..columns).into_par_iter().map(|column| of_column(weights, column)).collect::<Vec<_>>()
        });
        let mut of_chunks: Vec<[Vec<LevelQuad>; QUAD]> = of_chunks.collect();
        let mut of_rows =
            |i: usize| Lists::new(of_chunks.iter_mut().map(|lists| std::mem::take(&mut lists[i])).collect());
        Self { columns, lists: std::array::from_fn(&mut of_rows), levels }
    }

    /// Levels of a column, in the order of their places.
    pub fn levels(&self, column: usize) -> &[u8] {
        self.levels.list(column)
    }

    pub fn quads(&self, chunk: usize, column: usize) -> &[LevelQuad] {
        self.of_rows(QUAD, chunk, column)
    }

    /// Those of so many rows, one to four.
    pub fn of_rows(&self, n: usize, chunk: usize, column: usize) -> &[LevelQuad] {
        self.lists[n - 1].list(chunk * self.columns + column)
    }
}

/// Levels that the rows of a column hold.
fn codes(weights: &[i8], columns: usize, column: usize) -> impl Iterator<Item = u8> {
    weights[column..].iter().step_by(columns).map(|weight| weight.unsigned_abs())
}

/// The first four rows of every level, then the second four, and so on. By number of rows.
fn in_turns(by_place: &[Vec<u8>], rest: Rest) -> [Vec<LevelQuad>; QUAD] {
    let mut lists = [const { Vec::new() }; QUAD];
    let n_turns = by_place.iter().map(|rows| rows.len().div_ceil(QUAD)).max().unwrap_or(0);
    for turn in 0..n_turns {
        for (place, rows) in by_place.iter().enumerate() {
            let Some(rows) = rows.chunks(QUAD).nth(turn) else { continue };
            let last = rows.len() - 1;
            let quad = LevelQuad { rows: std::array::from_fn(|i| rows[i.min(last)]), place: place as u8 };
            lists[if rest == Rest::Filled { QUAD - 1 } else { last }].push(quad);
        }
    }
    lists
}

/// Quads whose bits share a word.
pub const EIGHT: usize = 8;

/// For vectors of bits: which of a quad's rows each vector takes, four bits a quad, lowest row and first quad lowest.
pub struct LevelBits {
    columns: usize,
    n_tiles: usize,
    /// Of each panel and column. Shape: `[tile][quad / 8][vector / 16 in the tile][vector % 16]`.
    lists: Lists<[u32; LANES]>,
}

impl LevelBits {
    /// `quads`: of whole panels, filled; `symbols`: bits; `tile`: groups of sixteen vectors.
    pub fn new(quads: &LevelQuads, symbols: &Packed<u8>, tile: usize) -> Self {
        let (columns, n_tiles) = (quads.columns, symbols.n_vectors.div_ceil(LANES).div_ceil(tile));
        let vectors = n_tiles * tile * LANES;
        let mut by_row = vec![0u32; symbols.rows * vectors];
        for vector in 0..symbols.n_vectors {
            let row = by_row[vector..].iter_mut().step_by(vectors);
            row.zip(symbols.vector(vector)).for_each(|(to, symbol)| *to = u32::from(symbol));
        }
        let of_column = |index: usize| {
            let (panel, quads) = (index / columns, quads.quads(index / columns, index % columns));
            let n_eights = quads.len().div_ceil(EIGHT);
            let mut words = vec![[0; LANES]; n_tiles * n_eights * tile];
            for (i, quad) in quads.iter().enumerate() {
                // A repeated row has no bit.
                let rows = quad.rows.iter().enumerate().filter(|&(bit, row)| !quad.rows[..bit].contains(row));
                for (bit, &row) in rows {
                    let symbols = &by_row[(panel * PANEL_ROWS + usize::from(row)) * vectors..][..vectors];
                    for (group, symbols) in symbols.as_chunks::<LANES>().0.iter().enumerate() {
                        let words = &mut words[(group / tile * n_eights + i / EIGHT) * tile + group % tile];
                        let shift = i % EIGHT * QUAD + bit;
                        words.iter_mut().zip(symbols).for_each(|(word, symbol)| *word |= symbol << shift);
                    }
                }
            }
            words
        };
        let n_panels = symbols.rows.div_ceil(PANEL_ROWS);
        let lists = (0..n_panels * columns).into_par_iter().map(of_column).collect();
        Self { columns, n_tiles, lists: Lists::new(lists) }
    }

    /// Words of a tile of `T` groups of vectors: one line a group for every eight quads.
    pub fn of<const T: usize>(&self, panel: usize, column: usize, tile: usize) -> &[[[u32; LANES]; T]] {
        let words = self.lists.list(panel * self.columns + column);
        let of_tile = words.len() / self.n_tiles;
        words[tile * of_tile..][..of_tile].as_chunks().0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two panels, the second short; the sums of rows that vectors of bits name, by quads and bits and one by one.
    #[test]
    fn every_row_is_in_one_quad_of_its_level_and_every_bit_names_its_row() {
        let (rows, columns, n_vectors, n_levels) = (PANEL_ROWS + 37, 3, 21, 5);
        let weights: Vec<i8> = (0..rows * columns).map(|i| (i * i % 13 % 9) as i8 - 4).collect();
        let mut symbols = Packed::new(rows, n_vectors);
        let bit = |vector: usize, row: usize| (vector * 7 + row * row) as u8 % 3 % 2;
        (0..n_vectors).for_each(|v| symbols.set_vector(v, (0..rows).map(|row| bit(v, row))));
        let quads = LevelQuads::new(&weights, columns, PANEL_ROWS, Rest::Filled);
        let bits = LevelBits::new(&quads, &symbols, 1);
        for column in 0..columns {
            let mut found = vec![vec![Vec::new(); n_levels]; n_vectors];
            let mut expected = found.clone();
            for row in 0..rows {
                let level = usize::from(weights[row * columns + column].unsigned_abs());
                (0..n_vectors).filter(|&v| bit(v, row) == 1).for_each(|v| expected[v][level].push(row));
            }
            for panel in 0..2 {
                for (i, quad) in quads.quads(panel, column).iter().enumerate() {
                    for (v, found) in found.iter_mut().enumerate() {
                        let word = bits.of::<1>(panel, column, v / LANES)[i / EIGHT][0][v % LANES];
                        let named = (0..QUAD).filter(|bit| word >> (i % EIGHT * QUAD + bit) & 1 == 1);
                        let rows = named.map(|bit| panel * PANEL_ROWS + usize::from(quad.rows[bit]));
                        found[usize::from(quads.levels(column)[usize::from(quad.place)])].extend(rows);
                    }
                }
            }
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn rows_that_are_no_four_go_by_their_number() {
        let weights: Vec<i8> = (0..23).map(|row| [0, 1, -1, 2][row % 4]).collect();
        let quads = LevelQuads::new(&weights, 1, 16, Rest::Apart);
        let of = |chunk, n| {
            let level = |quad: &LevelQuad| quads.levels(0)[usize::from(quad.place)];
            let rows =
                |quad: &LevelQuad| quad.rows[..n].iter().map(|&row| 16 * chunk + usize::from(row)).collect::<Vec<_>>();
            let of_quads = quads.of_rows(n, chunk, 0).iter();
            of_quads.flat_map(|quad| rows(quad).into_iter().map(|row| (row, level(quad)))).collect::<Vec<_>>()
        };
        let mut found: Vec<_> = (0..2).flat_map(|chunk| (1..=QUAD).flat_map(move |n| of(chunk, n))).collect();
        found.sort();
        let expected = weights.iter().enumerate().map(|(row, weight)| (row, weight.unsigned_abs()));
        assert_eq!(found, expected.collect::<Vec<_>>());
        // Sixteen rows: 4, 8 and 4 of each level; then seven: 2, 4 and 1.
        let counts = [0, 1].map(|chunk| [1, 2, 3, 4].map(|n| quads.of_rows(n, chunk, 0).len()));
        assert_eq!(counts, [[0, 0, 0, 4], [1, 1, 0, 1]]);
    }
}
