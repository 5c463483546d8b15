//! Inline metrology: what was found, what was planted, which steps are measured and how.

use minijinja::{Value, context};

use super::super::format::{fixed, p_value, significant};
use super::super::labels;
use crate::spec::{Ramp, Spec};
use crate::summary::Summary;

pub fn findings(summary: &Summary) -> Value {
    let row = |f: &crate::summary::Finding| {
        let feature = match f.feature.as_str() {
            "mean" => "mean over the wafer",
            "edge" => "edge against centre",
            other => other,
        };
        context! {
            step => &f.step,
            name => &f.step_name,
            parameter => labels::parameter(&f.parameter).label,
            wafer => &f.wafer,
            feature => feature,
            value => significant(f.value, 3),
            median => significant(f.lot_median, 3),
            unit => labels::parameter(&f.parameter).unit,
            z => fixed(f.robust_z, if f.robust_z.abs() < 10.0 { 1 } else { 0 }),
            p => p_value(f.p_adjusted),
        }
    };
    summary.findings.iter().map(row).collect::<Vec<_>>().into()
}

/// The truth that the experiment planted, beside what was found at that step.
pub fn planted(summary: &Summary, spec: &Spec) -> Value {
    let row = |e: &crate::spec::Excursion| {
        let shown = labels::parameter(&e.parameter);
        let mut found: Vec<&str> =
            summary.findings.iter().filter(|f| f.step == e.step).map(|f| f.wafer.as_str()).collect();
        found.sort_unstable();
        found.dedup();
        let sign = if e.shift > 0.0 { "+" } else { "" };
        context! {
            step => &e.step,
            parameter => shown.label,
            wafers => &e.wafers,
            shift => format!("{sign}{} {}", significant(e.shift, 3), shown.unit),
            shape => match e.ramp {
                Ramp::Uniform => "whole wafer",
                Ramp::Edge => "growing to the edge",
                Ramp::Linear => "growing from left to right",
            },
            found => found.join(", "),
        }
    };
    spec.experiment.excursion.iter().map(row).collect::<Vec<_>>().into()
}

/// Measured steps with gauge and limits.
pub fn steps(spec: &Spec) -> Value {
    let measured = spec.process.step.iter().filter_map(|s| s.metrology.as_ref().map(|m| (s, m)));
    let row = |(step, m): (&crate::spec::Step, &crate::spec::Metrology)| {
        let shown = labels::parameter(&m.parameter);
        let number = |v: f64| significant(v, 4);
        context! {
            id => &step.id,
            name => &step.name,
            parameter => shown.title(),
            method => &m.method,
            lsl => number(m.spc.lsl), lcl => number(m.spc.lcl), target => number(m.spc.target),
            ucl => number(m.spc.ucl), usl => number(m.spc.usl),
            repeatability => number(m.gauge.repeatability_sd),
            reproducibility => number(m.gauge.reproducibility_sd),
            bias => number(m.gauge.bias),
            resolution => number(m.gauge.resolution),
        }
    };
    measured.map(row).collect::<Vec<_>>().into()
}
