//! What can go wrong between a run and its folder.

use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{}: cannot be written: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{}: cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{}: is not what a run writes: {why}", path.display())]
    Corrupt { path: PathBuf, why: String },
    #[error("{}: chunk {index} of {n_chunks} is missing or damaged", path.display())]
    ChunkMissing { path: PathBuf, index: usize, n_chunks: usize },
}

impl StoreError {
    /// True where a file does not hold what was written to it: writing again will not help by itself.
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::ChunkMissing { .. })
    }

    /// True where the user named a folder that cannot be used.
    pub fn is_usage(&self) -> bool {
        use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem};
        match self {
            Self::Write { source, .. } | Self::Read { source, .. } => {
                matches!(source.kind(), PermissionDenied | NotFound | NotADirectory | ReadOnlyFilesystem)
            }
            _ => false,
        }
    }

    pub(super) fn write(path: &Path, source: std::io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }

    pub(super) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    pub(super) fn corrupt(path: &Path, why: impl ToString) -> Self {
        Self::Corrupt { path: path.to_owned(), why: why.to_string() }
    }
}
