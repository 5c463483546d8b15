//! The report: figures as PNG and one HTML file that holds everything, made from the summary and the tables of a run.

mod axes;
mod canvas;
mod columns;
mod figures;
#[cfg(test)]
mod fixture;
pub mod format;
mod glyphs;
mod labels;
mod page;
mod palette;
mod raster;
pub mod technologies;
#[cfg(test)]
mod tests;
pub mod validation;

use std::path::{Path, PathBuf};

use crate::spec::Spec;
use crate::store::{StoreError, Tables, write_atomic};
use crate::summary::Summary;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("{}: cannot be written: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("figure: {0}")]
    Draw(String),
    #[error("table: {0}")]
    Table(#[from] polars::prelude::PolarsError),
    #[error("page: {0}")]
    Page(#[from] minijinja::Error),
    #[error("specification: {0}")]
    Spec(#[from] serde_json::Error),
}

/// What the report shows of the nominal device beside the run's results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReportExtras {
    /// Nominal capacitance against gate voltage: (V, fF erased, fF programmed), in order of voltage. Empty: no figure.
    pub cv_curve: Vec<(f64, f64, f64)>,
    /// Target capacitance of each weight level (fF), lowest first.
    pub levels: Vec<f64>,
}

/// Writes `figures/*.png` and `index.html` into the run's folder and returns their names. Files appear under their name only
/// when whole.
///
/// # Errors
/// The folder cannot be written, or a table lacks a column of [`crate::record`].
pub fn write(
    folder: &Path,
    summary: &Summary,
    tables: &Tables,
    spec: &Spec,
    extras: &ReportExtras,
) -> Result<Vec<String>, ReportError> {
    let drawn = figures::draw(summary, tables, spec, extras)?;
    let figure_folder = folder.join("figures");
    std::fs::create_dir_all(&figure_folder)
        .map_err(|source| ReportError::Write { path: figure_folder.clone(), source })?;
    let (mut images, mut written) = (Vec::new(), Vec::new());
    for figure in drawn {
        let name = format!("figures/{}.png", figure.name);
        let path = folder.join(&name);
        written.push(name);
        let png = save(&figure, &path)?;
        images.push(page::Image::new(figure, &png));
    }
    let html = page::render(summary, tables, spec, images)?;
    write_atomic(&folder.join("index.html"), html.as_bytes())?;
    written.push("index.html".to_owned());
    Ok(written)
}

/// Writes a figure as PNG and returns the bytes of the file.
fn save(figure: &figures::Figure, path: &Path) -> Result<Vec<u8>, ReportError> {
    let wrong = |source| ReportError::Write { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    // The encoder writes nothing but files, and chooses the format by the name's ending.
    let drawn = tempfile::Builder::new().prefix(".tmp-").suffix(".png").tempfile_in(folder).map_err(wrong)?;
    figure.raster.save(drawn.path())?;
    let png = std::fs::read(drawn.path()).map_err(wrong)?;
    write_atomic(path, &png)?;
    Ok(png)
}
