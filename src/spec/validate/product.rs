//! The product file: die, array, input, readout, converter, trim, energy, cost and test limits.

use std::collections::BTreeMap;

use super::super::{DeviceKind, Die, Drift, Limit, Product, Spec, SpecError};
use super::*;
use crate::record::{BIN_DEFECT, BIN_GOOD, METRICS};

/// Most dies on a wafer: keeps tables and memory in bounds and grid positions inside 16 bits.
const MAX_DIES: f64 = 200_000.0;
/// Temperatures for which silicon parts are specified (C), the widest (military) range with its absolute maximum.
pub(super) const TEMP_C: [f64; 2] = [-55.0, 175.0];
/// Cells that hold one level together.
const MAX_PARALLEL: u64 = 1000;
/// Ten years: drift laws are not measured for longer (s).
const MAX_AGE_S: f64 = 3.2e8;
/// Ratio of the areas of a circle and its square.
const CIRCLE: f64 = std::f64::consts::FRAC_PI_4;

pub(super) fn check(spec: &Spec, keys: &Keys) -> Result<(), SpecError> {
    let product = &spec.product;
    keys.text("name", &product.name)?;
    check_die(&product.die, spec.process.wafer.diameter_mm, spec.process.wafer.edge_exclusion_mm, &keys.under("die"))?;
    check_array(spec, keys)?;
    check_writing(spec, keys)?;
    check_readout(product, &keys.under("readout"))?;
    check_lines(spec, keys)?;
    check_converter(product, keys)?;
    check_energy(product, keys)?;
    check_limits(&product.limit, &keys.under("limit"))
}

fn check_die(die: &Die, diameter_mm: f64, exclusion_mm: f64, keys: &Keys) -> Result<(), SpecError> {
    keys.above_zero("width_mm", die.width_mm)?;
    keys.above_zero("height_mm", die.height_mm)?;
    keys.not_negative("scribe_um", die.scribe_um)?;
    keys.within("critical_area_fraction", die.critical_area_fraction, 0.0, 1.0)?;
    keys.count("reticle_columns", die.reticle_columns.into(), 1, u8::MAX.into())?;
    keys.count("reticle_rows", die.reticle_rows.into(), 1, u8::MAX.into())?;
    keys.text("source", &die.source)?;
    for offset in die.grid_offset {
        keys.within("grid_offset", offset, -1.0, 1.0)?;
    }
    let scribe_mm = die.scribe_um / 1000.0;
    // The die nearest to the wafer's centre is the one that fits if any does.
    let [x, y] = die.grid_offset.map(|offset| (offset - offset.round()).abs());
    let far_x = x * (die.width_mm + scribe_mm) + die.width_mm / 2.0;
    let far_y = y * (die.height_mm + scribe_mm) + die.height_mm / 2.0;
    let radius_mm = diameter_mm / 2.0 - exclusion_mm;
    let fits = (far_x * far_x + far_y * far_y).sqrt() <= radius_mm;
    let size = format!("{} x {}", die.width_mm, die.height_mm);
    keys.ensure(fits, "width_mm", &size, format!("such that a whole die lies in the usable radius, {radius_mm} mm"))?;
    let n_dies = CIRCLE * diameter_mm * diameter_mm / ((die.width_mm + scribe_mm) * (die.height_mm + scribe_mm));
    let long = diameter_mm / die.width_mm.min(die.height_mm) < f64::from(i16::MAX);
    keys.ensure(
        n_dies <= MAX_DIES && long,
        "width_mm",
        size,
        format!("such that at most {MAX_DIES} dies fit on a wafer"),
    )
}

