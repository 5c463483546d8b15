//! Wall time, CPU time, adapter time and errors of trials.

use std::collections::BTreeMap;
use std::time::Instant;

use super::super::process::cpu_seconds;
use super::progress_bar;
use crate::cli::CliError;
use crate::compute::Backend;

/// Trials and what they took.
pub struct Meter {
    wall_s: f64,
    cpu_s: Option<f64>,
    /// Seconds of an adapter in each of its kernels.
    adapter_s: BTreeMap<&'static str, f64>,
    errors: Vec<f32>,
}

/// Parts in which trials are run, so that progress shows.
const PARTS: u32 = 20;

impl Meter {
    /// Trials for about so many seconds; the first `least`, which warm caches and pipelines, do not count.
    ///
    /// # Errors
    /// What a trial fails with.
    pub fn run(
        backend: &dyn Backend,
        seconds: f64,
        least: u32,
        trials: impl Fn(std::ops::Range<u32>) -> Result<Vec<f32>, CliError>,
    ) -> Result<Self, CliError> {
        trials(0..least)?;
        let started = Instant::now();
        trials(0..least)?;
        let per_trial = started.elapsed().as_secs_f64() / f64::from(least);
        let n = ((seconds / per_trial).min(1e6) as u32).max(least);
        let part = n.div_ceil(PARTS).next_multiple_of(least);
        let bar = progress_bar(n.into());
        let before = backend.adapter_seconds();
        let (cpu, started) = (cpu_seconds(), Instant::now());
        let mut errors = Vec::with_capacity(n as usize);
        for first in (0..n).step_by(part as usize) {
            errors.extend(trials(first..n.min(first + part))?);
            bar.set_position(errors.len() as u64);
        }
        let wall_s = started.elapsed().as_secs_f64();
        let cpu_s = cpu_seconds().zip(cpu).map(|(after, before)| after - before).filter(|&cpu| cpu > 0.0);
        bar.finish_and_clear();
        let since = |(kernel, s)| (kernel, s - before.get(kernel).unwrap_or(&0.0));
        let adapter_s = backend.adapter_seconds().into_iter().map(since).collect();
        Ok(Self { wall_s, cpu_s, adapter_s, errors })
    }

    fn n(&self) -> f64 {
        self.errors.len() as f64
    }

    pub fn trials_per_s(&self) -> f64 {
        self.n() / self.wall_s
    }

    pub fn trials_per_cpu_s(&self) -> Option<f64> {
        self.cpu_s.map(|cpu| self.n() / cpu)
    }

    /// Share of the wall time that an adapter spent in each of its kernels.
    pub fn adapter_shares(&self) -> BTreeMap<&'static str, f64> {
        self.adapter_s.iter().map(|(kernel, s)| (*kernel, s / self.wall_s)).collect()
    }

    pub fn error_mean(&self) -> f64 {
        self.errors.iter().map(|&e| f64::from(e)).sum::<f64>() / self.n()
    }

    pub fn error_sd(&self) -> f64 {
        let mean = self.error_mean();
        (self.errors.iter().map(|&e| (f64::from(e) - mean).powi(2)).sum::<f64>() / self.n()).sqrt()
    }
}
