//! Distributions of the metrics that decide, per split, with their limits.

use super::super::ReportError;
use super::super::axes::{self, Scale, TITLE};
use super::super::canvas::{Anchor, Canvas, Type, paint};
use super::super::columns::Dies;
use super::super::format::significant;
use super::super::labels;
use super::super::palette::{AXIS, INK, Rgb, tint};
use super::{FULL, Figure, legend};
use crate::spec::Spec;

const COLUMNS: usize = 3;
const PANEL: (f64, f64) = (FULL / COLUMNS as f64, 218.0);
const N_BINS: f64 = 36.0;
/// Shown when the product's limits leave room.
const ALSO: [&str; 6] = ["accuracy", "snr_trimmed_db", "enob_bits", "energy_per_op_fj", "gain_rel", "static_rms_steps"];
const N_PANELS: usize = 6;

/// Dies of one split: name, colour, values.
type Group = (String, Rgb, Vec<f64>);

pub fn draw(dies: &Dies, spec: &Spec) -> Result<Figure, ReportError> {
    let mut metrics: Vec<&str> = Vec::new();
    for metric in spec.product.limit.iter().map(|l| l.metric.as_str()).chain(ALSO) {
        if !metrics.contains(&metric) && metrics.len() < N_PANELS {
            metrics.push(metric);
        }
    }
    let splits = super::full_flow_splits(spec);
    let mut panels = Vec::new();
    for metric in metrics {
        let factor = labels::metric(metric).factor;
        let values = dies.metric(metric)?;
        let of = |split: &str| {
            let own = dies.split.iter().zip(&values).filter(|(s, v)| *s == split && v.is_finite());
            own.map(|(_, v)| v * factor).collect::<Vec<f64>>()
        };
        let groups: Vec<Group> = splits.iter().map(|s| ((*s).to_owned(), super::split_color(spec, s), of(s))).collect();
        panels.push((metric, groups));
    }
    let rows = panels.len().div_ceil(COLUMNS);
    let names = splits.iter().map(|s| (super::split_color(spec, s), super::split_title(spec, s)));
    let raster = paint(FULL, 26.0 + rows as f64 * PANEL.1, |canvas| {
        legend::draw(canvas, &names.collect::<Vec<_>>(), 40.0, 10.0, FULL);
        for (i, (metric, groups)) in panels.iter().enumerate() {
            let corner = ((i % COLUMNS) as f64 * PANEL.0, 26.0 + (i / COLUMNS) as f64 * PANEL.1);
            panel(canvas, corner, metric, groups, spec);
        }
    })?;
    let titles: Vec<String> = panels.iter().map(|(m, _)| labels::metric(m).label).collect();
    Ok(Figure {
        title: "Distributions".into(),
        name: "histograms".into(),
        alt: format!("Histograms per split of {}", titles.join(", ")),
        raster,
    })
}

fn panel(canvas: &mut Canvas, (left, top): (f64, f64), metric: &str, groups: &[Group], spec: &Spec) {
    let display = labels::metric(metric);
    let limits: Vec<(&str, f64)> = spec
        .product
        .limit
        .iter()
        .filter(|l| l.metric == metric)
        .flat_map(|l| [("LSL", l.lsl), ("USL", l.usl)])
        .filter_map(|(name, value)| value.map(|v| (name, v * display.factor)))
        .collect();
    let edges = edges(groups, &limits);
    let shares: Vec<Vec<f64>> = groups.iter().map(|g| shares(&g.2, &edges)).collect();
    let highest = shares.iter().flatten().copied().fold(0.0, f64::max);
    let x = Scale { min: edges[0], max: edges[edges.len() - 1], from: left + 46.0, to: left + PANEL.0 - 14.0 };
    let y = Scale { min: 0.0, max: (highest * 1.14).max(1e-6), from: top + PANEL.1 - 42.0, to: top + 28.0 };
    canvas.text(&display.label, x.from, top + 12.0, Anchor::Left, TITLE);
    axes::vertical(canvas, &y, x.from, x.to, 4, "");
    canvas.text("% of dies", x.to, top + 12.0, Anchor::Right, axes::NOTE);
    for (i, (group, share)) in groups.iter().zip(&shares).enumerate() {
        bars(canvas, &x, &y, &edges, share, group.1, i == 0);
    }
    axes::horizontal(canvas, &x, y.from, 5, &display.unit);
    for (name, value) in limits {
        limit(canvas, &x, &y, name, value);
    }
}

/// The first group is filled, the others are outlined above it.
fn bars(canvas: &mut Canvas, x: &Scale, y: &Scale, edges: &[f64], share: &[f64], color: Rgb, filled: bool) {
    let mut outline = vec![(x.at(edges[0]), y.from)];
    for (pair, share) in edges.windows(2).zip(share) {
        let (left, right, top) = (x.at(pair[0]), x.at(pair[1]), y.at(*share));
        if filled && *share > 0.0 {
            canvas.rect(left, top, right - left, y.from - top, tint(color, 0.45));
        }
        outline.extend([(left, top), (right, top)]);
    }
    outline.push((x.at(edges[edges.len() - 1]), y.from));
    canvas.path(&outline, color, if filled { 1.0 } else { 1.75 });
}

