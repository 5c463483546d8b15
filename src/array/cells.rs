//! From a die's parameters to its cells: mean and one sigma of the capacitance of each weight level, local terms included.

use super::cubature::{Point, normal_rule, star_rule};
use super::error::CardError;
use super::places::Places;
use super::population::{Population, WindowEnd, probability};
use crate::device::constants::ELECTRON;
use crate::device::{Memcapacitor, Read};
use crate::fab::LocalMismatch;
use crate::spec::{DeviceKind, EdgeMismatch, FilmMismatch, Programming, Technology};

/// Sigmas of the cells' spread by which a level must be away from an end of the memory window to count as safe from it.
const SAFE_MARGIN: f64 = 5.0;

/// The cell model of a technology: where each parameter stands in a die's list, and how cells are written.
pub struct CellModel {
    pub places: Places,
    pub(super) programming: Programming,
    /// Directions of local variation, and the rule over them.
    pub(super) axes: Vec<Axis>,
    pub(super) rule: Vec<Point>,
    /// Scale of the programming residual: `experiment.variation.local`.
    pub(super) local: f64,
    /// Gate capacitance per area at the process of record (F/m2): a die's memory window is given at fixed trapped charge.
    nominal_c1_per_area: f64,
}

/// A parameter that varies from cell to cell, and the independent terms that it does so by.
pub(super) struct Axis {
    pub(super) place: usize,
    pub(super) films: Vec<FilmMismatch>,
    pub(super) edges: Vec<EdgeMismatch>,
}

/// Temperature and read step of a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    pub temperature: f64,
    pub read: Read,
}

/// What is written into the cells of a die.
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    /// Capacitance of each level (F), rising.
    pub targets: Vec<f64>,
    /// Shifts of the nominal cell (V): given to every cell where nothing is verified, and where searches start.
    pub shifts: Vec<f64>,
    /// How cells are measured while they are written.
    pub verify: Conditions,
}

/// The cells of one die at one corner.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Effective capacitance of each level (F): mean and one sigma over cells.
    pub mean: Vec<f64>,
    pub sd: Vec<f64>,
    /// Share of cells that reach the targets of the lowest and of the highest level.
    pub reach_fraction: f64,
    /// Mean capacitance of cells at the upper and at the lower end of the memory window (F), as verified.
    pub c_highest: f64,
    pub c_lowest: f64,
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
        let mut model = Self {
            places: Places::of(technology)?,
            programming: programming.clone(),
            axes: if local > 0.0 { axes(technology, mismatch) } else { Vec::new() },
            rule: Vec::new(),
            local,
            nominal_c1_per_area: 0.0,
        };
        // Verify takes out of a cell what each axis does to it; what two axes do together to the little that is left is of
        // fourth order in the mismatch.
        model.rule = if programming.write_verify { star_rule(model.axes.len()) } else { normal_rule(model.axes.len()) };
        let nominal: Vec<f64> = technology.parameter.values().map(|p| p.nominal).collect();
        let cell = model.cell(&nominal);
        model.nominal_c1_per_area = cell.c1() / cell.area();
        Ok(model)
    }

    /// The cell that a list of parameters describes, in SI.
    pub fn cell(&self, parameters: &[f64]) -> Memcapacitor {
        let at = &self.places;
        let nm = 1e-9;
        let per_cm3 = 1e6;
        Memcapacitor {
            t1: parameters[at.t1_nm] * nm,
            t2: parameters[at.t2_nm] * nm,
            eps1: parameters[at.eps1],
            eps2: parameters[at.eps2],
            length: parameters[at.length_nm] * nm,
            width: parameters[at.width_nm] * nm,
            t_shield: parameters[at.t_shield_nm] * nm,
            n_i_300: parameters[at.n_i_per_cm3] * per_cm3,
            e_gap: parameters[at.e_gap_ev] * ELECTRON,
            n_shield: parameters[at.n_shield_per_cm3] * per_cm3,
            d_it: parameters[at.d_it_per_cm2_ev] * 1e4 / ELECTRON,
            v_fb: parameters[at.v_fb_v],
            v_spread: parameters[at.v_spread_v],
            c_fringe: parameters[at.c_fringe_af_per_um] * 1e-12,
        }
    }

    /// Half of the memory window of a die (V): dV = Q_t / C1, so it scales with the gate dielectric at fixed trapped charge.
    pub fn window_limit(&self, parameters: &[f64]) -> f64 {
        let cell = self.cell(parameters);
        0.5 * parameters[self.places.window_v] * self.nominal_c1_per_area / (cell.c1() / cell.area())
    }

    /// Writes every cell of a die, and reads them at `operate`.
    pub fn write_and_read(&self, parameters: &[f64], writing: &Writing, operate: Conditions) -> Cells {
        let population = Population::new(self, parameters, writing, operate);
        let (low, high) = (population.window_end(-1.0), population.window_end(1.0));
        let (lowest, highest) = (writing.targets[0], writing.targets[writing.targets.len() - 1]);
        // Large cells miss the lowest target, small ones the highest: no cell misses both.
        let reach = probability(high.above(highest)) - probability(low.above(lowest));
        let verified = self.programming.write_verify;
        let near = |target: f64| {
            let ends = [(high.above(target), &high), (-low.above(target), &low)];
            ends.into_iter().find(|(margin, _)| verified && *margin < SAFE_MARGIN).map(|(_, end)| end)
        };
        let at_ends: Vec<Option<&WindowEnd>> = writing.targets.iter().map(|&target| near(target)).collect();
        let mut levels = population.over_rule(&at_ends);
        for (level, end) in at_ends.iter().enumerate() {
            if let Some(end) = end {
                levels[level] = population.along(end, level);
            }
        }
        Cells {
            mean: levels.iter().map(|level| level.first).collect(),
            sd: levels.iter().map(|level| if self.local > 0.0 { level.sd() } else { 0.0 }).collect(),
            reach_fraction: reach.clamp(0.0, 1.0),
            c_highest: high.mean,
            c_lowest: low.mean,
        }
    }
}

/// One axis per parameter that varies and that the technology has.
fn axes(technology: &Technology, mismatch: &LocalMismatch) -> Vec<Axis> {
    let moved = |place: usize, id: &str| Axis {
        place,
        films: mismatch.films.iter().filter(|(of, _)| of == id).map(|(_, film)| film.clone()).collect(),
        edges: mismatch.edges.iter().filter(|(of, _)| of == id).map(|(_, edge)| edge.clone()).collect(),
    };
    let all = technology.parameter.keys().enumerate().map(|(place, id)| moved(place, id));
    all.filter(|axis| !axis.films.is_empty() || !axis.edges.is_empty()).collect()
}
