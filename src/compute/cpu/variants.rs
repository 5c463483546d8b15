//! From draws to charges for all variants of a die: eight variants at a time where they are alike, else one by one.
//!
//! Eight at a time, the lanes of a register are two columns under eight cards each: a cell's level and its draws are then read
//! once for all eight, and their cards lie side by side. That takes Gaussian cards and equal inputs. Each operation is that of
//! the way one by one, so the bits are too.

use super::DieUnderTest;
use super::cells::{CellDraws, PANEL_ROWS};
use super::inputs::EffectiveInputs;
use super::product::Product;
use super::weight_table::{WeightTable, difference};
use crate::compute::lanes::{Isa, Kernel, LANES, Lanes};
use crate::compute::{Card, Draw, MAX_LEVELS};

/// Variants side by side.
const EIGHT: usize = LANES / 2;
/// Fewer go one by one.
const WORTH_IT: usize = 6;
/// Rows at a time for eight variants, whose draws are read once for each two columns: draws, weights and levels then stay in
/// the first-level cache.
const ROWS: usize = 64;

/// How the variants of a die are worked off.
pub struct Variants {
    singles: Vec<(usize, WeightTable)>,
    eights: Vec<Eight>,
    n_vectors: usize,
    product: Product,
    weights: Box<[[f32; LANES]; PANEL_ROWS]>,
    /// Charges of the present group of columns. Shape: `[variant, vector, lane]`.
    charges: Vec<[f32; LANES]>,
}

impl Variants {
    pub fn new(die: &DieUnderTest, inputs: &EffectiveInputs, n_vectors: usize) -> Self {
        let mut variants = Self {
            singles: Vec::new(),
            eights: Vec::new(),
            n_vectors,
            product: Product::new(),
            weights: Box::new([[0.0; LANES]; PANEL_ROWS]),
            charges: vec![[0.0; LANES]; die.cards.len() * n_vectors],
        };
        for sharing in inputs.sharing() {
            let (gaussian, others): (Vec<_>, Vec<_>) =
                sharing.into_iter().partition(|&variant| die.cards[variant].is_gaussian());
            let (eights, rest): (Vec<_>, Vec<_>) = gaussian.chunks(EIGHT).partition(|chunk| chunk.len() >= WORTH_IT);
            variants.eights.extend(eights.into_iter().map(|eight| Eight::new(eight, die, n_vectors)));
            let singles = rest.concat().into_iter().chain(others);
            variants.singles.extend(singles.map(|variant| (variant, WeightTable::new(&die.cards[variant], die.draw))));
        }
        variants
    }

    /// Begins a group of columns.
    pub fn clear(&mut self) {
        self.charges.fill([0.0; LANES]);
        for eight in &mut self.eights {
            eight.charges.fill([0.0; LANES]);
        }
    }

    /// Adds a panel of drawn rows to the charges of the group.
    pub fn add_panel(
        &mut self,
        isa: Isa,
        inputs: &EffectiveInputs,
        first_row: usize,
        codes: &[[i8; LANES]],
        draws: &CellDraws,
    ) {
        let n_vectors = self.n_vectors;
        let weights = &mut self.weights[..codes.len()];
        for (variant, table) in &self.singles {
            table.weights(isa, codes, draws, weights);
            let charges = &mut self.charges[variant * n_vectors..][..n_vectors];
            self.product.add(isa, inputs.of(*variant), first_row, weights, charges);
        }
        for eight in &mut self.eights {
            let inputs = inputs.of(eight.variants[0]);
            for (part, codes) in codes.chunks(ROWS).enumerate() {
                let weights = &mut self.weights[..codes.len()];
                for lane in (0..LANES).step_by(2) {
                    eight.weights(isa, codes, draws, part * ROWS, lane, weights);
                    let charges = &mut eight.charges[lane / 2 * n_vectors..][..n_vectors];
                    self.product.add(isa, inputs, first_row + part * ROWS, weights, charges);
                }
            }
        }
    }

    /// Charges of the group. Shape: `[variant, vector, lane]`.
    pub fn charges(&mut self) -> &[[f32; LANES]] {
        for eight in &self.eights {
            eight.unpack(self.n_vectors, &mut self.charges);
        }
        &self.charges
    }
}

/// Variants with Gaussian cards and equal inputs; the last stands in for those that are missing.
struct Eight {
    variants: Vec<usize>,
    draw: Draw,
    /// Mean and sd of each level, of a pair's difference where that is drawn. Shape: `[level][2][variant]`.
    levels: Box<Levels>,
    /// Shape: `[column pair, vector, (column, variant)]`.
    charges: Vec<[f32; LANES]>,
}

