//! Technologies side by side: accuracy with intervals, energy by component.

use super::super::ReportError;
use super::super::axes::{self, LABEL, NOTE, Scale, TICK};
use super::super::canvas::{Anchor, Canvas, Type, paint};
use super::super::format::significant;
use super::super::labels;
use super::super::palette::{GRID, MUTED, split};
use super::{FULL, Figure, HALF, curve, legend};
use crate::summary::{TechnologyComparison, TechnologyResult};

const ROW: f64 = 30.0;
const LEFT: f64 = 232.0;

/// Rows of a figure: candidates in order, each group under its name. Calls `row` with the middle of each.
fn rows(
    canvas: &mut Canvas,
    candidates: &[TechnologyResult],
    top: f64,
    mut row: impl FnMut(&mut Canvas, &TechnologyResult, f64),
) {
    let mut y = top;
    let mut group = "";
    for candidate in candidates {
        if candidate.group != group {
            group = &candidate.group;
            canvas.text(group, 8.0, y + ROW / 2.0, Anchor::Left, Type::bold(12.0, MUTED));
            y += ROW;
        }
        canvas.text(
            &legend::fit(&candidate.label, LABEL, LEFT - 26.0),
            LEFT - 10.0,
            y + ROW / 2.0,
            Anchor::Right,
            LABEL,
        );
        row(canvas, candidate, y + ROW / 2.0);
        y += ROW;
    }
}

fn height(candidates: &[TechnologyResult]) -> f64 {
    let groups = candidates.windows(2).filter(|pair| pair[0].group != pair[1].group).count() + 1;
    ROW * (candidates.len() + groups) as f64
}

/// Least loss that the figures tell from none (points of accuracy).
const LEAST: f64 = 0.05;

/// Accuracy that is lost against the digital network (log10 of points).
fn loss(made: &TechnologyComparison, accuracy: f64) -> f64 {
    libm::log10((100.0 * (made.digital.quantised_accuracy.value - accuracy)).max(LEAST))
}

/// Loss of accuracy of each candidate at each corner, against the digital network.
pub fn accuracy(made: &TechnologyComparison) -> Result<Figure, ReportError> {
    let all = made.candidates.iter().flat_map(|c| &c.accuracy_by_corner).map(|(_, e)| e);
    let ends = all.flat_map(|e| [e.value, e.low.unwrap_or(e.value), e.high.unwrap_or(e.value)]);
    let (min, max) = axes::widened(ends.map(|a| loss(made, a)), 0.05);
    let x = Scale { min, max, from: LEFT, to: FULL - 150.0 };
    let (top, bottom) = (34.0, 34.0 + height(&made.candidates));
    let corners: Vec<&str> = made
        .candidates
        .first()
        .map_or(Vec::new(), |c| c.accuracy_by_corner.iter().map(|(id, _)| id.as_str()).collect());
    let raster = paint(FULL, bottom + 44.0, |canvas| {
        let names: Vec<_> = corners.iter().enumerate().map(|(i, id)| (split(i), format!("corner {id}"))).collect();
        legend::draw(canvas, &names, LEFT, 12.0, x.to);
        let label =
            "Accuracy lost against the digital network with the same bits (points), mean over dies with its interval";
        curve::decades(canvas, &x, top, bottom, label);
        rows(canvas, &made.candidates, top, |canvas, candidate, y| {
            let n = candidate.accuracy_by_corner.len();
            for (i, (_, estimate)) in candidate.accuracy_by_corner.iter().enumerate() {
                let y = y + 9.0 * (i as f64 - (n as f64 - 1.0) / 2.0);
                let at = |value: f64| x.at(loss(made, value));
                if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
                    canvas.line((at(high), y), (at(low), y), split(i), 2.0);
                }
                canvas.disc(at(estimate.value), y, 4.0, split(i), 1.0);
            }
            let percent = |value: f64, digits: i32| significant(100.0 * value, digits);
            let text = format!("{} %, sd {}", percent(candidate.accuracy.value, 4), percent(candidate.accuracy_sd, 2));
            canvas.text(&text, x.to + 12.0, y, Anchor::Left, NOTE);
        });
    })?;
    Ok(figure(
        "comparison_accuracy",
        "Accuracy of the network on every candidate; sd is the spread from die to die",
        raster,
    ))
}

