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
    /// In the order in which charges are made. Shape: `[column / 16][vector / 16][lane][level][vector]`.
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
        let per_group = LANES * rows.column_sums();
        let mut a = vec![Line::default(); n_columns.div_ceil(LANES) * per_group];
        a.par_chunks_mut(per_group).enumerate().for_each(|(group, a)| {
            // A are sums like B, with the signs of the codes for draws.
            let first = group * LANES;
            let mut sums = vec![Line::default(); per_group];
            for (panel, weights) in weights.chunks(PANEL_ROWS * n_columns).enumerate() {
                let mut signs = [[0.0; LANES]; PANEL_ROWS];
                for (signs, weights) in signs.iter_mut().zip(weights.chunks_exact(n_columns)) {
                    signs.iter_mut().zip(&weights[first..]).for_each(|(sign, w)| *sign = f32::from(w.signum()));
                }
                let n_rows = weights.len() / n_columns;
                rows.of_panel(Isa::best(), first, panel * PANEL_ROWS, n_rows).add(&signs, &mut sums);
            }
            for (vectors, a) in a.chunks_exact_mut(LANES * n_levels).enumerate() {
                let of_columns = sums.chunks_exact(rows.column_sums()).zip(a.chunks_exact_mut(n_levels));
                of_columns.for_each(|(sums, a)| rows.copy_group(sums, vectors, a));
            }
        });
        Some(Self { n_vectors, rows, a })
    }

    /// Sums A of a group of columns for a group of vectors. Shape: `[lane][level][vector]`.
    pub fn a(&self, columns: usize, vectors: usize) -> &[Line] {
        let n = LANES * self.rows.n_levels;
        &self.a[(columns * self.rows.n_groups() + vectors) * n..][..n]
    }
}
