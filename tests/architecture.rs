//! The rooms of `src/` and which may look into which: data flows one way, and nothing points back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A room, the rooms that it may use, and the crates and parts of std that it must not know.
///
/// In the order of the data flow: a room may use only rooms above it, so that there can be no cycle.
const ROOMS: &[(&str, &[&str], &[&str])] = &[
    ("random", &[], HEADLESS),
    ("record", &[], HEADLESS),
    ("stats", &["random"], HEADLESS),
    ("economics", &["stats"], HEADLESS),
    ("compute", &["random"], &["std::fs", "polars", "polars_io", "plotters", "toml", "serde_json", "minijinja"]),
    ("spec", &["record"], &["polars", "polars_io", "plotters", "wgpu", "rayon"]),
    ("fab", &["spec", "random", "record"], HEADLESS),
    ("device", &["spec"], HEADLESS),
    ("array", &["spec", "random", "fab", "device", "compute"], HEADLESS),
    ("workload", &["spec", "random", "compute"], &["polars", "polars_io", "plotters", "wgpu"]),
    ("summary", &["compute", "stats"], HEADLESS),
    ("store", &["record"], &["plotters", "wgpu"]),
    (
        "aggregate",
        &["spec", "record", "stats", "economics", "store", "summary", "compute"],
        &["std::fs", "plotters", "wgpu"],
    ),
    ("validate", &["spec", "random", "fab", "device", "array", "compute", "workload", "stats", "economics"], HEADLESS),
    ("report", &["spec", "record", "stats", "store", "summary", "validate"], &["wgpu", "rayon"]),
    ("plan", &["spec", "random", "fab", "array", "workload", "compute", "summary", "store"], HEADLESS),
    ("measure", &["spec", "record", "fab", "array", "compute", "plan"], HEADLESS),
    ("manifest", &["spec", "compute", "summary", "store", "aggregate", "plan"], &["polars", "plotters", "wgpu"]),
    ("run", ANY_ABOVE, &["plotters", "wgpu"]),
    ("compare", ANY_ABOVE, &["plotters", "wgpu"]),
    ("cli", ANY_ABOVE, &["plotters", "wgpu"]),
    ("lib", ANY_ABOVE, &[]),
    ("main", ANY_ABOVE, &[]),
];

/// Rooms that neither read nor write anything.
const HEADLESS: &[&str] = &["std::fs", "std::io", "polars", "polars_io", "plotters", "wgpu", "toml"];
const ANY_ABOVE: &[&str] = &["*"];

