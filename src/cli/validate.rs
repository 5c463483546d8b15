//! `splitlot validate`: the validation suite on the chosen backend, as a table, as JSON and as a page.

use std::path::PathBuf;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::table::table;
use super::{BackendArgs, CliError, backend, print, print_json};
use crate::report::{format, validation};
use crate::store;
use crate::validate::{Check, FAULT, Lab, Row, Validation, checks, curves};

/// Runs the validation suite: what the product computes, against closed forms, published numbers and reference solvers.
///
/// Draws have fixed seeds: on the CPU a run gives the same digits on every machine. Exit code 1 if a row fails.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  splitlot validate                      print the table, write validation.html
  splitlot validate --backend gpu        the same kernels on the GPU, or on a software adapter with --adapter
  splitlot validate --mutations          plant an error of 2 % in each formula and see that its row fails
  splitlot validate --full --json        ten times the samples, as JSON")]
pub struct ValidateArgs {
    #[command(flatten)]
    backend: BackendArgs,
    /// Ten times the samples.
    #[arg(long)]
    full: bool,
    /// Also plant a fault of +-2 % in each formula: every row must then fail.
    #[arg(long)]
    mutations: bool,
    /// Only rows whose number or name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Folder of validation.html; reports/validation when absent.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub fn validate(args: &ValidateArgs) -> Result<(), CliError> {
    backend::limit_threads(&args.backend)?;
    let checks = chosen(args.only.as_deref())?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports").join("validation"));
    store::prepare(&out)?;
    let backend = backend::open(&args.backend)?;
    let lab = Lab { backend: backend.as_ref(), effort: if args.full { 10 } else { 1 } };
    let validation = run(&lab, &checks, args.mutations)?;
    // A part of the suite is looked at on the terminal; the page shows the whole.
    if args.only.is_none() {
        validation::write(&out, &validation, &curves(&lab)?)?;
    }
    if args.json {
        print_json(&validation)?;
    } else {
        print(&overview(&validation))?;
        if args.only.is_none() {
            print(&format!("\nreport: {}", out.join("validation.html").display()))?;
        }
    }
    let failed = validation.rows.iter().filter(|row| !row.pass).count();
    let unnoticed = validation.mutations.iter().filter(|mutation| !mutation.noticed).count();
    if validation.passes() { Ok(()) } else { Err(CliError::CheckFailed { failed, unnoticed }) }
}

fn chosen(only: Option<&str>) -> Result<Vec<Check>, CliError> {
    let Some(text) = only else { return Ok(checks()) };
    let wanted = text.to_lowercase();
    let named = |check: &Check| check.id.eq_ignore_ascii_case(text) || check.name.to_lowercase().contains(&wanted);
    let found: Vec<_> = checks().into_iter().filter(named).collect();
    if found.is_empty() {
        return Err(CliError::Usage(format!("--only {text}: no row has this number or name")));
    }
    Ok(found)
}

fn run(lab: &Lab, checks: &[Check], mutations: bool) -> Result<Validation, CliError> {
    let started = Instant::now();
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} rows  {eta} left  {msg}");
    let n_runs = checks.len() * if mutations { 3 } else { 1 };
    let bar = ProgressBar::new(n_runs as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut validation = Validation {
        version: env!("CARGO_PKG_VERSION"),
        backend: lab.backend.info(),
        rows: Vec::with_capacity(checks.len()),
        mutations: Vec::new(),
        seconds: 0.0,
    };
    for check in checks {
        bar.set_message(check.name.clone());
        validation.rows.push(check.run(lab)?);
        bar.inc(1);
        if mutations {
            for fault in [FAULT, -FAULT] {
                validation.mutations.push(check.mutate(lab, fault)?);
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    validation.seconds = started.elapsed().as_secs_f64();
    Ok(validation)
}

fn overview(validation: &Validation) -> String {
    let line = |row: &Row| {
        vec![
            row.id.to_owned(),
            row.name.clone(),
            format::significant(row.expected, 6),
            format::significant(row.simulated, 6),
            if row.error > 0.0 { format::significant(row.error, 2) } else { "-".to_owned() },
            format::significant(row.tolerance, 2),
            row.unit.to_owned(),
            if row.pass { "pass" } else { "FAIL" }.to_owned(),
        ]
    };
    let lines: Vec<Vec<String>> = validation.rows.iter().map(line).collect();
    let header = ["", "what", "expected", "simulated", "MC error", "tolerance", "unit", "verdict"];
    let n_passed = validation.rows.iter().filter(|row| row.pass).count();
    let mut text = table(&header, &lines, &["expected", "simulated", "MC error", "tolerance"]);
    text += &format!(
        "\n\n{n_passed} of {} rows pass on {} ({}) in {:.1} s",
        validation.rows.len(),
        validation.backend.kind,
        validation.backend.adapter,
        validation.seconds
    );
    if !validation.mutations.is_empty() {
        let noticed = validation.mutations.iter().filter(|mutation| mutation.noticed).count();
        text += &format!("\n{noticed} of {} planted faults of 2 % were noticed", validation.mutations.len());
        for mutation in validation.mutations.iter().filter(|mutation| !mutation.noticed) {
            text += &format!("\n  not noticed: {:+} % in {}", mutation.fault * 100.0, mutation.name);
        }
    }
    text
}
