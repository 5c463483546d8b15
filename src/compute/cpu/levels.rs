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
use super::level_pattern::{ByLevel, CHUNK_LINES, LevelPattern, Turn};
use crate::compute::Draw;
use crate::compute::lanes::{Isa, Kernel, LANES, LaneWords, Lanes, Line, Words, load_all};

/// What a panel of cells adds, row by row. Shape: `[row, lane]`.
type Panel = Box<[[f32; LANES]; PANEL_ROWS]>;

/// Sums B of a group of columns of a die.
pub struct LevelSums<'a> {
    pattern: &'a LevelPattern,
    draw: Draw,
    /// Draws of the cells that hold a level, and of those at rest, as their codes' signs have them.
    written: Panel,
    at_rest: Panel,
    /// Shape: `[lane][tile][level][vector]`.
    b: Vec<Line>,
    /// The same with lanes by columns, see `Turn`.
    turned: Vec<Line>,
}

impl<'a> LevelSums<'a> {
    pub fn new(pattern: &'a LevelPattern, draw: Draw) -> Self {
        let panel = || Box::new([[0.0; LANES]; PANEL_ROWS]);
        let sums = || vec![Line::default(); LANES * pattern.column_sums()];
        Self { pattern, draw, written: panel(), at_rest: panel(), b: sums(), turned: sums() }
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
        match self.pattern.tile {
            1 => self.add_chunks::<1, 4, CHUNK_LINES>(isa, column, first_row, codes.len()),
            2 => self.add_chunks::<2, 2, { CHUNK_LINES / 2 }>(isa, column, first_row, codes.len()),
            _ => self.add_chunks::<4, 1, { CHUNK_LINES / 4 }>(isa, column, first_row, codes.len()),
        }
        (self.draw == Draw::Cell).then(|| &self.at_rest[..codes.len()])
    }

    /// `T` groups of vectors at a time, `AT_ONCE` rows of `ROWS` in a chunk.
    fn add_chunks<const T: usize, const AT_ONCE: usize, const ROWS: usize>(
        &mut self,
        isa: Isa,
        column: usize,
        first_row: usize,
        n_rows: usize,
    ) {
        let (pattern, per_column) = (self.pattern, self.pattern.column_sums());
        let (z, _) = self.written.as_chunks::<ROWS>();
        for tile in 0..pattern.n_tiles {
            for (chunk, z) in z.iter().take(n_rows.div_ceil(ROWS)).enumerate() {
                let chunk = first_row / ROWS + chunk;
                let (x, _) = pattern.x::<T>(tile, chunk).as_chunks::<ROWS>();
                let columns = pattern.by_level(chunk, column).zip(self.b.chunks_exact_mut(per_column));
                for (lane, (by_level, b)) in columns.enumerate() {
                    let (b, _) = b[tile * pattern.n_levels * T..][..pattern.n_levels * T].as_chunks_mut();
                    isa.run(Add::<T, AT_ONCE, ROWS> { x: &x[0], z, lane, by_level, b });
                }
            }
        }
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
        let Self { pattern, b, turned, .. } = self;
        isa.run(Turn { n_levels: pattern.n_levels, tile: pattern.tile, sums: b, turned });
        let a = pattern.a(column);
        let mut of_variant: Vec<_> = charges.chunks_exact_mut(pattern.n_vectors).map(Some).collect();
        for (coefficients, variants) in coefficients.iter().zip(variants.chunks(FOUR)) {
            let charges =
                std::array::from_fn(|i| variants.get(i).and_then(|&v| of_variant[v].take()).unwrap_or_default());
            isa.run(Combine { a, b: turned, coefficients, rest, charges });
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
    written: &'a mut [[f32; LANES]; PANEL_ROWS],
    at_rest: &'a mut [[f32; LANES]; PANEL_ROWS],
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

/// Adds x z of a chunk of rows of one column to the sums of the rows' levels. Rows of a level come one after another, so that its
/// sums stay in registers; where few vectors leave registers idle, several rows at once each have sums of their own.
struct Add<'a, const T: usize, const AT_ONCE: usize, const ROWS: usize> {
    x: &'a [[Line; T]; ROWS],
    z: &'a [[f32; LANES]; ROWS],
    lane: usize,
    by_level: ByLevel<'a>,
    b: &'a mut [[Line; T]],
}

impl<const T: usize, const AT_ONCE: usize, const ROWS: usize> Kernel for Add<'_, T, AT_ONCE, ROWS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { x, z, by_level, b, .. } = self;
        // The remainders tell the compiler that these are a lane and rows of the chunk.
        let lane = self.lane % LANES;
        let mut first = 0;
        for (&end, b) in by_level.ends.iter().zip(b) {
            let rows = &by_level.order[first..usize::from(end)];
            first = usize::from(end);
            let mut sums = [[L::of(0.0); T]; AT_ONCE];
            sums[0] = load_all::<L, T>(b.iter().map(|line| &line.0));
            let (together, rest) = rows.as_chunks::<AT_ONCE>();
            for rows in together {
                for (sums, &row) in sums.iter_mut().zip(rows) {
                    add::<L, T>(sums, &x[usize::from(row) % ROWS], z[usize::from(row) % ROWS][lane]);
                }
            }
            for &row in rest {
                add::<L, T>(&mut sums[0], &x[usize::from(row) % ROWS], z[usize::from(row) % ROWS][lane]);
            }
            let mut total = sums[0];
            for others in &sums[1..] {
                total.iter_mut().zip(others).for_each(|(total, other)| *total = *total + *other);
            }
            total.iter().zip(b).for_each(|(total, b)| total.store(&mut b.0));
        }
    }
}

#[inline(always)]
fn add<L: Lanes, const T: usize>(sums: &mut [L; T], x: &[Line; T], z: f32) {
    let z = L::of(z);
    for (sum, x) in sums.iter_mut().zip(x) {
        *sum = L::load(&x.0).mul_add(z, *sum);
    }
}

/// Charges of sixteen columns under four cards, levels ascending.
struct Combine<'a> {
    /// Both of shape `[vector / 16][level][vector % 16][lane]`.
    a: &'a [Line],
    b: &'a [Line],
    coefficients: &'a Coefficients,
    rest: &'a [[f32; LANES]],
    /// Of each card, `[vector, lane]`; empty where there is none.
    charges: [&'a mut [[f32; LANES]]; FOUR],
}

impl Kernel for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let Coefficients { levels, rest } = self.coefficients;
        let per_group = levels.len() * LANES;
        for vector in 0..self.charges[0].len() {
            let first = vector / LANES * per_group + vector % LANES;
            let [a, b] = [self.a, self.b].map(|sums| sums[first..].iter().step_by(LANES));
            let mut charges = [L::of(0.0); FOUR];
            if let Some(at_rest) = self.rest.get(vector) {
                charges.iter_mut().zip(rest).for_each(|(charge, &rest)| *charge = L::load(at_rest) * L::of(rest));
            }
            for ((a, b), [mean, sd]) in a.zip(b).zip(levels) {
                let (a, b) = (L::load(&a.0), L::load(&b.0));
                for ((charge, &mean), &sd) in charges.iter_mut().zip(mean).zip(sd) {
                    *charge = b.mul_add(L::of(sd), a.mul_add(L::of(mean), *charge));
                }
            }
            for (charge, to) in charges.iter().zip(&mut self.charges) {
                if let Some(to) = to.get_mut(vector) {
                    charge.store(to);
                }
            }
        }
    }
}
