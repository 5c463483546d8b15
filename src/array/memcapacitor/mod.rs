//! Memcapacitors: from a die's parameters to the capacitance of each weight level, local variation and programming included.

mod cubature;
mod exact;
mod places;
mod population;

use super::cells::{Cells, Operation, StuckCells, evenly};
use super::error::CardError;
use crate::compute::MAX_SYMBOLS;
use crate::device::constants::{ELECTRON, ZERO_CELSIUS};
use crate::device::{Memcapacitor, Read};
use crate::fab::LocalMismatch;
use crate::spec::{EdgeMismatch, FilmMismatch, Programming, Spec, Technology};
use cubature::{Point, normal_rule, star_rule};
use places::Places;
use population::{Population, WindowEnd, probability};

/// Sigmas of the cells' spread by which a level must be away from an end of the memory window to count as safe from it.
const SAFE_MARGIN: f64 = 5.0;

/// Memcapacitors as a product uses them: where each parameter stands in a die's list, and how cells are written.
pub struct MemcapacitorCells {
    places: Places,
    programming: Programming,
    writing: Writing,
    design: Vec<f64>,
    /// Directions of local variation, and the rule over them.
    axes: Vec<Axis>,
    rule: Vec<Point>,
    /// Scale of the programming residual: `experiment.variation.local`.
    local: f64,
    /// Gate capacitance per area at the process of record (F/m2): a die's memory window is given at fixed trapped charge.
    nominal_c1_per_area: f64,
}

/// A parameter that varies from cell to cell, and the independent terms that it does so by.
struct Axis {
    place: usize,
    films: Vec<FilmMismatch>,
    edges: Vec<EdgeMismatch>,
}

/// Temperature and read step of a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Conditions {
    temperature: f64,
    read: Read,
}

/// What is written into the cells of a die.
#[derive(Clone, Debug, PartialEq)]
struct Writing {
    /// Capacitance of each level (F), rising.
    targets: Vec<f64>,
    /// Shifts of the nominal cell (V): given to every cell where nothing is verified, and where searches start.
    shifts: Vec<f64>,
    /// How cells are measured while they are written.
    verify: Conditions,
}

impl MemcapacitorCells {
    /// Lays the writing out on the nominal die.
    ///
    /// # Errors
    /// A parameter is missing, or the nominal cell does not reach its targets.
    pub fn new(spec: &Spec, mismatch: &LocalMismatch, n_levels: usize) -> Result<Self, CardError> {
        let (technology, product, local) = (&spec.technology, &spec.product, spec.experiment.variation.local);
        let Some(programming) = product.programming.clone() else {
            return Err(CardError::Missing { key: "programming", device: technology.device.name() });
        };
        let (low, high) = (programming.c_low_ff * 1e-15, programming.c_high_ff * 1e-15);
        let verify = Conditions {
            temperature: programming.verify_temp_c + ZERO_CELSIUS,
            read: Read { v_base: product.input.v_base_v, v_step: product.input.v_step_v },
        };
        let axes = if local > 0.0 { axes(technology, mismatch) } else { Vec::new() };
        let mut model = Self {
            places: Places::of(technology)?,
            // Verify takes out of a cell what each axis does to it; what two axes do together to the little that is left is of
            // fourth order in the mismatch.
            rule: if programming.write_verify { star_rule(axes.len()) } else { normal_rule(axes.len()) },
            programming,
            writing: Writing { targets: evenly(low, high, n_levels), shifts: Vec::new(), verify },
            design: Vec::new(),
            axes,
            local,
            nominal_c1_per_area: 0.0,
        };
        let nominal: Vec<f64> = technology.parameter.values().map(|p| p.nominal).collect();
        let cell = model.cell(&nominal);
        model.nominal_c1_per_area = cell.c1() / cell.area();
        let curve = cell.at(verify.temperature);
        let shift = |&target: &f64| curve.shift_for(verify.read, target, 0.0);
        let shifts: Vec<f64> = model.writing.targets.iter().map(shift).collect();
        let limit = model.window_limit(&nominal);
        for (key, given, shift) in [("c_low_ff", low, shifts[0]), ("c_high_ff", high, shifts[n_levels - 1])] {
            if shift.abs() > limit {
                let [from, to] = [-limit, limit].map(|end| curve.read(verify.read, end).capacitance * 1e15);
                return Err(CardError::Value {
                    key: format!("product.programming.{key}"),
                    value: (given * 1e15).to_string(),
                    allowed: format!("{from:.4}..={to:.4} fF, which the memory window gives the nominal cell"),
                });
            }
        }
        model.writing.shifts = shifts;
        // What the search for the shift leaves of an error, parts in 1e13, belongs to the design: an ideal die shows 0.
        model.design = model.writing.targets.clone();
        model.design[0] = curve.read(verify.read, model.writing.shifts[0]).capacitance;
        Ok(model)
    }

