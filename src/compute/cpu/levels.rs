//! What many variants of a die have in common: sums over the cells of each level.
//!
//! Cells that hold one level have one mean and one spread under a Gaussian card, so a column's charge is
//!
//! charge[vector] = sum over levels of mean[level] A[level, vector] + sd[level] B[level, vector],
//!
//! A = sum of x over the level's rows, signed as their codes, and B = sum of x z. A is of the pattern (`level_pattern`), B of the die:
//! what is left for each variant is one number of each for every level in place of every row. Where each cell is drawn, the other
//! cells of the pairs are all at rest: one sum more for all rows, which the ordinary product makes.

use super::cells::{CellDraws, PANEL_ROWS};
use super::level_pattern::{CHUNK_LINES, LevelPattern, Vectors};
use super::level_quads::{EIGHT, LevelBits, LevelQuad, Single};
use super::packed::QUAD;
use crate::compute::Draw;
use crate::compute::lanes::{Isa, Kernel, LANES, LaneWords, Lanes, Line, Words, load_all};

/// What a panel of cells adds, row by row. Shape: `[row, lane]`.
type Panel = [[f32; LANES]; PANEL_ROWS];

/// Sums B of a group of columns of a die.
pub struct LevelSums<'a> {
    pattern: &'a LevelPattern,
    draw: Draw,
    /// Draws of the cells that hold a level, and of those at rest, as their codes' signs have them.
    written: Box<Panel>,
    at_rest: Box<Panel>,
    /// Shape: `[lane][tile][level][vector]`.
    b: Vec<Line>,
    /// Charges, lanes by vectors. Shape: `[lane][four variants][vector / 16][variant]`.
    charges: Vec<[Line; FOUR]>,
}

impl<'a> LevelSums<'a> {
    pub fn new(pattern: &'a LevelPattern, draw: Draw, n_variants: usize) -> Self {
        let panel = || Box::new([[0.0; LANES]; PANEL_ROWS]);
        let b = vec![Line::default(); LANES * pattern.column_sums()];
        let n_charges = n_variants.div_ceil(FOUR) * pattern.n_tiles * pattern.tile;
        let charges = vec![Default::default(); LANES * n_charges];
        Self { pattern, draw, written: panel(), at_rest: panel(), b, charges }
    }

    pub fn clear(&mut self) {
        self.b.fill(Line::default());
    }

    /// Adds a panel of drawn rows of the columns from `column` on. Output: what its cells at rest are drawn, where each cell is.
    pub fn add_panel(
        &mut self,
        isa: Isa,
        column: usize,
        first_row: usize,
        codes: &[[i8; LANES]],
        draws: &CellDraws,
    ) -> Option<&[[f32; LANES]]> {
        match self.draw {
            Draw::Cell => {
                isa.run(Part { codes, z: &draws.z, written: &mut self.written, at_rest: &mut self.at_rest });
            }
            Draw::Pair => self.written[..codes.len()].copy_from_slice(&draws.z.as_flattened()[..codes.len()]),
        }
        let Self { pattern, written, b, .. } = self;
        let panel = Rows { pattern, isa, column, first_row, n_rows: codes.len(), z: written };
        match (&pattern.vectors, pattern.tile) {
            (Vectors::Bits(bits), 1) => panel.add_bits::<1>(bits, b),
            (Vectors::Bits(bits), 2) => panel.add_bits::<2>(bits, b),
            (Vectors::Bits(bits), _) => panel.add_bits::<4>(bits, b),
            (Vectors::Numbers(x), 1) => panel.add_numbers::<1, CHUNK_LINES>(x, b),
            (Vectors::Numbers(x), 2) => panel.add_numbers::<2, { CHUNK_LINES / 2 }>(x, b),
            (Vectors::Numbers(x), _) => panel.add_numbers::<4, { CHUNK_LINES / 4 }>(x, b),
        }
        (self.draw == Draw::Cell).then(|| &self.at_rest[..codes.len()])
    }

    /// Charges of the group whose first column is `column`, under some variants. `rest`: sums over the cells at rest, `[vector, lane]`;
    /// empty where pairs are drawn at once. `charges`: `[variant, vector, lane]`.
    pub fn charges(
        &mut self,
        isa: Isa,
        column: usize,
        coefficients: &[Coefficients],
        variants: &[usize],
        rest: &[[f32; LANES]],
        charges: &mut [[f32; LANES]],
    ) {
        let Self { pattern, b, charges: by_vector, .. } = self;
        let n_groups = pattern.n_tiles * pattern.tile;
        let per_column = by_vector.len() / LANES;
        let columns = b.chunks_exact(pattern.column_sums()).zip(by_vector.chunks_exact_mut(per_column));
        for (column, (b, to)) in (column..pattern.n_columns).zip(columns) {
            for (coefficients, to) in coefficients.iter().zip(to.chunks_exact_mut(n_groups)) {
                match pattern.tile {
                    1 => isa.run(Combine::<1>::new(pattern.a(column), b, coefficients, to)),
                    2 => isa.run(Combine::<2>::new(pattern.a(column), b, coefficients, to)),
                    _ => isa.run(Combine::<4>::new(pattern.a(column), b, coefficients, to)),
                }
            }
        }
        for (i, variant) in variants.iter().enumerate() {
            let (four, i) = (i / FOUR, i % FOUR);
            let of_rest = coefficients[four].rest[i];
            let charges = charges[variant * pattern.n_vectors..][..pattern.n_vectors].chunks_mut(LANES);
            for (group, charges) in charges.enumerate() {
                let rest = rest.get(group * LANES..).unwrap_or_default();
                let from = |lane: usize| &by_vector[lane * per_column + four * n_groups + group][i].0;
                isa.run(Turn { from, rest, of_rest, charges });
            }
        }
    }
}

