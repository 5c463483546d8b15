//! The command line: what the user asked for, which exit code answers. stdout is data, stderr is talk.

mod adapters;
mod backend;
mod bench;
mod check;
mod compare;
mod error;
mod new;
mod process;
mod report;
mod run;
mod schema;
mod table;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use error::CliError;

use crate::spec::{self, Spec};
use backend::BackendChoice;

/// A virtual fab for analog AI chips: fabricate a split lot, run the crossbars, find the step, pick the split.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::RunArgs,
}

const EXAMPLES: &str = "\
Examples:
  splitlot                                   run the shipped 12-wafer split lot, report in reports/split_lot
  splitlot run my_lot.toml --seed 7          run an experiment of your own
  splitlot check my_lot.toml                 print what would run, and how long it would take
  splitlot run --set product.adc.bits=7      change one number of the shipped experiment
  splitlot new my_lot                        write a commented starting point
  splitlot compare                           five technologies side by side on equal terms
  splitlot validate                          check the program against closed forms and published numbers

Exit codes: 0 done, 1 a requested check failed, 2 bad usage or specification, 3 merge incomplete, 4 corrupt data,
75 worth a retry.";

#[derive(Subcommand)]
enum Command {
    /// Fabricate the lot, test every die, write tables, figures and the report.
    Run(run::RunArgs),
    /// Print the resolved plan: traveler, split table, dies, devices, MVMs, memory, estimated time.
    Check(check::CheckArgs),
    /// Write a commented experiment to start from.
    New(new::NewArgs),
    /// Put several technologies side by side on equal terms: accuracy, energy, density, yield, cost.
    Compare(compare::CompareArgs),
    /// Make the summary, the figures and index.html again from the tables of a run folder.
    Report(report::ReportArgs),
    /// List the compute adapters with their limits and features.
    Adapters(adapters::AdaptersArgs),
    /// Time the work item that tools for crossbars are compared by, an array test, or the shipped experiment.
    Bench(bench::BenchArgs),
    /// Hold the program against closed forms, published numbers and reference solvers.
    Validate(validate::ValidateArgs),
    /// Print the JSON Schema of the experiment, technology, process, product and workload files.
    Schema(schema::SchemaArgs),
}

/// Which experiment, with which numbers changed.
#[derive(Args, Clone)]
struct SpecArgs {
    /// Experiment file; the shipped default when absent.
    experiment: Option<PathBuf>,
    /// Change a value: lot.id=E7, product.adc.bits=7, process.step.0500.cost_usd=40. May be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_setting)]
    set: Vec<spec::Setting>,
    /// Seed of all randomness; the experiment's own when absent.
    #[arg(long)]
    seed: Option<u64>,
}

impl SpecArgs {
    fn resolve(&self) -> Result<Spec, CliError> {
        let mut settings = self.set.clone();
        settings.extend(self.seed.map(|seed| ("run.seed".to_owned(), seed.to_string())));
        Ok(spec::resolve(self.experiment.as_deref(), &settings)?)
    }
}

/// Where the kernels run.
#[derive(Args, Clone)]
struct BackendArgs {
    /// auto takes a GPU where there is one and else the CPU.
    #[arg(long, value_enum, default_value_t = BackendChoice::Auto)]
    backend: BackendChoice,
    /// Adapter by name or by its number in `splitlot adapters`; implies --backend gpu.
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// CPU threads; all cores when absent.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

fn parse_setting(text: &str) -> Result<spec::Setting, String> {
    let (key, value) = text.split_once('=').ok_or("must be KEY=VALUE, such as product.adc.bits=7")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    process::keep_free_memory();
    let cli = Cli::parse();
    let done = match cli.command {
        None => run::run(&cli.run),
        Some(Command::Run(args)) => run::run(&args),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::New(args)) => new::new(&args),
        Some(Command::Compare(args)) => compare::run(&args),
        Some(Command::Report(args)) => report::report(&args),
        Some(Command::Adapters(args)) => adapters::adapters(&args),
        Some(Command::Bench(args)) => bench::bench(&args),
        Some(Command::Validate(args)) => validate::validate(&args),
        Some(Command::Schema(args)) => schema::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(hint) = error.hint() {
                eprintln!("\nhint: {hint}");
            }
            error.exit_code()
        }
    }
}

/// Writes to stdout; a reader that has gone away (`splitlot check | head`) is no error.
fn print(text: &str) -> Result<(), CliError> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(CliError::Stdout),
    }
}

/// Prints data as JSON.
fn print_json(value: &impl serde::Serialize) -> Result<(), CliError> {
    print(&serde_json::to_string_pretty(value)?)
}