/// A file's code without comments and without the tests at its end: tests may look anywhere.
fn code(text: &str) -> String {
    let code = text.find("#[cfg(test)]\nmod tests {").map_or(text, |tests| &text[..tests]);
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Names that directly follow `start` in a path: `crate::a::b` and `crate::{a::b, c}` give a, c.
fn followers(code: &str, start: &str) -> BTreeSet<String> {
    let name =
        |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(start) {
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            None => drop(found.insert(name(rest))),
            Some(group) => {
                let mut depth = 0;
                let mut item = true;
                for (i, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => item = true,
                        c if item && !c.is_whitespace() => {
                            found.insert(name(&group[i..]));
                            item = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

/// What a room's code does against the table.
fn faults(room: &str, text: &str) -> Vec<String> {
    let Some(index) = ROOMS.iter().position(|(name, ..)| *name == room) else {
        return vec![format!("{room} is not in the table of rooms")];
    };
    let (_, allowed, forbidden) = ROOMS[index];
    let code = code(text);
    let known: BTreeSet<_> = ROOMS.iter().map(|(name, ..)| *name).collect();
    let used = followers(&code, "crate::").into_iter().chain(followers(&code, "splitlot::"));
    let rooms = used.filter(|name| known.contains(name.as_str()) && name != room);
    let may_use = |name: &str| allowed.contains(&name) || allowed == ANY_ABOVE;
    let wrong_rooms = rooms.filter(|name| !may_use(name)).map(|name| format!("{room} uses {name}"));
    let std = followers(&code, "std::").into_iter().map(|name| format!("std::{name}"));
    let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).map(str::to_owned);
    let crates = words.filter_map(|word| word.split_once("::").map(|(first, _)| first.to_owned()));
    let outside: BTreeSet<_> = std.chain(crates).filter(|name| forbidden.contains(&name.as_str())).collect();
    wrong_rooms.chain(outside.into_iter().map(|name| format!("{room} knows {name}"))).collect()
}

/// Every source file with its room, tests left out.
fn sources() -> BTreeMap<String, (String, String)> {
    let mut files = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !is_test_module(&path) {
                let room = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
                files.insert(name, (room, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// A file that its parent module declares for tests alone.
fn is_test_module(path: &Path) -> bool {
    let Some(module) = path.file_stem().and_then(|stem| stem.to_str()) else { return false };
    let parent = path.parent().map(|folder| folder.join("mod.rs"));
    let parent = parent.and_then(|parent| std::fs::read_to_string(parent).ok()).unwrap_or_default();
    parent.contains(&format!("#[cfg(test)]\nmod {module};"))
}

#[test]
fn data_flows_one_way() {
    let sources = sources();
    assert!(sources.len() > 20, "only {} files found", sources.len());
    let found = sources.iter().flat_map(|(file, (room, text))| {
        faults(room, text).into_iter().map(move |fault| format!("src/{file}: {fault}"))
    });
    let found: Vec<_> = found.collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_table_has_no_way_back() {
    for (index, (room, allowed, _)) in ROOMS.iter().enumerate() {
        for name in allowed.iter().filter(|name| **name != "*") {
            assert!(
                ROOMS[..index].iter().any(|(above, ..)| above == name),
                "{room} may use {name}, which is not above it"
            );
        }
    }
}

#[test]
fn what_breaks_the_table_is_seen() {
    for (room, line, fault) in [
        ("compute", "use crate::spec::Spec;", "compute uses spec"),
        ("compute", "use crate::{\n    random::Stream,\n    spec::{Product, Spec},\n};", "compute uses spec"),
        ("stats", "fn f() { crate::store::read_tables() }", "stats uses store"),
        ("stats", "use std::{collections::BTreeMap, fs::File};", "stats knows std::fs"),
        ("stats", "use std::fs;", "stats knows std::fs"),
        ("compute", "fn f() -> polars::prelude::DataFrame {}", "compute knows polars"),
        ("spec", "use crate::plan::Plan;", "spec uses plan"),
        ("report", "use crate::fab::VirtualLot;", "report uses fab"),
        ("report", "use splitlot::fab::VirtualLot;", "report uses fab"),
        ("attic", "", "attic is not in the table of rooms"),
    ] {
        assert_eq!(faults(room, line), [fault], "{line}");
    }
}

#[test]
fn what_keeps_to_the_table_is_not() {
    for (room, line) in [
        ("compute", "use crate::random::Stream; use super::spec;"),
        ("compute", "// use crate::spec::Spec;\n/// [`crate::spec::Spec`]"),
        ("compute", "#[cfg(test)]\nmod tests {\n    use crate::spec::Spec;\n}"),
        ("array", "use crate::{compute::Card, device, spec::{Product, fab}};"),
        ("run", "use crate::report;"),
        ("stats", "use std::iter; // std::fs is not for us"),
    ] {
        assert_eq!(faults(room, line), [] as [&str; 0], "{line}");
    }
}

/// What a specification may ask for is what the kernels can address.
#[test]
fn the_limits_of_specifications_are_those_of_the_kernels() {
    use splitlot::compute::address::{MAX_COLUMNS, MAX_CONVERSIONS, MAX_ROWS};
    use splitlot::compute::{MAX_LEVELS, MAX_SYMBOLS};
    use splitlot::spec::validate as limits;
    const { assert!(limits::MAX_ARRAY_ROWS <= MAX_ROWS) };
    const { assert!(limits::MAX_ARRAY_COLUMNS <= MAX_COLUMNS) };
    assert_eq!(limits::MAX_CONVERSIONS, MAX_CONVERSIONS);
    assert_eq!(1 << (limits::MAX_WEIGHT_BITS - 1), MAX_LEVELS);
    assert_eq!(1 << limits::MAX_BITS_PER_SLICE, MAX_SYMBOLS);
    // Sums of whole numbers are exact in f32 up to 2^24.
    const { assert!(limits::MAX_ARRAY_ROWS * (MAX_LEVELS - 1) * (MAX_SYMBOLS - 1) < 1 << 24) };
}
