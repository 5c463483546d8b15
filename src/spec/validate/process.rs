//! The process file: wafer, steps, their effects, defects and metrology.

use super::super::{
    Defects, Density, EdgeMismatch, Metrology, Radial, Spec, SpecError, Step, StepEffect, WaferGeometry,
};
use super::{Keys, check_moved, check_parameter};

pub(super) fn check(spec: &Spec, keys: &Keys) -> Result<(), SpecError> {
    let process = &spec.process;
    keys.text("name", &process.name)?;
    keys.text("foundry", &process.foundry)?;
    check_wafer(&process.wafer, &keys.under("wafer"))?;
    keys.ensure(!process.step.is_empty(), "step", "[]", "at least one step")?;
    let steps = keys.under("step");
    steps.unique("id", process.step.iter().map(|step| step.id.as_str()))?;
    for (index, step) in process.step.iter().enumerate() {
        let keys = steps.under(&step.id);
        check_step(spec, step, &keys)?;
        if let Some(metrology) = &step.metrology {
            check_metrology(metrology, &keys.under("metrology"))?;
            let measured = ("parameter", metrology.parameter.as_str());
            check_moved(spec, &keys.under("metrology"), measured, &process.step[..=index], "this or an earlier step")?;
        }
    }
    Ok(())
}

fn check_wafer(wafer: &WaferGeometry, keys: &Keys) -> Result<(), SpecError> {
    keys.within("diameter_mm", wafer.diameter_mm, 10.0, 1000.0)?;
    let radius = wafer.diameter_mm / 2.0;
    let fine = (0.0..radius).contains(&wafer.edge_exclusion_mm);
    keys.ensure(fine, "edge_exclusion_mm", wafer.edge_exclusion_mm, format!("0 to below the radius, {radius}"))?;
    keys.not_negative("start_cost_usd", wafer.start_cost_usd)?;
    keys.text("source", &wafer.source)
}

fn check_step(spec: &Spec, step: &Step, keys: &Keys) -> Result<(), SpecError> {
    keys.text("name", &step.name)?;
    keys.text("module", &step.module)?;
    keys.text("tool", &step.tool)?;
    keys.not_negative("cost_usd", step.cost_usd)?;
    keys.not_negative("cycle_h", step.cycle_h)?;
    keys.text("source", &step.source)?;
    let effects = keys.under("effect");
    effects.unique("parameter", step.effect.iter().map(|effect| effect.parameter.as_str()))?;
    for effect in &step.effect {
        let keys = effects.under(&effect.parameter);
        check_parameter(spec, &keys, ("parameter", &effect.parameter))?;
        check_effect(effect, &keys, spec.process.wafer.diameter_mm)?;
        let is_line = spec.technology.device.lines().contains(&effect.parameter.as_str());
        let lines = spec.technology.device.lines().join(", ");
        keys.ensure(
            effect.edge_mismatch.is_none() || is_line,
            "edge_mismatch",
            "given",
            format!("on a line only: {lines}"),
        )?;
        keys.ensure(
            effect.film_mismatch.is_none() || !is_line,
            "film_mismatch",
            "given",
            format!("on no line: {lines}"),
        )?;
    }
    step.defect.as_ref().map_or(Ok(()), |defect| check_defect(defect, &keys.under("defect")))
}

fn check_effect(effect: &StepEffect, keys: &Keys, diameter_mm: f64) -> Result<(), SpecError> {
    for (key, sd) in [
        ("lot_sd", effect.lot_sd),
        ("wafer_sd", effect.wafer_sd),
        ("tilt_sd", effect.tilt_sd),
        ("reticle_sd", effect.reticle_sd),
        ("die_sd", effect.die_sd),
    ] {
        keys.not_negative(key, sd)?;
    }
    keys.finite("slot_trend", effect.slot_trend)?;
    if let Some(radial) = &effect.radial {
        check_radial(radial, &keys.under("radial"))?;
    }
    if let Some(field) = &effect.field {
        let keys = keys.under("field");
        keys.not_negative("sd", field.sd)?;
        // A field that hardly changes over the wafer is a wafer-level term, and has one of its own.
        let fine = field.length_mm > 0.0 && field.length_mm <= diameter_mm;
        keys.ensure(
            fine,
            "length_mm",
            field.length_mm,
            format!("> 0 and at most the wafer's diameter, {diameter_mm}"),
        )?;
    }
    if let Some(film) = &effect.film_mismatch {
        keys.under("film_mismatch").not_negative("sd", film.sd)?;
        keys.under("film_mismatch").above_zero("corr_nm", film.corr_nm)?;
    }
    effect.edge_mismatch.as_ref().map_or(Ok(()), |edge| check_edge(edge, &keys.under("edge_mismatch")))
}

fn check_radial(radial: &Radial, keys: &Keys) -> Result<(), SpecError> {
    keys.finite("bowl", radial.bowl)?;
    keys.finite("donut", radial.donut)?;
    keys.finite("edge", radial.edge)?;
    keys.above_zero("edge_width", radial.edge_width)?;
    keys.not_negative("wafer_rel_sd", radial.wafer_rel_sd)
}

fn check_edge(edge: &EdgeMismatch, keys: &Keys) -> Result<(), SpecError> {
    keys.not_negative("cd_sd", edge.cd_sd)?;
    keys.not_negative("ler_sd", edge.ler_sd)?;
    keys.above_zero("ler_corr_nm", edge.ler_corr_nm)?;
    keys.not_negative("corner_radius_nm", edge.corner_radius_nm)?;
    keys.not_negative("corner_sd", edge.corner_sd)
}

fn check_defect(defect: &Defects, keys: &Keys) -> Result<(), SpecError> {
    keys.not_negative("d0_per_cm2", defect.d0_per_cm2)?;
    match (defect.density, defect.alpha) {
        (Density::Gamma, Some(alpha)) => keys.above_zero("alpha", alpha)?,
        (Density::Gamma, None) => return Err(keys.refuse("alpha", "absent", "given: a gamma density needs it")),
        (Density::Triangular, Some(alpha)) => {
            return Err(keys.refuse("alpha", alpha, "absent: a triangular density has one form"));
        }
        (Density::Triangular, None) => {}
    }
    keys.within("kill_ratio", defect.kill_ratio, 0.0, 1.0)?;
    keys.text("mode", &defect.mode)
}

fn check_metrology(metrology: &Metrology, keys: &Keys) -> Result<(), SpecError> {
    keys.text("name", &metrology.name)?;
    keys.text("method", &metrology.method)?;
    keys.not_negative("cost_usd", metrology.cost_usd)?;
    let (gauge, gauge_keys) = (&metrology.gauge, keys.under("gauge"));
    gauge_keys.not_negative("repeatability_sd", gauge.repeatability_sd)?;
    gauge_keys.not_negative("reproducibility_sd", gauge.reproducibility_sd)?;
    gauge_keys.finite("bias", gauge.bias)?;
    gauge_keys.above_zero("resolution", gauge.resolution)?;
    let (spc, keys) = (&metrology.spc, keys.under("spc"));
    let limits = [("lsl", spc.lsl), ("lcl", spc.lcl), ("target", spc.target), ("ucl", spc.ucl), ("usl", spc.usl)];
    for (key, limit) in limits {
        keys.finite(key, limit)?;
    }
    for [(lower, low), (upper, high)] in limits.array_windows() {
        keys.ensure(low <= high, upper, high, format!("at least {lower}, {low}: lsl <= lcl <= target <= ucl <= usl"))?;
    }
    Ok(())
}
