//! How a weight and its normals make a differential weight: the pair of devices of each way to spread them.

use super::{OFF, SIGMA};
use crate::compute::exp::exp2;
use crate::compute::lanes::{LANES, Lanes, Line};

/// Conductances of the plus and of the minus device of a weight.
pub fn conductances(w: f64) -> [f64; 2] {
    [OFF + w.max(0.0), OFF - w.min(0.0)]
}

pub trait Devices {
    /// Normals that a weight takes.
    const NORMALS: usize;

    /// What describes a weight.
    fn numbers(w: f64) -> [f64; 2];

    /// Drawn weights of the rows that share a pair of normals.
    fn weights<L: Lanes>(numbers: &[[Line; 2]], z: [L; 2], weights: &mut [[f32; LANES]]);
}

/// G (1 + sigma z) for each device.
pub struct Gaussian;
/// The difference of two such devices, in one draw.
pub struct GaussianPair;
/// G exp(sigma z - sigma^2 / 2) for each device.
pub struct LogNormal;

impl Devices for Gaussian {
    const NORMALS: usize = 2;

    /// Means of the plus and of the minus device, the latter negative.
    fn numbers(w: f64) -> [f64; 2] {
        let [plus, minus] = conductances(w);
        [plus, -minus]
    }

    #[inline(always)]
    fn weights<L: Lanes>(numbers: &[[Line; 2]], [a, b]: [L; 2], weights: &mut [[f32; LANES]]) {
        let [sigma, one] = [L::of(SIGMA as f32), L::of(1.0)];
        for ([plus, minus], weight) in numbers.iter().zip(weights) {
            let plus = L::load(&plus.0) * sigma.mul_add(a, one);
            L::load(&minus.0).mul_add(sigma.mul_add(b, one), plus).store(weight);
        }
    }
}

impl Devices for GaussianPair {
    const NORMALS: usize = 1;

    /// Mean and sd of the difference.
    fn numbers(w: f64) -> [f64; 2] {
        let [plus, minus] = conductances(w);
        [w, SIGMA * libm::hypot(plus, minus)]
    }

    #[inline(always)]
    fn weights<L: Lanes>(numbers: &[[Line; 2]], z: [L; 2], weights: &mut [[f32; LANES]]) {
        for (([mean, sd], weight), z) in numbers.iter().zip(weights).zip(z) {
            L::load(&sd.0).mul_add(z, L::load(&mean.0)).store(weight);
        }
    }
}

impl Devices for LogNormal {
    const NORMALS: usize = 2;

    /// Medians of the plus and of the minus device, the latter negative.
    fn numbers(w: f64) -> [f64; 2] {
        let median_of_mean = libm::exp(-SIGMA * SIGMA / 2.0);
        let [plus, minus] = conductances(w);
        [plus * median_of_mean, -minus * median_of_mean]
    }

    #[inline(always)]
    fn weights<L: Lanes>(numbers: &[[Line; 2]], [a, b]: [L; 2], weights: &mut [[f32; LANES]]) {
        let octaves = L::of((SIGMA * std::f64::consts::LOG2_E) as f32);
        for ([plus, minus], weight) in numbers.iter().zip(weights) {
            let plus = L::load(&plus.0) * exp2(octaves * a);
            L::load(&minus.0).mul_add(exp2(octaves * b), plus).store(weight);
        }
    }
}
