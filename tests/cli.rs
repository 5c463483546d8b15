//! The command line as a user meets it when something is wrong: exit code, what stderr says, and an empty stdout.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn splitlot(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_splitlot")).current_dir(folder).args(args).output().expect("the program starts")
}

fn specs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs")
}

/// Refused: exit code 2, nothing on stdout, and each of `said` on stderr.
fn refused(output: &Output, said: &[&str]) -> Result<(), String> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(2) || !output.stdout.is_empty() {
        return Err(format!("{:?}, {} bytes on stdout: {stderr}", output.status, output.stdout.len()));
    }
    let missing: Vec<_> = said.iter().filter(|text| !stderr.contains(**text)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?} is not in: {stderr}")) }
}

#[test]
fn a_wrong_value_is_named_with_file_key_value_and_range() {
    for (setting, said) in [
        ("product.adc.bits=0", "error: tiny_product.toml: product.adc.bits = 0: must be 2 to 16"),
        ("product.array.rows=0", "error: tiny_product.toml: product.array.rows = 0: must be 1 to"),
        ("run.confidence=2", "tiny.toml: run.confidence = 2: must be 0.5 to 0.9999"),
        ("corner.HOT.temp_c=300", "tiny.toml: corner.HOT.temp_c = 300: must be -55 to 175"),
        (
            "process.step.0200.defect.alpha=0",
            "error: tiny_process.toml: process.step.0200.defect.alpha = 0: must be > 0",
        ),
        ("product.adc.noise_lsb=nan", "error: --set: product.adc.noise_lsb = nan: must be a finite number"),
        ("product.adc.bit=7", "error: --set: product.adc.bit = 7: unknown field `bit`"),
        ("lot.n_wafers=many", "error: --set: lot.n_wafers = \"many\": invalid type"),
        ("product=none", "tiny.toml: product = none: must be a path ending in .toml or one of: demonstrator"),
    ] {
        for command in ["check", "run"] {
            let output = splitlot(&specs(), &[command, "tiny.toml", "--set", setting]);
            refused(&output, &[said, "hint: "]).unwrap_or_else(|why| panic!("{command} {setting}: {why}"));
        }
    }
}

#[test]
fn a_bench_that_cannot_be_is_refused_before_it_starts() {
    for (args, said) in [
        (&["--isa", "abacus"][..], "--isa abacus: must be one of this machine's: "),
        (&["--bit-serial"], "--bit-serial: is of the array test"),
        (&["--draw", "output", "--growth"], "--draw output: is of one item"),
        (&["--draw", "output", "--experiment"], "--draw output: is of one item"),
        (
            &["--draw", "output", "--variants", "2", "--inputs", "17"],
            "vectors whose outputs are drawn = 17: this backend takes 1..=16",
        ),
        (&["--draw", "output", "--inputs", "257"], "inputs whose outputs are drawn = 257: this backend takes 1..=256"),
        (&["--draw", "output", "--distribution", "lognormal"], "--draw: must be cell for lognormal devices"),
        (&["--seconds", "0"], "--seconds 0: must be above 0"),
    ] {
        let output = splitlot(&specs(), &[&["bench"], args].concat());
        refused(&output, &[said]).unwrap_or_else(|why| panic!("{args:?}: {why}"));
    }
}

#[test]
fn a_wrong_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    refused(&splitlot(folder.path(), &["run", "none.toml"]), &["error: none.toml: cannot be read"]).unwrap();
    std::fs::write(folder.path().join("bad.toml"), "schema = \"splitlot/1\"\nname = 5\n").unwrap();
    refused(&splitlot(folder.path(), &["run", "bad.toml"]), &["error: bad.toml: ", "line 2"]).unwrap();
    std::fs::write(folder.path().join("bytes.toml"), [0xff, 0xfe, 0x00]).unwrap();
    refused(&splitlot(folder.path(), &["run", "bytes.toml"]), &["error: bytes.toml: cannot be read"]).unwrap();
    refused(&splitlot(folder.path(), &["run", "."]), &["error: .: cannot be read"]).unwrap();
}

#[test]
fn a_wrong_workload_is_named() {
    for (setting, said) in [
        ("workload.model=none.json", "none.json: cannot be read"),
        ("workload.test_set=tiny_model.json", "tiny_model.json: columns in the head = 4: must be 3"),
        ("workload.model=tiny_test.csv", "tiny_test.csv: "),
        ("workload.n_images=6", "workload.n_images = 6: must be at most 5"),
    ] {
        let output = splitlot(&specs(), &["check", "tiny.toml", "--set", setting]);
        refused(&output, &["error: ", said]).unwrap_or_else(|why| panic!("{setting}: {why}"));
    }
}

#[test]
fn wrong_usage_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (args, said) in [
        (["run", "--nothing"].as_slice(), "--nothing"),
        (&["fly"], "fly"),
        (&["run", "--set", "lot.id"], "KEY=VALUE"),
        (&["run", "--seed=-1"], "--seed"),
        (&["run", "--threads", "0"], "--threads"),
        (&["run", "--backend", "abacus"], "abacus"),
        (&["schema", "nothing"], "nothing"),
        (&["new", "../escape"], "../escape"),
        (&["new", ""], "name"),
    ] {
        refused(&splitlot(folder.path(), args), &[said]).unwrap_or_else(|why| panic!("{args:?}: {why}"));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_nothing_is_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let output = splitlot(folder.path(), &["run", "--out", "file/run"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        matches!(output.status.code(), Some(2 | 75)) && stderr.contains("file/run"),
        "{:?}: {stderr}",
        output.status
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn a_new_experiment_passes_its_check_and_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let output = splitlot(folder.path(), &["new", "my_lot"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(folder.path().join("my_lot.toml")).unwrap();
    assert!(text.contains("name = \"my_lot\"") && !text.contains('@'));
    let output = splitlot(folder.path(), &["check", "my_lot.toml", "--json", "--backend=cpu"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let plan: Value = serde_json::from_slice(&output.stdout).expect("--json prints JSON alone");
    assert_eq!(plan["experiment"], "my_lot");
    let again = splitlot(folder.path(), &["new", "my_lot"]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("my_lot.toml"));
    assert_eq!(std::fs::read_to_string(folder.path().join("my_lot.toml")).unwrap(), text);
}

/// What the starting point only mentions is right too.
#[test]
fn a_new_experiment_with_all_its_suggestions_passes_its_check() {
    let folder = tempfile::tempdir().unwrap();
    assert!(splitlot(folder.path(), &["new", "all"]).status.success());
    let path = folder.path().join("all.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\n# , [override]\n"));
    std::fs::write(&path, text.replace("\n# , ", "\n")).unwrap();
    let output = splitlot(folder.path(), &["check", "all.toml", "--backend=cpu"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn schemas_are_json() {
    let output = splitlot(&specs(), &["schema"]);
    let all: Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
    for kind in ["experiment", "technology", "process", "product", "workload"] {
        let one = splitlot(&specs(), &["schema", kind]);
        let one: Value = serde_json::from_slice(&one.stdout).expect("JSON alone");
        assert!(one["properties"].is_object() && all[kind] == one, "{kind}");
    }
}

#[test]
fn the_check_of_refusals_sees_success_and_a_missing_word() {
    let fine = splitlot(&specs(), &["schema", "workload"]);
    assert!(refused(&fine, &[]).is_err());
    let wrong = splitlot(&specs(), &["schema", "nothing"]);
    assert!(refused(&wrong, &["another word"]).is_err());
}
