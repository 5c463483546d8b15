//! From files and overrides to one checked specification.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::load::{self, SECTIONS, Source};
use super::{Experiment, Spec, SpecError, Workload, validate};

/// A key and its value as given on the command line.
pub type Setting = (String, String);

/// One value to be changed before the specification is checked.
struct Change {
    /// Where the change was asked for, for messages.
    origin: String,
    /// Whole dotted key, such as "product.adc.bits".
    key: String,
    value: Value,
}

/// Reads an experiment (the shipped default when `path` is absent), the files that it names, applies its own overrides,
/// then `settings` in order, and checks every value.
///
/// # Errors
/// The first thing that is wrong, with file, key, value and what is allowed.
pub fn resolve(path: Option<&Path>, settings: &[Setting]) -> Result<Spec, SpecError> {
    let source = match path {
        Some(path) => load::read(path)?,
        None => load::shipped("experiment", load::DEFAULT_EXPERIMENT)
            .ok_or_else(|| SpecError::Parse { file: load::DEFAULT_EXPERIMENT.into(), message: "not shipped".into() })?,
    };
    resolve_source(&source, settings)
}

/// As [`resolve`], for an experiment that has been read already.
pub(super) fn resolve_source(source: &Source, settings: &[Setting]) -> Result<Spec, SpecError> {
    resolve_experiment(source.parse()?, source, settings)
}

/// As [`resolve`], for an experiment whose named files are looked for from `source`.
pub(super) fn resolve_experiment(
    experiment: Experiment,
    source: &Source,
    settings: &[Setting],
) -> Result<Spec, SpecError> {
    let settings = settings.iter().map(parse_setting).collect::<Result<Vec<_>, _>>()?;
    let own = settings.iter().filter(|change| section_of(&change.key).is_none()).map(|c| (c.key.as_str(), c));
    let experiment: Experiment = changed(experiment, own)?;
    let mut changes = overrides(&experiment, &source.file)?;
    changes.extend(settings);
    let spec = Spec {
        technology: section("technology", &experiment.technology, source, &changes)?.0,
        process: section("process", &experiment.process, source, &changes)?.0,
        product: section("product", &experiment.product, source, &changes)?.0,
        workload: workload(&experiment, source, &changes)?,
        experiment,
    };
    validate::check(&spec, &source.file)?;
    Ok(spec)
}

impl Spec {
    /// This specification with settings, checked again.
    ///
    /// # Errors
    /// A setting that fits no key or is not allowed.
    pub fn with(&self, settings: &[Setting]) -> Result<Self, SpecError> {
        let changes = settings.iter().map(parse_setting).collect::<Result<Vec<_>, _>>()?;
        // Keys of the experiment itself are written without its name.
        let paths: Vec<String> = changes
            .iter()
            .map(|change| match section_of(&change.key) {
                Some(_) => change.key.clone(),
                None => format!("experiment.{}", change.key),
            })
            .collect();
        let spec: Self = changed(self.clone(), paths.iter().map(String::as_str).zip(&changes))?;
        validate::check(&spec, &self.experiment.name)?;
        Ok(spec)
    }
}

/// The changes that the experiment itself asks for.
fn overrides(experiment: &Experiment, file: &str) -> Result<Vec<Change>, SpecError> {
    let each = experiment.overlay.iter().map(|(key, value)| match section_of(key) {
        Some(_) => Ok(Change { origin: file.to_owned(), key: key.clone(), value: value.clone() }),
        None => {
            let allowed = format!("under one of: {}", SECTIONS.map(|s| format!("{s}.")).join(", "));
            Err(SpecError::value(file, format!("override.\"{key}\""), value, allowed))
        }
    });
    each.collect()
}

fn workload(experiment: &Experiment, source: &Source, changes: &[Change]) -> Result<Workload, SpecError> {
    let (mut workload, file) = section::<Workload>("workload", &experiment.workload, source, changes)?;
    if let Some(folder) = file.folder {
        // A path with a separator is a file; a bare name is a shipped one.
        let folder = if folder.as_os_str().is_empty() { Path::new(".").to_path_buf() } else { folder };
        for name in [&mut workload.model, &mut workload.test_set] {
            *name = folder.join(&*name).display().to_string();
        }
    }
    Ok(workload)
}

