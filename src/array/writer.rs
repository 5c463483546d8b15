//! From a die's parameters to what the kernels need to know of it: the card, and the energy of an MVM.

use super::cells::{CellModel, Cells, Conditions, Writing};
use super::energy::{ArrayEnergy, array_energy};
use super::error::CardError;
use super::readout::Amplifier;
use crate::compute::{Card, MAX_LEVELS, MAX_SYMBOLS, Readout, Stuck};
use crate::device::Read;
use crate::device::constants::ZERO_CELSIUS;
use crate::fab::LocalMismatch;
use crate::spec::{Reference, Spec};

/// Writes cards of one product in one technology.
pub struct CardWriter<'a> {
    spec: &'a Spec,
    model: CellModel,
    design: Design,
}

/// What the designer fixed, once for all dies: the nominal die at the reference corner.
struct Design {
    writing: Writing,
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
    /// Mean largest capacitance of a cell within its memory window (fF), and that over the smallest.
    pub c_max_ff: f64,
    pub on_off: f64,
    /// Share of cells that reach the targets of the lowest and the highest level.
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
        let model = CellModel::new(&spec.technology, &product.programming, mismatch, spec.experiment.variation.local)?;
        let n_levels = 1usize << (product.array.weight_bits.clamp(2, 31) - 1);
        if n_levels > MAX_LEVELS {
            return Err(value("product.array.weight_bits", product.array.weight_bits, "2..=7".into()));
        }
        if (1usize << product.input.bits_per_slice.min(31)) > MAX_SYMBOLS {
            return Err(value("product.input.bits_per_slice", product.input.bits_per_slice, "1..=4".into()));
        }
        let (low, high) = (product.programming.c_low_ff * 1e-15, product.programming.c_high_ff * 1e-15);
        let step = (high - low) / (n_levels - 1) as f64;
        let verify = Conditions {
            temperature: product.programming.verify_temp_c + ZERO_CELSIUS,
            read: Read { v_base: product.input.v_base_v, v_step: product.input.v_step_v },
        };
        let nominal = nominal(spec);
        let curve = model.cell(&nominal).at(verify.temperature);
        let targets: Vec<f64> = (0..n_levels).map(|level| low + step * level as f64).collect();
        let shifts: Vec<f64> = targets.iter().map(|&target| curve.shift_for(verify.read, target, 0.0)).collect();
        let limit = model.window_limit(&nominal);
        for (key, given, shift) in [("c_low_ff", low, shifts[0]), ("c_high_ff", high, shifts[n_levels - 1])] {
            if shift.abs() > limit {
                let [from, to] = [-limit, limit].map(|end| curve.read(verify.read, end).capacitance * 1e15);
                let allowed = format!("{from:.4}..={to:.4} fF, which the memory window gives the nominal cell");
                return Err(value(&format!("product.programming.{key}"), given * 1e15, allowed));
            }
        }
        // What the search for the shift leaves of an error, parts in 1e13, belongs to the design: an ideal die shows 0.
        let low = curve.read(verify.read, shifts[0]).capacitance;
        let writing = Writing { targets, shifts, verify };
        let mut writer =
            Self { spec, model, design: Design { writing, low, step, volts_per_coulomb: 1.0, lsb_v: 1.0 } };
        // The designer sizes the range for the nominal die without local variation, read where it is verified.
        let cells = Cells { mean: writer.design.writing.targets.clone(), ..writer.cells(&nominal, 0) };
        let amplifier = writer.amplifier(&nominal, &cells, spec.experiment.corner[0].temp_c + ZERO_CELSIUS);
        let symbols = f64::from((1u32 << product.input.bits_per_slice) - 1);
        let step_charge = step * product.input.v_step_v / symbols;
        writer.design.volts_per_coulomb = amplifier.volts_per_coulomb;
        writer.design.lsb_v = step_charge * product.adc.steps_per_code * amplifier.volts_per_coulomb;
        Ok(writer)
    }

    /// The card of a die with these parameters (technology order) at a corner (index).
    ///
    /// # Errors
    /// The parameters give no finite card.
    pub fn write(&self, parameters: &[f64], corner: usize) -> Result<DieCard, CardError> {
        let cells = self.cells(parameters, corner);
        let operate = self.operate(corner);
        let supply_rel = self.spec.experiment.corner[corner].supply_rel;
        let amplifier = self.amplifier(parameters, &cells, operate.temperature);
        let trimmed =
            if self.spec.product.trim.die_gain { 1.0 / self.reference_gain(parameters, corner, &cells) } else { 1.0 };
        let (level_mean, level_sd) = self.levels(&cells);
        let card = Card {
            level_mean,
            level_sd,
            level_bend: [0.0; MAX_LEVELS],
            level_low: [f32::MIN; MAX_LEVELS],
            level_high: [f32::MAX; MAX_LEVELS],
            input: self.inputs(parameters, operate, supply_rel),
            readout: self.readout(&amplifier, supply_rel, trimmed),
            stuck: Stuck::none(),
        };
        if !finite(&card) {
            let values = parameters.iter().map(|p| format!("{p:.4}")).collect::<Vec<_>>().join(", ");
            return Err(value("parameters of a die", values, "such that its card is finite".into()));
        }
        // A wordline of the same pitch has the bitline's wire per cell; the bitline itself rests at virtual ground.
        let gate_ff = self.model.cell(parameters).gate_capacitance(self.mean_cell(&cells)) * 1e15;
        let driven_ff = gate_ff + parameters[self.model.places.c_wire_ff];
        Ok(DieCard {
            card,
            c_max_ff: cells.c_highest * 1e15,
            on_off: cells.c_highest / cells.c_lowest,
            reach_fraction: cells.reach_fraction,
            energy: array_energy(&self.spec.product, driven_ff, supply_rel),
        })
    }

    /// Target capacitance of each weight level (fF), lowest first.
    pub fn targets_ff(&self) -> Vec<f64> {
        self.design.writing.targets.iter().map(|c| c * 1e15).collect()
    }

    /// C-V curves of the nominal cell, written to the lowest and to the highest level: (V, fF, fF).
    pub fn cv_curves(&self) -> Vec<(f64, f64, f64)> {
        let Writing { shifts, verify, .. } = &self.design.writing;
        let (curve, read) = (self.model.cell(&nominal(self.spec)).at(verify.temperature), verify.read);
        let (low, high) = (shifts[0], shifts[shifts.len() - 1]);
        let reach = 0.5 * curve.v_spread + curve.v_scale * 20.0 + high.abs().max(low.abs());
        let centre = read.v_base + 0.5 * read.v_step;
        let point = |i: i32| {
            let v = centre + reach * f64::from(i) / 100.0;
            (v, curve.capacitance(v, low) * 1e15, curve.capacitance(v, high) * 1e15)
        };
        (-100..=100).map(point).collect()
    }

    fn operate(&self, corner: usize) -> Conditions {
        let corner = &self.spec.experiment.corner[corner];
        let read = self.design.writing.verify.read;
        Conditions {
            temperature: corner.temp_c + ZERO_CELSIUS,
            read: Read { v_step: read.v_step * corner.supply_rel, ..read },
        }
    }

    fn cells(&self, parameters: &[f64], corner: usize) -> Cells {
        self.model.write_and_read(parameters, &self.design.writing, self.operate(corner))
    }

    /// Levels in weight steps: the lowest target is 0, the designed distance of two levels is 1.
    fn levels(&self, cells: &Cells) -> ([f32; MAX_LEVELS], [f32; MAX_LEVELS]) {
        let Design { low, step, .. } = self.design;
        let (mut mean, mut sd) = ([0.0; MAX_LEVELS], [0.0; MAX_LEVELS]);
        for level in 0..cells.mean.len() {
            mean[level] = ((cells.mean[level] - low) / step) as f32;
            sd[level] = (cells.sd[level] / step) as f32;
        }
        (mean, sd)
    }

    /// Effective input of each symbol: what its voltage adds to the charge of a pair over what one input step should add.
    ///
    /// With two symbols (bit-serial) this is exact: the C-V curve enters the cell's value. With more, the curve bends the
    /// voltages between, for each level differently; the mean bend over all pairs of a level and the lowest one is taken.
    /// For 4 bits at once on the shipped cell that leaves an error of 1.5 % of the largest product at worst and 0.6 % rms (test
    /// `multi_level_inputs_are_nearly_separable`).
    fn inputs(&self, parameters: &[f64], operate: Conditions, supply_rel: f64) -> [f32; MAX_SYMBOLS] {
        let largest = (1u32 << self.spec.product.input.bits_per_slice) - 1;
        let mut input = [0.0; MAX_SYMBOLS];
        input[largest as usize] = (f64::from(largest) * supply_rel) as f32;
        if largest == 1 {
            return input;
        }
        let cell = self.model.cell(parameters);
        let Writing { targets, shifts, verify } = &self.design.writing;
        let (at_verify, at_operate) = (cell.at(verify.temperature), cell.at(operate.temperature));
        let limit = self.model.window_limit(parameters);
        let written = targets.iter().zip(shifts).map(|(&target, &start)| {
            if self.spec.product.programming.write_verify {
                at_verify.shift_for(verify.read, target, start)
            } else {
                start
            }
        });
        let written: Vec<f64> = written.map(|shift| shift.clamp(-limit, limit)).collect();
        let charge = |v_step: f64| {
            let of = |shift: f64| at_operate.read(Read { v_step, ..operate.read }, shift).capacitance * v_step;
            written.iter().map(|&shift| of(shift) - of(written[0])).sum::<f64>()
        };
        let full = charge(operate.read.v_step);
        for symbol in 1..largest {
            let share = charge(operate.read.v_step * f64::from(symbol) / f64::from(largest)) / full;
            input[symbol as usize] = (f64::from(largest) * share * supply_rel) as f32;
        }
        input
    }

    /// Mean capacitance of a cell (F) under uniform weight codes: one cell of each pair is at the lowest level.
    fn mean_cell(&self, cells: &Cells) -> f64 {
        let top = cells.mean.len() - 1;
        let codes = (2 * top + 1) as f64;
        // Codes -top..=top: a cell holds level l > 0 for one code, level 0 for the other top + 1.
        (cells.mean[1..].iter().sum::<f64>() + cells.mean[0] * (top + 1) as f64) / codes
    }

    fn amplifier(&self, parameters: &[f64], cells: &Cells, temperature: f64) -> Amplifier {
        let readout = &self.spec.product.readout;
        let places = &self.model.places;
        let per_cell = self.mean_cell(cells) + parameters[places.c_wire_ff] * 1e-15;
        let c_total = self.spec.product.array.rows as f64 * per_cell + readout.c_input_ff * 1e-15;
        Amplifier::new(readout, c_total, parameters[places.c_feedback_rel], temperature)
    }

    /// Gain of this die's cells and amplifier against the design, as measured for the trim: on the die as it is, at the
    /// reference corner's temperature and supply.
    fn reference_gain(&self, parameters: &[f64], corner: usize, cells: &Cells) -> f64 {
        let at_reference = if corner == 0 { cells.clone() } else { self.cells(parameters, 0) };
        let amplifier = self.amplifier(parameters, &at_reference, self.operate(0).temperature);
        let top = at_reference.mean.len() - 1;
        let of_cells = (at_reference.mean[top] - at_reference.mean[0]) / (self.design.step * top as f64);
        of_cells * amplifier.volts_per_coulomb / self.design.volts_per_coulomb
    }

    /// Converter and amplifier in codes, `trimmed` being the factor of the digital gain trim. Only what the product file says
    /// is trimmed is trimmed.
    fn readout(&self, amplifier: &Amplifier, supply_rel: f64, trimmed: f64) -> Readout {
        let product = &self.spec.product;
        let variation = &self.spec.experiment.variation;
        let reference = match product.adc.reference {
            Reference::Ratiometric => supply_rel,
            Reference::Absolute => 1.0,
        };
        let lsb_v = self.design.lsb_v * reference;
        let gain = amplifier.volts_per_coulomb / (self.design.volts_per_coulomb * reference) * trimmed;
        let periphery = variation.periphery;
        let (amplifier_offset, converter_offset) = if product.trim.column_offset {
            (product.trim.column_offset_residual_lsb, 0.0)
        } else {
            (amplifier.offset_sd() / lsb_v, product.adc.offset_sd_lsb)
        };
        let thermal = amplifier.noise_charge() * amplifier.volts_per_coulomb / lsb_v;
        let noise = (thermal * thermal + product.adc.noise_lsb * product.adc.noise_lsb).sqrt();
        Readout {
            gain: (gain / product.adc.steps_per_code) as f32,
            offset: 0.0,
            amplifier_gain_sd: (product.readout.c_feedback_rel_sd * periphery) as f32,
            amplifier_offset_sd: (amplifier_offset * periphery) as f32,
            converter_gain_sd: (product.adc.gain_rel_sd * periphery) as f32,
            converter_offset_sd: (converter_offset * periphery) as f32,
            noise_sd: (noise * variation.noise) as f32,
            code_max: ((1u32 << (product.adc.bits - 1)) - 1) as f32,
        }
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
    bytemuck::cast_slice::<Card, f32>(std::slice::from_ref(card)).iter().all(|x| x.is_finite())
}
