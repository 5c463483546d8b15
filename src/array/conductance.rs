//! Resistive cells: a conductance whose current is gathered for a time. RRAM, PCM and SONOS differ by their published fits.

use super::cells::{Cells, StuckCells, evenly, place};
use super::error::CardError;
use super::exact::CellDraws;
use super::wires::WireLoss;
use crate::device::constants::BOLTZMANN;
use crate::device::{Aged, Conductor};
use crate::spec::{Compensation, Spec};

/// Resistive cells of a technology as a product uses them.
pub(super) struct ConductanceCells {
    low: usize,
    high: usize,
    sigma: usize,
    stuck_low: usize,
    stuck_high: usize,
    stuck_high_us: usize,
    conductor: Conductor,
    age_s: f64,
    compensation: Compensation,
    /// Time for which current is gathered, over 1e-6: farad for a microsiemens.
    farad_per_us: f64,
    /// Scale of the programming error: `experiment.variation.local`.
    local: f64,
    loss: WireLoss,
    pub targets: Vec<f64>,
}

impl ConductanceCells {
    /// # Errors
    /// A parameter or table is missing, the levels lie outside of the fits' range, or the wires' network cannot be solved.
    pub fn new(spec: &Spec, n_levels: usize) -> Result<Self, CardError> {
        let missing = |key| CardError::Missing { key, device: spec.technology.device.name() };
        let conductance = spec.technology.conductance.clone().ok_or_else(|| missing("conductance"))?;
        let retention = spec.product.retention.clone().ok_or_else(|| missing("retention"))?;
        let nominal: Vec<f64> = spec.technology.parameter.values().map(|p| p.nominal).collect();
        let (low, high) = (place(spec, "g_low_us")?, place(spec, "g_high_us")?);
        let range = conductance.range.map(|g| g * conductance.reference_us);
        for (key, value) in [("g_low_us", nominal[low]), ("g_high_us", nominal[high])] {
            if !(range[0]..=range[1]).contains(&value) {
                let allowed = format!("{} to {} uS, where the published fits hold", range[0], range[1]);
                let key = format!("technology.parameter.{key}.nominal");
                return Err(CardError::Value { key, value: value.to_string(), allowed });
            }
        }
        if nominal[high] <= nominal[low] {
            let key = "technology.parameter.g_high_us.nominal".to_owned();
            let allowed = format!("above g_low_us, {}", nominal[low]);
            return Err(CardError::Value { key, value: nominal[high].to_string(), allowed });
        }
        let farad_per_us = spec.product.readout.t_settle_ns * 1e-9 * 1e-6;
        let conductor = Conductor::new(conductance);
        let levels_us = evenly(nominal[low], nominal[high], n_levels);
        let loss = WireLoss::of(&spec.product.array, &levels_us, nominal[place(spec, "r_wire_ohm")?])?;
        Ok(Self {
            low,
            high,
            sigma: place(spec, "sigma_rel")?,
            stuck_low: place(spec, "stuck_low_rate")?,
            stuck_high: place(spec, "stuck_high_rate")?,
            stuck_high_us: place(spec, "g_stuck_high_us")?,
            conductor,
            age_s: retention.age_s,
            compensation: retention.compensation,
            farad_per_us,
            local: spec.experiment.variation.local,
            // The designer sizes the range for what the wires leave of the nominal array.
            targets: levels_us.iter().map(|g| g * loss.mean * farad_per_us).collect(),
            loss,
        })
    }

    /// Cells of a die at the product's age, as the bitline sees them through the wires.
    pub fn cells(&self, parameters: &[f64]) -> Cells {
        let n_levels = self.targets.len();
        let targets = evenly(parameters[self.low], parameters[self.high], n_levels);
        let aged: Vec<Aged> = targets.iter().map(|&g| self.aged(parameters, g, self.age_s)).collect();
        let unit = self.farad_per_us * self.loss.mean;
        let mean: Vec<f64> = aged.iter().map(|cell| cell.mean * unit).collect();
        // Places lose differently much: independent of what the cell itself does.
        let lost = self.loss.rel_sd * self.local;
        let sd = |cell: &Aged| (cell.sd.powi(2) + lost * lost * (cell.sd.powi(2) + cell.mean.powi(2))).sqrt() * unit;
        let stuck_share = parameters[self.stuck_low] + parameters[self.stuck_high];
        Cells {
            sd: aged.iter().map(sd).collect(),
            skew: aged.iter().map(|cell| cell.skew).collect(),
            floor: Some(0.0),
            read_sd: aged.iter().map(|cell| cell.read_sd * unit).collect(),
            stuck: StuckCells {
                low_rate: parameters[self.stuck_low] * self.local.min(1.0),
                high_rate: parameters[self.stuck_high] * self.local.min(1.0),
                low: 0.0,
                high: parameters[self.stuck_high_us] * unit,
            },
            reach_fraction: 1.0 - stuck_share * self.local.min(1.0),
            highest: mean[n_levels - 1],
            lowest: mean[0],
            mean,
        }
    }

    fn aged(&self, parameters: &[f64], target_us: f64, age_s: f64) -> Aged {
        self.conductor.aged(target_us, age_s, parameters[self.sigma] * self.local)
    }

    /// Current noise 4 kT G gathered for t leaves 2 kT G t; a fluctuation of G t under V leaves (sd V)^2.
    pub fn noise_charge_squared(&self, cells: &Cells, rows: f64, temperature: f64, input_ms: f64) -> f64 {
        let thermal = 2.0 * BOLTZMANN * temperature * Cells::over_codes(&cells.mean);
        let squares: Vec<f64> = cells.read_sd.iter().map(|sd| sd * sd).collect();
        rows * (thermal + Cells::over_codes(&squares) * input_ms)
    }

    /// Mean output just after programming over mean output now: the published global drift compensation.
    pub fn compensation(&self, parameters: &[f64]) -> f64 {
        match self.compensation {
            Compensation::None => 1.0,
            Compensation::Global => {
                let targets = evenly(parameters[self.low], parameters[self.high], self.targets.len());
                let signal = |age_s: f64| {
                    let levels: Vec<f64> = targets.iter().map(|&g| self.aged(parameters, g, age_s).mean).collect();
                    levels.iter().map(|level| level - levels[0]).sum::<f64>()
                };
                signal(0.0) / signal(self.age_s)
            }
        }
    }

    /// Fills `shown` with what the `index`-th cell shows when it is programmed to each level (F), stuck ones left out.
    pub fn sample(&self, parameters: &[f64], draws: CellDraws, index: u32, shown: &mut [f64]) -> bool {
        let n_levels = shown.len() as u32;
        let targets = evenly(parameters[self.low], parameters[self.high], shown.len());
        let sigma = parameters[self.sigma] * self.local;
        for (level, (target, shown)) in (0..).zip(targets.iter().zip(shown)) {
            let of_level = index * n_levels + level;
            let g = self.conductor.sample(*target, self.age_s, sigma, draws.normals("exact/conductance", of_level));
            let place = draws.normals("exact/wires", of_level)[0] * self.loss.rel_sd * self.local;
            *shown = g * self.farad_per_us * self.loss.mean * (1.0 + place);
        }
        true
    }
}
