//! What a good die costs.

use crate::stats::Estimate;

/// Cost per good die (USD): wafer and test of all its dies, over the good ones.
///
/// `wafer_usd`: start, steps passed and their metrology. The interval is that of the yield; a yield that may be zero leaves
/// the cost without an upper end.
pub fn cost_per_good_die(wafer_usd: f64, test_usd_per_die: f64, dies_per_wafer: f64, yield_: &Estimate) -> Estimate {
    let per_tested = wafer_usd / dies_per_wafer + test_usd_per_die;
    let cost = yield_.map(|y| per_tested / y);
    Estimate {
        high: cost.high.filter(|high| high.is_finite()),
        method: format!("cost per tested die over yield ({})", yield_.method),
        ..cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 50 mm2 on 300 mm: 1319 gross dies at 1,650 USD and a yield of 0.9516 cost 1.31 USD (published table).
    #[test]
    fn cost_of_a_known_wafer() {
        let y = Estimate::symmetric(0.9516, 0.02, 0.95, "test", 6);
        let cost = cost_per_good_die(1650.0, 0.0, 1319.0, &y);
        assert!((cost.value - 1.3146).abs() < 1e-3, "{cost:?}");
        assert!(cost.low.unwrap() < cost.value && cost.value < cost.high.unwrap());
    }

    #[test]
    fn a_yield_that_may_be_zero_has_no_upper_cost() {
        let y = Estimate { low: Some(0.0), ..Estimate::symmetric(0.1, 0.1, 0.95, "test", 3) };
        assert_eq!(cost_per_good_die(1000.0, 0.1, 500.0, &y).high, None);
    }
}
