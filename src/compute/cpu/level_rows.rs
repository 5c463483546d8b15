//! Sums over the rows of each level in each column: x z for every input vector, lanes by vectors.

use super::cells::{PANEL_ROWS, Panel};
use super::level_quads::{EIGHT, LevelBits, LevelQuad, LevelQuads, Rest};
use super::packed::{Packed, QUAD};
use crate::compute::lanes::{Isa, Kernel, LANES, LaneWords, Lanes, Line, Words, load_all};

/// Lines of a chunk of rows of a tile (16 KiB): they stay in the first-level cache while sixteen columns pass.
const CHUNK_LINES: usize = PANEL_ROWS;

/// The vectors of a pattern and its rows by level.
pub struct LevelRows {
    pub n_columns: usize,
    pub n_levels: usize,
    /// Groups of sixteen vectors that are worked on at once: 1, 2 or 4.
    pub tile: usize,
    n_tiles: usize,
    vectors: Vectors,
    /// Of chunks of `CHUNK_LINES / tile` rows; of panels where vectors are bits.
    quads: LevelQuads,
}

/// Input vectors, lanes by vectors.
enum Vectors {
    /// A number for each row. Idle rows fill the last chunk. Shape: `[tile][row][vector]`.
    Numbers(Vec<Line>),
    Bits(LevelBits),
}

impl LevelRows {
    /// `weights`: `[row, column]`; `symbols`: taken as numbers.
    pub fn new(weights: &[i8], n_columns: usize, n_levels: usize, symbols: &Packed<u8>, are_bits: bool) -> Self {
        let tile = Self::tile_of(symbols.n_vectors);
        let n_tiles = symbols.n_vectors.div_ceil(LANES * tile);
        let (quads, vectors);
        if are_bits {
            quads = LevelQuads::new(weights, n_columns, PANEL_ROWS, Rest::Filled);
            vectors = Vectors::Bits(LevelBits::new(&quads, symbols, tile));
        } else {
            let chunk_rows = CHUNK_LINES / tile;
            quads = LevelQuads::new(weights, n_columns, chunk_rows, Rest::Apart);
            let n_lines = symbols.rows.div_ceil(chunk_rows) * CHUNK_LINES;
            let mut x = vec![Line::default(); n_tiles * n_lines];
            for vector in 0..symbols.n_vectors {
                let (tile_index, group) = (vector / LANES / tile, vector / LANES % tile);
                for (row, symbol) in symbols.vector(vector).enumerate() {
                    x[tile_index * n_lines + row * tile + group].0[vector % LANES] = f32::from(symbol);
                }
            }
            vectors = Vectors::Numbers(x);
        }
        Self { n_columns, n_levels, tile, n_tiles, vectors, quads }
    }

    fn tile_of(n_vectors: usize) -> usize {
        [1, 1, 2].get(n_vectors.div_ceil(LANES)).copied().unwrap_or(4)
    }

    /// Groups of sixteen vectors that so many take, whole tiles.
    pub fn groups_of(n_vectors: usize) -> usize {
        n_vectors.div_ceil(LANES).next_multiple_of(Self::tile_of(n_vectors))
    }

    pub fn n_groups(&self) -> usize {
        self.n_tiles * self.tile
    }

    /// Lines of a column's sums.
    pub fn column_sums(&self) -> usize {
        self.n_groups() * self.n_levels
    }

    /// Levels that some row of a column holds, ascending: these have sums, in this order.
    pub fn levels(&self, column: usize) -> &[u8] {
        self.quads.levels(column)
    }

