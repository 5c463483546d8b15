//! Everything a command can fail with, and the exit code of each.

use std::process::ExitCode;

use crate::aggregate::AggregateError;
use crate::compute::ComputeError;
use crate::plan::PlanError;
use crate::report::ReportError;
use crate::run::RunError;
use crate::spec::SpecError;
use crate::store::StoreError;
use crate::validate::ValidateError;

#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Compute(#[from] ComputeError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Aggregate(#[from] AggregateError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Validate(#[from] ValidateError),
    #[error("{}", check_failed(*failed, *unnoticed))]
    CheckFailed { failed: usize, unnoticed: usize },
    #[error("{path}: cannot be written: {source}")]
    Write { path: String, source: std::io::Error },
    #[error("stdout cannot be written: {0}")]
    Stdout(std::io::Error),
    #[error("not printable as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// A check that the user asked for failed.
const FAILED: u8 = 1;
/// Bad usage or specification: trying again changes nothing.
const USAGE: u8 = 2;
/// A file of a run folder is not what was written.
const CORRUPT: u8 = 4;
/// Worth a retry: a device was lost, a disk was full.
const RETRY: u8 = 75;

impl CliError {
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) | Self::Spec(_) | Self::Plan(_) | Self::Json(_) => USAGE,
            Self::Compute(error) => compute_code(error),
            Self::Run(error) => run_code(error),
            Self::Store(error) => store_code(error),
            Self::Report(error) => report_code(error),
            Self::Aggregate(_) => CORRUPT,
            Self::Validate(ValidateError::Compute(error)) => compute_code(error),
            Self::Validate(_) | Self::CheckFailed { .. } => FAILED,
            Self::Write { .. } | Self::Stdout(_) => RETRY,
        })
    }

    /// What to try, on a line of its own.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Spec(_) => Some("`splitlot schema` prints every key; `splitlot new NAME` writes a commented example"),
            Self::Compute(ComputeError::NoAdapter(_)) => {
                Some("`splitlot adapters` lists what is there; --backend cpu needs none")
            }
            _ => None,
        }
    }
}

fn check_failed(failed: usize, unnoticed: usize) -> String {
    let rows = match failed {
        0 => String::new(),
        1 => "1 row of the validation suite failed".to_owned(),
        n => format!("{n} rows of the validation suite failed"),
    };
    match unnoticed {
        0 => rows,
        n if failed == 0 => format!("{n} planted faults went unnoticed"),
        n => format!("{rows}, {n} planted faults went unnoticed"),
    }
}

fn run_code(error: &RunError) -> u8 {
    match error {
        // A die outside its model's range, or without a finite card, comes from the specification.
        RunError::Plan(_) | RunError::Fab(_) | RunError::Card(_) => USAGE,
        RunError::Compute(error) => compute_code(error),
        RunError::Store(error) => store_code(error),
        RunError::Report(error) => report_code(error),
        RunError::Aggregate(_) => CORRUPT,
    }
}

fn report_code(error: &ReportError) -> u8 {
    match error {
        ReportError::Store(error) => store_code(error),
        ReportError::Table(_) | ReportError::Spec(_) => CORRUPT,
        ReportError::Write { .. } | ReportError::Draw(_) | ReportError::Page(_) => RETRY,
    }
}

fn compute_code(error: &ComputeError) -> u8 {
    match error {
        ComputeError::NoAdapter(_) | ComputeError::Unsupported { .. } | ComputeError::Refused(_) => USAGE,
        ComputeError::DeviceLost(_) | ComputeError::AdapterMemory(_) | ComputeError::Threads { .. } => RETRY,
    }
}

fn store_code(error: &StoreError) -> u8 {
    match error {
        _ if error.is_corrupt() => CORRUPT,
        _ if error.is_usage() => USAGE,
        _ => RETRY,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    /// The same failure gives the same code wherever in a run it strikes.
    #[test]
    fn a_full_disk_is_worth_a_retry_and_a_forbidden_folder_is_not() {
        let store = |kind| StoreError::Write { path: "x".into(), source: Error::from(kind) };
        let codes = |kind| {
            [
                run_code(&RunError::Store(store(kind))),
                run_code(&RunError::Report(ReportError::Store(store(kind)))),
                report_code(&ReportError::Store(store(kind))),
            ]
        };
        assert_eq!(codes(ErrorKind::StorageFull), [RETRY; 3]);
        assert_eq!(codes(ErrorKind::PermissionDenied), [USAGE; 3]);
        let damaged = StoreError::Corrupt { path: "x".into(), why: "y".into() };
        assert_eq!(run_code(&RunError::Store(damaged)), CORRUPT);
    }

    #[test]
    fn a_failed_suite_is_told_from_bad_usage() {
        let code = |error: CliError| format!("{:?}", error.exit_code());
        let failed = CliError::CheckFailed { failed: 2, unnoticed: 0 };
        assert_eq!(failed.to_string(), "2 rows of the validation suite failed");
        assert_eq!(code(failed), code(CliError::CheckFailed { failed: 0, unnoticed: 1 }));
        assert_ne!(code(CliError::CheckFailed { failed: 1, unnoticed: 0 }), code(CliError::Usage(String::new())));
    }
}
