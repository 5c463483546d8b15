//! The GPU backend: WGSL through wgpu, on any vendor's adapter or a software one.
//!
//! An array test is three kernels over scratch that stays on the adapter: `charges` draws each cell once in workgroup memory,
//! applies the cards of up to eight variants and accumulates a few inputs in the registers of each invocation; `columns` converts and fits; `rows` reduces
//! to one [`ArrayRow`] per (die, variant). A network is `charges` and `layer_sums` for each tile, then `activation` for each layer.
//! Dies are cut into dispatches by scratch size and by measured time.

mod adapters;
mod device;
mod job;
mod source;
#[cfg(test)]
mod tests;

use std::sync::Mutex;
use std::time::{Duration, Instant};

pub use adapters::{AdapterInfo, adapters, best_hardware_adapter};

use super::reduce::ColumnExact;
use super::{ArrayJob, ArrayRow, Backend, BackendInfo, Batch, ClassifyRow, ComputeError, Draw, Network};
use device::Device;
use job::Job;
use source::{Kernel, Shape};

/// Runs the kernels on an adapter.
pub struct GpuBackend {
    device: Device,
    /// Dies of the next dispatch, by what they are for: grows while dispatches are short.
    array_dies: Mutex<usize>,
    network_dies: Mutex<usize>,
}

/// Dispatches shorter than this make the next one larger, longer ones smaller; watchdogs and progress bars like 200 ms.
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
        Ok(Self { device: Device::open(adapter)?, array_dies: Mutex::new(1), network_dies: Mutex::new(1) })
    }

    /// Cuts a batch into dispatches and puts their rows together.
    fn in_dispatches<R>(
        &self,
        batch: Batch,
        next: &Mutex<usize>,
        bytes_per_die: u64,
        run: impl Fn(Batch) -> Result<Vec<R>, ComputeError>,
    ) -> Result<Vec<R>, ComputeError> {
        let budget = MAX_SCRATCH_BYTES.min(self.device.max_buffer_bytes() / 2);
        if bytes_per_die > budget {
            return Err(ComputeError::Unsupported {
                what: "scratch of one die (bytes)",
                value: bytes_per_die.to_string(),
                allowed: format!("at most {budget}"),
            });
        }
        let most = (budget / bytes_per_die.max(1)) as usize;
        let mut rows = Vec::new();
        let mut first = 0;
        while first < batch.dies.len() {
            let asked = *next.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let n = asked.clamp(1, most).min(batch.dies.len() - first);
            let started = Instant::now();
            rows.extend(run(Batch {
                dies: &batch.dies[first..first + n],
                cards: &batch.cards[first * batch.n_variants..(first + n) * batch.n_variants],
                ..batch
            })?);
            let took = started.elapsed();
            let adapted = if took < SHORT && n == asked {
                2 * asked
            } else if took > LONG {
                (n / 2).max(1)
            } else {
                asked
            };
            *next.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = adapted;
            first += n;
        }
        Ok(rows)
    }

    fn array_dispatch(
        &self,
        batch: Batch,
        job: &ArrayJob,
        pattern: &Pattern,
        shape: Shape,
    ) -> Result<Vec<ArrayRow>, ComputeError> {
        let device = &self.device;
        let mut told = Job::array_test(&batch, job);
        told.n_groups = told.charge_groups(shape);
        let n_cards = batch.cards.len() as u64;
        let n_columns = n_cards * u64::from(told.columns);
        let (dies, cards) = (die_words(device, &batch), device.upload(batch.cards));
        let charges = device.buffer(4 * n_cards * told.charge_floats(shape));
        let errors = device.buffer(COLUMN_ERRORS_BYTES * n_columns);
        let rows = device.buffer(size_of::<ArrayRow>() as u64 * n_cards);
        let mut commands = device.commands();
        let inputs = [&dies, &cards, &pattern.weights, &pattern.codes, &charges];
        commands.dispatch(Kernel::Charges, shape, &told, &inputs, told.n_groups);
        let groups = (n_columns as u32).div_ceil(64);
        let inputs = [&dies, &cards, &charges, &pattern.exact, &pattern.exact_columns, &errors];
        commands.dispatch(Kernel::Columns, shape, &told, &inputs, groups);
        commands.dispatch(Kernel::Rows, shape, &told, &[&pattern.exact_columns, &errors, &rows], n_cards as u32);
        commands.read(&rows, batch.cards.len())
    }

    fn network_dispatch(
        &self,
        batch: Batch,
        network: &Network,
        mapped: &Mapped,
        shape: Shape,
    ) -> Result<Vec<ClassifyRow>, ComputeError> {
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
        let mut commands = device.commands();
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
        commands.read(&results, batch.cards.len())
    }
}

/// Bytes of one `ColumnErrors` of `shaders/errors.wgsl`.
const COLUMN_ERRORS_BYTES: u64 = 40;

/// What all dies of an array test share, on the adapter.
struct Pattern {
    weights: wgpu::Buffer,
    codes: wgpu::Buffer,
    exact: wgpu::Buffer,
    exact_columns: wgpu::Buffer,
}

