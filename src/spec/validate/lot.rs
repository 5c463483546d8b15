//! The lot and its splits: every wafer in exactly one, one control, recipes that the flow knows.

use std::collections::BTreeSet;

use super::super::{Lot, RecipeChange, RecipeOp, Spec, SpecError, Split, parse_wafers, wafer_id};
use super::{Keys, MAX_LOT, check_moved, step_index};

/// The file format that this program reads.
pub(super) const SCHEMA: &str = "splitlot/1";

pub(super) fn check(spec: &Spec, keys: &Keys) -> Result<(), SpecError> {
    let experiment = &spec.experiment;
    keys.ensure(experiment.schema == SCHEMA, "schema", &experiment.schema, format!("\"{SCHEMA}\""))?;
    // The results' folder has the experiment's name.
    keys.id("name", &experiment.name)?;
    check_lot(&experiment.lot, &keys.under("lot"))?;
    keys.ensure(!experiment.split.is_empty(), "split", "[]", "at least one split")?;
    let splits = keys.under("split");
    splits.unique("id", experiment.split.iter().map(|split| split.id.as_str()))?;
    check_wafers(&experiment.split, experiment.lot.n_wafers, keys)?;
    for split in &experiment.split {
        check_split(spec, split, &splits.under(&split.id))?;
    }
    check_control(&experiment.split, keys)
}

fn check_lot(lot: &Lot, keys: &Keys) -> Result<(), SpecError> {
    keys.id("id", &lot.id)?;
    keys.count("number", lot.number.into(), 0, MAX_LOT.into())?;
    keys.count("n_wafers", lot.n_wafers.into(), 1, u8::MAX.into())
}

/// Every wafer of the lot is in exactly one split.
fn check_wafers(splits: &[Split], n_wafers: u8, keys: &Keys) -> Result<(), SpecError> {
    let mut taken = BTreeSet::new();
    for split in splits {
        let refuse =
            |why: String| keys.under("split").under(&split.id).refuse("wafers", format!("{:?}", split.wafers), why);
        let wafers = parse_wafers(&split.wafers, n_wafers)
            .map_err(|why| refuse(format!("a list such as \"W01..W03, W05\": {why}")))?;
        for number in wafers {
            if !taken.insert(number) {
                return Err(refuse(format!("wafers of no other split: {} is in another one", wafer_id(number))));
            }
        }
    }
    let free: Vec<_> = (1..=n_wafers).filter(|number| !taken.contains(number)).map(wafer_id).collect();
    let allowed = format!("such that every wafer is in a split: in none are {}", free.join(", "));
    keys.ensure(free.is_empty(), "lot.n_wafers", n_wafers, allowed)
}

fn check_split(spec: &Spec, split: &Split, keys: &Keys) -> Result<(), SpecError> {
    keys.text("label", &split.label)?;
    let steps = &spec.process.step;
    let last = match &split.stop_after {
        Some(step) => step_index(&spec.process, keys, "stop_after", step)?,
        None => steps.len() - 1,
    };
    let mut changed = BTreeSet::new();
    for (number, change) in split.change.iter().enumerate() {
        let keys = keys.under("change").under(number);
        keys.text("recipe", &change.recipe)?;
        let index = step_index(&spec.process, &keys, "step", &change.step)?;
        let stop = split.stop_after.as_deref().unwrap_or_default();
        keys.ensure(
            index <= last,
            "step",
            &change.step,
            format!("a step that the wafers pass: they stop after {stop}"),
        )?;
        check_moved(spec, &keys, ("parameter", &change.parameter), &steps[index..=index], "this step")?;
        let once = changed.insert((&change.step, &change.parameter));
        keys.ensure(once, "parameter", &change.parameter, "changed once per step")?;
        check_target(spec, change, &keys)?;
    }
    Ok(())
}

/// The changed target lies where the device model holds.
fn check_target(spec: &Spec, change: &RecipeChange, keys: &Keys) -> Result<(), SpecError> {
    keys.finite("value", change.value)?;
    let Some(parameter) = spec.technology.parameter.get(&change.parameter) else { return Ok(()) };
    let target = match change.op {
        RecipeOp::Set => change.value,
        RecipeOp::Add => parameter.nominal + change.value,
        RecipeOp::Mul => parameter.nominal * change.value,
    };
    let [low, high] = parameter.range;
    let allowed = format!("such that the target, {target}, is within the technology's range, {low} to {high}");
    keys.ensure((low..=high).contains(&target), "value", change.value, allowed)
}

/// Exactly one control, and its wafers run through.
fn check_control(splits: &[Split], keys: &Keys) -> Result<(), SpecError> {
    for split in splits.iter().filter(|split| split.control) {
        let stop = split.stop_after.as_deref().unwrap_or_default();
        let keys = keys.under("split").under(&split.id);
        let allowed = "absent in the control: stopped wafers give no yield to compare with";
        keys.ensure(split.stop_after.is_none(), "stop_after", stop, allowed)?;
    }
    let controls: Vec<_> = splits.iter().filter(|split| split.control).map(|split| split.id.as_str()).collect();
    let value = if controls.is_empty() { "in none".to_owned() } else { format!("in {}", controls.join(", ")) };
    keys.ensure(
        controls.len() == 1,
        "split.control",
        value,
        "true in exactly one split that runs through the whole flow",
    )
}
