//! The slow path that proves the card right: every physical term of every cell drawn, and the whole device evaluated.

use super::cells::{CellModel, Operation};
use crate::random::{DieAddress, HostDraw, Stream};

/// Cells of one die, drawn one by one, in weight steps.
#[derive(Clone, Debug)]
pub struct ExactCells {
    /// Shape: `[level][cell]`. Levels of one cell share its geometry, not its programming.
    pub levels: Vec<Vec<f64>>,
    /// Share of cells that hold the lowest and the highest level.
    pub reach_fraction: f64,
}

/// Draws of the terms of a cell, each by its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct CellDraws {
    seed: u64,
}

/// Draws of one name that an address holds beside its lot: the rest of an index moves the lot.
const INDEX_BITS: u32 = 20;

impl CellDraws {
    fn of(self, name: &str, index: u32) -> (HostDraw, u32) {
        let lot = DieAddress::lot_level(index >> INDEX_BITS);
        (HostDraw::new(self.seed, Stream::Process, lot, name), index & ((1 << INDEX_BITS) - 1))
    }

    /// Two independent standard normals of the term `name`; `index` counts its draws.
    pub fn normals(self, name: &str, index: u32) -> [f64; 2] {
        let (draw, index) = self.of(name, index);
        draw.normals(index)
    }

    /// Two uniforms in (0, 1).
    pub fn uniforms(self, name: &str, index: u32) -> [f64; 2] {
        let (draw, index) = self.of(name, index);
        draw.uniforms(index)
    }
}

/// Draws `n` places of `in_parallel` cells that work (stuck ones are another matter); `steps` turns what a place shows (F) into
/// weight steps.
pub(super) fn sample(
    model: &CellModel,
    parameters: &[f64],
    operation: Operation,
    (n, in_parallel): (u32, u32),
    seed: u64,
    steps: impl Fn(f64) -> f64,
) -> ExactCells {
    let draws = CellDraws { seed };
    let n_levels = model.targets().len();
    let mut exact = ExactCells { levels: vec![Vec::with_capacity(n as usize); n_levels], reach_fraction: 0.0 };
    let mut n_reached = 0u32;
    let mut shown = vec![0.0; n_levels];
    let mut sums = vec![0.0; n_levels];
    for place in 0..n {
        sums.fill(0.0);
        for index in place * in_parallel..(place + 1) * in_parallel {
            let reached = match model {
                CellModel::Memcapacitor(cells) => cells.sample(parameters, operation, draws, index, &mut shown),
                CellModel::UnitCapacitors(cells) => cells.sample(parameters, draws, index, &mut shown),
                CellModel::Conductance(cells) => cells.sample(parameters, draws, index, &mut shown),
            };
            n_reached += u32::from(reached);
            sums.iter_mut().zip(&shown).for_each(|(sum, shown)| *sum += shown);
        }
        exact.levels.iter_mut().zip(&sums).for_each(|(level, &sum)| level.push(steps(sum)));
    }
    exact.reach_fraction = f64::from(n_reached) / (f64::from(n) * f64::from(in_parallel));
    exact
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beyond the index that one address holds, draws go on in the next lot and never come back.
    #[test]
    fn draws_do_not_wrap() {
        let draws = CellDraws { seed: 1 };
        let indices = [0, 1, (1 << 20) - 1, 1 << 20, 1 << 24, (1 << 24) + 1, 1 << 31, u32::MAX];
        let mut seen: Vec<u64> = indices.iter().map(|&index| draws.normals("test", index)[0].to_bits()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), indices.len());
    }
}
