//! Means of wafers and differences between splits, by Student's t. The unit of every slice is the wafer.

use super::Estimate;
use super::distribution::{noncentral_t_cdf, t_p_value, t_two_sided};

/// Mean and sample standard deviation; the deviation of fewer than two values is 0.
pub fn mean_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (mean, 0.0);
    }
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// Mean of wafer means with its t interval.
pub fn mean_t(wafers: &[f64], level: f64) -> Estimate {
    let n = wafers.len();
    let (mean, sd) = mean_sd(wafers);
    match n {
        0 => Estimate::bare(f64::NAN, level, "no wafers", 0),
        1 => Estimate::bare(mean, level, "one wafer: no interval", 1),
        _ => {
            let half = t_two_sided(level, (n - 1) as f64) * sd / (n as f64).sqrt();
            Estimate::symmetric(mean, half, level, "t on wafer means", n)
        }
    }
}

/// What two groups of wafers show: difference of means, treatment minus control.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub estimate: Estimate,
    /// Two-sided; absent where no spread can be estimated.
    pub p_value: Option<f64>,
    /// Smallest true difference that groups of this size and spread show with the asked power; absent likewise.
    pub minimum_detectable: Option<f64>,
}

/// Power that minimum detectable differences are quoted at.
pub const POWER: f64 = 0.8;

/// Welch's test on wafer means, degrees of freedom by Satterthwaite.
pub fn welch(treatment: &[f64], control: &[f64], level: f64) -> Difference {
    let ((m1, s1), (m0, s0)) = (mean_sd(treatment), mean_sd(control));
    let (n1, n0) = (treatment.len() as f64, control.len() as f64);
    let n = treatment.len() + control.len();
    if treatment.len() < 2 || control.len() < 2 {
        let estimate = Estimate::bare(m1 - m0, level, "one wafer in a group: no interval", n);
        return Difference { estimate, p_value: None, minimum_detectable: None };
    }
    let (v1, v0) = (s1 * s1 / n1, s0 * s0 / n0);
    let se = (v1 + v0).sqrt();
    if se == 0.0 {
        let estimate = Estimate::symmetric(m1 - m0, 0.0, level, "wafers do not differ within groups", n);
        return Difference { estimate, p_value: None, minimum_detectable: None };
    }
    let df = (v1 + v0).powi(2) / (v1 * v1 / (n1 - 1.0) + v0 * v0 / (n0 - 1.0));
    Difference {
        estimate: Estimate::symmetric(m1 - m0, t_two_sided(level, df) * se, level, "Welch t on wafer means", n),
        p_value: Some(t_p_value((m1 - m0) / se, df)),
        minimum_detectable: Some(se * detectable_noncentrality(1.0 - level, df)),
    }
}

/// Mean of paired differences, one per virtual wafer under two recipes, with its t interval.
pub fn paired_t(differences: &[f64], level: f64) -> Estimate {
    Estimate { method: "paired t, same virtual wafers".into(), ..mean_t(differences, level) }
}

/// Noncentrality at which a two-sided t test at `alpha` has power [`POWER`].
fn detectable_noncentrality(alpha: f64, df: f64) -> f64 {
    let critical = t_two_sided(1.0 - alpha, df);
    let power = |delta: f64| 1.0 - noncentral_t_cdf(critical, df, delta) + noncentral_t_cdf(-critical, df, delta);
    let (mut low, mut high) = (0.0, 4.0 + 4.0 * critical);
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if power(middle) < POWER { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{DieAddress, HostDraw, Stream};

    /// scipy.stats.ttest_ind([5.1, 4.9, 5.6], [4.2, 4.4, 4.3, 4.9], equal_var=False): t, p and interval.
    #[test]
    fn welch_reference() {
        let d = welch(&[5.1, 4.9, 5.6], &[4.2, 4.4, 4.3, 4.9], 0.95);
        assert!((d.p_value.unwrap() - 0.044_450_393_4).abs() < 1e-6, "{d:?}");
        assert!((d.estimate.low.unwrap() - 0.030_029_385_7).abs() < 1e-6, "{d:?}");
        assert!((d.estimate.high.unwrap() - 1.469_970_614_3).abs() < 1e-6, "{d:?}");
    }

    /// statsmodels TTestIndPower().solve_power(nobs1=6, alpha=.05, power=.8, ratio=1): effect size in sds.
    #[test]
    fn detectable_effect_reference() {
        let d = detectable_noncentrality(0.05, 10.0) * (2.0f64 / 6.0).sqrt();
        assert!((d - 1.795_540_9).abs() < 1e-4, "{d}");
    }

    /// 95 % intervals of three against three wafers with unequal spreads, 2,000 lots: Welch is slightly conservative
    /// at such sizes; the test's level stays below 5 % plus three standard errors.
    #[test]
    fn intervals_cover() {
        let (mut mean_covered, mut welch_covered, mut rejected) = (0, 0, 0);
        let lots = 2000;
        for lot in 0..lots {
            let draw = HostDraw::new(12, Stream::Process, DieAddress::lot_level(lot), "means");
            let control: Vec<f64> = (0..3).map(|w| draw.normal(w)).collect();
            let treatment: Vec<f64> = (3..6).map(|w| 1.0 + 2.0 * draw.normal(w)).collect();
            let inside = |e: &Estimate, truth: f64| u32::from(e.low.unwrap() <= truth && truth <= e.high.unwrap());
            mean_covered += inside(&mean_t(&control, 0.95), 0.0);
            welch_covered += inside(&welch(&treatment, &control, 0.95).estimate, 1.0);
            let same: Vec<f64> = (6..9).map(|w| draw.normal(w)).collect();
            rejected += u32::from(welch(&same, &control, 0.95).p_value.unwrap() < 0.05);
        }
        let share = |n: u32| f64::from(n) / f64::from(lots);
        assert!((0.93..0.97).contains(&share(mean_covered)), "{}", share(mean_covered));
        assert!((0.93..0.985).contains(&share(welch_covered)), "{}", share(welch_covered));
        assert!(share(rejected) < 0.065, "{}", share(rejected));
    }
}
