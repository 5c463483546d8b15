//! Killer defects of a die: a count per step at a density that varies from die to die, and which of them kill.

use std::fmt::Display;

use super::FabError;
use super::names::defect_name;
use crate::random::{DieAddress, HostDraw, Stream};
use crate::spec::{Density, Spec};

/// Largest mean count that the search below takes: beyond, the chance of no defect leaves the range of f64.
const MOST_PER_DIE: f64 = 500.0;

/// Defects of one step.
#[derive(Clone, Debug)]
pub(super) struct StepDefects {
    name: String,
    /// Mean count in the critical area of a die.
    mean: f64,
    /// Shape of the gamma that the density has over dies; none: it is triangular.
    alpha: Option<f64>,
    kill_ratio: f64,
}

/// The steps that leave defects, with their means on this product's die.
pub(super) fn step_defects(spec: &Spec) -> Result<Vec<StepDefects>, FabError> {
    let die = &spec.product.die;
    let critical_cm2 = die.width_mm * die.height_mm * 1e-2 * die.critical_area_fraction;
    let with = spec.process.step.iter().filter_map(|step| step.defect.as_ref().map(|defect| (step, defect)));
    with.map(|(step, defect)| {
        let mean = defect.d0_per_cm2 * critical_cm2 * spec.experiment.variation.defects;
        let refuse = |name: &str, value: &dyn Display, allowed: String| {
            Err(FabError::value(format!("process.step.{}.defect.{name}", step.id), value, allowed))
        };
        let (alpha, densest) = match (defect.density, defect.alpha) {
            (Density::Gamma, Some(alpha)) if alpha > 0.0 => (Some(alpha), 1.0),
            (Density::Gamma, Some(alpha)) => return refuse("alpha", &alpha, "above 0".to_owned()),
            (Density::Gamma, None) => return refuse("alpha", &"absent", "above 0".to_owned()),
            (Density::Triangular, _) => (None, triangular(1.0)),
        };
        let most = MOST_PER_DIE / densest;
        if !(0.0..=most).contains(&mean) {
            let allowed = format!("such that a die has 0..={most} defects on average, not {mean}");
            return refuse("d0_per_cm2", &defect.d0_per_cm2, allowed);
        }
        Ok(StepDefects { name: defect_name(step), mean, alpha, kill_ratio: defect.kill_ratio })
    })
    .collect()
}

impl StepDefects {
    /// Count and killers of one die.
    pub(super) fn on_die(&self, seed: u64, die: DieAddress) -> (u32, u32) {
        let draw = HostDraw::new(seed, Stream::Defect, die, &self.name);
        let [of_count, of_density] = draw.uniforms(0);
        let n = match self.alpha {
            Some(alpha) => negative_binomial(self.mean, alpha, of_count),
            None => poisson(self.mean * triangular(of_density), of_count),
        };
        let kills = |index: &u32| draw.uniforms(*index)[0] < self.kill_ratio;
        (n, (1..=n).filter(kills).count() as u32)
    }
}

/// The count at quantile `u` in (0, 1) of a negative binomial with this mean and clustering `alpha`.
///
/// P(0) = (1 + mean/alpha)^-alpha, P(n+1)/P(n) = mean (n + alpha) / ((n + 1)(mean + alpha)): a Poisson count whose mean is gamma
/// distributed with shape alpha (Stapper 1989), drawn from one uniform. Each die has a gamma of its own: clusters are no larger
/// than a die. As alpha grows this becomes Poisson. Inverting one uniform makes the count grow with the density, draw by draw.
pub(super) fn negative_binomial(mean: f64, alpha: f64, u: f64) -> u32 {
    let none = libm::exp(-alpha * libm::log1p(mean / alpha));
    count_at(u, mean, none, |n| mean * ((n + alpha) / (mean + alpha)) / (n + 1.0))
}

/// The count at quantile `u` in (0, 1) of a Poisson law.
fn poisson(mean: f64, u: f64) -> u32 {
    count_at(u, mean, libm::exp(-mean), |n| mean / (n + 1.0))
}

/// The value at quantile `u` of a density of mean 1 that rises evenly from 0 to 1 and falls evenly to 2. With a Poisson count of
/// x times it, no defect has probability ((1 - exp(-x))/x)^2: Murphy, Proc. IEEE 52, 1537 (1964).
fn triangular(u: f64) -> f64 {
    if u < 0.5 { (2.0 * u).sqrt() } else { 2.0 - (2.0 * (1.0 - u)).sqrt() }
}