    /// What each level of the nominal cell shows (F).
    pub fn targets(&self) -> &[f64] {
        &self.design
    }

    fn operate(&self, operation: Operation) -> Conditions {
        let read = self.writing.verify.read;
        let read = Read { v_step: read.v_step * operation.supply_rel, ..read };
        Conditions { temperature: operation.temperature, read }
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

    /// True where no die's cells are skewed: verify leaves what its own steps and noise leave. Cells that stop at an end of the
    /// window are few or all alike; their mean and spread count, their skewness is left out.
    pub fn is_gaussian(&self) -> bool {
        self.programming.write_verify || self.local == 0.0
    }

    /// Writes every cell of a die, and reads them.
    pub fn write_and_read(&self, parameters: &[f64], operation: Operation) -> Cells {
        let writing = &self.writing;
        let population = Population::new(self, parameters, writing, self.operate(operation));
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
        let varies = |value: f64| if self.local > 0.0 { value } else { 0.0 };
        Cells {
            mean: levels.iter().map(|level| level.first).collect(),
            sd: levels.iter().map(|level| varies(level.sd())).collect(),
            skew: levels.iter().map(|level| if self.is_gaussian() { 0.0 } else { varies(level.skew()) }).collect(),
            floor: None,
            read_sd: vec![0.0; levels.len()],
            stuck: StuckCells::default(),
            reach_fraction: reach.clamp(0.0, 1.0),
            highest: high.mean,
            lowest: low.mean,
        }
    }

    /// Effective input of each symbol: what its voltage adds to the charge of a pair over what one input step should add.
    ///
    /// With two symbols (bit-serial) this is exact: the C-V curve enters the cell's value. With more, the curve bends the
    /// voltages between, for each level differently; the mean bend over all pairs of a level and the lowest one is taken.
    /// For 4 bits at once on the shipped cell that leaves an error of 1.5 % of the largest product at worst and 0.6 % rms (test
    /// `multi_level_inputs_are_nearly_separable`).
    pub fn bent_inputs(&self, parameters: &[f64], operation: Operation, largest: u32) -> [f64; MAX_SYMBOLS] {
        let operate = self.operate(operation);
        let cell = self.cell(parameters);
        let Writing { targets, shifts, verify } = &self.writing;
        let (at_verify, at_operate) = (cell.at(verify.temperature), cell.at(operate.temperature));
        let limit = self.window_limit(parameters);
        let written = targets.iter().zip(shifts).map(|(&target, &start)| {
            if self.programming.write_verify { at_verify.shift_for(verify.read, target, start) } else { start }
        });
        let written: Vec<f64> = written.map(|shift| shift.clamp(-limit, limit)).collect();
        let charge = |v_step: f64| {
            let of = |shift: f64| at_operate.read(Read { v_step, ..operate.read }, shift).capacitance * v_step;
            written.iter().map(|&shift| of(shift) - of(written[0])).sum::<f64>()
        };
        let full = charge(operate.read.v_step);
        std::array::from_fn(|symbol| match symbol as u32 {
            0 => 0.0,
            symbol if symbol == largest => f64::from(largest),
            symbol if symbol < largest => {
                let share = charge(operate.read.v_step * f64::from(symbol) / f64::from(largest)) / full;
                f64::from(largest) * share
            }
            _ => 0.0,
        })
    }

    /// C-V curves of the nominal cell, written to the lowest and to the highest level: (V, fF, fF).
    pub fn cv_curves(&self, nominal: &[f64]) -> Vec<(f64, f64, f64)> {
        let Writing { shifts, verify, .. } = &self.writing;
        let (curve, read) = (self.cell(nominal).at(verify.temperature), verify.read);
        let (low, high) = (shifts[0], shifts[shifts.len() - 1]);
        let reach = 0.5 * curve.v_spread + curve.v_scale * 20.0 + high.abs().max(low.abs());
        let centre = read.v_base + 0.5 * read.v_step;
        let point = |i: i32| {
            let v = centre + reach * f64::from(i) / 100.0;
            (v, curve.capacitance(v, low) * 1e15, curve.capacitance(v, high) * 1e15)
        };
        (-100..=100).map(point).collect()
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
