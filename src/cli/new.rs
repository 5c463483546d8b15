//! `splitlot new NAME`: a commented experiment to start from.

use std::io::Write;
use std::path::PathBuf;

use super::{CliError, print};

/// The starting point; `@NAME@` stands for the experiment's name.
const TEMPLATE: &str = include_str!("../../datasets/experiments/template.toml");

#[derive(clap::Args)]
pub struct NewArgs {
    /// Name of the experiment; the file is NAME.toml in the current folder.
    name: String,
}

pub fn new(args: &NewArgs) -> Result<(), CliError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if args.name.is_empty() || !args.name.chars().all(allowed) {
        return Err(CliError::Usage(format!("name = {:?}: must be letters, digits, '_' and '-'", args.name)));
    }
    let path = PathBuf::from(format!("{}.toml", args.name));
    let write = |error| CliError::Write { path: path.display().to_string(), source: error };
    // `create_new` refuses a file that is there: an experiment is never overwritten.
    let mut file = std::fs::File::create_new(&path).map_err(write)?;
    file.write_all(TEMPLATE.replace("@NAME@", &args.name).as_bytes()).map_err(write)?;
    print(&format!("wrote {0}; next: splitlot check {0}", path.display()))
}
