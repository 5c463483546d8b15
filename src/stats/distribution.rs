//! Quantiles, tails and power of the distributions behind the intervals.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Two-sided quantile of Student's t: |T| stays below it with probability `level`.
///
/// Infinite without degrees of freedom, NaN for a level that is no probability.
pub fn t_two_sided(level: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&level) {
        return f64::NAN;
    }
    StudentsT::new(0.0, 1.0, df).map_or(f64::INFINITY, |t| t.inverse_cdf(0.5 + 0.5 * level))
}

/// P(|T| >= |t|) for a finite t; 1 without degrees of freedom.
pub fn t_p_value(t: f64, df: f64) -> f64 {
    StudentsT::new(0.0, 1.0, df).map_or(1.0, |d| 2.0 * d.cdf(-t.abs()))
}

/// Two-sided quantile of the standard normal; NaN for a level that is no probability.
pub fn z_two_sided(level: f64) -> f64 {
    if !(0.0..=1.0).contains(&level) {
        return f64::NAN;
    }
    Normal::standard().inverse_cdf(0.5 + 0.5 * level)
}

/// Power of a two-sided t test against the size of the true effect.
///
/// The noncentral t is a normal over an independent s = sqrt(chi-squared / df): the normal's two tails beyond
/// `critical` times s are averaged over s by Simpson's rule, to 1e-6.
pub struct Power {
    /// Quadrature over s: (critical value times s, weight); the weights sum to 1.
    nodes: Vec<(f64, f64)>,
}

impl Power {
    /// `critical`: the test rejects beyond it. `df`: 1 or more, as Welch's always are.
    pub fn new(critical: f64, df: f64) -> Self {
        let df = df.max(1.0);
        // A chi variable strays from sqrt(df) by more than 8.5 with a probability below exp(-8.5^2 / 2) = 2e-16.
        let (low, high) = (libm::cbrt((df.sqrt() - 8.5).max(0.0)), libm::cbrt(df.sqrt() + 8.5));
        // Steps in the cube root of chi, which smooths the cusp that its density has at zero below 2 degrees of
        // freedom; fine enough for the density and for the normal tail, whose width in chi is sqrt(df) / critical.
        let step = (0.1 * libm::cbrt(df.sqrt()) / critical).max(2e-5).min((high - low) / 200.0);
        let n = 2 * (0.5 * (high - low) / step).ceil() as u32;
        let mut nodes: Vec<(f64, f64)> = (0..=n)
            .map(|i| {
                let u = low + (high - low) * f64::from(i) / f64::from(n);
                let simpson = if i == 0 || i == n { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
                (critical * u * u * u / df.sqrt(), simpson * 3.0 * u * u * chi_density(u * u * u, df))
            })
            .collect();
        let sum: f64 = nodes.iter().map(|(_, weight)| weight).sum();
        nodes.iter_mut().for_each(|(_, weight)| *weight /= sum);
        Self { nodes }
    }

    /// Probability that the test rejects. `noncentrality`: true effect over its standard error.
    pub fn at(&self, noncentrality: f64) -> f64 {
        let tails = |cut: f64| normal_upper(cut - noncentrality) + normal_upper(cut + noncentrality);
        self.nodes.iter().map(|&(cut, weight)| weight * tails(cut)).sum()
    }

    /// Noncentrality at which the power is `power` (below 1), to 1e-6 of the largest sought.
    pub fn noncentrality(&self, power: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        // Power tends to 1; the bound stops a search for what is no power.
        while self.at(high) < power && high < 1e6 {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..20 {
            let middle = 0.5 * (low + high);
            if self.at(middle) < power { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }
}

/// Density of the square root of chi-squared, up to a factor.
fn chi_density(x: f64, df: f64) -> f64 {
    if df == 1.0 {
        return libm::exp(-0.5 * x * x);
    }
    if x == 0.0 {
        return 0.0;
    }
    // Relative to the mode at sqrt(df - 1), so that neither factor overflows.
    let mode2 = df - 1.0;
    libm::exp(0.5 * mode2 * libm::log(x * x / mode2) - 0.5 * (x * x - mode2))
}

/// P(Z > z).
fn normal_upper(z: f64) -> f64 {
    0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (level, df, t.ppf(.5 + level / 2, df)), from tools/reference_statistics.py.
    const QUANTILES: [(f64, f64, f64); 8] = [
        (0.95, 1.0, 12.706_204_736_174_694),
        (0.95, 2.0, 4.302_652_729_749_462),
        (0.95, 5.0, 2.570_581_835_636_314_6),
        (0.95, 17.776, 2.102_821_310_380_221),
        (0.8, 2.37, 1.762_562_896_168_728_5),
        (0.99, 2.37, 7.680_186_673_810_434),
        (0.999, 1.0, 636.619_248_768_789_7),
        (0.999, 100.0, 3.390_491_311_164_263),
    ];

    /// (critical, df, noncentrality, nct.sf(critical) + nct.cdf(-critical)), from tools/reference_statistics.py.
    const POWERS: [(f64, f64, f64, f64); 9] = [
        (12.706_204_736_174_694, 1.0, 0.0, 0.05),
        (12.706_204_736_174_694, 1.0, 16.0, 0.790_646_646_921_112_5),
        (636.619_248_768_789_7, 1.0, 800.0, 0.791_114_724_673_071_3),
        (6.0, 1.3, 5.0, 0.553_223_549_458_544_9),
        (4.302_652_729_749_462, 2.0, 6.0, 0.835_738_119_822_869_4),
        (3.2, 2.37, 0.7, 0.101_544_981_191_582_9),
        (2.776_445_105_197_793_4, 4.0, 3.0, 0.619_261_459_402_330_6),
        (2.228_138_851_986_274, 10.0, 3.1, 0.797_500_624_815_045_8),
        (1.983_971_518_523_551_8, 100.0, 2.8, 0.791_906_737_347_047_4),
    ];

    #[test]
    fn quantiles_and_tails_are_those_of_scipy() {
        for (level, df, t) in QUANTILES {
            assert!((t_two_sided(level, df) / t - 1.0).abs() < 1e-11, "{level} {df}: {}", t_two_sided(level, df));
            assert!((t_p_value(t, df) - (1.0 - level)).abs() < 1e-11, "{level} {df}");
        }
        assert!((z_two_sided(0.95) - 1.959_963_984_540_054).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_probability_gives_no_number() {
        assert!(t_two_sided(1.5, 3.0).is_nan() && z_two_sided(f64::NAN).is_nan());
        assert_eq!(t_two_sided(0.95, 0.0), f64::INFINITY);
    }

    #[test]
    fn power_is_that_of_the_noncentral_t() {
        for (critical, df, noncentrality, reference) in POWERS {
            let power = Power::new(critical, df).at(noncentrality);
            assert!((power - reference).abs() < 1e-6, "{critical} {df} {noncentrality}: {power}, not {reference}");
        }
    }

    #[test]
    fn noncentrality_inverts_power() {
        for df in [1.0, 2.4, 10.0] {
            let power = Power::new(t_two_sided(0.95, df), df);
            let found = power.noncentrality(0.8);
            assert!((power.at(found) - 0.8).abs() < 1e-5, "{df}: {}", power.at(found));
        }
    }
}
