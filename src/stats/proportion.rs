//! Intervals for yields and accuracies.

use super::Estimate;
use super::distribution::{t_two_sided, z_two_sided};

/// Wilson interval of `k` of `n` independent trials; `k` above `n` counts as `n`.
///
/// For dies of a wafer lot it holds sampling error only, since dies of a wafer are not independent: see [`logit_t`].
pub fn wilson(k: u64, n: u64, level: f64) -> Estimate {
    if n == 0 {
        return Estimate::bare(f64::NAN, level, "no trials", 0);
    }
    let (k, n, z) = (k.min(n) as f64, n as f64, z_two_sided(level));
    let p = k / n;
    let shrink = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / shrink;
    let half = z / shrink * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Estimate {
        value: p,
        // The formula's ends at 0 and n are 0 and 1 but for rounding.
        low: Some(if k == 0.0 { 0.0 } else { (centre - half).max(0.0) }),
        high: Some(if k == n { 1.0 } else { (centre + half).min(1.0) }),
        level,
        method: "Wilson".into(),
        n: n as usize,
    }
}

/// Yield of a split from its wafers, the wafer being the unit: (good, tested) of each.
///
/// Student t on the logits of the wafers' yields (k + 1/2)/(n + 1), laid round the logit of the pooled yield. It is
/// never narrower than the binomial interval of all dies, so that wafers that agree by chance, or all pass, claim no
/// more than their dies can show. Wafers without a tested die say nothing and are left out; one wafer gives no
/// interval.
///
/// Valid while most wafers lose some dies. Where loss comes from a rare bad wafer (yield .99 at an intraclass
/// correlation of .02) six wafers without one look better than the process is, and a 95 % interval covers 90 to 93 %.
/// Derived: coverage in `logit_t_covers`.
pub fn logit_t(wafers: &[(u64, u64)], level: f64) -> Estimate {
    let wafers: Vec<(u64, u64)> = wafers.iter().filter(|w| w.1 > 0).map(|&(k, n)| (k.min(n), n)).collect();
    let good: u64 = wafers.iter().map(|w| w.0).sum();
    let tested: u64 = wafers.iter().map(|w| w.1).sum();
    let n = wafers.len();
    if n == 0 {
        return Estimate::bare(f64::NAN, level, "no dies", 0);
    }
    let value = good as f64 / tested as f64;
    if n == 1 {
        return Estimate::bare(value, level, "one wafer: no interval", n);
    }
    let logits: Vec<f64> = wafers.iter().map(|&(k, n)| logit(share(k, n))).collect();
    let mean = logits.iter().sum::<f64>() / n as f64;
    let variance = logits.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    let between_wafers = t_two_sided(level, (n - 1) as f64) * (variance / n as f64).sqrt();
    let pooled = share(good, tested);
    let sampling = z_two_sided(level) / ((tested + 1) as f64 * pooled * (1.0 - pooled)).sqrt();
    let half = between_wafers.max(sampling);
    Estimate {
        value,
        // The pooled logit is drawn in by half a die; the interval still reaches the value at 0 and 1.
        low: Some(expit(logit(pooled) - half).min(value)),
        high: Some(expit(logit(pooled) + half).max(value)),
        level,
        method: "logit-t on wafers".into(),
        n,
    }
}

/// Half a die is added to good and bad, so that a wafer on which all or none pass has a logit.
fn share(k: u64, n: u64) -> f64 {
    (k as f64 + 0.5) / (n as f64 + 1.0)
}

fn logit(p: f64) -> f64 {
    libm::log(p / (1.0 - p))
}