/// The count at quantile `u`: `none` is the probability of 0, `ratio(n)` that of n + 1 over that of n.
fn count_at(u: f64, mean: f64, none: f64, ratio: impl Fn(f64) -> f64) -> u32 {
    let mut probability = none;
    let mut below = probability;
    let mut n = 0u32;
    // The sum may stop short of u by rounding: beyond the mean, a term that no longer counts ends the search.
    while u > below && !(f64::from(n) > mean && probability < f64::EPSILON * 1e-3) {
        probability *= ratio(f64::from(n));
        below += probability;
        n += 1;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Share of dies without a count, over `n` addressed dies.
    fn clean_share(mean: f64, alpha: f64, n: u32) -> f64 {
        let draw = HostDraw::new(5, Stream::Defect, DieAddress::lot_level(0), "test");
        let clean = (0..n).filter(|i| negative_binomial(mean, alpha, draw.uniforms(*i)[0]) == 0).count();
        clean as f64 / f64::from(n)
    }

    fn within_3_se(found: f64, expected: f64, n: f64) -> bool {
        (found - expected).abs() < 3.0 * (expected * (1.0 - expected) / n).sqrt()
    }

    /// physics.md V24, by simulation: alpha 1e9 stands for Poisson, alpha 1 for Seeds.
    #[test]
    fn v24_yield_models() {
        let n = 1_000_000;
        for (mean, alpha, expected) in [
            (0.5, 1e9, 0.60653),
            (0.5, 1.0, 0.66667),
            (0.5, 2.0, 0.64000),
            (0.5, 0.5, std::f64::consts::FRAC_1_SQRT_2),
            (0.05, 2.0, 0.95181),
        ] {
            let found = clean_share(mean, alpha, n);
            assert!(within_3_se(found, expected, f64::from(n)), "{mean} {alpha}: {found} against {expected}");
        }
        let draw = HostDraw::new(5, Stream::Defect, DieAddress::lot_level(0), "test");
        let clean = |i: &u32| {
            let [of_count, of_density] = draw.uniforms(*i);
            poisson(0.5 * triangular(of_density), of_count) == 0
        };
        let murphy = (0..n).filter(clean).count() as f64 / f64::from(n);
        assert!(within_3_se(murphy, 0.61927, f64::from(n)), "{murphy}");
        // The check must be able to fail: Poisson against the Murphy yield.
        assert!(!within_3_se(clean_share(0.5, 1e9, n), 0.61927, f64::from(n)));
    }

    /// Mean m and variance m + m^2/alpha.
    #[test]
    fn moments() {
        let draw = HostDraw::new(6, Stream::Defect, DieAddress::lot_level(0), "test");
        for (mean, alpha) in [(0.3, 0.7), (4.0, 2.0), (30.0, 5.0), (400.0, 1e6)] {
            let n = 100_000;
            let counts: Vec<f64> =
                (0..n).map(|i| f64::from(negative_binomial(mean, alpha, draw.uniforms(i)[0]))).collect();
            let n = f64::from(n);
            let m = counts.iter().sum::<f64>() / n;
            let variance = counts.iter().map(|c| (c - m).powi(2)).sum::<f64>() / n;
            let expected = mean + mean * mean / alpha;
            let fourth = counts.iter().map(|c| (c - m).powi(4)).sum::<f64>() / n;
            assert!((m - mean).abs() < 4.0 * (expected / n).sqrt(), "{mean} {alpha}: mean {m}");
            let se = ((fourth - variance * variance) / n).sqrt();
            assert!((variance - expected).abs() < 4.0 * se, "{mean} {alpha}: variance {variance}");
        }
    }

    #[test]
    fn every_uniform_has_an_answer() {
        let last = 1.0 - f64::EPSILON / 2.0;
        for (mean, alpha) in [(0.0, 2.0), (1e-300, 1e300), (500.0, 0.01), (500.0, 1e300), (0.5, 1e-300)] {
            for u in [f64::MIN_POSITIVE, 0.5, last] {
                let _ = negative_binomial(mean, alpha, u);
            }
        }
        assert_eq!(negative_binomial(0.0, 2.0, last), 0);
        // 500 defects at alpha 0.01: a die in a thousand carries 10^5 of them.
        assert!(negative_binomial(500.0, 0.01, 0.999) > 10_000);
    }

    #[test]
    fn a_denser_process_never_loses_a_defect() {
        let draw = HostDraw::new(7, Stream::Defect, DieAddress::lot_level(0), "test");
        for i in 0..1000 {
            let at = |mean| negative_binomial(mean, 2.0, draw.uniforms(i)[0]);
            assert!(at(0.1) <= at(0.2) && at(0.2) <= at(2.0));
        }
    }
}
