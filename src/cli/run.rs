//! `splitlot run`: fabricate, test, aggregate, report.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use super::backend;
use super::table::table;
use super::{BackendArgs, CliError, SpecArgs, print, print_json};
use crate::plan::Plan;
use crate::report::format::estimate;
use crate::run;
use crate::stats::Estimate;
use crate::store::RunFolder;
use crate::summary::Summary;

#[derive(clap::Args)]
pub struct RunArgs {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    backend: BackendArgs,
    /// Run folder; reports/<name of the experiment> when absent.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replay one die alone: wafer, x, y.
    #[arg(long, value_name = "WAFER,X,Y", allow_hyphen_values = true)]
    die: Option<String>,
    /// Print summary.json.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &RunArgs) -> Result<(), CliError> {
    backend::limit_threads(&args.backend)?;
    let spec = args.spec.resolve()?;
    let mut plan = Plan::new(&spec)?;
    if let Some(die) = &args.die {
        plan.keep_die(die)?;
    }
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&spec.experiment.name));
    let folder = RunFolder::create(&out)?;
    let backend = backend::open(&args.backend)?;
    let bar = progress_bar(plan.dies.len() as u64);
    let summary = run::run(&plan, backend.as_ref(), &folder, &|dies| bar.inc(dies))?;
    bar.finish_and_clear();
    if args.json {
        return print_json(&summary);
    }
    print(&overview(&summary))?;
    print(&format!("\nreport: {}", out.join("index.html").display()))
}

/// A bar on stderr; indicatif draws nothing where stderr is no terminal.
fn progress_bar(dies: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} dies  {per_sec}  {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(dies).with_style(style)
}

/// Verdict, yields and speed as text.
fn overview(summary: &Summary) -> String {
    let rows: Vec<Vec<String>> = summary
        .results
        .iter()
        .map(|r| {
            let shown = |e: &Estimate| {
                let quantity = estimate(e, "", 1.0, false);
                format!("{} {}", quantity.value, quantity.interval).trim_end().to_owned()
            };
            let metric = |name| r.metrics.get(name).map_or("-".into(), |m| shown(&m.mean));
            vec![
                r.corner.clone(),
                r.split.clone(),
                r.n_wafers.to_string(),
                r.n_dies.to_string(),
                shown(&r.yield_),
                metric("accuracy"),
                metric("snr_trimmed_db"),
                metric("energy_per_op_fj"),
                shown(&r.cost_per_good_die_usd),
            ]
        })
        .collect();
    let header = ["corner", "split", "wafers", "dies", "yield", "accuracy", "SNR (dB)", "fJ/op", "USD/good die"];
    let right = ["wafers", "dies"];
    let counts = &summary.counts;
    format!(
        "{}\n{}\n\n{}\n\n{} dies, {:.1} million MVMs, {:.2} billion devices in {:.1} s on {}",
        summary.verdict.headline,
        summary.verdict.statements.iter().map(|s| format!("- {s}")).collect::<Vec<_>>().join("\n"),
        table(&header, &rows, &right),
        counts.dies,
        counts.mvms as f64 * 1e-6,
        counts.devices as f64 * 1e-9,
        summary.throughput.wall_s,
        summary.backend.adapter,
    )
}
