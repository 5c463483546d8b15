//! Runs every candidate of a comparison as an experiment of its own and puts the results side by side.

use std::path::Path;

use crate::compute::Backend;
use crate::plan::Plan;
use crate::report::technologies;
use crate::run::{RunError, run};
use crate::spec::{Comparison, DeviceKind, Spec};
use crate::stats::Estimate;
use crate::store::{RunFolder, write_json};
use crate::summary::{SplitResult, Summary, TechnologyComparison, TechnologyResult, Verdict};

/// Makes a run folder for each candidate below `out`, and the comparison in `out` itself. `progress` is told each candidate's
/// label and number of dies before it starts, and dies as they are done.
///
/// # Errors
/// The first thing that fails.
pub fn compare(
    comparison: &Comparison,
    backend: &dyn Backend,
    out: &Path,
    progress: &Progress,
) -> Result<TechnologyComparison, RunError> {
    let mut candidates = Vec::with_capacity(comparison.specs.len());
    let mut first: Option<Summary> = None;
    for (candidate, spec) in comparison.file.candidate.iter().zip(&comparison.specs) {
        let plan = Plan::new(spec)?;
        (progress.candidate)(&candidate.label, plan.dies.len() as u64);
        let folder = RunFolder::create(&out.join(&candidate.id))?;
        let summary = run(&plan, backend, &folder, progress.dies)?;
        let result = result(&summary, spec, &candidate.label, &candidate.group);
        candidates.extend(result);
        first.get_or_insert(summary);
    }
    let Some(first) = first else {
        return Err(RunError::Plan(crate::plan::PlanError::Empty));
    };
    let made = TechnologyComparison {
        name: comparison.file.name.clone(),
        description: comparison.file.description.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: first.seed,
        backend: first.backend.clone(),
        verdict: verdict(&candidates),
        terms: comparison.file.terms.clone(),
        digital: first.digital.clone(),
        candidates,
    };
    write_json(&out.join("comparison.json"), &made)?;
    technologies::write(out, &made)?;
    Ok(made)
}

/// Who is told how far the work is.
pub struct Progress<'a> {
    pub candidate: &'a dyn Fn(&str, u64),
    pub dies: &'a dyn Fn(u64),
}

/// What a candidate's run found at the reference corner; nothing where no die was without a killer.
fn result(summary: &Summary, spec: &Spec, label: &str, group: &str) -> Option<TechnologyResult> {
    let reference = summary.results.first()?;
    let metric = |result: &SplitResult, name: &str| result.metrics.get(name).map(|metric| metric.mean.clone());
    let at = |name: &str| metric(reference, name);
    let by_corner = summary.results.iter().filter(|result| result.split == reference.split);
    let cells_in_parallel = spec.product.array.cells_in_parallel;
    let cell_area_um2 = cell_area_um2(spec);
    Some(TechnologyResult {
        id: summary.experiment.clone(),
        label: label.to_owned(),
        group: group.to_owned(),
        technology: spec.technology.name.clone(),
        device: spec.technology.device.name().to_owned(),
        accuracy: at("accuracy")?,
        accuracy_sd: reference.metrics.get("accuracy")?.sd,
        accuracy_by_corner: by_corner.filter_map(|r| Some((r.corner.clone(), metric(r, "accuracy")?))).collect(),
        snr_trimmed_db: at("snr_trimmed_db")?,
        energy_per_op_fj: at("energy_per_op_fj")?,
        energy_breakdown: summary.energy_breakdown.clone(),
        tops_per_w: at("tops_per_w")?,
        yield_: reference.yield_.clone(),
        cost_per_good_die_usd: reference.cost_per_good_die_usd.clone(),
        cell_area_um2,
        cells_in_parallel,
        weights_per_mm2: 1e6 / (2.0 * f64::from(cells_in_parallel) * cell_area_um2),
        adc_fom_fj: spec.product.energy.adc_fom_fj,
        recovery_fraction: spec.product.energy.recovery_fraction,
        age_s: spec.product.retention.as_ref().map(|retention| retention.age_s),
    })
}

