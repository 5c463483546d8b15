//! Inline readings of one step, wafer by wafer in the order in which the tool saw them, with limits and findings.

use super::super::ReportError;
use super::super::axes::{self, NOTE, Scale, TITLE};
use super::super::canvas::{Anchor, Canvas, Type, paint, text_width};
use super::super::columns::{Reading, Wafer};
use super::super::format::fixed;
use super::super::labels;
use super::super::palette::{ALARM, ALARM_TINT, AXIS, CONTROL_LIMIT, GRID, INK, MUTED, Rgb, tint};
use super::{Figure, HALF, legend};
use crate::spec::{Spc, Spec, Step};
use crate::summary::{Finding, Summary};

/// The readings of one wafer, with what the figure says of it.
struct Column<'a> {
    wafer: &'a Wafer,
    readings: Vec<&'a Reading>,
    finding: Option<&'a Finding>,
    color: Rgb,
}

/// Draws a step that is measured; nothing when it has no readings.
pub fn draw<'a>(
    step: &Step,
    readings: &'a [Reading],
    wafers: &'a [Wafer],
    summary: &'a Summary,
    spec: &Spec,
) -> Result<Option<Figure>, ReportError> {
    let Some(metrology) = &step.metrology else { return Ok(None) };
    let column = |wafer: &'a Wafer| -> Column<'a> {
        let own = |r: &&Reading| r.step == step.id && r.wafer == wafer.id && r.measured.is_finite();
        let found = |f: &&Finding| f.step == step.id && f.wafer == wafer.id;
        Column {
            wafer,
            readings: readings.iter().filter(own).collect(),
            finding: summary.findings.iter().find(found),
            color: super::split_color(spec, &wafer.split),
        }
    };
    let columns: Vec<Column> = wafers.iter().map(column).filter(|c| !c.readings.is_empty()).collect();
    if columns.is_empty() {
        return Ok(None);
    }
    let display = labels::parameter(&metrology.parameter);
    let spc = &metrology.spc;
    let measured = columns.iter().flat_map(|c| c.readings.iter().map(|r| r.measured));
    let (min, max) = range(&measured.collect::<Vec<_>>(), spc);
    let (left, right, top, bottom) = (58.0, HALF - 44.0, 54.0, 236.0);
    let y = Scale { min, max, from: bottom, to: top };
    let width = (right - left) / columns.len() as f64;
    let radius_mm = spec.process.wafer.diameter_mm / 2.0;
    let raster = paint(HALF, 286.0, |canvas| {
        let method = format!("{}, {} sites", metrology.method, columns[0].readings.len());
        let room = HALF - 8.0 - text_width(&method, NOTE) - 24.0;
        let title = legend::fit(&format!("{} {}", step.id, step.name), TITLE, room);
        canvas.text(&title, 8.0, 10.0, Anchor::Left, TITLE);
        canvas.text(&method, HALF - 4.0, 10.0, Anchor::Right, NOTE);
        for (i, column) in columns.iter().enumerate().filter(|(_, c)| c.finding.is_some()) {
            canvas.rect(left + i as f64 * width, top - 22.0, width, bottom - top + 22.0, ALARM_TINT);
            let z = column.finding.map_or(f64::NAN, |f| f.robust_z);
            let text = format!("z {}", fixed(z, if z.abs() < 10.0 { 1 } else { 0 }));
            canvas.text(&text, left + (i as f64 + 0.5) * width, top - 14.0, Anchor::Middle, Type::bold(10.5, ALARM));
        }
        axes::vertical(canvas, &y, left, right, 5, &display.title());
        for i in 0..=columns.len() {
            let x = left + i as f64 * width;
            canvas.line((x, y.from), (x, y.to), GRID, 1.0);
        }
        limits(canvas, spc, &y, left, right);
        for (i, column) in columns.iter().enumerate() {
            wafer(canvas, column, &y, left + i as f64 * width, width, radius_mm);
        }
        canvas.line((left, bottom), (right, bottom), AXIS, 1.0);
        canvas.text(
            "slot order; in each column from the wafer's centre to its edge",
            (left + right) / 2.0,
            bottom + 42.0,
            Anchor::Middle,
            NOTE,
        );
    })?;
    Ok(Some(Figure {
        title: format!("{} {}", step.id, step.name),
        name: format!("metrology_{}_{}", file_safe(&step.id), file_safe(&metrology.parameter)),
        alt: format!("Inline readings of {} after step {} {}", display.title(), step.id, step.name),
        raster,
    }))
}

/// A step's id may hold anything; a file name may not.
fn file_safe(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Readings and control limits; specification limits only where they leave the readings room to be seen.
fn range(measured: &[f64], spc: &Spc) -> (f64, f64) {
    let near = axes::widened(measured.iter().copied().chain([spc.lcl, spc.ucl]), 0.0);
    let all = axes::widened([near.0, near.1, spc.lsl, spc.usl], 0.0);
    let (min, max) = if all.1 - all.0 <= 1.5 * (near.1 - near.0) { all } else { near };
    axes::widened([min, max], 0.07)
}

/// Lines of the limits, and their names at the right; an arrow where a limit lies outside.
fn limits(canvas: &mut Canvas, spc: &Spc, y: &Scale, left: f64, right: f64) {
    let mut names = Vec::new();
    let of = [
        ("target", spc.target, tint(MUTED, 0.5)),
        ("LCL", spc.lcl, CONTROL_LIMIT),
        ("UCL", spc.ucl, CONTROL_LIMIT),
        ("LSL", spc.lsl, INK),
        ("USL", spc.usl, INK),
    ];
    for (name, value, color) in of {
        let text = if name == "target" { MUTED } else { color };
        if !y.holds(value) {
            let (at, arrow) = if value < y.min { (y.from + 12.0, "\u{2193}") } else { (y.to - 12.0, "\u{2191}") };
            names.push((at, format!("{arrow} {name}"), text));
            continue;
        }
        let at = y.at(value);
        match name {
            "LCL" | "UCL" => canvas.dashed((left, at), (right, at), color, 1.25, 4.0),
            _ => canvas.line((left, at), (right, at), color, 1.25),
        }
        names.push((at, name.to_owned(), text));
    }
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut last = f64::NEG_INFINITY;
    for (at, name, color) in names {
        // Names of neighbouring limits must not lie on each other.
        last = at.max(last + 12.0);
        canvas.text(&name, right + 5.0, last, Anchor::Left, Type::new(10.5, color));
    }
}

fn wafer(canvas: &mut Canvas, column: &Column, y: &Scale, left: f64, width: f64, radius_mm: f64) {
    let color = if column.finding.is_some() { ALARM } else { column.color };
    let inner = width - 10.0;
    for reading in &column.readings {
        let rho = (libm::hypot(reading.x_mm, reading.y_mm) / radius_mm).clamp(0.0, 1.0);
        canvas.disc(left + 5.0 + rho * inner, y.at(reading.measured), 2.2, tint(color, 0.55), 1.0);
    }
    let mean = column.readings.iter().map(|r| r.measured).sum::<f64>() / column.readings.len() as f64;
    canvas.line((left + 4.0, y.at(mean)), (left + width - 4.0, y.at(mean)), color, 2.25);
    let font = if column.finding.is_some() { Type::bold(11.0, ALARM) } else { Type::new(11.0, INK) };
    canvas.text(&column.wafer.id, left + width / 2.0, y.from + 12.0, Anchor::Middle, font);
    canvas.text(&column.wafer.split, left + width / 2.0, y.from + 26.0, Anchor::Middle, Type::bold(10.5, column.color));
}
