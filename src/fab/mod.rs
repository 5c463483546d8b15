//! The virtual fab: all randomness of lot, wafer and die, and what inline metrology sees of it. Knows no device and no array.
//!
//! A parameter's value at a place is its nominal plus, for every step passed so far that moves it: a lot draw, a wafer draw, a
//! trend over processing slots, a radial signature, a tilt, a spatially correlated field, a reticle term, a die draw, the
//! change of the recipe and any excursion. All add, all are in the parameter's unit, and every draw has an address (seed,
//! lot, wafer, die, step and parameter by name), so that no question changes the answer to another: a recipe moves its target
//! and nothing else, and a wafer that is stopped has drawn what it would have drawn anyway.

mod defects;
mod error;
mod fft;
mod field;
mod flow;
mod kernel;
mod level;
mod local;
mod lot;
mod metrology;
mod names;
mod recipe;
mod signature;
mod sites;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod traveler;
mod wafer;

pub use error::{FabError, OutOfRange};
pub use field::{FieldMap, FieldSampler};
pub use kernel::correlation;
pub use local::LocalMismatch;
pub use lot::VirtualLot;
pub use metrology::plan_sites;
pub use signature::radial_terms;
pub use sites::{DieSite, die_sites};
pub use traveler::{WaferPlan, wafer_plans};
pub use wafer::VirtualWafer;
