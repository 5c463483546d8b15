//! Axes: from data to pixels, round ticks, grid and labels.

use super::canvas::{Anchor, Canvas, Type};
use super::format;
use super::palette::{AXIS, GRID, INK, MUTED};

pub const TICK: Type = Type::new(11.5, MUTED);
pub const LABEL: Type = Type::new(12.0, INK);
pub const TITLE: Type = Type::bold(13.0, INK);
pub const NOTE: Type = Type::new(11.5, MUTED);

/// A linear map from data to pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub min: f64,
    pub max: f64,
    /// Pixels of `min` and of `max`.
    pub from: f64,
    pub to: f64,
}

impl Scale {
    pub fn at(&self, value: f64) -> f64 {
        self.from + (value - self.min) / (self.max - self.min) * (self.to - self.from)
    }

    pub fn holds(&self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

/// A range that has finite ends and some width, whatever the data: `margin` is added on both sides as a share of the width.
pub fn widened(values: impl IntoIterator<Item = f64>, margin: f64) -> (f64, f64) {
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.into_iter().filter(|v| v.is_finite()) {
        min = min.min(value);
        max = max.max(value);
    }
    if min > max {
        return (0.0, 1.0);
    }
    // All equal, or equal but for rounding.
    if max - min <= 1e-12 * max.abs().max(min.abs()) {
        let half = if max == 0.0 { 0.5 } else { 0.01 * max.abs() };
        return (min - half, max + half);
    }
    let pad = margin * (max - min);
    (min - pad, max + pad)
}

/// Distance of about `n` round ticks: 1, 2 or 5 times a power of ten.
pub fn tick_step(min: f64, max: f64, n: usize) -> f64 {
    let raw = (max - min) / n.max(1) as f64;
    if !raw.is_finite() || raw <= 0.0 {
        return 1.0;
    }
    let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= raw * 0.999).unwrap_or(10.0);
    factor * power
}

/// Round ticks within the range, with the digits that tell them apart.
pub fn ticks(min: f64, max: f64, n: usize) -> Vec<(f64, String)> {
    let step = tick_step(min, max, n);
    let decimals = (-libm::floor(libm::log10(step) + 1e-9)).max(0.0) as i32;
    let first = libm::ceil(min / step - 1e-9);
    (0..50)
        .map(|i| (first + f64::from(i)) * step)
        .take_while(|v| *v <= max + 1e-9 * step)
        .map(|v| (v, format::fixed(if v.abs() < step * 1e-6 { 0.0 } else { v }, decimals)))
        .collect()
}

/// Vertical axis at the left: horizontal grid lines from `left` to `right`, tick labels, the axis label along it.
///
/// Numbers too long for the margin lose a power of ten, which the label gains.
pub fn vertical(canvas: &mut Canvas, scale: &Scale, left: f64, right: f64, n_ticks: usize, label: &str) {
    let largest = scale.min.abs().max(scale.max.abs());
    let power = if largest > 0.0 { libm::floor(libm::log10(largest)) as i32 } else { 0 };
    let power = if (-3..5).contains(&power) { 0 } else { power };
    let unit = libm::pow(10.0, f64::from(power));
    let label = match power {
        0 => label.to_owned(),
        _ => with_power(label, power),
    };
    for (value, text) in ticks(scale.min / unit, scale.max / unit, n_ticks) {
        let y = scale.at(value * unit);
        canvas.line((left, y), (right, y), GRID, 1.0);
        canvas.text(&text, left - 6.0, y, Anchor::Right, TICK);
    }
    if !label.is_empty() {
        let x = left - 50.0;
        canvas.text_upward(&label, x, (scale.from + scale.to) / 2.0, LABEL);
    }
}

/// "d_it (1/cm2)" with a power of ten before its unit; a label without a unit gets it as one.
fn with_power(label: &str, power: i32) -> String {
    let factor = format!("10{}", format::superscript(power));
    match label.split_once(" (") {
        Some((name, unit)) => format!("{name} ({factor} {unit}"),
        None => format!("{label} ({factor})"),
    }
}

/// Horizontal axis at the bottom: line, ticks, labels, the axis label below.
pub fn horizontal(canvas: &mut Canvas, scale: &Scale, y: f64, n_ticks: usize, label: &str) {
    canvas.line((scale.from, y), (scale.to, y), AXIS, 1.0);
    for (value, text) in ticks(scale.min, scale.max, n_ticks) {
        let x = scale.at(value);
        canvas.line((x, y), (x, y + 4.0), AXIS, 1.0);
        canvas.text(&text, x, y + 13.0, Anchor::Middle, TICK);
    }
    if !label.is_empty() {
        canvas.text(label, (scale.from + scale.to) / 2.0, y + 30.0, Anchor::Middle, LABEL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let labels: Vec<String> = ticks(0.93, 1.04, 6).into_iter().map(|t| t.1).collect();
        assert_eq!(labels, ["0.94", "0.96", "0.98", "1.00", "1.02", "1.04"]);
        let labels: Vec<String> = ticks(-250.0, 250.0, 5).into_iter().map(|t| t.1).collect();
        assert_eq!(labels, ["\u{2212}200", "\u{2212}100", "0", "100", "200"]);
    }

    #[test]
    fn a_power_of_ten_goes_to_the_unit() {
        assert_eq!(with_power("d_it (1/cm)", 12), "d_it (10\u{b9}\u{b2} 1/cm)");
        assert_eq!(with_power("ratio", -4), "ratio (10\u{207b}\u{2074})");
    }

    #[test]
    fn ranges_always_have_width() {
        for values in [vec![], vec![f64::NAN], vec![3.0], vec![0.0, 0.0], vec![1e300], vec![1.0, 1.0 + 1e-15]] {
            let (min, max) = widened(values.clone(), 0.1);
            assert!(max > min && (max - min).is_finite(), "{values:?}");
            assert!(!ticks(min, max, 5).is_empty(), "{values:?}");
        }
        assert_eq!(widened([0.0, 10.0], 0.1), (-1.0, 11.0));
    }
}