fn check_array(spec: &Spec, keys: &Keys) -> Result<(), SpecError> {
    let product = &spec.product;
    let (array, at) = (&product.array, keys.under("array"));
    at.count("rows", array.rows as u64, 1, MAX_ARRAY_ROWS as u64)?;
    at.count("columns", array.columns as u64, 1, MAX_ARRAY_COLUMNS as u64)?;
    let cells = array.rows * array.columns;
    at.ensure(
        cells <= MAX_ARRAY_CELLS,
        "columns",
        array.columns,
        format!("such that rows x columns <= {MAX_ARRAY_CELLS}"),
    )?;
    let most = if spec.technology.device.is_resistive() { MAX_PARALLEL } else { 1 };
    at.count("cells_in_parallel", array.cells_in_parallel.into(), 1, most)?;
    at.count("weight_bits", array.weight_bits.into(), 2, MAX_WEIGHT_BITS.into())?;
    at.text("source", &array.source)?;

    let (input, at) = (&product.input, keys.under("input"));
    at.count("bits", input.bits.into(), 1, MAX_INPUT_BITS.into())?;
    at.count("bits_per_slice", input.bits_per_slice.into(), 1, input.bits.min(MAX_BITS_PER_SLICE).into())?;
    at.finite("v_base_v", input.v_base_v)?;
    at.above_zero("v_step_v", input.v_step_v)?;
    at.text("source", &input.source)
}

/// A device that is written to a capacitance has a programming table, one that stores a conductance an age.
fn check_writing(spec: &Spec, keys: &Keys) -> Result<(), SpecError> {
    let (product, device) = (&spec.product, spec.technology.device);
    let wanted = |given: bool, needed: bool, key: &str| {
        let allowed = if needed { "given" } else { "absent" };
        let value = if given { "given" } else { "absent" };
        keys.ensure(given == needed, key, value, format!("{allowed}: the device is {device:?}"))
    };
    wanted(product.programming.is_some(), device == DeviceKind::Memcapacitor, "programming")?;
    wanted(product.retention.is_some(), device.is_resistive(), "retention")?;
    if let Some(programming) = &product.programming {
        let at = keys.under("programming");
        at.not_negative("c_low_ff", programming.c_low_ff)?;
        at.above_zero("c_high_ff", programming.c_high_ff)?;
        let above = format!("above c_low_ff, {}", programming.c_low_ff);
        at.ensure(programming.c_high_ff > programming.c_low_ff, "c_high_ff", programming.c_high_ff, above)?;
        at.not_negative("verify_half_window_mv", programming.verify_half_window_mv)?;
        at.within("verify_temp_c", programming.verify_temp_c, TEMP_C[0], TEMP_C[1])?;
        at.text("source", &programming.source)?;
    }
    if let (Some(retention), Some(conductance)) = (&product.retention, &spec.technology.conductance) {
        let at = keys.under("retention");
        // Beyond the last published age nothing is known.
        let last = conductance.spread.last().map_or(0.0, |row| row.age_s);
        let drifts = matches!(conductance.drift, Drift::PowerLaw { .. } | Drift::LogTime { .. });
        at.within("age_s", retention.age_s, 0.0, if drifts { MAX_AGE_S } else { last })?;
        at.text("source", &retention.source)?;
    }
    Ok(())
}

fn check_lines(spec: &Spec, keys: &Keys) -> Result<(), SpecError> {
    let Some(lines) = &spec.product.lines else { return Ok(()) };
    let resistive = spec.technology.device.is_resistive();
    keys.ensure(!resistive, "lines", "given", "absent: lines of resistive cells are the technology's r_wire_ohm")?;
    let at = keys.under("lines");
    at.not_negative("r_wire_ohm", lines.r_wire_ohm)?;
    at.within("coupling_fraction", lines.coupling_fraction, 0.0, 0.5)?;
    at.not_negative("leakage_fa", lines.leakage_fa)?;
    at.not_negative("injection_fc", lines.injection_fc)?;
    at.within("mismatch_rel_sd", lines.mismatch_rel_sd, 0.0, 1.0)?;
    at.text("source", &lines.source)
}

fn check_readout(product: &Product, keys: &Keys) -> Result<(), SpecError> {
    let readout = &product.readout;
    keys.above_zero("amplifier_gain", readout.amplifier_gain)?;
    keys.above_zero("gbw_mhz", readout.gbw_mhz)?;
    keys.above_zero("t_settle_ns", readout.t_settle_ns)?;
    keys.above_zero("c_feedback_ff", readout.c_feedback_ff)?;
    keys.within("c_feedback_rel_sd", readout.c_feedback_rel_sd, 0.0, 1.0)?;
    keys.not_negative("c_input_ff", readout.c_input_ff)?;
    keys.not_negative("offset_sd_mv", readout.offset_sd_mv)?;
    keys.not_negative("noise_excess", readout.noise_excess)?;
    keys.count("n_averages", readout.n_averages.into(), 1, 1_000_000)?;
    keys.text("source", &readout.source)
}

