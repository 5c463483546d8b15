//! The cells of an array: their draws, sixteen columns at a time, and the weights that a card makes of them.

use crate::compute::address::cell_element;
use crate::compute::lanes::{Isa, Kernel, LANES, Lanes};
use crate::compute::normal::normals;
use crate::compute::{ArrayJob, Card};
use crate::random::Address;

/// Rows of a panel: its weights (16 KiB) stay in the first-level cache while every input passes.
pub const PANEL_ROWS: usize = 256;

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

/// Mean and sd of the plus cell, mean and sd of the minus cell, for each weight code (as `u8`).
pub struct CellTable([[f32; 4]; 256]);

impl CellTable {
    pub fn new(card: &Card) -> Self {
        let mut table = [[0.0; 4]; 256];
        let level = |l: usize| [card.level_mean[l], card.level_sd[l]];
        let [rest_mean, rest_sd] = level(0);
        for l in 0..card.level_mean.len() {
            let [mean, sd] = level(l);
            table[l] = [mean, sd, rest_mean, rest_sd];
            table[(256 - l) % 256] = if l == 0 { table[0] } else { [rest_mean, rest_sd, mean, sd] };
        }
        Self(table)
    }

    /// Differential weights of a panel: (mean + sd z) of the plus cell less that of the minus cell.
    pub fn weights(&self, isa: Isa, codes: &[[i8; LANES]], z: &[[[f32; LANES]; 2]], weights: &mut [[f32; LANES]]) {
        isa.run(ApplyCard { table: &self.0, codes, z, weights });
    }
}

struct ApplyCard<'a> {
    table: &'a [[f32; 4]; 256],
    codes: &'a [[i8; LANES]],
    z: &'a [[[f32; LANES]; 2]],
    weights: &'a mut [[f32; LANES]],
}

impl Kernel for ApplyCard<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        for ((codes, z), weights) in self.codes.iter().zip(self.z).zip(self.weights) {
            let [plus_mean, plus_sd, minus_mean, minus_sd] = L::look_up(self.table, codes);
            let plus = plus_mean + plus_sd * L::load(&z[0]);
            let minus = minus_mean + minus_sd * L::load(&z[1]);
            (plus - minus).store(weights);
        }
    }
}

/// All cells of an array. Shape: `[half, row, column]`, half 0 = plus, 1 = minus.
pub fn probe(address: &Address, card: &Card, job: &ArrayJob) -> Vec<f32> {
    let table = CellTable::new(card);
    let n = job.rows * job.columns;
    let mut cells = vec![0.0; 2 * n];
    for (i, &code) in job.weights.iter().enumerate() {
        let (row, column) = (i / job.columns, i % job.columns);
        let element = cell_element(row as u32, column as u32);
        let z = normals(Address { element, ..*address }.words());
        let [plus_mean, plus_sd, minus_mean, minus_sd] = table.0[usize::from(code as u8)];
        cells[i] = plus_mean + plus_sd * z[2 * (row % 2)];
        cells[n + i] = minus_mean + minus_sd * z[2 * (row % 2) + 1];
    }
    cells
}