/// Variants whose charges are made together.
pub const FOUR: usize = 4;

/// What four cards make of sums.
pub struct Coefficients {
    /// Means and sds. Shape: `[level][mean, sd][variant]`.
    pub levels: Vec<[[f32; FOUR]; 2]>,
    /// What goes with the cells at rest.
    pub rest: [f32; FOUR],
}

/// Parts the draws of pairs into those of the cells that hold a level and of those at rest, with the signs of the codes.
struct Part<'a> {
    codes: &'a [[i8; LANES]],
    z: &'a [[[f32; LANES]; 2]],
    written: &'a mut Panel,
    at_rest: &'a mut Panel,
}

impl Kernel for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let to = self.written.iter_mut().zip(self.at_rest);
        for ((codes, [plus, minus]), (written, at_rest)) in self.codes.iter().zip(self.z).zip(to) {
            let codes = L::Word::of_codes(codes);
            let sign = codes & L::Word::of(1 << 31);
            let (plus, minus) = (L::load(plus), L::load(minus));
            let signed = |z: L| L::from_bits(z.to_bits() ^ sign);
            signed(L::select(codes, minus, plus)).store(written);
            signed(L::select(codes, plus, minus)).store(at_rest);
        }
    }
}

/// A panel of drawn rows of the columns from `column` on, to be added to their sums B.
struct Rows<'a> {
    pattern: &'a LevelPattern,
    isa: Isa,
    column: usize,
    first_row: usize,
    n_rows: usize,
    z: &'a Panel,
}

impl Rows<'_> {
    /// Sums of the columns and of a tile of `T` groups of vectors. Shape: `[level][vector]`.
    fn tile_of_columns<'b, const T: usize>(
        &self,
        tile: usize,
        b: &'b mut [Line],
    ) -> impl Iterator<Item = (usize, &'b mut [[Line; T]])> {
        let n_levels = self.pattern.n_levels;
        let of_columns = b.chunks_exact_mut(self.pattern.column_sums()).take(self.pattern.n_columns - self.column);
        of_columns.map(move |b| &mut b.as_chunks_mut().0[tile * n_levels..][..n_levels]).enumerate()
    }

    fn add_bits<const T: usize>(&self, bits: &LevelBits, b: &mut [Line]) {
        let panel = self.first_row / PANEL_ROWS;
        for tile in 0..self.pattern.n_tiles {
            for (lane, b) in self.tile_of_columns::<T>(tile, b) {
                let column = self.column + lane;
                let (quads, bits) = (self.pattern.quads.quads(panel, column), bits.of(panel, column, tile));
                self.isa.run(AddBits { quads, bits, z: self.z, lane, b });
            }
        }
    }

    /// In chunks of `ROWS` rows.
    fn add_numbers<const T: usize, const ROWS: usize>(&self, x: &[Line], b: &mut [Line]) {
        let chunks = x.as_chunks::<T>().0.as_chunks::<ROWS>().0;
        for (tile, chunks) in chunks.chunks_exact(chunks.len() / self.pattern.n_tiles).enumerate() {
            let first = self.first_row / ROWS;
            let chunks = chunks.iter().enumerate().skip(first).take(self.n_rows.div_ceil(ROWS));
            for ((chunk, x), z) in chunks.zip(self.z.as_chunks::<ROWS>().0) {
                for (lane, b) in self.tile_of_columns::<T>(tile, b) {
                    let rows = &self.pattern.quads;
                    let column = self.column + lane;
                    let (quads, singles) = (rows.quads(chunk, column), rows.singles(chunk, column));
                    self.isa.run(AddNumbers { quads, singles, x, z, lane, b });
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
    b: &'a mut [[Line; T]],
}

impl<const T: usize> Kernel for AddBits<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
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
                for (sum, bits) in self.b[usize::from(quad.level)].iter_mut().zip(&mut bits) {
                    (L::load(&sum.0) + L::pick(subsets, *bits)).store(&mut sum.0);
                    *bits = bits.shr::<{ QUAD as i32 }>();
                }
            }
        }
    }
}

