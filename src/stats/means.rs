//! Means of wafers and differences between splits, by Student's t. The unit of every slice is the wafer.

use super::Estimate;
use super::distribution::{Power, t_p_value, t_two_sided};

/// Power that minimum detectable differences are quoted at.
pub const POWER: f64 = 0.8;

/// Spread below which wafers are called equal, relative to their mean: sums of some thousand equal dies differ by that
/// much through rounding alone, and a t test would take rounding for signal.
const ROUNDING: f64 = 1e-12;

/// Mean and sample standard deviation; the deviation of fewer than two values is 0, the mean of none NaN.
pub fn mean_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (mean, 0.0);
    }
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// Mean of wafer means with its t interval.
///
/// No interval from one wafer, nor where a wafer's mean is not finite (the SNR of arrays without error).
pub fn mean_t(wafers: &[f64], level: f64) -> Estimate {
    let n = wafers.len();
    let (mean, sd) = mean_sd(wafers);
    match n {
        0 => Estimate::bare(f64::NAN, level, "no wafers", 0),
        1 => Estimate::bare(mean, level, "one wafer: no interval", 1),
        _ if !sd.is_finite() => Estimate::bare(mean, level, "not finite: no interval", n),
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
    /// Smallest true difference that groups of this size and spread show with a power of [`POWER`]; absent likewise.
    pub minimum_detectable: Option<f64>,
}

/// Welch's test on wafer means, degrees of freedom by Satterthwaite.
///
/// The minimum detectable difference takes the spread that these wafers show for the true one, so with three wafers it
/// is itself uncertain by a factor of two.
pub fn welch(treatment: &[f64], control: &[f64], level: f64) -> Difference {
    let ((m1, s1), (m0, s0)) = (mean_sd(treatment), mean_sd(control));
    let (n1, n0) = (treatment.len() as f64, control.len() as f64);
    let n = treatment.len() + control.len();
    let untested = |estimate| Difference { estimate, p_value: None, minimum_detectable: None };
    if treatment.len() < 2 || control.len() < 2 {
        return untested(Estimate::bare(m1 - m0, level, "one wafer in a group: no interval", n));
    }
    let (v1, v0) = (s1 * s1 / n1, s0 * s0 / n0);
    let se = (v1 + v0).sqrt();
    if !se.is_finite() {
        return untested(Estimate::bare(m1 - m0, level, "not finite: no interval", n));
    }
    if se <= ROUNDING * m1.abs().max(m0.abs()) {
        return untested(Estimate::symmetric(m1 - m0, 0.0, level, "wafers do not differ within groups", n));
    }
    // In shares of the variance, so that very small spreads do not underflow.
    let (f1, f0) = (v1 / (v1 + v0), v0 / (v1 + v0));
    let df = 1.0 / (f1 * f1 / (n1 - 1.0) + f0 * f0 / (n0 - 1.0));
    let critical = t_two_sided(level, df);
    Difference {
        estimate: Estimate::symmetric(m1 - m0, critical * se, level, "Welch t on wafer means", n),
        p_value: Some(t_p_value((m1 - m0) / se, df)),
        minimum_detectable: Some(se * Power::new(critical, df).noncentrality(POWER)),
    }
}

/// Mean of paired differences, one per virtual wafer under two recipes, with its t interval.
pub fn paired_t(differences: &[f64], level: f64) -> Estimate {
    let estimate = mean_t(differences, level);
    if estimate.low.is_none() {
        return estimate;
    }
    Estimate { method: "paired t, same virtual wafers".into(), ..estimate }
}

#[cfg(test)]
mod tests {
    use super::super::coverage::{contains, share_of_lots};
    use super::*;

    /// Extra hours of sleep under two drugs, ten patients (Student, Biometrika 6, 1 (1908)).
    const DRUG_1: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const DRUG_2: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

    fn assert_interval(e: &Estimate, low: f64, high: f64) {
        assert!((e.low.unwrap() - low).abs() < 1e-7 && (e.high.unwrap() - high).abs() < 1e-7, "{e:?}");
    }

    /// R's documentation of `t.test` prints p = 0.07939 and -3.3654832 to 0.2054832.
    #[test]
    fn welch_of_the_sleep_data() {
        let d = welch(&DRUG_1, &DRUG_2, 0.95);
        assert_interval(&d.estimate, -3.365_483_230_7, 0.205_483_230_7);
        assert!((d.p_value.unwrap() - 0.079_394_140_2).abs() < 1e-9, "{d:?}");
    }

    /// R prints -2.4598858 to -0.7001142 for the same data paired.
    #[test]
    fn paired_t_of_the_sleep_data() {
        let differences: Vec<f64> = DRUG_1.iter().zip(DRUG_2).map(|(a, b)| a - b).collect();
        assert_interval(&paired_t(&differences, 0.95), -2.459_885_763_3, -0.700_114_236_7);
        assert_interval(&mean_t(&DRUG_2, 0.95), 0.897_677_539_4, 3.762_322_460_6);
    }

    /// scipy.stats.ttest_ind(equal_var=False), from tools/reference_statistics.py.
    #[test]
    fn welch_of_unequal_groups() {
        let d = welch(&[5.1, 4.9, 5.6], &[4.2, 4.4, 4.3, 4.9], 0.95);
        assert_interval(&d.estimate, 0.030_029_385_7, 1.469_970_614_3);
        assert!((d.p_value.unwrap() - 0.044_450_393_4).abs() < 1e-9, "{d:?}");
    }

    /// statsmodels TTestIndPower().solve_power(alpha=.05, power=.8): effects in sds, from
    /// tools/reference_statistics.py.
    #[test]
    fn minimum_detectable_effect_is_that_of_statsmodels() {
        let unit = |n: usize| {
            let values: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
            let (_, sd) = mean_sd(&values);
            values.into_iter().map(|v| v / sd).collect::<Vec<f64>>()
        };
        for (n, effect) in [(3, 3.070_892_27), (6, 1.795_540_896)] {
            let found = welch(&unit(n), &unit(n), 0.95).minimum_detectable.unwrap();
            assert!((found / effect - 1.0).abs() < 1e-5, "{n}: {found}, not {effect}");
        }
    }

    #[test]
    fn too_few_wafers_give_no_interval() {
        let (one, none) = (mean_t(&[3.0], 0.95), mean_t(&[], 0.95));
        assert_eq!((one.value, one.low, one.high), (3.0, None, None));
        assert!(none.value.is_nan() && none.low.is_none());
        let d = welch(&[3.0], &[1.0, 2.0], 0.95);
        assert_eq!((d.estimate.value, d.estimate.low, d.p_value, d.minimum_detectable), (1.5, None, None, None));
        assert_eq!(paired_t(&[0.5], 0.95).method, "one wafer: no interval");
    }

    /// Wafers of equal dies, each mean summed over another number of them.
    #[test]
    fn rounding_is_no_difference() {
        let wafer = |n: usize| vec![0.1; n].iter().sum::<f64>() / n as f64;
        let treatment = [wafer(601), wafer(577), wafer(590)];
        let control = [wafer(300), wafer(333), wafer(517)];
        assert_ne!(mean_sd(&treatment).1, 0.0);
        let d = welch(&treatment, &control, 0.95);
        assert_eq!((d.p_value, d.minimum_detectable), (None, None));
        assert_eq!(welch(&[0.0; 3], &[0.0; 3], 0.95).p_value, None);
    }

    #[test]
    fn what_is_not_finite_has_no_interval() {
        assert_eq!(mean_t(&[1.0, f64::INFINITY], 0.95).low, None);
        let d = welch(&[1.0, f64::NAN], &[1.0, 2.0], 0.95);
        assert_eq!((d.estimate.low, d.p_value), (None, None));
    }

    #[test]
    fn mean_t_covers() {
        for n in [2, 3, 6] {
            let covered = share_of_lots(2000, "mean-t", |draw| {
                let wafers: Vec<f64> = (0..n).map(|w| 5.0 + draw.normal(w)).collect();
                contains(&mean_t(&wafers, 0.95), 5.0)
            });
            assert!((0.93..0.97).contains(&covered), "{n} wafers: {covered}");
        }
    }

    /// Six against six wafers with unequal spreads. With three against three of equal spread Welch has fewer degrees of
    /// freedom than it could have and covers a little more, so the upper bound is wider there.
    #[test]
    fn welch_covers() {
        for (n, spread, most) in [(6, 1.0, 0.97), (6, 2.0, 0.97), (3, 2.0, 0.975), (3, 1.0, 0.98)] {
            let covered = share_of_lots(2000, "Welch", |draw| {
                let control: Vec<f64> = (0..n).map(|w| draw.normal(w)).collect();
                let treatment: Vec<f64> = (n..2 * n).map(|w| 1.0 + spread * draw.normal(w)).collect();
                contains(&welch(&treatment, &control, 0.95).estimate, 1.0)
            });
            assert!((0.93..most).contains(&covered), "{n} wafers, spread {spread}: {covered}");
        }
    }

    /// A true difference of the size called detectable, for the true spread, is found in 80 % of lots. Welch's fewer
    /// degrees of freedom cost up to three points with six wafers.
    #[test]
    fn what_is_called_detectable_is_detected() {
        let size = 1.795_540_896;
        let found = share_of_lots(2000, "power", |draw| {
            let control: Vec<f64> = (0..6).map(|w| draw.normal(w)).collect();
            let treatment: Vec<f64> = (6..12).map(|w| size + draw.normal(w)).collect();
            welch(&treatment, &control, 0.95).p_value.unwrap() < 0.05
        });
        assert!((0.76..0.83).contains(&found), "{found}");
    }
}
