//! One line for each rule: a value that breaks it is refused at its key, and the values at the ends are taken.

use super::super::tests::{tiny, tiny_with};

/// Settings, of which the first breaks a rule, and the key of the refusal.
const REFUSED: &[(&[(&str, &str)], &str)] = &[
    // technology
    (&[("technology.name", "\" \"")], "technology.name"),
    (
        &[("technology.parameter.t9_nm", "{ nominal = 1, range = [1, 1], source = \"s\" }")],
        "technology.parameter.t9_nm",
    ),
    (
        &[("technology.parameter", "{ t1_nm = { nominal = 1, range = [1, 1], source = \"s\" } }")],
        "technology.parameter.t2_nm",
    ),
    (&[("technology.parameter.t1_nm.nominal", "9")], "technology.parameter.t1_nm.nominal"),
    (&[("technology.parameter.t1_nm.quadratic", "0.2")], "technology.parameter.t1_nm.quadratic"),
    (&[("technology.parameter.t1_nm.range", "[0, 8]")], "technology.parameter.t1_nm.range"),
    (&[("technology.parameter.t1_nm.range", "[8, 3]")], "technology.parameter.t1_nm.range"),
    (&[("technology.parameter.sigma_vt_mv.range", "[-1, 8]")], "technology.parameter.sigma_vt_mv.range"),
    (&[("technology.parameter.v_fb_v.range", "[-1e31, 8]")], "technology.parameter.v_fb_v.range"),
    (&[("technology.parameter.t1_nm.source", "\"\"")], "technology.parameter.t1_nm.source"),
    // process
    (&[("process.wafer.diameter_mm", "0")], "process.wafer.diameter_mm"),
    (&[("process.wafer.edge_exclusion_mm", "50")], "process.wafer.edge_exclusion_mm"),
    (&[("process.wafer.edge_exclusion_mm", "-1")], "process.wafer.edge_exclusion_mm"),
    (&[("process.wafer.start_cost_usd", "-1")], "process.wafer.start_cost_usd"),
    (&[("process.wafer.source", "\"\"")], "process.wafer.source"),
    (&[("process.step", "[]")], "process.step"),
    (&[("process.step.0200.id", "\"0100\"")], "process.step.1.id"),
    (&[("process.step.0200.id", "\"02/00\"")], "process.step.1.id"),
    (&[("process.step.0100.cost_usd", "-1")], "process.step.0100.cost_usd"),
    (&[("process.step.0100.cycle_h", "-1")], "process.step.0100.cycle_h"),
    (&[("process.step.0100.source", "\"\"")], "process.step.0100.source"),
    (&[("process.step.0100.effect.t1_nm.parameter", "t9_nm")], "process.step.0100.effect.t9_nm.parameter"),
    (&[("process.step.0200.effect.width_nm.parameter", "length_nm")], "process.step.0200.effect.1.parameter"),
    (&[("process.step.0100.effect.t1_nm.lot_sd", "-0.1")], "process.step.0100.effect.t1_nm.lot_sd"),
    (&[("process.step.0100.effect.t1_nm.wafer_sd", "-0.1")], "process.step.0100.effect.t1_nm.wafer_sd"),
    (&[("process.step.0100.effect.t1_nm.tilt_sd", "-0.1")], "process.step.0100.effect.t1_nm.tilt_sd"),
    (&[("process.step.0100.effect.t1_nm.reticle_sd", "-0.1")], "process.step.0100.effect.t1_nm.reticle_sd"),
    (&[("process.step.0100.effect.t1_nm.die_sd", "-0.1")], "process.step.0100.effect.t1_nm.die_sd"),
    (&[("process.step.0100.effect.t1_nm.slot_trend", "1e31")], "process.step.0100.effect.t1_nm.slot_trend"),
    (&[("process.step.0100.effect.t1_nm.radial.bowl", "-1e31")], "process.step.0100.effect.t1_nm.radial.bowl"),
    (&[("process.step.0100.effect.t1_nm.radial.edge_width", "0")], "process.step.0100.effect.t1_nm.radial.edge_width"),
    (
        &[("process.step.0100.effect.t1_nm.radial.wafer_rel_sd", "-1")],
        "process.step.0100.effect.t1_nm.radial.wafer_rel_sd",
    ),
    (&[("process.step.0100.effect.t1_nm.field.sd", "-1")], "process.step.0100.effect.t1_nm.field.sd"),
    (&[("process.step.0100.effect.t1_nm.field.length_mm", "0")], "process.step.0100.effect.t1_nm.field.length_mm"),
    (&[("process.step.0100.effect.t1_nm.field.length_mm", "101")], "process.step.0100.effect.t1_nm.field.length_mm"),
    (&[("process.step.0100.effect.t1_nm.film_mismatch.sd", "-1")], "process.step.0100.effect.t1_nm.film_mismatch.sd"),
    (
        &[("process.step.0100.effect.t1_nm.film_mismatch.corr_nm", "0")],
        "process.step.0100.effect.t1_nm.film_mismatch.corr_nm",
    ),
    (
        &[("process.step.0200.effect.length_nm.edge_mismatch.cd_sd", "-1")],
        "process.step.0200.effect.length_nm.edge_mismatch.cd_sd",
    ),
    (
        &[("process.step.0200.effect.length_nm.edge_mismatch.ler_corr_nm", "0")],
        "process.step.0200.effect.length_nm.edge_mismatch.ler_corr_nm",
    ),
    (
        &[("process.step.0200.effect.length_nm.film_mismatch", "{ sd = 1, corr_nm = 1 }")],
        "process.step.0200.effect.length_nm.film_mismatch",
    ),
    (
        &[(
            "process.step.0100.effect.t1_nm.edge_mismatch",
            "{ cd_sd = 1, ler_sd = 1, ler_corr_nm = 1, corner_radius_nm = 1, corner_sd = 1 }",
        )],
        "process.step.0100.effect.t1_nm.edge_mismatch",
    ),
    (&[("process.step.0200.defect.d0_per_cm2", "-1")], "process.step.0200.defect.d0_per_cm2"),
    (&[("process.step.0200.defect.alpha", "0")], "process.step.0200.defect.alpha"),
    (&[("process.step.0200.defect.density", "triangular")], "process.step.0200.defect.alpha"),
    (
        &[("process.step.0200.defect", "{ d0_per_cm2 = 0.1, kill_ratio = 0.5, mode = \"short\" }")],
        "process.step.0200.defect.alpha",
    ),
    (&[("process.step.0200.defect.kill_ratio", "1.1")], "process.step.0200.defect.kill_ratio"),
    (&[("process.step.0200.defect.mode", "\"\"")], "process.step.0200.defect.mode"),
    (&[("process.step.0100.metrology.parameter", "t9_nm")], "process.step.0100.metrology.parameter"),
    (&[("process.step.0100.metrology.parameter", "t2_nm")], "process.step.0100.metrology.parameter"),
    (&[("process.step.0100.metrology.cost_usd", "-1")], "process.step.0100.metrology.cost_usd"),
    (
        &[("process.step.0100.metrology.gauge.repeatability_sd", "-1")],
        "process.step.0100.metrology.gauge.repeatability_sd",
    ),
    (
        &[("process.step.0100.metrology.gauge.reproducibility_sd", "-1")],
        "process.step.0100.metrology.gauge.reproducibility_sd",
    ),
    (&[("process.step.0100.metrology.gauge.resolution", "0")], "process.step.0100.metrology.gauge.resolution"),
    (&[("process.step.0100.metrology.spc.lsl", "4.9")], "process.step.0100.metrology.spc.lcl"),
    (&[("process.step.0100.metrology.spc.target", "5.3")], "process.step.0100.metrology.spc.ucl"),
    (&[("process.step.0100.metrology.spc.usl", "5.1")], "process.step.0100.metrology.spc.usl"),
    // product
    (&[("product.die.width_mm", "0")], "product.die.width_mm"),
    (&[("product.die.width_mm", "99")], "product.die.width_mm"),
    (&[("product.die.width_mm", "1e-9")], "product.die.width_mm"),
    (&[("product.die.grid_offset", "[0, 1.5]")], "product.die.grid_offset"),
    (&[("product.die.width_mm", "60"), ("product.die.grid_offset", "[0.5, 0]")], "product.die.width_mm"),
    (&[("product.die.height_mm", "-3")], "product.die.height_mm"),
    (&[("product.die.scribe_um", "-3")], "product.die.scribe_um"),
    (&[("product.die.critical_area_fraction", "1.5")], "product.die.critical_area_fraction"),
    (&[("product.die.reticle_columns", "0")], "product.die.reticle_columns"),
    (&[("product.die.reticle_rows", "256")], "product.die.reticle_rows"),
    (&[("product.array.rows", "0")], "product.array.rows"),
    (&[("product.array.rows", "16385")], "product.array.rows"),
    (&[("product.array.columns", "0")], "product.array.columns"),
    (&[("product.array.columns", "16384"), ("product.array.rows", "16384")], "product.array.columns"),
    (&[("product.array.weight_bits", "1")], "product.array.weight_bits"),
    (&[("product.array.weight_bits", "8")], "product.array.weight_bits"),
    (&[("product.programming.c_high_ff", "0.1")], "product.programming.c_high_ff"),
    (&[("product.programming.c_low_ff", "-0.1")], "product.programming.c_low_ff"),
    (&[("product.programming.verify_half_window_mv", "-1")], "product.programming.verify_half_window_mv"),
    (&[("product.programming.verify_temp_c", "-56")], "product.programming.verify_temp_c"),
    (&[("product.input.bits", "0")], "product.input.bits"),
    (&[("product.input.bits", "9")], "product.input.bits"),
    (&[("product.input.bits_per_slice", "5")], "product.input.bits_per_slice"),
    (&[("product.input.bits_per_slice", "5"), ("product.input.bits", "8")], "product.input.bits_per_slice"),
    (&[("product.input.v_step_v", "0")], "product.input.v_step_v"),
    (&[("product.readout.amplifier_gain", "0")], "product.readout.amplifier_gain"),
    (&[("product.readout.gbw_mhz", "0")], "product.readout.gbw_mhz"),
    (&[("product.readout.t_settle_ns", "-1")], "product.readout.t_settle_ns"),
    (&[("product.readout.c_feedback_ff", "0")], "product.readout.c_feedback_ff"),
    (&[("product.readout.c_feedback_rel_sd", "1.1")], "product.readout.c_feedback_rel_sd"),
    (&[("product.readout.c_input_ff", "-1")], "product.readout.c_input_ff"),
    (&[("product.readout.offset_sd_mv", "-1")], "product.readout.offset_sd_mv"),
    (&[("product.readout.noise_excess", "-1")], "product.readout.noise_excess"),
    (&[("product.readout.n_averages", "0")], "product.readout.n_averages"),
    (&[("product.adc.bits", "1")], "product.adc.bits"),
    (&[("product.adc.bits", "17")], "product.adc.bits"),
    (&[("product.adc.steps_per_code", "0")], "product.adc.steps_per_code"),
    (&[("product.adc.columns_per_converter", "0")], "product.adc.columns_per_converter"),
    (&[("product.adc.gain_rel_sd", "-0.1")], "product.adc.gain_rel_sd"),
    (&[("product.adc.offset_sd_lsb", "-0.1")], "product.adc.offset_sd_lsb"),
    (&[("product.adc.noise_lsb", "-0.1")], "product.adc.noise_lsb"),
    (&[("product.adc.unit_capacitor_rel_sd", "0.11")], "product.adc.unit_capacitor_rel_sd"),
    (&[("product.trim.column_offset_residual_lsb", "-0.1")], "product.trim.column_offset_residual_lsb"),
    (&[("product.energy.recovery_fraction", "1.01")], "product.energy.recovery_fraction"),
    (&[("product.energy.adc_fom_fj", "-1")], "product.energy.adc_fom_fj"),
    (&[("product.energy.amplifier_current_ua", "-1")], "product.energy.amplifier_current_ua"),
    (&[("product.energy.supply_v", "0")], "product.energy.supply_v"),
    (&[("product.energy.digital_fj_per_conversion", "-1")], "product.energy.digital_fj_per_conversion"),
    (&[("product.cost.test_usd_per_die", "-1")], "product.cost.test_usd_per_die"),
    (&[("product.limit.accuracy.metric", "acuracy")], "product.limit.1.metric"),
    (&[("product.limit.accuracy.test", "1001")], "product.limit.1.test"),
    (&[("product.limit.c_max_ff.lsl", "2.5")], "product.limit.0.lsl"),
    (&[("product.limit.0", "{ test = 1, metric = \"accuracy\", bin = 3, label = \"l\" }")], "product.limit.0.lsl"),
    (&[("product.limit.accuracy.bin", "0")], "product.limit.1.bin"),
    (&[("product.limit.accuracy.bin", "1")], "product.limit.1.bin"),
    (&[("product.limit.accuracy.bin", "2")], "product.limit.1.bin"),
    (&[("product.limit.accuracy.bin", "5")], "product.limit.1.bin"),
    (&[("product.limit.accuracy.label", "capacitance")], "product.limit.1.label"),
    // workload
    (&[("workload.n_images", "0")], "workload.n_images"),
    (&[("workload.name", "\"\"")], "workload.name"),
    // experiment
    (&[("schema", "splitlot/0")], "schema"),
    (&[("name", "../escape")], "name"),
    (&[("name", "\"\"")], "name"),
    (&[("name", "\"a b\"")], "name"),
    (&[("lot.id", "\"\"")], "lot.id"),
    (&[("lot.number", "16777216")], "lot.number"),
    (&[("lot.n_wafers", "0")], "lot.n_wafers"),
    (&[("lot.n_wafers", "4")], "lot.n_wafers"),
    (&[("lot.n_wafers", "2")], "split.C.wafers"),
    (&[("split", "[]")], "split"),
    (&[("split.B.id", "A")], "split.1.id"),
    (&[("split.B.label", "\"\"")], "split.B.label"),
    (&[("split.B.wafers", "\"W01..W02\"")], "split.B.wafers"),
    (&[("split.B.wafers", "none")], "split.B.wafers"),
    (&[("split.B.control", "true")], "split.control"),
    (&[("split.A.control", "false")], "split.control"),
    (&[("split.A.stop_after", "\"0200\"")], "split.A.stop_after"),
    (&[("split.C.stop_after", "\"0999\"")], "split.C.stop_after"),
    (&[("split.B.change.0.step", "\"0999\"")], "split.B.change.0.step"),
    (&[("split.B.change.0.parameter", "t2_nm")], "split.B.change.0.parameter"),
    (&[("split.B.change.0.parameter", "t9_nm")], "split.B.change.0.parameter"),
    (&[("split.B.change.0.recipe", "\"\"")], "split.B.change.0.recipe"),
    (&[("split.B.change.0.value", "2")], "split.B.change.0.value"),
    (&[("split.B.change.0.op", "add"), ("split.B.change.0.value", "4")], "split.B.change.0.value"),
    (&[("split.B.change.0.op", "set"), ("split.B.change.0.value", "2.9")], "split.B.change.0.value"),
    (
        &[("split.C.change", "[{ step = \"0300\", recipe = \"R\", parameter = \"t2_nm\", op = \"mul\", value = 1 }]")],
        "split.C.change.0.step",
    ),
    (
        &[(
            "split.B.change",
            "[{ step = \"0300\", recipe = \"R\", parameter = \"t2_nm\", op = \"mul\", value = 1 }, { step = \"0300\", recipe = \"R\", parameter = \"t2_nm\", op = \"mul\", value = 1 }]",
        )],
        "split.B.change.1.parameter",
    ),
    (&[("corner", "[]")], "corner"),
    (&[("corner.HOT.id", "TT")], "corner.1.id"),
    (&[("corner.HOT.label", "\"\"")], "corner.HOT.label"),
    (&[("corner.HOT.sigma.t9_nm", "1")], "corner.HOT.sigma.t9_nm"),
    (&[("corner.HOT.sigma.eps1", "1")], "corner.HOT.sigma.eps1"),
    (&[("corner.HOT.sigma.t1_nm", "10.5")], "corner.HOT.sigma.t1_nm"),
    (&[("corner.HOT.supply_rel", "0.4")], "corner.HOT.supply_rel"),
    (&[("corner.HOT.temp_c", "176")], "corner.HOT.temp_c"),
    (&[("corner.HOT.temp_c", "-56")], "corner.HOT.temp_c"),
    (&[("excursion.0.step", "\"0999\"")], "excursion.0.step"),
    (&[("excursion.0.parameter", "t2_nm")], "excursion.0.parameter"),
    (&[("excursion.0.wafers", "W04")], "excursion.0.wafers"),
    (&[("excursion.0.shift", "-1e31")], "excursion.0.shift"),
    (&[("excursion.0.step", "\"0300\""), ("excursion.0.parameter", "t2_nm")], "excursion.0.wafers"),
    (&[("run.chunk_dies", "0")], "run.chunk_dies"),
    (&[("run.confidence", "0.4")], "run.confidence"),
    (&[("run.confidence", "1")], "run.confidence"),
    (&[("run.array_test.n_arrays", "0")], "run.array_test.n_arrays"),
    (&[("run.array_test.n_inputs", "0")], "run.array_test.n_inputs"),
    (&[("run.array_test.n_inputs", "262145")], "run.array_test.n_inputs"),
    (&[("variation.process", "-0.1")], "variation.process"),
    (&[("variation.local", "101")], "variation.local"),
    (&[("variation.periphery", "-1")], "variation.periphery"),
    (&[("variation.noise", "-1")], "variation.noise"),
    (&[("variation.defects", "-1")], "variation.defects"),
];

