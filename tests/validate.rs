//! `splitlot validate`: the suite passes on the CPU and on an adapter, as JSON that others rely on.

mod common;

use common::{adapter_or_refusal, splitlot};
use serde_json::Value;

/// Runs the suite, or the part of it that `more` asks for; fails unless every row passes.
fn rows(more: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap().to_owned();
    let output = splitlot(&[&["validate", "--json", "--out", &out], more].concat());
    let validation: Value = serde_json::from_slice(&output.stdout).expect("stdout is JSON");
    let rows = validation["rows"].as_array().unwrap().clone();
    let failed: Vec<_> = rows.iter().filter(|row| row["pass"] != true).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(output.status.success());
    assert_eq!(folder.path().join("validation.html").exists(), !more.contains(&"--only"));
    rows
}

#[test]
fn the_suite_passes_on_the_cpu() {
    let rows = rows(&["--backend=cpu"]);
    assert!(rows.len() >= 30, "{}", rows.len());
    for row in &rows {
        assert!(row["name"].is_string());
        for key in ["expected", "simulated", "error", "tolerance"] {
            assert!(row[key].is_number(), "{key} of {row}");
        }
    }
}

/// The rows that run kernels, on the adapter.
#[test]
fn the_suite_passes_on_an_adapter() {
    if !adapter_or_refusal() {
        return;
    }
    for only in ["cell draws", "V1", "V7", "64 rows", "V15", "5-bit"] {
        assert!(!rows(&["--backend=gpu", "--only", only]).is_empty());
    }
}

#[test]
fn a_row_that_is_not_there_is_refused() {
    let output = splitlot(&["validate", "--only", "no such row"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--only no such row"));
}
