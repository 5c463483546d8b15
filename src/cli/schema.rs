//! `splitlot schema`: the JSON Schema of the files.

use std::collections::BTreeMap;

use super::{CliError, print_json};
use crate::spec::{SECTIONS, schema};

#[derive(clap::Args)]
pub struct SchemaArgs {
    /// One kind of file (experiment, comparison, technology, process, product, workload); all when absent.
    kind: Option<String>,
}

pub fn run(args: &SchemaArgs) -> Result<(), CliError> {
    let kinds = || ["experiment", "comparison"].into_iter().chain(SECTIONS);
    match &args.kind {
        Some(kind) => {
            let allowed = || format!("kind = {kind}: must be one of: {}", kinds().collect::<Vec<_>>().join(", "));
            print_json(&schema(kind).ok_or_else(|| CliError::Usage(allowed()))?)
        }
        None => print_json(&kinds().map(|kind| (kind, schema(kind))).collect::<BTreeMap<_, _>>()),
    }
}
