//! What many variants of a die have in common: sums over the cells of each level.
//!
//! Cells that hold one level have one mean and one spread under a Gaussian card, so a column's charge is
//!
//! charge[vector] = sum over levels of mean[level] A[level, vector] + sd[level] B[level, vector],
//!
//! A = sum of x over the level's rows, signed as their codes, and B = sum of x z. A is of the pattern (`level_pattern`), B of the die:
//! what is left for each variant is one number of each for every level in place of every row.

use super::cells::{CellDraws, PANEL_ROWS};
use super::level_pattern::LevelPattern;
use crate::compute::Draw;
use crate::compute::lanes::{Isa, Kernel, LANES, Lanes, Line, load_all};

/// Sixteen vectors side by side, and as many of them as a register tile holds.
type Vectors<const T: usize> = [Line; T];

/// Sums B of a group of columns of a die, and for drawn cells the sum over those at rest.
pub struct LevelSums<'a> {
    pattern: &'a LevelPattern,
    draw: Draw,
    /// Shape: `[lane][tile][level, then the cells at rest][vector]`.
    b: Vec<Line>,
}

impl<'a> LevelSums<'a> {
    pub fn new(pattern: &'a LevelPattern, draw: Draw) -> Self {
        Self { pattern, draw, b: vec![Line::default(); LANES * pattern.column_sums()] }
    }

    pub fn clear(&mut self) {
        self.b.fill(Line::default());
    }

    /// Adds a panel of drawn rows. As many columns at a time as the registers hold the vectors and sums of.
    pub fn add_panel(&mut self, isa: Isa, first_row: usize, codes: &[[i8; LANES]], draws: &CellDraws) {
        match (self.pattern.tile, self.draw) {
            (1, _) => self.add_tiles::<1, 4>(isa, first_row, codes, draws),
            (2, _) => self.add_tiles::<2, 2>(isa, first_row, codes, draws),
            (_, Draw::Cell) => self.add_tiles::<4, 1>(isa, first_row, codes, draws),
            (_, Draw::Pair) => self.add_tiles::<4, 2>(isa, first_row, codes, draws),
        }
    }

    /// `T` groups of vectors by `C` columns at a time.
    fn add_tiles<const T: usize, const C: usize>(
        &mut self,
        isa: Isa,
        first_row: usize,
        codes: &[[i8; LANES]],
        draws: &CellDraws,
    ) {
        // So many rows of a tile stay in the first-level cache while all columns pass.
        const ROWS: usize = PANEL_ROWS / 4;
        let (pattern, per_column) = (self.pattern, self.pattern.column_sums());
        let normals = match self.draw {
            Draw::Cell => 2,
            Draw::Pair => 1,
        };
        let per_tile = (pattern.n_levels + 1) * T;
        for tile in 0..pattern.n_tiles {
            let x = &pattern.x[(tile * pattern.rows + first_row) * T..][..codes.len() * T];
            let (x, _) = x.as_chunks::<T>();
            for (part, (x, codes)) in x.chunks(ROWS).zip(codes.chunks(ROWS)).enumerate() {
                let z = &draws.z.as_flattened()[part * ROWS * normals..];
                for (columns, b) in self.b.chunks_exact_mut(C * per_column).enumerate() {
                    let mut b = b.chunks_exact_mut(per_column).map(|b| tile_of::<T>(b, tile, per_tile));
                    let b: [&mut [Vectors<T>]; C] = std::array::from_fn(|_| b.next().unwrap_or_default());
                    let lane = columns * C;
                    match self.draw {
                        Draw::Cell => isa.run(Add::<OfCells, T, C> { x, codes, z: z.as_chunks().0, lane, b }),
                        Draw::Pair => isa.run(Add::<OfPair, T, C> { x, codes, z, lane, b }),
                    }
                }
            }
        }
    }

    /// Charges of one column under some variants. `column` is that of the array, `lane` that of the group.
    /// `charges`: `[variant, vector, lane]`.
    pub fn charges(
        &self,
        isa: Isa,
        column: usize,
        lane: usize,
        coefficients: &[Coefficients],
        variants: &[usize],
        charges: &mut [[f32; LANES]],
    ) {
        let LevelPattern { n_levels, n_vectors, tile, n_tiles, .. } = *self.pattern;
        for tile_index in 0..n_tiles {
            let a = &self.pattern.a[(column * n_tiles + tile_index) * n_levels * tile..][..n_levels * tile];
            let of_tile = lane * self.pattern.column_sums() + tile_index * (n_levels + 1) * tile;
            let b = &self.b[of_tile..][..(n_levels + 1) * tile];
            for (coefficients, variants) in coefficients.iter().zip(variants.chunks(FOUR)) {
                for group in 0..tile {
                    let found = match tile {
                        1 => isa.run(Combine::<1> { a, b, group, coefficients }),
                        2 => isa.run(Combine::<2> { a, b, group, coefficients }),
                        _ => isa.run(Combine::<4> { a, b, group, coefficients }),
                    };
                    let first = (tile_index * tile + group) * LANES;
                    let n = n_vectors.saturating_sub(first).min(LANES);
                    for (found, variant) in found.iter().zip(variants) {
                        let to = charges[variant * n_vectors..][..n_vectors].iter_mut().skip(first).take(n);
                        to.zip(found).for_each(|(to, charge)| to[lane] = *charge);
                    }
                }
            }
        }
    }
}