/// Area of a cell (um2): that of its plate where nothing else is known.
fn cell_area_um2(spec: &Spec) -> f64 {
    let at = |id: &str| spec.technology.parameter.get(id).map_or(f64::NAN, |parameter| parameter.nominal);
    match spec.technology.device {
        DeviceKind::Memcapacitor => at("length_nm") * at("width_nm") * 1e-6,
        _ => at("cell_area_um2"),
    }
}

/// The first candidate against the best of each other device in its group, in words.
fn verdict(candidates: &[TechnologyResult]) -> Verdict {
    let Some(ours) = candidates.first() else { return Verdict::default() };
    let mut best: Vec<&TechnologyResult> = Vec::new();
    for other in candidates.iter().filter(|other| other.group == ours.group && other.device != ours.device) {
        match best.iter_mut().find(|known| known.device == other.device) {
            Some(known) if other.accuracy.value > known.accuracy.value => *known = other,
            Some(_) => {}
            None => best.push(other),
        }
    }
    let rival = best.iter().find(|other| other.device == DeviceKind::Rram.name());
    let headline = rival.map_or_else(String::new, |rram| {
        format!(
            "{} against the best RRAM here ({}): {}; {}.",
            ours.label,
            rram.label,
            accuracy(ours, rram),
            energy(ours, rram)
        )
    });
    let against =
        |other: &&TechnologyResult| format!("{}: {}; {}.", other.label, accuracy(ours, other), energy(ours, other));
    let mut statements: Vec<String> =
        best.iter().filter(|other| other.device != DeviceKind::Rram.name()).map(against).collect();
    statements.push(converter_statement(candidates, ours));
    statements.extend(candidates.iter().filter(|other| other.group != ours.group).map(|other| {
        format!("{} ({}): {}; {}.", other.label, other.group, accuracy(ours, other), energy(ours, other))
    }));
    Verdict { headline, statements }
}

/// Accuracies with their intervals, and whether the intervals tell them apart.
fn accuracy(ours: &TechnologyResult, other: &TechnologyResult) -> String {
    let shown = |e: &Estimate| match (e.low, e.high) {
        (Some(low), Some(high)) => format!("{:.2} % [{:.2}, {:.2}]", 100.0 * e.value, 100.0 * low, 100.0 * high),
        _ => format!("{:.2} %", 100.0 * e.value),
    };
    let apart = match (ours.accuracy.low, ours.accuracy.high, other.accuracy.low, other.accuracy.high) {
        (Some(low), _, _, Some(high)) if low > high => "higher",
        (_, Some(high), Some(low), _) if high < low => "lower",
        _ => "not told apart",
    };
    format!("accuracy {} against {} ({apart})", shown(&ours.accuracy), shown(&other.accuracy))
}

fn energy(ours: &TechnologyResult, other: &TechnologyResult) -> String {
    let (a, b) = (ours.energy_per_op_fj.value, other.energy_per_op_fj.value);
    let times = if a < b { format!("{:.1} times less", b / a) } else { format!("{:.1} times more", a / b) };
    format!("energy per operation {a:.1} against {b:.1} fJ ({times})")
}

/// What the answer rests on: the converter's share.
fn converter_statement(candidates: &[TechnologyResult], ours: &TechnologyResult) -> String {
    let share = |result: &TechnologyResult| {
        let total: f64 = result.energy_breakdown.iter().map(|part| part.fj_per_op).sum();
        let adc: f64 = result
            .energy_breakdown
            .iter()
            .filter(|part| part.component == "converter")
            .map(|part| part.fj_per_op)
            .sum();
        100.0 * adc / total
    };
    let others: Vec<f64> = candidates.iter().filter(|other| other.group == ours.group).map(share).collect();
    let (low, high) = others.iter().fold((f64::INFINITY, 0.0f64), |(low, high), &s| (low.min(s), high.max(s)));
    format!(
        "Converters at {} fJ per step take {:.0} % of the energy of {} and {low:.0} to {high:.0} % over the group: the ranking by \
         energy rests on that figure and on what the array's charge costs ({:.0} % recovered here).",
        ours.adc_fom_fj,
        share(ours),
        ours.label,
        100.0 * ours.recovery_fraction
    )
}
