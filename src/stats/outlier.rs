//! Which wafer of a lot is out of line: robust z within groups of equal treatment, calibrated by simulation.
//!
//! A robust z of a dozen wafers is far from normal, so its tail is not read from a normal table: the same statistic is computed on
//! simulated lots of the same group sizes, and a p-value is the share of those lots whose most extreme wafer is as extreme.

use crate::random::{DieAddress, HostDraw, Stream};

/// Null lots simulated for a calibration; the smallest p-value is one over this.
const LOTS: u32 = 10_000;
/// Seed of the calibration: part of the method, so that a p-value is a function of the data alone.
const SEED: u64 = 1;
/// Makes the median absolute deviation of a normal its sigma.
const MAD_TO_SIGMA: f64 = 1.4826;

/// Robust z of each value: distance from its group's median over 1.4826 times the median absolute deviation of all groups.
///
/// A deviation of zero gives zeros: values that do not vary (a gauge coarser than the process) accuse nobody.
pub fn robust_z(values: &[f64], groups: &[usize]) -> Vec<f64> {
    let residuals: Vec<f64> = values
        .iter()
        .zip(groups)
        .map(|(v, group)| {
            let mut of_group: Vec<f64> =
                values.iter().zip(groups).filter(|(_, g)| *g == group).map(|(v, _)| *v).collect();
            v - median(&mut of_group)
        })
        .collect();
    // A group of one is its own median: its residual says nothing of the spread.
    let alone = |group: usize| groups.iter().filter(|&&g| g == group).count() == 1;
    let mut sizes: Vec<f64> = residuals.iter().zip(groups).filter(|(_, g)| !alone(**g)).map(|(r, _)| r.abs()).collect();
    let sigma = MAD_TO_SIGMA * median(&mut sizes);
    residuals.iter().map(|r| if sigma > 0.0 { r / sigma } else { 0.0 }).collect()
}

/// The null distribution of the largest |robust z| of a lot with these groups.
pub struct Calibration {
    /// Ascending.
    extremes: Vec<f64>,
}

impl Calibration {
    pub fn new(groups: &[usize]) -> Self {
        let mut extremes: Vec<f64> = (0..LOTS)
            .map(|lot| {
                let draw = HostDraw::new(SEED, Stream::Metrology, DieAddress::lot_level(lot), "outlier calibration");
                let values: Vec<f64> = (0..groups.len() as u32).map(|w| draw.normal(w)).collect();
                robust_z(&values, groups).into_iter().map(f64::abs).fold(0.0, f64::max)
            })
            .collect();
        extremes.sort_by(f64::total_cmp);
        Self { extremes }
    }

    /// Probability that the most extreme wafer of a lot in control is at least this far out.
    pub fn p_value(&self, z: f64) -> f64 {
        let below = self.extremes.partition_point(|&e| e < z.abs());
        ((self.extremes.len() - below) as f64 + 1.0) / (self.extremes.len() as f64 + 1.0)
    }
}

/// Median; sorts. NaN of nothing.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => 0.5 * (values[n / 2 - 1] + values[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_compared_with_their_own_median() {
        let z = robust_z(&[1.0, 2.0, 3.0, 11.0, 12.0, 13.0], &[0, 0, 0, 1, 1, 1]);
        assert_eq!(z[1], 0.0);
        assert!((z[0] - z[3]).abs() < 1e-12 && z[2] > 0.0);
        assert_eq!(robust_z(&[1.0; 4], &[0; 4]), [0.0; 4]);
    }

    /// Lots in control are accused at the level asked for (2,000 lots: standard error 0.5 % at 5 %), and a wafer 6 sigma out is
    /// found nearly always.
    #[test]
    fn level_and_power() {
        let groups = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1];
        let calibration = Calibration::new(&groups);
        let lots = 2000;
        let (mut accused, mut found) = (0, 0);
        for lot in 0..lots {
            let draw = HostDraw::new(99, Stream::Metrology, DieAddress::lot_level(lot), "outlier test");
            let mut values: Vec<f64> = (0..12).map(|w| draw.normal(w)).collect();
            let p = |values: &[f64]| {
                robust_z(values, &groups).into_iter().map(|z| calibration.p_value(z)).collect::<Vec<_>>()
            };
            accused += u32::from(p(&values).into_iter().any(|p| p < 0.05));
            values[4] += 10.0;
            found += u32::from(p(&values)[4] < 0.05);
        }
        let share = |n: u32| f64::from(n) / f64::from(lots);
        assert!((0.035..0.065).contains(&share(accused)), "{}", share(accused));
        assert!(share(found) > 0.9, "{}", share(found));
    }
}
