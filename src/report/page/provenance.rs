//! Where the numbers come from: the run, and every resolved value of the five files.

use minijinja::{Value, context};
use serde_json::Value as Json;

use super::super::format::{count, significant};
use crate::spec::Spec;
use crate::summary::Summary;

/// The run, as (name, value).
pub fn rows(summary: &Summary) -> Value {
    let (counts, speed) = (&summary.counts, &summary.throughput);
    let backend = &summary.backend;
    let rows = [
        ("version", summary.version.clone()),
        ("seed", summary.seed.to_string()),
        ("specification, SHA-256", summary.spec_sha256.clone()),
        ("backend", format!("{}: {}, {} threads", backend.kind, backend.adapter, backend.threads)),
        ("dies tested", count(counts.dies)),
        ("arrays exercised", count(counts.arrays)),
        ("cells drawn", count(counts.devices)),
        ("matrix-vector products", count(counts.mvms)),
        ("multiply-adds", count(counts.macs)),
        ("wall time", format!("{} s", significant(speed.wall_s, 3))),
        ("cells per second", significant(speed.devices_per_s, 3)),
        ("multiply-adds per second", significant(speed.macs_per_s, 3)),
    ];
    rows.into_iter().map(|(name, value)| context! { name => name, value => value }).collect::<Vec<_>>().into()
}

/// One table per file: every key with its resolved value, keys as `--set` takes them.
///
/// # Errors
/// The specification cannot be written as JSON.
pub fn spec_tables(spec: &Spec) -> Result<Value, serde_json::Error> {
    let Json::Object(files) = serde_json::to_value(spec)? else { return Ok(Value::from(())) };
    let table = |(file, tree): (String, Json)| {
        let mut rows = Vec::new();
        // Keys of the experiment itself carry no file name.
        let prefix = if file == "experiment" { String::new() } else { file.clone() };
        flatten(&prefix, &tree, &mut rows);
        let n = rows.len();
        let rows = rows.into_iter().map(|(key, value)| context! { key => key, value => value });
        context! { file => file, n => n, rows => rows.collect::<Vec<_>>() }
    };
    Ok(files.into_iter().map(table).collect::<Vec<_>>().into())
}

fn flatten(key: &str, value: &Json, rows: &mut Vec<(String, String)>) {
    let under = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        Json::Object(map) => map.iter().for_each(|(name, item)| flatten(&under(name), item, rows)),
        Json::Array(items) if items.iter().any(|i| i.is_object() || i.is_array()) => {
            for (i, item) in items.iter().enumerate() {
                let name = ["id", "parameter", "metric"].iter().find_map(|k| item.get(k).and_then(Json::as_str));
                flatten(&under(&name.map_or_else(|| i.to_string(), str::to_owned)), item, rows);
            }
        }
        Json::Array(items) => rows.push((key.to_owned(), items.iter().map(plain).collect::<Vec<_>>().join(", "))),
        Json::Null => {}
        _ => rows.push((key.to_owned(), plain(value))),
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_dotted_and_list_items_go_by_their_name() {
        let tree = serde_json::json!({
            "name": "x", "range": [1.0, 2.0],
            "step": [{ "id": "0500", "effect": [{ "parameter": "t1_nm", "lot_sd": 0.1 }] }, { "cost_usd": 3 }],
        });
        let mut rows = Vec::new();
        flatten("process", &tree, &mut rows);
        let keys: Vec<&str> = rows.iter().map(|r| r.0.as_str()).collect();
        assert!(keys.contains(&"process.step.0500.effect.t1_nm.lot_sd"), "{keys:?}");
        assert!(keys.contains(&"process.step.1.cost_usd"));
        assert!(rows.contains(&("process.range".into(), "1.0, 2.0".into())));
    }

    #[test]
    fn every_file_is_there_in_full() {
        let spec = crate::report::fixture::spec();
        let tables = spec_tables(&spec).expect("serialises");
        let text = tables.to_string();
        for key in ["technology.parameter.t1_nm.nominal", "product.adc.bits", "run.seed", "workload.model"] {
            assert!(text.contains(key), "{key}");
        }
    }
}
