//! Addressed randomness: a value is a function of its address, never of what was drawn before it.
//!
//! value = f(seed, stream, lot, wafer, die, array, element). No generator carries state, so thread count, chunking,
//! resuming and backend cannot change a draw, and a new stream moves no other.

mod address;
mod host;
mod philox;

pub use address::{Address, DieAddress, NO_DIE, Stream, name_element};
pub use host::HostDraw;
pub use philox::{MULTIPLIER as PHILOX_MULTIPLIER, WEYL as PHILOX_WEYL, philox4x32_10};