/// One of the named files, with the changes that concern it, and where it was found.
fn section<T: Serialize + DeserializeOwned>(
    section: &str,
    name: &str,
    from: &Source,
    changes: &[Change],
) -> Result<(T, Source), SpecError> {
    let source = load::named(section, name, from)?;
    let own = changes.iter().filter_map(|change| {
        let (of, rest) = section_of(&change.key)?;
        (of == section).then_some((rest, change))
    });
    Ok((changed(source.parse()?, own)?, source))
}

/// "product.adc.bits" -> ("product", "adc.bits"); keys of the experiment itself give nothing.
fn section_of(key: &str) -> Option<(&str, &str)> {
    key.split_once('.').filter(|(first, _)| SECTIONS.contains(first))
}

/// `typed` with changes, each at its key within the file. A change that does not fit the type is refused by name.
fn changed<'a, T: Serialize + DeserializeOwned>(
    mut typed: T,
    changes: impl Iterator<Item = (&'a str, &'a Change)>,
) -> Result<T, SpecError> {
    for (key, change) in changes {
        let refused = |message: String| SpecError::Setting {
            origin: change.origin.clone(),
            key: change.key.clone(),
            value: change.value.to_string(),
            message,
        };
        // Through the typed value, so that what a file leaves to its default can be changed too.
        let mut tree = serde_json::to_value(&typed).map_err(|e| refused(e.to_string()))?;
        set(&mut tree, key, change.value.clone()).map_err(refused)?;
        typed = serde_json::from_value(tree).map_err(|e| refused(e.to_string()))?;
    }
    Ok(typed)
}

/// "key=value" of the command line: the value is TOML, or else a plain string.
fn parse_setting((key, text): &Setting) -> Result<Change, SpecError> {
    let toml = toml::from_str::<toml::Table>(&format!("value = {text}")).ok().filter(|table| table.len() == 1);
    let value = match (text.parse::<u64>(), toml.and_then(|mut table| table.remove("value"))) {
        // TOML's integers end at 2^63; a seed need not.
        (Ok(number), _) => Value::from(number),
        (_, Some(value)) => {
            load::json(value, key).map_err(|key| SpecError::value("--set", key, text, "a finite number"))?
        }
        (_, None) => Value::String(text.clone()),
    };
    Ok(Change { origin: "--set".into(), key: key.clone(), value })
}

/// Sets the value at a dotted key. Elements of a list are named by their id, parameter or metric, or by their number.
fn set(tree: &mut Value, key: &str, value: Value) -> Result<(), String> {
    let (parents, last) = key.rsplit_once('.').map_or((None, key), |(parents, last)| (Some(parents), last));
    let mut at = tree;
    for part in parents.into_iter().flat_map(|parents| parents.split('.')) {
        at = match at {
            Value::Object(map) => {
                let known = map.keys().cloned().collect::<Vec<_>>().join(", ");
                map.get_mut(part).ok_or_else(|| format!("'{part}' is none of: {known}"))?
            }
            Value::Array(items) => {
                let index = index_of(items, part)?;
                &mut items[index]
            }
            _ => return Err(format!("'{part}' would be inside a single value")),
        };
    }
    match at {
        // Whether the key exists is the type's to say: optional keys are absent from the tree.
        Value::Object(map) => drop(map.insert(last.to_owned(), value)),
        Value::Array(items) => {
            let index = index_of(items, last)?;
            items[index] = value;
        }
        _ => return Err(format!("'{last}' would be inside a single value")),
    }
    Ok(())
}

