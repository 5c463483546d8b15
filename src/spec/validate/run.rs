//! How the lot is run: chunks, intervals, the array test, and the groups of variation.

use super::super::{Spec, SpecError};
use super::{Keys, MAX_CONVERSIONS};

/// Above, a group of variation is no longer the process that was described.
const MAX_FACTOR: f64 = 100.0;
/// Arrays of a die in one array test.
const MAX_ARRAYS: u64 = 65_536;
/// Codes of one test pattern: inputs x rows.
const MAX_CODES: usize = 1 << 28;

pub(super) fn check(spec: &Spec, keys: &Keys) -> Result<(), SpecError> {
    let (run, at) = (&spec.experiment.run, keys.under("run"));
    at.count("chunk_dies", run.chunk_dies as u64, 1, 1_000_000)?;
    at.within("confidence", run.confidence, 0.5, 0.9999)?;
    let (test, at) = (&run.array_test, at.under("array_test"));
    at.count("n_arrays", test.n_arrays.into(), 1, MAX_ARRAYS)?;
    let slices = spec.product.input.bits.div_ceil(spec.product.input.bits_per_slice) as usize;
    let most = (MAX_CONVERSIONS / slices).min(MAX_CODES / spec.product.array.rows);
    at.count("n_inputs", test.n_inputs as u64, 1, most as u64)?;
    let (variation, at) = (&spec.experiment.variation, keys.under("variation"));
    for (key, factor) in [
        ("process", variation.process),
        ("local", variation.local),
        ("periphery", variation.periphery),
        ("noise", variation.noise),
        ("defects", variation.defects),
    ] {
        at.within(key, factor, 0.0, MAX_FACTOR)?;
    }
    Ok(())
}
