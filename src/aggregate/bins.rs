//! From limits to bins.

use crate::record::{BIN_DEFECT, BIN_GOOD, METRICS};
use crate::spec::Limit;

/// Hard bin of a die: a killer defect first, then the first limit that fails, in test order. `metrics` as in [`METRICS`].
pub fn bin_of(limits: &[Limit], n_killers: u32, metrics: &[f64]) -> u16 {
    if n_killers > 0 {
        return BIN_DEFECT;
    }
    let fails = |limit: &&Limit| {
        METRICS.iter().zip(metrics).filter(|(m, _)| m.name == limit.metric).any(|(_, &value)| {
            // Written so that a value that is no number fails.
            !(limit.lsl.is_none_or(|lsl| value >= lsl) && limit.usl.is_none_or(|usl| value <= usl))
        })
    };
    limits.iter().find(fails).map_or(BIN_GOOD, |limit| limit.bin)
}

/// What a bin is called in tables and figures.
pub fn bin_label(limits: &[Limit], bin: u16) -> String {
    match bin {
        BIN_GOOD => "good".into(),
        BIN_DEFECT => "defect".into(),
        _ => limits.iter().find(|l| l.bin == bin).map_or_else(|| format!("bin {bin}"), |l| l.label.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::DieMetrics;

    #[test]
    fn first_failing_limit_wins() {
        let limit = |metric: &str, lsl, bin| Limit {
            test: u32::from(bin),
            metric: metric.into(),
            lsl: Some(lsl),
            usl: None,
            bin,
            label: metric.into(),
        };
        let limits = [limit("snr_db", 20.0, 5), limit("accuracy", 0.9, 6)];
        let metrics = |snr_db, accuracy| DieMetrics { snr_db, accuracy, ..DieMetrics::default() }.values();
        assert_eq!(bin_of(&limits, 0, &metrics(30.0, 0.95)), BIN_GOOD);
        assert_eq!(bin_of(&limits, 1, &metrics(30.0, 0.95)), BIN_DEFECT);
        assert_eq!(bin_of(&limits, 0, &metrics(10.0, 0.5)), 5);
        assert_eq!(bin_of(&limits, 0, &metrics(30.0, 0.5)), 6);
        assert_eq!(bin_of(&limits, 0, &metrics(f64::NAN, 0.95)), 5);
        assert_eq!(bin_label(&limits, 6), "accuracy");
    }
}
