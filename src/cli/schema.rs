//! `splitlot schema`: the JSON Schema of the files, made from the structs that parse them.

use schemars::{Schema, schema_for};

use super::{CliError, print_json};
use crate::spec::{Experiment, Process, Product, Technology, Workload};

#[derive(clap::Args)]
pub struct SchemaArgs {
    /// One kind of file; all five when absent.
    #[arg(value_enum)]
    kind: Option<Kind>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Experiment,
    Technology,
    Process,
    Product,
    Workload,
}

pub fn schema(args: &SchemaArgs) -> Result<(), CliError> {
    match args.kind {
        Some(kind) => print_json(&of(kind)),
        None => print_json(&serde_json::json!({
            "experiment": of(Kind::Experiment),
            "technology": of(Kind::Technology),
            "process": of(Kind::Process),
            "product": of(Kind::Product),
            "workload": of(Kind::Workload),
        })),
    }
}

fn of(kind: Kind) -> Schema {
    match kind {
        Kind::Experiment => schema_for!(Experiment),
        Kind::Technology => schema_for!(Technology),
        Kind::Process => schema_for!(Process),
        Kind::Product => schema_for!(Product),
        Kind::Workload => schema_for!(Workload),
    }
}
