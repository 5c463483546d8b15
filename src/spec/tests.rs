//! The tiny specification that tests change, and what holds of whole files: shipped ones resolve, hostile ones are refused.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::load::Source;
use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs")
}

fn tiny_source() -> Source {
    let text = std::fs::read_to_string(folder().join("tiny.toml")).unwrap();
    Source { file: "tiny.toml".into(), text, folder: Some(folder()) }
}

/// The tiny specification with settings.
pub(super) fn tiny(settings: &[(&str, &str)]) -> Result<Spec, SpecError> {
    tiny_with("", settings)
}

/// The tiny specification with a text behind the experiment and settings.
pub(super) fn tiny_with(more: &str, settings: &[(&str, &str)]) -> Result<Spec, SpecError> {
    let mut source = tiny_source();
    source.text.push_str(more);
    let settings: Vec<_> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    resolve::resolve_source(&source, &settings)
}

#[test]
fn every_shipped_experiment_resolves() {
    for embedded in EMBEDDED.iter().filter(|e| e.section == "experiment") {
        let source = shipped("experiment", embedded.name).unwrap();
        if let Err(error) = resolve::resolve_source(&source, &[]) {
            panic!("{error}");
        }
    }
    assert!(resolve(None, &[]).is_ok());
}

#[test]
fn every_shipped_file_parses_under_its_own_type() {
    for Embedded { section, name, .. } in EMBEDDED {
        let source = shipped(section, name).unwrap();
        let parsed = match *section {
            "technology" => source.parse::<Technology>().map(drop),
            "process" => source.parse::<Process>().map(drop),
            "product" => source.parse::<Product>().map(drop),
            "workload" => source.parse::<Workload>().map(drop),
            "comparison" => source.parse::<ComparisonFile>().map(drop),
            _ => source.parse::<Experiment>().map(drop),
        };
        assert!(parsed.is_ok(), "{}: {}", source.file, parsed.unwrap_err());
    }
}

#[test]
fn a_missing_file_is_named() {
    let message = resolve(Some(Path::new("nowhere/at all.toml")), &[]).unwrap_err().to_string();
    assert!(message.starts_with("nowhere/at all.toml: cannot be read"), "{message}");
    let message = tiny(&[("product", "nothing")]).unwrap_err().to_string();
    assert!(message.contains("tiny.toml: product = nothing: must be a path ending in .toml or one of"), "{message}");
    let message = tiny(&[("product", "nothing.toml")]).unwrap_err().to_string();
    assert!(message.contains("nothing.toml: cannot be read"), "{message}");
}

#[test]
fn a_fault_of_form_is_named_with_its_line() {
    let message = tiny_with("[rum]\nseed = 1\n", &[]).unwrap_err().to_string();
    assert!(message.contains("tiny.toml") && message.contains("rum") && message.contains("line"), "{message}");
    let message = tiny_with("[variation]\nlocal = nan\n", &[]).unwrap_err().to_string();
    assert_eq!(message, "tiny.toml: variation.local = nan or infinity: must be a finite number");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        let source = Source { file: "any.toml".into(), text, folder: Some(folder()) };
        prop_assert!(resolve::resolve_source(&source, &[]).is_err());
    }

    /// A valid file with one stretch replaced: mostly refused, never a panic.
    #[test]
    fn a_damaged_file_is_answered(at in 0.0..1.0f64, n_removed in 0usize..40, inserted in "[-0-9a-z.=\\[\\]{}\",\n ]{0,12}") {
        let mut source = tiny_source();
        let start = (at * source.text.len() as f64) as usize;
        let end = (start + n_removed).min(source.text.len());
        source.text.replace_range(start..end, &inserted);
        if let Err(error) = resolve::resolve_source(&source, &[]) {
            prop_assert!(error.to_string().contains("tiny") || error.to_string().contains(".toml"), "{}", error);
        }
    }

    #[test]
    fn any_setting_is_answered(
        key in "(run|lot|split|corner|product|process|variation|excursion)(\\.([a-z_]{1,12}|[0-9]{1,4})){0,4}",
        value in "\\PC{0,20}",
    ) {
        let _answered = tiny(&[(&key, &value)]);
    }

    /// Whatever number stands at a key, the answer is a specification or a refusal that names the key.
    #[test]
    fn any_number_is_answered(index in 0usize..12, value in prop_oneof![any::<f64>(), -2.0..300.0f64]) {
        let keys = [
            "product.adc.steps_per_code", "product.die.width_mm", "product.die.scribe_um", "process.wafer.diameter_mm",
            "process.step.0100.effect.t1_nm.field.length_mm", "corner.HOT.sigma.t1_nm", "corner.TT.temp_c",
            "split.B.change.0.value", "excursion.0.shift", "run.confidence", "variation.local",
            "technology.parameter.t1_nm.nominal",
        ];
        if let Err(error) = tiny(&[(keys[index], &format!("{value:?}"))]) {
            // Not always this key: a die may no longer fit the wafer, a recipe no longer fit the nominal value.
            let message = error.to_string();
            prop_assert!(message.contains(" = ") && message.contains(": must be "), "{}", message);
        }
    }
}
