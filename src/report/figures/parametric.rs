//! Maps of one metric over all tested wafers on one shared scale, with the limits marked on the colour bar.

use super::super::ReportError;
use super::super::axes::{self, LABEL, NOTE, Scale, TICK, TITLE};
use super::super::canvas::{Anchor, Canvas, Type, paint};
use super::super::columns::{Dies, Wafer};
use super::super::format::{fixed, place, significant};
use super::super::labels::{self, Display};
use super::super::palette::{AXIS, INK, LIMIT, UNTESTED, viridis};
use super::wafer::Sheet;
use super::{FULL, Figure, legend};
use crate::spec::Spec;
use crate::summary::Finding;

/// Room for the colour bar at the right.
const BAR: f64 = 116.0;

pub fn draw(
    dies: &Dies,
    wafers: &[Wafer],
    findings: &[Finding],
    spec: &Spec,
    metric: &str,
) -> Result<Figure, ReportError> {
    let display = labels::metric(metric);
    let values: Vec<f64> = dies.metric(metric)?.into_iter().map(|v| v * display.factor).collect();
    let (min, max) = clamped_range(&values);
    // As many digits for every wafer as tell them apart on the scale.
    let digits = place((max - min) / 30.0, 1);
    let tested: Vec<Wafer> = wafers.iter().filter(|w| w.full_flow).cloned().collect();
    let sheet = Sheet::new(&tested, spec, FULL - BAR, 0.0);
    let raster = paint(FULL, sheet.height + 24.0, |canvas| {
        sheet.titles(canvas, spec, findings);
        for (wafer, face) in &sheet.places {
            face.draw(canvas, spec);
            let mut on_wafer = Vec::new();
            for i in (0..dies.wafer.len()).filter(|i| dies.wafer[*i] == wafer.id) {
                let value = values[i];
                let color = if value.is_finite() { viridis((value - min) / (max - min)) } else { UNTESTED };
                face.die(canvas, dies.x_mm[i], dies.y_mm[i], spec, color);
                on_wafer.extend(value.is_finite().then_some(value));
            }
            if let Some(median) = median(on_wafer) {
                let text = format!("median {} {}", fixed(median, digits), display.unit);
                sheet.foot(canvas, face, text.trim_end());
            }
        }
        let scale = Scale { min, max, from: sheet.height - 26.0, to: 44.0 };
        bar(canvas, &scale, &display, spec, metric);
        let items = [(UNTESTED, "killer defect: not measured".to_owned())];
        let y = sheet.top() + sheet.height + 10.0;
        legend::draw(canvas, &items, 8.0, y, FULL);
        let corner = super::reference_corner(spec);
        canvas.text(&format!("{}, corner {corner}", display.title()), FULL - 8.0, y, Anchor::Right, TITLE);
    })?;
    Ok(Figure {
        title: display.title(),
        name: format!("wafer_map_{metric}"),
        alt: format!("Wafer maps of {} on one scale, notch down", display.title()),
        raster,
    })
}

/// 2nd to 98th percentile: a few outliers must not take the colours away from the rest.
fn clamped_range(values: &[f64]) -> (f64, f64) {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |q: f64| sorted.get(((sorted.len().saturating_sub(1)) as f64 * q).round() as usize).copied();
    axes::widened([at(0.02), at(0.98)].into_iter().flatten(), 0.0)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (n > 0).then(|| (values[(n - 1) / 2] + values[n / 2]) / 2.0)
}

fn bar(canvas: &mut Canvas, scale: &Scale, display: &Display, spec: &Spec, metric: &str) {
    let (left, width) = (FULL - 62.0, 14.0);
    let n = 256;
    let step = (scale.from - scale.to) / f64::from(n);
    for i in 0..n {
        let y = scale.from - f64::from(i + 1) * step;
        // Half a pixel of overlap, or seams show.
        canvas.rect(left, y, width, step + 0.5, viridis((f64::from(i) + 0.5) / f64::from(n)));
    }
    canvas.frame(left, scale.to, width, scale.from - scale.to, AXIS, 0.75);
    for (value, text) in axes::ticks(scale.min, scale.max, 5) {
        let y = scale.at(value);
        canvas.line((left + width, y), (left + width + 4.0, y), AXIS, 1.0);
        canvas.text(&text, left + width + 7.0, y, Anchor::Left, TICK);
    }
    let title = if display.unit.is_empty() { "relative".to_owned() } else { display.unit.clone() };
    canvas.text(&title, left + width / 2.0, scale.to - 14.0, Anchor::Middle, LABEL);
    for limit in spec.product.limit.iter().filter(|l| l.metric == metric) {
        for (name, value) in [("LSL", limit.lsl), ("USL", limit.usl)] {
            let Some(value) = value.map(|v| v * display.factor) else { continue };
            mark(canvas, scale, left, name, value);
        }
    }
}

/// A limit: a line with a triangle on the bar, or its value below or above when the bar does not reach it.
fn mark(canvas: &mut Canvas, scale: &Scale, left: f64, name: &str, value: f64) {
    let text = significant(value, 4);
    if scale.holds(value) {
        let y = scale.at(value);
        canvas.line((left - 3.0, y), (left + 17.0, y), LIMIT, 2.0);
        canvas.polygon(&[(left - 3.0, y), (left - 10.0, y - 4.0), (left - 10.0, y + 4.0)], INK, 1.0);
        canvas.text(name, left - 14.0, y - 5.5, Anchor::Right, Type::bold(10.5, INK));
        canvas.text(&text, left - 14.0, y + 6.5, Anchor::Right, Type::bold(10.5, INK));
    } else {
        let (y, arrow) =
            if value < scale.min { (scale.from + 12.0, "\u{2193}") } else { (scale.to - 30.0, "\u{2191}") };
        canvas.text(&format!("{name} {text} {arrow}"), left + 7.0, y, Anchor::Middle, NOTE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_and_killed_dies_do_not_set_the_scale() {
        let mut values: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        values.extend([f64::NAN, 1e6, -1e6]);
        let (min, max) = clamped_range(&values);
        assert!((min - 0.02).abs() < 2e-3 && (max - 0.98).abs() < 2e-3, "{min} {max}");
        assert_eq!(median(vec![3.0, 1.0, 2.0, 10.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }
}
