//! A resistive cell after a time: published fits of spread, drift and read noise, in microsiemens.

use crate::spec::{Conductance, Drift, LogFit, ReadNoise, Spread, SpreadForm};

/// The published statistics of a technology.
#[derive(Clone, Debug, PartialEq)]
pub struct Conductor {
    fits: Conductance,
}

/// Cells of one target at one age (uS): moments over cells, and one sigma of a cell from read to read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aged {
    pub mean: f64,
    pub sd: f64,
    /// Third central moment over sd^3.
    pub skew: f64,
    pub read_sd: f64,
}

impl Conductor {
    pub fn new(fits: Conductance) -> Self {
        Self { fits }
    }

    /// One sigma of programmed cells (uS) at an age (s), linear in ln(1 s + age) between published ages.
    pub fn spread(&self, target_us: f64, age_s: f64) -> f64 {
        let g = target_us / self.fits.reference_us;
        let rows = &self.fits.spread;
        let after = rows.iter().position(|row| row.age_s >= age_s);
        match after {
            None => of_row(&rows[rows.len() - 1], g),
            Some(0) => of_row(&rows[0], g),
            Some(index) => {
                let (a, b) = (&rows[index - 1], &rows[index]);
                let at = |age: f64| libm::log1p(age);
                let share = (at(age_s) - at(a.age_s)) / (at(b.age_s) - at(a.age_s));
                of_row(a, g) * (1.0 - share) + of_row(b, g) * share
            }
        }
    }

    /// A cell programmed to `target_us` after `age_s`, from two independent standard normals: programming and drift.
    ///
    /// `sigma_rel` scales both spreads: 1 is as published. No conductance is below zero.
    pub fn sample(&self, target_us: f64, age_s: f64, sigma_rel: f64, [programming, drift]: [f64; 2]) -> f64 {
        let programmed = target_us + sigma_rel * self.spread(target_us, age_s) * programming;
        let g = target_us / self.fits.reference_us;
        match &self.fits.drift {
            Drift::PowerLaw { t0_s, mean, sd, .. } => {
                let nu = (log_fit(mean, g) + sigma_rel * log_fit(sd, g) * drift).abs();
                programmed.max(0.0) * libm::pow(1.0 + age_s / t0_s, -nu)
            }
            _ => (programmed + self.shift(target_us, age_s) + sigma_rel * self.shift_sd(age_s) * drift).max(0.0),
        }
    }

    /// Moments of what [`sample`](Self::sample) draws, in closed form but for the drift coefficient, whose distribution is
    /// summed; and the read noise at that age.
    pub fn aged(&self, target_us: f64, age_s: f64, sigma_rel: f64) -> Aged {
        let spread = sigma_rel * self.spread(target_us, age_s);
        let (m, s) = match &self.fits.drift {
            Drift::PowerLaw { .. } => (target_us, spread),
            _ => {
                let drift = sigma_rel * self.shift_sd(age_s);
                (target_us + self.shift(target_us, age_s), (spread * spread + drift * drift).sqrt())
            }
        };
        let mut moments = rectified_moments(m, s);
        for (moment, factor) in moments.iter_mut().zip(self.drift_factors(target_us, age_s, sigma_rel)) {
            *moment *= factor;
        }
        let [first, second, third] = moments;
        let variance = (second - first * first).max(0.0);
        let sd = if s > 0.0 || variance > 1e-12 * first * first { variance.sqrt() } else { 0.0 };
        let central = third - 3.0 * first * second + 2.0 * first.powi(3);
        Aged {
            mean: first,
            sd,
            skew: if sd > 0.0 { central / sd.powi(3) } else { 0.0 },
            read_sd: self.read_noise(target_us, first, age_s),
        }
    }

    /// E D^k, k = 1, 2, 3, of the factor D = (1 + t/t0)^-|N(mean, sd)|; 1 without a power law.
    fn drift_factors(&self, target_us: f64, age_s: f64, sigma_rel: f64) -> [f64; 3] {
        let Drift::PowerLaw { t0_s, mean, sd, .. } = &self.fits.drift else { return [1.0; 3] };
        let g = target_us / self.fits.reference_us;
        let (mean, sd) = (log_fit(mean, g), sigma_rel * log_fit(sd, g));
        let log = libm::log1p(age_s / t0_s);
        let mut factors = [0.0; 3];
        let mut total = 0.0;
        // Midpoint rule over eight sigma: smooth but for the fold, which is far out where cells hold weights.
        const N: i32 = 128;
        for i in 0..N {
            let z = 16.0 * (f64::from(i) + 0.5) / f64::from(N) - 8.0;
            let weight = libm::exp(-0.5 * z * z);
            let d = libm::exp(-log * (mean + sd * z).abs());
            total += weight;
            factors.iter_mut().zip([d, d * d, d * d * d]).for_each(|(factor, power)| *factor += weight * power);
        }
        factors.map(|factor| factor / total)
    }