fn check_converter(product: &Product, keys: &Keys) -> Result<(), SpecError> {
    let (adc, at) = (&product.adc, keys.under("adc"));
    at.count("bits", adc.bits.into(), 2, 16)?;
    at.within("steps_per_code", adc.steps_per_code, 1e-3, 1e6)?;
    at.count("columns_per_converter", adc.columns_per_converter.into(), 1, MAX_ARRAY_COLUMNS as u64)?;
    at.within("gain_rel_sd", adc.gain_rel_sd, 0.0, 1.0)?;
    at.not_negative("offset_sd_lsb", adc.offset_sd_lsb)?;
    at.not_negative("noise_lsb", adc.noise_lsb)?;
    // Beyond, a unit of six sigma would be no capacitor.
    at.within("unit_capacitor_rel_sd", adc.unit_capacitor_rel_sd, 0.0, 0.1)?;
    at.text("source", &adc.source)?;
    let (trim, at) = (&product.trim, keys.under("trim"));
    at.not_negative("column_offset_residual_lsb", trim.column_offset_residual_lsb)?;
    at.text("source", &trim.source)
}

fn check_energy(product: &Product, keys: &Keys) -> Result<(), SpecError> {
    let (energy, at) = (&product.energy, keys.under("energy"));
    at.within("recovery_fraction", energy.recovery_fraction, 0.0, 1.0)?;
    at.not_negative("adc_fom_fj", energy.adc_fom_fj)?;
    at.not_negative("amplifier_current_ua", energy.amplifier_current_ua)?;
    at.above_zero("supply_v", energy.supply_v)?;
    at.not_negative("digital_fj_per_conversion", energy.digital_fj_per_conversion)?;
    at.text("source", &energy.source)?;
    keys.under("cost").not_negative("test_usd_per_die", product.cost.test_usd_per_die)?;
    keys.under("cost").text("source", &product.cost.source)
}

fn check_limits(limits: &[Limit], keys: &Keys) -> Result<(), SpecError> {
    let (mut tests, mut labels, mut bins) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (index, limit) in limits.iter().enumerate() {
        let keys = keys.under(index);
        keys.ensure(tests.insert(limit.test, index).is_none(), "test", limit.test, "a number of its own")?;
        let known: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        let allowed = format!("a metric of a die: {}", known.join(", "));
        keys.ensure(known.contains(&limit.metric.as_str()), "metric", &limit.metric, allowed)?;
        keys.ensure(limit.lsl.is_some() || limit.usl.is_some(), "lsl", "absent", "given, or usl, or both")?;
        for (key, end) in [("lsl", limit.lsl), ("usl", limit.usl)] {
            end.map_or(Ok(()), |end| keys.finite(key, end))?;
        }
        if let (Some(lsl), Some(usl)) = (limit.lsl, limit.usl) {
            keys.ensure(lsl <= usl, "lsl", lsl, format!("at most usl, {usl}"))?;
        }
        let own = format!("neither {BIN_GOOD} (good) nor {BIN_DEFECT} (defect) nor 0");
        keys.ensure(limit.bin > BIN_GOOD.max(BIN_DEFECT), "bin", limit.bin, own)?;
        keys.text("label", &limit.label)?;
        // Bins are counted by label: a bin has one label, and a label one bin.
        let bin_label = *bins.entry(limit.bin).or_insert(&limit.label);
        keys.ensure(
            *bin_label == limit.label,
            "bin",
            limit.bin,
            format!("a bin of its own: this one is \"{bin_label}\""),
        )?;
        let label_bin = *labels.entry(&limit.label).or_insert(limit.bin);
        keys.ensure(
            label_bin == limit.bin,
            "label",
            &limit.label,
            format!("a label of its own: bin {label_bin} has this one"),
        )?;
    }
    Ok(())
}
