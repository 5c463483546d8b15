//! Tables of results: key numbers, bins, corners, energy, cost.

use minijinja::{Value, context};

use super::super::columns::{Dies, Wafer};
use super::super::figures::{bin_labels, full_flow_splits, reference_corner};
use super::super::format::{self, Quantity, count, significant};
use super::super::labels;
use super::{css, quantity};
use crate::record::{BIN_DEFECT, BIN_GOOD};
use crate::spec::{Limit, Spec};
use crate::summary::{SplitResult, Summary};

/// Shown per split beside the verdict.
const KEY: [&str; 9] = [
    "yield",
    "yield_defect",
    "yield_parametric",
    "accuracy",
    "snr_trimmed_db",
    "enob_bits",
    "energy_per_op_fj",
    "tops_per_w",
    "cost",
];
/// Shown per corner and split.
const PER_CORNER: [&str; 8] =
    ["yield", "accuracy", "snr_db", "snr_trimmed_db", "enob_bits", "gain_rel", "energy_per_op_fj", "cost"];
fn display(name: &str) -> labels::Display {
    match name {
        "cost" => labels::Display { label: "Cost per good die".into(), unit: "USD".into(), factor: 1.0 },
        _ => labels::metric(name),
    }
}

pub(super) fn cell(result: Option<&SplitResult>, name: &str) -> Quantity {
    let display = display(name);
    let estimate = result.and_then(|r| match name {
        "yield" => Some(&r.yield_),
        "yield_defect" => Some(&r.yield_defect),
        "yield_parametric" => Some(&r.yield_parametric),
        "cost" => Some(&r.cost_per_good_die_usd),
        _ => r.metrics.get(name).map(|m| &m.mean),
    });
    match estimate {
        Some(estimate) => format::estimate(estimate, &display.unit, display.factor, false),
        None => Quantity { value: "n/a".into(), ..Quantity::default() },
    }
}

pub(super) fn find<'a>(summary: &'a Summary, corner: &str, split: &str) -> Option<&'a SplitResult> {
    summary.results.iter().find(|r| r.corner == corner && r.split == split)
}

/// Rows of metrics, one cell per split, at the reference corner.
pub fn key_numbers(summary: &Summary, spec: &Spec) -> Value {
    let row = |name: &&str| {
        let cells =
            full_flow_splits(spec).into_iter().map(|s| quantity(cell(find(summary, reference_corner(spec), s), name)));
        context! { label => display(name).label, unit => display(name).unit, cells => cells.collect::<Vec<_>>() }
    };
    KEY.iter().map(row).collect::<Vec<_>>().into()
}

/// Every way in which an interval of the page was made.
pub fn methods(summary: &Summary) -> Value {
    let mut seen = std::collections::BTreeSet::new();
    for result in &summary.results {
        let of = [&result.yield_, &result.yield_defect, &result.yield_parametric, &result.cost_per_good_die_usd];
        seen.extend(of.into_iter().chain(result.metrics.values().map(|m| &m.mean)).map(|e| e.method.clone()));
    }
    for comparison in &summary.comparisons {
        seen.extend([&comparison.as_run].into_iter().chain(&comparison.counterfactual).map(|e| e.method.clone()));
    }
    seen.into_iter().collect::<Vec<_>>().into()
}

/// Dies by bin and split at the reference corner, counted as the maps show them.
pub fn bins(dies: &Dies, spec: &Spec) -> Value {
    let row = |label: &super::super::figures::BinLabel| {
        let cells = full_flow_splits(spec).into_iter().map(|split| {
            let own: Vec<u16> = dies.split.iter().zip(&dies.bin).filter(|d| d.0 == split).map(|d| *d.1).collect();
            let n = own.iter().filter(|bin| **bin == label.bin).count();
            let share = 100.0 * n as f64 / own.len().max(1) as f64;
            context! { n => count(n as u64), share => format::fixed(share, 1) }
        });
        let limit = spec.product.limit.iter().find(|l| l.bin == label.bin && label.bin != BIN_GOOD);
        let rule = match (label.bin, limit) {
            (BIN_DEFECT, _) => "no killer defect".to_owned(),
            (_, Some(limit)) => rule(limit),
            _ => String::new(),
        };
        context! {
            bin => label.bin, label => &label.label, color => css(label.color), rule => rule,
            cells => cells.collect::<Vec<_>>(),
        }
    };
    bin_labels(spec).iter().map(row).collect::<Vec<_>>().into()
}

