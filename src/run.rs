//! Runs a plan: fabricates each chunk of dies, tests it on a backend, commits its rows, and makes the report.

use std::time::Instant;

use rayon::prelude::*;

use crate::aggregate::{self, AggregateError};
use crate::array::{CardError, CardWriter, DieCard};
use crate::compute::{ArrayRow, ArrayTest, Backend, Batch, Card, ClassifyRow, ComputeError};
use crate::fab::{FabError, LocalMismatch, VirtualWafer};
use crate::manifest::{Manifest, Timings};
use crate::measure::Measure;
use crate::plan::{Plan, PlanError, PlannedDie};
use crate::record::{DieRecord, WaferRecord};
use crate::report::{self, ReportError, ReportExtras};
use crate::spec::Spec;
use crate::stats::wilson;
use crate::store::{RunFolder, StoreError};
use crate::summary::{Digital, Summary, Throughput};

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Fab(#[from] FabError),
    #[error(transparent)]
    Card(#[from] CardError),
    #[error(transparent)]
    Compute(#[from] ComputeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Aggregate(#[from] AggregateError),
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// Makes the whole run folder. `progress` is told how many dies each finished chunk had.
///
/// # Errors
/// The first thing that fails; chunks committed before it stay and are not computed again by the next run.
pub fn run(
    plan: &Plan,
    backend: &dyn Backend,
    folder: &RunFolder,
    progress: &dyn Fn(u64),
) -> Result<Summary, RunError> {
    let started = Instant::now();
    let mut n_computed = 0;
    let sha256 = plan.sha256(&backend.info());
    let mut timings = Timings::default();
    let tester = Tester::new(plan, backend)?;
    let parameters: Vec<String> = plan.spec.technology.parameter.keys().cloned().collect();
    for index in 0..plan.n_chunks() {
        let dies = plan.chunk(index);
        if !folder.chunk_is_done(index, &sha256) {
            let records = tester.chunk_records(dies, &mut timings)?;
            n_computed += dies.len();
            timed(&mut timings.store_s, || folder.commit_chunk(index, &records, &parameters, &sha256))?;
        }
        progress(dies.len() as u64);
    }
    let good = folder.fold_chunks(plan.n_chunks(), &sha256, &plan.spec.experiment.corner[0].id)?;
    folder.write_wafers(&wafer_records(plan, &good))?;
    let readings: Vec<_> = tester.wafers.iter().flat_map(VirtualWafer::readings).collect();
    folder.write_metrology(&readings)?;
    let wall_s = started.elapsed().as_secs_f64();
    let counts = plan.counts();
    // Chunks that were there already took no time and count for no speed.
    let computed = n_computed as f64 / plan.dies.len() as f64;
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        spec_sha256: sha256,
        spec: plan.spec.clone(),
        backend: backend.info(),
        draw: plan.draw,
        draws_outputs: plan.draws_outputs(),
        throughput: Throughput {
            wall_s,
            devices_per_s: computed * counts.devices as f64 / wall_s,
            macs_per_s: computed * counts.macs as f64 / wall_s,
        },
        counts,
        digital: digital(plan),
        timings,
        files: Vec::new(),
    };
    finish(folder, manifest)
}

/// From the tables of a run folder to its summary, figures, report and manifest.
///
/// # Errors
/// Tables that do not hold together, or a folder that cannot be written.
pub fn finish(folder: &RunFolder, mut manifest: Manifest) -> Result<Summary, RunError> {
    let started = Instant::now();
    let tables = folder.read_tables()?;
    let summary = aggregate::summarise(&tables, &manifest.spec, manifest.context())?;
    folder.write_json("summary.json", &summary)?;
    manifest.timings.aggregate_s = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let written = report::write(folder.path(), &summary, &tables, &manifest.spec, &device_figure(&manifest.spec)?)?;
    manifest.timings.report_s = started.elapsed().as_secs_f64();
    let tables = ["dies.parquet", "wafers.parquet", "metrology.parquet", "summary.json"].map(str::to_owned);
    manifest.files = folder.checksums(&[&tables[..], &written[..]].concat())?;
    folder.write_json("manifest.json", &manifest)?;
    Ok(summary)
}

/// Wall time per die (s), measured on the first `n` dies after a first pass that warms caches and pipelines.
///
/// # Errors
/// As [`run`].
pub fn seconds_per_die(plan: &Plan, backend: &dyn Backend, n: usize) -> Result<f64, RunError> {
    let tester = Tester::new(plan, backend)?;
    let dies = &plan.dies[..n.min(plan.dies.len())];
    let pass = || tester.chunk_records(dies, &mut Timings::default()).map(|_| ());
    pass()?;
    let mut seconds = 0.0;
    timed(&mut seconds, pass)?;
    Ok(seconds / dies.len() as f64)
}

/// Array tests that are kept ready from chunk to chunk; what the dies of further arrays share (megabytes each) is made again.
const KEPT_TESTS: usize = 8;

/// A plan with what all of its chunks share.
struct Tester<'a> {
    plan: &'a Plan<'a>,
    backend: &'a dyn Backend,
    wafers: Vec<VirtualWafer<'a>>,
    measure: Measure<'a>,
    /// Of the first jobs.
    tests: Vec<Box<dyn ArrayTest + 'a>>,
}

impl<'a> Tester<'a> {
    fn new(plan: &'a Plan, backend: &'a dyn Backend) -> Result<Self, RunError> {
        let tests = plan.jobs.iter().take(KEPT_TESTS).map(|job| backend.prepare(job));
        Ok(Self {
            plan,
            backend,
            wafers: plan.lot.wafers().iter().map(|wafer| plan.lot.wafer(wafer)).collect(),
            measure: Measure::new(&plan.spec.product, &plan.jobs, &plan.workload.network),
            tests: tests.collect::<Result<_, _>>()?,
        })
    }

    /// Rows of a chunk, in the order of its dies, then of the variants.
    fn chunk_records(&self, dies: &[PlannedDie], timings: &mut Timings) -> Result<Vec<DieRecord>, RunError> {
        let Self { plan, backend, measure, .. } = self;
        let cards = timed(&mut timings.cards_s, || self.chunk_cards(dies))?;
        let kernel_cards: Vec<Card> = cards.iter().map(|(_, card)| card.card).collect();
        let addresses: Vec<_> = dies.iter().map(|die| die.address).collect();
        let batch = Batch {
            seed: plan.spec.experiment.run.seed,
            dies: &addresses,
            cards: &kernel_cards,
            n_variants: plan.variants.len(),
            draw: plan.draw,
        };
        let rows = timed(&mut timings.array_test_s, || self.array_tests(batch))?;
        let classes = timed(&mut timings.classify_s, || backend.classify(batch, &plan.workload.network))?;
        let records = cards.into_iter().enumerate().map(|(i, (parameters, card))| {
            let of_die: Vec<ArrayRow> = rows.iter().map(|job_rows| job_rows[i]).collect();
            let die = &dies[i / plan.variants.len()];
            die_record(plan, measure, die, i % plan.variants.len(), parameters, &of_die, classes[i], &card)
        });
        Ok(records.collect())
    }

    /// Rows of each job.
    fn array_tests(&self, batch: Batch) -> Result<Vec<Vec<ArrayRow>>, ComputeError> {
        let kept = self.tests.iter().map(|test| test.run(batch));
        let further = self.plan.jobs.iter().skip(KEPT_TESTS).map(|job| self.backend.array_test(batch, job));
        kept.chain(further).collect()
    }

    /// Parameters and card of each die under each variant. Shape: `[die, variant]`.
    fn chunk_cards(&self, dies: &[PlannedDie]) -> Result<Vec<(Vec<f64>, DieCard)>, RunError> {
        let Self { plan, wafers, .. } = self;
        let n = plan.variants.len();
        (0..dies.len() * n)
            .into_par_iter()
            .map(|i| {
                let (die, variant) = (&dies[i / n], plan.variants[i % n]);
                let site = &plan.lot.sites()[die.site];
                let parameters = wafers[die.wafer].parameters(site, variant.recipe, variant.corner)?;
                let card = plan.cards.write(&parameters, variant.corner)?;
                Ok((parameters, card))
            })
            .collect()
    }
}

#[expect(clippy::too_many_arguments, reason = "one row brings together what every stage found")]
fn die_record(
    plan: &Plan,
    measure: &Measure,
    die: &PlannedDie,
    variant: usize,
    parameters: Vec<f64>,
    rows: &[ArrayRow],
    class: ClassifyRow,
    card: &DieCard,
) -> DieRecord {
    let experiment = &plan.spec.experiment;
    let (wafer, site) = (&plan.lot.wafers()[die.wafer], &plan.lot.sites()[die.site]);
    let variant = plan.variants[variant];
    let (n_defects, n_killers) = plan.lot.defects(wafer, site);
    let metrics = measure.metrics(rows, class, card).values();
    DieRecord {
        corner: experiment.corner[variant.corner].id.clone(),
        split: experiment.split[variant.recipe].id.clone(),
        as_run: wafer.split == variant.recipe,
        lot: experiment.lot.id.clone(),
        wafer: wafer.id.clone(),
        slot: wafer.slot,
        die_x: site.x,
        die_y: site.y,
        x_mm: site.x_mm,
        y_mm: site.y_mm,
        parameters,
        n_defects,
        n_killers,
        bin: aggregate::bin_of(&plan.spec.product.limit, n_killers, &metrics),
        metrics,
    }
}

fn wafer_records(plan: &Plan, good: &std::collections::BTreeMap<String, u32>) -> Vec<WaferRecord> {
    let experiment = &plan.spec.experiment;
    let record = |wafer: &crate::fab::WaferPlan| {
        let tested = plan.dies.iter().filter(|die| plan.lot.wafers()[die.wafer].number == wafer.number).count();
        WaferRecord {
            lot: experiment.lot.id.clone(),
            wafer: wafer.id.clone(),
            slot: wafer.slot,
            split: experiment.split[wafer.split].id.clone(),
            last_step: plan.spec.process.step[wafer.last_step].id.clone(),
            full_flow: wafer.full_flow,
            n_dies: tested as u32,
            n_good: good.get(&wafer.id).copied().unwrap_or(0),
            cost_usd: plan.lot.wafer_cost_usd(wafer),
        }
    };
    plan.lot.wafers().iter().map(record).collect()
}

/// The nominal cell's curves and levels, which no table holds.
fn device_figure(spec: &Spec) -> Result<ReportExtras, RunError> {
    let cards = CardWriter::new(spec, &LocalMismatch::of(spec))?;
    Ok(ReportExtras { cv_curve: cards.cv_curves(), levels: cards.targets_ff() })
}

fn digital(plan: &Plan) -> Digital {
    let counts = plan.workload.digital;
    Digital {
        n_images: counts.n_images,
        float_accuracy: counts.n_correct_float as f64 / counts.n_images as f64,
        quantised_accuracy: wilson(
            counts.n_correct as u64,
            counts.n_images as u64,
            plan.spec.experiment.run.confidence,
        ),
    }
}

/// Adds the seconds that `work` takes.
fn timed<T>(seconds: &mut f64, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    *seconds += started.elapsed().as_secs_f64();
    done
}
