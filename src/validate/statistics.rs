//! Intervals: do they cover what they say?

use super::lab::SEED;
use super::{Check, Measured};
use crate::random::{DieAddress, HostDraw, Stream};
use crate::stats::mean_t;

pub fn checks() -> Vec<Check> {
    vec![coverage(6), coverage(12)]
}

/// Share of lots whose 95 % interval of the mean over wafers holds the truth.
fn coverage(n_wafers: u32) -> Check {
    Check {
        id: "",
        name: format!("coverage of the 95 % interval of a mean over {n_wafers} wafers"),
        compares: "the interval that the report prints, over synthetic lots, against its level",
        source: "Student's t is exact for normal wafers",
        unit: "",
        expected: 0.95,
        tolerance: 1.9e-3,
        simulate: Box::new(move |lab, fault| {
            let draw = HostDraw::new(SEED, Stream::Process, DieAddress::lot_level(0), "validate/coverage");
            let n_lots = lab.n(130_000);
            let holds = |lot: &u32| {
                let wafers: Vec<f64> = (0..n_wafers).map(|wafer| 3.0 + draw.normal(lot * n_wafers + wafer)).collect();
                let interval = mean_t(&wafers, 0.95);
                let half = (interval.high.unwrap_or(f64::NAN) - interval.value) * (1.0 + fault);
                (interval.value - 3.0).abs() <= half
            };
            Ok(Measured::share((0..n_lots).filter(holds).count(), n_lots as usize))
        }),
    }
}
