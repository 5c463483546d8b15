//! Every figure of a report. Each file draws one kind; none computes a statistic that the summary does not hold.

mod bins;
pub mod curve;
mod device;
mod energy;
mod errors;
mod histograms;
mod legend;
mod metrology;
mod parametric;
pub mod technologies;
mod wafer;
mod yields;

pub use bins::{BinLabel, bin_labels};

use super::columns::{self, Dies};
use super::palette::{self, Rgb};
use super::raster::Raster;
use super::{ReportError, ReportExtras};
use crate::spec::Spec;
use crate::store::Tables;
use crate::summary::Summary;

/// Width of the page's column and of half of it (CSS pixels).
pub const FULL: f64 = 1160.0;
pub const HALF: f64 = 572.0;

/// A figure and what it is called.
pub struct Figure {
    /// File name without ending.
    pub name: String,
    /// Short name for the caption.
    pub title: String,
    /// What the picture shows, for readers who cannot see it.
    pub alt: String,
    pub raster: Raster,
}

/// Metrics that get wafer maps.
const MAPPED: [&str; 2] = ["snr_trimmed_db", "gain_rel"];

/// Draws all figures that the data allow.
///
/// # Errors
/// A column is missing, or the font cannot be read.
pub fn draw(
    summary: &Summary,
    tables: &Tables,
    spec: &Spec,
    extras: &ReportExtras,
) -> Result<Vec<Figure>, ReportError> {
    let dies = Dies::new(tables, reference_corner(spec))?;
    let wafers = columns::wafers(tables)?;
    let readings = columns::readings(tables)?;
    let mut figures = vec![bins::draw(&dies, &wafers, &readings, &summary.findings, spec)?];
    if !dies.is_empty() {
        for metric in MAPPED {
            figures.push(parametric::draw(&dies, &wafers, &summary.findings, spec, metric)?);
        }
        figures.push(histograms::draw(&dies, spec)?);
    }
    if !summary.results.is_empty() {
        figures.push(yields::draw(summary, spec)?);
        figures.push(errors::draw(summary, spec)?);
    }
    for step in &spec.process.step {
        figures.extend(metrology::draw(step, &readings, &wafers, summary, spec)?);
    }
    if !summary.energy_breakdown.is_empty() {
        figures.push(energy::draw(&summary.energy_breakdown)?);
    }
    if extras.cv_curve.len() > 1 {
        figures.push(device::draw(extras, spec)?);
    }
    Ok(figures)
}

/// The corner at which verdicts are given.
pub fn reference_corner(spec: &Spec) -> &str {
    spec.experiment.corner.first().map_or("", |c| c.id.as_str())
}

/// Ids of the splits that reach test, the control first.
pub fn full_flow_splits(spec: &Spec) -> Vec<&str> {
    let mut splits: Vec<_> = spec.experiment.split.iter().filter(|s| s.stop_after.is_none()).collect();
    splits.sort_by_key(|s| !s.control);
    splits.into_iter().map(|s| s.id.as_str()).collect()
}

/// Colour of a split; grey for one that is stopped inline.
pub fn split_color(spec: &Spec, split: &str) -> Rgb {
    full_flow_splits(spec).iter().position(|s| *s == split).map_or(palette::MUTED, palette::split)
}

/// "B, thin dielectric": id and label of a split.
pub fn split_title(spec: &Spec, split: &str) -> String {
    match spec.experiment.split.iter().find(|s| s.id == split) {
        Some(found) if !found.label.is_empty() => format!("{split}: {}", found.label),
        _ => split.to_owned(),
    }
}
