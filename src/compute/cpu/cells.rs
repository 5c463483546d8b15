//! The cells of an array, sixteen columns at a time: their weight codes, and what is drawn for them.

use super::DieUnderTest;
use super::draw::{Sink, draw, draw_into, draw_words};
use crate::compute::Draw;
use crate::compute::lanes::{Isa, Keys, LANES, LaneWords, Lanes, Words};
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
    /// Normals. Shape: `[row][plus, minus][lane]`; of pairs drawn at once `[row / 2][row % 2][lane]`. Empty where only parts are asked for.
    pub z: Vec<[[f32; LANES]; 2]>,
    /// Where it is asked for.
    pub parts: Option<Box<Parts>>,
    /// Words that say which cells are stuck, in the shape of `z`; empty where no variant has stuck cells.
    pub words: Vec<[[u32; LANES]; 2]>,
}

/// Draws of a panel's cells apart: of those that hold a level and of those at rest, as their codes' signs have them.
pub struct Parts {
    pub written: Panel,
    pub at_rest: Panel,
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
            parts: None,
            words: vec![[[0; LANES]; 2]; if any_stuck { rows } else { 0 }],
        }
    }

    /// Room for the parts of a panel's cells, each of which is drawn; `whole`: for the cells as they are, too.
    pub fn in_parts(die: &DieUnderTest, array: u32, whole: bool) -> Self {
        let parts = Parts { written: [[0.0; LANES]; PANEL_ROWS], at_rest: [[0.0; LANES]; PANEL_ROWS] };
        Self { parts: Some(Box::new(parts)), ..Self::new(die, array, if whole { PANEL_ROWS } else { 0 }) }
    }

    /// Draws the rows of a group of columns that hold these codes, from a multiple of four on.
    pub fn draw(&mut self, isa: Isa, group: usize, first_row: usize, codes: &[[i8; LANES]]) {
        let n_rows = codes.len();
        match (self.draw, &mut self.parts) {
            (Draw::Pair, _) => draw(isa, &self.keys, group, first_row / 4, &mut self.z[..n_rows.div_ceil(2)]),
            (Draw::Cell, None) => draw(isa, &self.keys, group, first_row / 2, &mut self.z[..n_rows]),
            (Draw::Cell, Some(parts)) => {
                draw_into(isa, &self.keys, group, first_row / 2, n_rows, Part { codes, parts, z: &mut self.z });
            }
        }
        if let Some(keys) = &self.stuck_keys {
            draw_words(isa, keys, group, first_row / 2, &mut self.words[..n_rows]);
        }
    }

    /// What is drawn for the cells of a panel that hold a level, or for its pairs; where room is for a whole one.
    pub fn written(&self) -> &Panel {
        match &self.parts {
            Some(parts) => &parts.written,
            None => self.z.as_flattened().first_chunk().expect("room for a panel"),
        }
    }
}

/// Parts the draws of pairs while they are in registers.
struct Part<'a> {
    codes: &'a [[i8; LANES]],
    parts: &'a mut Parts,
    z: &'a mut [[[f32; LANES]; 2]],
}

impl Sink for Part<'_> {
    #[inline(always)]
    fn take<L: Lanes>(&mut self, row: usize, [plus, minus]: [L; 2]) {
        let codes = L::Word::of_codes(&self.codes[row]);
        let sign = codes & L::Word::of(1 << 31);
        let signed = |z: L| L::from_bits(z.to_bits() ^ sign);
        signed(L::select(codes, minus, plus)).store(&mut self.parts.written[row]);
        signed(L::select(codes, plus, minus)).store(&mut self.parts.at_rest[row]);
        if let Some(z) = self.z.get_mut(row) {
            plus.store(&mut z[0]);
            minus.store(&mut z[1]);
        }
    }
}