    /// Shift of the mean (uS).
    fn shift(&self, target_us: f64, age_s: f64) -> f64 {
        match &self.fits.drift {
            Drift::None { .. } | Drift::PowerLaw { .. } => 0.0,
            Drift::LogTime { mean_us_per_ln_s, .. } => mean_us_per_ln_s * libm::log(age_s.max(1.0)),
            Drift::Table { age_s: at, g, shift_us, .. } => {
                let grown = (libm::log1p(age_s) / libm::log1p(*at)).min(1.0);
                grown * interpolated(g, shift_us, target_us / self.fits.reference_us)
            }
        }
    }

    /// Spread that drift adds (uS).
    fn shift_sd(&self, age_s: f64) -> f64 {
        match &self.fits.drift {
            Drift::LogTime { sd_us_per_ln_s, sd_us, .. } if age_s >= 1.0 => sd_us_per_ln_s * libm::log(age_s) + sd_us,
            _ => 0.0,
        }
    }

    /// One sigma of a cell from read to read (uS), of target `target_us`, now at `now_us`.
    pub fn read_noise(&self, target_us: f64, now_us: f64, age_s: f64) -> f64 {
        let g = target_us / self.fits.reference_us;
        match &self.fits.read_noise {
            ReadNoise::None { .. } => 0.0,
            ReadNoise::Flicker { a, b, most, t0_s, t_read_s, .. } => {
                let q = (a / libm::pow(g, *b).max(1e-3)).min(*most);
                now_us * q * libm::log((age_s + t0_s + t_read_s) / (2.0 * t_read_s)).max(0.0).sqrt()
            }
            ReadNoise::Saturating { amplitude_us, scale, .. } => amplitude_us * -libm::expm1(-g / scale),
            ReadNoise::LogConductance { a_us, t_read_s, .. } => {
                let flicker = libm::log((age_s + t_read_s) / (2.0 * t_read_s)).max(0.0).sqrt();
                a_us * libm::log10(now_us.max(1.0)) * flicker
            }
        }
    }
}

fn of_row(row: &Spread, g: f64) -> f64 {
    let c = &row.coefficients;
    let value = match row.form {
        SpreadForm::Polynomial => c.iter().rev().fold(0.0, |sum, c| sum * g + c),
        SpreadForm::Saturating => c[0] * -libm::expm1(-g / c[1]),
    };
    value.max(0.0)
}

fn log_fit(fit: &LogFit, g: f64) -> f64 {
    // ln 0 is held at the end that it runs to.
    (fit.a * libm::log(g.max(1e-12)) + fit.b).clamp(fit.low, fit.high)
}

/// Linear between points, level beyond them.
fn interpolated(x: &[f64], y: &[f64], at: f64) -> f64 {
    let after = x.iter().position(|&x| x >= at);
    match after {
        None => y[y.len() - 1],
        Some(0) => y[0],
        Some(i) => {
            let share = (at - x[i - 1]) / (x[i] - x[i - 1]);
            y[i - 1] + share * (y[i] - y[i - 1])
        }
    }
}

