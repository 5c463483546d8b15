//! The files of a run: tables by chunk, committed atomically, and what is read back from them.
//!
//! Work is cut into a fixed grid of chunks, and files are named by chunk. A chunk is done when its commit record names the
//! same specification and the checksum of what lies there; so a resumed run, a killed one or two writers of one chunk are harmless.

mod atomic;
mod error;
mod folder;
mod frames;
mod tables;

pub use atomic::{sha256_hex, write_atomic};
pub use error::StoreError;
pub use folder::{FileSum, RunFolder, prepare, write_json};
pub use frames::parquet_bytes;
pub use tables::{Tables, rows_of_die};
