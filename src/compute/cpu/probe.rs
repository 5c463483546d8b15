//! All cells of one array, for a look at what the other kernels multiply: drawn and made by the same code.

use super::DieUnderTest;
use super::cell_table::CellTable;
use super::cells::{CellDraws, PackedWeights};
use crate::compute::ArrayJob;
use crate::compute::lanes::{Isa, LANES};

/// Cells under the die's first card. Shape: `[half, row, column]`, half 0 = plus, 1 = minus.
pub fn probe(isa: Isa, die: &DieUnderTest, job: &ArrayJob) -> Vec<f32> {
    let table = CellTable::new(&die.cards[0]);
    let codes = PackedWeights::new(&job.weights, job.rows, job.columns);
    let mut draws = CellDraws::new(die, job.array, job.rows);
    let mut pairs = vec![[[0.0; LANES]; 2]; job.rows];
    let mut cells = vec![0.0; 2 * job.rows * job.columns];
    for group in 0..codes.n_groups {
        draws.draw(isa, group, 0, codes.group(group));
        table.cells(isa, codes.group(group), &draws, &mut pairs);
        let first = group * LANES;
        let n_columns = LANES.min(job.columns - first);
        for (row, pair) in pairs.iter().enumerate() {
            for (half, values) in pair.iter().enumerate() {
                let start = (half * job.rows + row) * job.columns + first;
                cells[start..start + n_columns].copy_from_slice(&values[..n_columns]);
            }
        }
    }
    cells
}
