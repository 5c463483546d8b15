//! The published statistics of a resistive cell: how far it lands from its target, how it drifts, how it fluctuates.
//!
//! Numbers stand in the technology file, forms here. g is the conductance over `reference_us`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Statistics of a conductance that stores a weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conductance {
    /// Conductance at which g = 1 (uS).
    pub reference_us: f64,
    /// Range of g for which the fits hold.
    pub range: [f64; 2],
    /// Spread of programmed cells, one row per age, rising; between rows linear in ln(1 s + age).
    pub spread: Vec<Spread>,
    pub drift: Drift,
    pub read_noise: ReadNoise,
}

/// One sigma of the conductance of cells with one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Time since programming (s).
    pub age_s: f64,
    pub form: SpreadForm,
    pub coefficients: Vec<f64>,
    pub source: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpreadForm {
    /// sum_k c_k g^k (uS), coefficients by rising power.
    Polynomial,
    /// c_0 (1 - exp(-g/c_1)) (uS).
    Saturating,
}

/// What becomes of the mean, and of the spread beyond `spread`, with time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "form", rename_all = "snake_case", deny_unknown_fields)]
pub enum Drift {
    /// None published.
    None { source: String },
    /// G(t) = G (1 + t/t0)^-nu, nu = |N(mean, sd)| cell by cell; mean and sd are a ln g + b, within [low, high].
    PowerLaw { t0_s: f64, mean: LogFit, sd: LogFit, source: String },
    /// G(t) = G + N(a ln t, b ln t + c), t in s; nothing before 1 s.
    LogTime { mean_us_per_ln_s: f64, sd_us_per_ln_s: f64, sd_us: f64, source: String },
    /// Mean shift (uS) at points of g, linear between them, reached at `age_s` and growing as ln(1 s + t) until then.
    Table { age_s: f64, g: Vec<f64>, shift_us: Vec<f64>, source: String },
}

/// a ln g + b, held within [low, high].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogFit {
    pub a: f64,
    pub b: f64,
    pub low: f64,
    pub high: f64,
}

/// One sigma of a cell's conductance from read to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "form", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadNoise {
    /// None published.
    None { source: String },
    /// Relative: min(a / g^b, most) sqrt(ln((t + t0 + t_read)/(2 t_read))), t0 being when the first read may be.
    Flicker { a: f64, b: f64, most: f64, t0_s: f64, t_read_s: f64, source: String },
    /// c_0 (1 - exp(-g/c_1)) (uS).
    Saturating { amplitude_us: f64, scale: f64, source: String },
    /// a log10(G / 1 uS) sqrt(ln((t + t_read)/(2 t_read))) (uS); none below 1 uS.
    LogConductance { a_us: f64, t_read_s: f64, source: String },
}
