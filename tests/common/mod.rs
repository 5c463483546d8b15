//! Runs the program as a user would.

#![allow(dead_code, reason = "each test file uses some of these")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Large dies and small arrays make the shipped experiment small: same flow, same lot, a few dozen dies per wafer.
pub const SMALL: [&str; 9] = [
    "--set=product.die.width_mm=38",
    "--set=product.die.height_mm=30",
    "--set=product.die.reticle_columns=1",
    "--set=product.die.reticle_rows=1",
    "--set=product.array.rows=64",
    "--set=product.array.columns=64",
    // A small array shares its converters among fewer operations: the limit of the large one would fail every die.
    "--set=product.limit.energy_per_op_fj.usl=200",
    "--set=run.array_test.n_arrays=1",
    "--set=workload.n_images=120",
];

pub fn splitlot(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_splitlot")).args(args).output().expect("the program starts")
}

/// Runs the small experiment into `out` and returns summary.json.
pub fn run_small(out: &Path, more: &[&str]) -> Value {
    let out_arg = format!("--out={}", out.display());
    let args: Vec<&str> = ["run", "--json", &out_arg].into_iter().chain(SMALL).chain(more.iter().copied()).collect();
    let output = splitlot(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("--json prints JSON")
}

/// True with an adapter; without one says so, and fails where one is required.
pub fn adapter_or_refusal() -> bool {
    let output = splitlot(&["adapters", "--json"]);
    let adapters: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = !adapters.as_array().unwrap().is_empty();
    if !found {
        assert!(std::env::var_os("SPLITLOT_REQUIRE_ADAPTER").is_none(), "an adapter is required and none was found");
        eprintln!("not run: no adapter on this machine");
    }
    found
}
