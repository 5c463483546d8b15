//! `splitlot bench`: how fast this machine runs the kernels, against its own limits.

mod array;
mod experiment;
mod growth;
mod meter;
mod work;

use std::collections::BTreeMap;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::process::peak_mb;
use super::table::table;
use super::{BackendArgs, BackendChoice, CliError, backend, print, print_json};
use crate::compute::CpuBackend;
use crate::compute::cpu::floors::Floors;
use crate::compute::cpu::monte_carlo::Spread;
use crate::compute::lanes::Isa;
use meter::Meter;

/// Times the Monte Carlo work item that tools for crossbars are compared by, an array test, or the shipped experiment.
///
/// The work item: each trial draws every device of a differential crossbar anew (sigma 5 %), multiplies it with fixed inputs, adds
/// output noise (0.5 % of full scale), converts to 8 bits and takes the relative error of the product. The expected mean error is
/// 0.0611 at 256 x 256 with 16 inputs and 0.0622 at 1152 x 256. It runs on the CPU.
///
/// With --variants or --backend gpu the array test of a die instead, as a run does it: the same array in signed weights of
/// --weight-bits and 4-bit inputs under so many cards on one draw; a trial is a die under all of them.
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
    /// Instruction set of the CPU backend: baseline (NEON on its machines), AVX2+FMA or AVX-512 [default: the widest there is].
    #[arg(long, value_name = "NAME")]
    isa: Option<String>,
    #[arg(long, value_enum, default_value_t = Distribution::Gauss)]
    distribution: Distribution,
    /// cell: one draw per device. Exact for Gaussian devices on a linear array are also pair: one draw per differential pair, and
    /// output: one per output, with the covariance of the inputs, for at most as many inputs as rows; in the array test one per vector
    /// and level, for at most 16 vectors.
    #[arg(long, value_enum, default_value_t = DrawChoice::Cell)]
    draw: DrawChoice,
    #[arg(long, value_enum, default_value_t = Where::Cpu, conflicts_with = "isa")]
    backend: Where,
    /// Adapter by name or by its number in `splitlot adapters`, which may be software; implies --backend gpu.
    #[arg(long, value_name = "NAME", conflicts_with = "isa")]
    adapter: Option<String>,
    /// Time the array test under so many variants.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    variants: Option<u16>,
    /// Weight bits of the array test: 2^(bits - 1) levels of a cell [default: 7].
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(2..=7))]
    weight_bits: Option<u8>,
    /// Apply the inputs of the array test bit by bit, as most shipped products do, in place of all bits at once.
    #[arg(long)]
    bit_serial: bool,
    /// Time the whole shipped experiment, report and all.
    #[arg(long, conflicts_with_all = ["variants", "growth", "isa"])]
    experiment: bool,
    /// Tables of time and memory against rows, inputs, trials and variants.
    #[arg(long)]
    growth: bool,
    /// Time to spend on each figure.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Distribution {
    Gauss,
    Lognormal,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DrawChoice {
    Cell,
    Pair,
    Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Where {
    Cpu,
    Gpu,
}

/// What one item took.
#[derive(Serialize)]
struct Figures {
    /// "cpu" or "gpu"; a software adapter counts as the former.
    backend: String,
    adapter: String,
    item: &'static str,
    trials_per_s: f64,
    /// Absent where the system does not tell a process its CPU time.
    trials_per_cpu_s: Option<f64>,
    devices_per_s: f64,
    macs_per_s: f64,
    err_mean: f64,
    err_sd: f64,
    peak_mb: Option<f64>,
    /// Trials per CPU-second if the normals and the multiply-adds were all the work, each at the rate that a loop of nothing
    /// else reaches here; and the share of it that is reached. Absent on an adapter.
    floor_trials_per_cpu_s: Option<f64>,
    floor_fraction: Option<f64>,
    /// Share of the wall time that an adapter spent in each of its kernels; empty on the CPU, or where it cannot tell.
    adapter_shares: BTreeMap<&'static str, f64>,
}

/// What a trial of an item is made of.
struct Content {
    n_devices: usize,
    n_macs: usize,
    /// Normals drawn and fused multiply-adds done, for the floor.
    n_normals: usize,
    n_fmas: usize,
}

impl Figures {
    fn new(item: &'static str, info: &crate::compute::BackendInfo, meter: &Meter, content: &Content) -> Self {
        let trials_per_s = meter.trials_per_s();
        let trials_per_cpu_s = meter.trials_per_cpu_s();
        let floor = (info.threads > 0).then(Floors::measure);
        let floor = floor.map(|floors| 1.0 / floors.seconds(content.n_normals as f64, content.n_fmas as f64));
        Self {
            backend: info.kind.clone(),
            adapter: info.adapter.clone(),
            item,
            trials_per_s,
            trials_per_cpu_s,
            devices_per_s: trials_per_s * content.n_devices as f64,
            macs_per_s: trials_per_s * content.n_macs as f64,
            err_mean: meter.error_mean(),
            err_sd: meter.error_sd(),
            peak_mb: peak_mb(),
            floor_trials_per_cpu_s: floor,
            floor_fraction: trials_per_cpu_s.zip(floor).map(|(reached, floor)| reached / floor),
            adapter_shares: meter.adapter_shares(),
        }
    }

    fn row(&self, size: &Size) -> Vec<String> {
        let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
        vec![
            format!("{}x{}", size.rows, size.columns),
            size.inputs.to_string(),
            size.variants.to_string(),
            format!("{:.0}", self.trials_per_s),
            or_dash(self.trials_per_cpu_s.map(|t| format!("{t:.0}"))),
            format!("{:.3e}", self.devices_per_s),
            format!("{:.3e}", self.macs_per_s),
            format!("{:.5}", self.err_mean),
            format!("{:.5}", self.err_sd),
            or_dash(self.peak_mb.map(|mb| format!("{mb:.0}"))),
            or_dash(self.floor_trials_per_cpu_s.map(|t| format!("{t:.0}"))),
            or_dash(self.floor_fraction.map(|f| format!("{:.0} %", 100.0 * f))),
        ]
    }
}

const HEADER: [&str; 12] = [
    "array",
    "inputs",
    "variants",
    "trials/s",
    "trials/CPU-s",
    "devices/s",
    "MAC/s",
    "error",
    "sd",
    "peak MB",
    "floor",
    "reached",
];

/// Sizes of an item.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    columns: usize,
    inputs: usize,
    variants: usize,
}