/// Variants whose charges are made together.
pub const FOUR: usize = 4;

/// Means and sds of four cards. Shape of `levels`: `[level][mean, sd][variant]`; `rest` goes with the cells at rest.
pub struct Coefficients {
    pub levels: Vec<[[f32; FOUR]; 2]>,
    pub rest: [f32; FOUR],
}

/// Adds drawn rows to the sums of `C` columns from `lane` on. `Z` is what is drawn for a row.
struct Add<'a, 'b, Z, const T: usize, const C: usize> {
    x: &'a [Vectors<T>],
    codes: &'a [[i8; LANES]],
    z: &'a [Z],
    lane: usize,
    b: [&'b mut [Vectors<T>]; C],
}

type OfPair = [f32; LANES];
/// Of the plus and of the minus cell.
type OfCells = [[f32; LANES]; 2];

/// x z, to the sums of each row's level.
impl<const T: usize, const C: usize> Kernel for Add<'_, '_, OfPair, T, C> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        for ((x, codes), z) in self.x.iter().zip(self.codes).zip(self.z) {
            let x = load_all::<L, T>(x.iter().map(|line| &line.0));
            for (column, levels) in self.b.iter_mut().enumerate() {
                // The remainder tells the compiler that it is a lane.
                let lane = (self.lane + column) % LANES;
                let z = L::of(z[lane]);
                let sums = &mut levels[usize::from(codes[lane].unsigned_abs())];
                for (sum, x) in sums.iter_mut().zip(x) {
                    x.mul_add(z, L::load(&sum.0)).store(&mut sum.0);
                }
            }
        }
    }
}

const SIGNS: [f32; 2] = [1.0, -1.0];

/// The same for the cell that holds the level; the one at rest goes to the last sums. Both as the code's sign has it.
impl<const T: usize, const C: usize> Kernel for Add<'_, '_, OfCells, T, C> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let mut rest = [[L::of(0.0); T]; C];
        for (rest, levels) in rest.iter_mut().zip(&self.b) {
            if let Some(at_rest) = levels.last() {
                *rest = load_all::<L, T>(at_rest.iter().map(|line| &line.0));
            }
        }
        for ((x, codes), z) in self.x.iter().zip(self.codes).zip(self.z) {
            let x = load_all::<L, T>(x.iter().map(|line| &line.0));
            for (column, (levels, rest)) in self.b.iter_mut().zip(&mut rest).enumerate() {
                let lane = (self.lane + column) % LANES;
                let code = codes[lane];
                let minus = usize::from(code < 0);
                let sign = SIGNS[minus];
                let (written, other) = (L::of(sign * z[minus][lane]), L::of(sign * z[minus ^ 1][lane]));
                let sums = &mut levels[usize::from(code.unsigned_abs())];
                for ((sum, x), rest) in sums.iter_mut().zip(x).zip(rest) {
                    x.mul_add(written, L::load(&sum.0)).store(&mut sum.0);
                    *rest = x.mul_add(other, *rest);
                }
            }
        }
        for (rest, levels) in rest.iter().zip(&mut self.b) {
            if let Some(at_rest) = levels.last_mut() {
                rest.iter().zip(at_rest).for_each(|(rest, to)| rest.store(&mut to.0));
            }
        }
    }
}

/// The sums of a column that are of one tile.
fn tile_of<const T: usize>(b: &mut [Line], tile: usize, per_tile: usize) -> &mut [Vectors<T>] {
    b[tile * per_tile..][..per_tile].as_chunks_mut().0
}

/// Charges of sixteen vectors of a column under four cards, levels ascending.
struct Combine<'a, const T: usize> {
    a: &'a [Line],
    b: &'a [Line],
    group: usize,
    coefficients: &'a Coefficients,
}

impl<const T: usize> Kernel for Combine<'_, T> {
    type Output = [[f32; LANES]; FOUR];

    #[inline(always)]
    fn run<L: Lanes>(self) -> [[f32; LANES]; FOUR] {
        // The remainder tells the compiler that it is a group of the tile.
        let group = self.group % T;
        let (a, b) = (self.a.as_chunks::<T>().0, self.b.as_chunks::<T>().0);
        let mut charges = [L::of(0.0); FOUR];
        for ((a, b), [mean, sd]) in a.iter().zip(b).zip(&self.coefficients.levels) {
            let (a, b) = (L::load(&a[group].0), L::load(&b[group].0));
            for ((charge, &mean), &sd) in charges.iter_mut().zip(mean).zip(sd) {
                *charge = b.mul_add(L::of(sd), a.mul_add(L::of(mean), *charge));
            }
        }
        let at_rest = b.last().map_or(L::of(0.0), |rest| L::load(&rest[group].0));
        let mut out = [[0.0; LANES]; FOUR];
        for ((charge, &rest), out) in charges.iter().zip(&self.coefficients.rest).zip(&mut out) {
            at_rest.mul_add(L::of(rest), *charge).store(out);
        }
        out
    }
}
