//! Inline metrology: where a wafer is measured and what the gauge makes of the truth.

use super::names::gauge_name;
use crate::random::{DieAddress, HostDraw, Stream};
use crate::spec::{Gauge, Metrology, SitePlan, Step};

/// The sites of a plan in units of the outermost ring's radius: x, y. The first is the centre.
///
/// Concentric rings of evenly spread sites, as polar maps of film tools have them: 49 = 1 + 8 + 16 + 24 on rings at 1/3, 2/3
/// and 1; the smaller plans are a centre and one or two rings. The outermost ring lies at the edge exclusion.
pub fn plan_sites(plan: SitePlan) -> Vec<[f64; 2]> {
    // Ring radius, sites on it, turn of its first site in units of the sites' spacing.
    let rings: &[(f64, u32, f64)] = match plan {
        SitePlan::Five => &[(1.0, 4, 0.0)],
        SitePlan::Nine => &[(0.5, 4, 0.0), (1.0, 4, 0.5)],
        SitePlan::Thirteen => &[(0.5, 4, 0.5), (1.0, 8, 0.0)],
        SitePlan::Seventeen => &[(0.5, 8, 0.5), (1.0, 8, 0.0)],
        SitePlan::FortyNine => &[(1.0 / 3.0, 8, 0.0), (2.0 / 3.0, 16, 0.0), (1.0, 24, 0.0)],
    };
    let ring = |&(radius, n, turn): &(f64, u32, f64)| {
        (0..n).map(move |k| {
            let (sin, cos) = libm::sincos(std::f64::consts::TAU * (f64::from(k) + turn) / f64::from(n));
            [radius * cos, radius * sin]
        })
    };
    std::iter::once([0.0, 0.0]).chain(rings.iter().flat_map(ring)).collect()
}

/// A gauge during one visit of one wafer.
#[derive(Debug)]
pub(super) struct Visit<'a> {
    gauge: &'a Gauge,
    draw: HostDraw,
    /// `experiment.variation.process`: 0 makes a perfect gauge, but for its resolution.
    scale: f64,
    /// Bias and reproducibility, common to the visit's readings.
    offset: f64,
}

impl<'a> Visit<'a> {
    pub(super) fn new(seed: u64, wafer: DieAddress, step: &Step, metrology: &'a Metrology, scale: f64) -> Self {
        let gauge = &metrology.gauge;
        let draw = HostDraw::new(seed, Stream::Metrology, wafer, &gauge_name(step, metrology));
        let offset = scale * (gauge.bias + gauge.reproducibility_sd * draw.normal(0));
        Self { gauge, draw, scale, offset }
    }

    /// Reading of a truth at a site, numbered from 1: draw 0 is the visit's own.
    pub(super) fn read(&self, truth: f64, site: u32) -> f64 {
        let reading = truth + self.offset + self.scale * self.gauge.repeatability_sd * self.draw.normal(site);
        let resolution = self.gauge.resolution;
        if resolution > 0.0 { (reading / resolution).round() * resolution } else { reading }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    const PLANS: [(SitePlan, usize); 5] = [
        (SitePlan::Five, 5),
        (SitePlan::Nine, 9),
        (SitePlan::Thirteen, 13),
        (SitePlan::Seventeen, 17),
        (SitePlan::FortyNine, 49),
    ];

    #[test]
    fn plans_have_their_number_of_distinct_balanced_sites() {
        for (plan, n) in PLANS {
            let sites = plan_sites(plan);
            assert_eq!(sites.len(), n);
            assert_eq!(sites[0], [0.0, 0.0]);
            let distance = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
            for (i, a) in sites.iter().enumerate() {
                assert!(distance(a, &[0.0, 0.0]) <= 1.0 + 1e-12);
                assert!(sites[..i].iter().all(|b| distance(a, b) > 0.2));
            }
            let sum = sites.iter().fold([0.0, 0.0], |s, site| [s[0] + site[0], s[1] + site[1]]);
            assert!(sum[0].abs() < 1e-12 && sum[1].abs() < 1e-12, "{plan:?} leans to {sum:?}");
        }
    }

    /// Repeatability within a visit, reproducibility between visits, bias over all, each within four standard errors.
    #[test]
    fn gauge_errors_have_the_asked_sds() {
        let spec = testing::spec();
        let step = &spec.process.step[2];
        let gauge = Gauge { repeatability_sd: 0.3, reproducibility_sd: 0.5, bias: -0.7, resolution: 0.0 };
        let metrology = Metrology { gauge, ..step.metrology.clone().unwrap() };
        let (n_visits, n_sites) = (4000u32, 9u32);
        let (mut within, mut mean, mut between) = (0.0, 0.0, 0.0);
        for lot in 0..n_visits {
            let visit = Visit::new(1, DieAddress::wafer_level(lot, 3), step, &metrology, 1.0);
            let errors: Vec<f64> = (1..=n_sites).map(|site| visit.read(5.0, site) - 5.0).collect();
            let own = errors.iter().sum::<f64>() / f64::from(n_sites);
            within += errors.iter().map(|e| (e - own).powi(2)).sum::<f64>() / f64::from(n_sites - 1);
            mean += own;
            between += (own - -0.7).powi(2);
        }
        let n = f64::from(n_visits);
        let repeatability2 = within / n;
        let reproducibility2 = between / n - repeatability2 / f64::from(n_sites);
        assert!((repeatability2 / 0.09 - 1.0).abs() < 4.0 * (2.0 / (n * f64::from(n_sites - 1))).sqrt());
        assert!((reproducibility2 / 0.25 - 1.0).abs() < 4.2 * (2.0 / n).sqrt());
        assert!((mean / n + 0.7).abs() < 4.0 * (0.26 / n).sqrt());
    }

    #[test]
    fn readings_are_rounded_to_the_resolution_and_a_frozen_gauge_is_true() {
        let spec = testing::spec();
        let step = &spec.process.step[2];
        let metrology = step.metrology.as_ref().unwrap();
        let wafer = DieAddress::wafer_level(0, 1);
        let reading = Visit::new(1, wafer, step, metrology, 1.0).read(5.0123, 4);
        let steps = reading / metrology.gauge.resolution;
        assert!((steps - steps.round()).abs() < 1e-6 && reading != 5.012);
        assert!((Visit::new(1, wafer, step, metrology, 0.0).read(5.0123, 4) - 5.012).abs() < 1e-12);
    }
}
