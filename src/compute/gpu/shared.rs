//! What all dies of a batch share, on the adapter: weights, inputs, exact products.

use super::device::Device;
use super::source::{Kernel, Shape};
use crate::compute::exact::ColumnExact;
use crate::compute::lanes::{LANES, Line};
use crate::compute::outputs::LevelOutputs;
use crate::compute::{ArrayJob, Layer, Network};

/// What all dies of an array test share, on the adapter.
pub struct Pattern {
    pub charges: ChargePattern,
    pub exact: wgpu::Buffer,
    pub exact_columns: wgpu::Buffer,
}

impl Pattern {
    /// `outputs`: where they are drawn.
    pub fn new(device: &Device, job: &ArrayJob, outputs: Option<&LevelOutputs>, shape: Shape) -> Self {
        let exact = job.exact();
        let n_inputs = job.n_inputs();
        let columns: Vec<[f32; 4]> = exact
            .chunks_exact(n_inputs)
            .map(|exact| {
                let column = ColumnExact::new(exact);
                let per_ss = column.per_ss as f32;
                let per_ss_static = if column.has_line(n_inputs) { per_ss } else { 0.0 };
                [column.mean as f32, column.ss as f32, per_ss, per_ss_static]
            })
            .collect();
        let exact: Vec<f32> = exact.iter().map(|&x| x as f32).collect();
        Self {
            charges: ChargePattern::new(device, job, outputs, shape),
            exact: device.upload(&exact),
            exact_columns: device.upload(&columns),
        }
    }
}

/// What charges are made of, and the kernel that makes them.
pub struct ChargePattern {
    pub kernel: Kernel,
    /// Levels whose sums are drawn, where outputs are; else 0.
    pub levels: u32,
    /// Weights and codes; or A and L of `compute::outputs`, columns last.
    pub buffers: [wgpu::Buffer; 2],
}

impl ChargePattern {
    fn new(device: &Device, job: &ArrayJob, outputs: Option<&LevelOutputs>, shape: Shape) -> Self {
        let Some(outputs) = outputs else {
            let buffers = [weight_words(device, &job.weights), code_words(device, &job.inputs, job.rows, shape)];
            return Self { kernel: Kernel::Charges, levels: 0, buffers };
        };
        let columns_last = |lines: &[Line]| {
            let n = lines.len() / job.columns.div_ceil(LANES);
            let number = |i: usize, column: usize| lines[column / LANES * n + i].0[column % LANES];
            let by_number = (0..n).flat_map(|i| (0..job.columns).map(move |column| number(i, column)));
            device.upload(&by_number.collect::<Vec<_>>())
        };
        let buffers = [columns_last(&outputs.nominal), columns_last(&outputs.factor)];
        Self { kernel: Kernel::Outputs, levels: outputs.n_levels as u32, buffers }
    }
}

/// What all dies of a classification share, on the adapter.
pub struct Mapped {
    pub images: wgpu::Buffer,
    pub classes: wgpu::Buffer,
    pub layers: Vec<MappedLayer>,
}

pub struct MappedLayer {
    /// One for each tile.
    pub weights: Vec<wgpu::Buffer>,
    pub bias: wgpu::Buffer,
}

impl Mapped {
    pub fn new(device: &Device, network: &Network, shape: Shape) -> Self {
        let pairs = network.labels.iter().zip(&network.digital);
        let classes: Vec<[u32; 2]> = pairs.map(|(&label, &digital)| [label.into(), digital.into()]).collect();
        let layer = |layer: &Layer| MappedLayer {
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

pub fn weight_words(device: &Device, weights: &[i8]) -> wgpu::Buffer {
    device.upload(&weights.iter().map(|&w| i32::from(w)).collect::<Vec<_>>())
}

/// One word per code, padded with zeros to whole groups of inputs: the charges kernel reads whole groups.
fn code_words(device: &Device, codes: &[u8], rows: usize, shape: Shape) -> wgpu::Buffer {
    let mut words: Vec<u32> = codes.iter().map(|&code| u32::from(code)).collect();
    let n_inputs = (codes.len() / rows).next_multiple_of(shape.inputs_per_group() as usize);
    words.resize(n_inputs * rows, 0);
    device.upload(&words)
}
