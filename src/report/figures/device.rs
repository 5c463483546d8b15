//! The nominal device: capacitance against gate voltage, its weight levels and the input swing.

use super::super::axes::{self, LABEL, NOTE, Scale};
use super::super::canvas::{Anchor, Type, paint};
use super::super::palette::{AXIS, MUTED, WAFER, split, tint};
use super::super::{ReportError, ReportExtras};
use super::{Figure, HALF};
use crate::spec::Spec;

pub fn draw(extras: &ReportExtras, spec: &Spec) -> Result<Figure, ReportError> {
    let curve = &extras.cv_curve;
    let (v_min, v_max) = axes::widened(curve.iter().map(|p| p.0), 0.0);
    let (_, c_max) = axes::widened(curve.iter().flat_map(|p| [p.1, p.2, 0.0]), 0.08);
    let (left, right, top, bottom) = (64.0, HALF - 24.0, 26.0, 262.0);
    let x = Scale { min: v_min, max: v_max, from: left, to: right };
    let y = Scale { min: 0.0, max: c_max, from: bottom, to: top };
    let input = &spec.product.input;
    let swing = [input.v_base_v, input.v_base_v + input.v_step_v].map(|v| v.clamp(v_min, v_max));
    let raster = paint(HALF, 306.0, |canvas| {
        let (from, to) = (x.at(swing[0].min(swing[1])), x.at(swing[0].max(swing[1])));
        if to > from {
            canvas.rect(from, top, to - from, bottom - top, WAFER);
            for edge in [from, to] {
                canvas.dashed((edge, top), (edge, bottom), AXIS, 1.0, 3.0);
            }
            canvas.text("input swing", (from + to) / 2.0, top - 10.0, Anchor::Middle, NOTE);
        }
        axes::vertical(canvas, &y, left, right, 5, "Capacitance (fF)");
        for (side, name, color) in [(0, "erased", tint(MUTED, 0.9)), (1, "programmed", split(0))] {
            let value = |p: &(f64, f64, f64)| if side == 0 { p.1 } else { p.2 };
            let points: Vec<(f64, f64)> =
                curve.iter().filter(|p| value(p).is_finite()).map(|p| (x.at(p.0), y.at(value(p)))).collect();
            canvas.path(&points, color, 2.0);
            let at = Type::bold(12.0, color);
            // Each curve is named on its slope, where the two are farthest apart.
            let half =
                points.iter().map(|p| p.1).fold((f64::INFINITY, f64::NEG_INFINITY), |m, v| (m.0.min(v), m.1.max(v)));
            let middle = (half.0 + half.1) / 2.0;
            let nearest = points.iter().min_by(|a, b| (a.1 - middle).abs().total_cmp(&(b.1 - middle).abs()));
            if let Some((px, py)) = nearest {
                let (shift, anchor) = if side == 0 { (-9.0, Anchor::Right) } else { (9.0, Anchor::Left) };
                canvas.text(name, px + shift, *py, anchor, at);
            }
        }
        let n = extras.levels.len();
        for (level, c) in extras.levels.iter().enumerate().filter(|(_, c)| y.holds(**c)) {
            canvas.line((from, y.at(*c)), (to.max(from + 8.0), y.at(*c)), split(1), 1.75);
            if level == 0 || level + 1 == n {
                canvas.text(&format!("level {level}"), from - 7.0, y.at(*c), Anchor::Right, Type::new(11.5, split(1)));
            }
        }
        axes::horizontal(canvas, &x, bottom, 6, "Gate voltage (V)");
        canvas.line((left, bottom), (right, bottom), LABEL.color, 1.0);
    })?;
    Ok(Figure {
        title: "Device".into(),
        name: "device_cv".into(),
        alt: "Nominal capacitance against gate voltage, both states".into(),
        raster,
    })
}
