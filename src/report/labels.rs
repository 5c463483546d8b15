//! What a metric or a parameter is called for a reader, and in which unit it is shown.

use crate::record::METRICS;

/// How a metric is shown: `factor` turns the stored value into `unit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Display {
    pub label: String,
    pub unit: String,
    pub factor: f64,
}

impl Display {
    /// "label (unit)", or the label alone.
    pub fn title(&self) -> String {
        match self.unit.is_empty() {
            true => self.label.clone(),
            false => format!("{} ({})", self.label, self.unit),
        }
    }
}

/// Name and unit of a metric of a die, of "yield" and of cost.
pub fn metric(name: &str) -> Display {
    let percent = |label: &str| (label.to_owned(), "%".to_owned(), 100.0);
    let unit = METRICS.iter().find(|m| m.name == name).map_or("", |m| m.unit);
    let plain = |label: &str| (label.to_owned(), if unit == "1" { String::new() } else { unit.to_owned() }, 1.0);
    let (label, unit, factor) = match name {
        "yield" => percent("Yield"),
        "yield_defect" => percent("Defect-limited yield"),
        "yield_parametric" => percent("Parametric yield"),
        "accuracy" => percent("Accuracy"),
        "accuracy_change" => ("Accuracy against digital".into(), "points".into(), 100.0),
        "snr_db" => plain("SNR, nothing removed"),
        "snr_trimmed_db" => plain("SNR after array gain and offset"),
        "enob_bits" => plain("ENOB"),
        "gain_rel" => plain("Array gain, relative"),
        "offset_steps" => plain("Array offset"),
        "column_gain_sd" => percent("Gain spread over columns"),
        "column_offset_sd_steps" => plain("Offset spread over columns"),
        "static_rms_steps" => plain("Static error, rms"),
        "read_rms_steps" => plain("Read error, rms"),
        "worst_column_rms_steps" => plain("Static error of the worst column, rms"),
        "clip_rate" => percent("Clipped conversions"),
        "reach_fraction" => percent("Cells that hold what is written"),
        "c_max_ff" => plain("Largest charge of a cell per volt"),
        "on_off" => plain("On/off ratio"),
        "energy_per_op_fj" => plain("Energy per operation"),
        "energy_array_fj" => plain("Energy per operation, array"),
        "energy_amplifier_fj" => plain("Energy per operation, amplifiers"),
        "energy_adc_fj" => plain("Energy per operation, converters"),
        "energy_digital_fj" => plain("Energy per operation, digital"),
        "energy_per_inference_nj" => plain("Energy per inference"),
        "tops_per_w" => plain("Efficiency"),
        // Limits may name any column, technology parameters too.
        other => return parameter(other),
    };
    Display { label, unit, factor }
}

/// Name and unit of a difference between two splits in a metric.
pub fn difference(name: &str) -> Display {
    let mut display = metric(name);
    if display.unit == "%" {
        display.unit = "points".into();
    }
    display
}

/// Name of a component of energy.
pub fn component(name: &str) -> String {
    match name {
        "adc" => "ADC".into(),
        other => other.replace('_', " "),
    }
}

/// The metric of a die that measures a component of energy.
pub fn component_metric(name: &str) -> Option<&'static str> {
    match name {
        "array" => Some("energy_array_fj"),
        "amplifier" => Some("energy_amplifier_fj"),
        "converter" => Some("energy_adc_fj"),
        "digital" => Some("energy_digital_fj"),
        _ => None,
    }
}

/// "t1_nm" -> ("t1", "nm"): the id of a technology parameter ends in its unit.
pub fn parameter(id: &str) -> Display {
    const UNITS: [(&str, &str); 16] = [
        ("_per_cm2_ev", "1/(cm\u{b2} eV)"),
        ("_per_cm3", "1/cm\u{b3}"),
        ("_per_cm2", "1/cm\u{b2}"),
        ("_af_per_um", "aF/\u{b5}m"),
        ("_kohm", "k\u{3a9}"),
        ("_ohm", "\u{3a9}"),
        ("_rel", ""),
        ("_nm", "nm"),
        ("_um", "\u{b5}m"),
        ("_mm", "mm"),
        ("_mv", "mV"),
        ("_ff", "fF"),
        ("_af", "aF"),
        ("_ev", "eV"),
        ("_us", "\u{b5}S"),
        ("_v", "V"),
    ];
    let found = UNITS.iter().find_map(|(end, unit)| id.strip_suffix(end).map(|stem| (stem, *unit)));
    let (label, unit) = found.unwrap_or((id, ""));
    Display { label: label.to_owned(), unit: unit.to_owned(), factor: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_label_of_its_own() {
        let labels: std::collections::BTreeSet<String> = METRICS.iter().map(|m| metric(m.name).label).collect();
        assert_eq!(labels.len(), METRICS.len());
        assert!(labels.iter().all(|l| !l.contains('_')), "{labels:?}");
    }

    #[test]
    fn shares_are_shown_in_percent_and_their_differences_in_points() {
        assert_eq!(metric("accuracy").title(), "Accuracy (%)");
        assert_eq!(difference("accuracy").unit, "points");
        assert_eq!(difference("enob_bits").unit, "bit");
    }

    #[test]
    fn parameter_ids_end_in_their_unit() {
        assert_eq!(parameter("t1_nm").title(), "t1 (nm)");
        assert_eq!(parameter("d_it_per_cm2_ev").title(), "d_it (1/(cm\u{b2} eV))");
        assert_eq!(parameter("eps1").title(), "eps1");
    }
}