pub fn bench(args: &BenchArgs) -> Result<(), CliError> {
    if !(args.seconds > 0.0 && args.seconds <= 3600.0) {
        return Err(CliError::Usage(format!("--seconds {}: must be above 0 and at most 3600", args.seconds)));
    }
    let on_cards = args.variants.is_some() || args.backend == Where::Gpu || args.adapter.is_some();
    if let (Some(bits), false) = (args.weight_bits, on_cards || args.growth) {
        return Err(CliError::Usage(format!(
            "--weight-bits {bits}: is of the array test, so it needs --variants, --growth or --backend gpu"
        )));
    }
    if args.bit_serial && !(on_cards || args.growth) {
        let of = "--bit-serial: is of the array test, so it needs --variants, --growth or --backend gpu";
        return Err(CliError::Usage(of.to_owned()));
    }
    if args.draw == DrawChoice::Output && (args.growth || args.experiment) {
        let of = "--draw output: is of one item; --growth and --experiment take cell or pair";
        return Err(CliError::Usage(of.to_owned()));
    }
    if args.experiment {
        return experiment::experiment(args);
    }
    if args.growth {
        return growth::growth(args);
    }
    let size = Size {
        rows: args.rows,
        columns: args.columns,
        inputs: args.inputs,
        variants: args.variants.unwrap_or(1).into(),
    };
    let figures = if on_cards { array::measure(args, size)? } else { work::measure(args, size)? };
    if args.json {
        return print_json(&figures);
    }
    print(&table(&HEADER, &[figures.row(&size)], &HEADER))?;
    if figures.adapter_shares.is_empty() {
        return Ok(());
    }
    let share = |(kernel, share): (&&str, &f64)| vec![(*kernel).to_owned(), format!("{:.1} %", 100.0 * share)];
    let shares: Vec<_> = figures.adapter_shares.iter().map(share).collect();
    print(&table(&["kernel", "share of wall time"], &shares, &["share of wall time"]))
}

impl BenchArgs {
    fn spread(&self) -> Result<Spread, CliError> {
        match (self.distribution, self.draw) {
            (Distribution::Gauss, DrawChoice::Cell) => Ok(Spread::Gaussian),
            (Distribution::Gauss, DrawChoice::Pair) => Ok(Spread::GaussianPair),
            (Distribution::Gauss, DrawChoice::Output) => Ok(Spread::GaussianOutput),
            (Distribution::Lognormal, DrawChoice::Cell) => Ok(Spread::LogNormal),
            (Distribution::Lognormal, _) => {
                Err(CliError::Usage("--draw: must be cell for lognormal devices, whose difference is no normal".into()))
            }
        }
    }

    fn open(&self) -> Result<Box<dyn crate::compute::Backend>, CliError> {
        let args = self.backend_args();
        if args.backend != BackendChoice::Cpu {
            return backend::open(&args);
        }
        let cpu = self.cpu()?;
        backend::announce(&cpu);
        Ok(Box::new(cpu))
    }

    fn cpu(&self) -> Result<CpuBackend, CliError> {
        let isa = match &self.isa {
            None => Isa::best(),
            Some(name) => Isa::named(name).ok_or_else(|| {
                let names: Vec<_> = Isa::available().into_iter().map(Isa::name).collect();
                CliError::Usage(format!("--isa {name}: must be one of this machine's: {}", names.join(", ")))
            })?,
        };
        Ok(CpuBackend::with_isa(self.threads.into(), isa)?)
    }

    fn backend_args(&self) -> BackendArgs {
        let backend = match (self.backend, &self.adapter) {
            (Where::Cpu, None) => BackendChoice::Cpu,
            _ => BackendChoice::Gpu,
        };
        BackendArgs { backend, adapter: self.adapter.clone(), threads: Some(self.threads) }
    }
}

/// A bar on stderr; indicatif draws nothing where stderr is no terminal.
fn progress_bar(n: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {per_sec}  {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(n).with_style(style)
}
