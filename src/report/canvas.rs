//! Draws in CSS pixels on a bitmap: drawn four times as large, kept at twice the size, so that edges and text are smooth.

use std::sync::Once;

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle, register_font,
};

use super::ReportError;
use super::glyphs::{CAPITAL_EM, HEIGHT_EM, glyph};
use super::palette::{PAPER, Rgb};
use super::raster::{KEPT, Raster};

/// Pixels drawn per CSS pixel.
const DRAWN: f64 = 2.0 * KEPT as f64;

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Left,
    Middle,
    Right,
}

/// Size, colour and weight of a text.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// Em (CSS pixels).
    pub size: f64,
    pub color: Rgb,
    pub bold: bool,
}

impl Type {
    pub const fn new(size: f64, color: Rgb) -> Self {
        Self { size, color, bold: false }
    }

    pub const fn bold(size: f64, color: Rgb) -> Self {
        Self { size, color, bold: true }
    }
}

/// A drawing surface. The first failure is kept and given back by [`paint`].
pub struct Canvas<'a> {
    backend: BitMapBackend<'a>,
    failure: Option<String>,
}

/// Draws a figure of the given size (CSS pixels).
///
/// # Errors
/// The font cannot be read.
pub fn paint(width: f64, height: f64, draw: impl FnOnce(&mut Canvas)) -> Result<Raster, ReportError> {
    static FONTS: Once = Once::new();
    FONTS.call_once(|| {
        // A font that cannot be registered shows as a failure of the first text.
        let _ = register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular());
        let _ = register_font("sans-serif", FontStyle::Bold, dejavu::sans::bold());
    });
    let (width, height) = (width.ceil().clamp(1.0, 4000.0) as u32, height.ceil().clamp(1.0, 8000.0) as u32);
    let drawn = (width * DRAWN as u32, height * DRAWN as u32);
    let mut buffer = vec![255; drawn.0 as usize * drawn.1 as usize * 3];
    let failure = {
        let mut canvas = Canvas { backend: BitMapBackend::with_buffer(&mut buffer, drawn), failure: None };
        canvas.rect(0.0, 0.0, f64::from(width), f64::from(height), PAPER);
        draw(&mut canvas);
        canvas.failure
    };
    match failure {
        Some(message) => Err(ReportError::Draw(message)),
        None => Ok(Raster::halved(width, height, &buffer)),
    }
}

fn device(value: f64) -> i32 {
    (value * DRAWN).round().clamp(-1e6, 1e6) as i32
}

fn rgb(color: Rgb) -> RGBColor {
    RGBColor(color.0, color.1, color.2)
}

impl Canvas<'_> {
    fn keep<E: std::fmt::Display>(&mut self, result: Result<(), E>) {
        if let (Err(error), None) = (result, &self.failure) {
            self.failure = Some(error.to_string());
        }
    }

    /// Filled rectangle.
    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, color: Rgb) {
        self.rect_alpha(x, y, width, height, color, 1.0);
    }

    /// Filled rectangle that lets the ground through.
    pub fn rect_alpha(&mut self, x: f64, y: f64, width: f64, height: f64, color: Rgb, alpha: f64) {
        let (x0, y0) = (device(x), device(y));
        // The backend's lower right corner is outside for opaque fills and at least one pixel must show.
        let (x1, y1) = (device(x + width).max(x0 + 1), device(y + height).max(y0 + 1));
        let style = ShapeStyle { color: rgb(color).mix(alpha), filled: true, stroke_width: 0 };
        let result = self.backend.draw_rect((x0, y0), (x1, y1), &style, true);
        self.keep(result);
    }

    /// Outline of a rectangle.
    pub fn frame(&mut self, x: f64, y: f64, width: f64, height: f64, color: Rgb, stroke: f64) {
        let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)];
        self.path(&corners, color, stroke);
    }

    /// Filled polygon.
    pub fn polygon(&mut self, points: &[(f64, f64)], color: Rgb, alpha: f64) {
        let points: Vec<_> = points.iter().map(|(x, y)| (device(*x), device(*y))).collect();
        if points.len() < 3 {
            return;
        }
        let style = ShapeStyle { color: rgb(color).mix(alpha), filled: true, stroke_width: 0 };
        let result = self.backend.fill_polygon(points, &style);
        self.keep(result);
    }

    /// Filled circle.
    pub fn disc(&mut self, x: f64, y: f64, radius: f64, color: Rgb, alpha: f64) {
        self.polygon(&circle(x, y, radius, 40), color, alpha);
    }

    /// Straight line; horizontal and vertical ones keep sharp edges.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), color: Rgb, stroke: f64) {
        let ((x0, y0), (x1, y1)) = (from, to);
        let half = stroke / 2.0;
        if x0 == x1 {
            self.rect(x0 - half, y0.min(y1), stroke, (y1 - y0).abs(), color);
        } else if y0 == y1 {
            self.rect(x0.min(x1), y0 - half, (x1 - x0).abs(), stroke, color);
        } else {
            let length = libm::hypot(x1 - x0, y1 - y0);
            let (nx, ny) = ((y0 - y1) / length * half, (x1 - x0) / length * half);
            let corners = [(x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny)];
            self.polygon(&corners, color, 1.0);
        }
    }

    /// Dashed line.
    pub fn dashed(&mut self, from: (f64, f64), to: (f64, f64), color: Rgb, stroke: f64, dash: f64) {
        let length = libm::hypot(to.0 - from.0, to.1 - from.1);
        if !length.is_finite() || length <= 0.0 || dash <= 0.0 {
            return;
        }
        let at = |s: f64| {
            let share = (s / length).min(1.0);
            (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
        };
        let n = (length / (2.0 * dash)).ceil().min(2000.0) as usize;
        for i in 0..n {
            let start = i as f64 * 2.0 * dash;
            self.line(at(start), at(start + dash), color, stroke);
        }
    }

    /// Lines through the points, with round joints.
    pub fn path(&mut self, points: &[(f64, f64)], color: Rgb, stroke: f64) {
        for pair in points.windows(2) {
            self.line(pair[0], pair[1], color, stroke);
        }
        if stroke >= 1.5 {
            for (x, y) in points.iter().skip(1).take(points.len().saturating_sub(2)) {
                self.polygon(&circle(*x, *y, stroke / 2.0, 12), color, 1.0);
            }
        }
    }

    /// Text whose capitals are centred on `y`.
    pub fn text(&mut self, text: &str, x: f64, y: f64, anchor: Anchor, font: Type) {
        let left = x - text_width(text, font) * share(anchor);
        // The backend puts the baseline half a font height below the point.
        let top = y + font.size * (CAPITAL_EM - HEIGHT_EM) / 2.0;
        let style = style(font, FontTransform::None);
        for (letter, pen) in letters(text, font) {
            self.letter(letter, (device(left + pen), device(top)), &style);
        }
    }

    /// Text that reads from bottom to top, centred on (`x`, `y`).
    pub fn text_upward(&mut self, text: &str, x: f64, y: f64, font: Type) {
        let bottom = y + text_width(text, font) / 2.0;
        let left = x + font.size * (CAPITAL_EM - HEIGHT_EM) / 2.0;
        let style = style(font, FontTransform::Rotate270);
        for (letter, pen) in letters(text, font) {
            self.letter(letter, (device(left), device(bottom - pen)), &style);
        }
    }

    fn letter(&mut self, letter: char, at: (i32, i32), style: &TextStyle) {
        let result = self.backend.draw_text(letter.encode_utf8(&mut [0; 4]), style, at);
        self.keep(result);
    }
}

