//! The files as JSON Schema, for editors and for `splitlot schema`: made from the structs that parse them.

use schemars::schema_for;
use serde_json::Value;

use super::{ComparisonFile, Experiment, Process, Product, Technology, Workload};

/// JSON Schema of one kind of file: "experiment" or one of [`super::SECTIONS`].
pub fn schema(section: &str) -> Option<Value> {
    let schema = match section {
        "experiment" => schema_for!(Experiment),
        "technology" => schema_for!(Technology),
        "process" => schema_for!(Process),
        "product" => schema_for!(Product),
        "workload" => schema_for!(Workload),
        "comparison" => schema_for!(ComparisonFile),
        _ => return None,
    };
    Some(schema.to_value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_file_has_a_schema() {
        for section in super::super::SECTIONS.into_iter().chain(["experiment", "comparison"]) {
            let schema = schema(section).unwrap_or_else(|| panic!("{section} has none"));
            assert!(schema["properties"].as_object().is_some_and(|keys| keys.len() > 3), "{section}: {schema}");
            assert_eq!(schema["additionalProperties"], Value::Bool(false), "{section}");
        }
        assert_eq!(schema("nothing"), None);
    }

    #[test]
    fn the_experiment_schema_spells_keys_as_the_files_do() {
        let schema = schema("experiment").unwrap();
        assert!(schema["properties"].get("override").is_some() && schema["properties"].get("overlay").is_none());
    }
}
