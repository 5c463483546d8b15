//! From the tables of a run to its summary. Means are folded in the order of the table, so that a number does not depend on
//! threads; quantiles and counts come from Polars.

mod bins;
mod comparisons;
mod dies;
mod error;
mod findings;
mod results;
mod verdict;

pub use bins::{bin_label, bin_of};
pub use error::AggregateError;

use crate::compute::BackendInfo;
use crate::spec::Spec;
use crate::store::Tables;
use crate::summary::{Counts, Digital, EnergyPart, SplitResult, Summary, Throughput};

/// What the tables do not hold.
#[derive(Clone, Debug)]
pub struct Context {
    pub version: String,
    pub spec_sha256: String,
    pub backend: BackendInfo,
    pub counts: Counts,
    pub throughput: Throughput,
    pub digital: Digital,
}

/// Summarises a run.
///
/// # Errors
/// The tables lack a column or hold empty cells.
pub fn summarise(tables: &Tables, spec: &Spec, context: Context) -> Result<Summary, AggregateError> {
    let mut results = Vec::new();
    for corner in &spec.experiment.corner {
        for split in spec.experiment.split.iter().filter(|split| split.stop_after.is_none()) {
            let result = results::result(tables, spec, &corner.id, &split.id)?;
            // A replay of one die tests no wafer of the other splits.
            if result.n_dies > 0 {
                results.push(result);
            }
        }
    }
    let comparisons = comparisons::comparisons(tables, spec)?;
    let findings = findings::findings(tables, spec)?;
    Ok(Summary {
        experiment: spec.experiment.name.clone(),
        seed: spec.experiment.run.seed,
        version: context.version,
        spec_sha256: context.spec_sha256,
        backend: context.backend,
        counts: context.counts,
        throughput: context.throughput,
        verdict: verdict::verdict(spec, &results, &comparisons, &findings),
        energy_breakdown: results.first().map(energy_breakdown).unwrap_or_default(),
        results,
        comparisons,
        findings,
        digital: context.digital,
    })
}

/// Energy per operation by component, of the control at the reference corner.
fn energy_breakdown(result: &SplitResult) -> Vec<EnergyPart> {
    const PARTS: [(&str, &str); 4] = [
        ("array", "energy_array_fj"),
        ("amplifier", "energy_amplifier_fj"),
        ("converter", "energy_adc_fj"),
        ("digital", "energy_digital_fj"),
    ];
    let part = |(component, metric): &(&str, &str)| {
        let summary = result.metrics.get(*metric)?;
        Some(EnergyPart { component: (*component).to_owned(), fj_per_op: summary.mean.value })
    };
    PARTS.iter().filter_map(part).collect()
}
