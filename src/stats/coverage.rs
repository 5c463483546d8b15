//! What the coverage tests share: synthetic lots, and whether an interval holds the truth.

use super::Estimate;
use crate::random::{DieAddress, HostDraw, Stream};

/// Share of `lots` synthetic lots for which `holds`; each lot has its own draws, the same in every run of the test.
pub fn share_of_lots(lots: u32, name: &str, holds: impl Fn(&HostDraw) -> bool) -> f64 {
    let draw = |lot| HostDraw::new(1908, Stream::Process, DieAddress::lot_level(lot), name);
    f64::from((0..lots).map(|lot| u32::from(holds(&draw(lot)))).sum::<u32>()) / f64::from(lots)
}

/// False without an interval.
pub fn contains(e: &Estimate, truth: f64) -> bool {
    e.low.is_some_and(|low| low <= truth) && e.high.is_some_and(|high| truth <= high)
}

/// An interval that is 20 % too narrow covers 88 % of lots, and must not pass for one that covers 95 %.
#[test]
fn a_narrow_interval_is_caught() {
    let covered = share_of_lots(2000, "narrow", |draw| {
        contains(&Estimate::symmetric(draw.normal(0), 0.8 * 1.96, 0.95, "too narrow", 1), 0.0)
    });
    assert!((0.86..0.905).contains(&covered), "{covered}");
    assert!(!contains(&Estimate::bare(0.0, 0.95, "none", 1), 0.0));
}
