//! Splits against the control at the reference corner: what these wafers show, and what the recipe does.

use super::AggregateError;
use super::dies::{Dies, Which};
use crate::record::{BIN_GOOD, METRICS};
use crate::spec::Spec;
use crate::stats::{paired_t, welch};
use crate::store::Tables;
use crate::summary::Comparison;

/// The name under which yields are compared.
pub const YIELD: &str = "yield";

/// Every full-flow split but the control, for the yield and every metric.
pub fn comparisons(tables: &Tables, spec: &Spec) -> Result<Vec<Comparison>, AggregateError> {
    let full = || spec.experiment.split.iter().filter(|split| split.stop_after.is_none());
    let Some(control) = full().find(|split| split.control) else { return Ok(Vec::new()) };
    let corner = &spec.experiment.corner[0].id;
    let level = spec.experiment.run.confidence;
    let select = |split: &str, which| Dies::select(&tables.dies, corner, split, which);
    let (control_run, control_all) = (select(&control.id, Which::AsRun)?, select(&control.id, Which::All)?);
    let mut comparisons = Vec::new();
    for split in full().filter(|split| !split.control) {
        let (run, all) = (select(&split.id, Which::AsRun)?, select(&split.id, Which::All)?);
        if run.bin.is_empty() || control_run.bin.is_empty() {
            continue;
        }
        for (metric, unit) in [(YIELD, "1")].into_iter().chain(METRICS.iter().map(|m| (m.name, m.unit))) {
            let means = |dies: &Dies| values(dies, metric);
            let plain = |pairs: Vec<(String, f64)>| pairs.into_iter().map(|(_, value)| value).collect::<Vec<f64>>();
            let shown = welch(&plain(means(&run)?), &plain(means(&control_run)?), level);
            let differences = paired(&means(&all)?, &means(&control_all)?);
            comparisons.push(Comparison {
                split: split.id.clone(),
                control: control.id.clone(),
                metric: metric.to_owned(),
                as_run: shown.estimate,
                p_value: shown.p_value,
                counterfactual: (!differences.is_empty()).then(|| paired_t(&differences, level)),
                minimum_detectable: shown.minimum_detectable,
                unit,
            });
        }
    }
    Ok(comparisons)
}

/// Yield or mean of a metric by wafer.
fn values(dies: &Dies, metric: &str) -> Result<Vec<(String, f64)>, AggregateError> {
    if metric != YIELD {
        return dies.wafer_means(metric);
    }
    let counts = dies.count_by_wafer(|i| dies.bin[i] == u32::from(BIN_GOOD), |_| true);
    Ok(dies.wafers().into_iter().zip(counts).map(|(wafer, (good, n))| (wafer, good as f64 / n as f64)).collect())
}

/// Differences wafer by wafer.
fn paired(treatment: &[(String, f64)], control: &[(String, f64)]) -> Vec<f64> {
    let of = |wafer: &str| control.iter().find(|(w, _)| w == wafer).map(|(_, value)| *value);
    treatment.iter().filter_map(|(wafer, value)| of(wafer).map(|c| value - c)).collect()
}
