//! What many variants of a die have in common: sums over the cells of each level.
//!
//! Cells that hold one level have one mean and one spread under a Gaussian card, so a column's charge is
//!
//! charge[vector] = sum over levels of mean[level] A[level, vector] + sd[level] B[level, vector],
//!
//! A = sum of x over the level's rows, signed as their codes, and B = sum of x z. A is of the pattern (`level_pattern`), B of the die:
//! what is left for each variant is one number of each for every level in place of every row. Where each cell is drawn, the other
//! cells of the pairs are all at rest: one sum more for all rows, which the ordinary product makes.

use super::cells::{CellDraws, PANEL_ROWS, Panel};
use super::level_pattern::LevelPattern;
use crate::compute::Draw;
use crate::compute::lanes::{Isa, Kernel, LANES, LaneWords, Lanes, Line, Words};

/// Sums B of a group of columns of a die.
pub struct LevelSums<'a> {
    pattern: &'a LevelPattern,
    draw: Draw,
    /// Draws of the cells that hold a level, and of those at rest, as their codes' signs have them. Of cells drawn apart.
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
        let b = vec![Line::default(); LANES * pattern.rows.column_sums()];
        let n_charges = n_variants.div_ceil(FOUR) * pattern.rows.n_groups();
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
        let rows = self.pattern.rows.of_panel(isa, column, first_row, codes.len());
        match self.draw {
            Draw::Cell => {
                isa.run(Part { codes, z: &draws.z, written: &mut self.written, at_rest: &mut self.at_rest });
                rows.add(&self.written, &mut self.b);
                Some(&self.at_rest[..codes.len()])
            }
            Draw::Pair => {
                rows.add(draws.panel_of_pairs(), &mut self.b);
                None
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
        let Self { pattern, b, charges: by_vector, .. } = self;
        let n_groups = pattern.rows.n_groups();
        let per_column = by_vector.len() / LANES;
        let columns = b.chunks_exact(pattern.rows.column_sums()).zip(by_vector.chunks_exact_mut(per_column));
        for (column, (b, to)) in (column..pattern.rows.n_columns).zip(columns) {
            for (coefficients, to) in coefficients.iter().zip(to.chunks_exact_mut(n_groups)) {
                match pattern.rows.tile {
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

/// Adds mean A + sd B of a level to the charges under four cards.
#[inline(always)]
pub fn add_level<L: Lanes>(charges: &mut [L; FOUR], a: L, b: L, [mean, sd]: &[[f32; FOUR]; 2]) {
    for ((charge, &mean), &sd) in charges.iter_mut().zip(mean).zip(sd) {
        *charge = b.mul_add(L::of(sd), a.mul_add(L::of(mean), *charge));
    }
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
                for ((a, b), level) in a.iter().zip(b).zip(levels) {
                    let (a, b) = (a.as_chunks::<N>().0[part].each_ref(), b.as_chunks::<N>().0[part].each_ref());
                    for ((charges, a), b) in charges.iter_mut().zip(a).zip(b) {
                        let (a, b) = (L::load(&a.0), L::load(&b.0));
                        add_level(charges, a, b, level);
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
        match self.charges.as_chunks_mut().0 {
            [charges] => L::transpose(self.from, charges),
            _ => {
                let mut turned = [[0.0; LANES]; LANES];
                L::transpose(self.from, &mut turned);
                self.charges.copy_from_slice(&turned[..self.charges.len()]);
            }
        }
        for (at_rest, to) in self.rest.iter().zip(self.charges) {
            L::load(at_rest).mul_add(L::of(self.of_rest), L::load(to)).store(to);
        }
    }
}
