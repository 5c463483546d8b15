//! What the cells of a die show to a column, whatever they store a weight in.

use super::conductance::ConductanceCells;
use super::error::CardError;
use super::memcapacitor::MemcapacitorCells;
use super::unit_capacitors::UnitCapacitors;
use crate::compute::MAX_SYMBOLS;
use crate::fab::LocalMismatch;
use crate::spec::{DeviceKind, Spec};

/// The cells of one die at one corner, by weight level: charge per volt of input step (F). That is a capacitance, or a
/// conductance times the time for which its current is gathered.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Mean, one sigma and skewness (third central moment over sigma^3) over cells that are not stuck.
    pub mean: Vec<f64>,
    pub sd: Vec<f64>,
    pub skew: Vec<f64>,
    /// Least value that a cell can show.
    pub floor: Option<f64>,
    /// One sigma of a cell from read to read.
    pub read_sd: Vec<f64>,
    pub stuck: StuckCells,
    /// Share of cells that hold what was written.
    pub reach_fraction: f64,
    /// Mean of the largest and of the smallest value that a cell of this die can be given.
    pub highest: f64,
    pub lowest: f64,
}

/// Cells that show one value whatever was written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StuckCells {
    pub low_rate: f64,
    pub high_rate: f64,
    /// What they show (F).
    pub low: f64,
    pub high: f64,
}

impl Cells {
    /// `n` such cells on the same lines, each written on its own. Stuck cells among many are part of the spread.
    pub fn in_parallel(self, n: u32) -> Self {
        if n == 1 {
            return self;
        }
        let n = f64::from(n);
        let StuckCells { low_rate, high_rate, low, high } = self.stuck;
        let works = 1.0 - low_rate - high_rate;
        let mixed = |mean: f64, sd: f64| {
            let first = works * mean + low_rate * low + high_rate * high;
            let second = works * (mean * mean + sd * sd) + low_rate * low * low + high_rate * high * high;
            (n * first, (n * (second - first * first).max(0.0)).sqrt())
        };
        let levels: Vec<(f64, f64)> = self.mean.iter().zip(&self.sd).map(|(&mean, &sd)| mixed(mean, sd)).collect();
        Self {
            mean: levels.iter().map(|level| level.0).collect(),
            sd: levels.iter().map(|level| level.1).collect(),
            skew: self.skew.iter().map(|skew| skew / n.sqrt()).collect(),
            read_sd: self.read_sd.iter().map(|sd| sd * n.sqrt()).collect(),
            stuck: StuckCells::default(),
            highest: self.highest * n,
            lowest: self.lowest * n,
            ..self
        }
    }

    /// Mean of a quantity of a cell under uniform weight codes -top..=top: a cell holds each level above 0 for one code of
    /// 2 top + 1 and level 0 for the others.
    pub fn over_codes(levels: &[f64]) -> f64 {
        let top = levels.len() - 1;
        (levels[1..].iter().sum::<f64>() + levels[0] * (top + 1) as f64) / (2 * top + 1) as f64
    }
}

/// Temperature (K) and supply at which a die is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operation {
    pub temperature: f64,
    pub supply_rel: f64,
}

/// The cells of a technology as a product uses them.
pub(super) enum CellModel {
    Memcapacitor(MemcapacitorCells),
    UnitCapacitors(UnitCapacitors),
    Conductance(ConductanceCells),
}

impl CellModel {
    /// # Errors
    /// A parameter or table that the device needs is missing, or the nominal cell does not reach its targets.
    pub fn new(spec: &Spec, mismatch: &LocalMismatch, n_levels: usize) -> Result<Self, CardError> {
        Ok(match spec.technology.device {
            DeviceKind::Memcapacitor => Self::Memcapacitor(MemcapacitorCells::new(spec, mismatch, n_levels)?),
            DeviceKind::SramCharge => Self::UnitCapacitors(UnitCapacitors::new(spec, n_levels)?),
            DeviceKind::Rram | DeviceKind::Pcm | DeviceKind::Sonos => {
                Self::Conductance(ConductanceCells::new(spec, n_levels)?)
            }
        })
    }

