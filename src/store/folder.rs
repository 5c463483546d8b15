//! The folder of a run: what lies where, and which chunks are done.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::atomic::{sha256_hex, write_atomic};
use super::frames::{die_frame, parquet_bytes, parquet_frame, read_parquet, reading_frame, wafer_frame};
use super::{StoreError, Tables};
use crate::record::{BIN_GOOD, DieRecord, ReadingRecord, WaferRecord};

/// A run's folder.
pub struct RunFolder {
    path: PathBuf,
}

/// The commit record of a chunk, `dies-000012.ok`: the chunk is done when it matches.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Commit {
    spec_sha256: String,
    bytes: u64,
    sha256: String,
}

/// A file of the run folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// Relative to the run folder.
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

/// Makes a folder that results can be written to; fails now rather than after an hour of work.
///
/// # Errors
/// It cannot be made or written.
pub fn prepare(path: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(path).map_err(|e| StoreError::write(path, e))?;
    tempfile::tempfile_in(path).map_err(|e| StoreError::write(path, e))?;
    Ok(())
}

/// Writes a JSON file that appears only when whole.
///
/// # Errors
/// It cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| StoreError::corrupt(path, e))?;
    text.push('\n');
    write_atomic(path, text.as_bytes())
}

impl RunFolder {
    /// Makes the folder and its `chunks/` where they are missing, and proves that they can be written.
    ///
    /// # Errors
    /// They cannot.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        prepare(path)?;
        let chunks = path.join("chunks");
        std::fs::create_dir_all(&chunks).map_err(|e| StoreError::write(&chunks, e))?;
        Ok(Self { path: path.to_owned() })
    }

    /// An existing run's folder.
    ///
    /// # Errors
    /// It holds no manifest.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let manifest = path.join("manifest.json");
        std::fs::metadata(&manifest).map_err(|e| StoreError::read(&manifest, e))?;
        Ok(Self { path: path.to_owned() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn chunk_path(&self, index: usize, extension: &str) -> PathBuf {
        self.path.join("chunks").join(format!("dies-{index:06}.{extension}"))
    }

    /// Bytes of a chunk, if its commit record matches them and this specification.
    fn committed(&self, index: usize, spec_sha256: &str) -> Option<Vec<u8>> {
        let commit: Commit = serde_json::from_slice(&std::fs::read(self.chunk_path(index, "ok")).ok()?).ok()?;
        let bytes = std::fs::read(self.chunk_path(index, "parquet")).ok()?;
        let found =
            Commit { spec_sha256: spec_sha256.to_owned(), bytes: bytes.len() as u64, sha256: sha256_hex(&bytes) };
        (found == commit).then_some(bytes)
    }

    /// True when the chunk was committed under this specification and is whole.
    pub fn chunk_is_done(&self, index: usize, spec_sha256: &str) -> bool {
        self.committed(index, spec_sha256).is_some()
    }

    /// Writes the rows of a chunk, then its commit record.
    ///
    /// # Errors
    /// The folder cannot be written; then the chunk does not count as done.
    pub fn commit_chunk(
        &self,
        index: usize,
        records: &[DieRecord],
        parameters: &[String],
        spec_sha256: &str,
    ) -> Result<(), StoreError> {
        let path = self.chunk_path(index, "parquet");
        let frame = die_frame(records, parameters).map_err(|e| StoreError::corrupt(&path, e))?;
        let bytes = parquet_bytes(frame).map_err(|e| StoreError::corrupt(&path, e))?;
        write_atomic(&path, &bytes)?;
        let commit =
            Commit { spec_sha256: spec_sha256.to_owned(), bytes: bytes.len() as u64, sha256: sha256_hex(&bytes) };
        write_json(&self.chunk_path(index, "ok"), &commit)
    }

    /// Puts the chunks together, in their order, as `dies.parquet`; returns the good dies of each wafer at `corner`, as run.
    ///
    /// # Errors
    /// A chunk is not committed under this specification.
    pub fn fold_chunks(
        &self,
        n_chunks: usize,
        spec_sha256: &str,
        corner: &str,
    ) -> Result<BTreeMap<String, u32>, StoreError> {
        let path = self.path.join("dies.parquet");
        let corrupt = |e: PolarsError| StoreError::corrupt(&path, e);
        let mut whole: Option<DataFrame> = None;
        for index in 0..n_chunks {
            let missing = || StoreError::ChunkMissing { path: self.path.clone(), index, n_chunks };
            let bytes = self.committed(index, spec_sha256).ok_or_else(missing)?;
            let frame = parquet_frame(bytes).map_err(corrupt)?;
            match &mut whole {
                Some(whole) => {
                    whole.vstack_mut(&frame).map_err(corrupt)?;
                }
                None => whole = Some(frame),
            }
        }
        let whole = whole.unwrap_or_default();
        let good = good_by_wafer(&whole, corner).map_err(corrupt)?;
        write_atomic(&path, &parquet_bytes(whole).map_err(corrupt)?)?;
        Ok(good)
    }

    /// Writes `wafers.parquet`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_wafers(&self, records: &[WaferRecord]) -> Result<(), StoreError> {
        self.write_frame("wafers.parquet", wafer_frame(records))
    }

    /// Writes `metrology.parquet`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_metrology(&self, records: &[ReadingRecord]) -> Result<(), StoreError> {
        self.write_frame("metrology.parquet", reading_frame(records))
    }

    fn write_frame(&self, name: &str, frame: PolarsResult<DataFrame>) -> Result<(), StoreError> {
        let path = self.path.join(name);
        let bytes = frame.and_then(parquet_bytes).map_err(|e| StoreError::corrupt(&path, e))?;
        write_atomic(&path, &bytes)
    }

    /// Writes a JSON file.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        write_json(&self.path.join(name), value)
    }

    /// Reads a JSON file.
    ///
    /// # Errors
    /// It is missing or is not what a run writes.
    pub fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T, StoreError> {
        let path = self.path.join(name);
        let bytes = std::fs::read(&path).map_err(|e| StoreError::read(&path, e))?;
        serde_json::from_slice(&bytes).map_err(|e| StoreError::corrupt(&path, e))
    }

    /// The tables of the run.
    ///
    /// # Errors
    /// One is missing or damaged.
    pub fn read_tables(&self) -> Result<Tables, StoreError> {
        let read = |name: &str| read_parquet(&self.path.join(name));
        Ok(Tables {
            dies: read("dies.parquet")?,
            wafers: read("wafers.parquet")?,
            metrology: read("metrology.parquet")?,
        })
    }

    /// Checksums of the named files, for the manifest.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn checksums(&self, names: &[String]) -> Result<Vec<FileSum>, StoreError> {
        let sum = |name: &String| {
            let path = self.path.join(name);
            let bytes = std::fs::read(&path).map_err(|e| StoreError::read(&path, e))?;
            Ok(FileSum { path: name.clone(), bytes: bytes.len() as u64, sha256: sha256_hex(&bytes) })
        };
        names.iter().map(sum).collect()
    }
}

fn good_by_wafer(dies: &DataFrame, corner: &str) -> PolarsResult<BTreeMap<String, u32>> {
    let good = col("bin").eq(lit(u32::from(BIN_GOOD)));
    let rows = dies.clone().lazy().filter(col("corner").eq(lit(corner)).and(col("as_run")).and(good));
    let wafers = rows.select([col("wafer")]).collect()?;
    let mut counts = BTreeMap::new();
    for wafer in wafers.column("wafer")?.str()?.iter().flatten() {
        *counts.entry(wafer.to_owned()).or_insert(0) += 1;
    }
    Ok(counts)
}
