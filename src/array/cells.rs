//! From a die's parameters to its cells: mean and one sigma of the capacitance of each weight level, local terms included.

use super::cubature::{Point, SLICED_NORMAL, normal_rule, symmetric_rule};
use super::error::CardError;
use super::geometry::{area_rel_sd, film_sd};
use crate::device::constants::ELECTRON;
use crate::device::{CvCurve, Memcapacitor, Read};
use crate::fab::LocalMismatch;
use crate::spec::{DeviceKind, Programming, Technology};

/// The cell model of a technology: where each parameter stands in a die's list, and how cells are written.
pub struct CellModel {
    names: Vec<String>,
    programming: Programming,
    mismatch: LocalMismatch,
    /// Scale of the programming residual: `experiment.variation.local`.
    local: f64,
    /// Gate capacitance per area at the process of record (F/m2): a die's memory window is given at fixed trapped charge.
    nominal_c1_per_area: f64,
    /// Axes of local variation and the rule over them.
    rule: Vec<Point>,
}

/// Temperature and read step of a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    pub temperature: f64,
    pub read: Read,
}

/// The cells of one die at one corner.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Effective capacitance of each level (F): mean and one sigma over cells.
    pub mean: Vec<f64>,
    pub sd: Vec<f64>,
    /// Share of cells that reach the target of the lowest and of the highest level.
    pub reach_fraction: f64,
    /// Largest and smallest capacitance that the memory window gives the nominal cell of this die (F).
    pub c_highest: f64,
    pub c_lowest: f64,
}

/// What programming leaves and limits, one cell (V).
struct Threshold {
    /// Second and fourth moment of the error after verify.
    residual: (f64, f64),
    /// Sd of the raw threshold from cell to cell.
    raw_sd: f64,
    /// Stored shifts go from -limit to +limit.
    limit: f64,
}

impl CellModel {
    /// # Errors
    /// A parameter that the device needs is not in the technology.
    pub fn new(
        technology: &Technology,
        programming: &Programming,
        mismatch: &LocalMismatch,
        local: f64,
    ) -> Result<Self, CardError> {
        let DeviceKind::Memcapacitor = technology.device;
        for (key, _) in technology.device.parameters() {
            if !technology.parameter.contains_key(*key) {
                return Err(CardError::Missing { key, device: "memcapacitor" });
            }
        }
        let axes = mismatch.films.len() + mismatch.edges.len();
        let varies = local > 0.0 && axes > 0;
        let mut model = Self {
            names: technology.parameter.keys().cloned().collect(),
            programming: programming.clone(),
            mismatch: mismatch.clone(),
            local,
            nominal_c1_per_area: 0.0,
            rule: if varies { normal_rule(axes) } else { vec![Point { at: vec![0.0; axes], weight: 1.0 }] },
        };
        let nominal: Vec<f64> = technology.parameter.values().map(|p| p.nominal).collect();
        let cell = model.cell(&nominal);
        model.nominal_c1_per_area = cell.c1() / cell.area();
        Ok(model)
    }

    /// Value of a parameter in a die's list, in the unit of its id.
    ///
    /// # Panics
    /// Never for the device's own ids: `new` has checked that they are there.
    pub fn value(&self, parameters: &[f64], id: &str) -> f64 {
        let index = self.names.iter().position(|name| name == id).expect("checked when the model was made");
        parameters[index]
    }

    /// The cell that a list of parameters describes, in SI.
    pub fn cell(&self, parameters: &[f64]) -> Memcapacitor {
        let value = |id| self.value(parameters, id);
        let nm = 1e-9;
        let per_cm3 = 1e6;
        Memcapacitor {
            t1: value("t1_nm") * nm,
            t2: value("t2_nm") * nm,
            eps1: value("eps1"),
            eps2: value("eps2"),
            length: value("length_nm") * nm,
            width: value("width_nm") * nm,
            t_shield: value("t_shield_nm") * nm,
            n_i_300: value("n_i_per_cm3") * per_cm3,
            e_gap: value("e_gap_ev") * ELECTRON,
            n_shield: value("n_shield_per_cm3") * per_cm3,
            d_it: value("d_it_per_cm2_ev") * 1e4 / ELECTRON,
            v_fb: value("v_fb_v"),
            v_spread: value("v_spread_v"),
            c_fringe: value("c_fringe_af_per_um") * 1e-12,
        }
    }

    /// Writes the targets (F, rising) into every cell of a die at `verify`, and reads them at `operate`.
    ///
    /// `fixed` are the shifts (V) of the nominal cell, given to every cell where nothing is verified.
    pub fn write_and_read(
        &self,
        parameters: &[f64],
        targets: &[f64],
        fixed: &[f64],
        verify: Conditions,
        operate: Conditions,
    ) -> Cells {
        let cell = self.cell(parameters);
        let threshold = self.threshold(parameters, &cell, operate.temperature);
        let (mut mean, mut square) = (vec![0.0; targets.len()], vec![0.0; targets.len()]);
        let mut reach = 0.0;
        let mut start = fixed.to_vec();
        for point in &self.rule {
            let cell = self.cell(&self.varied(parameters, &point.at));
            let (at_verify, at_operate) = (cell.at(verify.temperature), cell.at(operate.temperature));
            let mut needed = vec![0.0; targets.len()];
            for level in 0..targets.len() {
                needed[level] = at_verify.shift_for(verify.read, targets[level], start[level]);
                let written = if self.programming.write_verify { needed[level] } else { fixed[level] };
                let (m1, m2) = self.moments(&at_operate, operate.read, written, &threshold);
                mean[level] += point.weight * m1;
                square[level] += point.weight * m2;
            }
            reach += point.weight * reach_of(&needed, &threshold);
            // Neighbouring points have nearby roots.
            start = needed.iter().zip(fixed).map(|(&n, &f)| if n.is_finite() { n } else { f }).collect();
        }
        let sd = mean.iter().zip(&square).map(|(m, s)| (s - m * m).max(0.0).sqrt());
        let at_verify = cell.at(verify.temperature);
        Cells {
            sd: if self.local > 0.0 { sd.collect() } else { vec![0.0; targets.len()] },
            mean,
            reach_fraction: reach.clamp(0.0, 1.0),
            c_highest: at_verify.read(verify.read, threshold.limit).capacitance,
            c_lowest: at_verify.read(verify.read, -threshold.limit).capacitance,
        }
    }