/// E max(0, X)^k, k = 1, 2, 3, of X ~ N(m, s).
fn rectified_moments(m: f64, s: f64) -> [f64; 3] {
    if s <= 0.0 {
        let x = m.max(0.0);
        return [x, x * x, x * x * x];
    }
    let t = m / s;
    let density = libm::exp(-0.5 * t * t) / std::f64::consts::TAU.sqrt();
    let below = 0.5 * libm::erfc(-t * std::f64::consts::FRAC_1_SQRT_2);
    [
        s * (t * below + density),
        s * s * ((t * t + 1.0) * below + t * density),
        s * s * s * ((t * t * t + 3.0 * t) * below + (t * t + 2.0) * density),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(name: &str) -> Conductor {
        let text = crate::spec::shipped("technology", name).unwrap().text;
        let technology: crate::spec::Technology = toml::from_str(&text).unwrap();
        Conductor::new(technology.conductance.unwrap())
    }

    #[track_caller]
    fn close(found: f64, expected: f64, relative: f64) {
        assert!((found / expected - 1.0).abs() < relative, "{found} for {expected}");
    }

    /// Nandakumar et al., ICECS 2019: sd of programming and read noise, as the published model tabulates them.
    #[test]
    fn v18_v20_pcm() {
        let pcm = fits("pcm");
        for (g, sd) in [(0.1, 0.44825), (0.5, 0.95271), (1.0, 1.05538)] {
            close(pcm.spread(25.0 * g, 0.0), sd, 1e-4);
        }
        for (g, age_s, percent) in [(1.0, 1.0, 3.687), (1.0, 86_400.0, 4.476), (0.5, 1.0, 5.785), (0.1, 1.0, 16.47)] {
            close(pcm.read_noise(25.0 * g, 1.0, age_s) * 100.0, percent, 1e-3);
        }
    }

    /// Mean drift: 0.7758 after an hour, 0.6650 after a day, 0.5002 after a year at g = 1; 0.6159 after a day at 0.1.
    #[test]
    fn v19_pcm_drift() {
        let pcm = fits("pcm");
        for (g, age_s, left, tolerance) in [
            (1.0, 3600.0, 0.7758, 1e-3),
            (1.0, 86_400.0, 0.6650, 1e-3),
            (1.0, 3.1536e7, 0.5002, 1e-3),
            (0.1, 86_400.0, 0.6159, 0.01),
        ] {
            close(pcm.drift_factors(25.0 * g, age_s, 1.0)[0], left, tolerance);
        }
    }

    #[test]
    fn v21_sonos() {
        let sonos = fits("sonos");
        // 400 nA at 0.1 V.
        for (age_s, na) in [(0.0, 17.829), (432_000.0, 29.556)] {
            close(sonos.spread(4.0, age_s) * 100.0, na, 1e-4);
        }
        close(sonos.read_noise(4.0, 4.0, 0.0) * 100.0, 10.617, 1e-4);
    }

    #[test]
    fn v22_rram() {
        let wan = fits("rram_wan");
        for (g, us) in [(0.25, 2.258), (0.5, 2.023), (1.0, 1.103)] {
            close(wan.spread(40.0 * g, 1.0), us, 1e-3);
        }
        close(wan.spread(20.0, 86_400.0), 3.909, 1e-3);
        close(fits("rram_milo").spread(100.0, 0.0), 3.8716, 1e-4);
    }

    /// Closed moments against sampled cells, near the bound and far from it, young and old.
    #[test]
    fn moments_are_those_of_samples() {
        use crate::random::{DieAddress, HostDraw, Stream};
        let draw = HostDraw::new(1, Stream::Process, DieAddress::lot_level(0), "conductor");
        let n = 100_000;
        for name in ["pcm", "rram_wan", "rram_cmo", "sonos"] {
            let conductor = fits(name);
            let reference = conductor.fits.reference_us;
            for (g, age_s) in [(0.0, 0.0), (0.3, 3600.0), (1.0, 86_400.0)] {
                let aged = conductor.aged(g * reference, age_s, 1.0);
                let cells: Vec<f64> =
                    (0..n).map(|i| conductor.sample(g * reference, age_s, 1.0, draw.normals(i))).collect();
                let count = f64::from(n);
                let mean = cells.iter().sum::<f64>() / count;
                let central = |k: i32| cells.iter().map(|c| (c - mean).powi(k)).sum::<f64>() / count;
                let sd = central(2).sqrt();
                assert!((mean - aged.mean).abs() <= 4.0 * sd / count.sqrt() + 1e-12, "{name} {g}: {mean} {aged:?}");
                let error = ((central(4) - sd.powi(4)).max(0.0) / count).sqrt() / (2.0 * sd.max(1e-12));
                assert!((sd - aged.sd).abs() <= 4.0 * error + 1e-9, "{name} {g}: sd {sd} {aged:?}");
                if sd > 0.0 {
                    assert!((central(3) / sd.powi(3) - aged.skew).abs() < 0.06, "{name} {g}: skew {aged:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_varies_without_spread() {
        let aged = fits("pcm").aged(12.0, 0.0, 0.0);
        assert_eq!((aged.mean, aged.sd, aged.skew), (12.0, 0.0, 0.0));
    }
}
