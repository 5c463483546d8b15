//! Expected lines with the points that were simulated on them.

use super::super::ReportError;
use super::super::axes::{self, Scale, TICK};
use super::super::canvas::{Anchor, Canvas, paint};
use super::super::format::significant;
use super::super::palette::{AXIS, GRID, split};
use super::{Figure, HALF, legend};
use crate::validate::Curve;

/// Error bars show two standard errors to either side.
const BAR: f64 = 2.0;

pub fn draw(curve: &Curve) -> Result<Figure, ReportError> {
    let position = |x: f64| if curve.log_x { libm::log10(x) } else { x };
    let level = |y: f64| if curve.log_y { libm::log10(y) } else { y };
    let lines = || curve.series.iter().flat_map(|s| &s.line);
    let points = || curve.series.iter().flat_map(|s| &s.points);
    let xs = lines().map(|p| p.0).chain(points().map(|p| p.0)).map(position);
    let (x_min, x_max) = axes::widened(xs, 0.03);
    let ends = points().flat_map(|(_, m)| [m.value - BAR * m.error, m.value + BAR * m.error]);
    let heights = lines().map(|p| p.1).chain(ends).map(level);
    let (y_min, y_max) = axes::widened(heights, 0.08);
    let (left, right, top, bottom) = (66.0, HALF - 18.0, 34.0, 252.0);
    let x = Scale { min: x_min, max: x_max, from: left, to: right };
    let y = Scale { min: y_min, max: y_max, from: bottom, to: top };
    let raster = paint(HALF, 298.0, |canvas| {
        let names: Vec<_> = curve.series.iter().enumerate().map(|(i, s)| (split(i), s.label.clone())).collect();
        legend::draw(canvas, &names, left, 12.0, right);
        if curve.log_y {
            vertical_decades(canvas, &y, left, right, curve.y_label);
        } else {
            axes::vertical(canvas, &y, left, right, 5, curve.y_label);
        }
        if curve.log_x {
            decades(canvas, &x, top, bottom, curve.x_label);
        } else {
            axes::horizontal(canvas, &x, bottom, 6, curve.x_label);
        }
        for (i, series) in curve.series.iter().enumerate() {
            let line: Vec<_> = series.line.iter().map(|&(px, py)| (x.at(position(px)), y.at(level(py)))).collect();
            canvas.path(&line, split(i), 1.5);
            for &(px, measured) in &series.points {
                let (px, py) = (x.at(position(px)), y.at(level(measured.value)));
                if measured.error > 0.0 {
                    let end = |sign: f64| y.at(level(measured.value + sign * BAR * measured.error));
                    canvas.line((px, end(-1.0)), (px, end(1.0)), split(i), 1.5);
                }
                canvas.disc(px, py, 4.0, split(i), 1.0);
                canvas.disc(px, py, 2.2, (255, 255, 255), 1.0);
            }
        }
    })?;
    Ok(Figure { name: curve.name.to_owned(), title: curve.title.to_owned(), alt: curve.title.to_owned(), raster })
}

/// Round values on a scale of powers of ten, with their places on it: 1, 2 and 5 times each power where there is room.
fn round_values(scale: &Scale) -> Vec<(f64, f64)> {
    let steps: &[f64] = if scale.max - scale.min > 2.2 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let powers = libm::floor(scale.min) as i32..=libm::ceil(scale.max) as i32;
    let values = powers.flat_map(|power| steps.iter().map(move |step| step * libm::pow(10.0, f64::from(power))));
    values.map(|value| (value, libm::log10(value))).filter(|(_, at)| scale.holds(*at)).collect()
}

/// Horizontal axis whose scale holds powers of ten.
pub fn decades(canvas: &mut Canvas, x: &Scale, top: f64, bottom: f64, label: &str) {
    canvas.line((x.from, bottom), (x.to, bottom), AXIS, 1.0);
    for (value, at) in round_values(x) {
        canvas.line((x.at(at), top), (x.at(at), bottom), GRID, 1.0);
        canvas.text(&significant(value, 1), x.at(at), bottom + 13.0, Anchor::Middle, TICK);
    }
    canvas.text(label, (x.from + x.to) / 2.0, bottom + 30.0, Anchor::Middle, axes::LABEL);
}

/// Vertical axis whose scale holds powers of ten.
pub fn vertical_decades(canvas: &mut Canvas, y: &Scale, left: f64, right: f64, label: &str) {
    for (value, at) in round_values(y) {
        canvas.line((left, y.at(at)), (right, y.at(at)), GRID, 1.0);
        canvas.text(&significant(value, 1), left - 6.0, y.at(at), Anchor::Right, TICK);
    }
    canvas.text_upward(label, left - 50.0, (y.from + y.to) / 2.0, axes::LABEL);
}
