//! What many variants of a die have in common: sums over the cells of each level.
//!
//! Cells that hold one level have one mean and one spread under a Gaussian card, so a column's charge is
//!
//! charge[vector] = sum over levels of mean[level] A[level, vector] + sd[level] B[level, vector],
//!
//! A = sum of x over the level's rows, signed as their codes, and B = sum of x z. A is of the pattern (`level_pattern`), B of the die:
//! what is left for each variant is one number of each for every level in place of every row. Where each cell is drawn, the other
//! cells of the pairs are all at rest: one sum more for all rows, which the ordinary product makes.

use super::cells::CellDraws;
use super::level_pattern::LevelPattern;
use crate::compute::MAX_LEVELS;
use crate::compute::lanes::{Isa, Kernel, LANES, Lanes, Line};

/// Sums B of a group of columns of a die.
pub struct LevelSums<'a> {
    pattern: &'a LevelPattern,
    /// Shape: `[lane][tile][level][vector]`.
    b: Vec<Line>,
    /// Charges of sixteen vectors, lanes by vectors. Shape: `[eight variants][lane][variant]`.
    by_vector: Vec<[[Line; EIGHT]; LANES]>,
}

impl<'a> LevelSums<'a> {
    pub fn new(pattern: &'a LevelPattern, n_variants: usize) -> Self {
        let b = vec![Line::default(); LANES * pattern.rows.column_sums()];
        Self { pattern, b, by_vector: vec![Default::default(); n_variants.div_ceil(EIGHT)] }
    }

    /// Adds a panel of drawn rows of the columns from `column` on. Cells that are drawn each are drawn in parts.
    pub fn add_panel(&mut self, isa: Isa, column: usize, first_row: usize, n_rows: usize, draws: &CellDraws) {
        self.pattern.rows.of_panel(isa, column, first_row, n_rows).add(draws.written(), &mut self.b);
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
        let Self { pattern, b, by_vector, .. } = self;
        match pattern.rows.tile {
            1 => isa.run(Combine::<1> { pattern, column, b, coefficients, variants, rest, by_vector, charges }),
            2 => isa.run(Combine::<2> { pattern, column, b, coefficients, variants, rest, by_vector, charges }),
            _ => isa.run(Combine::<4> { pattern, column, b, coefficients, variants, rest, by_vector, charges }),
        }
    }
}

/// Variants whose charges are made together: a sum waits for the one before.
pub const EIGHT: usize = 8;

/// What up to eight cards make of sums.
pub struct Coefficients {
    /// Cards; the last stands in for those that are missing.
    pub n: usize,
    /// Means and sds. Shape: `[level][mean, sd][variant]`.
    pub levels: Box<[[[f32; EIGHT]; 2]; MAX_LEVELS]>,
    /// What goes with the cells at rest.
    pub rest: [f32; EIGHT],
}

impl Coefficients {
    /// Charges of a line of sums A and B for each of some levels, levels ascending.
    #[inline(always)]
    pub fn charges<'a, L: Lanes>(
        &self,
        sums: impl Iterator<Item = ((&'a Line, &'a Line), &'a u8)> + Clone,
        to: &mut [Line; EIGHT],
    ) {
        const HALF: usize = EIGHT / 2;
        // All eight at once where there are registers for them.
        if self.n > HALF && L::REGISTERS >= 16 {
            self.part::<L, 0, EIGHT>(sums, to);
        } else {
            self.part::<L, 0, HALF>(sums.clone(), to);
            if self.n > HALF {
                self.part::<L, HALF, HALF>(sums, to);
            }
        }
    }

    /// Under `N` of the cards, from number `FIRST` on.
    #[inline(always)]
    fn part<'a, L: Lanes, const FIRST: usize, const N: usize>(
        &self,
        sums: impl Iterator<Item = ((&'a Line, &'a Line), &'a u8)>,
        to: &mut [Line; EIGHT],
    ) {
        let mut charges = [L::of(0.0); N];
        for ((a, b), level) in sums {
            // The remainder tells the compiler that this is a level.
            let [means, sds] = &self.levels[usize::from(*level) % MAX_LEVELS];
            let (a, b) = (L::load(&a.0), L::load(&b.0));
            for ((charge, &mean), &sd) in charges.iter_mut().zip(&means[FIRST..]).zip(&sds[FIRST..]) {
                *charge = b.mul_add(L::of(sd), a.mul_add(L::of(mean), *charge));
            }
        }
        to[FIRST..].iter_mut().zip(&charges).for_each(|(to, charge)| charge.store(&mut to.0));
    }
}

/// Makes charges of sums, sixteen vectors at a time: they are turned before they leave the first-level cache.
struct Combine<'a, const T: usize> {
    pattern: &'a LevelPattern,
    column: usize,
    b: &'a [Line],
    coefficients: &'a [Coefficients],
    variants: &'a [usize],
    rest: &'a [[f32; LANES]],
    by_vector: &'a mut [[[Line; EIGHT]; LANES]],
    charges: &'a mut [[f32; LANES]],
}

impl<const T: usize> Kernel for Combine<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let n_vectors = self.pattern.n_vectors;
        for group in 0..n_vectors.div_ceil(LANES) {
            self.columns::<L>(group);
            let vectors = group * LANES..n_vectors.min((group + 1) * LANES);
            for (i, variant) in self.variants.iter().enumerate() {
                let charges = &mut self.charges[variant * n_vectors..][vectors.clone()];
                let from = |lane: usize| &self.by_vector[i / EIGHT][lane][i % EIGHT].0;
                let rest = self.rest.get(vectors.clone()).unwrap_or_default();
                turn::<L>(from, rest, self.coefficients[i / EIGHT].rest[i % EIGHT], charges);
            }
        }
    }
}

impl<const T: usize> Combine<'_, T> {
    /// Charges but for those of cells at rest, lanes by vectors.
    #[inline(always)]
    fn columns<L: Lanes>(&mut self, group: usize) {
        let rows = &self.pattern.rows;
        let a = self.pattern.a(self.column / LANES, group).chunks_exact(rows.n_levels);
        let b = self.b.chunks_exact(rows.column_sums());
        let n_columns = LANES.min(rows.n_columns - self.column);
        for (lane, (a, b)) in a.zip(b).take(n_columns).enumerate() {
            let sums = a.iter().zip(rows.of_group::<T>(b, group)).zip(rows.levels(self.column + lane));
            for (cards, to) in self.coefficients.iter().zip(&mut *self.by_vector) {
                cards.charges::<L>(sums.clone(), &mut to[lane]);
            }
        }
    }
}

/// Charges of sixteen columns, lanes by vectors, to lanes by columns; with those of the cells at rest. `rest`: sums over these, `of_rest`:
/// what they are worth. `rest` and `charges`: `[vector, lane]`.
#[inline(always)]
fn turn<'a, L: Lanes>(
    from: impl Fn(usize) -> &'a [f32; LANES],
    rest: &[[f32; LANES]],
    of_rest: f32,
    charges: &mut [[f32; LANES]],
) {
    match charges.as_chunks_mut().0 {
        [charges] => L::transpose(from, charges),
        _ => {
            let mut turned = [[0.0; LANES]; LANES];
            L::transpose(from, &mut turned);
            charges.copy_from_slice(&turned[..charges.len()]);
        }
    }
    for (at_rest, to) in rest.iter().zip(charges) {
        L::load(at_rest).mul_add(L::of(of_rest), L::load(to)).store(to);
    }
}
