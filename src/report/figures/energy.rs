//! Energy of an operation by component.

use super::super::ReportError;
use super::super::axes::{self, LABEL, NOTE, Scale};
use super::super::canvas::{Anchor, paint};
use super::super::format::{fixed, place};
use super::super::labels;
use super::super::palette::{AXIS, MUTED, split, tint};
use super::{Figure, HALF};
use crate::summary::EnergyPart;

const ROW: f64 = 30.0;

pub fn draw(parts: &[EnergyPart]) -> Result<Figure, ReportError> {
    let total: f64 = parts.iter().map(|p| p.fj_per_op).sum();
    let (min, max) = axes::widened(parts.iter().map(|p| p.fj_per_op).chain([0.0]), 0.0);
    let digits = place(total, 3);
    let (left, right, top) = (128.0, HALF - 110.0, 8.0);
    let bottom = top + ROW * parts.len() as f64;
    let x = Scale { min: if min < 0.0 { min } else { 0.0 }, max, from: left, to: right };
    let raster = paint(HALF, bottom + 44.0, |canvas| {
        for (value, _) in axes::ticks(x.min, x.max, 5) {
            canvas.line((x.at(value), top), (x.at(value), bottom), super::super::palette::GRID, 1.0);
        }
        for (i, part) in parts.iter().enumerate() {
            let y = top + ROW * (i as f64 + 0.5);
            canvas.text(&labels::component(&part.component), left - 10.0, y, Anchor::Right, LABEL);
            let (from, to) = (x.at(0.0), x.at(part.fj_per_op));
            // What the clock generator gets back is drawn to the other side.
            let color = if part.fj_per_op < 0.0 { tint(MUTED, 0.6) } else { split(0) };
            canvas.rect(from.min(to), y - 9.0, (to - from).abs(), 18.0, color);
            let share = 100.0 * part.fj_per_op / total;
            let text = format!("{} fJ, {} %", fixed(part.fj_per_op, digits), fixed(share, 0));
            canvas.text(&text, from.max(to) + 8.0, y, Anchor::Left, NOTE);
        }
        canvas.line((x.at(0.0), top), (x.at(0.0), bottom), AXIS, 1.0);
        axes::horizontal(canvas, &x, bottom, 5, "Energy per operation (fJ)");
    })?;
    Ok(Figure {
        title: "Energy of an operation".into(),
        name: "energy_breakdown".into(),
        alt: "Energy of one operation by component".into(),
        raster,
    })
}
