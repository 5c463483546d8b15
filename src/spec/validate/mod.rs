//! Every value of a specification against what is allowed, before anything runs.
//!
//! Each room checks one file; what spans files (a recipe against the flow, a limit against the metrics) is checked where it
//! is written. The first fault is reported: later ones are often its consequences.

mod keys;
mod lot;
mod process;
mod product;
mod run;
mod technology;
#[cfg(test)]
mod tests;
mod variants;

use std::collections::BTreeSet;

use super::load::display_name;
use super::{Process, Spec, SpecError, Step, Workload};
use keys::Keys;

/// Rows and columns of an array: the exact integer product of any weights and inputs stays below 2^24, where f32 is exact.
pub const MAX_ARRAY_ROWS: usize = 16_384;
pub const MAX_ARRAY_COLUMNS: usize = 16_384;
/// Cells of one half of an array.
pub const MAX_ARRAY_CELLS: usize = 1 << 26;
/// Levels of a cell: 2^(weight_bits - 1).
pub const MAX_WEIGHT_BITS: u32 = 7;
pub const MAX_INPUT_BITS: u32 = 8;
pub const MAX_BITS_PER_SLICE: u32 = 4;
/// Conversions of a column in one array test: inputs x slices.
pub const MAX_CONVERSIONS: usize = 1 << 20;
/// Corners x recipes that are evaluated on one draw.
pub const MAX_VARIANTS: usize = 64;
/// Lot numbers and array numbers are addressed with 24 bits.
pub const MAX_LOT: u32 = (1 << 24) - 1;

/// Checks every value of the five files; `file` is the experiment's name in messages.
///
/// # Errors
/// The first value that is not allowed: file, key, value, what is allowed. The key is the one that `--set` takes.
pub fn check(spec: &Spec, file: &str) -> Result<(), SpecError> {
    let experiment = &spec.experiment;
    let technology = display_name("technology", &experiment.technology);
    technology::check(&spec.technology, &Keys::new(&technology, "technology"))?;
    let process = display_name("process", &experiment.process);
    process::check(spec, &Keys::new(&process, "process"))?;
    let product = display_name("product", &experiment.product);
    product::check(spec, &Keys::new(&product, "product"))?;
    let workload = display_name("workload", &experiment.workload);
    check_workload(&spec.workload, &Keys::new(&workload, "workload"))?;
    let keys = Keys::new(file, "");
    lot::check(spec, &keys)?;
    variants::check(spec, &keys)?;
    run::check(spec, &keys)
}

fn check_workload(workload: &Workload, keys: &Keys) -> Result<(), SpecError> {
    keys.text("name", &workload.name)?;
    keys.text("model", &workload.model)?;
    keys.text("test_set", &workload.test_set)?;
    keys.text("source", &workload.source)?;
    match workload.n_images {
        Some(n_images) => keys.count("n_images", n_images as u64, 1, u64::from(u32::MAX)),
        None => Ok(()),
    }
}

/// Position of a step in the flow, or an error that lists the steps.
fn step_index(process: &Process, keys: &Keys, key: &str, step: &str) -> Result<usize, SpecError> {
    process.step.iter().position(|s| s.id == step).ok_or_else(|| {
        let known: Vec<_> = process.step.iter().map(|s| s.id.as_str()).collect();
        keys.refuse(key, step, format!("a step of the process: {}", known.join(", ")))
    })
}

/// Refuses a parameter, written at a key, that the technology lacks or that none of `steps` moves.
fn check_moved(spec: &Spec, keys: &Keys, written: (&str, &str), steps: &[Step], by: &str) -> Result<(), SpecError> {
    check_parameter(spec, keys, written)?;
    let (key, parameter) = written;
    let moved: BTreeSet<_> = steps.iter().flat_map(|step| &step.effect).map(|e| e.parameter.as_str()).collect();
    if moved.contains(parameter) {
        return Ok(());
    }
    let moved = if moved.is_empty() { "none".to_owned() } else { moved.into_iter().collect::<Vec<_>>().join(", ") };
    Err(keys.refuse(key, parameter, format!("a parameter that {by} moves: {moved}")))
}

/// Refuses a parameter, written at a key, that the technology lacks.
fn check_parameter(spec: &Spec, keys: &Keys, (key, parameter): (&str, &str)) -> Result<(), SpecError> {
    let known: Vec<_> = spec.technology.parameter.keys().map(String::as_str).collect();
    let allowed = format!("a parameter of the technology: {}", known.join(", "));
    keys.ensure(known.contains(&parameter), key, parameter, allowed)
}
