//! From a die's parameters to its cell card, readout and energy: the last stage in f64, the card writer of the kernels.

mod cells;
mod cubature;
mod energy;
mod error;
mod geometry;
mod places;
mod population;
mod readout;
#[cfg(test)]
mod tests;
mod writer;

pub use energy::{ArrayEnergy, array_energy};
pub use error::CardError;
pub use geometry::{area_rel_sd, film_sd};
pub use readout::Amplifier;
pub use writer::{CardWriter, DieCard};
