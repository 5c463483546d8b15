//! Which wafer of a lot is out of line: robust z within groups of equal treatment, calibrated by simulation.
//!
//! A robust z of a dozen wafers is far from normal, so its tail is not read from a normal table: the same statistic is
//! computed on simulated lots of the same group sizes, and a p-value is the share of those lots whose most extreme
//! wafer is as extreme.

use crate::random::{DieAddress, HostDraw, Stream};

/// Null lots simulated for a calibration; the smallest p-value is one over this.
const LOTS: u32 = 10_000;
/// Seed of the calibration: part of the method, so that a p-value is a function of the data alone.
const SEED: u64 = 1;
/// Share of wafers, those nearest their group's median, from which the spread is taken; the rest may be out of line.
///
/// Against the median absolute deviation, which rests on one or two wafers, it finds one wafer of twelve at 6 sigma
/// twice as often once twenty screens have been paid for (42 against 20 %), and still stands a quarter of the lot being
/// bad.
const KEPT: f64 = 0.7;

/// Robust z of a lot's wafers, with its null distribution for the lot's groups.
pub struct Calibration {
    /// Wafers of each group, as indices into the lot.
    members: Vec<Vec<usize>>,
    n_wafers: usize,
    /// What makes the kept wafers' rms distance the sigma of normal wafers (the median over null lots).
    to_sigma: f64,
    /// The largest |z| of each null lot, ascending.
    extremes: Vec<f64>,
}

impl Calibration {
    /// `groups`: the group of each wafer; wafers of a group had the same treatment.
    pub fn new(groups: &[usize]) -> Self {
        let mut members: Vec<(usize, Vec<usize>)> = Vec::new();
        for (wafer, &group) in groups.iter().enumerate() {
            match members.iter_mut().find(|(g, _)| *g == group) {
                Some((_, wafers)) => wafers.push(wafer),
                None => members.push((group, vec![wafer])),
            }
        }
        let members = members.into_iter().map(|(_, wafers)| wafers).collect();
        let mut calibration = Self { members, n_wafers: groups.len(), to_sigma: 1.0, extremes: Vec::new() };
        let (mut spreads, mut extremes): (Vec<f64>, Vec<f64>) = (0..LOTS).map(|lot| calibration.null_lot(lot)).unzip();
        let spread = median(&mut spreads);
        if spread > 0.0 {
            calibration.to_sigma = 1.0 / spread;
            extremes.iter_mut().for_each(|z| *z *= spread);
        }
        extremes.sort_by(f64::total_cmp);
        Self { extremes, ..calibration }
    }

    /// Kept spread and largest |distance| over spread of a lot in control.
    fn null_lot(&self, lot: u32) -> (f64, f64) {
        let draw = HostDraw::new(SEED, Stream::Metrology, DieAddress::lot_level(lot), "outlier calibration");
        let values: Vec<f64> = (0..self.n_wafers as u32).map(|w| draw.normal(w)).collect();
        let distances = self.distances(&values);
        let spread = self.kept_spread(&distances);
        let largest = distances.into_iter().map(f64::abs).fold(0.0, f64::max);
        (spread, if spread > 0.0 { largest / spread } else { 0.0 })
    }

    /// Robust z of each wafer: distance from its group's median in sigmas, which are taken from the wafers nearest
    /// their medians.
    ///
    /// `values`: one per wafer, in the order of the groups. A spread of zero gives zeros: values that do not vary (a
    /// gauge coarser than the process) accuse nobody. So does a group of one wafer, which is its own median.
    ///
    /// # Panics
    /// There are fewer values than wafers.
    pub fn robust_z(&self, values: &[f64]) -> Vec<f64> {
        let distances = self.distances(values);
        let sigma = self.to_sigma * self.kept_spread(&distances);
        distances.iter().map(|d| if sigma > 0.0 { d / sigma } else { 0.0 }).collect()
    }

    /// Probability that the most extreme wafer of a lot in control is at least this far out.
    pub fn p_value(&self, z: f64) -> f64 {
        let below = self.extremes.partition_point(|&e| e < z.abs());
        ((self.extremes.len() - below) as f64 + 1.0) / (self.extremes.len() as f64 + 1.0)
    }

    /// Signed distance of each wafer from the median of its group.
    fn distances(&self, values: &[f64]) -> Vec<f64> {
        let mut distances = vec![0.0; self.n_wafers];
        let mut of_group = Vec::with_capacity(self.n_wafers);
        for wafers in &self.members {
            of_group.clear();
            of_group.extend(wafers.iter().map(|&wafer| values[wafer]));
            let centre = median(&mut of_group);
            wafers.iter().for_each(|&wafer| distances[wafer] = values[wafer] - centre);
        }
        distances
    }

