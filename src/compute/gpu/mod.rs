//! The GPU backend: WGSL through wgpu, on any vendor's adapter or a software one.
//!
//! An array test is three kernels over scratch that stays on the adapter: `charges` draws each cell once in workgroup memory,
//! applies the cards of up to eight variants and accumulates a few inputs in the registers of each invocation; `columns` converts and fits; `rows` reduces
//! to one [`ArrayRow`] per (die, variant). Where outputs are drawn, `outputs` takes the place of `charges`. A network is `charges` and `layer_sums` for each tile, then `activation` for each layer.
//! Dies are cut into submissions by scratch size and by the time that the adapter took for those before.

mod adapters;
mod commands;
mod device;
mod job;
mod shared;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytemuck::Pod;

pub use adapters::{AdapterInfo, adapters, best_hardware_adapter};

use super::outputs::LevelOutputs;
use super::{ArrayJob, ArrayRow, ArrayTest, Backend, BackendInfo, Batch, ClassifyRow, ComputeError, Draw, Network};
use commands::{Commands, Pending};
use device::Device;
use job::Job;
use shared::{ChargePattern, Mapped, Pattern, weight_words};
use source::{Kernel, Shape};

/// Runs the kernels on an adapter.
pub struct GpuBackend {
    device: Device,
    /// Dies of the next submission, by what they are for: grows while submissions are short.
    array_dies: Mutex<usize>,
    network_dies: Mutex<usize>,
    /// Time that the adapter spent in each kernel, by entry point.
    kernels: Mutex<BTreeMap<&'static str, Duration>>,
}

/// Submissions shorter than this make the next one larger, longer ones smaller; watchdogs and progress bars like 200 ms.
const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_millis(200);
/// Scratch is kept below this share of what a buffer may hold, and below half a gigabyte.
const MAX_SCRATCH_BYTES: u64 = 512 << 20;

impl GpuBackend {
    /// Opens an adapter by name or number in [`adapters`]; the best one without.
    ///
    /// # Errors
    /// `NoAdapter` says which there are.
    pub fn new(adapter: Option<&str>) -> Result<Self, ComputeError> {
        let device = Device::open(adapter)?;
        Ok(Self { device, array_dies: Mutex::new(1), network_dies: Mutex::new(1), kernels: Mutex::default() })
    }

