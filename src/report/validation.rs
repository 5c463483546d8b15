//! `validation.html`: the rows of the suite, its figures, and the faults that were planted.

use std::path::Path;

use minijinja::{Environment, Value, context};

use super::figures::curve;
use super::format::significant;
use super::page::Image;
use super::{ReportError, save};
use crate::store::write_atomic;
use crate::validate::{Curve, Mutation, Row, Validation};

/// Writes `figures/validation_*.png` and `validation.html` into a folder.
///
/// # Errors
/// The folder cannot be written, or a figure cannot be drawn.
pub fn write(folder: &Path, validation: &Validation, curves: &[Curve]) -> Result<(), ReportError> {
    let figures = folder.join("figures");
    std::fs::create_dir_all(&figures).map_err(|source| ReportError::Write { path: figures.clone(), source })?;
    let mut images = Vec::with_capacity(curves.len());
    for curve in curves {
        let figure = curve::draw(curve)?;
        let png = save(&figure, &figures.join(format!("{}.png", figure.name)))?;
        images.push(Image::new(figure, &png));
    }
    write_atomic(&folder.join("validation.html"), render(validation, &images)?.as_bytes())?;
    Ok(())
}

fn render(validation: &Validation, images: &[Image]) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.add_template("validation.html", include_str!("templates/validation.html"))?;
    let n_passed = validation.rows.iter().filter(|row| row.pass).count();
    let n_noticed = validation.mutations.iter().filter(|mutation| mutation.noticed).count();
    Ok(environment.get_template("validation.html")?.render(context! {
        style => Value::from_safe_string(include_str!("templates/style.css").to_owned()),
        version => validation.version,
        backend => &validation.backend.kind,
        adapter => &validation.backend.adapter,
        seconds => significant(validation.seconds, 3),
        n_rows => validation.rows.len(),
        n_passed => n_passed,
        passes => validation.passes(),
        rows => validation.rows.iter().map(row).collect::<Vec<_>>(),
        images => images.iter().map(Image::value).collect::<Vec<_>>(),
        n_mutations => validation.mutations.len(),
        n_noticed => n_noticed,
        unnoticed => validation.mutations.iter().filter(|m| !m.noticed).map(mutation).collect::<Vec<_>>(),
    })?)
}

fn row(row: &Row) -> Value {
    context! {
        id => row.id,
        name => &row.name,
        compares => row.compares,
        source => row.source,
        unit => row.unit,
        expected => significant(row.expected, 6),
        simulated => significant(row.simulated, 6),
        error => if row.error > 0.0 { significant(row.error, 2) } else { "none".to_owned() },
        tolerance => significant(row.tolerance, 2),
        distance => significant(if row.tolerance > 0.0 { (row.simulated - row.expected).abs() / row.tolerance } else { 0.0 }, 2),
        pass => row.pass,
    }
}

fn mutation(mutation: &Mutation) -> Value {
    context! {
        name => &mutation.name,
        fault => significant(mutation.fault * 100.0, 2),
        expected => significant(mutation.expected, 6),
        simulated => significant(mutation.simulated, 6),
        tolerance => significant(mutation.tolerance, 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::BackendInfo;
    use crate::validate::{Measured, Series};

    fn validation(pass: bool) -> Validation {
        Validation {
            version: "0",
            backend: BackendInfo { kind: "cpu".into(), adapter: "test".into(), threads: 1 },
            rows: vec![Row {
                id: "V1",
                name: "noise <b>".into(),
                compares: "a against b",
                source: "c",
                unit: "aC",
                expected: 2.0352,
                simulated: 2.04,
                error: 0.001,
                tolerance: 0.01,
                pass,
                seconds: 0.1,
            }],
            mutations: Vec::new(),
            seconds: 1.0,
        }
    }

    #[test]
    fn the_page_holds_everything_and_shows_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let series = Series {
            label: "x".into(),
            line: vec![(1.0, 1.0), (1000.0, 2.0)],
            points: vec![(10.0, Measured { value: 1.2, error: 0.1 })],
        };
        let curves = [Curve {
            name: "test",
            title: "t",
            x_label: "x",
            y_label: "y",
            log_x: true,
            log_y: true,
            series: vec![series],
        }];
        let page = |pass| {
            write(folder.path(), &validation(pass), &curves).unwrap();
            std::fs::read_to_string(folder.path().join("validation.html")).unwrap()
        };
        let fine = page(true);
        assert!(fine.contains("data:image/png;base64,") && fine.contains("noise &lt;b&gt;") && fine.contains("2.0352"));
        assert!(fine.contains("1 of 1 rows pass") && !fine.contains("class=\"alarm\""));
        assert!(page(false).contains("0 of 1 rows pass") && page(false).contains("class=\"alarm\""));
        assert!(folder.path().join("figures/test.png").exists());
    }
}
