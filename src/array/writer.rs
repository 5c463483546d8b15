//! From a die's parameters to what the kernels need to know of it: the card, and the energy of an MVM.

use super::cells::{CellModel, Cells, Operation, place};
use super::energy::{ArrayEnergy, array_energy, mean_square_symbol};
use super::error::CardError;
use super::exact::{self, ExactCells};
use super::parasitics::Parasitics;
use super::readout::Amplifier;
use super::shape::Shape;
use crate::compute::{Card, MAX_LEVELS, MAX_SYMBOLS, Readout, Stuck};
use crate::device::constants::ZERO_CELSIUS;
use crate::fab::LocalMismatch;
use crate::spec::{Reference, Spec};

/// Writes cards of one product in one technology.
pub struct CardWriter<'a> {
    spec: &'a Spec,
    model: CellModel,
    design: Design,
    c_wire_ff: usize,
    c_feedback_rel: usize,
}

/// What the designer fixed, once for all dies: the nominal die at the reference corner.
struct Design {
    /// What the nominal cell shows at the lowest level, and the distance between two levels (F).
    low: f64,
    step: f64,
    /// Output volts per coulomb of the nominal die: the converter's range is sized for it.
    volts_per_coulomb: f64,
    /// Volts of one code at nominal supply.
    lsb_v: f64,
}

/// A die under one variant.
#[derive(Clone, Debug)]
pub struct DieCard {
    pub card: Card,
    /// Mean largest charge per volt of a cell (fF): its capacitance, or its conductance times the time of a read; and that over
    /// the smallest.
    pub c_max_ff: f64,
    pub on_off: f64,
    /// Share of cells that hold what was written.
    pub reach_fraction: f64,
    pub energy: ArrayEnergy,
}

impl<'a> CardWriter<'a> {
    /// Lays the design out on the nominal die at the reference corner.
    ///
    /// # Errors
    /// A parameter is missing, a size exceeds what the kernels hold, or the nominal cell does not reach its targets.
    pub fn new(spec: &'a Spec, mismatch: &LocalMismatch) -> Result<Self, CardError> {
        let product = &spec.product;
        let n_levels = 1usize << (product.array.weight_bits.clamp(2, 31) - 1);
        if n_levels > MAX_LEVELS {
            return Err(value("product.array.weight_bits", product.array.weight_bits, "2..=7".into()));
        }
        if (1usize << product.input.bits_per_slice.min(31)) > MAX_SYMBOLS {
            return Err(value("product.input.bits_per_slice", product.input.bits_per_slice, "1..=4".into()));
        }
        let model = CellModel::new(spec, mismatch, n_levels)?;
        let in_parallel = f64::from(product.array.cells_in_parallel);
        let targets: Vec<f64> = model.targets().iter().map(|target| target * in_parallel).collect();
        let low = targets[0];
        let step = (targets[n_levels - 1] - low) / (n_levels - 1) as f64;
        let mut writer = Self {
            spec,
            model,
            design: Design { low, step, volts_per_coulomb: 1.0, lsb_v: 1.0 },
            c_wire_ff: place(spec, "c_wire_ff")?,
            c_feedback_rel: place(spec, "c_feedback_rel")?,
        };
        let nominal = nominal(spec);
        // The designer sizes the range for the nominal die without local variation, as it was written.
        let at_reference = writer.operation(0);
        let cells = Cells { mean: targets, ..writer.cells(&nominal, at_reference) };
        let amplifier = writer.amplifier(&nominal, &cells, at_reference.temperature);
        let symbols = f64::from((1u32 << product.input.bits_per_slice) - 1);
        let step_charge = step * product.input.v_step_v / symbols;
        let volts_per_coulomb = amplifier.volts_per_coulomb * writer.settled(&nominal, &cells, &amplifier);
        writer.design.volts_per_coulomb = volts_per_coulomb;
        writer.design.lsb_v = step_charge * product.adc.steps_per_code * volts_per_coulomb;
        Ok(writer)
    }

    /// The card of a die with these parameters (technology order) at a corner (index).
    ///
    /// # Errors
    /// The parameters give no finite card.
    pub fn write(&self, parameters: &[f64], corner: usize) -> Result<DieCard, CardError> {
        let operation = self.operation(corner);
        let cells = self.cells(parameters, operation);
        let amplifier = self.amplifier(parameters, &cells, operation.temperature);
        let trimmed =
            if self.spec.product.trim.die_gain { 1.0 / self.reference_gain(parameters, corner, &cells) } else { 1.0 };
        let trimmed = trimmed * self.model.compensation(parameters);
        let mut card = Card::ideal(1.0, 1.0);
        self.write_levels(&cells, &mut card);
        card.input = self.inputs(parameters, operation);
        card.readout = self.readout(parameters, &amplifier, &cells, operation, trimmed);
        if !finite(&card) {
            let values = parameters.iter().map(|p| format!("{p:.4}")).collect::<Vec<_>>().join(", ");
            return Err(value("parameters of a die", values, "such that its card is finite".into()));
        }
        // A wordline of the same pitch has the bitline's wire per cell; the bitline itself rests at virtual ground.
        let driven_ff = self.model.wordline_load(parameters, &cells) * 1e15 + parameters[self.c_wire_ff];
        Ok(DieCard {
            card,
            c_max_ff: cells.highest * 1e15,
            on_off: cells.highest / cells.lowest,
            reach_fraction: cells.reach_fraction,
            energy: array_energy(&self.spec.product, driven_ff, operation.supply_rel),
        })
    }

