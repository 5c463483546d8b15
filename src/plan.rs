//! What a specification amounts to: the lot, the variants of each die, the jobs, and how much work that is. Pure.

use crate::array::{CardError, CardWriter};
use crate::compute::outputs::fewer_draws;
use crate::compute::{ArrayJob, BackendInfo, Draw};
use crate::fab::{FabError, VirtualLot};
use crate::random::DieAddress;
use crate::spec::Spec;
use crate::store::sha256_hex;
use crate::summary::Counts;
use crate::workload::{self, Prepared, WorkloadError};

/// Why a checked specification cannot be run after all.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Fab(#[from] FabError),
    #[error(transparent)]
    Card(#[from] CardError),
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    #[error("nothing to run")]
    Empty,
    #[error("--die {given}: must name a full-flow wafer and a die on it, such as W01,0,0: {why}")]
    Die { given: String, why: String },
}

/// A corner and the recipe under which a die is evaluated: both index the experiment's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    pub corner: usize,
    /// A full-flow split, whose recipe is applied.
    pub recipe: usize,
}

/// A die that is tested: indices into the lot's wafers and sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedDie {
    pub wafer: usize,
    pub site: usize,
    pub address: DieAddress,
}

/// Everything that a run executes.
pub struct Plan<'a> {
    pub spec: &'a Spec,
    pub lot: VirtualLot<'a>,
    pub cards: CardWriter<'a>,
    pub workload: Prepared,
    /// The array test, one job per tested array.
    pub jobs: Vec<ArrayJob>,
    /// Corner-major, the reference corner first; every die is evaluated under all of them on one draw.
    pub variants: Vec<Variant>,
    /// Dies of the full-flow wafers, by wafer, then row, then column.
    pub dies: Vec<PlannedDie>,
    pub draw: Draw,
    /// The die that a replay was restricted to.
    replayed: Option<String>,
}

impl<'a> Plan<'a> {
    /// Lays the work out.
    ///
    /// # Errors
    /// What of fab, device or workload contradicts itself.
    pub fn new(spec: &'a Spec) -> Result<Self, PlanError> {
        let lot = VirtualLot::new(spec)?;
        let cards = CardWriter::new(spec, &lot.local_mismatch())?;
        let workload = workload::prepare(&spec.workload, &spec.product, 0)?;
        let draw = draw(&cards);
        let jobs = (0..spec.experiment.run.array_test.n_arrays).map(|n| {
            let mut job = test_job(spec, workload.n_arrays + n);
            job.draws_outputs = draw == Draw::Pair && cards.symbols_are_numbers() && fewer_draws(&job);
            job
        });
        let jobs = jobs.collect();
        let recipes: Vec<usize> = (0..spec.experiment.split.len())
            .filter(|&split| spec.experiment.split[split].stop_after.is_none())
            .collect();
        let variants = (0..spec.experiment.corner.len())
            .flat_map(|corner| recipes.iter().map(move |&recipe| Variant { corner, recipe }))
            .collect();
        let dies = planned_dies(spec, &lot);
        Ok(Self { spec, lot, cards, workload, jobs, variants, dies, draw, replayed: None })
    }

    /// Keeps one die of the plan, for a replay: "W03,4,-2" is wafer, x and y.
    ///
    /// # Errors
    /// The die is not part of the plan.
    pub fn keep_die(&mut self, given: &str) -> Result<(), PlanError> {
        let refuse = |why: &str| PlanError::Die { given: given.to_owned(), why: why.to_owned() };
        let parts: Vec<&str> = given.split(',').map(str::trim).collect();
        let &[wafer, x, y] = parts.as_slice() else { return Err(refuse("three parts are needed")) };
        let coordinate = |text: &str| text.parse::<i16>().map_err(|_| refuse("a coordinate is not a whole number"));
        let (x, y) = (coordinate(x)?, coordinate(y)?);
        let wafers = self.lot.wafers();
        self.dies
            .retain(|die| wafers[die.wafer].id.eq_ignore_ascii_case(wafer) && (die.address.x, die.address.y) == (x, y));
        self.replayed = Some(given.to_owned());
        if self.dies.is_empty() { Err(refuse("no such die")) } else { Ok(()) }
    }

