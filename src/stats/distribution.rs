//! Quantiles and tails of the distributions behind the intervals.

use statrs::distribution::{Continuous, ContinuousCDF, Gamma, Normal, StudentsT};

/// Two-sided quantile of Student's t: |T| stays below it with probability `level`. Infinite without degrees of freedom.
pub fn t_two_sided(level: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + 0.5 * level))
}

/// P(|T| >= |t|).
pub fn t_p_value(t: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or(1.0, |d| 2.0 * d.cdf(-t.abs()))
}

/// Two-sided quantile of the standard normal.
pub fn z_two_sided(level: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + 0.5 * level)
}

/// P(T' <= t) of the noncentral t distribution: the normal tail averaged over the chi-squared spread of the estimated sd.
pub fn noncentral_t_cdf(t: f64, df: f64, noncentrality: f64) -> f64 {
    let Ok(chi2) = Gamma::new(0.5 * df, 0.5) else { return f64::NAN };
    let normal = Normal::standard();
    // Simpson over v = chi-squared, in x = sqrt(v) so that the density stays bounded at one degree of freedom.
    let top = (df + 12.0 * (2.0 * df).sqrt() + 60.0).sqrt();
    let n = 2000;
    let h = top / f64::from(n);
    let f = |i: i32| {
        let x = h * f64::from(i);
        if x == 0.0 {
            return if df > 1.0 { 0.0 } else { (2.0 / std::f64::consts::PI).sqrt() * normal.cdf(-noncentrality) };
        }
        normal.cdf(t * x / df.sqrt() - noncentrality) * chi2.pdf(x * x) * 2.0 * x
    };
    let inner: f64 = (1..n).map(|i| f(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
    (f(0) + inner + f(n)) * h / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats: t.ppf(.975, 5), 2*t.sf(2, 7), nct.cdf(2, 4, 1.5), nct.cdf(2.776, 4, 3), nct.cdf(1, 1, .5).
    #[test]
    fn reference_values() {
        let close = |a: f64, b: f64, tolerance: f64| assert!((a - b).abs() < tolerance, "{a} against {b}");
        close(t_two_sided(0.95, 5.0), 2.570_581_835_636_314, 1e-9);
        close(t_p_value(2.0, 7.0), 0.085_619_328_6, 1e-9);
        close(z_two_sided(0.95), 1.959_963_984_540_054, 1e-9);
        close(noncentral_t_cdf(2.0, 4.0, 0.0), 1.0 - 0.5 * t_p_value(2.0, 4.0), 1e-6);
        close(noncentral_t_cdf(2.0, 4.0, 1.5), 0.618_928_925_1, 1e-6);
        close(noncentral_t_cdf(2.776, 4.0, 3.0), 0.380_622_270_1, 1e-6);
        close(noncentral_t_cdf(1.0, 1.0, 0.5), 0.592_747_736_4, 1e-5);
    }
}
