//! splitlot: a virtual fab for analog AI chips.

pub mod array;
pub mod compute;
pub mod device;
pub mod fab;
pub mod random;
pub mod record;
pub mod report;
pub mod spec;
pub mod stats;
pub mod store;
pub mod summary;
pub mod workload;
