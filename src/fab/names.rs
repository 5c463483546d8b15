//! Every draw has a name, every name a number; here two names with one number are refused.

use std::collections::BTreeMap;

use super::FabError;
use crate::random::name_element;
use crate::spec::{Metrology, Spec, Step};

/// Levels at which a step moves a parameter, as they stand at the end of a draw's name.
pub(super) const LEVELS: [&str; 7] = ["lot", "wafer", "radial", "tilt", "field", "reticle", "die"];

pub(super) fn level_name(step: &str, parameter: &str, level: &str) -> String {
    format!("{step}/{parameter}/{level}")
}

pub(super) fn gauge_name(step: &Step, metrology: &Metrology) -> String {
    format!("{}/{}/gauge", step.id, metrology.parameter)
}

pub(super) fn defect_name(step: &Step) -> String {
    format!("{}/defect", step.id)
}

/// Refuses a flow in which two draws of one stream would be the same numbers: names that hash alike, a step id used twice, or
/// a step that moves the same parameter twice.
pub(super) fn check_names(spec: &Spec) -> Result<(), FabError> {
    let steps = &spec.process.step;
    let levels = |step: &Step| -> Vec<String> {
        let all =
            step.effect.iter().flat_map(|effect| LEVELS.map(|level| level_name(&step.id, &effect.parameter, level)));
        all.collect()
    };
    unique(steps.iter().flat_map(levels))?;
    unique(steps.iter().filter_map(|step| step.metrology.as_ref().map(|m| gauge_name(step, m))))?;
    unique(steps.iter().filter(|step| step.defect.is_some()).map(defect_name))
}

fn unique(names: impl Iterator<Item = String>) -> Result<(), FabError> {
    let mut seen = BTreeMap::new();
    for second in names {
        if let Some(first) = seen.insert(name_element(&second), second.clone()) {
            return Err(FabError::Collision { first, second });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn shipped_names_are_apart() {
        for spec in [testing::spec(), testing::spec_at_fab_b()] {
            assert_eq!(check_names(&spec), Ok(()));
        }
    }

    /// "costarring" and "liquid" hash alike under FNV-1a, and so does everything that begins with them.
    #[test]
    fn names_that_hash_alike_are_refused() {
        let mut spec = testing::spec();
        spec.process.step[8].id = "costarring".into();
        assert_eq!(check_names(&spec), Ok(()));
        spec.process.step[7].id = "liquid".into();
        let message = check_names(&spec).unwrap_err().to_string();
        assert!(message.contains("'liquid/length_nm/lot' and 'costarring/length_nm/lot'"), "{message}");
    }

    #[test]
    fn one_step_twice_is_refused() {
        let mut spec = testing::spec();
        let effect = spec.process.step[2].effect[0].clone();
        spec.process.step[2].effect.push(effect);
        assert!(check_names(&spec).is_err());
        let mut spec = testing::spec();
        spec.process.step[9].id = spec.process.step[0].id.clone();
        assert!(check_names(&spec).is_err());
    }
}
