//! CPU and GPU backend give the same run within stated tolerance.

mod common;

use common::{adapter_or_refusal, run_small, splitlot};
use serde_json::Value;

/// Tolerances on means of a result: converters turn a difference of 1e-7 into a whole code now and then, so per-die
/// figures agree to a few 1e-4 of their size, means over dies to better; an accuracy moves by one image of one die.
fn agree(cpu: &Value, gpu: &Value) -> Result<(), String> {
    let (a, b) = (cpu["results"].as_array().unwrap(), gpu["results"].as_array().unwrap());
    if a.len() != b.len() {
        return Err(format!("{} results against {}", a.len(), b.len()));
    }
    for (a, b) in a.iter().zip(b) {
        let label = format!("{} {}", a["corner"], a["split"]);
        for (name, metric) in a["metrics"].as_object().unwrap() {
            let (x, y) =
                (metric["mean"]["value"].as_f64().unwrap(), b["metrics"][name]["mean"]["value"].as_f64().unwrap());
            let allowed = if name.starts_with("accuracy") { 2e-3 } else { 1e-4 + 1e-3 * x.abs() };
            if (x - y).abs() > allowed {
                return Err(format!("{label} {name}: {x} against {y}, allowed {allowed:.1e}"));
            }
        }
    }
    Ok(())
}

#[test]
fn summaries_agree() {
    if !adapter_or_refusal() {
        return;
    }
    let (cpu, gpu) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let on_cpu = run_small(cpu.path(), &["--backend=cpu"]);
    let on_gpu = run_small(gpu.path(), &["--backend=gpu"]);
    agree(&on_cpu, &on_gpu).unwrap();
}

#[test]
fn a_disagreement_is_seen() {
    let summary = |snr: f64| serde_json::json!({"results": [{"corner": "TT", "split": "A", "metrics": {"snr_db": {"mean": {"value": snr}}}}]});
    assert!(agree(&summary(30.0), &summary(30.0)).is_ok());
    assert!(agree(&summary(30.0), &summary(30.1)).is_err());
}

#[test]
fn a_software_adapter_is_not_called_a_gpu() {
    let output = splitlot(&["adapters", "--json"]);
    let adapters: Value = serde_json::from_slice(&output.stdout).unwrap();
    for adapter in adapters.as_array().unwrap() {
        let name = adapter["name"].as_str().unwrap().to_lowercase();
        if ["llvmpipe", "swiftshader", "basic render"].iter().any(|soft| name.contains(soft)) {
            assert_eq!(adapter["kind"], "software", "{adapter}");
        }
    }
}
