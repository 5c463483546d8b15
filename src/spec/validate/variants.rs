//! Corners and excursions: what a die is evaluated under, and what is planted.

use super::super::{Corner, Excursion, Spec, SpecError, parse_wafers, wafer_id};
use super::product::TEMP_C;
use super::{Keys, MAX_VARIANTS, check_moved, check_parameter, step_index};

/// Shift of a corner, in sigmas. Beyond, no process is described by its sigma.
const MAX_SIGMA: f64 = 10.0;
/// Supply relative to nominal: beyond, no product is specified.
const SUPPLY_REL: [f64; 2] = [0.5, 2.0];

pub(super) fn check(spec: &Spec, keys: &Keys) -> Result<(), SpecError> {
    let experiment = &spec.experiment;
    keys.ensure(!experiment.corner.is_empty(), "corner", "[]", "at least one corner: the first is the reference")?;
    let corners = keys.under("corner");
    corners.unique("id", experiment.corner.iter().map(|corner| corner.id.as_str()))?;
    for corner in &experiment.corner {
        check_corner(spec, corner, &corners.under(&corner.id))?;
    }
    let recipes = experiment.split.iter().filter(|split| split.stop_after.is_none()).count();
    let n_corners = experiment.corner.len();
    let allowed = format!("such that corners x full-flow splits <= {MAX_VARIANTS}: here {n_corners} x {recipes}");
    keys.ensure(n_corners * recipes <= MAX_VARIANTS, "corner", format!("{n_corners} corners"), allowed)?;
    for (index, excursion) in experiment.excursion.iter().enumerate() {
        check_excursion(spec, excursion, &keys.under("excursion").under(index))?;
    }
    Ok(())
}

fn check_corner(spec: &Spec, corner: &Corner, keys: &Keys) -> Result<(), SpecError> {
    keys.text("label", &corner.label)?;
    for (parameter, sigma) in &corner.sigma {
        let keys = keys.under("sigma");
        check_parameter(spec, &keys, (parameter, parameter))?;
        keys.within(parameter, *sigma, -MAX_SIGMA, MAX_SIGMA)?;
        check_moved(spec, &keys, (parameter, parameter), &spec.process.step, "a step of the process")?;
    }
    keys.within("supply_rel", corner.supply_rel, SUPPLY_REL[0], SUPPLY_REL[1])?;
    keys.within("temp_c", corner.temp_c, TEMP_C[0], TEMP_C[1])
}

fn check_excursion(spec: &Spec, excursion: &Excursion, keys: &Keys) -> Result<(), SpecError> {
    let index = step_index(&spec.process, keys, "step", &excursion.step)?;
    check_moved(spec, keys, ("parameter", &excursion.parameter), &spec.process.step[index..=index], "this step")?;
    keys.finite("shift", excursion.shift)?;
    let n_wafers = spec.experiment.lot.n_wafers;
    let refuse = |why: String| keys.refuse("wafers", format!("{:?}", excursion.wafers), why);
    let wafers = parse_wafers(&excursion.wafers, n_wafers)
        .map_err(|why| refuse(format!("a list such as \"W01..W03, W05\": {why}")))?;
    for split in &spec.experiment.split {
        let Some(stop) = &split.stop_after else { continue };
        let passes = spec.process.step.iter().position(|step| step.id == *stop).is_some_and(|last| index <= last);
        let own = parse_wafers(&split.wafers, n_wafers).unwrap_or_default();
        if let Some(number) = wafers.iter().find(|number| !passes && own.contains(number)) {
            return Err(refuse(format!("wafers that pass the step: {} stops after {stop}", wafer_id(*number))));
        }
    }
    Ok(())
}