    /// True where no card of this technology and product bends, bounds or breaks a cell.
    pub fn is_gaussian(&self) -> bool {
        self.model.is_gaussian()
    }

    /// True where every die applies an input's symbols as their numbers say, up to one factor: 0 adds no charge.
    pub fn symbols_are_numbers(&self) -> bool {
        self.spec.product.input.bits_per_slice == 1
    }

    /// `n` cells of a die with these parameters at a corner, drawn from every physical term: what the card is proved by.
    pub fn exact(&self, parameters: &[f64], corner: usize, n: u32, seed: u64) -> ExactCells {
        let Design { low, step, .. } = self.design;
        let n = (n, self.spec.product.array.cells_in_parallel);
        exact::sample(&self.model, parameters, self.operation(corner), n, seed, |shown| (shown - low) / step)
    }

    /// What each weight level of the nominal die shows (fF), lowest first.
    pub fn targets_ff(&self) -> Vec<f64> {
        self.model.targets().iter().map(|c| c * 1e15).collect()
    }

    /// C-V curves of the nominal cell, written to the lowest and to the highest level: (V, fF, fF). Empty for a device that has
    /// none.
    pub fn cv_curves(&self) -> Vec<(f64, f64, f64)> {
        self.model.cv_curves(&nominal(self.spec))
    }

    fn operation(&self, corner: usize) -> Operation {
        let corner = &self.spec.experiment.corner[corner];
        Operation { temperature: corner.temp_c + ZERO_CELSIUS, supply_rel: corner.supply_rel }
    }

    fn cells(&self, parameters: &[f64], operation: Operation) -> Cells {
        self.model.cells(parameters, operation).in_parallel(self.spec.product.array.cells_in_parallel)
    }

    /// Levels in weight steps: the lowest target is 0, the designed distance of two levels is 1.
    fn write_levels(&self, cells: &Cells, card: &mut Card) {
        let Design { low, step, .. } = self.design;
        let steps = |value: f64| ((value - low) / step) as f32;
        card.level_mean = [0.0; MAX_LEVELS];
        for level in 0..cells.mean.len() {
            let shape = Shape::new(cells.mean[level], cells.sd[level], cells.skew[level], cells.floor);
            card.level_mean[level] = steps(shape.mean);
            card.level_sd[level] = (shape.sd / step) as f32;
            card.level_bend[level] = shape.bend as f32;
            if let Some(floor) = shape.floor {
                card.level_low[level] = steps(floor);
            }
        }
        let stuck = &cells.stuck;
        if stuck.low_rate > 0.0 || stuck.high_rate > 0.0 {
            card.stuck = Stuck::new(stuck.low_rate, stuck.high_rate, steps(stuck.low), steps(stuck.high));
        }
    }

    /// Effective input of each symbol in input steps, at this supply.
    fn inputs(&self, parameters: &[f64], operation: Operation) -> [f32; MAX_SYMBOLS] {
        let largest = (1u32 << self.spec.product.input.bits_per_slice) - 1;
        let inputs = self.model.inputs(parameters, operation, largest);
        inputs.map(|input| (input * operation.supply_rel) as f32)
    }

    fn amplifier(&self, parameters: &[f64], cells: &Cells, temperature: f64) -> Amplifier {
        let readout = &self.spec.product.readout;
        let per_cell = self.model.bitline_load(cells) + parameters[self.c_wire_ff] * 1e-15;
        let c_total = self.spec.product.array.rows as f64 * per_cell + readout.c_input_ff * 1e-15;
        Amplifier::new(readout, c_total, parameters[self.c_feedback_rel], temperature)
    }

    /// What the lines do to a read of this die; nothing where the product gives none.
    fn parasitics(&self, parameters: &[f64], cells: &Cells, amplifier: &Amplifier) -> Option<Parasitics> {
        let product = &self.spec.product;
        let wire = parameters[self.c_wire_ff] * 1e-15;
        let loads = (self.model.wordline_load(parameters, cells) + wire, self.model.bitline_load(cells) + wire);
        product.lines.as_ref().map(|lines| Parasitics::new(lines, &product.array, &product.readout, loads, amplifier))
    }

    fn settled(&self, parameters: &[f64], cells: &Cells, amplifier: &Amplifier) -> f64 {
        self.parasitics(parameters, cells, amplifier).map_or(1.0, |parasitics| parasitics.settled)
    }