/// Width of a text (CSS pixels).
pub fn text_width(text: &str, font: Type) -> f64 {
    text.chars().map(|c| glyph(c, font.bold).advance * font.size).sum()
}

/// The letters that leave ink, each with the left end of its ink (CSS pixels from the start of the text).
fn letters(text: &str, font: Type) -> impl Iterator<Item = (char, f64)> {
    let mut pen = 0.0;
    let placed = text.chars().map(move |c| {
        let glyph = glyph(c, font.bold);
        let left = pen + glyph.bearing * font.size;
        pen += glyph.advance * font.size;
        (c, left)
    });
    placed.filter(|(c, _)| !c.is_whitespace())
}

fn share(anchor: Anchor) -> f64 {
    match anchor {
        Anchor::Left => 0.0,
        Anchor::Middle => 0.5,
        Anchor::Right => 1.0,
    }
}

fn style(font: Type, transform: FontTransform) -> TextStyle<'static> {
    let weight = if font.bold { FontStyle::Bold } else { FontStyle::Normal };
    let size = font.size * HEIGHT_EM * DRAWN;
    let mut style = TextStyle::from(FontDesc::new(FontFamily::SansSerif, size, weight).transform(transform));
    style.color = rgb(font.color).to_backend_color();
    style
}

/// Points of a circle, clockwise on the screen from its right end.
pub fn circle(x: f64, y: f64, radius: f64, n: usize) -> Vec<(f64, f64)> {
    let angle = |i: usize| std::f64::consts::TAU * i as f64 / n as f64;
    (0..n).map(|i| (x + radius * libm::cos(angle(i)), y + radius * libm::sin(angle(i)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_leaves_ink_where_it_is_anchored() {
        let raster = paint(100.0, 40.0, |c| c.text("MM", 50.0, 20.0, Anchor::Middle, Type::new(20.0, (0, 0, 0))));
        let raster = raster.expect("paints");
        let dark = |x: usize, y: usize| raster.rgb()[(y * 200 + x) * 3] < 128;
        let rows: Vec<usize> = (0..80).filter(|y| (0..200).any(|x| dark(x, *y))).collect();
        let columns: Vec<usize> = (0..200).filter(|x| (0..80).any(|y| dark(*x, y))).collect();
        let middle = |v: &[usize]| (v[0] + v[v.len() - 1]) as f64 / 2.0;
        assert!((middle(&rows) - 40.0).abs() < 2.0, "rows {rows:?}");
        assert!((middle(&columns) - 100.0).abs() < 4.0, "columns {columns:?}");
        assert!((rows.len() as f64 - 0.729 * 40.0).abs() < 3.0, "{}", rows.len());
    }

    #[test]
    fn hostile_shapes_do_not_panic() {
        let raster = paint(20.0, 20.0, |c| {
            for v in [f64::NAN, f64::INFINITY, -1e300, 0.0] {
                c.rect(v, v, v, v, PAPER);
                c.line((v, 0.0), (3.0, v), PAPER, 1.0);
                c.dashed((v, v), (1.0, 1.0), PAPER, 1.0, 2.0);
                c.disc(v, v, v, PAPER, 1.0);
                c.path(&[(v, v)], PAPER, 2.0);
                c.path(&[], PAPER, 2.0);
                c.text("x", v, v, Anchor::Right, Type::bold(9.0, PAPER));
            }
        });
        assert!(raster.is_ok());
    }
}
