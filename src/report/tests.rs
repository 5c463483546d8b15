//! The report as a whole: one file without outside references, everything inlined, texts escaped, no panic on thin data.

use std::path::Path;

use base64::Engine as _;
use polars::prelude::*;

use super::fixture;
use super::*;

fn written(folder: &Path) -> String {
    let (summary, tables, spec, extras) = fixture::run();
    write(folder, &summary, &tables, &spec, &extras).expect("writes");
    std::fs::read_to_string(folder.join("index.html")).expect("is there")
}

/// What in a page reaches outside of it.
fn outside_references(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (attribute, allowed) in [("src=\"", &["data:image/png;base64,"][..]), ("href=\"", &["#"][..])] {
        for (at, _) in html.match_indices(attribute) {
            let value = &html[at + attribute.len()..];
            if !allowed.iter().any(|a| value.starts_with(a)) {
                found.push(value.chars().take(40).collect());
            }
        }
    }
    for word in ["http://", "https://", "url(", "@import", "<script", "<link", "srcset"] {
        found.extend(html.contains(word).then(|| word.to_owned()));
    }
    found
}

#[test]
fn the_page_is_one_file_and_holds_every_figure() {
    // A folder to keep, for whoever wants to look at the page.
    let kept = std::env::var_os("SPLITLOT_REPORT_DIR").map(PathBuf::from);
    let temporary = tempfile::tempdir().expect("temporary folder");
    let folder = kept.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(folder).expect("folder");
    let html = written(folder);
    assert_eq!(outside_references(&html), Vec::<String>::new());
    assert!(html.len() < 6_000_000, "{} bytes", html.len());
    let mut n = 0;
    for file in std::fs::read_dir(folder.join("figures")).expect("figures") {
        let path = file.expect("entry").path();
        let bytes = std::fs::read(&path).expect("reads");
        assert!(bytes.starts_with(b"\x89PNG"), "{}", path.display());
        let inline = base64::engine::general_purpose::STANDARD.encode(&bytes);
        assert!(html.contains(&inline), "{} is not in the page", path.display());
        n += 1;
    }
    assert_eq!(n, 11, "bins, two maps, histograms, yields, errors, three steps, energy, device");
}

#[test]
fn an_outside_reference_is_caught() {
    for bad in ["<img src=\"a.png\">", "<a href=\"x.html\">", "<p>http://x</p>", "<style>a{background:url(b)}</style>"]
    {
        assert_eq!(outside_references(bad).len(), 1, "{bad}");
    }
}

#[test]
fn texts_of_the_user_are_escaped() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let (mut summary, tables, mut spec, extras) = fixture::run();
    let attack = "<script>alert(1)</script>";
    summary.verdict.headline = attack.into();
    spec.experiment.split[0].label = attack.into();
    spec.process.step[0].name = attack.into();
    spec.technology.description = attack.into();
    write(temporary.path(), &summary, &tables, &spec, &extras).expect("writes");
    let html = std::fs::read_to_string(temporary.path().join("index.html")).expect("reads");
    assert!(!html.contains(attack));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;"));
    assert!(html.contains("split_lot &lt;fixture&gt; &amp; friends"));
}

#[test]
fn a_run_without_tested_dies_or_readings_still_gives_a_page() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let (mut summary, mut tables, mut spec, _) = fixture::run();
    summary.results.clear();
    summary.comparisons.clear();
    summary.findings.clear();
    summary.energy_breakdown.clear();
    tables.dies = tables.dies.head(Some(0));
    tables.metrology = tables.metrology.head(Some(0));
    spec.experiment.excursion.clear();
    write(temporary.path(), &summary, &tables, &spec, &ReportExtras::default()).expect("writes");
    let html = std::fs::read_to_string(temporary.path().join("index.html")).expect("reads");
    assert!(html.contains("No wafer is out of line"));
}

#[test]
fn a_run_without_any_variation_still_gives_a_page() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let (summary, mut tables, spec, extras) = fixture::run();
    for metric in crate::record::METRICS {
        tables.dies.with_column(Column::new(metric.name.into(), vec![1.0; tables.dies.height()])).expect("replaces");
    }
    let flat = vec![5.0; tables.metrology.height()];
    tables.metrology.with_column(Column::new("measured".into(), flat)).expect("replaces");
    write(temporary.path(), &summary, &tables, &spec, &extras).expect("writes");
}

#[test]
fn a_missing_column_is_named() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let (summary, mut tables, spec, extras) = fixture::run();
    tables.dies = tables.dies.drop("snr_trimmed_db").expect("drops");
    let error = write(temporary.path(), &summary, &tables, &spec, &extras).expect_err("refuses");
    assert!(error.to_string().contains("snr_trimmed_db"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let temporary = tempfile::tempdir().expect("temporary folder");
    let blocked = temporary.path().join("file");
    std::fs::write(&blocked, "x").expect("writes");
    let (summary, tables, spec, extras) = fixture::run();
    let error = write(&blocked, &summary, &tables, &spec, &extras).expect_err("refuses");
    assert!(error.to_string().contains("file"), "{error}");
}
