//! Intervals for yields and accuracies.

use super::Estimate;
use super::distribution::{t_two_sided, z_two_sided};

/// Wilson interval of `k` of `n` independent trials.
///
/// For dies of a wafer lot it holds sampling error only, since dies of a wafer are not independent: see [`logit_t`].
pub fn wilson(k: u64, n: u64, level: f64) -> Estimate {
    if n == 0 {
        return Estimate::bare(f64::NAN, level, "no trials", 0);
    }
    let (k, n, z) = (k as f64, n as f64, z_two_sided(level));
    let p = k / n;
    let shrink = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / shrink;
    let half = z / shrink * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Estimate {
        value: p,
        low: Some((centre - half).max(0.0)),
        high: Some((centre + half).min(1.0)),
        level,
        method: "Wilson".into(),
        n: n as usize,
    }
}

/// Yield of a split from its wafers, the wafer being the unit: (good, tested) of each.
///
/// Student t on the logits of the wafers' yields (k + 1/2)/(n + 1), laid round the logit of the pooled yield. The error is not
/// taken below that of binomial sampling, so that wafers that agree by chance, or all pass, claim no more than their dies
/// can show. One wafer gives no interval. Derived: coverage in `logit_t_covers_and_pooling_does_not`.
pub fn logit_t(wafers: &[(u64, u64)], level: f64) -> Estimate {
    let good: u64 = wafers.iter().map(|w| w.0).sum();
    let tested: u64 = wafers.iter().map(|w| w.1).sum();
    let n = wafers.len();
    if tested == 0 {
        return Estimate::bare(f64::NAN, level, "no dies", n);
    }
    let value = good as f64 / tested as f64;
    if n < 2 {
        return Estimate::bare(value, level, "one wafer: no interval", n);
    }
    let share = |k: u64, n: u64| (k as f64 + 0.5) / (n as f64 + 1.0);
    let logits: Vec<f64> = wafers.iter().map(|&(k, n)| logit(share(k, n))).collect();
    let mean = logits.iter().sum::<f64>() / n as f64;
    let variance = logits.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    let pooled = share(good, tested);
    let sampling = 1.0 / ((tested + 1) as f64 * pooled * (1.0 - pooled));
    let half = t_two_sided(level, (n - 1) as f64) * (variance / n as f64).max(sampling).sqrt();
    Estimate {
        value,
        low: Some(expit(logit(pooled) - half).min(value)),
        high: Some(expit(logit(pooled) + half).max(value)),
        level,
        method: "logit-t on wafers".into(),
        n,
    }
}

fn logit(p: f64) -> f64 {
    libm::log(p / (1.0 - p))
}

fn expit(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{DieAddress, HostDraw, Stream};

    /// 0 of 50: upper end .0713476 (published).
    #[test]
    fn zero_of_fifty() {
        assert!((wilson(0, 50, 0.95).high.unwrap() - 0.071_347_6).abs() < 1e-7);
        assert_eq!(wilson(0, 50, 0.95).low, Some(0.0));
        assert_eq!(wilson(50, 50, 0.95).high, Some(1.0));
    }

    #[test]
    fn ends_of_the_scale_have_intervals() {
        let all = logit_t(&[(500, 500), (500, 500), (500, 500)], 0.95);
        assert_eq!((all.value, all.high), (1.0, Some(1.0)));
        assert!(all.low.unwrap() < 1.0 && all.low.unwrap() > 0.7);
        let none = logit_t(&[(0, 500), (0, 500), (0, 500)], 0.95);
        assert_eq!((none.value, none.low), (0.0, Some(0.0)));
        let one = logit_t(&[(450, 500)], 0.95);
        assert_eq!((one.value, one.low, one.high), (0.9, None, None));
    }

    /// Six wafers of 600 dies whose logits spread so that the ICC is .02: the wafer-level interval covers the truth,
    /// pooled Wilson does not. 2,000 lots: standard error of a coverage of 95 % is 0.5 %.
    #[test]
    fn logit_t_covers_and_pooling_does_not() {
        let (centre, spread) = (logit(0.8), 0.36);
        let expected =
            (0..4001).map(|i| f64::from(i) * 0.004 - 8.0).map(|z| expit(centre + spread * z) * gauss(z) * 0.004);
        let truth: f64 = expected.sum();
        let (mut covered, mut pooled_covered) = (0, 0);
        let lots = 2000;
        for lot in 0..lots {
            let draw = HostDraw::new(11, Stream::Process, DieAddress::lot_level(lot), "coverage");
            let wafers: Vec<(u64, u64)> = (0..6)
                .map(|w| {
                    let p = expit(centre + spread * draw.normal(w));
                    // 600 Bernoulli dies through their normal limit, rounded: np(1-p) is about 90.
                    let k = 600.0 * p + (600.0 * p * (1.0 - p)).sqrt() * draw.normal(100 + w);
                    (k.round().clamp(0.0, 600.0) as u64, 600)
                })
                .collect();
            let inside = |e: Estimate| u32::from(e.low.unwrap() <= truth && truth <= e.high.unwrap());
            covered += inside(logit_t(&wafers, 0.95));
            pooled_covered += inside(wilson(wafers.iter().map(|w| w.0).sum(), 3600, 0.95));
        }
        let share = f64::from(covered) / f64::from(lots);
        assert!((0.93..0.97).contains(&share), "{share}");
        assert!(f64::from(pooled_covered) / f64::from(lots) < 0.6, "{pooled_covered}");
    }

    fn gauss(z: f64) -> f64 {
        libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt()
    }
}
