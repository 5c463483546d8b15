//! Yield per corner and split: each wafer a dot, the estimate with its interval.

use super::super::ReportError;
use super::super::axes::{self, NOTE, Scale, TITLE};
use super::super::canvas::{Anchor, Canvas, paint};
use super::super::palette::{AXIS, GRID, Rgb, tint};
use super::{FULL, Figure, legend};
use crate::spec::Spec;
use crate::stats::Estimate;
use crate::summary::Summary;

pub fn draw(summary: &Summary, spec: &Spec) -> Result<Figure, ReportError> {
    let splits = super::full_flow_splits(spec);
    let (left, right, top, bottom) = (64.0, FULL - 12.0, 34.0, 268.0);
    let all = summary.results.iter().flat_map(|r| {
        let wafers = r.wafers.iter().map(|w| 100.0 * w.n_good as f64 / w.n_dies.max(1) as f64);
        let ends = [Some(r.yield_.value), r.yield_.low, r.yield_.high].into_iter().flatten().map(|v| 100.0 * v);
        wafers.chain(ends).collect::<Vec<f64>>()
    });
    let (min, max) = axes::widened(all, 0.08);
    let y = Scale { min: min.max(0.0), max: max.min(100.0).max(min.max(0.0) + 1e-6), from: bottom, to: top };
    let corners = &spec.experiment.corner;
    let cell = (right - left) / corners.len().max(1) as f64;
    let names = splits.iter().map(|s| (super::split_color(spec, s), super::split_title(spec, s)));
    let raster = paint(FULL, 322.0, |canvas| {
        legend::draw(canvas, &names.collect::<Vec<_>>(), left, 10.0, FULL);
        axes::vertical(canvas, &y, left, right, 6, "Yield (%)");
        for (i, corner) in corners.iter().enumerate() {
            let start = left + i as f64 * cell;
            if i > 0 {
                canvas.line((start, top), (start, bottom), GRID, 1.0);
            }
            let middle = start + cell / 2.0;
            canvas.text(&legend::fit(&corner.id, TITLE, cell - 10.0), middle, bottom + 15.0, Anchor::Middle, TITLE);
            for (line, text) in legend::wrap(&corner.label, NOTE, cell - 10.0).iter().enumerate() {
                canvas.text(text, middle, bottom + 31.0 + 14.0 * line as f64, Anchor::Middle, NOTE);
            }
            for (k, split) in splits.iter().enumerate() {
                let Some(result) = summary.results.iter().find(|r| r.corner == corner.id && r.split == *split) else {
                    continue;
                };
                let x = start + cell * (k as f64 + 1.0) / (splits.len() as f64 + 1.0);
                let color = super::split_color(spec, split);
                for (j, wafer) in result.wafers.iter().enumerate().filter(|(_, w)| w.n_dies > 0) {
                    let share = 100.0 * wafer.n_good as f64 / wafer.n_dies as f64;
                    // Beside the bar, or it would hide them.
                    let side = -15.0 + 7.0 * ((j as f64 + 0.5) / result.wafers.len() as f64 - 0.5);
                    canvas.disc(x + side, y.at(share), 3.0, tint(color, 0.5), 1.0);
                }
                interval(canvas, x, &y, &result.yield_, color);
            }
        }
        canvas.line((left, bottom), (right, bottom), AXIS, 1.0);
    })?;
    Ok(Figure {
        title: "Yield by corner".into(),
        name: "yield_by_corner".into(),
        alt: "Yield per corner and split with intervals".into(),
        raster,
    })
}

/// The estimate as a square on its interval, in percent.
fn interval(canvas: &mut Canvas, x: f64, y: &Scale, estimate: &Estimate, color: Rgb) {
    if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
        let (low, high) = (y.at((100.0 * low).max(y.min)), y.at((100.0 * high).min(y.max)));
        canvas.line((x, low), (x, high), color, 2.0);
        for end in [low, high] {
            canvas.line((x - 6.0, end), (x + 6.0, end), color, 2.0);
        }
    }
    canvas.rect(x - 4.0, y.at(100.0 * estimate.value) - 4.0, 8.0, 8.0, color);
}