fn expit(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

#[cfg(test)]
mod tests {
    use super::super::coverage::{contains, share_of_lots};
    use super::*;
    use crate::random::HostDraw;

    /// Newcombe, Stat. Med. 17, 857 (1998), Table I method 3, four digits; 0 of 50: published .0713476.
    #[test]
    fn newcombe_1998_table_1() {
        let table = [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (0, 50, 0.0, 0.0713),
        ];
        for (k, n, low, high) in table {
            let e = wilson(k, n, 0.95);
            assert!((e.low.unwrap() - low).abs() < 5e-5 && (e.high.unwrap() - high).abs() < 5e-5, "{k} of {n}: {e:?}");
        }
        assert!((wilson(0, 50, 0.95).high.unwrap() - 0.071_347_6).abs() < 5e-8);
        assert_eq!((wilson(0, 50, 0.95).low, wilson(50, 50, 0.95).high), (Some(0.0), Some(1.0)));
        assert!(wilson(0, 0, 0.95).value.is_nan());
    }

    /// Independent trials, as the images that an accuracy is counted over. Counts are whole, so that coverage goes up and down
    /// with the share around 95 %.
    #[test]
    fn wilson_covers() {
        for (n, share) in [(50, 0.5), (480, 0.9), (480, 0.975), (2000, 0.99)] {
            let covered = share_of_lots(2000, "Wilson", |draw| {
                let trials = (0..n / 2).flat_map(|i| draw.uniforms(i));
                let k = trials.filter(|&u| u < share).count() as u64;
                contains(&wilson(k, u64::from(n), 0.95), share)
            });
            assert!((0.93..0.97).contains(&covered), "{share} of {n}: {covered}");
        }
    }

    /// scipy.stats.ttest_1samp on the logits, moved to the pooled logit: tools/reference_statistics.py.
    #[test]
    fn logit_t_reference() {
        let e = logit_t(&[(480, 600), (505, 600), (451, 590), (530, 600), (498, 600)], 0.95);
        assert!((e.value - 0.824_080_267_6).abs() < 1e-9, "{e:?}");
        assert!((e.low.unwrap() - 0.759_530_371_6).abs() < 1e-9, "{e:?}");
        assert!((e.high.unwrap() - 0.874_008_898_5).abs() < 1e-9, "{e:?}");
    }

    #[test]
    fn ends_of_the_scale_have_intervals() {
        for wafers in [2, 3, 12] {
            let all = logit_t(&vec![(500, 500); wafers], 0.95);
            assert_eq!((all.value, all.high), (1.0, Some(1.0)));
            assert!(all.low.unwrap() < 1.0 - 1.0 / (500.0 * wafers as f64), "{all:?}");
            let none = logit_t(&vec![(0, 500); wafers], 0.95);
            assert_eq!((none.value, none.low), (0.0, Some(0.0)));
            assert!((none.high.unwrap() - (1.0 - all.low.unwrap())).abs() < 1e-12, "{none:?}");
        }
        // One dead wafer among good ones leaves nearly everything open.
        let dead = logit_t(&[(500, 500), (0, 500), (490, 500)], 0.95);
        assert!(dead.low.unwrap() < 0.01 && dead.high.unwrap() > 0.99, "{dead:?}");
    }

    #[test]
    fn wafers_that_agree_claim_no_more_than_their_dies() {
        let e = logit_t(&[(450, 500); 4], 0.95);
        let sampling = wilson(1800, 2000, 0.95);
        assert!((e.low.unwrap() - sampling.low.unwrap()).abs() < 3e-4, "{e:?} {sampling:?}");
        assert!((e.high.unwrap() - sampling.high.unwrap()).abs() < 3e-4, "{e:?} {sampling:?}");
    }

    #[test]
    fn too_few_wafers_give_no_interval() {
        let one = logit_t(&[(450, 500)], 0.95);
        assert_eq!((one.value, one.low, one.high), (0.9, None, None));
        assert!(logit_t(&[], 0.95).value.is_nan());
        assert!(logit_t(&[(0, 0), (0, 0)], 0.95).value.is_nan());
    }

    #[test]
    fn wafers_without_a_tested_die_say_nothing() {
        let wafers = [(450, 500), (460, 500), (470, 500)];
        let with_untested = [(450, 500), (0, 0), (460, 500), (470, 500)];
        assert_eq!(logit_t(&wafers, 0.95), logit_t(&with_untested, 0.95));
    }

    /// Coverage of 95 % intervals for the mean yield of wafers of 600 dies, at an intraclass correlation of .02: the
    /// standard error of a share of 2,000 lots is .005. The last rows are where the method is known to be off, on
    /// either side.
    #[test]
    fn logit_t_covers() {
        let rows = [
            (2, 0.8, 0.02, 0.93..0.97),
            (3, 0.8, 0.02, 0.93..0.97),
            (6, 0.8, 0.02, 0.93..0.97),
            (12, 0.8, 0.02, 0.93..0.97),
            (6, 0.5, 0.02, 0.93..0.97),
            (6, 0.95, 0.02, 0.925..0.97),
            (6, 0.99, 0.02, 0.89..0.95),
            (6, 0.8, 0.0, 0.96..0.995),
        ];
        for (n, yield_, icc, expected) in rows {
            let lots = Lots::new(yield_, icc);
            let covered =
                share_of_lots(2000, "logit-t", |draw| contains(&logit_t(&lots.wafers(draw, n), 0.95), lots.yield_));
            assert!(expected.contains(&covered), "{n} wafers, yield {yield_}, ICC {icc}: {covered}");
        }
    }

    /// Published: 42 % of 95 % intervals from 6 x 600 pooled dies at an ICC of .02 hold the truth.
    #[test]
    fn pooled_dies_do_not_cover() {
        let lots = Lots::new(0.8, 0.02);
        let covered = share_of_lots(2000, "pooled", |draw| {
            let good = lots.wafers(draw, 6).iter().map(|w| w.0).sum();
            contains(&wilson(good, 3600, 0.95), lots.yield_)
        });
        assert!((0.37..0.47).contains(&covered), "{covered}");
    }

    /// Lots whose wafers' yields are normal in logits, with a given mean and intraclass correlation of their dies.
    struct Lots {
        centre: f64,
        spread: f64,
        yield_: f64,
    }

    impl Lots {
        const DIES: u32 = 600;

        fn new(median: f64, icc: f64) -> Self {
            let centre = logit(median);
            let moments = |spread: f64| {
                let step = 0.004;
                (-2000..=2000).map(|i| f64::from(i) * step).fold((0.0, 0.0), |(mean, square), z| {
                    let weight = step * libm::exp(-0.5 * z * z) / std::f64::consts::TAU.sqrt();
                    let p = expit(centre + spread * z);
                    (mean + weight * p, square + weight * p * p)
                })
            };
            let (mut low, mut high) = (0.0, 5.0);
            for _ in 0..40 {
                let spread = 0.5 * (low + high);
                let (mean, square) = moments(spread);
                if (square - mean * mean) / (mean * (1.0 - mean)) < icc { low = spread } else { high = spread }
            }
            Self { centre, spread: low, yield_: moments(low).0 }
        }

        /// Every die is drawn.
        fn wafers(&self, draw: &HostDraw, n: u32) -> Vec<(u64, u64)> {
            (0..n)
                .map(|wafer| {
                    let p = expit(self.centre + self.spread * draw.normal(wafer));
                    let pairs = (0..Self::DIES / 2).map(|i| draw.uniforms(1000 * (wafer + 1) + i));
                    let good = pairs.flatten().filter(|&u| u < p).count();
                    (good as u64, u64::from(Self::DIES))
                })
                .collect()
        }
    }
}