fn index_of(items: &[Value], part: &str) -> Result<usize, String> {
    let label = |(index, item): (usize, &Value)| {
        let name = ["id", "parameter", "metric"].iter().find_map(|key| item.get(key).and_then(Value::as_str));
        name.map_or_else(|| index.to_string(), str::to_owned)
    };
    let labels: Vec<String> = items.iter().enumerate().map(label).collect();
    let by_number = || part.parse().ok().filter(|index| *index < items.len());
    labels
        .iter()
        .position(|label| label == part)
        .or_else(by_number)
        .ok_or_else(|| format!("'{part}' is none of: {}", labels.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::tests::tiny;
    use super::*;

    fn refusal(key: &str, value: &str) -> String {
        tiny(&[(key, value)]).expect_err(&format!("{key} = {value} is taken")).to_string()
    }

    #[test]
    fn numbers_strings_tables_and_elements_of_lists() {
        let spec = tiny(&[
            ("run.seed", "18446744073709551615"),
            ("lot.id", "E42"),
            ("description", "two words"),
            ("variation.process", "0"),
            ("corner.HOT.sigma.t2_nm", "-1.5"),
            ("split.B.change.0.value", "0.9"),
            ("product.adc.bits", "7"),
            ("product.limit.accuracy.lsl", "0.8"),
            ("process.step.0100.effect.t1_nm.radial.bowl", "0.5"),
            ("technology.parameter.t1_nm.range", "[4, 6]"),
            ("workload.n_images", "2"),
        ])
        .unwrap();
        assert_eq!(spec.experiment.run.seed, u64::MAX);
        assert_eq!((spec.experiment.lot.id.as_str(), spec.experiment.description.as_str()), ("E42", "two words"));
        assert_eq!(spec.experiment.variation.process, 0.0);
        assert_eq!(spec.experiment.corner[1].sigma["t2_nm"], -1.5);
        assert_eq!(spec.experiment.split[1].change[0].value, 0.9);
        assert_eq!((spec.product.adc.bits, spec.product.limit[1].lsl), (7, Some(0.8)));
        assert_eq!(spec.process.step[0].effect[0].radial.as_ref().map(|r| r.bowl), Some(0.5));
        assert_eq!(spec.technology.parameter["t1_nm"].range, [4.0, 6.0]);
        assert_eq!(spec.workload.n_images, Some(2));
    }

    #[test]
    fn the_last_of_equal_settings_wins() {
        assert_eq!(tiny(&[("run.seed", "5"), ("run.seed", "6")]).unwrap().experiment.run.seed, 6);
    }

    #[test]
    fn what_is_refused_names_its_key() {
        for (key, value, why) in [
            ("run.sed", "1", "unknown field `sed`"),
            ("sed", "1", "unknown field `sed`"),
            ("run.seed.x", "1", "inside a single value"),
            ("nothing.at.all", "1", "'nothing' is none of: schema"),
            ("product.adc.bit", "7", "unknown field `bit`"),
            ("product.limit.nothing.lsl", "7", "'nothing' is none of: c_max_ff, accuracy"),
            ("product.adc.bits", "7.5", "expected u32"),
            ("product.adc.bits", "seven", "expected u32"),
            ("lot.n_wafers", "300", "expected u8"),
            ("lot.n_wafers", "-1", "expected u8"),
            ("product.adc.noise_lsb", "nan", "a finite number"),
            ("product.adc.noise_lsb", "inf", "a finite number"),
            ("run", "1", "expected struct Run"),
        ] {
            let message = refusal(key, value);
            assert!(message.contains(key) && message.contains(why) && message.contains(value), "{key}: {message}");
        }
    }

    #[test]
    fn an_override_of_the_experiment_acts_before_settings() {
        let text = "[override]\n\"product.adc.bits\" = 6\n\"product.adc.noise_lsb\" = 0.125\n";
        let spec = super::super::tests::tiny_with(text, &[("product.adc.bits", "5")]).unwrap();
        assert_eq!((spec.product.adc.bits, spec.product.adc.noise_lsb), (5, 0.125));
    }

    #[test]
    fn an_override_outside_the_named_files_is_refused() {
        for text in
            ["[override]\n\"run.seed\" = 6\n", "[override]\nproduct = 6\n", "[override]\n\"product.adc.nothing\" = 6\n"]
        {
            let message = super::super::tests::tiny_with(text, &[]).expect_err(text).to_string();
            assert!(message.contains("tiny.toml") && message.contains('6'), "{message}");
        }
    }

    #[test]
    fn files_of_a_workload_are_found_beside_it() {
        let spec = tiny(&[]).unwrap();
        assert!(Path::new(&spec.workload.model).is_file(), "{}", spec.workload.model);
    }
}
