//! What a dispatch is told. Twin: `struct Job` of `shaders/job.wgsl`.

use super::source::Shape;
use crate::compute::{Activation, ArrayJob, Batch, Layer, Network, Tile};

/// One dispatch.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Job {
    pub key: [u32; 2],
    pub n_dies: u32,
    pub n_variants: u32,
    pub rows: u32,
    pub columns: u32,
    pub array: u32,
    pub n_inputs: u32,
    pub first_row: u32,
    pub first_column: u32,
    pub layer_rows: u32,
    pub layer_columns: u32,
    pub code_stride: u32,
    pub columns_per_converter: u32,
    pub input_max: u32,
    pub n_groups: u32,
    pub steps_per_code: f32,
    pub scale: f32,
    pub codes_per_unit: f32,
    pub last_layer: u32,
}

impl Job {
    fn of_batch(batch: &Batch) -> Self {
        Self {
            key: [batch.seed as u32, (batch.seed >> 32) as u32],
            n_dies: batch.dies.len() as u32,
            n_variants: batch.n_variants as u32,
            ..Self::default()
        }
    }

    pub fn array_test(batch: &Batch, job: &ArrayJob) -> Self {
        Self {
            rows: job.rows as u32,
            columns: job.columns as u32,
            array: job.array,
            n_inputs: job.n_inputs() as u32,
            layer_rows: job.rows as u32,
            layer_columns: job.columns as u32,
            columns_per_converter: job.columns_per_converter,
            input_max: (1 << job.input_bits) - 1,
            steps_per_code: job.steps_per_code,
            ..Self::of_batch(batch)
        }
    }

    pub fn layer(batch: &Batch, network: &Network, layer: &Layer) -> Self {
        let codes_per_unit = match layer.activation {
            Activation::Relu { codes_per_unit } => codes_per_unit,
            Activation::Argmax => 0.0,
        };
        Self {
            n_inputs: network.labels.len() as u32,
            layer_rows: layer.rows as u32,
            layer_columns: layer.columns as u32,
            columns_per_converter: network.columns_per_converter,
            input_max: (1 << network.input_bits) - 1,
            steps_per_code: network.steps_per_code,
            scale: layer.scale,
            codes_per_unit,
            last_layer: u32::from(layer.activation == Activation::Argmax),
            ..Self::of_batch(batch)
        }
    }

    pub fn tile(self, tile: &Tile) -> Self {
        Self {
            rows: tile.rows as u32,
            columns: tile.columns as u32,
            array: tile.array,
            first_row: tile.row as u32,
            first_column: tile.column as u32,
            ..self
        }
    }

    /// Workgroups of the charges kernel: 32 columns, some variants, some inputs each.
    pub fn charge_groups(&self, shape: Shape) -> u32 {
        self.n_dies
            * self.n_variants.div_ceil(shape.variants)
            * self.columns.div_ceil(32)
            * self.n_inputs.div_ceil(shape.inputs_per_group())
    }

    /// Floats of the charges kernel's scratch for one (die, variant).
    pub fn charge_floats(&self, shape: Shape) -> u64 {
        let rows = u64::from(self.n_inputs) * (u64::from(shape.n_slices) + 2);
        rows * u64::from(self.columns)
    }
}
