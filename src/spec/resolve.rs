//! From files and overrides to one checked specification.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::load::{self, SECTIONS, Source};
use super::{Experiment, Process, Product, Spec, SpecError, Technology, Workload, validate};

/// A key and its value as given on the command line.
pub type Setting = (String, String);

/// Reads an experiment (the shipped default when `path` is absent), the files that it names, applies its own overrides,
/// then `settings` in order, and checks every value.
///
/// # Errors
/// The first thing that is wrong, with file, key, value and what is allowed.
pub fn resolve(path: Option<&Path>, settings: &[Setting]) -> Result<Spec, SpecError> {
    let source = match path {
        Some(path) => load::read(path)?,
        None => load::shipped("experiment", load::DEFAULT_EXPERIMENT).ok_or_else(|| SpecError::Parse {
            file: load::DEFAULT_EXPERIMENT.into(),
            message: "not shipped".into(),
        })?,
    };
    let settings = settings.iter().map(parse_setting).collect::<Result<Vec<_>, _>>()?;
    let mut tree = source.tree::<Experiment>()?;
    for (key, value) in settings.iter().filter(|(key, _)| section_of(key).is_none()) {
        set(&mut tree, key, key, value.clone())?;
    }
    let experiment: Experiment = typed(tree, &source.file)?;
    let spec = Spec {
        technology: section::<Technology>("technology", &experiment, &source, &settings)?,
        process: section::<Process>("process", &experiment, &source, &settings)?,
        product: section::<Product>("product", &experiment, &source, &settings)?,
        workload: workload(&experiment, &source, &settings)?,
        experiment,
    };
    validate::check(&spec, &source.file)?;
    Ok(spec)
}

fn workload(experiment: &Experiment, source: &Source, settings: &[(String, Value)]) -> Result<Workload, SpecError> {
    let mut workload = section::<Workload>("workload", experiment, source, settings)?;
    let file = load::named("workload", &experiment.workload, source)?;
    for name in [&mut workload.model, &mut workload.test_set] {
        // Files beside a workload file are found from anywhere; shipped ones keep their bare name.
        if !file.folder.as_os_str().is_empty() {
            *name = file.folder.join(&*name).display().to_string();
        }
    }
    Ok(workload)
}

/// One of the named files, with the overrides that concern it.
fn section<T: DeserializeOwned + 'static>(
    section: &str,
    experiment: &Experiment,
    source: &Source,
    settings: &[(String, Value)],
) -> Result<T, SpecError> {
    let name = match section {
        "technology" => &experiment.technology,
        "process" => &experiment.process,
        "product" => &experiment.product,
        _ => &experiment.workload,
    };
    let file = load::named(section, name, source)?;
    let mut tree = file.tree::<T>()?;
    for (key, value) in experiment.overlay.iter().chain(settings.iter().map(|(k, v)| (k, v))) {
        match section_of(key) {
            Some((of, rest)) if of == section => set(&mut tree, rest, key, value.clone())?,
            None if experiment.overlay.contains_key(key) => {
                let allowed = format!("a key under {}", SECTIONS.map(|s| format!("{s}.")).join(", "));
                return Err(SpecError::value(&source.file, "override", key, allowed));
            }
            _ => {}
        }
    }
    typed(tree, &file.file)
}

/// "product.adc.bits" -> ("product", "adc.bits"); keys of the experiment itself give nothing.
fn section_of(key: &str) -> Option<(&str, &str)> {
    key.split_once('.').filter(|(first, _)| SECTIONS.contains(first))
}

fn typed<T: DeserializeOwned>(tree: Value, file: &str) -> Result<T, SpecError> {
    serde_json::from_value(tree)
        .map_err(|e| SpecError::Parse { file: format!("{file} with overrides"), message: e.to_string() })
}

/// "key=value" of the command line: the value is TOML, or else a plain string.
fn parse_setting((key, text): &Setting) -> Result<(String, Value), SpecError> {
    let value = toml::from_str::<toml::Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| toml::Value::String(text.clone()));
    let value = load::json(value, key)
        .map_err(|key| SpecError::value("--set", key, text, "a finite number"))?;
    Ok((key.clone(), value))
}

/// Sets the value at a dotted key. Elements of a list are named by their id, parameter, metric or number.
fn set(tree: &mut Value, key: &str, whole: &str, value: Value) -> Result<(), SpecError> {
    let refuse = |allowed: String| SpecError::value("--set or override", whole, value.to_string(), allowed);
    let mut at = tree;
    let parts: Vec<&str> = key.split('.').collect();
    for (depth, part) in parts.iter().enumerate() {
        let last = depth + 1 == parts.len();
        at = match at {
            Value::Object(map) if last => {
                map.insert((*part).to_owned(), value);
                return Ok(());
            }
            Value::Object(map) => match map.contains_key(*part) {
                true => &mut map[*part],
                false => {
                    let known: Vec<_> = map.keys().map(String::as_str).collect();
                    return Err(refuse(format!("under a known key; '{part}' is none of: {}", known.join(", "))));
                }
            },
            Value::Array(items) => {
                let known: Vec<String> = items.iter().enumerate().map(|(i, item)| label(item, i)).collect();
                match known.iter().position(|l| l == part).or_else(|| part.parse().ok().filter(|i| *i < known.len())) {
                    Some(index) if last => {
                        items[index] = value;
                        return Ok(());
                    }
                    Some(index) => &mut items[index],
                    None => return Err(refuse(format!("in a known element; '{part}' is none of: {}", known.join(", ")))),
                }
            }
            _ => return Err(refuse(format!("a key; '{}' is a value, not a table", parts[..depth].join("."))))
        };
    }
    Err(refuse("a key".into()))
}

fn label(item: &Value, index: usize) -> String {
    ["id", "parameter", "metric"]
        .iter()
        .find_map(|key| item.get(key).and_then(Value::as_str))
        .map_or_else(|| index.to_string(), str::to_owned)
}
