//! Charge-domain SRAM: the bits of a weight connect unit capacitors, level l connects l of them.

use super::cells::{Cells, StuckCells, evenly, place};
use super::error::CardError;
use super::exact::CellDraws;
use crate::spec::Spec;

/// Unit capacitors of a technology: where their parameters stand, and the design.
pub(super) struct UnitCapacitors {
    density: usize,
    area: usize,
    mismatch: usize,
    off: usize,
    /// Scale of the mismatch: `experiment.variation.local`.
    local: f64,
    /// What l units of the nominal die show (F).
    pub targets: Vec<f64>,
}

impl UnitCapacitors {
    /// # Errors
    /// A parameter is missing.
    pub fn new(spec: &Spec, n_levels: usize) -> Result<Self, CardError> {
        let mut model = Self {
            density: place(spec, "c_density_ff_per_um2")?,
            area: place(spec, "unit_area_um2")?,
            mismatch: place(spec, "mismatch_pct_um")?,
            off: place(spec, "c_off_rel")?,
            local: spec.experiment.variation.local,
            targets: Vec::new(),
        };
        let nominal: Vec<f64> = spec.technology.parameter.values().map(|p| p.nominal).collect();
        let unit = model.unit(&nominal);
        let n_units = (n_levels - 1) as f64;
        // What couples through units that are off is there at every level; the lowest has nothing else.
        let rest = n_units * nominal[model.off] * unit;
        model.targets = evenly(rest, rest + n_units * (1.0 - nominal[model.off]) * unit, n_levels);
        Ok(model)
    }

    fn unit(&self, parameters: &[f64]) -> f64 {
        parameters[self.density] * parameters[self.area] * 1e-15
    }

    /// The sd of l units is sqrt(l) times that of one: A_C/sqrt(area), one sigma of a single device. Weights are exact bits, so
    /// nothing is programmed and nothing is out of reach. Source: Pelgrom, JSSC 24, 1433 (1989).
    pub fn cells(&self, parameters: &[f64]) -> Cells {
        let unit = self.unit(parameters);
        let off = parameters[self.off];
        let unit_sd = self.local * unit * parameters[self.mismatch] * 0.01 / parameters[self.area].sqrt();
        let n_levels = self.targets.len();
        let n_units = (n_levels - 1) as f64;
        let of = |level: usize| {
            let (on, idle) = (level as f64, n_units - level as f64);
            (unit * (on + off * idle), unit_sd * (on + off * off * idle).sqrt())
        };
        let levels: Vec<(f64, f64)> = (0..n_levels).map(of).collect();
        let mean: Vec<f64> = levels.iter().map(|level| level.0).collect();
        Cells {
            sd: levels.iter().map(|level| level.1).collect(),
            skew: vec![0.0; n_levels],
            floor: None,
            read_sd: vec![0.0; n_levels],
            stuck: StuckCells::default(),
            reach_fraction: 1.0,
            highest: mean[n_levels - 1],
            lowest: mean[0],
            mean,
        }
    }

    /// Fills `shown` with what the `index`-th cell shows at each level (F), unit by unit; bits are always reached.
    pub fn sample(&self, parameters: &[f64], draws: CellDraws, index: u32, shown: &mut [f64]) -> bool {
        let unit = self.unit(parameters);
        let relative = self.local * parameters[self.mismatch] * 0.01 / parameters[self.area].sqrt();
        let n_units = shown.len() - 1;
        let units: Vec<f64> = (0..n_units)
            .map(|u| unit * (1.0 + relative * draws.normals("exact/unit", index * n_units as u32 + u as u32)[0]))
            .collect();
        for (level, shown) in shown.iter_mut().enumerate() {
            let on: f64 = units[..level].iter().sum();
            *shown = on + parameters[self.off] * units[level..].iter().sum::<f64>();
        }
        true
    }
}
