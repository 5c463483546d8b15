//! The answer in words, made from the summary's numbers and careful about what they show.

use super::comparisons::YIELD;
use crate::spec::Spec;
use crate::stats::Estimate;
use crate::summary::{Comparison, Finding, SplitResult, Verdict};

/// What the report says first.
pub fn verdict(spec: &Spec, results: &[SplitResult], comparisons: &[Comparison], findings: &[Finding]) -> Verdict {
    let yields: Vec<&Comparison> = comparisons.iter().filter(|c| c.metric == YIELD).collect();
    let mut statements: Vec<String> = yields.iter().map(|c| recipe_statement(c)).collect();
    statements.extend(finding_statement(findings));
    statements.extend(corner_statement(spec, results));
    Verdict { headline: headline(results, &yields), statements }
}

fn headline(results: &[SplitResult], yields: &[&Comparison]) -> String {
    let Some(reference) = results.first() else { return "No die was tested".into() };
    let at_reference: Vec<&SplitResult> = results.iter().filter(|r| r.corner == reference.corner).collect();
    let list: Vec<String> =
        at_reference.iter().map(|r| format!("split {} yields {}", r.split, percent(&r.yield_))).collect();
    let told = yields.iter().find(|c| excludes_zero(&c.as_run));
    let ending = match told {
        Some(c) if c.as_run.value > 0.0 => format!(": {} is better, and these wafers show it", c.split),
        Some(c) => format!(": {} is worse, and these wafers show it", c.split),
        None if yields.is_empty() => String::new(),
        None => format!(": these {} wafers cannot tell them apart", yields[0].as_run.n),
    };
    format!("At corner {} {}{ending}", reference.corner, list.join(", "))
}

/// What the wafers show and what the recipe does are two questions; both answers in one sentence.
fn recipe_statement(c: &Comparison) -> String {
    let mut text = format!("Split {} against {}: yield {} as run", c.split, c.control, points(&c.as_run));
    if let Some(p) = c.p_value {
        text += &format!(" (Welch on wafer means, p = {p:.2})");
    }
    if let Some(detectable) = c.minimum_detectable {
        text += &format!("; so many wafers show a difference from {:.1} points up", 100.0 * detectable);
    }
    if let Some(counterfactual) = &c.counterfactual {
        text += &format!(". The same virtual wafers under both recipes differ by {}", points(counterfactual));
    }
    text + "."
}

/// One sentence per step, its wafers together.
fn finding_statement(findings: &[Finding]) -> Vec<String> {
    let mut steps: Vec<(&str, &str)> = Vec::new();
    for f in findings {
        if !steps.contains(&(&f.step, &f.parameter)) {
            steps.push((&f.step, &f.parameter));
        }
    }
    if steps.is_empty() {
        return vec!["No wafer reads out of line at any measured step.".into()];
    }
    let sentence = |(step, parameter): (&str, &str)| {
        let of_step: Vec<&Finding> = findings.iter().filter(|f| f.step == step && f.parameter == parameter).collect();
        let wafers: Vec<String> = of_step
            .iter()
            .map(|f| format!("{} ({} {:+.1} robust sigma, p {})", f.wafer, f.feature, f.robust_z, small(f.p_adjusted)))
            .collect();
        format!("Step {step} {}: {parameter} reads out of line on {}.", of_step[0].step_name, wafers.join(", "))
    };
    steps.into_iter().map(sentence).collect()
}

/// The corner that costs the control most.
fn corner_statement(spec: &Spec, results: &[SplitResult]) -> Option<String> {
    let control = spec.experiment.split.iter().find(|s| s.control && s.stop_after.is_none())?;
    let of_control = results.iter().filter(|r| r.split == control.id);
    let worst = of_control.min_by(|a, b| a.yield_.value.total_cmp(&b.yield_.value))?;
    let lost = worst.bins.iter().filter(|(label, _)| *label != "good").max_by_key(|(_, n)| **n);
    let cause = lost.filter(|(_, n)| **n > 0).map_or(String::new(), |(label, _)| format!(", most lost to: {label}"));
    Some(format!("Worst corner of split {}: {} with {}{cause}.", control.id, worst.corner, percent(&worst.yield_)))
}

fn excludes_zero(e: &Estimate) -> bool {
    e.low.is_some_and(|low| low > 0.0) || e.high.is_some_and(|high| high < 0.0)
}

/// "93.1 % (90.2 to 95.3)"
fn percent(e: &Estimate) -> String {
    let ends = match (e.low, e.high) {
        (Some(low), Some(high)) => format!(" ({:.1} to {:.1})", 100.0 * low, 100.0 * high),
        _ => " (no interval from one wafer)".into(),
    };
    format!("{:.1} %{ends}", 100.0 * e.value)
}

/// "-2.1 points (-5.0 to +0.8)"
fn points(e: &Estimate) -> String {
    let ends = match (e.low, e.high) {
        (Some(low), Some(high)) => format!(" ({:+.1} to {:+.1})", 100.0 * low, 100.0 * high),
        _ => String::new(),
    };
    format!("{:+.1} points{ends}", 100.0 * e.value)
}

fn small(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { format!("= {p:.3}") }
}
