//! Differential weights of a group of columns under one card, from draws of cells or of pairs.

use super::cell_table::{CellTable, Table, table};
use super::cells::CellDraws;
use crate::compute::lanes::{Isa, Kernel, LANES, Lanes};
use crate::compute::{Card, Draw};

/// A card's weights by weight code.
pub enum WeightTable {
    Cells(CellTable),
    /// Mean and sd of a pair's difference, and two idle numbers.
    Pairs(Table),
}

impl WeightTable {
    pub fn new(card: &Card, draw: Draw) -> Self {
        match draw {
            Draw::Cell => Self::Cells(CellTable::new(card)),
            Draw::Pair => {
                let cells = table(|l| [card.level_mean[l], card.level_sd[l]]);
                Self::Pairs(cells.map(|cells| {
                    let [mean, sd] = difference(cells);
                    [mean, sd, 0.0, 0.0]
                }))
            }
        }
    }

    /// Weights of the drawn rows.
    pub fn weights(&self, isa: Isa, codes: &[[i8; LANES]], draws: &CellDraws, weights: &mut [[f32; LANES]]) {
        match self {
            Self::Cells(cells) => cells.weights(isa, codes, draws, weights),
            Self::Pairs(table) => isa.run(Pairs { table, codes, z: draws.z.as_flattened(), weights }),
        }
    }
}

/// Mean and sd of the difference of two independent normals. Twin: `shaders/pairs_at_once.wgsl`.
pub fn difference([plus_mean, plus_sd, minus_mean, minus_sd]: [f32; 4]) -> [f32; 2] {
    [plus_mean - minus_mean, (plus_sd * plus_sd + minus_sd * minus_sd).sqrt()]
}

/// mean + sd z.
struct Pairs<'a> {
    table: &'a Table,
    codes: &'a [[i8; LANES]],
    z: &'a [[f32; LANES]],
    weights: &'a mut [[f32; LANES]],
}

impl Kernel for Pairs<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        for ((codes, z), weights) in self.codes.iter().zip(self.z).zip(self.weights) {
            let [mean, sd, ..] = L::look_up(self.table, codes);
            (mean + sd * L::load(z)).store(weights);
        }
    }
}