/// What a die must meet to pass a limit.
fn rule(limit: &Limit) -> String {
    let shown = labels::metric(&limit.metric);
    let number = |v: f64| significant(v * shown.factor, 4);
    let text = match (limit.lsl, limit.usl) {
        (Some(low), Some(high)) => format!("{} from {} to {} {}", shown.label, number(low), number(high), shown.unit),
        (Some(low), None) => format!("{} \u{2265} {} {}", shown.label, number(low), shown.unit),
        (None, Some(high)) => format!("{} \u{2264} {} {}", shown.label, number(high), shown.unit),
        (None, None) => String::new(),
    };
    text.trim_end().to_owned()
}

/// One row per corner and split.
pub fn corners(summary: &Summary, spec: &Spec) -> Value {
    let head: Vec<Value> =
        PER_CORNER.iter().map(|n| context! { label => display(n).label, unit => display(n).unit }).collect();
    let mut rows = Vec::new();
    for corner in &spec.experiment.corner {
        for (i, split) in full_flow_splits(spec).into_iter().enumerate() {
            let Some(result) = find(summary, &corner.id, split) else { continue };
            let cells = PER_CORNER.iter().map(|name| quantity(cell(Some(result), name)));
            rows.push(context! {
                corner => &corner.id,
                first => i == 0,
                split => split,
                color => css(super::figures::split_color(spec, split)),
                n_wafers => result.n_wafers,
                n_dies => count(result.n_dies as u64),
                cells => cells.collect::<Vec<_>>(),
            });
        }
    }
    context! { head => head, rows => rows }
}

/// Energy by component with the intervals of the control at the reference corner, the first result.
pub fn energy(summary: &Summary) -> Value {
    let total: f64 = summary.energy_breakdown.iter().map(|p| p.fj_per_op).sum();
    let digits = format::place(total, 3);
    let rows = summary.energy_breakdown.iter().map(|part| {
        context! {
            name => labels::component(&part.component),
            fj => match labels::component_metric(&part.component).and_then(|m| summary.results.first()?.metrics.get(m)) {
                Some(metric) => quantity(format::estimate(&metric.mean, "fJ", 1.0, false)),
                None => quantity(Quantity { value: format::fixed(part.fj_per_op, digits), ..Quantity::default() }),
            },
            share => format::fixed(100.0 * part.fj_per_op / total, 0),
        }
    });
    context! { rows => rows.collect::<Vec<_>>(), total => quantity(cell(summary.results.first(), "energy_per_op_fj")) }
}

/// Cost per good die and what it is made of, per split.
pub fn cost(summary: &Summary, wafers: &[Wafer], spec: &Spec) -> Value {
    let row = |split: &str| {
        let own: Vec<&Wafer> = wafers.iter().filter(|w| w.split == split && w.full_flow).collect();
        let n = own.len().max(1) as f64;
        let mean = |f: fn(&Wafer) -> f64| own.iter().map(|w| f(w)).sum::<f64>() / n;
        context! {
            split => split,
            color => css(super::figures::split_color(spec, split)),
            n_wafers => own.len(),
            wafer => count(mean(|w| w.cost_usd).round() as u64),
            dies => significant(mean(|w| w.n_dies as f64), 4),
            good => significant(mean(|w| w.n_good as f64), 4),
            per_die => quantity(cell(find(summary, reference_corner(spec), split), "cost")),
        }
    };
    let stopped: Vec<&Wafer> = wafers.iter().filter(|w| !w.full_flow).collect();
    context! {
        rows => full_flow_splits(spec).into_iter().map(row).collect::<Vec<_>>(),
        test => significant(spec.product.cost.test_usd_per_die, 3),
        n_stopped => stopped.len(),
        stopped => count(stopped.iter().map(|w| w.cost_usd).sum::<f64>().round() as u64),
        lot => count(wafers.iter().map(|w| w.cost_usd).sum::<f64>().round() as u64),
    }
}
