//! The cells of one die: how local variation and programming spread the capacitance of each level.

use super::cubature::{split_normal, symmetric_rule};
use super::{Axis, Conditions, MemcapacitorCells, Writing};
use crate::array::geometry::{area_rel_sd, film_sd};
use crate::device::{CvCurve, Memcapacitor};
use crate::spec::{EdgeMismatch, FilmMismatch};

/// The cells of one die while a card is written.
pub(super) struct Population<'a> {
    model: &'a MemcapacitorCells,
    parameters: &'a [f64],
    writing: &'a Writing,
    operate: Conditions,
    /// One sigma along each axis, in the unit of its parameter.
    axis_sd: Vec<f64>,
    /// Rule over the error of the shift (V).
    errors: Vec<(f64, f64)>,
    /// Sd of the threshold from cell to cell (V), as far as no axis moves it.
    own_sd: f64,
    /// Stored shifts go from -limit to +limit (V).
    limit: f64,
}

impl<'a> Population<'a> {
    pub fn new(model: &'a MemcapacitorCells, parameters: &'a [f64], writing: &'a Writing, operate: Conditions) -> Self {
        let cell = model.cell(parameters);
        let own_sd = cell.threshold_variance(writing.verify.temperature).sqrt() * model.local;
        let area_nm2 = parameters[model.places.length_nm] * parameters[model.places.width_nm];
        let axis_sd = |axis: &Axis| {
            let film = |f: &FilmMismatch| film_sd(f, area_nm2).powi(2);
            let edge = |e: &EdgeMismatch| (parameters[axis.place] * area_rel_sd(e, area_nm2)).powi(2);
            (axis.films.iter().map(film).sum::<f64>() + axis.edges.iter().map(edge).sum::<f64>()).sqrt()
        };
        Self {
            model,
            parameters,
            writing,
            operate,
            axis_sd: model.axes.iter().map(axis_sd).collect(),
            errors: error_rule(model, parameters, &cell, own_sd),
            own_sd,
            limit: model.window_limit(parameters),
        }
    }

    /// The cell that lies `at` sigmas from the die's, axis by axis.
    fn cell(&self, at: &[(usize, f64)]) -> Memcapacitor {
        let mut varied = self.parameters.to_vec();
        at.iter().for_each(|&(axis, z)| varied[self.model.axes[axis].place] += z * self.axis_sd[axis]);
        self.model.cell(&varied)
    }

    /// Moments of all levels that are not `at_ends`, over all axes.
    ///
    /// A verified cell absorbs its own threshold; without verify its own threshold adds to the error.
    pub fn over_rule(&self, at_ends: &[Option<&WindowEnd>]) -> Vec<Moments> {
        let Writing { targets, shifts, verify } = self.writing;
        let mut levels = vec![Moments::default(); targets.len()];
        // The rule's centre comes first: its solution is where the searches of the other points start.
        let mut starts = shifts.clone();
        for (n, point) in self.model.rule.iter().enumerate() {
            let cell = self.cell(&point.at);
            let (at_verify, at_operate) = (cell.at(verify.temperature), cell.at(self.operate.temperature));
            for level in (0..targets.len()).filter(|&level| at_ends[level].is_none()) {
                let mut shift = starts[level];
                if self.model.programming.write_verify {
                    shift = at_verify.shift_for(verify.read, targets[level], shift);
                    if n == 0 {
                        starts[level] = shift;
                    }
                }
                self.add_reads(&mut levels[level], point.weight, &at_operate, shift.clamp(-self.limit, self.limit));
            }
        }
        levels
    }

    /// Moments of a verified level some of whose cells stop at an end of the window.
    ///
    /// Cells vary along the one direction in which they fail; what varies across it is left out (area dominates both: test
    /// `cards_agree_at_the_ends_of_the_window`). The kink where cells begin to fail splits the integral.
    pub fn along(&self, end: &WindowEnd, level: usize) -> Moments {
        let Writing { targets, shifts, verify } = self.writing;
        let mut moments = Moments::default();
        let points = if end.sd > 0.0 { split_normal(-end.above(targets[level])) } else { vec![(0.0, 1.0)] };
        for (u, weight) in points {
            let at: Vec<_> = end.direction.iter().enumerate().map(|(axis, d)| (axis, u * d)).collect();
            let own = u * end.own_direction * self.own_sd;
            let cell = self.cell(&at);
            let needed = cell.at(verify.temperature).shift_for(verify.read, targets[level], shifts[level]);
            let stored = (needed - own).clamp(-self.limit, self.limit);
            self.add_reads(&mut moments, weight, &cell.at(self.operate.temperature), stored + own);
        }
        moments
    }

