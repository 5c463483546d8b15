//! One memcapacitor drawn from every physical term, written to each level as the product says, and read.

use super::{Axis, MemcapacitorCells};
use crate::array::cells::Operation;
use crate::array::exact::CellDraws;
use crate::array::geometry::{area_rel_sd, film_sd};

impl MemcapacitorCells {
    /// Fills `shown` with the capacitance of the `index`-th cell at each level (F); true if it reaches the lowest and the highest.
    pub fn sample(
        &self,
        parameters: &[f64],
        operation: Operation,
        draws: CellDraws,
        index: u32,
        shown: &mut [f64],
    ) -> bool {
        let operate = self.operate(operation);
        let verify = self.writing.verify;
        let die = self.cell(parameters);
        let limit = self.window_limit(parameters);
        let cell = self.cell(&self.varied(parameters, draws, index));
        let (at_verify, at_operate) = (cell.at(verify.temperature), cell.at(operate.temperature));
        let own_sd = self.local * die.threshold_variance(verify.temperature).sqrt();
        let own = draws.normals("exact/own threshold", index)[0] * own_sd;
        let n_levels = shown.len();
        let mut reaches = true;
        for (level, shown) in shown.iter_mut().enumerate() {
            let needed = at_verify.shift_for(verify.read, self.writing.targets[level], self.writing.shifts[level]);
            if level == 0 || level == n_levels - 1 {
                reaches &= (needed - own).abs() <= limit;
            }
            let of_level = index * n_levels as u32 + level as u32;
            let [electron, window] = draws.uniforms("exact/steps", of_level).map(|u| self.local * (2.0 * u - 1.0));
            let noise = draws.normals("exact/programming noise", of_level)[0] * self.local;
            let mut error = noise * parameters[self.places.sigma_vt_mv] * 1e-3 + 0.5 * electron * die.electron_step();
            let stored = if self.programming.write_verify {
                error += window * self.programming.verify_half_window_mv * 1e-3;
                (needed - own).clamp(-limit, limit)
            } else {
                self.writing.shifts[level].clamp(-limit, limit)
            };
            *shown = at_operate.read(operate.read, stored + own + error).capacitance;
        }
        reaches
    }

    /// The die's parameters with the cell's own film and edge mismatch.
    fn varied(&self, parameters: &[f64], draws: CellDraws, index: u32) -> Vec<f64> {
        let area = parameters[self.places.length_nm] * parameters[self.places.width_nm];
        let mut varied = parameters.to_vec();
        for (number, Axis { place, films, edges }) in self.axes.iter().enumerate() {
            for (term, film) in films.iter().enumerate() {
                let z = draws.normals(&format!("exact/film {number} {term}"), index)[0];
                varied[*place] += z * film_sd(film, area);
            }
            for (term, edge) in edges.iter().enumerate() {
                let z = draws.normals(&format!("exact/edge {number} {term}"), index)[0];
                varied[*place] += z * parameters[*place] * area_rel_sd(edge, area);
            }
        }
        varied
    }
}
