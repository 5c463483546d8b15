//! What a card makes of drawn cells: their values, and the differential weights of their pairs.

use super::cells::CellDraws;
use crate::compute::lanes::{Isa, Kernel, LANES, LaneWords, Lanes, Words};
use crate::compute::{Card, MAX_LEVELS, Stuck};

/// Two numbers of the plus cell and the same two of the minus cell, for each weight code (as `u8`).
pub type Table = [[f32; 4]; 256];

/// A card's cells by weight code.
pub struct CellTable {
    /// Mean and sd.
    normal: Table,
    /// What makes the cells other than normal, if anything does.
    shape: Option<Box<Shape>>,
}

struct Shape {
    /// Bend, and nothing.
    bend: Table,
    /// Least and largest value.
    bounds: Table,
    stuck: Stuck,
}

impl CellTable {
    pub fn new(card: &Card) -> Self {
        let shape = || Shape {
            bend: table(|l| [card.level_bend[l], 0.0]),
            bounds: table(|l| [card.level_low[l], card.level_high[l]]),
            stuck: card.stuck,
        };
        Self {
            normal: table(|l| [card.level_mean[l], card.level_sd[l]]),
            shape: (!card.is_gaussian()).then(|| Box::new(shape())),
        }
    }

    /// Differential weights of the drawn rows: the plus cell less the minus cell.
    pub fn weights(&self, isa: Isa, codes: &[[i8; LANES]], draws: &CellDraws, weights: &mut [[f32; LANES]]) {
        self.apply(isa, codes, draws, Weights(weights));
    }

    /// Both cells of the pairs of the drawn rows.
    pub fn cells(&self, isa: Isa, codes: &[[i8; LANES]], draws: &CellDraws, cells: &mut [[[f32; LANES]; 2]]) {
        self.apply(isa, codes, draws, cells);
    }

    fn apply(&self, isa: Isa, codes: &[[i8; LANES]], draws: &CellDraws, to: impl Take) {
        let (normal, z) = (&self.normal, &draws.z[..codes.len()]);
        match &self.shape {
            None => isa.run(Gaussian { normal, codes, z, to }),
            Some(shape) => isa.run(Shaped { normal, shape, codes, z, words: &draws.words, to }),
        }
    }
}

/// A code's level is in the plus cell if it is positive, in the minus cell if negative; the other cell is at level 0.
pub fn table(level: impl Fn(usize) -> [f32; 2]) -> Table {
    let mut table = [[0.0; 4]; 256];
    let [rest, more_of_rest] = level(0);
    for l in 0..MAX_LEVELS {
        let [number, more] = level(l);
        table[(256 - l) % 256] = [rest, more_of_rest, number, more];
        table[l] = [number, more, rest, more_of_rest];
    }
    table
}

/// Where the cells of a row of pairs go. `take` must be `#[inline(always)]`, like a kernel.
trait Take {
    fn take<L: Lanes>(&mut self, row: usize, plus: L, minus: L);
}

struct Weights<'a>(&'a mut [[f32; LANES]]);

impl Take for Weights<'_> {
    #[inline(always)]
    fn take<L: Lanes>(&mut self, row: usize, plus: L, minus: L) {
        (plus - minus).store(&mut self.0[row]);
    }
}

impl Take for &mut [[[f32; LANES]; 2]] {
    #[inline(always)]
    fn take<L: Lanes>(&mut self, row: usize, plus: L, minus: L) {
        plus.store(&mut self[row][0]);
        minus.store(&mut self[row][1]);
    }
}

/// mean + sd z.
struct Gaussian<'a, T> {
    normal: &'a Table,
    codes: &'a [[i8; LANES]],
    z: &'a [[[f32; LANES]; 2]],
    to: T,
}

impl<T: Take> Kernel for Gaussian<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        for (row, (codes, z)) in self.codes.iter().zip(self.z).enumerate() {
            let [plus_mean, plus_sd, minus_mean, minus_sd] = L::look_up(self.normal, codes);
            let plus = plus_mean + plus_sd * L::load(&z[0]);
            let minus = minus_mean + minus_sd * L::load(&z[1]);
            self.to.take(row, plus, minus);
        }
    }
}

/// The whole formula of a card. Without bend, bound and stuck cells it gives the bits of [`Gaussian`].
struct Shaped<'a, T> {
    normal: &'a Table,
    shape: &'a Shape,
    codes: &'a [[i8; LANES]],
    z: &'a [[[f32; LANES]; 2]],
    /// Empty if no cell is stuck.
    words: &'a [[[u32; LANES]; 2]],
    to: T,
}

impl<T: Take> Kernel for Shaped<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let Shape { bend, bounds, stuck } = self.shape;
        for (row, (codes, z)) in self.codes.iter().zip(self.z).enumerate() {
            let [plus_mean, plus_sd, minus_mean, minus_sd] = L::look_up(self.normal, codes);
            let [plus_bend, _, minus_bend, _] = L::look_up(bend, codes);
            let [plus_low, plus_high, minus_low, minus_high] = L::look_up(bounds, codes);
            let plus = plus_mean + plus_sd * bent(L::load(&z[0]), plus_bend);
            let minus = minus_mean + minus_sd * bent(L::load(&z[1]), minus_bend);
            let mut plus = plus.max(plus_low).min(plus_high);
            let mut minus = minus.max(minus_low).min(minus_high);
            if let Some(words) = self.words.get(row) {
                plus = unless_stuck(plus, L::Word::load(&words[0]), stuck);
                minus = unless_stuck(minus, L::Word::load(&words[1]), stuck);
            }
            self.to.take(row, plus, minus);
        }
    }
}

/// Twin: `shaders/cell.wgsl`, as all of this formula.
#[inline(always)]
fn bent<L: Lanes>(z: L, bend: L) -> L {
    z + bend * (z * z - L::of(1.0))
}

#[inline(always)]
fn unless_stuck<L: Lanes>(cell: L, word: L::Word, stuck: &Stuck) -> L {
    let cell = L::select(word.at_least(L::Word::of(stuck.n_low)), cell, L::of(stuck.low_value));
    L::select(L::Word::of(!stuck.n_high).at_least(word), cell, L::of(stuck.high_value))
}