    /// Of a column's sums those of a group of sixteen vectors. `T`: groups of a tile.
    #[inline(always)]
    pub fn of_group<'s, const T: usize>(
        &self,
        sums: &'s [Line],
        group: usize,
    ) -> impl Iterator<Item = &'s Line> + Clone {
        let of_tile = &sums.as_chunks::<T>().0[group / T * self.n_levels..][..self.n_levels];
        of_tile.iter().map(move |groups| &groups[group % T])
    }

    /// Copies them. Shape of `to`: `[level][vector]`.
    pub fn copy_group(&self, sums: &[Line], group: usize, to: &mut [Line]) {
        fn copy<'s>(from: impl Iterator<Item = &'s Line>, to: &mut [Line]) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        match self.tile {
            1 => copy(self.of_group::<1>(sums, group), to),
            2 => copy(self.of_group::<2>(sums, group), to),
            _ => copy(self.of_group::<4>(sums, group), to),
        }
    }

    /// The rows from `first_row` on, the first of a panel, in the columns from `column` on, at most sixteen.
    pub fn of_panel(&self, isa: Isa, column: usize, first_row: usize, n_rows: usize) -> PanelRows<'_> {
        PanelRows { rows: self, isa, column, first_row, n_rows }
    }
}

/// Some rows of some columns.
pub struct PanelRows<'a> {
    rows: &'a LevelRows,
    isa: Isa,
    column: usize,
    first_row: usize,
    n_rows: usize,
}

impl PanelRows<'_> {
    /// Adds x z to the sums of the columns, `[lane][tile][level][vector]`. An array's first panel finds them 0.
    pub fn add(&self, z: &Panel, sums: &mut [Line]) {
        match (&self.rows.vectors, self.rows.tile) {
            (Vectors::Bits(bits), 1) => self.add_bits::<1>(bits, z, sums),
            (Vectors::Bits(bits), 2) => self.add_bits::<2>(bits, z, sums),
            (Vectors::Bits(bits), _) => self.add_bits::<4>(bits, z, sums),
            (Vectors::Numbers(x), 1) => self.add_numbers::<1, CHUNK_LINES>(x, z, sums),
            (Vectors::Numbers(x), 2) => self.add_numbers::<2, { CHUNK_LINES / 2 }>(x, z, sums),
            (Vectors::Numbers(x), _) => self.add_numbers::<4, { CHUNK_LINES / 4 }>(x, z, sums),
        }
    }

    /// Sums of each column and a tile of `T` groups of vectors, its levels alone. Shape: `[level][vector]`.
    fn of_columns<'s, const T: usize>(
        &self,
        tile: usize,
        sums: &'s mut [Line],
    ) -> impl Iterator<Item = (usize, &'s mut [[Line; T]])> {
        let LevelRows { n_columns, n_levels, .. } = *self.rows;
        let of_columns = sums.chunks_exact_mut(self.rows.column_sums()).take(n_columns - self.column);
        of_columns.enumerate().map(move |(lane, sums)| {
            let n = self.rows.levels(self.column + lane).len();
            (lane, &mut sums.as_chunks_mut().0[tile * n_levels..][..n])
        })
    }

    fn add_bits<const T: usize>(&self, bits: &LevelBits, z: &Panel, sums: &mut [Line]) {
        let panel = self.first_row / PANEL_ROWS;
        for tile in 0..self.rows.n_tiles {
            for (lane, sums) in self.of_columns::<T>(tile, sums) {
                let column = self.column + lane;
                let (quads, bits) = (self.rows.quads.quads(panel, column), bits.of(panel, column, tile));
                self.isa.run(AddBits { quads, bits, z, lane, is_first: panel == 0, sums });
            }
        }
    }

    /// In chunks of `ROWS` rows.
    fn add_numbers<const T: usize, const ROWS: usize>(&self, x: &[Line], z: &Panel, sums: &mut [Line]) {
        let chunks = x.as_chunks::<T>().0.as_chunks::<ROWS>().0;
        for (tile, chunks) in chunks.chunks_exact(chunks.len() / self.rows.n_tiles).enumerate() {
            let chunks = chunks.iter().enumerate().skip(self.first_row / ROWS).take(self.n_rows.div_ceil(ROWS));
            for ((chunk, x), z) in chunks.zip(z.as_chunks::<ROWS>().0) {
                for (lane, sums) in self.of_columns::<T>(tile, sums) {
                    let column = self.column + lane;
                    let quads = [1, 2, 3, QUAD].map(|n| self.rows.quads.of_rows(n, chunk, column));
                    self.isa.run(AddNumbers { quads, x, z, lane, is_first: chunk == 0, sums });
                }
            }
        }
    }
}

