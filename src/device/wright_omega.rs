//! The Wright omega function of a real argument: w + ln w = z, with its logarithm.

/// w(z) for any finite z; relative error below 1e-14 (test).
pub fn wright_omega(z: f64) -> f64 {
    omega_and_log(z).0
}

/// w(z) and ln w(z) = z - w(z).
///
/// A series on each of four intervals, then steps of fourth order until their error estimate is below the last bit: one step
/// nearly everywhere. Source: Lawrence, Corless, Jeffrey, "Algorithm 917", ACM TOMS 38, 20 (2012); the step is that of
/// Fritsch, Shafer, Crowley, CACM 16, 123 (1973).
pub fn omega_and_log(z: f64) -> (f64, f64) {
    if z < -10.0 {
        // Lagrange's series in e^z; the next term is 125/24 e^(5z), below the last bit.
        let e = libm::exp(z);
        let w = e * (1.0 - e * (1.0 - e * (1.5 - e * (8.0 / 3.0))));
        return (w, z - w);
    }
    let start = if z < -2.0 {
        let e = libm::exp(z);
        e * (1.0 + 0.5 * e) / (1.0 + 1.5 * e)
    } else if z < 1.0 + std::f64::consts::PI {
        let x = z - 1.0;
        1.0 + x * (0.5 + x * (1.0 / 16.0 + x * (-1.0 / 192.0 + x * (-1.0 / 3072.0 + x * (13.0 / 61440.0)))))
    } else {
        let (l, over) = (libm::log(z), 1.0 / z);
        z - l + l * over * (1.0 + over * (0.5 * (l - 2.0) + over * ((l * (2.0 * l - 9.0) + 6.0) / 6.0)))
    };
    let w = refined(z, start);
    // z - w loses digits only where it is small beside z.
    (w, if z < 64.0 { z - w } else { libm::log(w) })
}

fn refined(z: f64, start: f64) -> f64 {
    let mut w = start;
    // The estimate ends it after one or two steps; three only bound the loop.
    for _ in 0..3 {
        let r = z - w - libm::log(w);
        let t = 1.0 + w;
        let u = 2.0 * t * (t + 2.0 / 3.0 * r);
        w *= 1.0 + r / t * (u - r) / (u - 2.0 * r);
        let t2 = t * t;
        if ((2.0 * w - 8.0) * w - 1.0).abs() * (r * r) * (r * r) < 72.0 * f64::EPSILON * t2 * t2 * t2 {
            break;
        }
    }
    w
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newton's method on the defining identity, iterated to the end, from a start that knows no series.
    fn reference(z: f64) -> f64 {
        // In x = ln w the equation e^x + x = z is convex and rising: Newton from the right never overshoots.
        let mut x = if z < 1.0 { z } else { libm::log(z) };
        for _ in 0..60 {
            let e = libm::exp(x);
            x -= (e + x - z) / (e + 1.0);
        }
        libm::exp(x)
    }

    /// All four intervals and their seams.
    #[test]
    fn satisfies_its_equation() {
        for i in -6000..=20_000 {
            let z = f64::from(i) * 0.005;
            let (w, log) = omega_and_log(z);
            assert!((w / reference(z) - 1.0).abs() < 3e-14, "z = {z}: {w:e}");
            // d(w + ln w)/dw = 1 + 1/w: a relative error of w of 1e-14 leaves this much.
            assert!((w + libm::log(w) - z).abs() <= 1e-14 * (1.0 + w + z.abs()), "z = {z}");
            assert!((log - libm::log(w)).abs() <= 1e-14 * (1.0 + z.abs()), "z = {z}");
        }
    }

    #[test]
    fn known_values() {
        // Omega constant W(1) at z = 0; w(1) = 1; W(e^5) from mpmath.
        for (z, w) in [(0.0, 0.567_143_290_409_783_8), (1.0, 1.0), (5.0, 3.693_441_358_960_65)] {
            assert!((wright_omega(z) / w - 1.0).abs() < 1e-14, "{z}");
        }
        assert_eq!(wright_omega(-800.0), 0.0);
        assert!((wright_omega(1e6) + libm::log(wright_omega(1e6)) - 1e6).abs() < 1e-9);
    }
}
