//! `splitlot compare`: several technologies on equal terms.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use super::table::table;
use super::{BackendArgs, CliError, backend, parse_setting, print, print_json};
use crate::compare::{Progress, compare};
use crate::report::format::estimate;
use crate::spec::{self, resolve_comparison};
use crate::stats::Estimate;
use crate::summary::TechnologyComparison;

/// Runs every candidate of a comparison as an experiment of its own and puts accuracy, energy, density, yield and cost side by
/// side.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  splitlot compare                                         the shipped comparison of five technologies
  splitlot compare mine.toml --set product.adc.bits=7      one of your own, with one number changed for all")]
pub struct CompareArgs {
    /// Comparison file; the shipped one when absent.
    comparison: Option<PathBuf>,
    /// Change a value of every candidate: run.array_test.n_inputs=64. May be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_setting)]
    set: Vec<spec::Setting>,
    /// Seed of all randomness; the file's own when absent.
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Folder of the comparison; reports/<its name> when absent.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print comparison.json.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &CompareArgs) -> Result<(), CliError> {
    backend::limit_threads(&args.backend)?;
    let mut settings = args.set.clone();
    settings.extend(args.seed.map(|seed| ("run.seed".to_owned(), seed.to_string())));
    let comparison = resolve_comparison(args.comparison.as_deref(), &settings)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join(&comparison.file.name));
    crate::store::prepare(&out)?;
    let backend = backend::open(&args.backend)?;
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} dies  {eta} left  {msg}");
    let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let progress = Progress {
        candidate: &|label, dies| {
            bar.set_message(label.to_owned());
            bar.inc_length(dies);
        },
        dies: &|dies| bar.inc(dies),
    };
    let made = compare(&comparison, backend.as_ref(), &out, &progress)?;
    bar.finish_and_clear();
    if args.json {
        return print_json(&made);
    }
    print(&overview(&made))?;
    print(&format!("\nreport: {}", out.join("comparison.html").display()))
}

fn overview(made: &TechnologyComparison) -> String {
    let shown = |e: &Estimate, factor: f64| {
        let quantity = estimate(e, "", factor, false);
        format!("{} {}", quantity.value, quantity.interval).trim_end().to_owned()
    };
    let rows: Vec<Vec<String>> = made
        .candidates
        .iter()
        .map(|c| {
            vec![
                c.group.clone(),
                c.label.clone(),
                shown(&c.accuracy, 100.0),
                shown(&c.snr_trimmed_db, 1.0),
                shown(&c.energy_per_op_fj, 1.0),
                shown(&c.yield_, 100.0),
                shown(&c.cost_per_good_die_usd, 1.0),
            ]
        })
        .collect();
    let header = ["terms", "candidate", "accuracy (%)", "SNR (dB)", "fJ/op", "yield (%)", "USD/good die"];
    let statements: Vec<String> = made.verdict.statements.iter().map(|s| format!("- {s}")).collect();
    format!("{}\n{}\n\n{}", made.verdict.headline, statements.join("\n"), table(&header, &rows, &[]))
}
