//! Statistics of splits: pure functions on slices. The wafer is the unit of every verdict.

#[cfg(test)]
mod coverage;
mod distribution;
mod estimate;
mod means;
mod multiplicity;
mod nested;
mod outlier;
mod proportion;

pub use estimate::Estimate;
pub use means::{Difference, POWER, mean_sd, mean_t, paired_t, welch};
pub use multiplicity::holm;
pub use nested::{Components, components_of, nested_components};
pub use outlier::{Calibration, median};
pub use proportion::{logit_t, wilson};
