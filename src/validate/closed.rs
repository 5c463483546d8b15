//! Textbook functions that expected values are made of. Written for this suite; the product has its own.

use std::f64::consts::{PI, SQRT_2};

/// Boltzmann constant (J/K) and electron charge (C): CODATA 2018, exact.
pub const K: f64 = 1.380_649e-23;
pub const Q: f64 = 1.602_176_634e-19;
/// Vacuum permittivity (F/m): CODATA 2018.
pub const EPSILON_0: f64 = 8.854_187_812_8e-12;

/// Density of a standard normal.
pub fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt()
}

/// P(Z > z) of a standard normal.
pub fn tail(z: f64) -> f64 {
    0.5 * libm::erfc(z / SQRT_2)
}

pub fn db(power_ratio: f64) -> f64 {
    10.0 * libm::log10(power_ratio)
}

/// A root of `f`, which rises in the bracket.
pub fn root(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if f(middle) > 0.0 { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}
