//! Splits against the control: what these wafers show, and what the recipe does.

use minijinja::{Value, context};

use super::super::figures::split_color;
use super::super::format::{self, p_value};
use super::super::labels;
use super::{css, quantity};
use crate::spec::Spec;
use crate::summary::{Comparison, Summary};

pub fn rows(summary: &Summary, spec: &Spec) -> Value {
    let alpha = 1.0 - spec.experiment.run.confidence;
    let mut last = "";
    let mut rows = Vec::new();
    // The digital reference is one number: differences of accuracy and of accuracy against it are the same.
    for comparison in summary.comparisons.iter().filter(|c| c.metric != "accuracy_change") {
        let first = comparison.split != last;
        last = &comparison.split;
        rows.push(row(comparison, first, alpha, spec));
    }
    rows.into()
}

fn row(comparison: &Comparison, first: bool, alpha: f64, spec: &Spec) -> Value {
    let display = labels::difference(&comparison.metric);
    let show = |e: &crate::stats::Estimate| quantity(format::estimate(e, &display.unit, display.factor, true));
    context! {
        first => first,
        split => &comparison.split,
        control => &comparison.control,
        color => css(split_color(spec, &comparison.split)),
        metric => &display.label,
        unit => &display.unit,
        as_run => show(&comparison.as_run),
        p => comparison.p_value.map(p_value),
        significant => comparison.p_value.is_some_and(|p| p < alpha),
        counterfactual => comparison.counterfactual.as_ref().map(show),
        detectable => comparison.minimum_detectable.map(|v| format::significant(v * display.factor, 2)),
    }
}
