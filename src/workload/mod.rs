//! The network that every die runs: read, quantised, mapped to the product's arrays, with its digital reference beside it.
//!
//! Everything here depends on workload and product alone, never on a die: it is prepared once for a run.

mod error;
mod files;
mod mapping;
mod model;
mod pattern;
mod quantise;
mod reference;
mod test_set;

pub use error::WorkloadError;
pub use mapping::map_layer;
pub use pattern::test_pattern;
pub use quantise::QuantisedWeights;
pub use reference::{IdealConverter, classify};

use crate::compute::address::MAX_CONVERSIONS;
use crate::compute::{Activation, Layer, Network};
use crate::spec::{Product, Workload};
use files::{File, sha256};
use model::Model;
use test_set::TestSet;

/// A workload, ready for the kernels.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub network: Network,
    pub digital: DigitalCounts,
    /// Arrays that the network occupies on a die, numbered from the first one asked for.
    pub n_arrays: u32,
    /// Products of one array with one input vector, for one image: one per tile.
    pub n_mvms_per_image: u64,
    /// Multiply-adds of full input and weight width for one image.
    pub n_macs_per_image: u64,
    /// Cells that hold weights, two per weight.
    pub n_cells: u64,
    /// SHA-256 of model and test set, in hexadecimal digits: what the specification does not say of their content.
    pub sha256: String,
}

/// What digital arithmetic makes of the test images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigitalCounts {
    pub n_images: usize,
    /// Right in f64 with the weights as trained.
    pub n_correct_float: usize,
    /// Right after quantisation, through an ideal converter.
    pub n_correct: usize,
}

/// Reads, quantises and maps the workload onto arrays `first_array`, `first_array` + 1, ... of the product.
///
/// # Errors
/// What is wrong with which file, or what the product cannot address.
pub fn prepare(workload: &Workload, product: &Product, first_array: u32) -> Result<Prepared, WorkloadError> {
    let files = [File::open(&workload.model)?, File::open(&workload.test_set)?];
    let model = Model::parse(&files[0])?;
    let test_set = TestSet::parse(&files[1], &model, workload.n_images)?;
    let largest_input = (1u32 << product.input.bits) - 1;
    let n_slices = product.input.bits.div_ceil(product.input.bits_per_slice) as usize;
    let n_images = test_set.labels.len();
    if n_images > MAX_CONVERSIONS / n_slices {
        let allowed = format!("at most {} images with {n_slices} slices each", MAX_CONVERSIONS / n_slices);
        return Err(WorkloadError::value("workload", "n_images", n_images, allowed));
    }
    let layers = map_model(&model, product, first_array)?;
    let mut network = Network {
        layers,
        images: test_set.codes(largest_input, model.input_full_scale),
        labels: test_set.labels.clone(),
        digital: Vec::new(),
        input_bits: product.input.bits,
        bits_per_slice: product.input.bits_per_slice,
        columns_per_converter: product.adc.columns_per_converter,
        steps_per_code: product.adc.steps_per_code as f32,
    };
    network.digital = classify(&network, IdealConverter::of(product));
    let float = test_set.rows(model.input_full_scale).map(|image| model.class_of(&image));
    let tiles = || network.layers.iter().flat_map(|layer| &layer.tiles);
    let n_weights: usize = tiles().map(|tile| tile.rows * tile.columns).sum();
    Ok(Prepared {
        digital: DigitalCounts {
            n_images,
            n_correct_float: float.zip(&network.labels).filter(|(class, label)| class == *label).count(),
            n_correct: network.digital.iter().zip(&network.labels).filter(|(class, label)| class == label).count(),
        },
        n_arrays: tiles().count() as u32,
        n_mvms_per_image: tiles().count() as u64,
        n_macs_per_image: n_weights as u64,
        n_cells: 2 * n_weights as u64,
        sha256: sha256(&files),
        network,
    })
}

/// Layers with quantised weights in tiles. Scales chain: an input code of a layer is an activation code of the one before.
fn map_model(model: &Model, product: &Product, first_array: u32) -> Result<Vec<Layer>, WorkloadError> {
    let largest_input = f64::from((1u32 << product.input.bits) - 1);
    // Real value of the largest input code: images fill 0..1.
    let mut full_scale = 1.0;
    let mut next_array = first_array;
    let mut layers = Vec::new();
    for float in &model.layers {
        let weights = QuantisedWeights::of_least_error(&float.weights, product.array.weight_bits);
        let tiles = map_layer(&weights.codes, float.rows, float.columns, &product.array, &mut next_array)?;
        let scale = weights.scale * full_scale / largest_input;
        let activation = match float.clip(product.input.bits) {
            Some(clip) => {
                full_scale = clip;
                Activation::Relu { codes_per_unit: (largest_input / clip) as f32 }
            }
            None => Activation::Argmax,
        };
        let bias = float.bias.iter().map(|&b| b as f32).collect();
        layers.push(Layer { rows: float.rows, columns: float.columns, tiles, scale: scale as f32, bias, activation });
    }
    Ok(layers)
}

#[cfg(test)]
mod tests;