    /// Cuts a batch into submissions and puts their rows together. One is made ready while the adapter works on the one before.
    fn in_submissions<'a, R: Pod>(
        &'a self,
        batch: Batch,
        next: &Mutex<usize>,
        bytes_per_die: u64,
        submit: impl Fn(Batch) -> Pending<'a, R>,
    ) -> Result<Vec<R>, ComputeError> {
        let budget = MAX_SCRATCH_BYTES.min(self.device.max_buffer_bytes() / 2);
        if bytes_per_die > budget {
            return Err(ComputeError::Unsupported {
                what: "scratch of one die (bytes)",
                value: bytes_per_die.to_string(),
                allowed: format!("at most {budget}"),
            });
        }
        // Two submissions are on the adapter at a time; one die is always let through.
        let most = (budget / 2 / bytes_per_die.max(1)).max(1) as usize;
        let mut rows = Vec::new();
        let mut idle_since = Instant::now();
        let mut collect = |pending: Pending<'a, R>, n: usize, submitted: Instant| {
            let finished = pending.wait()?;
            let waited = idle_since.max(submitted).elapsed();
            idle_since = Instant::now();
            let took = finished.times.map_or(waited, |times| self.note(&times));
            let mut next = lock(next);
            *next = match took {
                took if took > LONG => (n / 2).max(1),
                // That the rest of a batch is short says nothing.
                took if took < SHORT && n >= (*next).min(most) => (2 * n).min(most),
                _ => *next,
            };
            rows.extend(finished.values);
            Ok::<(), ComputeError>(())
        };
        let mut before = None;
        let mut first = 0;
        while first < batch.dies.len() {
            let n = (*lock(next)).clamp(1, most).min(batch.dies.len() - first);
            let submitted = Instant::now();
            let pending = submit(Batch {
                dies: &batch.dies[first..first + n],
                cards: &batch.cards[first * batch.n_variants..(first + n) * batch.n_variants],
                ..batch
            });
            if let Some((pending, n, submitted)) = before.replace((pending, n, submitted)) {
                collect(pending, n, submitted)?;
            }
            first += n;
        }
        if let Some((pending, n, submitted)) = before {
            collect(pending, n, submitted)?;
        }
        Ok(rows)
    }

    /// Adds times of dispatches to those of their kernels. Output: their sum.
    fn note(&self, times: &[(Kernel, Duration)]) -> Duration {
        let mut kernels = lock(&self.kernels);
        times.iter().for_each(|(kernel, time)| *kernels.entry(kernel.entry_point()).or_default() += *time);
        times.iter().map(|(_, time)| *time).sum()
    }

    fn submit_array_test(
        &self,
        batch: Batch,
        job: &ArrayJob,
        pattern: &Pattern,
        shape: Shape,
    ) -> Pending<'_, ArrayRow> {
        let device = &self.device;
        let mut told = Job::array_test(&batch, job);
        told.n_groups = told.charge_groups(shape);
        let n_cards = batch.cards.len() as u64;
        let n_columns = n_cards * u64::from(told.columns);
        let (dies, cards) = (die_words(device, &batch), device.upload(batch.cards));
        let charges = device.buffer(4 * n_cards * told.charge_floats(shape));
        let errors = device.buffer(COLUMN_ERRORS_BYTES * n_columns);
        let rows = device.buffer(size_of::<ArrayRow>() as u64 * n_cards);
        let mut commands = Commands::new(device);
        let ChargePattern { kernel, levels, buffers: [a, b] } = &pattern.charges;
        let charge_shape = Shape { levels: *levels, ..shape };
        commands.dispatch(*kernel, charge_shape, &told, &[&dies, &cards, a, b, &charges], told.n_groups);
        let groups = (n_columns as u32).div_ceil(64);
        let inputs = [&dies, &cards, &charges, &pattern.exact, &pattern.exact_columns, &errors];
        commands.dispatch(Kernel::Columns, shape, &told, &inputs, groups);
        commands.dispatch(Kernel::Rows, shape, &told, &[&pattern.exact_columns, &errors, &rows], n_cards as u32);
        commands.submit(&rows, batch.cards.len())
    }

    fn submit_network(
        &self,
        batch: Batch,
        network: &Network,
        mapped: &Mapped,
        shape: Shape,
    ) -> Pending<'_, ClassifyRow> {
        let device = &self.device;
        let n_cards = batch.cards.len() as u64;
        let (dies, cards) = (die_words(device, &batch), device.upload(batch.cards));
        let n_images = network.labels.len() as u64;
        let widest = network.layers.iter().map(|layer| layer.columns as u64).max().unwrap_or(0);
        let sums = device.buffer(4 * n_cards * n_images * widest);
        let results = device.buffer(size_of::<ClassifyRow>() as u64 * n_cards);
        let padded = n_images.next_multiple_of(u64::from(shape.inputs_per_group()));
        // Codes of one layer are read while those of the next are written.
        let hidden = [0, 1].map(|_| device.buffer(4 * n_cards * padded * widest));
        let charges = device.buffer(4 * n_cards * largest_charges(&batch, network, shape));
        let mut commands = Commands::new(device);
        for (i, (layer, mapped_layer)) in network.layers.iter().zip(&mapped.layers).enumerate() {
            let mut told = Job::layer(&batch, network, layer);
            let codes = if i == 0 { &mapped.images } else { &hidden[i % 2] };
            told.code_stride = if i == 0 { 0 } else { padded as u32 * told.layer_rows };
            for (tile, weights) in layer.tiles.iter().zip(&mapped_layer.weights) {
                let mut told = told.tile(tile);
                told.n_groups = told.charge_groups(shape);
                commands.dispatch(
                    Kernel::Charges,
                    shape,
                    &told,
                    &[&dies, &cards, weights, codes, &charges],
                    told.n_groups,
                );
                let outputs = (n_cards * n_images) as u32 * told.columns;
                commands.dispatch(
                    Kernel::LayerSums,
                    shape,
                    &told,
                    &[&dies, &cards, &charges, &sums, &results],
                    outputs.div_ceil(64),
                );
            }
            told.code_stride = padded as u32 * told.layer_columns;
            let buffers = [&sums, &mapped_layer.bias, &hidden[(i + 1) % 2], &mapped.classes, &results];
            commands.dispatch(Kernel::Activation, shape, &told, &buffers, ((n_cards * n_images) as u32).div_ceil(64));
        }
        commands.submit(&results, batch.cards.len())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Bytes of one `ColumnErrors` of `shaders/errors.wgsl`.
