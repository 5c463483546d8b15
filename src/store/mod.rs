//! Files of a run.

mod tables;

pub use tables::Tables;