    /// Checksum of everything that a chunk's rows depend on: specification, workload files, program version, the die of a replay,
    /// how cells are drawn, and what computed them (instruction sets and threads give equal bits, adapters do not).
    pub fn sha256(&self, backend: &BackendInfo) -> String {
        let parts = (
            self.spec,
            &self.workload.sha256,
            env!("CARGO_PKG_VERSION"),
            &self.replayed,
            backend.result_class(),
            self.draw,
            self.draws_outputs(),
        );
        // A spec is plain data: maps with text keys, finite numbers.
        sha256_hex(&serde_json::to_vec(&parts).expect("plain data has a JSON form"))
    }

    /// Whether the array tests draw their outputs themselves.
    pub fn draws_outputs(&self) -> bool {
        self.jobs.iter().any(|job| job.draws_outputs)
    }

    /// Number of chunks in the fixed grid of the experiment.
    pub fn n_chunks(&self) -> usize {
        self.dies.len().div_ceil(self.spec.experiment.run.chunk_dies)
    }

    /// The dies of a chunk.
    pub fn chunk(&self, index: usize) -> &[PlannedDie] {
        let size = self.spec.experiment.run.chunk_dies;
        &self.dies[index * size..((index + 1) * size).min(self.dies.len())]
    }

    /// The work of the whole plan.
    pub fn counts(&self) -> Counts {
        let dies = self.dies.len() as u64;
        let variants = self.variants.len() as u64;
        let (mut devices, mut mvms, mut macs) = (0, 0, 0);
        for job in &self.jobs {
            let cells = (job.rows * job.columns) as u64;
            let inputs = job.n_inputs() as u64;
            devices += 2 * cells;
            mvms += inputs;
            macs += inputs * cells;
        }
        let n_images = self.workload.network.labels.len() as u64;
        for tile in self.workload.network.layers.iter().flat_map(|layer| &layer.tiles) {
            let cells = (tile.rows * tile.columns) as u64;
            devices += 2 * cells;
            mvms += n_images;
            macs += n_images * cells;
        }
        Counts {
            dies,
            arrays: dies * (self.jobs.len() as u64 + u64::from(self.workload.n_arrays)),
            devices: dies * devices,
            mvms: dies * variants * mvms,
            macs: dies * variants * macs,
        }
    }
}

/// Pairs at once where that is exact: the array is linear in the difference of a pair, so all it takes is Gaussian cells.
fn draw(cards: &CardWriter) -> Draw {
    if cards.is_gaussian() { Draw::Pair } else { Draw::Cell }
}

/// The array test of one array, the whole of it in use.
fn test_job(spec: &Spec, array: u32) -> ArrayJob {
    let (run, product) = (&spec.experiment.run, &spec.product);
    let (rows, columns) = (product.array.rows, product.array.columns);
    let (weights, inputs) = workload::test_pattern(
        run.seed,
        array,
        rows,
        columns,
        product.array.weight_bits,
        product.input.bits,
        run.array_test.n_inputs,
    );
    ArrayJob {
        array,
        rows,
        columns,
        weights,
        inputs,
        input_bits: product.input.bits,
        bits_per_slice: product.input.bits_per_slice,
        columns_per_converter: product.adc.columns_per_converter,
        steps_per_code: product.adc.steps_per_code as f32,
        draws_outputs: false,
    }
}

fn planned_dies(spec: &Spec, lot: &VirtualLot) -> Vec<PlannedDie> {
    let mut wafers: Vec<usize> = (0..lot.wafers().len()).filter(|&w| lot.wafers()[w].full_flow).collect();
    wafers.sort_by_key(|&w| lot.wafers()[w].number);
    let of_wafer = |wafer: usize| {
        lot.sites().iter().enumerate().map(move |(site, at)| PlannedDie {
            wafer,
            site,
            address: DieAddress {
                lot: spec.experiment.lot.number,
                wafer: lot.wafers()[wafer].number,
                x: at.x,
                y: at.y,
            },
        })
    };
    wafers.into_iter().flat_map(of_wafer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::resolve;

    /// Eight levels over 256 rows: sixteen vectors of one bit take half of the normals of the pairs, and more are not drawn.
    #[test]
    fn outputs_are_drawn_where_cards_and_vectors_allow_it() {
        let drawn = |n_inputs: &str, rows: &str| {
            let settings = [("run.array_test.n_inputs", n_inputs), ("product.array.rows", rows)];
            let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
            Plan::new(&resolve(None, &settings).unwrap()).unwrap().draws_outputs()
        };
        assert!(drawn("4", "256") && !drawn("4", "255"));
        assert!(!drawn("5", "1024"));
    }
}
