//! Radial signatures of a wafer: shapes over rho = r/R, R half the diameter.

use crate::spec::Radial;

/// The shapes at `rho`: bowl, donut, edge, each times its coefficient in the parameter's unit.
///
/// bowl 2 rho^2 - 1 and donut 6 rho^4 - 6 rho^2 + 1 are Zernike (2,0) and (4,0); edge is exp((rho - 1)/edge_width).
pub fn radial_terms(radial: &Radial, rho: f64) -> [f64; 3] {
    let rho2 = rho * rho;
    let edge = if radial.edge == 0.0 { 0.0 } else { libm::exp((rho - 1.0) / radial.edge_width) };
    [radial.bowl * (2.0 * rho2 - 1.0), radial.donut * ((6.0 * rho2 - 6.0) * rho2 + 1.0), radial.edge * edge]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and sd over the disk of a function of rho and theta, by the midpoint rule in rho^2 and theta.
    fn over_disk(f: impl Fn(f64, f64) -> f64) -> (f64, f64) {
        let (n_rho, n_theta) = (2000, 64);
        let (mut sum, mut sum2) = (0.0, 0.0);
        for i in 0..n_rho {
            let rho = ((f64::from(i) + 0.5) / f64::from(n_rho)).sqrt();
            for j in 0..n_theta {
                let value = f(rho, (f64::from(j) + 0.5) / f64::from(n_theta) * std::f64::consts::TAU);
                sum += value;
                sum2 += value * value;
            }
        }
        let n = f64::from(n_rho * n_theta);
        (sum / n, (sum2 / n - (sum / n).powi(2)).sqrt())
    }

    /// physics.md V28: sds of unit signatures over the disk, within 0.5 %.
    #[test]
    fn v28_signatures() {
        let unit = |index: usize| {
            let mut radial = Radial { edge_width: 0.05, ..Radial::default() };
            *[&mut radial.bowl, &mut radial.donut, &mut radial.edge][index] = 1.0;
            over_disk(move |rho, _| radial_terms(&radial, rho)[index])
        };
        for (index, (mean, sd)) in [(0.0, 0.57735), (0.0, 0.44721), (0.0950, 0.1993)].into_iter().enumerate() {
            let found = unit(index);
            assert!((found.0 - mean).abs() < 5e-4 && (found.1 / sd - 1.0).abs() < 0.005, "{index}: {found:?}");
        }
        let tilt = over_disk(|rho, theta| rho * theta.cos());
        assert!((tilt.1 / 0.5 - 1.0).abs() < 0.005);
    }
}
