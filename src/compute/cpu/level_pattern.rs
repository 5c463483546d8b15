//! What sums by level need of a pattern: its rows by level, and its own sums over the cells of each level.

use super::cells::PANEL_ROWS;
use super::level_rows::LevelRows;
use super::packed::Packed;
use crate::compute::lanes::{Isa, LANES, Line};
use crate::compute::{ArrayJob, MAX_LEVELS};
use rayon::prelude::*;

/// Numbers that a pattern may keep (4 MiB): A of all columns.
const MOST_SUMS: usize = 1 << 20;
/// Bits that a pattern may keep for all columns (32 MiB).
const MOST_BITS: usize = 1 << 28;
/// Rows for each level from which on the sums are less work.
const ROWS_PER_LEVEL: usize = 4;

/// A pattern's rows by level, and its sums A.
pub struct LevelPattern {
    pub n_vectors: usize,
    pub rows: LevelRows,
    /// Shape: `[column][tile][level][vector]`.
    a: Vec<Line>,
}

impl LevelPattern {
    /// None where sums by level would not be less work, or too many. `symbols`: of the job's inputs, taken as numbers.
    pub fn new(job: &ArrayJob, symbols: &Packed<u8>) -> Option<Self> {
        let ArrayJob { rows: n_rows, columns: n_columns, weights, .. } = job;
        let (n_rows, n_columns, n_levels, n_vectors) = (*n_rows, *n_columns, job.n_levels(), symbols.n_vectors);
        let are_bits = job.bits_per_slice == 1;
        let vectors = LevelRows::groups_of(n_vectors) * LANES;
        let too_many =
            n_columns * n_levels * vectors > MOST_SUMS || are_bits && n_rows * n_columns * vectors > MOST_BITS;
        if n_rows < ROWS_PER_LEVEL * n_levels || n_levels > MAX_LEVELS || too_many {
            return None;
        }
        let rows = LevelRows::new(weights, n_columns, n_levels, symbols, are_bits);
        let mut a = vec![Line::default(); n_columns * rows.column_sums()];
        a.par_chunks_mut(LANES * rows.column_sums()).enumerate().for_each(|(group, sums)| {
            // A are sums like B, with the signs of the codes for draws.
            let first = group * LANES;
            for (panel, weights) in weights.chunks(PANEL_ROWS * n_columns).enumerate() {
                let mut signs = [[0.0; LANES]; PANEL_ROWS];
                for (signs, weights) in signs.iter_mut().zip(weights.chunks_exact(n_columns)) {
                    signs.iter_mut().zip(&weights[first..]).for_each(|(sign, w)| *sign = f32::from(w.signum()));
                }
                let n_rows = weights.len() / n_columns;
                rows.of_panel(Isa::best(), first, panel * PANEL_ROWS, n_rows).add(&signs, sums);
            }
        });
        Some(Self { n_vectors, rows, a })
    }

    /// Sums A of a column. Shape: `[tile][level][vector]`.
    pub fn a(&self, column: usize) -> &[Line] {
        let n = self.rows.column_sums();
        &self.a[column * n..][..n]
    }
}
