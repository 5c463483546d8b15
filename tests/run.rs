//! The main job, black box: what a run leaves behind, and that it does not depend on how it was run.

mod common;

use std::path::Path;

use common::{NO_VARIATION, result, run_small, splitlot};
use splitlot::store::RunFolder;

#[test]
fn a_run_leaves_a_whole_folder() {
    let dir = tempfile::tempdir().unwrap();
    let summary = run_small(dir.path(), &["--backend=cpu"]);
    for file in ["index.html", "summary.json", "manifest.json", "dies.parquet", "wafers.parquet", "metrology.parquet"] {
        assert!(dir.path().join(file).metadata().unwrap().len() > 0, "{file}");
    }
    assert!(summary["counts"]["mvms"].as_u64().unwrap() > 0);
    for r in summary["results"].as_array().unwrap() {
        let y = &r["yield"];
        assert!(y["low"].as_f64() <= y["value"].as_f64() && y["value"].as_f64() <= y["high"].as_f64(), "{y}");
    }
    let left_over = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert_eq!(left_over.filter(|name| name.contains("tmp")).count(), 0);
}

#[test]
fn thread_count_changes_no_byte() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run_small(one.path(), &["--backend=cpu", "--threads=1"]);
    run_small(two.path(), &["--backend=cpu", "--threads=2", "--set=run.chunk_dies=7"]);
    for file in ["dies.parquet", "wafers.parquet", "metrology.parquet"] {
        assert_eq!(bytes(one.path(), file), bytes(two.path(), file), "{file}");
    }
}

#[test]
fn another_seed_changes_the_dies() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run_small(one.path(), &["--backend=cpu"]);
    run_small(two.path(), &["--backend=cpu", "--seed=99"]);
    assert_ne!(bytes(one.path(), "dies.parquet"), bytes(two.path(), "dies.parquet"));
}

#[test]
fn one_die_replayed_alone_is_the_same_die() {
    let (all, alone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run_small(all.path(), &["--backend=cpu"]);
    run_small(alone.path(), &["--backend=cpu", "--die=W02,1,-1"]);
    let tables = RunFolder::open(all.path()).unwrap().read_tables().unwrap();
    let of_die = splitlot::store::rows_of_die(&tables.dies, "W02", 1, -1).unwrap();
    let expected = splitlot::store::parquet_bytes(of_die).unwrap();
    assert_eq!(expected, bytes(alone.path(), "dies.parquet"));
}

/// The analog chip without variation is the quantised digital one.
#[test]
fn without_variation_analog_equals_digital() {
    let dir = tempfile::tempdir().unwrap();
    let summary = run_small(dir.path(), &[["--backend=cpu"].as_slice(), &NO_VARIATION].concat());
    let control = result(&summary, "TT", "A");
    assert_eq!(control["yield"]["value"], 1.0);
    let digital = summary["digital"]["quantised_accuracy"]["value"].as_f64().unwrap();
    let accuracy = &control["metrics"]["accuracy"];
    assert_eq!((accuracy["min"].as_f64().unwrap(), accuracy["max"].as_f64().unwrap()), (digital, digital));
    for (metric, exact) in
        [("gain_rel", 1.0), ("offset_steps", 0.0), ("static_rms_steps", 0.0), ("accuracy_change", 0.0)]
    {
        let m = &control["metrics"][metric];
        assert_eq!((m["min"].as_f64(), m["max"].as_f64()), (Some(exact), Some(exact)), "{metric}");
    }
}

#[test]
fn the_report_comes_again_from_the_tables() {
    let dir = tempfile::tempdir().unwrap();
    run_small(dir.path(), &["--backend=cpu"]);
    let before = bytes(dir.path(), "summary.json");
    std::fs::remove_file(dir.path().join("summary.json")).unwrap();
    std::fs::remove_file(dir.path().join("index.html")).unwrap();
    let output = splitlot(&["report", dir.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(before, bytes(dir.path(), "summary.json"));
    assert!(dir.path().join("index.html").exists());
}

#[test]
fn a_damaged_chunk_is_computed_again() {
    let dir = tempfile::tempdir().unwrap();
    run_small(dir.path(), &["--backend=cpu"]);
    let before = bytes(dir.path(), "dies.parquet");
    let chunk = dir.path().join("chunks/dies-000000.parquet");
    let mut damaged = std::fs::read(&chunk).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(&chunk, damaged).unwrap();
    run_small(dir.path(), &["--backend=cpu"]);
    assert_eq!(before, bytes(dir.path(), "dies.parquet"));
}

fn bytes(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap()
}
