//! Host draws in f64: process parameters, defects, gauge errors. Few of them, so accuracy comes before speed.

use super::{Address, DieAddress, Stream, name_element};

/// The draws of one named quantity of one lot, wafer or die.
#[derive(Clone, Copy, Debug)]
pub struct HostDraw {
    address: Address,
}

impl HostDraw {
    pub fn new(seed: u64, stream: Stream, die: DieAddress, name: &str) -> Self {
        Self { address: Address { seed, stream, die, array: 0, element: name_element(name) } }
    }

    /// Two uniforms in (0, 1), 52 bits each; `index` < 2^24 counts the draws of this name.
    pub fn uniforms(&self, index: u32) -> [f64; 2] {
        let w = Address { array: index, ..self.address }.words();
        [unit(w[0], w[1]), unit(w[2], w[3])]
    }

    /// A standard normal (Box-Muller, f64; reaches 8.5 sigma).
    pub fn normal(&self, index: u32) -> f64 {
        self.normals(index)[0]
    }

    /// Two independent standard normals; the first is [`normal`](Self::normal).
    pub fn normals(&self, index: u32) -> [f64; 2] {
        let [u, v] = self.uniforms(index);
        let radius = (-2.0 * libm::log(u)).sqrt();
        let (sin, cos) = libm::sincos(std::f64::consts::TAU * v);
        [radius * cos, radius * sin]
    }
}

/// (0, 1) from two words: 52 bits, centred in their step, so neither end is reached.
fn unit(hi: u32, lo: u32) -> f64 {
    let bits = (u64::from(hi) << 32 | u64::from(lo)) >> 12;
    (bits as f64 + 0.5) * f64::EPSILON
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniforms_stay_inside_the_open_interval() {
        assert!(unit(0, 0) > 0.0 && unit(u32::MAX, u32::MAX) < 1.0);
    }

    #[test]
    fn normals_have_unit_moments() {
        let draw = HostDraw::new(1, Stream::Process, DieAddress::lot_level(0), "test");
        let n = 100_000;
        let (mut m1, mut m2, mut m4, mut cross) = (0.0, 0.0, 0.0, 0.0);
        for i in 0..n {
            let [z, other] = draw.normals(i);
            assert_eq!(z, draw.normal(i));
            cross += z * other;
            m1 += z;
            m2 += z * z;
            m4 += z.powi(4);
        }
        let n = f64::from(n);
        // Four standard errors of the mean, the variance and the fourth moment.
        assert!((m1 / n).abs() < 4.0 / n.sqrt());
        assert!((cross / n).abs() < 4.0 / n.sqrt());
        assert!((m2 / n - 1.0).abs() < 4.0 * (2.0 / n).sqrt());
        assert!((m4 / n - 3.0).abs() < 4.0 * (96.0 / n).sqrt());
    }
}
