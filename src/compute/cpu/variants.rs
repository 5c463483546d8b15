//! From draws to charges for all variants of a die: by sums over levels where several are alike, else one by one.
//!
//! Alike are Gaussian cards under which a symbol is worth its number. Which way is taken changes the last bits of a charge, so it
//! depends on the batch and the pattern alone: on how many variants a die has that are alike, and on rows and levels.

use super::DieUnderTest;
use super::cells::{CellDraws, PANEL_ROWS};
use super::inputs::EffectiveInputs;
use super::levels::{Coefficients, EIGHT, LevelSums};
use super::pattern::Pattern;
use super::product::Product;
use super::weight_table::{WeightTable, difference};
use crate::compute::lanes::{Isa, LANES};
use crate::compute::{Batch, Card, Draw};

/// Fewer alike go one by one.
const WORTH_IT: usize = 4;

/// Whether some die of a batch may have variants enough that share sums by level.
pub fn any_alike(batch: &Batch) -> bool {
    let gaussian = |cards: &[Card]| cards.iter().filter(|card| card.is_gaussian()).count();
    batch.cards.chunks_exact(batch.n_variants).any(|cards| gaussian(cards) >= WORTH_IT)
}

/// How the variants of a die are worked off.
pub struct Variants<'a> {
    singles: Vec<(usize, WeightTable)>,
    alike: Option<Alike<'a>>,
    n_vectors: usize,
    product: Product,
    weights: Box<[[f32; LANES]; PANEL_ROWS]>,
    /// Charges of the present group of columns. Shape: `[variant, vector, lane]`.
    charges: Vec<[f32; LANES]>,
}

impl<'a> Variants<'a> {
    pub fn new(die: &DieUnderTest, pattern: &'a Pattern, inputs: &EffectiveInputs) -> Self {
        let n_vectors = pattern.symbols.n_vectors();
        let is_alike = |&variant: &usize| die.cards[variant].is_gaussian() && inputs.is_plain(variant);
        let (mut alike, mut singles): (Vec<_>, Vec<_>) = (0..die.cards.len()).partition(is_alike);
        let levels = if alike.len() < WORTH_IT { None } else { pattern.levels() };
        if levels.is_none() {
            singles.append(&mut alike);
        }
        Self {
            singles: singles.into_iter().map(|v| (v, WeightTable::new(&die.cards[v], die.draw))).collect(),
            alike: levels.map(|levels| Alike {
                coefficients: coefficients(die, &alike, levels.rows.n_levels),
                sums: LevelSums::new(levels, alike.len()),
                variants: alike,
                rest: match die.draw {
                    Draw::Cell => vec![[0.0; LANES]; n_vectors],
                    Draw::Pair => Vec::new(),
                },
            }),
            n_vectors,
            product: Product::new(),
            weights: Box::new([[0.0; LANES]; PANEL_ROWS]),
            charges: vec![[0.0; LANES]; die.cards.len() * n_vectors],
        }
    }

    /// The draws of an array's cells, as these variants take them.
    pub fn draws(&self, die: &DieUnderTest, array: u32) -> CellDraws {
        match (die.draw, &self.alike) {
            (Draw::Cell, Some(_)) => CellDraws::in_parts(die, array, !self.singles.is_empty()),
            _ => CellDraws::new(die, array, PANEL_ROWS),
        }
    }

    /// Begins a group of columns.
    pub fn clear(&mut self) {
        for (variant, _) in &self.singles {
            self.charges[variant * self.n_vectors..][..self.n_vectors].as_flattened_mut().fill(0.0);
        }
        if let Some(alike) = &mut self.alike {
            alike.rest.as_flattened_mut().fill(0.0);
        }
    }

    /// Adds a panel of drawn rows to the charges of the group whose first column is `column`.
    pub fn add_panel(
        &mut self,
        isa: Isa,
        inputs: &EffectiveInputs,
        column: usize,
        first_row: usize,
        codes: &[[i8; LANES]],
        draws: &CellDraws,
    ) {
        let weights = &mut self.weights[..codes.len()];
        for (variant, table) in &self.singles {
            table.weights(isa, codes, draws, weights);
            let charges = &mut self.charges[variant * self.n_vectors..][..self.n_vectors];
            self.product.add(isa, inputs.of(*variant), first_row, weights, charges);
        }
        if let Some(Alike { variants, sums, rest, .. }) = &mut self.alike {
            sums.add_panel(isa, column, first_row, codes.len(), draws);
            if let Some(parts) = &draws.parts {
                self.product.add(isa, inputs.of(variants[0]), first_row, &parts.at_rest[..codes.len()], rest);
            }
        }
    }

    /// Charges of the group whose first column is `column`. Shape: `[variant, vector, lane]`.
    pub fn charges(&mut self, isa: Isa, column: usize) -> &[[f32; LANES]] {
        if let Some(Alike { variants, coefficients, sums, rest }) = &mut self.alike {
            sums.charges(isa, column, coefficients, variants, rest, &mut self.charges);
        }
        &self.charges
    }
}

/// Variants whose charges follow from the same sums.
struct Alike<'a> {
    variants: Vec<usize>,
    /// Eight variants each.
    coefficients: Vec<Coefficients>,
    sums: LevelSums<'a>,
    /// Sums of x z over the cells at rest, `[vector, lane]`; none where pairs are drawn at once.
    rest: Vec<[f32; LANES]>,
}

/// What some variants of a die make of sums over the pairs of each level.
pub fn coefficients(die: &DieUnderTest, variants: &[usize], n_levels: usize) -> Vec<Coefficients> {
    let of_eight = |eight: &[usize]| {
        let card = |i: usize| &die.cards[eight[i.min(eight.len() - 1)]];
        let level = |l| {
            let numbers: [[f32; 2]; EIGHT] = std::array::from_fn(|i| of_level(card(i), l, die.draw));
            [0, 1].map(|which| numbers.map(|numbers| numbers[which]))
        };
        Coefficients {
            n: eight.len(),
            levels: Box::new(std::array::from_fn(|l| if l < n_levels { level(l) } else { [[0.0; EIGHT]; 2] })),
            rest: std::array::from_fn(|i| -card(i).level_sd[0]),
        }
    };
    variants.chunks(EIGHT).map(of_eight).collect()
}

/// Mean of the difference of a pair that holds a level, and the sd that goes with its draw.
fn of_level(card: &Card, level: usize, draw: Draw) -> [f32; 2] {
    let cells = [card.level_mean[level], card.level_sd[level], card.level_mean[0], card.level_sd[0]];
    match draw {
        Draw::Cell => [cells[0] - cells[2], cells[1]],
        Draw::Pair => difference(cells),
    }
}