    /// Gain of this die's cells and amplifier against the design, as measured for the trim: on the die as it is, at the
    /// reference corner's temperature and supply.
    fn reference_gain(&self, parameters: &[f64], corner: usize, cells: &Cells) -> f64 {
        let at_reference = if corner == 0 { cells.clone() } else { self.cells(parameters, self.operation(0)) };
        let amplifier = self.amplifier(parameters, &at_reference, self.operation(0).temperature);
        let top = at_reference.mean.len() - 1;
        let of_cells = (at_reference.mean[top] - at_reference.mean[0]) / (self.design.step * top as f64);
        // What makes up for drift is not trimmed a second time.
        let drifted = self.model.compensation(parameters);
        let settled = self.settled(parameters, &at_reference, &amplifier);
        of_cells * drifted * amplifier.volts_per_coulomb * settled / self.design.volts_per_coulomb
    }

    /// Converter and amplifier in codes, `trimmed` being the factor of the digital gain trim. Only what the product file says
    /// is trimmed is trimmed.
    fn readout(
        &self,
        parameters: &[f64],
        amplifier: &Amplifier,
        cells: &Cells,
        operation: Operation,
        trimmed: f64,
    ) -> Readout {
        let product = &self.spec.product;
        let variation = &self.spec.experiment.variation;
        let supply_rel = operation.supply_rel;
        let reference = match product.adc.reference {
            Reference::Ratiometric => supply_rel,
            Reference::Absolute => 1.0,
        };
        let lsb_v = self.design.lsb_v * reference;
        let lines = self.parasitics(parameters, cells, amplifier);
        let volts_per_coulomb = amplifier.volts_per_coulomb * lines.map_or(1.0, |lines| lines.settled);
        let gain = volts_per_coulomb / (self.design.volts_per_coulomb * reference) * trimmed;
        let periphery = variation.periphery;
        let (amplifier_offset, converter_offset) = if product.trim.column_offset {
            (product.trim.column_offset_residual_lsb, 0.0)
        } else {
            let of_lines = lines.map_or(0.0, |lines| lines.offset_charge_sd * volts_per_coulomb);
            (amplifier.offset_sd().hypot(of_lines) / lsb_v, product.adc.offset_sd_lsb)
        };
        let v_step = product.input.v_step_v * supply_rel;
        let input_ms = v_step * v_step * mean_square_symbol(product.input.bits_per_slice);
        let rows = product.array.rows as f64;
        let of_cells = self.model.noise_charge_squared(cells, rows, operation.temperature, input_ms);
        let charge = (amplifier.noise_charge().powi(2) + amplifier.averaged_pair(of_cells)).sqrt();
        let thermal = charge * volts_per_coulomb / lsb_v;
        // Two neighbours with outputs of their own: to a column that looks like noise of a read.
        let neighbours =
            std::f64::consts::SQRT_2 * lines.map_or(0.0, |lines| lines.crosstalk) * self.output_rms_codes();
        let noise =
            (thermal * thermal + product.adc.noise_lsb * product.adc.noise_lsb + neighbours * neighbours).sqrt();
        let capacitor_sd = product.adc.unit_capacitor_rel_sd * periphery;
        Readout {
            gain: (gain / product.adc.steps_per_code) as f32,
            offset: 0.0,
            amplifier_gain_sd: (product.readout.c_feedback_rel_sd * periphery) as f32,
            amplifier_offset_sd: (amplifier_offset * periphery) as f32,
            converter_gain_sd: (product.adc.gain_rel_sd * periphery) as f32,
            converter_offset_sd: (converter_offset * periphery) as f32,
            noise_sd: (noise * variation.noise) as f32,
            code_max: ((1u32 << (product.adc.bits - 1)) - 1) as f32,
            capacitor_sd: capacitor_sd as f32,
            capacitor_bits: if capacitor_sd > 0.0 { product.adc.bits } else { 0 },
        }
    }
}

impl CardWriter<'_> {
    /// Rms output of a conversion under uniform codes (codes): rows x E w^2 x E s^2, weights of 2 top + 1 codes.
    fn output_rms_codes(&self) -> f64 {
        let product = &self.spec.product;
        let top = f64::from((1u32 << (product.array.weight_bits - 1)) - 1);
        let largest = f64::from((1u32 << product.input.bits_per_slice) - 1);
        let squares = top * (top + 1.0) / 3.0 * mean_square_symbol(product.input.bits_per_slice) * largest * largest;
        (product.array.rows as f64 * squares).sqrt() / product.adc.steps_per_code
    }
}

/// The die at the process of record.
fn nominal(spec: &Spec) -> Vec<f64> {
    spec.technology.parameter.values().map(|p| p.nominal).collect()
}

fn value(key: &str, value: impl ToString, allowed: String) -> CardError {
    CardError::Value { key: key.to_owned(), value: value.to_string(), allowed }
}

fn finite(card: &Card) -> bool {
    // Rates of stuck cells are whole numbers, which are none where they are read as floats.
    let plain = Card { stuck: Stuck { n_low: 0, n_high: 0, ..card.stuck }, ..*card };
    bytemuck::cast_slice::<Card, f32>(std::slice::from_ref(&plain)).iter().all(|x| x.is_finite())
}