/// The message of a refusal must name the file, then the key.
fn is_refused_at(settings: &[(&str, &str)], key: &str) -> Result<(), String> {
    let section = key.split('.').next().unwrap_or_default();
    let file = match section {
        "technology" | "process" | "product" | "workload" => format!("tiny_{section}.toml"),
        _ => "tiny.toml".to_owned(),
    };
    match tiny(settings) {
        Ok(_) => Err(format!("{settings:?} is taken")),
        Err(error) => {
            let message = error.to_string();
            let start = format!("{file}: {key} = ");
            let fine = message.starts_with(&start) && message.contains(": must be ");
            if fine { Ok(()) } else { Err(format!("'{message}' does not start with '{start}'")) }
        }
    }
}

#[test]
fn every_rule_refuses_at_its_key() {
    let faults: Vec<String> = REFUSED.iter().filter_map(|(settings, key)| is_refused_at(settings, key).err()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_check_of_rules_sees_a_rule_that_is_not_there_and_a_wrong_key() {
    assert!(is_refused_at(&[("run.seed", "7")], "run.seed").is_err());
    assert!(is_refused_at(&[("run.confidence", "1")], "run.seed").is_err());
}

#[test]
fn the_ends_of_ranges_are_taken() {
    for settings in [
        [("corner.HOT.temp_c", "-55"), ("corner.TT.temp_c", "175")],
        [("run.confidence", "0.5"), ("run.chunk_dies", "1")],
        [("product.input.bits", "8"), ("product.input.bits_per_slice", "4")],
        [("product.array.weight_bits", "7"), ("product.adc.bits", "16")],
        [("product.array.weight_bits", "2"), ("product.adc.bits", "2")],
        [("variation.process", "0"), ("variation.noise", "100")],
        [("process.step.0100.effect.t1_nm.lot_sd", "0"), ("process.step.0100.effect.t1_nm.field.length_mm", "100")],
        [("product.energy.recovery_fraction", "1"), ("product.die.critical_area_fraction", "0")],
        [("product.limit", "[]"), ("run.array_test.n_inputs", "262144")],
        [("process.step.0100.metrology.spc.lcl", "4.5"), ("process.step.0100.metrology.spc.ucl", "5.0")],
        [("split.B.change.0.op", "set"), ("split.B.change.0.value", "3")],
        [("product.die.width_mm", "60"), ("product.die.grid_offset", "[1, -1]")],
        [("corner.TT.id", "CD+"), ("split.A.id", "a_1-b")],
        [("lot.number", "16777215"), ("split.C.stop_after", "\"0300\"")],
    ] {
        if let Err(error) = tiny(&settings) {
            panic!("{settings:?}: {error}");
        }
    }
}

#[test]
fn more_variants_than_a_draw_serves_are_refused() {
    let corner = |i: usize| format!("[[corner]]\nid = \"C{i}\"\nlabel = \"l\"\ntemp_c = 25.0\n");
    let with = |n: usize| tiny_with(&(0..n).map(corner).collect::<String>(), &[]);
    assert!(with(30).is_ok());
    let message = with(31).unwrap_err().to_string();
    assert!(message.contains("corner = 33 corners: must be such that"), "{message}");
}
