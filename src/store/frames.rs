//! Between records and tables: the one place that knows the types of the columns.

use std::io::Cursor;
use std::path::Path;

use polars::prelude::*;
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::{ParquetCompression, ParquetWriter};

use super::StoreError;
use crate::record::{DieRecord, METRICS, ReadingRecord, WaferRecord};

/// `dies.parquet`: rows in the order given; `parameters` are the technology's ids.
pub fn die_frame(records: &[DieRecord], parameters: &[String]) -> PolarsResult<DataFrame> {
    let mut columns = vec![
        text("corner", records, |r| &r.corner),
        text("split", records, |r| &r.split),
        column("as_run", records, |r| r.as_run),
        text("lot", records, |r| &r.lot),
        text("wafer", records, |r| &r.wafer),
        column("slot", records, |r| u32::from(r.slot)),
        column("die_x", records, |r| i32::from(r.die_x)),
        column("die_y", records, |r| i32::from(r.die_y)),
        column("x_mm", records, |r| r.x_mm),
        column("y_mm", records, |r| r.y_mm),
    ];
    columns.extend(parameters.iter().enumerate().map(|(i, name)| column(name, records, |r| r.parameters[i])));
    columns.push(column("n_defects", records, |r| r.n_defects));
    columns.push(column("n_killers", records, |r| r.n_killers));
    columns.push(column("bin", records, |r| u32::from(r.bin)));
    columns.extend(METRICS.iter().enumerate().map(|(i, metric)| column(metric.name, records, |r| r.metrics[i])));
    DataFrame::new(records.len(), columns)
}

/// `wafers.parquet`.
pub fn wafer_frame(records: &[WaferRecord]) -> PolarsResult<DataFrame> {
    let columns = vec![
        text("lot", records, |r| &r.lot),
        text("wafer", records, |r| &r.wafer),
        column("slot", records, |r| u32::from(r.slot)),
        text("split", records, |r| &r.split),
        text("last_step", records, |r| &r.last_step),
        column("full_flow", records, |r| r.full_flow),
        column("n_dies", records, |r| r.n_dies),
        column("n_good", records, |r| r.n_good),
        column("cost_usd", records, |r| r.cost_usd),
    ];
    DataFrame::new(records.len(), columns)
}

/// `metrology.parquet`.
pub fn reading_frame(records: &[ReadingRecord]) -> PolarsResult<DataFrame> {
    let columns = vec![
        text("lot", records, |r| &r.lot),
        text("wafer", records, |r| &r.wafer),
        column("slot", records, |r| u32::from(r.slot)),
        text("split", records, |r| &r.split),
        text("step", records, |r| &r.step),
        text("parameter", records, |r| &r.parameter),
        column("site", records, |r| r.site),
        column("x_mm", records, |r| r.x_mm),
        column("y_mm", records, |r| r.y_mm),
        column("truth", records, |r| r.truth),
        column("measured", records, |r| r.measured),
    ];
    DataFrame::new(records.len(), columns)
}

fn column<'a, R, T>(name: &str, records: &'a [R], value: impl Fn(&'a R) -> T) -> Column
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    let values: Vec<T> = records.iter().map(value).collect();
    Series::new(name.into(), values).into()
}

fn text<'a, R>(name: &str, records: &'a [R], value: impl Fn(&'a R) -> &'a String) -> Column {
    let values: Vec<&str> = records.iter().map(|r| value(r).as_str()).collect();
    Series::new(name.into(), values).into()
}

/// A table as the bytes of a Parquet file; equal tables give equal bytes.
///
/// # Errors
/// A column that Parquet cannot hold.
pub fn parquet_bytes(mut frame: DataFrame) -> PolarsResult<Vec<u8>> {
    // Chunks of memory show in the pages of the file: one chunk, so that only the content counts.
    frame.rechunk_mut();
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Zstd(None));
    writer.set_parallel(false).finish(&mut frame)?;
    Ok(bytes)
}

/// A table from its file.
pub(super) fn read_parquet(path: &Path) -> Result<DataFrame, StoreError> {
    let bytes = std::fs::read(path).map_err(|e| StoreError::read(path, e))?;
    parquet_frame(bytes).map_err(|e| StoreError::corrupt(path, e))
}

/// A table from the bytes of a Parquet file.
pub(super) fn parquet_frame(bytes: Vec<u8>) -> PolarsResult<DataFrame> {
    ParquetReader::new(Cursor::new(bytes)).finish()
}