    /// True where the cells of every die are Gaussian and none is stuck.
    pub fn is_gaussian(&self) -> bool {
        match self {
            Self::Memcapacitor(cells) => cells.is_gaussian(),
            Self::UnitCapacitors(_) => true,
            Self::Conductance(_) => false,
        }
    }

    /// What each level of the nominal die should show (F), rising in equal steps.
    pub fn targets(&self) -> &[f64] {
        match self {
            Self::Memcapacitor(cells) => cells.targets(),
            Self::UnitCapacitors(cells) => &cells.targets,
            Self::Conductance(cells) => &cells.targets,
        }
    }

    /// Writes every cell of a die, and reads them.
    pub fn cells(&self, parameters: &[f64], operation: Operation) -> Cells {
        match self {
            Self::Memcapacitor(cells) => cells.write_and_read(parameters, operation),
            Self::UnitCapacitors(cells) => cells.cells(parameters),
            Self::Conductance(cells) => cells.cells(parameters),
        }
    }

    /// Capacitance that a cell adds to its bitline (F), beside the wire.
    pub fn bitline_load(&self, cells: &Cells) -> f64 {
        match self {
            Self::Memcapacitor(_) | Self::UnitCapacitors(_) => Cells::over_codes(&cells.mean),
            Self::Conductance(_) => 0.0,
        }
    }

    /// Charge per volt that a cell takes from its wordline (F), beside the wire.
    pub fn wordline_load(&self, parameters: &[f64], cells: &Cells) -> f64 {
        let mean = Cells::over_codes(&cells.mean);
        match self {
            Self::Memcapacitor(model) => model.cell(parameters).gate_capacitance(mean),
            Self::UnitCapacitors(_) | Self::Conductance(_) => mean,
        }
    }

    /// Noise charge of the cells of one bitline in one read (C^2): thermal noise of conductances, and their fluctuation under
    /// inputs of mean square `input_ms` (V^2).
    pub fn noise_charge_squared(&self, cells: &Cells, rows: f64, temperature: f64, input_ms: f64) -> f64 {
        match self {
            Self::Memcapacitor(_) | Self::UnitCapacitors(_) => 0.0,
            Self::Conductance(model) => model.noise_charge_squared(cells, rows, temperature, input_ms),
        }
    }

    /// Gain by which the chip makes up for drift: 1 where it does nothing.
    pub fn compensation(&self, parameters: &[f64]) -> f64 {
        match self {
            Self::Memcapacitor(_) | Self::UnitCapacitors(_) => 1.0,
            Self::Conductance(model) => model.compensation(parameters),
        }
    }

    /// Effective input of each symbol in input steps at nominal supply: a bent C-V curve bends the steps between.
    pub fn inputs(&self, parameters: &[f64], operation: Operation, largest: u32) -> [f64; MAX_SYMBOLS] {
        match self {
            Self::Memcapacitor(cells) if largest > 1 => cells.bent_inputs(parameters, operation, largest),
            _ => std::array::from_fn(|symbol| if symbol as u32 <= largest { symbol as f64 } else { 0.0 }),
        }
    }

    /// C-V curves of the nominal cell, written to the lowest and to the highest level: (V, fF, fF). Empty where there is none.
    pub fn cv_curves(&self, nominal: &[f64]) -> Vec<(f64, f64, f64)> {
        match self {
            Self::Memcapacitor(cells) => cells.cv_curves(nominal),
            Self::UnitCapacitors(_) | Self::Conductance(_) => Vec::new(),
        }
    }
}

/// Where a parameter stands in a die's list.
///
/// # Errors
/// The technology lacks it.
pub(super) fn place(spec: &Spec, key: &'static str) -> Result<usize, CardError> {
    let found = spec.technology.parameter.keys().position(|id| id == key);
    found.ok_or(CardError::Missing { key, device: spec.technology.device.name() })
}

/// The design values of `n` levels from `low` to `high`.
pub(super) fn evenly(low: f64, high: f64, n: usize) -> Vec<f64> {
    let step = (high - low) / (n - 1) as f64;
    (0..n).map(|level| low + step * level as f64).collect()
}
