//! The Wright omega function of a real argument: w + ln w = z, and what the C-V curve needs of it.

/// w(z) with w + ln(w) = z, for any finite z; relative error below 1e-14 (test).
///
/// w ~ e^z for z << 0 and z - ln z for z >> 0. A start value within some per cent, then two steps of fourth order.
/// Source: iteration of Fritsch, Shafer, Crowley, CACM 16, 123 (1973).
pub fn wright_omega(z: f64) -> f64 {
    // Below, e^z (1 - e^z) is exact to f64.
    if z < -37.0 {
        return libm::exp(z);
    }
    let mut w = if z < 1.0 {
        let e = libm::exp(z);
        e / (1.0 + e * (1.0 - 0.35 * e / (1.0 + e)))
    } else {
        z - libm::log(z) * (1.0 - 1.0 / (1.0 + z))
    };
    for _ in 0..2 {
        w = fritsch_step(z, w);
    }
    w
}

/// One step of fourth order.
fn fritsch_step(z: f64, w: f64) -> f64 {
    let r = z - w - libm::log(w);
    let t = 1.0 + w;
    let u = 2.0 * t * (t + 2.0 / 3.0 * r);
    w * (1.0 + r / t * (u - r) / (u - 2.0 * r))
}

/// ln w(z) = z - w(z), without the cancellation that the difference suffers for large z.
pub fn ln_omega(z: f64, w: f64) -> f64 {
    if z < 1.0 { z - w } else { libm::log(w) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defining identity on a grid over both branches and their seam.
    #[test]
    fn satisfies_its_equation() {
        for i in -4000..=8000 {
            let z = f64::from(i) * 0.01;
            let w = wright_omega(z);
            let residual = w + libm::log(w) - z;
            // d(residual)/dw = 1 + 1/w: a relative error of w of 1e-14 leaves this much.
            assert!(residual.abs() <= 1e-14 * (1.0 + w) + 1e-14 * z.abs(), "z = {z}: {residual:e}");
        }
    }

    #[test]
    fn known_values() {
        // omega constant W(1) at z = 0; w(1) = 1; W(e^5) from mpmath.
        for (z, w) in [(0.0, 0.567_143_290_409_783_9), (1.0, 1.0), (5.0, 3.693_441_358_960_65)] {
            assert!((wright_omega(z) / w - 1.0).abs() < 1e-14, "{z}");
        }
        assert_eq!(wright_omega(-800.0), 0.0);
        assert!((wright_omega(1e6) + libm::log(wright_omega(1e6)) - 1e6).abs() < 1e-9);
    }
}
