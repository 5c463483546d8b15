//! `splitlot check`: the resolved plan before any wafer is spent.

use serde::Serialize;

use super::table::table;
use super::{BackendArgs, BackendChoice, CliError, SpecArgs, backend, print, print_json};
use crate::compute::{Backend, Card, CpuBackend, gpu};
use crate::plan::Plan;
use crate::record::METRICS;
use crate::run::seconds_per_die;
use crate::spec::Spec;
use crate::summary::Counts;

#[derive(clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    backend: BackendArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What `check` finds.
#[derive(Serialize)]
struct Report {
    experiment: String,
    dies_per_wafer: usize,
    full_flow_wafers: usize,
    variants: usize,
    chunks: usize,
    counts: Counts,
    /// Cards, kernel rows and records of one chunk and the tables of the run (MB), as their types add up.
    memory_mb: f64,
    /// Measured on a few dies just now, times the number of dies.
    time: Vec<TimeEstimate>,
}

#[derive(Serialize)]
struct TimeEstimate {
    backend: String,
    adapter: String,
    seconds: f64,
}

pub fn check(args: &CheckArgs) -> Result<(), CliError> {
    backend::limit_threads(&args.backend)?;
    let spec = args.spec.resolve()?;
    let plan = Plan::new(&spec)?;
    let report = Report {
        experiment: spec.experiment.name.clone(),
        dies_per_wafer: plan.lot.sites().len(),
        full_flow_wafers: plan.lot.wafers().iter().filter(|w| w.full_flow).count(),
        variants: plan.variants.len(),
        chunks: plan.n_chunks(),
        counts: plan.counts(),
        memory_mb: memory_mb(&plan),
        time: time_estimates(&plan, &args.backend)?,
    };
    if args.json {
        return print_json(&report);
    }
    print(&format!("{}\n\n{}\n\n{}", traveler(&spec), split_table(&spec, &plan), amounts(&report)))
}

fn traveler(spec: &Spec) -> String {
    let rows: Vec<Vec<String>> = spec
        .process
        .step
        .iter()
        .map(|step| {
            let moves: Vec<&str> = step.effect.iter().map(|e| e.parameter.as_str()).collect();
            let measured = step.metrology.as_ref();
            vec![
                step.id.clone(),
                step.name.clone(),
                step.tool.clone(),
                moves.join(" "),
                measured.map_or(String::new(), |m| format!("{} {:?}", m.parameter, m.plan)),
                step.defect.as_ref().map_or(String::new(), |d| format!("{}", d.d0_per_cm2)),
                format!("{:.2}", step.cost_usd),
            ]
        })
        .collect();
    let header = ["step", "name", "tool", "moves", "measured", "D0 (1/cm2)", "USD"];
    format!(
        "Traveler of {} at {}\n{}",
        spec.process.name,
        spec.process.foundry,
        table(&header, &rows, &["D0 (1/cm2)", "USD"])
    )
}

fn split_table(spec: &Spec, plan: &Plan) -> String {
    let rows: Vec<Vec<String>> = plan
        .lot
        .wafers()
        .iter()
        .map(|wafer| {
            let split = &spec.experiment.split[wafer.split];
            let changes: Vec<String> = split.change.iter().map(|c| format!("{} {}", c.step, c.recipe)).collect();
            vec![
                wafer.id.clone(),
                wafer.slot.to_string(),
                split.id.clone(),
                split.label.clone(),
                if changes.is_empty() { "POR".into() } else { changes.join(", ") },
                if wafer.full_flow {
                    "full flow".into()
                } else {
                    format!("stop after {}", spec.process.step[wafer.last_step].id)
                },
            ]
        })
        .collect();
    let header = ["wafer", "slot", "split", "label", "recipe", "route"];
    format!("Split table of lot {}\n{}", spec.experiment.lot.id, table(&header, &rows, &["slot"]))
}

fn amounts(report: &Report) -> String {
    let times: Vec<String> = report
        .time
        .iter()
        .map(|t| format!("estimated time on {} ({}): {:.0} s", t.backend, t.adapter, t.seconds))
        .collect();
    format!(
        "{} dies per wafer, {} full-flow wafers, {} variants (corner x recipe), {} chunks\n\
         {} dies, {} arrays, {:.3e} devices, {:.3e} MVMs, {:.3e} MACs\nestimated memory of cards and tables: {:.0} MB\n{}",
        report.dies_per_wafer,
        report.full_flow_wafers,
        report.variants,
        report.chunks,
        report.counts.dies,
        report.counts.arrays,
        report.counts.devices as f64,
        report.counts.mvms as f64,
        report.counts.macs as f64,
        report.memory_mb,
        times.join("\n"),
    )
}

fn memory_mb(plan: &Plan) -> f64 {
    let columns = METRICS.len() + plan.spec.technology.parameter.len() + 13;
    let row = columns * size_of::<f64>();
    let chunk = plan.chunk(0).len() * plan.variants.len() * (size_of::<Card>() + 2 * row);
    // The fold holds the chunks' tables and the whole; the aggregation one copy of each column group.
    let tables = 3 * plan.dies.len() * plan.variants.len() * row;
    (chunk + tables) as f64 * 1e-6
}

/// A few dies, timed on each backend that `run` could take here.
fn time_estimates(plan: &Plan, args: &BackendArgs) -> Result<Vec<TimeEstimate>, CliError> {
    let threads = backend::threads(args);
    let mut backends: Vec<Box<dyn Backend>> = vec![Box::new(CpuBackend::of_process())];
    if args.backend == BackendChoice::Gpu || args.adapter.is_some() {
        backends.push(Box::new(gpu::GpuBackend::new(args.adapter.as_deref())?));
    } else if let Some(adapter) = gpu::best_hardware_adapter() {
        backends.push(Box::new(gpu::GpuBackend::new(Some(&adapter.name))?));
    }
    backends
        .iter()
        .map(|backend| {
            let info = backend.info();
            // A few dies per thread, so that every core works as it does in the run.
            let seconds = seconds_per_die(plan, backend.as_ref(), 4 * threads)? * plan.dies.len() as f64;
            Ok(TimeEstimate { backend: info.kind, adapter: info.adapter, seconds })
        })
        .collect()
}
