//! `splitlot bench`: the Monte Carlo work item that tools for crossbars are compared by, timed.

use std::time::Instant;

use serde::Serialize;

use super::process::{cpu_seconds, peak_mb};
use super::table::table;
use super::{CliError, print, print_json};
use crate::compute::CpuBackend;
use crate::compute::cpu::monte_carlo::{Spread, WorkItem};

/// Times the Monte Carlo work item on the CPU.
///
/// Each trial draws every device of a differential crossbar anew (sigma 5 %), multiplies it with fixed inputs, adds output
/// noise (0.5 % of full scale), converts to 8 bits and takes the relative error of the product. The expected mean error is 0.0611
/// at 256 x 256 with 16 inputs and 0.0622 at 1152 x 256.
#[derive(clap::Args)]
pub struct BenchArgs {
    #[arg(long, default_value_t = 256)]
    rows: usize,
    #[arg(long, default_value_t = 256)]
    columns: usize,
    #[arg(long, default_value_t = 16)]
    inputs: usize,
    /// CPU threads.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    #[arg(long, value_enum, default_value_t = Distribution::Gauss)]
    distribution: Distribution,
    /// cell: one draw per device. pair: one draw per differential pair, exact for Gaussian devices on a linear array.
    #[arg(long, value_enum, default_value_t = Draw::Cell)]
    draw: Draw,
    /// Only the CPU runs this item.
    #[arg(long, value_enum, default_value_t = Where::Cpu)]
    backend: Where,
    /// Time to spend.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Distribution {
    Gauss,
    Lognormal,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Draw {
    Cell,
    Pair,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Where {
    Cpu,
}

#[derive(Serialize)]
struct Report {
    backend: &'static str,
    trials_per_s: f64,
    /// Absent where the system does not tell a process its CPU time.
    trials_per_cpu_s: Option<f64>,
    devices_per_s: f64,
    macs_per_s: f64,
    err_mean: f64,
    err_sd: f64,
    peak_mb: Option<f64>,
}

pub fn bench(args: &BenchArgs) -> Result<(), CliError> {
    if !(args.seconds > 0.0 && args.seconds <= 3600.0) {
        return Err(CliError::Usage(format!("--seconds {}: must be above 0 and at most 3600", args.seconds)));
    }
    let spread = match (args.distribution, args.draw) {
        (Distribution::Gauss, Draw::Cell) => Spread::Gaussian,
        (Distribution::Gauss, Draw::Pair) => Spread::GaussianPair,
        (Distribution::Lognormal, Draw::Cell) => Spread::LogNormal,
        (Distribution::Lognormal, Draw::Pair) => {
            return Err(CliError::Usage("--draw pair: must be cell for lognormal devices, whose difference is no normal".into()));
        }
    };
    let backend = CpuBackend::new(args.threads.into())?;
    let item = WorkItem::new(args.rows, args.columns, args.inputs, spread, WorkItem::SEED)?;
    let report = measure(&item, &backend, args.seconds, u32::from(args.threads));
    if args.json {
        return print_json(&report);
    }
    let row = vec![
        format!("{}x{}", args.rows, args.columns),
        args.inputs.to_string(),
        format!("{:.0}", report.trials_per_s),
        report.trials_per_cpu_s.map_or("-".into(), |t| format!("{t:.0}")),
        format!("{:.3e}", report.devices_per_s),
        format!("{:.3e}", report.macs_per_s),
        format!("{:.5}", report.err_mean),
        format!("{:.5}", report.err_sd),
        report.peak_mb.map_or("-".into(), |mb| format!("{mb:.0}")),
    ];
    let header = ["array", "inputs", "trials/s", "trials/CPU-s", "devices/s", "MAC/s", "error", "sd", "peak MB"];
    print(&table(&header, &[row], &header))
}

/// Rounds of growing length until the time is spent; the first warms up and does not count.
fn measure(item: &WorkItem, backend: &CpuBackend, seconds: f64, threads: u32) -> Report {
    let mut n = 8 * threads;
    let first = timed(item, backend, 0..n);
    let per_trial = first.0 / f64::from(n);
    n = ((seconds / per_trial).min(1e6) as u32).max(n);
    let cpu = cpu_seconds();
    let (wall, errors) = timed(item, backend, 0..n);
    let cpu = cpu_seconds().zip(cpu).map(|(after, before)| after - before);
    let trials_per_s = f64::from(n) / wall;
    let mean = errors.iter().map(|&e| f64::from(e)).sum::<f64>() / f64::from(n);
    let ss: f64 = errors.iter().map(|&e| (f64::from(e) - mean).powi(2)).sum();
    Report {
        backend: "cpu",
        trials_per_s,
        trials_per_cpu_s: cpu.filter(|&cpu| cpu > 0.0).map(|cpu| f64::from(n) / cpu),
        devices_per_s: trials_per_s * item.n_devices() as f64,
        macs_per_s: trials_per_s * item.n_macs() as f64,
        err_mean: mean,
        err_sd: (ss / f64::from(n)).sqrt(),
        peak_mb: peak_mb(),
    }
}

fn timed(item: &WorkItem, backend: &CpuBackend, trials: std::ops::Range<u32>) -> (f64, Vec<f32>) {
    let started = Instant::now();
    let errors = item.run(backend, trials);
    (started.elapsed().as_secs_f64(), errors)
}