    /// Shifts (V) that give the nominal cell the targets; infinite where none does.
    pub fn nominal_shifts(&self, parameters: &[f64], targets: &[f64], verify: Conditions) -> Vec<f64> {
        let curve = self.cell(parameters).at(verify.temperature);
        targets.iter().map(|&target| curve.shift_for(verify.read, target, 0.0)).collect()
    }

    /// Half of the memory window of a die (V): dV = Q_t / C1, so it scales with the gate dielectric at fixed trapped charge.
    pub fn window_limit(&self, parameters: &[f64]) -> f64 {
        let cell = self.cell(parameters);
        0.5 * self.value(parameters, "window_v") * self.nominal_c1_per_area / (cell.c1() / cell.area())
    }

    fn threshold(&self, parameters: &[f64], cell: &Memcapacitor, temperature: f64) -> Threshold {
        let uniform = |half: f64| (half * half / 3.0, half.powi(4) / 5.0);
        let verify = if self.programming.write_verify { self.programming.verify_half_window_mv * 1e-3 } else { 0.0 };
        let noise = self.value(parameters, "sigma_vt_mv") * 1e-3;
        // Fourth cumulants add as variances do.
        let parts = [uniform(verify), (noise * noise, 3.0 * noise.powi(4)), uniform(0.5 * cell.electron_step())];
        let variance: f64 = parts.iter().map(|p| p.0).sum();
        let cumulant: f64 = parts.iter().map(|p| p.1 - 3.0 * p.0 * p.0).sum();
        let scale = self.local;
        Threshold {
            residual: (variance * scale.powi(2), (cumulant + 3.0 * variance * variance) * scale.powi(4)),
            raw_sd: cell.threshold_variance(temperature).sqrt() * scale,
            limit: self.window_limit(parameters),
        }
    }

    /// First and second moment of the capacitance (F, F^2) of cells whose shift should be `written`.
    ///
    /// A verified cell absorbs its own threshold as long as the shift that it then needs lies within the window; beyond, it
    /// stops at the window's end. Without verify the cell's own threshold adds to the error.
    fn moments(&self, curve: &CvCurve, read: Read, written: f64, threshold: &Threshold) -> (f64, f64) {
        let capacitance = |shift: f64| curve.read(read, shift).capacitance;
        let (mut m1, mut m2) = (0.0, 0.0);
        let mut add = |weight: f64, shift: f64| {
            let c = capacitance(shift);
            m1 += weight * c;
            m2 += weight * c * c;
        };
        let limit = threshold.limit;
        let (variance, fourth) = threshold.residual;
        if !self.programming.write_verify {
            let raw = threshold.raw_sd * threshold.raw_sd;
            let all = variance + raw;
            let fourth = fourth - 3.0 * variance * variance + 3.0 * all * all;
            symmetric_rule(all, fourth).into_iter().for_each(|(e, w)| add(w, written.clamp(-limit, limit) + e));
            return (m1, m2);
        }
        let errors = symmetric_rule(variance, fourth);
        if written.abs() + 6.0 * threshold.raw_sd < limit {
            errors.into_iter().for_each(|(e, w)| add(w, written + e));
            return (m1, m2);
        }
        for z in SLICED_NORMAL {
            let own = z * threshold.raw_sd;
            let stored = (written + own).clamp(-limit, limit);
            errors.iter().for_each(|(e, w)| add(w / SLICED_NORMAL.len() as f64, stored - own + e));
        }
        (m1, m2)
    }

    /// Parameters of a cell that lies `at` sigmas from its die's, axis by axis: films, then edges.
    fn varied(&self, parameters: &[f64], at: &[f64]) -> Vec<f64> {
        let mut varied = parameters.to_vec();
        let area = self.value(parameters, "length_nm") * self.value(parameters, "width_nm");
        let index = |id: &str| self.names.iter().position(|name| name == id);
        let mut axis = at.iter();
        for ((id, film), z) in self.mismatch.films.iter().zip(&mut axis) {
            if let Some(i) = index(id) {
                varied[i] += z * film_sd(film, area);
            }
        }
        for ((id, edge), z) in self.mismatch.edges.iter().zip(axis) {
            if let Some(i) = index(id) {
                varied[i] *= 1.0 + z * area_rel_sd(edge, area);
            }
        }
        varied
    }
}

/// Share of cells, over their own threshold, that reach the lowest and the highest target.
fn reach_of(needed: &[f64], threshold: &Threshold) -> f64 {
    let within = |margin: f64| {
        if threshold.raw_sd > 0.0 && margin.is_finite() {
            0.5 * libm::erfc(-margin / threshold.raw_sd * std::f64::consts::FRAC_1_SQRT_2)
        } else {
            f64::from(u8::from(margin >= 0.0))
        }
    };
    let (lowest, highest) = (needed[0], needed[needed.len() - 1]);
    within(threshold.limit - highest) * within(lowest + threshold.limit)
}
