//! A trained network as its file holds it: float weights, biases, and the range of each hidden activation.

use serde::Deserialize;

use super::WorkloadError;
use super::files::File;

/// Largest size of a number: keeps products finite in f32.
const LARGEST: f64 = 1e12;
/// Bit widths for which a file gives activation ranges: 1..=8.
const N_CLIPS: usize = 8;
/// A class is one byte.
const MAX_CLASSES: usize = 256;

/// A fully connected network.
pub(super) struct Model {
    /// Pixel value that the network sees as 1.
    pub input_full_scale: f64,
    pub layers: Vec<FloatLayer>,
}

pub(super) struct FloatLayer {
    pub rows: usize,
    pub columns: usize,
    /// Shape: `[row, column]`.
    pub weights: Vec<f64>,
    /// Shape: `[column]`.
    pub bias: Vec<f64>,
    /// Largest activation that is represented, by bits - 1; none in the last layer.
    clips: Option<[f64; N_CLIPS]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "source")]
    _source: String,
    input_full_scale: f64,
    layers: Vec<LayerFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerFile {
    activation_clip: Option<[f64; N_CLIPS]>,
    bias: Vec<f64>,
    weights: Vec<Vec<f64>>,
}

impl Model {
    /// # Errors
    /// The first thing that is not a network: form, shape, or a number out of range.
    pub(super) fn parse(file: &File) -> Result<Self, WorkloadError> {
        let parsed: ModelFile = serde_json::from_str(&file.text)
            .map_err(|e| WorkloadError::Parse { file: file.name.clone(), message: e.to_string() })?;
        let refused = |key: &str, value: String, allowed: &str| WorkloadError::value(&file.name, key, value, allowed);
        let full_scale = parsed.input_full_scale;
        if !(full_scale > 0.0 && full_scale <= LARGEST) {
            return Err(refused("input_full_scale", full_scale.to_string(), &format!("> 0 and <= {LARGEST:e}")));
        }
        if parsed.layers.is_empty() {
            return Err(refused("layers", "[]".into(), "at least one layer"));
        }
        let n_layers = parsed.layers.len();
        let mut layers: Vec<FloatLayer> = Vec::new();
        for (index, layer) in parsed.layers.into_iter().enumerate() {
            let before = layers.last().map(|layer| layer.columns);
            let last = index + 1 == n_layers;
            let layer = FloatLayer::checked(layer, before, last)
                .map_err(|(key, value, allowed)| refused(&format!("layers.{index}.{key}"), value, &allowed))?;
            layers.push(layer);
        }
        Ok(Self { input_full_scale: full_scale, layers })
    }

    pub(super) fn n_inputs(&self) -> usize {
        self.layers[0].rows
    }

    pub(super) fn n_classes(&self) -> usize {
        self.layers[self.layers.len() - 1].columns
    }

    /// Class of an image in 0..1, in f64: the float reference. The first of equals.
    pub(super) fn class_of(&self, image: &[f64]) -> u8 {
        let mut values = image.to_vec();
        for layer in &self.layers {
            values = layer.outputs(&values);
        }
        (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best }) as u8
    }
}

impl FloatLayer {
    /// Largest activation represented with `bits`; none in the last layer.
    pub(super) fn clip(&self, bits: u32) -> Option<f64> {
        self.clips.map(|clips| clips[bits as usize - 1])
    }

    /// activation(inputs * weights + bias), with ReLU in all layers but the last.
    fn outputs(&self, inputs: &[f64]) -> Vec<f64> {
        let mut sums = self.bias.clone();
        for (input, weights) in inputs.iter().zip(self.weights.chunks_exact(self.columns)) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += input * weight;
            }
        }
        if self.clips.is_some() { sums.into_iter().map(|sum| sum.max(0.0)).collect() } else { sums }
    }

    /// The layer, or key, value and what is allowed. `before`: columns of the layer before; `last`: gives the classes.
    fn checked(file: LayerFile, before: Option<usize>, last: bool) -> Result<Self, (String, String, String)> {
        let (rows, columns) = (file.weights.len(), file.bias.len());
        let refuse = |key: &str, value: String, allowed: String| Err((key.to_owned(), value, allowed));
        let fits = rows > 0 && before.is_none_or(|before| rows == before);
        if !fits {
            let allowed =
                before.map_or("at least one row".into(), |n| format!("{n} rows, the columns of the layer before"));
            return refuse("weights", format!("{rows} rows"), allowed);
        }
        let most = if last { MAX_CLASSES } else { usize::MAX };
        if !(1..=most).contains(&columns) {
            return refuse("bias", format!("{columns} numbers"), format!("1 to {most}"));
        }
        if let Some(row) = file.weights.iter().position(|row| row.len() != columns) {
            let value = format!("{} numbers", file.weights[row].len());
            return refuse(&format!("weights.{row}"), value, format!("{columns}, as many as in bias"));
        }
        match file.activation_clip {
            Some(clips) if !last && clips.iter().all(|&c| c > 0.0 && c <= LARGEST) => {}
            None if last => {}
            clips => {
                let allowed = if last { "null in the last layer" } else { "eight numbers > 0, for 1 to 8 bits" };
                return refuse("activation_clip", format!("{clips:?}"), allowed.into());
            }
        }
        let weights: Vec<f64> = file.weights.into_iter().flatten().collect();
        if let Some(number) = weights.iter().chain(&file.bias).find(|number| number.abs() > LARGEST) {
            return refuse("weights or bias", number.to_string(), format!("at most {LARGEST:e} in size"));
        }
        Ok(Self { rows, columns, weights, bias: file.bias, clips: file.activation_clip })
    }
}