fn limit(canvas: &mut Canvas, x: &Scale, y: &Scale, name: &str, value: f64) {
    let text = format!("{name} {}", significant(value, 4));
    let font = Type::bold(10.5, INK);
    if x.holds(value) {
        let at = x.at(value);
        canvas.dashed((at, y.from), (at, y.to - 6.0), INK, 1.25, 4.0);
        let anchor = if at > (x.from + x.to) / 2.0 { Anchor::Right } else { Anchor::Left };
        let shift = if anchor == Anchor::Right { -5.0 } else { 5.0 };
        canvas.text(&text, at + shift, y.to - 2.0, anchor, font);
    } else if value < x.min {
        canvas.text(&format!("\u{2190} {text}"), x.from + 4.0, y.to - 2.0, Anchor::Left, font);
    } else {
        canvas.text(&format!("{text} \u{2192}"), x.to - 4.0, y.to - 2.0, Anchor::Right, font);
    }
    canvas.line((x.from, y.from), (x.to, y.from), AXIS, 1.0);
}

/// Bin edges for all groups: middle 99 %, widened to a limit that is near; whole steps where the metric is discrete.
fn edges(groups: &[Group], limits: &[(&str, f64)]) -> Vec<f64> {
    let mut sorted: Vec<f64> = groups.iter().flat_map(|g| g.2.iter().copied()).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |q: f64| sorted.get(((sorted.len().saturating_sub(1)) as f64 * q).round() as usize).copied();
    let ends: Vec<f64> = [at(0.005), at(0.995)].into_iter().flatten().collect();
    let (mut min, mut max) = axes::widened(ends, 0.08);
    let width = max - min;
    for (_, value) in limits {
        if *value < min && min - value < 0.6 * width {
            min = value - 0.04 * width;
        }
        if *value > max && value - max < 0.6 * width {
            max = value + 0.04 * width;
        }
    }
    let mut step = (max - min) / N_BINS;
    sorted.dedup_by(|a, b| (*a - *b).abs() < 1e-9 * (max - min));
    let grain = sorted.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
    // Few distinct values, evenly spaced: bins of whole steps, or bars would come and go.
    if sorted.len() > 1 && grain.is_finite() && (sorted[sorted.len() - 1] - sorted[0]) / grain < 500.0 {
        step = grain * (step / grain).ceil();
        min = sorted[0] - grain / 2.0 - ((sorted[0] - min) / step).ceil().max(0.0) * step;
    }
    let n = ((max - min) / step - 1e-9).ceil().clamp(1.0, 200.0) as usize;
    (0..=n).map(|i| min + i as f64 * step).collect()
}

/// Share of the values in each bin (%); the end bins take what lies beyond them.
fn shares(values: &[f64], edges: &[f64]) -> Vec<f64> {
    let n = edges.len() - 1;
    let mut counts = vec![0usize; n];
    for value in values {
        let position = (value - edges[0]) / (edges[n] - edges[0]) * n as f64;
        counts[(position.max(0.0) as usize).min(n - 1)] += 1;
    }
    counts.into_iter().map(|c| 100.0 * c as f64 / values.len().max(1) as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(values: Vec<f64>) -> Vec<Group> {
        vec![("A".into(), INK, values)]
    }

    #[test]
    fn shares_sum_to_all_dies_whatever_lies_beyond() {
        let shares = shares(&[-5.0, 0.5, 1.5, 99.0], &[0.0, 1.0, 2.0]);
        assert_eq!(shares, vec![50.0, 50.0]);
    }

    #[test]
    fn discrete_values_never_share_an_edge() {
        let values: Vec<f64> = (0..300).map(|i| f64::from(i % 40) / 360.0).collect();
        let edges = edges(&group(values.clone()), &[]);
        for v in values {
            let nearest = edges.iter().map(|e| (e - v).abs()).fold(f64::INFINITY, f64::min);
            assert!(nearest > 0.3 / 360.0, "{v} lies on an edge");
        }
    }

    #[test]
    fn a_near_limit_is_shown_and_a_far_one_is_not() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i) * 1.000_37).collect();
        let near = edges(&group(values.clone()), &[("LSL", -300.0)]);
        let far = edges(&group(values), &[("LSL", -9000.0)]);
        assert!(near[0] < -300.0 && far[0] > -300.0);
    }

    #[test]
    fn no_data_and_equal_data_still_give_bins() {
        for values in [vec![], vec![2.0; 9]] {
            let edges = edges(&group(values), &[]);
            assert!(edges.len() > 1 && edges[1] > edges[0]);
        }
    }
}