impl Eight {
    fn new(variants: &[usize], die: &DieUnderTest, n_vectors: usize) -> Self {
        let card = |i: usize| &die.cards[variants[i.min(variants.len() - 1)]];
        let number = |level, which, i| Self::numbers(card(i), level, die.draw)[which];
        let level = |l| [0, 1].map(|which| std::array::from_fn(|i| number(l, which, i)));
        Self {
            variants: variants.to_vec(),
            draw: die.draw,
            levels: Box::new(std::array::from_fn(level)),
            charges: vec![[0.0; LANES]; LANES / 2 * n_vectors],
        }
    }

    fn numbers(card: &Card, level: usize, draw: Draw) -> [f32; 2] {
        let cells = [card.level_mean[level], card.level_sd[level], card.level_mean[0], card.level_sd[0]];
        match draw {
            Draw::Cell => [cells[0], cells[1]],
            Draw::Pair => difference(cells),
        }
    }

    /// Weights of two columns, of drawn rows from `first` on.
    fn weights(
        &self,
        isa: Isa,
        codes: &[[i8; LANES]],
        draws: &CellDraws,
        first: usize,
        lane: usize,
        weights: &mut [[f32; LANES]],
    ) {
        let levels = &*self.levels;
        match self.draw {
            Draw::Cell => isa.run(OfCells { levels, codes, z: &draws.z[first..], lane, weights }),
            Draw::Pair => isa.run(OfPairs { levels, codes, z: &draws.z.as_flattened()[first..], lane, weights }),
        }
    }

    /// Puts the charges of each variant together. `to`: `[variant, vector, lane]`.
    fn unpack(&self, n_vectors: usize, to: &mut [[f32; LANES]]) {
        for vector in 0..n_vectors {
            let pairs: [&[f32; LANES]; LANES / 2] =
                std::array::from_fn(|pair| &self.charges[pair * n_vectors + vector]);
            for (i, variant) in self.variants.iter().enumerate() {
                let to = &mut to[variant * n_vectors + vector];
                for (to, pair) in to.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
                    *to = [pair[i], pair[EIGHT + i]];
                }
            }
        }
    }
}

type Levels = [[[f32; EIGHT]; 2]; MAX_LEVELS];

/// Numbers of the levels of two codes, and for each whether it is negative.
#[inline(always)]
fn look_up<L: Lanes>(levels: &Levels, codes: &[i8; LANES], lane: usize) -> ([L; 2], [usize; 2]) {
    let [first, second] = [codes[lane], codes[lane + 1]];
    let a = &levels[usize::from(first.unsigned_abs()) % MAX_LEVELS];
    let b = &levels[usize::from(second.unsigned_abs()) % MAX_LEVELS];
    ([L::load_halves(&a[0], &b[0]), L::load_halves(&a[1], &b[1])], [usize::from(first < 0), usize::from(second < 0)])
}

/// `x` with its sign changed where a code is negative.
#[inline(always)]
fn signed<L: Lanes>(x: L, [a, b]: [usize; 2]) -> L {
    const ZEROS: [f32; 2] = [0.0, -0.0];
    L::from_bits(x.to_bits() ^ L::of_halves(ZEROS[a], ZEROS[b]).to_bits())
}

/// The cell that holds the level less the one at rest, as a negative code gives it the other sign.
struct OfCells<'a> {
    levels: &'a Levels,
    codes: &'a [[i8; LANES]],
    z: &'a [[[f32; LANES]; 2]],
    lane: usize,
    weights: &'a mut [[f32; LANES]],
}

impl Kernel for OfCells<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        // The mask tells the compiler that both columns are lanes.
        let (levels, lane) = (self.levels, self.lane & (LANES - 2));
        let [rest_mean, rest_sd] = &levels[0];
        let [rest_mean, rest_sd] = [L::load_halves(rest_mean, rest_mean), L::load_halves(rest_sd, rest_sd)];
        for ((codes, z), weights) in self.codes.iter().zip(self.z).zip(self.weights) {
            let ([mean, sd], [a, b]) = look_up::<L>(levels, codes, lane);
            let written = mean + sd * L::of_halves(z[a][lane], z[b][lane + 1]);
            let rest = rest_mean + rest_sd * L::of_halves(z[a ^ 1][lane], z[b ^ 1][lane + 1]);
            signed(written - rest, [a, b]).store(weights);
        }
    }
}

/// Differences in one draw.
struct OfPairs<'a> {
    levels: &'a Levels,
    codes: &'a [[i8; LANES]],
    z: &'a [[f32; LANES]],
    lane: usize,
    weights: &'a mut [[f32; LANES]],
}

impl Kernel for OfPairs<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        // The mask tells the compiler that both columns are lanes.
        let (levels, lane) = (self.levels, self.lane & (LANES - 2));
        for ((codes, z), weights) in self.codes.iter().zip(self.z).zip(self.weights) {
            let ([mean, sd], negative) = look_up::<L>(levels, codes, lane);
            (signed(mean, negative) + sd * L::of_halves(z[lane], z[lane + 1])).store(weights);
        }
    }
}
