//! `splitlot report DIR`: summary, figures and page again from the tables of a run.

use std::path::PathBuf;

use super::{CliError, print, print_json};
use crate::run;
use crate::store::RunFolder;

#[derive(clap::Args)]
pub struct ReportArgs {
    /// Run folder.
    folder: PathBuf,
    /// Print summary.json.
    #[arg(long)]
    json: bool,
}

pub fn report(args: &ReportArgs) -> Result<(), CliError> {
    let folder = RunFolder::open(&args.folder)?;
    let manifest = folder.read_json("manifest.json")?;
    let summary = run::finish(&folder, manifest)?;
    if args.json {
        return print_json(&summary);
    }
    print(&format!("report: {}", args.folder.join("index.html").display()))
}
