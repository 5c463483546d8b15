//! A wafer seen from above, notch down, and the arrangement of several in a figure.

use super::super::axes::{NOTE, TITLE};
use super::super::canvas::{Anchor, Canvas, Type};
use super::super::columns::Wafer;
use super::super::palette::{ALARM, AXIS, INK, PAPER, Rgb, WAFER};
use super::legend;
use crate::spec::Spec;
use crate::summary::Finding;

/// Angle that the notch takes; larger than a real one, so that it shows.
const NOTCH_RAD: f64 = 0.055;
/// Ground between the edge exclusion and the edge.
const RIM: Rgb = (208, 215, 222);

/// Place and scale of one wafer.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    pub x: f64,
    pub y: f64,
    /// Radius (CSS pixels).
    pub radius: f64,
    /// CSS pixels per mm.
    pub per_mm: f64,
}

impl Face {
    pub fn new(x: f64, y: f64, radius: f64, spec: &Spec) -> Self {
        let radius_mm = (spec.process.wafer.diameter_mm / 2.0).max(1e-3);
        Self { x, y, radius, per_mm: radius / radius_mm }
    }

    /// Outline with the notch, edge exclusion as a darker ring.
    pub fn draw(&self, canvas: &mut Canvas, spec: &Spec) {
        let inside = self.radius - spec.process.wafer.edge_exclusion_mm * self.per_mm;
        canvas.polygon(&self.outline(self.radius), AXIS, 1.0);
        canvas.polygon(&self.outline(self.radius - 1.0), RIM, 1.0);
        canvas.disc(self.x, self.y, inside.clamp(1.0, self.radius - 1.0), WAFER, 1.0);
        // The notch cuts through the exclusion.
        let depth = self.radius * 0.05;
        let half = self.radius * NOTCH_RAD * 0.62;
        let bottom = self.y + self.radius;
        canvas.polygon(&[(self.x - half, bottom), (self.x, bottom - depth), (self.x + half, bottom)], PAPER, 1.0);
        for side in [-half, half] {
            canvas.line((self.x + side, bottom - 1.0), (self.x, bottom - depth), AXIS, 1.0);
        }
    }

    fn outline(&self, radius: f64) -> Vec<(f64, f64)> {
        let down = std::f64::consts::FRAC_PI_2;
        let n = 180;
        let span = std::f64::consts::TAU - 2.0 * NOTCH_RAD;
        let mut points: Vec<(f64, f64)> = (0..=n)
            .map(|i| down + NOTCH_RAD + span * f64::from(i) / f64::from(n))
            .map(|a| (self.x + radius * libm::cos(a), self.y + radius * libm::sin(a)))
            .collect();
        points.push((self.x, self.y + radius - self.radius * 0.05));
        points
    }

    /// One die; neighbours leave a gap of the same width everywhere.
    pub fn die(&self, canvas: &mut Canvas, x_mm: f64, y_mm: f64, spec: &Spec, color: Rgb) {
        let die = &spec.product.die;
        let (width, height) = (die.width_mm + die.scribe_um / 1000.0, die.height_mm + die.scribe_um / 1000.0);
        let half_pixel = |v: f64| (v * 2.0).round() / 2.0;
        let (x0, x1) = (self.x + (x_mm - width / 2.0) * self.per_mm, self.x + (x_mm + width / 2.0) * self.per_mm);
        // y of the data grows upward, y of the screen downward.
        let (y0, y1) = (self.y - (y_mm + height / 2.0) * self.per_mm, self.y - (y_mm - height / 2.0) * self.per_mm);
        let [x0, x1, y0, y1] = [x0, x1, y0, y1].map(half_pixel);
        let gap = |span: f64| if span >= 3.0 { 0.5 } else { 0.0 };
        canvas.rect(x0, y0, x1 - x0 - gap(x1 - x0), y1 - y0 - gap(y1 - y0), color);
    }
}

/// Wafers in groups of a split, each with its place.
pub struct Sheet<'a> {
    pub places: Vec<(&'a Wafer, Face)>,
    pub height: f64,
    columns: usize,
    cell: f64,
    top: f64,
}

/// Height of the text above and below each wafer.
const HEAD: f64 = 46.0;
const FOOT: f64 = 24.0;
const COLUMNS: usize = 6;

impl<'a> Sheet<'a> {
    /// Arranges wafers by split and number in rows of at most six over `width`, below `top`.
    pub fn new(wafers: &'a [Wafer], spec: &Spec, width: f64, top: f64) -> Self {
        let order = |w: &Wafer| {
            let split = spec.experiment.split.iter().position(|s| s.id == w.split);
            let control = spec.experiment.split.iter().any(|s| s.id == w.split && s.control);
            (!w.full_flow, !control, split, w.id.clone())
        };
        let mut sorted: Vec<&Wafer> = wafers.iter().collect();
        sorted.sort_by_key(|w| order(w));
        let columns = COLUMNS;
        let cell = width / columns as f64;
        let radius = cell / 2.0 - 9.0;
        let row_height = HEAD + 2.0 * radius + FOOT;
        let place = |(i, w): (usize, &'a Wafer)| {
            let x = (i % columns) as f64 * cell + cell / 2.0;
            let y = top + (i / columns) as f64 * row_height + HEAD + radius;
            (w, Face::new(x, y, radius, spec))
        };
        let rows = sorted.len().div_ceil(columns);
        let places = sorted.into_iter().enumerate().map(place).collect();
        Self { places, height: rows as f64 * row_height, columns, cell, top }
    }

    /// Wafer names, red for those out of line at an inline step, and above each run of wafers of one split its name over a line in its colour.
    pub fn titles(&self, canvas: &mut Canvas, spec: &Spec, findings: &[Finding]) {
        let mut start = 0;
        for i in 0..self.places.len() {
            let (wafer, face) = &self.places[i];
            let name = format!("{} (slot {})", wafer.id, wafer.slot);
            let suspect = findings.iter().any(|f| f.wafer == wafer.id);
            let font = if suspect { Type::bold(11.5, ALARM) } else { Type::new(11.5, INK) };
            canvas.text(&name, face.x, face.y - face.radius - 11.0, Anchor::Middle, font);
            let ends =
                self.places.get(i + 1).is_none_or(|(next, _)| next.split != wafer.split) || (i + 1) % self.columns == 0;
            if ends {
                self.band(canvas, spec, start, i);
                start = i + 1;
            }
        }
    }

    fn band(&self, canvas: &mut Canvas, spec: &Spec, first: usize, last: usize) {
        let (wafer, face) = &self.places[first];
        let left = (first % self.columns) as f64 * self.cell + 6.0;
        let right = ((last % self.columns) + 1) as f64 * self.cell - 6.0;
        let y = face.y - face.radius - HEAD + 22.0;
        let color = super::split_color(spec, &wafer.split);
        canvas.line((left, y), (right, y), color, 2.0);
        let title = legend::fit(&super::split_title(spec, &wafer.split), TITLE, right - left);
        canvas.text(&title, left, y - 11.0, Anchor::Left, TITLE);
    }

    /// A line of text below a wafer.
    pub fn foot(&self, canvas: &mut Canvas, face: &Face, text: &str) {
        canvas.text(text, face.x, face.y + face.radius + 12.0, Anchor::Middle, NOTE);
    }

    pub fn top(&self) -> f64 {
        self.top
    }
}
