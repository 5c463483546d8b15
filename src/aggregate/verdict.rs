//! The answer in words, made from the summary's numbers and careful about what they show.

use super::comparisons::YIELD;
use crate::spec::Spec;
use crate::stats::Estimate;
use crate::summary::{Comparison, Finding, SplitResult, Verdict, WaferYield};

/// What the report says first.
pub fn verdict(spec: &Spec, results: &[SplitResult], comparisons: &[Comparison], findings: &[Finding]) -> Verdict {
    let yields: Vec<&Comparison> = comparisons.iter().filter(|c| c.metric == YIELD).collect();
    let mut statements: Vec<String> = yields.iter().map(|c| recipe_statement(c)).collect();
    statements.extend(finding_statements(spec, results, findings));
    statements.extend(corner_statements(results));
    Verdict { headline: headline(results, &yields), statements }
}

fn headline(results: &[SplitResult], yields: &[&Comparison]) -> String {
    let Some(reference) = results.first() else { return "No die was tested".into() };
    let at_reference = results.iter().filter(|r| r.corner == reference.corner);
    let list: Vec<String> =
        at_reference.map(|r| format!("split {} yields {}", r.split, percent(r.yield_.value))).collect();
    let told: Vec<String> = yields.iter().filter_map(|c| direction(c)).collect();
    let ending = match (told.is_empty(), yields) {
        (false, _) => format!("; these wafers show that {}", told.join(" and ")),
        (true, []) => String::new(),
        (true, [one]) => format!("; these {} wafers cannot tell them apart", one.as_run.n),
        (true, _) => "; these wafers cannot tell them apart".into(),
    };
    format!("At corner {} {}{ending}", reference.corner, joined(&list))
}

/// Which way a split differs from the control, if its interval leaves zero out.
fn direction(c: &Comparison) -> Option<String> {
    let better = c.as_run.low.is_some_and(|low| low > 0.0);
    let worse = c.as_run.high.is_some_and(|high| high < 0.0);
    (better || worse).then(|| format!("{} is {} than {}", c.split, if better { "better" } else { "worse" }, c.control))
}

/// What the wafers show and what the recipe does are two questions; both answers stand together.
fn recipe_statement(c: &Comparison) -> String {
    let mut text = format!("Yield of {} against {} as run: {}", c.split, c.control, points(&c.as_run));
    if let Some(p) = c.p_value {
        text += &format!(", p {}", small(p));
    }
    if let Some(detectable) = c.minimum_detectable {
        text += &format!(
            ". With {} wafers a difference shows from {} points up (80 % power)",
            c.as_run.n,
            rounded(100.0 * detectable, 100.0 * detectable)
        );
    }
    if let Some(counterfactual) = &c.counterfactual {
        text += &format!(". The recipe alone, on the same virtual wafers: {}", points(counterfactual));
    }
    text + "."
}

/// One statement per step and parameter, its wafers together, and how those of them that were tested yield.
fn finding_statements(spec: &Spec, results: &[SplitResult], findings: &[Finding]) -> Vec<String> {
    if findings.is_empty() {
        return vec!["No wafer reads out of line at any measured step.".into()];
    }
    let mut steps: Vec<(&str, &str)> = Vec::new();
    for f in findings {
        if !steps.contains(&(&f.step, &f.parameter)) {
            steps.push((&f.step, &f.parameter));
        }
    }
    let statement = |(step, parameter): (&str, &str)| {
        let of_step: Vec<&Finding> = findings.iter().filter(|f| f.step == step && f.parameter == parameter).collect();
        let wafers = unique(of_step.iter().map(|f| f.wafer.as_str()));
        let mut features =
            unique(of_step.iter().map(|f| if f.feature == "edge" { "edge against centre" } else { "mean" }));
        features.reverse();
        let p = of_step.iter().map(|f| f.p_adjusted).fold(0.0, f64::max);
        let verb = if wafers.len() == 1 { "is" } else { "are" };
        let alarm = format!(
            "Inline at step {step}, {}: {} {verb} out of line in {parameter} ({}; adjusted p {}).",
            of_step[0].step_name,
            joined(&wafers),
            features.join(" and "),
            small(p).replacen('=', "\u{2264}", 1)
        );
        alarm + &consequence(spec, results, &wafers)
    };
    steps.into_iter().map(statement).collect()
}