/// Adds x z of a chunk of rows of one column to the sums of the rows' levels.
struct AddNumbers<'a, const T: usize, const ROWS: usize> {
    quads: &'a [LevelQuad],
    singles: &'a [Single],
    x: &'a [[Line; T]; ROWS],
    z: &'a [[f32; LANES]; ROWS],
    lane: usize,
    b: &'a mut [[Line; T]],
}

impl<const T: usize, const ROWS: usize> Kernel for AddNumbers<'_, T, ROWS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { x, z, b, .. } = self;
        let lane = self.lane % LANES;
        for quad in self.quads {
            add_rows::<L, T, ROWS, QUAD>(x, z, lane, quad.rows, &mut b[usize::from(quad.level)]);
        }
        for single in self.singles {
            add_rows::<L, T, ROWS, 1>(x, z, lane, [single.row], &mut b[usize::from(single.level)]);
        }
    }
}

#[inline(always)]
fn add_rows<L: Lanes, const T: usize, const ROWS: usize, const N: usize>(
    x: &[[Line; T]; ROWS],
    z: &[[f32; LANES]; ROWS],
    lane: usize,
    rows: [u8; N],
    b: &mut [Line; T],
) {
    let mut sums = load_all::<L, T>(b.iter().map(|line| &line.0));
    for row in rows {
        // The remainder tells the compiler that this is a row of the chunk.
        let row = usize::from(row) % ROWS;
        let z = L::of(z[row][lane]);
        for (sum, x) in sums.iter_mut().zip(&x[row]) {
            *sum = L::load(&x.0).mul_add(z, *sum);
        }
    }
    sums.iter().zip(b).for_each(|(sum, b)| sum.store(&mut b.0));
}

/// Charges of one column under four cards, levels ascending, but for its cells at rest.
struct Combine<'a, const T: usize> {
    /// Both of shape `[tile][level][vector]`.
    a: &'a [[Line; T]],
    b: &'a [[Line; T]],
    coefficients: &'a Coefficients,
    /// Shape: `[tile][vector / 16][variant]`.
    charges: &'a mut [[[Line; FOUR]; T]],
}

impl<'a, const T: usize> Combine<'a, T> {
    fn new(a: &'a [Line], b: &'a [Line], coefficients: &'a Coefficients, charges: &'a mut [[Line; FOUR]]) -> Self {
        Self { a: a.as_chunks().0, b: b.as_chunks().0, coefficients, charges: charges.as_chunks_mut().0 }
    }

    /// `N` groups of vectors at once.
    #[inline(always)]
    fn groups<L: Lanes, const N: usize>(self) {
        let levels = &self.coefficients.levels;
        let tiles = self.a.chunks_exact(levels.len()).zip(self.b.chunks_exact(levels.len()));
        for ((a, b), to) in tiles.zip(self.charges) {
            for (part, to) in to.as_chunks_mut::<N>().0.iter_mut().enumerate() {
                let mut charges = [[L::of(0.0); FOUR]; N];
                for ((a, b), [mean, sd]) in a.iter().zip(b).zip(levels) {
                    let (a, b) = (a.as_chunks::<N>().0[part].each_ref(), b.as_chunks::<N>().0[part].each_ref());
                    for ((charges, a), b) in charges.iter_mut().zip(a).zip(b) {
                        let (a, b) = (L::load(&a.0), L::load(&b.0));
                        for ((charge, &mean), &sd) in charges.iter_mut().zip(mean).zip(sd) {
                            *charge = b.mul_add(L::of(sd), a.mul_add(L::of(mean), *charge));
                        }
                    }
                }
                for (to, charges) in to.iter_mut().zip(&charges) {
                    to.iter_mut().zip(charges).for_each(|(to, charge)| charge.store(&mut to.0));
                }
            }
        }
    }
}

impl<const T: usize> Kernel for Combine<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        // A sum waits for the one before: eight side by side, where there are registers for them.
        if T == 1 || L::REGISTERS < 16 { self.groups::<L, 1>() } else { self.groups::<L, 2>() }
    }
}

/// Charges of sixteen columns, lanes by vectors, to lanes by columns; with those of the cells at rest.
struct Turn<'a, F> {
    from: F,
    /// Sums over the cells at rest, what they are worth, and charges: `[vector, lane]`.
    rest: &'a [[f32; LANES]],
    of_rest: f32,
    charges: &'a mut [[f32; LANES]],
}

impl<'a, F: Fn(usize) -> &'a [f32; LANES]> Kernel for Turn<'a, F> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let mut turned = [Line::default(); LANES];
        L::transpose(self.from, &mut turned);
        for (turned, to) in turned.iter().zip(self.charges.iter_mut()) {
            L::load(&turned.0).store(to);
        }
        for (at_rest, to) in self.rest.iter().zip(self.charges) {
            L::load(at_rest).mul_add(L::of(self.of_rest), L::load(to)).store(to);
        }
    }
}