    /// Adds cells of one curve and intended shift, over the errors of the shift.
    fn add_reads(&self, moments: &mut Moments, weight: f64, curve: &CvCurve, shift: f64) {
        for &(error, share) in &self.errors {
            moments.add(weight * share, curve.read(self.operate.read, shift + error).capacitance);
        }
    }

    /// Capacitance of cells at the lower (-1) or upper (1) end of the window, as verified: mean, and how it spreads.
    pub fn window_end(&self, side: f64) -> WindowEnd {
        let verify = self.writing.verify;
        let read = |at: &[(usize, f64)]| self.cell(at).at(verify.temperature).read(verify.read, side * self.limit);
        let centre = read(&[]);
        let mut mean = centre.capacitance;
        let mut gradient: Vec<f64> = Vec::with_capacity(self.axis_sd.len());
        for axis in 0..self.axis_sd.len() {
            // Three points of a normal per axis: 0 and +- sqrt(3) sigma, weights 2/3 and 1/6.
            let root3 = 3.0f64.sqrt();
            let (below, above) = (read(&[(axis, -root3)]).capacitance, read(&[(axis, root3)]).capacitance);
            mean += (below + above - 2.0 * centre.capacitance) / 6.0;
            gradient.push((above - below) / (2.0 * root3));
        }
        let own = centre.slope * self.own_sd;
        let sd = (gradient.iter().map(|g| g * g).sum::<f64>() + own * own).sqrt();
        let unit = if sd > 0.0 { 1.0 / sd } else { 0.0 };
        gradient.iter_mut().for_each(|g| *g *= unit);
        WindowEnd { mean, sd, direction: gradient, own_direction: own * unit }
    }
}

/// Capacitance of a die's cells (F) at an end of the memory window.
pub(super) struct WindowEnd {
    pub mean: f64,
    sd: f64,
    /// Unit vector along which it rises, in sigmas of the axes and of the cell's own threshold.
    direction: Vec<f64>,
    own_direction: f64,
}

impl WindowEnd {
    /// Sigmas by which the end lies above `target`; infinite where nothing spreads.
    pub fn above(&self, target: f64) -> f64 {
        let margin = self.mean - target;
        if self.sd > 0.0 { margin / self.sd } else { f64::INFINITY.copysign(margin) }
    }
}

/// First three moments of a level's capacitance (F, F^2, F^3).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    pub first: f64,
    second: f64,
    third: f64,
}

impl Moments {
    fn add(&mut self, weight: f64, c: f64) {
        self.first += weight * c;
        self.second += weight * c * c;
        self.third += weight * c * c * c;
    }

    pub fn sd(&self) -> f64 {
        (self.second - self.first * self.first).max(0.0).sqrt()
    }

    /// Third central moment over sd^3; what rounding leaves where nothing varies is none.
    pub fn skew(&self) -> f64 {
        let sd = self.sd();
        if sd < 1e-6 * self.first.abs() {
            return 0.0;
        }
        (self.third - 3.0 * self.first * self.second + 2.0 * self.first.powi(3)) / sd.powi(3)
    }
}

/// Rule over what programming leaves (V): verify window, noise and the last electron; without verify the raw threshold too.
fn error_rule(model: &MemcapacitorCells, parameters: &[f64], cell: &Memcapacitor, own_sd: f64) -> Vec<(f64, f64)> {
    let programming = &model.programming;
    let uniform = |half: f64| (half * half / 3.0, half.powi(4) / 5.0);
    let normal = |sd: f64| (sd * sd, 3.0 * sd.powi(4));
    let (half_window, own) =
        if programming.write_verify { (programming.verify_half_window_mv * 1e-3, 0.0) } else { (0.0, own_sd) };
    let scale = model.local;
    let parts = [
        uniform(half_window * scale),
        uniform(0.5 * cell.electron_step() * scale),
        normal(parameters[model.places.sigma_vt_mv] * 1e-3 * scale),
        normal(own),
    ];
    // Fourth cumulants add as variances do.
    let variance: f64 = parts.iter().map(|p| p.0).sum();
    let cumulant: f64 = parts.iter().map(|p| p.1 - 3.0 * p.0 * p.0).sum();
    symmetric_rule(variance, cumulant + 3.0 * variance * variance)
}

/// P(u < x) of a standard normal.
pub(super) fn probability(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}
