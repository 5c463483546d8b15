//! Statistics of splits: pure functions on slices.

mod estimate;

pub use estimate::Estimate;
