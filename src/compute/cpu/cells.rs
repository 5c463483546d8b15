//! The cells of an array, sixteen columns at a time: their weight codes, and what is drawn for them.

use super::DieUnderTest;
use super::draw::{draw, draw_words};
use crate::compute::Draw;
use crate::compute::lanes::{Isa, Keys, LANES};
use crate::random::Stream;

/// Rows of a panel: its weights (16 KiB) stay in the first-level cache while every input passes.
pub const PANEL_ROWS: usize = 256;

/// A number for each cell of a panel of sixteen columns. Shape: `[row, lane]`.
pub type Panel = [[f32; LANES]; PANEL_ROWS];

/// Weight codes as the kernels walk them. Shape: `[group, row, lane]`; columns beyond the last are 0.
pub struct PackedWeights {
    pub n_groups: usize,
    rows: usize,
    codes: Vec<[i8; LANES]>,
}

impl PackedWeights {
    /// `weights`: `[row, column]`.
    pub fn new(weights: &[i8], rows: usize, columns: usize) -> Self {
        let n_groups = columns.div_ceil(LANES);
        let mut codes = Vec::with_capacity(n_groups * rows);
        for first in (0..columns).step_by(LANES) {
            let n = LANES.min(columns - first);
            codes.extend(weights.chunks_exact(columns).map(|row| {
                let mut lanes = [0; LANES];
                lanes[..n].copy_from_slice(&row[first..first + n]);
                lanes
            }));
        }
        Self { n_groups, rows, codes }
    }

    /// The codes of a group's rows.
    pub fn group(&self, group: usize) -> &[[i8; LANES]] {
        &self.codes[group * self.rows..][..self.rows]
    }
}

/// Draws of the cells of a group of columns, row by row, which all variants of a die share.
pub struct CellDraws {
    draw: Draw,
    keys: Keys,
    /// Where some variant has stuck cells.
    stuck_keys: Option<Keys>,
    /// Normals. Shape: `[row][plus, minus][lane]`; of pairs drawn at once `[row / 2][row % 2][lane]`.
    pub z: Vec<[[f32; LANES]; 2]>,
    /// Words that say which cells are stuck, in the shape of `z`; empty where no variant has stuck cells.
    pub words: Vec<[[u32; LANES]; 2]>,
}

impl CellDraws {
    /// Room for so many rows of an array.
    pub fn new(die: &DieUnderTest, array: u32, rows: usize) -> Self {
        let any_stuck = die.cards.iter().any(|card| !card.stuck.is_none());
        let (stream, n) = match die.draw {
            Draw::Cell => (Stream::Cell, rows),
            Draw::Pair => (Stream::Pair, rows.div_ceil(2)),
        };
        Self {
            draw: die.draw,
            keys: Keys::new(&die.address(stream, array)),
            stuck_keys: any_stuck.then(|| Keys::new(&die.address(Stream::Stuck, array))),
            z: vec![[[0.0; LANES]; 2]; n],
            words: vec![[[0; LANES]; 2]; if any_stuck { rows } else { 0 }],
        }
    }

    /// Draws `n_rows` of a group of columns, from a multiple of four on.
    pub fn draw(&mut self, isa: Isa, group: usize, first_row: usize, n_rows: usize) {
        match self.draw {
            Draw::Cell => draw(isa, &self.keys, group, first_row / 2, &mut self.z[..n_rows]),
            Draw::Pair => draw(isa, &self.keys, group, first_row / 4, &mut self.z[..n_rows.div_ceil(2)]),
        }
        if let Some(keys) = &self.stuck_keys {
            draw_words(isa, keys, group, first_row / 2, &mut self.words[..n_rows]);
        }
    }

    /// What is drawn for a panel of pairs, where room is for a whole one.
    pub fn panel_of_pairs(&self) -> &Panel {
        self.z.as_flattened().first_chunk().expect("room for a panel")
    }
}
