//! The shipped experiment, whole: lot, cards, kernels, tables, figures, report.

use serde::Serialize;
use std::time::Instant;

use super::{BenchArgs, backend, print, print_json, progress_bar, table};
use crate::cli::CliError;
use crate::cli::process::{cpu_seconds, peak_mb};
use crate::manifest::{Manifest, Timings};
use crate::plan::Plan;
use crate::run;
use crate::spec;
use crate::store::RunFolder;

#[derive(Serialize)]
struct Report {
    backend: String,
    adapter: String,
    item: &'static str,
    threads: u16,
    dies: u64,
    variants: usize,
    wall_s: f64,
    cpu_s: Option<f64>,
    devices_per_s: f64,
    macs_per_s: f64,
    peak_mb: Option<f64>,
    timings: Timings,
}

pub fn experiment(args: &BenchArgs) -> Result<(), CliError> {
    let backend_args = args.backend_args();
    backend::limit_threads(&backend_args)?;
    let folder = tempfile::tempdir().map_err(|error| CliError::Usage(format!("no temporary folder: {error}")))?;
    let (cpu, started) = (cpu_seconds(), Instant::now());
    let spec = spec::resolve(None, &[])?;
    let plan = Plan::new(&spec)?;
    // As a run opens it: on the threads of the process.
    let backend = backend::open(&backend_args)?;
    let out = RunFolder::create(&folder.path().join("run"))?;
    let bar = progress_bar(plan.dies.len() as u64);
    run::run(&plan, backend.as_ref(), &out, &|dies| bar.inc(dies))?;
    bar.finish_and_clear();
    let wall_s = started.elapsed().as_secs_f64();
    let cpu_s = cpu_seconds().zip(cpu).map(|(after, before)| after - before);
    let manifest: Manifest = out.read_json("manifest.json")?;
    let report = Report {
        backend: manifest.backend.kind,
        adapter: manifest.backend.adapter,
        item: "experiment",
        threads: args.threads,
        dies: manifest.counts.dies,
        variants: plan.variants.len(),
        wall_s,
        cpu_s,
        devices_per_s: manifest.counts.devices as f64 / wall_s,
        macs_per_s: manifest.counts.macs as f64 / wall_s,
        peak_mb: peak_mb(),
        timings: manifest.timings,
    };
    if args.json {
        return print_json(&report);
    }
    let seconds = |s: f64| format!("{s:.1}");
    let row = vec![
        report.dies.to_string(),
        report.variants.to_string(),
        seconds(report.wall_s),
        report.cpu_s.map_or("-".into(), seconds),
        seconds(report.timings.cards_s),
        seconds(report.timings.array_test_s),
        seconds(report.timings.classify_s),
        seconds(report.timings.store_s + report.timings.aggregate_s + report.timings.report_s),
        format!("{:.3e}", report.devices_per_s),
        format!("{:.3e}", report.macs_per_s),
        report.peak_mb.map_or("-".into(), |mb| format!("{mb:.0}")),
    ];
    let header = [
        "dies",
        "variants",
        "wall s",
        "CPU s",
        "cards",
        "array test",
        "network",
        "tables",
        "devices/s",
        "MAC/s",
        "peak MB",
    ];
    print(&table(&header, &[row], &header))
}