/// Yields of the suspected wafers that were tested, beside those of the others.
fn consequence(spec: &Spec, results: &[SplitResult], suspects: &[String]) -> String {
    let reference = spec.experiment.corner.first().map(|c| c.id.as_str());
    let tested = results.iter().filter(|r| Some(r.corner.as_str()) == reference).flat_map(|r| &r.wafers);
    let share = |w: &WaferYield| w.n_good as f64 / w.n_dies as f64;
    let (found, others): (Vec<&WaferYield>, Vec<&WaferYield>) =
        tested.filter(|w| w.n_dies > 0).partition(|w| suspects.contains(&w.wafer));
    if found.is_empty() {
        return String::new();
    }
    let list: Vec<String> = found.iter().map(|w| format!("{} yields {}", w.wafer, percent(share(w)))).collect();
    let least = others.iter().map(|w| share(w)).reduce(f64::min);
    let most = others.iter().map(|w| share(w)).reduce(f64::max);
    let rest = match (least, most) {
        (Some(least), Some(most)) => format!(", the other tested wafers {:.1} to {}", 100.0 * least, percent(most)),
        _ => String::new(),
    };
    format!(" Of these, {}{rest}.", joined(&list))
}

/// The corner that costs each split most, and the bin that grows most there.
fn corner_statements(results: &[SplitResult]) -> Vec<String> {
    let Some(first) = results.first() else { return Vec::new() };
    let of = |at_reference: &SplitResult| {
        let own = results.iter().filter(|r| r.split == at_reference.split && r.corner != at_reference.corner);
        let worst = own.min_by(|a, b| a.yield_.value.total_cmp(&b.yield_.value))?;
        let (split, corner) = (&at_reference.split, &at_reference.corner);
        if worst.yield_.value >= at_reference.yield_.value {
            return Some(format!("Split {split} yields no less at any corner than at {corner}."));
        }
        let grown = |label: &String, n: u64| n.saturating_sub(at_reference.bins.get(label).copied().unwrap_or(0));
        let failing =
            worst.bins.iter().filter(|(label, _)| *label != "good").map(|(label, n)| (label, grown(label, *n)));
        let cause = failing.max_by_key(|(_, n)| *n).filter(|(_, n)| *n > 0);
        let cause = cause.map_or(String::new(), |(label, _)| format!(", lost mostly to bin \"{label}\""));
        let [low, usual] = [percent(worst.yield_.value), percent(at_reference.yield_.value)];
        Some(format!("Worst corner of split {split}: {} with {low} against {usual} at {corner}{cause}.", worst.corner))
    };
    results.iter().filter(|r| r.corner == first.corner).filter_map(of).collect()
}

/// Each text once, sorted.
fn unique<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.collect::<std::collections::BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

/// "a", "a and b", "a, b and c"
fn joined(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// "93.1 %"
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// "-2.1 points (95 % interval -5.0 to +0.8)", with true minus signs.
fn points(e: &Estimate) -> String {
    let (value, low, high) = (100.0 * e.value, e.low.map(|v| 100.0 * v), e.high.map(|v| 100.0 * v));
    match (low, high) {
        (Some(low), Some(high)) => {
            let error = (high - low) / 2.0;
            let [value, low, high] = [value, low, high].map(|v| signed(v, error));
            format!("{value} points ({:.0} % interval {low} to {high})", 100.0 * e.level)
        }
        _ => format!("{} points (no interval from so few wafers)", signed(value, 1.0)),
    }
}

/// One decimal, none where the error leaves it without meaning: the rule of the report's tables.
fn rounded(value: f64, error: f64) -> String {
    format!("{value:.*}", if error < 3.55 { 1 } else { 0 })
}

fn signed(value: f64, error: f64) -> String {
    let text = rounded(value.abs(), error);
    let zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    match value {
        _ if zero => text,
        v if v < 0.0 => format!("\u{2212}{text}"),
        _ => format!("+{text}"),
    }
}

fn small(p: f64) -> String {
    match p {
        p if p < 0.001 => "< 0.001".into(),
        p if p < 0.1 => format!("= {p:.3}"),
        p => format!("= {p:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_carry_sign_and_no_more_digits_than_their_interval() {
        let e = Estimate::symmetric(-0.0775, 0.342, 0.95, "test", 6);
        assert_eq!(points(&e), "\u{2212}8 points (95 % interval \u{2212}42 to +26)");
        let e = Estimate::symmetric(0.0001, 0.02, 0.95, "test", 6);
        assert_eq!(points(&e), "0.0 points (95 % interval \u{2212}2.0 to +2.0)");
    }

    #[test]
    fn lists_read_as_english() {
        let texts = unique(["W09", "W05", "W09", "W01"].into_iter());
        assert_eq!(joined(&texts), "W01, W05 and W09");
        assert_eq!(joined(&texts[..1]), "W01");
    }

    #[test]
    fn p_values_keep_three_digits_where_they_matter() {
        assert_eq!([small(1e-7), small(0.0042), small(0.44)], ["< 0.001", "= 0.004", "= 0.44"]);
    }
}
