//! The error that calibration leaves, per corner and split: static per cell against noise per read.

use super::super::ReportError;
use super::super::axes::{self, NOTE, Scale};
use super::super::canvas::{Anchor, paint};
use super::super::palette::{AXIS, GRID, tint};
use super::{FULL, Figure, legend};
use crate::spec::Spec;
use crate::summary::{SplitResult, Summary};

/// Classes (b) and (c) of the design.
const CLASSES: [(&str, &str); 2] = [("static_rms_steps", "b"), ("read_rms_steps", "c")];

pub fn draw(summary: &Summary, spec: &Spec) -> Result<Figure, ReportError> {
    let splits = super::full_flow_splits(spec);
    let value = |r: &SplitResult, metric: &str| r.metrics.get(metric).map_or(f64::NAN, |m| m.mean.value);
    let high = |r: &SplitResult, metric: &str| r.metrics.get(metric).and_then(|m| m.mean.high).unwrap_or(f64::NAN);
    let all = summary.results.iter().flat_map(|r| CLASSES.map(|(m, _)| value(r, m).max(high(r, m))));
    let (_, max) = axes::widened(all.chain([0.0]), 0.06);
    let (left, right, top, bottom) = (64.0, FULL - 12.0, 34.0, 214.0);
    let y = Scale { min: 0.0, max, from: bottom, to: top };
    let corners = &spec.experiment.corner;
    let cell = (right - left) / corners.len().max(1) as f64;
    let names = splits.iter().map(|s| (super::split_color(spec, s), super::split_title(spec, s)));
    let raster = paint(FULL, 256.0, |canvas| {
        legend::draw(canvas, &names.collect::<Vec<_>>(), left, 10.0, FULL);
        axes::vertical(canvas, &y, left, right, 5, "RMS error (steps)");
        for (i, corner) in corners.iter().enumerate() {
            let start = left + i as f64 * cell;
            if i > 0 {
                canvas.line((start, top), (start, bottom), GRID, 1.0);
            }
            canvas.text(&corner.id, start + cell / 2.0, bottom + 31.0, Anchor::Middle, axes::TITLE);
            let bar = (cell - 28.0) / (CLASSES.len() * splits.len().max(1)) as f64;
            for (c, (metric, class)) in CLASSES.iter().enumerate() {
                let group = start + 10.0 + c as f64 * (bar * splits.len() as f64 + 8.0);
                canvas.text(class, group + bar * splits.len() as f64 / 2.0, bottom + 13.0, Anchor::Middle, NOTE);
                for (k, split) in splits.iter().enumerate() {
                    let found = summary.results.iter().find(|r| r.corner == corner.id && r.split == *split);
                    let Some(mean) = found.and_then(|r| r.metrics.get(*metric)).map(|m| &m.mean) else { continue };
                    let color = super::split_color(spec, split);
                    let (x, width) = (group + k as f64 * bar, (bar - 2.0).max(1.0));
                    let height = y.from - y.at(mean.value);
                    canvas.rect(x, y.from - height, width, height, if c == 0 { color } else { tint(color, 0.5) });
                    if let (Some(low), Some(high)) = (mean.low, mean.high) {
                        let middle = x + width / 2.0;
                        let ends = (y.at(low.max(0.0)), y.at(high));
                        canvas.line((middle, ends.0), (middle, ends.1), axes::LABEL.color, 1.25);
                    }
                }
            }
        }
        canvas.line((left, bottom), (right, bottom), AXIS, 1.0);
    })?;
    Ok(Figure {
        title: "Error classes".into(),
        name: "error_classes".into(),
        alt: "Static and read error per corner and split".into(),
        raster,
    })
}
