//! From a die's kernel rows and card to its metrics. Knows what each metric of `record` means in formulas.

use crate::array::{ArrayEnergy, DieCard};
use crate::compute::{ArrayJob, ArrayRow, ClassifyRow, Network};
use crate::record::DieMetrics;
use crate::spec::Product;

/// What the metrics of all dies share.
pub struct Measure<'a> {
    product: &'a Product,
    /// Mean square of the exact outputs over all test arrays (weight steps x input steps, squared).
    signal_ms: f64,
    n_conversions: f64,
    /// Peak to peak of the output that the converter can show, after shift and add.
    full_scale: f64,
    /// Share of an array's cells and of its columns that the network uses, summed over tiles.
    cell_uses: f64,
    column_uses: f64,
    n_images: f64,
}

impl<'a> Measure<'a> {
    pub fn new(product: &'a Product, jobs: &[ArrayJob], network: &Network) -> Self {
        let slices = product.input.bits.div_ceil(product.input.bits_per_slice);
        let exact: Vec<f64> = jobs.iter().flat_map(ArrayJob::exact).map(|x| x as f64).collect();
        let shifted: f64 = (0..slices).map(|s| f64::from(1u32 << (s * product.input.bits_per_slice))).sum();
        let code_max = f64::from((1u32 << (product.adc.bits - 1)) - 1);
        let tiles = || network.layers.iter().flat_map(|layer| &layer.tiles);
        let (rows, columns) = (product.array.rows as f64, product.array.columns as f64);
        Self {
            product,
            signal_ms: exact.iter().map(|x| x * x).sum::<f64>() / exact.len() as f64,
            n_conversions: exact.len() as f64 * f64::from(slices),
            full_scale: 2.0 * code_max * product.adc.steps_per_code * shifted,
            cell_uses: tiles().map(|t| (t.rows * t.columns) as f64 / (rows * columns)).sum(),
            column_uses: tiles().map(|t| t.columns as f64 / columns).sum(),
            n_images: network.labels.len() as f64,
        }
    }

    /// Metrics of one die under one variant; `rows` holds one row per test array.
    pub fn metrics(&self, rows: &[ArrayRow], class: ClassifyRow, card: &DieCard) -> DieMetrics {
        let mean = |f: fn(&ArrayRow) -> f32| rows.iter().map(|r| f64::from(f(r))).sum::<f64>() / rows.len() as f64;
        let rms = |f: fn(&ArrayRow) -> f32| {
            (rows.iter().map(|r| f64::from(f(r)).powi(2)).sum::<f64>() / rows.len() as f64).sqrt()
        };
        let total_rms = rms(|r| r.total_rms);
        let per_op = |fj: f64| fj / self.ops();
        let energy = &card.energy;
        let energy_per_op_fj = per_op(energy.total_fj());
        DieMetrics {
            accuracy: f64::from(class.n_correct) / self.n_images,
            accuracy_change: (f64::from(class.n_gained) - f64::from(class.n_lost)) / self.n_images,
            snr_db: self.snr_db(total_rms),
            snr_trimmed_db: self.snr_db(rms(|r| r.trimmed_rms)),
            enob_bits: libm::log2(self.full_scale / (floor(total_rms) * 12.0f64.sqrt())),
            gain_rel: mean(|r| r.gain),
            offset_steps: mean(|r| r.offset),
            column_gain_sd: rms(|r| r.column_gain_sd),
            column_offset_sd_steps: rms(|r| r.column_offset_sd),
            static_rms_steps: rms(|r| r.static_rms),
            read_rms_steps: rms(|r| r.read_rms),
            worst_column_rms_steps: rows.iter().map(|r| f64::from(r.worst_column_rms)).fold(0.0, f64::max),
            clip_rate: rows.iter().map(|r| f64::from(r.n_clipped)).sum::<f64>() / self.n_conversions,
            reach_fraction: card.reach_fraction,
            c_max_ff: card.c_max_ff,
            on_off: card.on_off,
            energy_per_op_fj,
            energy_array_fj: per_op(energy.array_fj + energy.recovered_fj),
            energy_amplifier_fj: per_op(energy.amplifier_fj),
            energy_adc_fj: per_op(energy.adc_fj),
            energy_digital_fj: per_op(energy.digital_fj),
            energy_per_inference_nj: self.inference_fj(energy) * 1e-6,
            tops_per_w: 1e3 / energy_per_op_fj,
        }
    }

    /// Operations of one MVM of the whole array: a multiply and an add per weight.
    fn ops(&self) -> f64 {
        2.0 * (self.product.array.rows * self.product.array.columns) as f64
    }

    fn snr_db(&self, error_rms: f64) -> f64 {
        10.0 * libm::log10(self.signal_ms / floor(error_rms).powi(2))
    }

    /// Cells that a tile does not use are not driven; columns that it does not use are not converted.
    fn inference_fj(&self, energy: &ArrayEnergy) -> f64 {
        (energy.array_fj + energy.recovered_fj) * self.cell_uses
            + (energy.amplifier_fj + energy.adc_fj + energy.digital_fj) * self.column_uses
    }
}

/// An error of exactly zero (all variation off, a converter without rounding) would be an infinite ratio that no table
/// holds; 1e-9 steps stands for it.
fn floor(error_rms: f64) -> f64 {
    error_rms.max(1e-9)
}
