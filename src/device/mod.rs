//! Device models: closed forms in f64 and SI, one file per technology. They know no process and no array.

mod conductor;
pub mod constants;
mod memcapacitor;
mod wright_omega;

pub use conductor::{Aged, Conductor};
pub use memcapacitor::{CvCurve, Memcapacitor, Read, ReadPoint};
pub use wright_omega::wright_omega;