/// Energy per operation of each candidate by component.
pub fn energy(made: &TechnologyComparison) -> Result<Figure, ReportError> {
    let total = |c: &TechnologyResult| c.energy_breakdown.iter().map(|p| p.fj_per_op.max(0.0)).sum::<f64>();
    let most = made.candidates.iter().map(total).fold(0.0, f64::max);
    let x = Scale { min: 0.0, max: most * 1.02, from: LEFT, to: FULL - 120.0 };
    let (top, bottom) = (30.0, 30.0 + height(&made.candidates));
    let raster = paint(FULL, bottom + 44.0, |canvas| {
        let parts = made.candidates.first().map_or(&[][..], |c| &c.energy_breakdown);
        let names: Vec<_> =
            parts.iter().enumerate().map(|(i, p)| (split(i), labels::component(&p.component).clone())).collect();
        legend::draw(canvas, &names, LEFT, 12.0, x.to);
        for (value, _) in axes::ticks(x.min, x.max, 8) {
            canvas.line((x.at(value), top), (x.at(value), bottom), GRID, 1.0);
        }
        rows(canvas, &made.candidates, top, |canvas, candidate, y| {
            let mut from = 0.0;
            for (i, part) in candidate.energy_breakdown.iter().enumerate() {
                let to = from + part.fj_per_op.max(0.0);
                canvas.rect(x.at(from), y - 9.0, x.at(to) - x.at(from), 18.0, split(i));
                from = to;
            }
            canvas.text(&format!("{} fJ", significant(from, 3)), x.at(from) + 8.0, y, Anchor::Left, NOTE);
        });
        axes::horizontal(canvas, &x, bottom, 8, "Energy per operation (fJ)");
    })?;
    Ok(figure("comparison_energy", "Energy per operation by component", raster))
}

/// Loss of accuracy against energy per operation, one point per candidate: low and left is better.
pub fn trade(made: &TechnologyComparison) -> Result<Figure, ReportError> {
    let (left, right, top, bottom) = (66.0, HALF - 18.0, 20.0, 330.0);
    let log = |c: &TechnologyResult| libm::log10(c.energy_per_op_fj.value);
    let lost = |c: &TechnologyResult| loss(made, c.accuracy.value);
    let (min, max) = axes::widened(made.candidates.iter().map(log), 0.15);
    let x = Scale { min, max, from: left, to: right };
    let (low, high) = axes::widened(made.candidates.iter().map(lost), 0.1);
    let y = Scale { min: low, max: high, from: bottom, to: top };
    let raster = paint(HALF, 376.0, |canvas| {
        curve::vertical_decades(canvas, &y, left, right, "Accuracy lost (points)");
        curve::decades(canvas, &x, top, bottom, "Energy per operation (fJ)");
        for (i, candidate) in made.candidates.iter().enumerate() {
            let (px, py) = (x.at(log(candidate)), y.at(lost(candidate)));
            let own = i == 0;
            canvas.disc(px, py, if own { 6.0 } else { 4.5 }, split(usize::from(!own)), 1.0);
            let (dx, anchor) = if px > (left + right) / 2.0 { (-9.0, Anchor::Right) } else { (9.0, Anchor::Left) };
            canvas.text(&candidate.id, px + dx, py - 7.0, anchor, TICK);
        }
    })?;
    Ok(figure("comparison_trade", "Accuracy lost against energy: low and left is better", raster))
}

fn figure(name: &str, title: &str, raster: super::super::raster::Raster) -> Figure {
    Figure { name: name.to_owned(), title: title.to_owned(), alt: title.to_owned(), raster }
}
