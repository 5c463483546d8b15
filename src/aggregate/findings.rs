//! Inline findings: wafers whose readings at a step are out of line with wafers of the same treatment.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::AggregateError;
use super::dies::{numbers, strings};
use crate::spec::Spec;
use crate::stats::{Calibration, holm, median};
use crate::store::Tables;
use crate::summary::Finding;

/// Readings of one wafer at one step.
struct Visit {
    wafer: String,
    split: String,
    /// (distance from the wafer's centre (mm), reading)
    sites: Vec<(f64, f64)>,
}

/// One step and feature over the lot: the unit of the multiplicity correction.
struct Screen<'a> {
    step: &'a str,
    parameter: String,
    feature: &'static str,
    visits: &'a [Visit],
    values: Vec<f64>,
    z: Vec<f64>,
    /// Shared by the features of a step: it depends on the groups alone.
    calibration: Rc<Calibration>,
}

/// Wafers with an adjusted p-value below 1 - confidence, most suspicious first.
///
/// Per step two features of each wafer: the mean of its readings, and edge minus centre. Wafers are compared with those of
/// the same recipes up to that step. p-values: most extreme wafer of a lot in control, by simulation; Holm over screens.
pub fn findings(tables: &Tables, spec: &Spec) -> Result<Vec<Finding>, AggregateError> {
    let visits = visits(tables)?;
    let mut screens = Vec::new();
    for ((step, parameter), visits) in &visits {
        let calibration = Rc::new(Calibration::new(&treatment_groups(spec, step, visits)));
        for (feature, value) in [("mean", mean as fn(&Visit) -> f64), ("edge", edge_contrast)] {
            let values: Vec<f64> = visits.iter().map(value).collect();
            screens.push(Screen {
                step,
                parameter: parameter.clone(),
                feature,
                visits,
                z: calibration.robust_z(&values),
                values,
                calibration: calibration.clone(),
            });
        }
    }
    let least: Vec<f64> =
        screens.iter().map(|s| s.z.iter().map(|&z| s.calibration.p_value(z)).fold(1.0, f64::min)).collect();
    let adjusted = holm(&least);
    let alpha = 1.0 - spec.experiment.run.confidence;
    let mut findings = Vec::new();
    for (screen, (least, adjusted)) in screens.iter().zip(least.iter().zip(adjusted)) {
        for i in 0..screen.values.len() {
            // Every wafer of a screen pays the screen's factor.
            let p_adjusted = (screen.calibration.p_value(screen.z[i]) * adjusted / least).min(1.0);
            if p_adjusted < alpha {
                findings.push(finding(spec, screen, i, p_adjusted));
            }
        }
    }
    findings.sort_by(|a, b| b.robust_z.abs().total_cmp(&a.robust_z.abs()));
    Ok(findings)
}

fn finding(spec: &Spec, screen: &Screen, i: usize, p_adjusted: f64) -> Finding {
    let step_name = spec.process.step.iter().find(|s| s.id == screen.step).map_or(String::new(), |s| s.name.clone());
    Finding {
        step: screen.step.to_owned(),
        step_name,
        parameter: screen.parameter.clone(),
        wafer: screen.visits[i].wafer.clone(),
        feature: screen.feature.to_owned(),
        value: screen.values[i],
        lot_median: median(&mut screen.values.clone()),
        robust_z: screen.z[i],
        p_adjusted,
        unit: unit_of(&screen.parameter).to_owned(),
    }
}

/// Readings by step and parameter, wafers in the order of the table.
fn visits(tables: &Tables) -> Result<BTreeMap<(String, String), Vec<Visit>>, AggregateError> {
    let frame = &tables.metrology;
    let [step, parameter] = [strings(frame, "step")?, strings(frame, "parameter")?];
    let [wafer, split] = [strings(frame, "wafer")?, strings(frame, "split")?];
    let [x, y, measured] = [numbers(frame, "x_mm")?, numbers(frame, "y_mm")?, numbers(frame, "measured")?];
    let mut visits: BTreeMap<(String, String), Vec<Visit>> = BTreeMap::new();
    for i in 0..measured.len() {
        let of_step = visits.entry((step[i].clone(), parameter[i].clone())).or_default();
        let index = of_step.iter().position(|v| v.wafer == wafer[i]).unwrap_or_else(|| {
            of_step.push(Visit { wafer: wafer[i].clone(), split: split[i].clone(), sites: Vec::new() });
            of_step.len() - 1
        });
        of_step[index].sites.push((libm::hypot(x[i], y[i]), measured[i]));
    }
    Ok(visits)
}

/// Wafers with the same recipe changes up to a step share a number.
fn treatment_groups(spec: &Spec, step: &str, visits: &[Visit]) -> Vec<usize> {
    let index = |id: &str| spec.process.step.iter().position(|s| s.id == id);
    let treatment = |visit: &Visit| {
        let split = spec.experiment.split.iter().find(|s| s.id == visit.split);
        let changes = split.map_or(&[][..], |s| &s.change[..]);
        let before = |id: &str| index(id) <= index(step);
        changes.iter().filter(|c| before(&c.step)).map(|c| format!("{} {}", c.step, c.recipe)).collect::<Vec<_>>()
    };
    let treatments: Vec<_> = visits.iter().map(treatment).collect();
    treatments.iter().map(|t| treatments.iter().position(|other| other == t).unwrap_or(0)).collect()
}

fn mean(visit: &Visit) -> f64 {
    visit.sites.iter().map(|s| s.1).sum::<f64>() / visit.sites.len() as f64
}

/// Mean of the outer sites (beyond 2/3 of the outermost radius) less that of the others.
fn edge_contrast(visit: &Visit) -> f64 {
    let outermost = visit.sites.iter().map(|s| s.0).fold(0.0, f64::max);
    let of = |outer: bool| {
        let (sum, n) = visit
            .sites
            .iter()
            .filter(|s| (s.0 > outermost * 2.0 / 3.0) == outer)
            .fold((0.0, 0u32), |(sum, n), s| (sum + s.1, n + 1));
        sum / f64::from(n.max(1))
    };
    of(true) - of(false)
}

/// The unit that a parameter's id ends in.
fn unit_of(parameter: &str) -> &'static str {
    const UNITS: [(&str, &str); 8] = [
        ("_nm", "nm"),
        ("_per_cm3", "1/cm3"),
        ("_per_cm2_ev", "1/(cm2 eV)"),
        ("_af_per_um", "aF/um"),
        ("_mv", "mV"),
        ("_v", "V"),
        ("_ff", "fF"),
        ("_ev", "eV"),
    ];
    UNITS.iter().find(|(end, _)| parameter.ends_with(end)).map_or("1", |(_, unit)| unit)
}
