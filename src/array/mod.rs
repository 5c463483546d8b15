//! From a die's parameters to its cell card, readout and energy: the last stage in f64, the card writer of the kernels.

mod cells;
mod conductance;
mod energy;
mod error;
mod exact;
mod geometry;
mod memcapacitor;
mod readout;
mod shape;
#[cfg(test)]
mod tests;
mod unit_capacitors;
pub mod wires;
mod writer;

pub use energy::{ArrayEnergy, array_energy};
pub use error::CardError;
pub use exact::ExactCells;
pub use geometry::{area_rel_sd, film_sd};
pub use readout::Amplifier;
pub use writer::{CardWriter, DieCard};
