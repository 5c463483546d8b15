//! The record tables: what is kept of every die, wafer and reading, and what each column means. One home for column names.

/// A metric of a die under one corner and recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Metric {
    /// Column of `dies.parquet` and key in `summary.json`.
    pub name: &'static str,
    pub unit: &'static str,
    pub meaning: &'static str,
    pub better: Better,
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    Higher,
    Lower,
    /// Neither: a value to be close to its target.
    Neutral,
}

macro_rules! metrics {
    ($($name:ident, $unit:literal, $better:ident, $meaning:literal;)*) => {
        /// Every metric of a die, in the order of [`DieRecord::metrics`].
        pub const METRICS: &[Metric] = &[$(Metric {
            name: stringify!($name), unit: $unit, meaning: $meaning, better: Better::$better,
        }),*];

        /// The metrics by name.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct DieMetrics { $(#[doc = $meaning] pub $name: f64),* }

        impl DieMetrics {
            /// In the order of [`METRICS`].
            pub fn values(&self) -> Vec<f64> {
                vec![$(self.$name),*]
            }
        }
    };
}

metrics! {
    accuracy, "1", Higher, "share of the test images that the die classifies correctly";
    accuracy_change, "1", Higher, "accuracy minus that of the quantised digital network on the same images";
    snr_db, "dB", Higher, "signal to all error of the array test, nothing removed";
    snr_trimmed_db, "dB", Higher, "the same after one gain and one offset per array";
    enob_bits, "bit", Higher, "log2 of output full scale over rms error times sqrt(12)";
    gain_rel, "1", Neutral, "gain of the array against the design (class a)";
    offset_steps, "steps", Neutral, "offset of the array in weight steps x input steps (class a)";
    column_gain_sd, "1", Lower, "spread of gain over columns (class a)";
    column_offset_sd_steps, "steps", Lower, "spread of offset over columns (class a)";
    static_rms_steps, "steps", Lower, "static error left in a column after gain and offset (class b)";
    read_rms_steps, "steps", Lower, "noise, quantisation and clipping of a read (class c)";
    worst_column_rms_steps, "steps", Lower, "static error of the worst column";
    clip_rate, "1", Lower, "share of conversions at an end of the range";
    reach_fraction, "1", Higher, "share of cells that hold what is written: the lowest and the highest level are in reach, none is stuck";
    c_max_ff, "fF", Neutral, "mean largest charge of a cell per volt: its capacitance, or its conductance times the time of a read";
    on_off, "1", Higher, "highest over lowest of that";
    energy_per_op_fj, "fJ", Lower, "energy per operation (two per multiply-add) of the array and its periphery";
    energy_array_fj, "fJ", Lower, "of it: charging the cells and wordlines, less what is recovered";
    energy_amplifier_fj, "fJ", Lower, "of it: column amplifiers";
    energy_adc_fj, "fJ", Lower, "of it: converters";
    energy_digital_fj, "fJ", Lower, "of it: digital shift and add";
    energy_per_inference_nj, "nJ", Lower, "energy of the arrays and their periphery for one image";
    tops_per_w, "TOPS/W", Higher, "operations per second and watt, the inverse of energy per operation";
}

/// One die under one corner and recipe: a row of `dies.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct DieRecord {
    pub corner: String,
    /// The recipe under which the die was evaluated.
    pub split: String,
    /// True where that recipe is the one its wafer really got; false for the counterfactual rows.
    pub as_run: bool,
    pub lot: String,
    pub wafer: String,
    pub slot: u8,
    pub die_x: i16,
    pub die_y: i16,
    pub x_mm: f64,
    pub y_mm: f64,
    /// Technology parameters of this die, in the order of the technology's ids.
    pub parameters: Vec<f64>,
    pub n_defects: u32,
    pub n_killers: u32,
    /// 1 good, 2 defect, else the bin of the first limit that failed.
    pub bin: u16,
    /// Shape: [`METRICS`].
    pub metrics: Vec<f64>,
}

/// Hard bin of a good die.
pub const BIN_GOOD: u16 = 1;
/// Hard bin of a die with a killer defect.
pub const BIN_DEFECT: u16 = 2;

/// One wafer: a row of `wafers.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct WaferRecord {
    pub lot: String,
    pub wafer: String,
    pub slot: u8,
    pub split: String,
    /// Last step passed; the flow's last step for a full-flow wafer.
    pub last_step: String,
    pub full_flow: bool,
    /// Dies tested; 0 for a stopped wafer.
    pub n_dies: u32,
    /// Good dies at the reference corner.
    pub n_good: u32,
    /// Cost of the steps passed and their metrology.
    pub cost_usd: f64,
}

/// One inline reading: a row of `metrology.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingRecord {
    pub lot: String,
    pub wafer: String,
    pub slot: u8,
    pub split: String,
    pub step: String,
    pub parameter: String,
    pub site: u32,
    pub x_mm: f64,
    pub y_mm: f64,
    /// True value at the site: known to a virtual fab only.
    pub truth: f64,
    pub measured: f64,
}

/// The tables of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Records {
    pub dies: Vec<DieRecord>,
    pub wafers: Vec<WaferRecord>,
    pub readings: Vec<ReadingRecord>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_values_follow_the_table() {
        let metrics = DieMetrics { accuracy: 1.0, tops_per_w: 2.0, ..DieMetrics::default() };
        let values = metrics.values();
        assert_eq!(values.len(), METRICS.len());
        let at = |name| METRICS.iter().position(|m| m.name == name).map(|i| values[i]);
        assert_eq!((at("accuracy"), at("tops_per_w")), (Some(1.0), Some(2.0)));
    }
}