    /// Root mean square of the [`KEPT`] smallest distances of groups of two or more; 0 if there are none.
    fn kept_spread(&self, distances: &[f64]) -> f64 {
        let compared = self.members.iter().filter(|wafers| wafers.len() > 1).flatten();
        let mut squares: Vec<f64> = compared.map(|&wafer| distances[wafer] * distances[wafer]).collect();
        squares.sort_by(f64::total_cmp);
        let kept = (KEPT * squares.len() as f64).ceil() as usize;
        if kept == 0 { 0.0 } else { (squares[..kept].iter().sum::<f64>() / kept as f64).sqrt() }
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
    use super::super::coverage::share_of_lots;
    use super::*;

    const NINE_AND_THREE: [usize; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1];

    #[test]
    fn groups_are_compared_with_their_own_median() {
        let calibration = Calibration::new(&[0, 1, 0, 1, 0, 1]);
        let z = calibration.robust_z(&[1.0, 11.0, 2.0, 12.0, 3.0, 13.0]);
        assert_eq!((z[2], z[3]), (0.0, 0.0));
        assert!((z[0] - z[1]).abs() < 1e-12 && z[4] > 0.0, "{z:?}");
    }

    #[test]
    fn what_cannot_be_compared_accuses_nobody() {
        assert_eq!(Calibration::new(&[0; 4]).robust_z(&[1.0; 4]), [0.0; 4]);
        let alone = Calibration::new(&[0, 1, 2]);
        assert_eq!(alone.robust_z(&[1.0, 5.0, 9.0]), [0.0; 3]);
        assert_eq!(alone.p_value(0.0), 1.0);
        assert_eq!(Calibration::new(&[]).robust_z(&[]), [0.0; 0]);
        let unread = Calibration::new(&[0; 5]);
        assert_eq!(unread.p_value(unread.robust_z(&[1.0, 2.0, 3.0, 4.0, f64::NAN])[4]), 1.0);
    }

    /// z counts sigmas: the sigma behind it has the true one as its median over 2,000 lots (standard error of the share
    /// 1.1 %), also where each group of three has one wafer at distance zero.
    #[test]
    fn z_counts_sigmas() {
        for groups in [&[0; 12][..], &[0, 0, 0, 1, 1, 1]] {
            let calibration = Calibration::new(groups);
            let low = share_of_lots(2000, "outlier sigma", |draw| {
                let values: Vec<f64> = (0..groups.len() as u32).map(|w| 7.0 + 2.0 * draw.normal(w)).collect();
                let z = calibration.robust_z(&values);
                (values[0] - values[1]) / (z[0] - z[1]) < 2.0
            });
            assert!((0.45..0.55).contains(&low), "{groups:?}: {low}");
        }
    }

    /// Lots in control are accused at the level asked for: 2,000 lots, standard error .5 % at 5 %.
    #[test]
    fn lots_in_control_are_accused_at_the_level() {
        for groups in [&NINE_AND_THREE[..], &[0; 12], &[0, 0, 0, 1, 1, 1], &[0, 0, 1]] {
            let calibration = Calibration::new(groups);
            let accused = share_of_lots(2000, "outlier level", |draw| {
                let values: Vec<f64> = (0..groups.len() as u32).map(|w| draw.normal(w)).collect();
                calibration.robust_z(&values).into_iter().any(|z| calibration.p_value(z) < 0.05)
            });
            assert!((0.035..0.065).contains(&accused), "{groups:?}: {accused}");
        }
    }

    /// How often a bad wafer is found at 5 %: (groups, wafers moved, by sigmas, share found by the numpy twin of this
    /// statistic in tools/reference_statistics.py). A dozen wafers find 4 sigma in half of all lots; two groups of
    /// three find little. Four standard errors of a share of 2,000 lots are .045.
    #[test]
    fn power_is_that_of_an_independent_simulation() {
        let rows: [(&[usize], &[usize], f64, f64); 6] = [
            (&[0; 12], &[4], 4.0, 0.471),
            (&[0; 12], &[4], 6.0, 0.883),
            (&[0; 12], &[4, 8], 6.0, 0.720),
            (&NINE_AND_THREE, &[4], 6.0, 0.813),
            (&NINE_AND_THREE, &[4, 8], 10.0, 0.976),
            (&[0, 0, 0, 1, 1, 1], &[4], 6.0, 0.389),
        ];
        for (groups, moved, sigmas, reference) in rows {
            let calibration = Calibration::new(groups);
            let found = share_of_lots(2000, "outlier power", |draw| {
                let mut values: Vec<f64> = (0..groups.len() as u32).map(|w| draw.normal(w)).collect();
                moved.iter().for_each(|&wafer| values[wafer] += sigmas);
                calibration.p_value(calibration.robust_z(&values)[moved[0]]) < 0.05
            });
            assert!((found - reference).abs() < 0.045, "{groups:?} {moved:?} at {sigmas}: {found}, not {reference}");
        }
    }
}
