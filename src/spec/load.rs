//! Finds and reads the files of a specification: shipped ones by name, others by path.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::SpecError;

/// Kinds of files that an experiment names; also the first word of an override key.
pub const SECTIONS: [&str; 4] = ["technology", "process", "product", "workload"];

/// A shipped file: section, name, text.
pub struct Embedded {
    pub section: &'static str,
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! embedded {
    ($($section:literal $folder:literal $name:literal;)*) => {
        /// Everything that ships inside the program.
        pub const EMBEDDED: &[Embedded] = &[$(Embedded {
            section: $section,
            name: $name,
            text: include_str!(concat!("../../datasets/", $folder, "/", $name, ".toml")),
        }),*];
    };
}

embedded! {
    "technology" "technologies" "memcap_1um";
    "technology" "technologies" "sram_mom";
    "technology" "technologies" "rram_wan";
    "technology" "technologies" "rram_milo";
    "technology" "technologies" "rram_cmo";
    "technology" "technologies" "pcm";
    "technology" "technologies" "sonos";
    "process" "processes" "fab_a";
    "process" "processes" "fab_b";
    "process" "processes" "beol_memory";
    "process" "processes" "logic_mom";
    "product" "products" "demonstrator";
    "product" "products" "resistive";
    "product" "products" "charge_sram";
    "workload" "workloads" "digits";
    "experiment" "experiments" "split_lot";
    "experiment" "experiments" "foundry_b";
    "comparison" "experiments" "technologies";
}

/// Name of the experiment that runs when none is given.
pub const DEFAULT_EXPERIMENT: &str = "split_lot";

/// One file's text and what to call it in messages.
pub struct Source {
    pub file: String,
    pub text: String,
    /// Where relative paths inside it start; shipped files have none.
    pub folder: Option<PathBuf>,
}

/// A shipped file by its name.
pub fn shipped(section: &str, name: &str) -> Option<Source> {
    let found = EMBEDDED.iter().find(|e| e.section == section && e.name == name)?;
    Some(Source { file: display_name(section, name), text: found.text.to_owned(), folder: None })
}

/// A file by path.
pub(super) fn read(path: &Path) -> Result<Source, SpecError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| SpecError::Read { file: file.clone(), source })?;
    Ok(Source { file, text, folder: Some(path.parent().map(Path::to_path_buf).unwrap_or_default()) })
}

/// What `name` means in `from`: a path if it looks like one, else a shipped file.
pub(super) fn named(section: &str, name: &str, from: &Source) -> Result<Source, SpecError> {
    if is_path(name) {
        return read(&from.folder.clone().unwrap_or_default().join(name));
    }
    shipped(section, name).ok_or_else(|| {
        let known: Vec<_> = EMBEDDED.iter().filter(|e| e.section == section).map(|e| e.name).collect();
        SpecError::value(&from.file, section, name, format!("a path ending in .toml or one of: {}", known.join(", ")))
    })
}

/// What messages call the file that an experiment names so.
pub(super) fn display_name(section: &str, name: &str) -> String {
    if is_path(name) { name.to_owned() } else { format!("{name}.toml (shipped {section})") }
}

fn is_path(name: &str) -> bool {
    name.ends_with(".toml") || name.contains(['/', '\\'])
}

impl Source {
    /// Parses strictly, so that a message has line and column.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, SpecError> {
        let refused = |error: toml::de::Error| SpecError::Parse {
            file: self.file.clone(),
            message: error.to_string().trim_end().to_owned(),
        };
        let table: toml::Table = toml::from_str(&self.text).map_err(refused)?;
        json(toml::Value::Table(table), "")
            .map_err(|key| SpecError::value(&self.file, key, "nan or infinity", "a finite number"))?;
        toml::from_str(&self.text).map_err(refused)
    }
}

/// TOML to JSON; the error is the key of a number that is not finite.
pub(super) fn json(value: toml::Value, key: &str) -> Result<Value, String> {
    let under = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    Ok(match value {
        toml::Value::String(s) => Value::String(s),
        toml::Value::Integer(i) => Value::from(i),
        toml::Value::Float(f) if f.is_finite() => Value::from(f),
        toml::Value::Float(_) => return Err(key.to_owned()),
        toml::Value::Boolean(b) => Value::Bool(b),
        toml::Value::Datetime(d) => Value::String(d.to_string()),
        toml::Value::Array(items) => {
            let each = items.into_iter().enumerate().map(|(i, item)| json(item, &under(&i.to_string())));
            Value::Array(each.collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => {
            let each = table.into_iter().map(|(name, item)| Ok((name.clone(), json(item, &under(&name))?)));
            Value::Object(each.collect::<Result<_, String>>()?)
        }
    })
}
