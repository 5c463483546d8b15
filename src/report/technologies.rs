//! `comparison.html`: technologies side by side, and what the answer rests on.

use std::path::Path;

use minijinja::{Environment, Value, context};

use super::figures::{Figure, curve, technologies};
use super::format::{self, significant};
use super::page::{Image, age, quantity};
use super::{ReportError, save};
use crate::store::write_atomic;
use crate::summary::{TechnologyComparison, TechnologyResult};
use crate::validate::{Curve, Series};

/// Writes `figures/comparison_*.png` and `comparison.html`.
///
/// # Errors
/// The folder cannot be written, or a figure cannot be drawn.
pub fn write(folder: &Path, made: &TechnologyComparison) -> Result<(), ReportError> {
    let figures = folder.join("figures");
    std::fs::create_dir_all(&figures).map_err(|source| ReportError::Write { path: figures.clone(), source })?;
    let mut images = Vec::new();
    for figure in drawn(made)? {
        let png = save(&figure, &figures.join(format!("{}.png", figure.name)))?;
        images.push(Image::new(figure, &png));
    }
    write_atomic(&folder.join("comparison.html"), render(made, &images)?.as_bytes())?;
    Ok(())
}

fn drawn(made: &TechnologyComparison) -> Result<Vec<Figure>, ReportError> {
    Ok(vec![
        technologies::accuracy(made)?,
        technologies::energy(made)?,
        technologies::trade(made)?,
        curve::draw(&against_converter(made))?,
        curve::draw(&against_recovery(made))?,
    ])
}

/// Energy of one component (fJ per operation).
fn part(candidate: &TechnologyResult, component: &str) -> f64 {
    candidate.energy_breakdown.iter().filter(|p| p.component == component).map(|p| p.fj_per_op).sum()
}

fn total(candidate: &TechnologyResult) -> f64 {
    candidate.energy_breakdown.iter().map(|p| p.fj_per_op).sum()
}

/// Candidates on the terms of the first one.
fn of_first_group(made: &TechnologyComparison) -> impl Iterator<Item = &TechnologyResult> {
    let group = made.candidates.first().map_or("", |c| c.group.as_str());
    made.candidates.iter().filter(move |c| c.group == group)
}

/// The best of each device by energy: curves of the same device lie close together.
fn cheapest_of_each_device(made: &TechnologyComparison) -> Vec<&TechnologyResult> {
    let mut best: Vec<&TechnologyResult> = Vec::new();
    for candidate in of_first_group(made) {
        match best.iter_mut().find(|known| known.device == candidate.device) {
            Some(known) if total(candidate) < total(known) => *known = candidate,
            Some(_) => {}
            None => best.push(candidate),
        }
    }
    best
}

/// Energy per operation if the converter's figure of merit were another: its share grows with it, the rest stays.
fn against_converter(made: &TechnologyComparison) -> Curve {
    let series = cheapest_of_each_device(made).into_iter().map(|candidate| {
        let (adc, all) = (part(candidate, "converter"), total(candidate));
        let at = |fom: f64| all - adc + adc * fom / candidate.adc_fom_fj;
        let foms = (0..=80).map(|i| libm::pow(10.0, -0.5 + 2.3 * f64::from(i) / 80.0));
        Series { label: candidate.label.clone(), line: foms.map(|fom| (fom, at(fom))).collect(), points: Vec::new() }
    });
    Curve {
        name: "comparison_converter",
        title: "Energy against the converter's figure of merit (6.0 fJ: best at 8 bits; 36.5 fJ: median since 2015)",
        x_label: "Converter (fJ per step)",
        y_label: "Energy per operation (fJ)",
        log_x: true,
        log_y: true,
        series: series.collect(),
    }
}

/// Energy per operation of capacitive candidates if a share of the array's charge were recovered.
fn against_recovery(made: &TechnologyComparison) -> Curve {
    let capacitive = of_first_group(made).filter(|c| c.age_s.is_none());
    let series = capacitive.map(|candidate| {
        let spent = part(candidate, "array") / (1.0 - candidate.recovery_fraction);
        let rest = total(candidate) - part(candidate, "array");
        Series {
            label: candidate.label.clone(),
            line: (0..=99).map(|i| (f64::from(i), rest + spent * (1.0 - f64::from(i) / 100.0))).collect(),
            points: Vec::new(),
        }
    });
    Curve {
        name: "comparison_recovery",
        title: "Energy of capacitive arrays if a share of the array's charge were recovered (none is measured)",
        x_label: "Charge recovered (%)",
        y_label: "Energy per operation (fJ)",
        log_x: false,
        log_y: false,
        series: series.collect(),
    }
}

fn render(made: &TechnologyComparison, images: &[Image]) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.add_template("comparison.html", include_str!("templates/comparison.html"))?;
    let terms = made.terms.iter().map(|(key, value)| context! { key => key, value => value.to_string() });
    Ok(environment.get_template("comparison.html")?.render(context! {
        style => Value::from_safe_string(include_str!("templates/style.css").to_owned()),
        version => &made.version,
        name => &made.name,
        description => &made.description,
        seed => made.seed.to_string(),
        backend => &made.backend.kind,
        adapter => &made.backend.adapter,
        headline => &made.verdict.headline,
        statements => made.verdict.statements.clone(),
        terms => terms.collect::<Vec<_>>(),
        digital => significant(100.0 * made.digital.quantised_accuracy.value, 4),
        candidates => made.candidates.iter().map(candidate).collect::<Vec<_>>(),
        images => images.iter().map(Image::value).collect::<Vec<_>>(),
    })?)
}

fn candidate(c: &TechnologyResult) -> Value {
    let plain = |e, unit: &str, factor: f64| quantity(format::estimate(e, unit, factor, false));
    context! {
        id => &c.id,
        label => &c.label,
        group => &c.group,
        technology => &c.technology,
        accuracy => plain(&c.accuracy, "%", 100.0),
        accuracy_sd => significant(100.0 * c.accuracy_sd, 2),
        snr => plain(&c.snr_trimmed_db, "dB", 1.0),
        energy => plain(&c.energy_per_op_fj, "fJ", 1.0),
        yield_ => plain(&c.yield_, "%", 100.0),
        cost => plain(&c.cost_per_good_die_usd, "USD", 1.0),
        area => significant(c.cell_area_um2, 2),
        in_parallel => c.cells_in_parallel,
        density => significant(c.weights_per_mm2 * 1e-6, 2),
        age => c.age_s.map_or_else(|| "bits or charge held".to_owned(), age),
    }
}
