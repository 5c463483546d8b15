//! From a die's parameters to what the kernels need to know of it: the card, and the energy of an MVM.

use super::cells::{CellModel, Cells, Conditions};
use super::energy::{ArrayEnergy, array_energy};
use super::error::CardError;
use super::readout::Amplifier;
use crate::compute::{Card, MAX_LEVELS, MAX_SYMBOLS, Readout};
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
    verify: Conditions,
    /// Capacitance of each weight level (F), evenly spaced.
    targets: Vec<f64>,
    /// Threshold shifts that give the nominal cell its targets (V).
    shifts: Vec<f64>,
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
        let model =
            CellModel::new(&spec.technology, &product.programming, mismatch, spec.experiment.variation.local)?;
        let n_levels = 1usize << (product.array.weight_bits.clamp(2, 31) - 1);
        if n_levels > MAX_LEVELS {
            return Err(value("product.array.weight_bits", product.array.weight_bits, "2..=7".into()));
        }
        if (1usize << product.input.bits_per_slice.min(31)) > MAX_SYMBOLS {
            return Err(value("product.input.bits_per_slice", product.input.bits_per_slice, "1..=4".into()));
        }
        let (low, high) = (product.programming.c_low_ff * 1e-15, product.programming.c_high_ff * 1e-15);
        let step = (high - low) / (n_levels - 1) as f64;
        let targets: Vec<f64> = (0..n_levels).map(|level| low + step * level as f64).collect();
        let verify = Conditions {
            temperature: product.programming.verify_temp_c + ZERO_CELSIUS,
            read: Read { v_base: product.input.v_base_v, v_step: product.input.v_step_v },
        };
        let nominal = nominal(spec);
        let shifts = model.nominal_shifts(&nominal, &targets, verify);
        let limit = model.window_limit(&nominal);
        for (key, shift) in [("c_low_ff", shifts[0]), ("c_high_ff", shifts[n_levels - 1])] {
            if shift.abs() > limit {
                let given = if key == "c_low_ff" { low } else { high } * 1e15;
                let curve = model.cell(&nominal).at(verify.temperature);
                let (from, to) = (curve.read(verify.read, -limit), curve.read(verify.read, limit));
                let allowed = format!(
                    "{:.4}..={:.4} fF, which the memory window gives the nominal cell",
                    from.capacitance * 1e15,
                    to.capacitance * 1e15
                );
                return Err(value(&format!("product.programming.{key}"), given, allowed));
            }
        }
        let symbols = f64::from((1u32 << product.input.bits_per_slice) - 1);
        let step_charge = step * product.input.v_step_v / symbols;
        let mut writer = Self {
            spec,
            model,
            design: Design { verify, targets, shifts, volts_per_coulomb: 1.0, lsb_v: 1.0 },
        };
        // The designer sizes the range for the nominal die without local variation, read where it is verified.
        let cells = Cells { mean: writer.design.targets.clone(), ..writer.cells(&nominal, 0) };
        let amplifier = writer.amplifier(&nominal, &cells, spec.experiment.corner[0].temp_c + ZERO_CELSIUS);
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
        let corner = &self.spec.experiment.corner[corner];
        let (level_mean, level_sd) = self.levels(&cells);
        let amplifier = self.amplifier(parameters, &cells, corner.temp_c + ZERO_CELSIUS);
        let readout = self.readout(parameters, &cells, &amplifier, corner.supply_rel);
        let card = Card { level_mean, level_sd, input: self.inputs(parameters, corner.supply_rel), readout };
        if !finite(&card) {
            let values = parameters.iter().map(|p| format!("{p:.4}")).collect::<Vec<_>>().join(", ");
            return Err(value("parameters of a die", values, "such that its card is finite".into()));
        }
        let wire_ff = self.model.value(parameters, "c_wire_ff");
        Ok(DieCard {
            card,
            c_max_ff: cells.c_highest * 1e15,
            on_off: cells.c_highest / cells.c_lowest,
            reach_fraction: cells.reach_fraction,
            energy: array_energy(&self.spec.product, self.mean_cell(&cells) * 1e15 + wire_ff, corner.supply_rel),
        })
    }

    /// Target capacitance of each weight level (fF), lowest first.
    pub fn targets_ff(&self) -> Vec<f64> {
        self.design.targets.iter().map(|c| c * 1e15).collect()
    }

    /// C-V curves of the nominal cell, written to the lowest and to the highest level: (V, fF, fF).
    pub fn cv_curves(&self) -> Vec<(f64, f64, f64)> {
        let curve = self.model.cell(&nominal(self.spec)).at(self.design.verify.temperature);
        let read = self.design.verify.read;
        let (low, high) = (self.design.shifts[0], self.design.shifts[self.design.shifts.len() - 1]);
        let reach = 0.5 * curve.v_spread + curve.v_scale * 20.0 + high.abs().max(low.abs());
        let centre = read.v_base + 0.5 * read.v_step;
        let point = |i: i32| {
            let v = centre + reach * f64::from(i) / 100.0;
            (v, curve.capacitance(v, low) * 1e15, curve.capacitance(v, high) * 1e15)
        };
        (-100..=100).map(point).collect()
    }

    fn cells(&self, parameters: &[f64], corner: usize) -> Cells {
        let corner = &self.spec.experiment.corner[corner];
        let verify = self.design.verify;
        let operate = Conditions {
            temperature: corner.temp_c + ZERO_CELSIUS,
            read: Read { v_step: verify.read.v_step * corner.supply_rel, ..verify.read },
        };
        self.model.write_and_read(parameters, &self.design.targets, &self.design.shifts, verify, operate)
    }

    /// Levels in weight steps: the lowest target is 0, the designed distance of two levels is 1.
    fn levels(&self, cells: &Cells) -> ([f32; MAX_LEVELS], [f32; MAX_LEVELS]) {
        let low = self.design.targets[0];
        let step = self.design.targets[1] - low;
        let (mut mean, mut sd) = ([0.0; MAX_LEVELS], [0.0; MAX_LEVELS]);
        for level in 0..cells.mean.len() {
            mean[level] = ((cells.mean[level] - low) / step) as f32;
            sd[level] = (cells.sd[level] / step) as f32;
        }
        (mean, sd)
    }

    /// Effective input of each symbol: the charge of its voltage over that of one input step.
    ///
    /// With two levels (bit-serial) this is exact: the C-V curve enters the cell's value. With more, the curve bends the
    /// voltages between; the bend is taken at the middle weight level and is the same for all levels of a card, an
    /// approximation of some per cent of a step for the outer levels.
    fn inputs(&self, parameters: &[f64], supply_rel: f64) -> [f32; MAX_SYMBOLS] {
        let largest = (1u32 << self.spec.product.input.bits_per_slice) - 1;
        let read = self.design.verify.read;
        let curve = self.model.cell(parameters).at(self.design.verify.temperature);
        let shift = self.design.shifts[self.design.shifts.len() / 2];
        let full = curve.read(read, shift).capacitance;
        let mut input = [0.0; MAX_SYMBOLS];
        for symbol in 1..=largest {
            let v_step = read.v_step * f64::from(symbol) / f64::from(largest);
            let bend = if symbol == largest { 1.0 } else { curve.read(Read { v_step, ..read }, shift).capacitance / full };
            input[symbol as usize] = (f64::from(symbol) * supply_rel * bend) as f32;
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
        let per_cell = self.mean_cell(cells) + self.model.value(parameters, "c_wire_ff") * 1e-15;
        let c_total = self.spec.product.array.rows as f64 * per_cell + readout.c_input_ff * 1e-15;
        Amplifier::new(readout, c_total, self.model.value(parameters, "c_feedback_rel"), temperature)
    }

    /// Converter and amplifier in codes. Only what the product file says is trimmed is trimmed.
    fn readout(&self, parameters: &[f64], cells: &Cells, amplifier: &Amplifier, supply_rel: f64) -> Readout {
        let product = &self.spec.product;
        let variation = &self.spec.experiment.variation;
        let reference = match product.adc.reference {
            Reference::Ratiometric => supply_rel,
            Reference::Absolute => 1.0,
        };
        let lsb_v = self.design.lsb_v * reference;
        let mut gain = amplifier.volts_per_coulomb / (self.design.volts_per_coulomb * reference);
        if product.trim.die_gain {
            // Measured once, at the reference corner's temperature and nominal supply, on the die as it is.
            let reference_temp = self.spec.experiment.corner[0].temp_c + ZERO_CELSIUS;
            gain *= self.design.volts_per_coulomb
                / self.amplifier(parameters, cells, reference_temp).volts_per_coulomb;
        }
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
