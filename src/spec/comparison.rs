//! Several technologies on equal terms: one lot, workload and set of conditions, and a list of candidates.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::load::{self, Source};
use super::resolve::resolve_experiment;
use super::{Corner, Experiment, Lot, Overlay, Run, Setting, Spec, SpecError, Split, Variation};

/// Format of a comparison file.
const SCHEMA: &str = "splitlot-compare/1";
/// Name of the comparison that runs when none is given.
const DEFAULT: &str = "technologies";

/// A comparison file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComparisonFile {
    /// File format: "splitlot-compare/1".
    pub schema: String,
    pub name: String,
    pub description: String,
    pub workload: String,
    pub lot: Lot,
    pub split: Vec<Split>,
    /// Operating corners; the first is the reference.
    pub corner: Vec<Corner>,
    pub run: Run,
    /// Changes that hold for every candidate: what "equal" means.
    pub terms: Overlay,
    pub candidate: Vec<Candidate>,
}

/// One technology, with the process and the product that it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    pub id: String,
    pub label: String,
    /// Candidates are compared within a group, such as "equal array" or "equal area".
    pub group: String,
    pub technology: String,
    pub process: String,
    pub product: String,
    /// Changes for this candidate alone, after the common terms.
    #[serde(default, rename = "override")]
    pub overlay: Overlay,
}

/// A comparison whose candidates are checked specifications.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub file: ComparisonFile,
    /// One for each candidate, in their order.
    pub specs: Vec<Spec>,
}

/// Reads a comparison (the shipped one when `path` is absent) and resolves every candidate.
///
/// # Errors
/// The first thing that is wrong, with file, key, value and what is allowed.
pub fn resolve_comparison(path: Option<&Path>, settings: &[Setting]) -> Result<Comparison, SpecError> {
    let source = match path {
        Some(path) => load::read(path)?,
        None => load::shipped("comparison", DEFAULT)
            .ok_or_else(|| SpecError::Parse { file: DEFAULT.into(), message: "not shipped".into() })?,
    };
    let file: ComparisonFile = source.parse()?;
    let refuse = |key: &str, value: &str, allowed: &str| SpecError::value(&source.file, key, value, allowed);
    if file.schema != SCHEMA {
        return Err(refuse("schema", &file.schema, SCHEMA));
    }
    if file.candidate.is_empty() {
        return Err(refuse("candidate", "absent", "at least one"));
    }
    let mut specs = Vec::with_capacity(file.candidate.len());
    for (index, candidate) in file.candidate.iter().enumerate() {
        if file.candidate[..index].iter().any(|other| other.id == candidate.id) {
            return Err(refuse(
                &format!("candidate.{index}.id"),
                &candidate.id,
                "named once: another candidate has the same",
            ));
        }
        specs.push(candidate_spec(&file, candidate, &source, settings)?);
    }
    Ok(Comparison { file, specs })
}

fn candidate_spec(
    file: &ComparisonFile,
    candidate: &Candidate,
    source: &Source,
    settings: &[Setting],
) -> Result<Spec, SpecError> {
    let mut overlay = file.terms.clone();
    overlay.extend(candidate.overlay.clone());
    let experiment = Experiment {
        schema: "splitlot/1".to_owned(),
        // A candidate's folder bears its id.
        name: candidate.id.clone(),
        description: format!("{}: {}", file.name, candidate.label),
        technology: candidate.technology.clone(),
        process: candidate.process.clone(),
        product: candidate.product.clone(),
        workload: file.workload.clone(),
        lot: file.lot.clone(),
        split: file.split.clone(),
        corner: file.corner.clone(),
        excursion: Vec::new(),
        run: file.run.clone(),
        variation: Variation::default(),
        overlay,
    };
    let named = Source {
        file: format!("{}, candidate {}", source.file, candidate.id),
        text: String::new(),
        folder: source.folder.clone(),
    };
    resolve_experiment(experiment, &named, settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_comparison_resolves_and_takes_settings() {
        let comparison = resolve_comparison(None, &[("run.seed".into(), "5".into())]).unwrap();
        assert!(comparison.specs.len() >= 6);
        assert!(comparison.specs.iter().all(|spec| spec.experiment.run.seed == 5));
        let devices: std::collections::BTreeSet<_> =
            comparison.specs.iter().map(|spec| spec.technology.device.name()).collect();
        assert_eq!(devices.len(), 5);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_candidate() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        let text = load::shipped("comparison", DEFAULT).unwrap().text;
        let refusal = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
            resolve_comparison(Some(&path), &[]).unwrap_err().to_string()
        };
        assert!(
            refusal("splitlot-compare/1", "splitlot/1").contains("schema = splitlot/1: must be splitlot-compare/1")
        );
        let wrong = refusal("technology = \"pcm\"", "technology = \"tape\"");
        assert!(wrong.contains("candidate pcm") && wrong.contains("technology = tape"), "{wrong}");
        let twice = refusal("id = \"pcm\"", "id = \"memcap\"");
        assert!(twice.contains("named once"), "{twice}");
    }
}