impl Pattern {
    fn new(device: &Device, job: &ArrayJob, shape: Shape) -> Self {
        let exact = job.exact();
        let n_inputs = job.n_inputs();
        let columns: Vec<[f32; 4]> = exact
            .chunks_exact(n_inputs)
            .map(|exact| {
                let column = ColumnExact::new(exact);
                let per_ss = if column.ss > 0.0 { (1.0 / column.ss) as f32 } else { 0.0 };
                let per_ss_static = if column.has_line(n_inputs) { per_ss } else { 0.0 };
                [column.mean as f32, column.ss as f32, per_ss, per_ss_static]
            })
            .collect();
        let exact: Vec<f32> = exact.iter().map(|&x| x as f32).collect();
        Self {
            weights: weight_words(device, &job.weights),
            codes: code_words(device, &job.inputs, job.rows, shape),
            exact: device.upload(&exact),
            exact_columns: device.upload(&columns),
        }
    }
}

/// What all dies of a classification share, on the adapter.
struct Mapped {
    images: wgpu::Buffer,
    classes: wgpu::Buffer,
    layers: Vec<MappedLayer>,
}

struct MappedLayer {
    /// One for each tile.
    weights: Vec<wgpu::Buffer>,
    bias: wgpu::Buffer,
}

impl Mapped {
    fn new(device: &Device, network: &Network, shape: Shape) -> Self {
        let pairs = network.labels.iter().zip(&network.digital);
        let classes: Vec<[u32; 2]> = pairs.map(|(&label, &digital)| [label.into(), digital.into()]).collect();
        let layer = |layer: &super::Layer| MappedLayer {
            weights: layer.tiles.iter().map(|tile| weight_words(device, &tile.weights)).collect(),
            bias: device.upload(&layer.bias),
        };
        Self {
            images: code_words(device, &network.images, network.layers[0].rows, shape),
            classes: device.upload(&classes),
            layers: network.layers.iter().map(layer).collect(),
        }
    }
}

fn weight_words(device: &Device, weights: &[i8]) -> wgpu::Buffer {
    device.upload(&weights.iter().map(|&w| i32::from(w)).collect::<Vec<_>>())
}

/// One word per code, padded with zeros to whole groups of inputs: the charges kernel reads whole groups.
fn code_words(device: &Device, codes: &[u8], rows: usize, shape: Shape) -> wgpu::Buffer {
    let mut words: Vec<u32> = codes.iter().map(|&code| u32::from(code)).collect();
    let n_inputs = (codes.len() / rows).next_multiple_of(shape.inputs_per_group() as usize);
    words.resize(n_inputs * rows, 0);
    device.upload(&words)
}

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

impl Backend for GpuBackend {
    fn info(&self) -> BackendInfo {
        let kind = if self.device.is_software { "cpu" } else { "gpu" };
        BackendInfo { kind: kind.to_owned(), adapter: self.device.name.clone(), threads: 0 }
    }

    fn array_test(&self, batch: Batch, job: &ArrayJob) -> Result<Vec<ArrayRow>, ComputeError> {
        batch.check()?;
        job.check()?;
        let shape = Shape::new(&batch, job.n_inputs(), job.input_bits, job.bits_per_slice, self.device.int64);
        let pattern = Pattern::new(&self.device, job, shape);
        let floats = Job::array_test(&batch, job).charge_floats(shape);
        let bytes = 4 * floats * batch.n_variants as u64;
        self.in_dispatches(batch, &self.array_dies, bytes, |dies| self.array_dispatch(dies, job, &pattern, shape))
    }

    fn classify(&self, batch: Batch, network: &Network) -> Result<Vec<ClassifyRow>, ComputeError> {
        batch.check()?;
        network.check()?;
        let shape =
            Shape::new(&batch, network.labels.len(), network.input_bits, network.bits_per_slice, self.device.int64);
        let mapped = Mapped::new(&self.device, network, shape);
        let bytes = 4 * largest_charges(&batch, network, shape) * batch.n_variants as u64;
        self.in_dispatches(batch, &self.network_dies, bytes, |dies| {
            self.network_dispatch(dies, network, &mapped, shape)
        })
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
        let shape = Shape::new(&one, job.n_inputs(), job.input_bits, job.bits_per_slice, self.device.int64);
        let told = Job::array_test(&one, job);
        let n_cells = 2 * job.rows * job.columns;
        let cells = self.device.buffer(4 * n_cells as u64);
        let weights = weight_words(&self.device, &job.weights);
        let (dies, cards) = (die_words(&self.device, &one), self.device.upload(one.cards));
        let mut commands = self.device.commands();
        let groups = (job.rows.div_ceil(2) * job.columns).div_ceil(64) as u32;
        commands.dispatch(Kernel::Probe, shape, &told, &[&dies, &cards, &weights, &cells], groups);
        commands.read(&cells, n_cells)
    }
}