const COLUMN_ERRORS_BYTES: u64 = 40;

fn die_words(device: &Device, batch: &Batch) -> wgpu::Buffer {
    device.upload(&batch.dies.iter().map(|die| die.words()).collect::<Vec<_>>())
}

/// Floats of scratch for one (die, variant) of the tile that needs most.
fn largest_charges(batch: &Batch, network: &Network, shape: Shape) -> u64 {
    let of_layer = |layer: &super::Layer| {
        let told = Job::layer(batch, network, layer);
        layer.tiles.iter().map(|tile| told.tile(tile).charge_floats(shape)).max().unwrap_or(0)
    };
    network.layers.iter().map(of_layer).max().unwrap_or(0)
}

/// An array test. What its dies share on the adapter depends on a batch's variants, so it is made for each; factors do not.
struct Prepared<'a> {
    backend: &'a GpuBackend,
    job: &'a ArrayJob,
    /// Where outputs are drawn.
    outputs: Option<LevelOutputs>,
}

impl ArrayTest for Prepared<'_> {
    fn run(&self, batch: Batch) -> Result<Vec<ArrayRow>, ComputeError> {
        let Self { backend, job, outputs } = self;
        batch.check()?;
        job.check_draws(&batch)?;
        let shape = Shape::new(&batch, job.n_inputs(), job.input_bits, job.bits_per_slice, backend.device.extras);
        let pattern = Pattern::new(&backend.device, job, outputs.as_ref(), shape);
        let bytes = 4 * Job::array_test(&batch, job).charge_floats(shape) * batch.n_variants as u64;
        backend.in_submissions(batch, &backend.array_dies, bytes, |dies| {
            backend.submit_array_test(dies, job, &pattern, shape)
        })
    }
}

impl Backend for GpuBackend {
    fn info(&self) -> BackendInfo {
        let kind = if self.device.is_software { "cpu" } else { "gpu" };
        BackendInfo { kind: kind.to_owned(), adapter: self.device.name.clone(), threads: 0 }
    }

    fn adapter_seconds(&self) -> BTreeMap<&'static str, f64> {
        lock(&self.kernels).iter().map(|(kernel, time)| (*kernel, time.as_secs_f64())).collect()
    }

    fn prepare<'a>(&'a self, job: &'a ArrayJob) -> Result<Box<dyn ArrayTest + 'a>, ComputeError> {
        job.check()?;
        let outputs = job.draws_outputs.then(|| LevelOutputs::new(job));
        Ok(Box::new(Prepared { backend: self, job, outputs }))
    }

    fn classify(&self, batch: Batch, network: &Network) -> Result<Vec<ClassifyRow>, ComputeError> {
        batch.check()?;
        network.check()?;
        let shape =
            Shape::new(&batch, network.labels.len(), network.input_bits, network.bits_per_slice, self.device.extras);
        let mapped = Mapped::new(&self.device, network, shape);
        let bytes = 4 * largest_charges(&batch, network, shape) * batch.n_variants as u64;
        self.in_submissions(batch, &self.network_dies, bytes, |dies| self.submit_network(dies, network, &mapped, shape))
    }

    fn probe(&self, batch: Batch, die: usize, variant: usize, job: &ArrayJob) -> Result<Vec<f32>, ComputeError> {
        batch.check()?;
        job.check()?;
        let one = Batch {
            dies: &batch.dies[die..=die],
            cards: std::slice::from_ref(&batch.cards[die * batch.n_variants + variant]),
            n_variants: 1,
            draw: Draw::Cell,
            ..batch
        };
        let shape = Shape::new(&one, job.n_inputs(), job.input_bits, job.bits_per_slice, self.device.extras);
        let told = Job::array_test(&one, job);
        let n_cells = 2 * job.rows * job.columns;
        let cells = self.device.buffer(4 * n_cells as u64);
        let weights = weight_words(&self.device, &job.weights);
        let (dies, cards) = (die_words(&self.device, &one), self.device.upload(one.cards));
        let mut commands = Commands::new(&self.device);
        let groups = (job.rows.div_ceil(2) * job.columns).div_ceil(64) as u32;
        commands.dispatch(Kernel::Probe, shape, &told, &[&dies, &cards, &weights, &cells], groups);
        Ok(commands.submit(&cells, n_cells).wait()?.values)
    }
}