/// Adds the cells of one column that vectors of bits name to the sums of their levels.
struct AddBits<'a, const T: usize> {
    quads: &'a [LevelQuad],
    bits: &'a [[[u32; LANES]; T]],
    z: &'a Panel,
    lane: usize,
    /// Whether these are the first of an array's rows: sums are forgotten here, and not all at once, while they are about to be used.
    is_first: bool,
    sums: &'a mut [[Line; T]],
}

impl<const T: usize> Kernel for AddBits<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        if self.is_first {
            self.sums.fill([Line::default(); T]);
        }
        // The remainder tells the compiler that this is a lane.
        let lane = self.lane % LANES;
        for (quads, words) in self.quads.chunks(EIGHT).zip(self.bits) {
            let mut bits = [L::Word::of(0); T];
            for (bits, words) in bits.iter_mut().zip(words) {
                *bits = L::Word::load(words);
            }
            for quad in quads {
                let [a, b, c, d] = quad.rows;
                let z = |row: u8| &self.z[usize::from(row)][lane];
                let subsets = L::subsets([z(a), z(b), z(c), z(d)]);
                for (sum, bits) in self.sums[usize::from(quad.place)].iter_mut().zip(&mut bits) {
                    (L::load(&sum.0) + L::pick(subsets, *bits)).store(&mut sum.0);
                    *bits = bits.shr::<{ QUAD as i32 }>();
                }
            }
        }
    }
}

/// Adds x z of a chunk of rows of one column to the sums of the rows' levels.
struct AddNumbers<'a, const T: usize, const ROWS: usize> {
    /// Of one row, of two, of three and of four.
    quads: [&'a [LevelQuad]; QUAD],
    x: &'a [[Line; T]; ROWS],
    z: &'a [[f32; LANES]; ROWS],
    lane: usize,
    /// As above.
    is_first: bool,
    sums: &'a mut [[Line; T]],
}

impl<const T: usize, const ROWS: usize> Kernel for AddNumbers<'_, T, ROWS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { x, z, sums, .. } = self;
        if self.is_first {
            sums.fill([Line::default(); T]);
        }
        let lane = self.lane % LANES;
        let [ones, twos, threes, fours] = self.quads;
        add_rows::<L, T, ROWS, QUAD>(fours, x, z, lane, sums);
        add_rows::<L, T, ROWS, 3>(threes, x, z, lane, sums);
        add_rows::<L, T, ROWS, 2>(twos, x, z, lane, sums);
        add_rows::<L, T, ROWS, 1>(ones, x, z, lane, sums);
    }
}

/// Adds quads of `N` rows.
#[inline(always)]
fn add_rows<L: Lanes, const T: usize, const ROWS: usize, const N: usize>(
    quads: &[LevelQuad],
    x: &[[Line; T]; ROWS],
    z: &[[f32; LANES]; ROWS],
    lane: usize,
    sums: &mut [[Line; T]],
) {
    for quad in quads {
        let of_level = &mut sums[usize::from(quad.place)];
        let mut sums = load_all::<L, T>(of_level.iter().map(|line| &line.0));
        for row in &quad.rows[..N] {
            // The remainder tells the compiler that this is a row of the chunk.
            let row = usize::from(*row) % ROWS;
            let z = L::of(z[row][lane]);
            for (sum, x) in sums.iter_mut().zip(&x[row]) {
                *sum = L::load(&x.0).mul_add(z, *sum);
            }
        }
        sums.iter().zip(of_level).for_each(|(sum, to)| sum.store(&mut to.0));
    }
}
