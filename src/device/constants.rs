//! Constants of nature (SI, exact since 2019 but for the permittivity).
//!
//! Source: CODATA 2018.

/// Elementary charge (C).
pub const ELECTRON: f64 = 1.602_176_634e-19;
/// Boltzmann constant (J/K).
pub const BOLTZMANN: f64 = 1.380_649e-23;
/// Vacuum permittivity (F/m).
pub const VACUUM_PERMITTIVITY: f64 = 8.854_187_812_8e-12;
/// Celsius to kelvin.
pub const ZERO_CELSIUS: f64 = 273.15;
