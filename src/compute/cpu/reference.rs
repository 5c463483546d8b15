//! The kernels once more, slowly: one cell, one conversion, one output at a time in f64, as the job and card types say.
//!
//! Shares with the kernels the addresses and the normals, which have their own tests, and nothing else.

use crate::compute::address::{
    amplifier_element, capacitor_element, cell_element, converter_element, output_element, pair_element, read_element,
};
use crate::compute::normal::normals;
use crate::compute::{Activation, ArrayJob, ArrayRow, Card, ClassifyRow, Draw, Network};
use crate::random::{Address, DieAddress, Stream};

/// One die of one seed.
#[derive(Clone, Copy)]
pub struct Die {
    pub seed: u64,
    pub address: DieAddress,
    pub draw: Draw,
}

impl Die {
    fn normal(&self, stream: Stream, array: u32, element: u32, index: usize) -> f64 {
        f64::from(normals(Address { seed: self.seed, stream, die: self.address, array, element }.words())[index])
    }

    /// Weight of a differential pair under a card.
    pub fn weight(&self, card: &Card, array: u32, row: usize, column: usize, code: i8) -> f64 {
        let level = usize::from(code.unsigned_abs());
        if self.draw == Draw::Pair {
            let z = self.normal(Stream::Pair, array, pair_element(row as u32, column as u32), row % 4);
            let mean = f64::from(card.level_mean[level]) - f64::from(card.level_mean[0]);
            let sd = f64::from(card.level_sd[level]).hypot(f64::from(card.level_sd[0]));
            return f64::from(code.signum()) * mean + sd * z;
        }
        let cell = |half, level| self.cell(card, array, row, column, half, level);
        if code > 0 { cell(0, level) - cell(1, 0) } else { cell(0, 0) - cell(1, level) }
    }

    fn cell(&self, card: &Card, array: u32, row: usize, column: usize, half: usize, level: usize) -> f64 {
        let (element, index) = (cell_element(row as u32, column as u32), 2 * (row % 2) + half);
        let stuck = Address { seed: self.seed, stream: Stream::Stuck, die: self.address, array, element };
        let word = u64::from(stuck.words()[index]);
        if word < u64::from(card.stuck.n_low) {
            return f64::from(card.stuck.low_value);
        }
        if word >= (1 << 32) - u64::from(card.stuck.n_high) {
            return f64::from(card.stuck.high_value);
        }
        let z = self.normal(Stream::Cell, array, element, index);
        let of_level = |values: &[f32]| f64::from(values[level]);
        let bent = z + of_level(&card.level_bend) * (z * z - 1.0);
        let value = of_level(&card.level_mean) + of_level(&card.level_sd) * bent;
        value.clamp(of_level(&card.level_low), of_level(&card.level_high))
    }

    /// Charges of all vectors of a column whose outputs are drawn: by Gram-Schmidt, which gives the factor without a covariance.
    fn outputs(&self, card: &Card, job: &ArrayJob, column: usize) -> Vec<f64> {
        let slices = job.input_bits.div_ceil(job.bits_per_slice) as usize;
        let n_vectors = job.inputs.len() / job.rows * slices;
        let mut charges = vec![0.0; n_vectors];
        let levels = 1 + job.weights.iter().map(|w| w.unsigned_abs()).max().map_or(0, usize::from);
        for level in 0..levels {
            let weight = |row: usize| job.weights[row * job.columns + column];
            let rows: Vec<_> = (0..job.rows).filter(|&row| usize::from(weight(row).unsigned_abs()) == level).collect();
            let mean = f64::from(card.level_mean[level]) - f64::from(card.level_mean[0]);
            let sd = f64::from(card.level_sd[level]).hypot(f64::from(card.level_sd[0]));
            let mut directions: Vec<Vec<f64>> = Vec::new();
            for (vector, charge) in charges.iter_mut().enumerate() {
                let x = |row: usize| {
                    let code = job.inputs[vector / slices * job.rows + row];
                    effective(card, code, vector % slices, job.bits_per_slice)
                };
                *charge += mean * rows.iter().map(|&row| f64::from(weight(row).signum()) * x(row)).sum::<f64>();
                let mut left: Vec<f64> = rows.iter().map(|&row| x(row)).collect();
                let size = left.iter().map(|x| x * x).sum::<f64>();
                for (other, direction) in directions.iter().enumerate() {
                    let along: f64 = left.iter().zip(direction).map(|(a, b)| a * b).sum();
                    left.iter_mut().zip(direction).for_each(|(a, b)| *a -= along * b);
                    *charge += sd * along * self.output_normal(job, column, level, other, n_vectors);
                }
                let own = left.iter().map(|x| x * x).sum::<f64>();
                let own = if own > 1e-12 * size { own.sqrt() } else { 0.0 };
                *charge += sd * own * self.output_normal(job, column, level, vector, n_vectors);
                directions.push(left.iter().map(|x| if own > 0.0 { x / own } else { 0.0 }).collect());
            }
        }
        charges
    }

    fn output_normal(&self, job: &ArrayJob, column: usize, level: usize, vector: usize, n_vectors: usize) -> f64 {
        let element = output_element(n_vectors, level, vector, column as u32);
        self.normal(Stream::Output, job.array, element, vector % 4)
    }

    /// Value, code and whether it clipped, of one conversion of a charge.
    fn convert(&self, card: &Card, array: u32, column: usize, per: u32, n: usize, charge: f64) -> (f64, f64, bool) {
        let r = &card.readout;
        let a = |k| self.normal(Stream::Column, array, amplifier_element(column as u32), k);
        let c = |k| self.normal(Stream::Column, array, converter_element(column as u32 / per), k);
        let spread = f64::from(r.amplifier_gain_sd) * a(0) + f64::from(r.converter_gain_sd) * c(0);
        let offset = f64::from(r.amplifier_offset_sd) * a(1) + f64::from(r.converter_offset_sd) * c(1);
        let value = charge * f64::from(r.gain) * (1.0 + spread) + f64::from(r.offset) + offset;
        let z = self.normal(Stream::Read, array, read_element(n as u32, column as u32), n % 4);
        let input = value + f64::from(r.noise_sd) * z;
        let rounded = input.round_ties_even();
        let max = f64::from(r.code_max);
        let code =
            if r.capacitor_bits == 0 { rounded } else { self.approximate(card, array, column as u32 / per, input) };
        (value, code.clamp(-max, max), rounded.abs() > max)
    }

    /// Successive approximation over the units of a converter's capacitor array.
    fn approximate(&self, card: &Card, array: u32, converter: u32, input: f64) -> f64 {
        let (bits, sd) = (card.readout.capacitor_bits, f64::from(card.readout.capacitor_sd));
        let z = |k: u32| self.normal(Stream::Column, array, capacitor_element(converter, k), k as usize % 4);
        let units = |bit: u32| 2f64.powi(bit as i32);
        let capacitor = |bit: u32| units(bit) * (1.0 + sd / units(bit).sqrt() * z(bit + 1));
        let all: f64 = 1.0 + sd * z(0) + (0..bits).map(capacitor).sum::<f64>();
        let (mut code, mut level) = (-units(bits) / 2.0, 0.0);
        for bit in (0..bits).rev() {
            let trial = level + units(bits) * capacitor(bit) / all;
            if input + units(bits) / 2.0 + 0.5 > trial {
                (code, level) = (code + units(bit), trial);
            }
        }
        code
    }

    pub fn array_test(&self, card: &Card, job: &ArrayJob) -> ArrayRow {
        let slices = job.input_bits.div_ceil(job.bits_per_slice) as usize;
        let mut outputs = Vec::new();
        let mut n_clipped = 0.0;
        for column in 0..job.columns {
            let code = |row: usize| job.weights[row * job.columns + column];
            let weights: Vec<f64> =
                (0..job.rows).map(|row| self.weight(card, job.array, row, column, code(row))).collect();
            let drawn = if job.draws_outputs { self.outputs(card, job, column) } else { Vec::new() };
            for (input, x) in job.inputs.chunks(job.rows).enumerate() {
                let exact: i64 = (0..job.rows).map(|row| i64::from(x[row]) * i64::from(code(row))).sum();
                let (mut y_static, mut y) = (0.0, 0.0);
                for slice in 0..slices {
                    let n = input * slices + slice;
                    let of_pairs = (0..job.rows)
                        .map(|row| effective(card, x[row], slice, job.bits_per_slice) * weights[row])
                        .sum();
                    let charge = drawn.get(n).copied().unwrap_or(of_pairs);
                    let (value, code, clipped) =
                        self.convert(card, job.array, column, job.columns_per_converter, n, charge);
                    let shift = f64::from(1u32 << (job.bits_per_slice as usize * slice));
                    y_static += f64::from(job.steps_per_code) * shift * value;
                    y += f64::from(job.steps_per_code) * shift * code;
                    n_clipped += f64::from(u8::from(clipped));
                }
                outputs.push(Output { column, x: exact as f64, y_static, y });
            }
        }
        row(&outputs, job.columns, n_clipped)
    }

    pub fn classify(&self, card: &Card, network: &Network) -> ClassifyRow {
        let slices = network.input_bits.div_ceil(network.bits_per_slice) as usize;
        let mut result = ClassifyRow::default();
        for (image, pixels) in network.images.chunks(network.layers[0].rows).enumerate() {
            let mut x = pixels.to_vec();
            for layer in &network.layers {
                let mut sums = vec![0.0; layer.columns];
                for tile in &layer.tiles {
                    for column in 0..tile.columns {
                        for slice in 0..slices {
                            let charge: f64 = (0..tile.rows)
                                .map(|row| {
                                    let code = tile.weights[row * tile.columns + column];
                                    effective(card, x[tile.row + row], slice, network.bits_per_slice)
                                        * self.weight(card, tile.array, row, column, code)
                                })
                                .sum();
                            let n = image * slices + slice;
                            let per = network.columns_per_converter;
                            let (_, code, clipped) = self.convert(card, tile.array, column, per, n, charge);
                            sums[tile.column + column] +=
                                code * f64::from(1u32 << (network.bits_per_slice as usize * slice));
                            result.n_clipped += u32::from(clipped);
                        }
                    }
                }
                let step = f64::from(layer.scale) * f64::from(network.steps_per_code);
                let values: Vec<f64> = sums.iter().zip(&layer.bias).map(|(s, &b)| step * s + f64::from(b)).collect();
                match layer.activation {
                    Activation::Relu { codes_per_unit } => {
                        let largest = f64::from((1u32 << network.input_bits) - 1);
                        let code =
                            |v: &f64| (v * f64::from(codes_per_unit)).round_ties_even().clamp(0.0, largest) as u8;
                        x = values.iter().map(code).collect();
                    }
                    Activation::Argmax => {
                        let best = (0..values.len()).rev().max_by(|&a, &b| values[a].total_cmp(&values[b]));
                        let analog = best == Some(usize::from(network.labels[image]));
                        let digital = network.digital[image] == network.labels[image];
                        result.n_correct += u32::from(analog);
                        result.n_lost += u32::from(digital && !analog);
                        result.n_gained += u32::from(analog && !digital);
                    }
                }
            }
        }
        result
    }
}

fn effective(card: &Card, code: u8, slice: usize, bits_per_slice: u32) -> f64 {
    let symbol = (u32::from(code) >> (bits_per_slice * slice as u32)) % (1 << bits_per_slice);
    f64::from(card.input[symbol as usize])
}

struct Output {
    column: usize,
    x: f64,
    y_static: f64,
    y: f64,
}

/// Ordinary least squares as in a textbook: slope, intercept, sum of squared residuals.
fn regression(points: &[(f64, f64)]) -> (f64, f64, f64) {
    let n = points.len() as f64;
    let (mx, my) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let sxx: f64 = points.iter().map(|p| (p.0 - mx).powi(2)).sum();
    let sxy: f64 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let slope = if sxx > 0.0 { sxy / sxx } else { 0.0 };
    let intercept = my - slope * mx;
    (slope, intercept, points.iter().map(|p| (p.1 - intercept - slope * p.0).powi(2)).sum())
}

fn row(outputs: &[Output], n_columns: usize, n_clipped: f64) -> ArrayRow {
    let mut row = ArrayRow { n_clipped: n_clipped as f32, ..ArrayRow::default() };
    let (mut gains, mut offsets, mut ss, mut freedom) = (Vec::new(), Vec::new(), 0.0, 0.0);
    let (mut gain_lent, mut offset_lent) = (0.0, 0.0);
    for column in 0..n_columns {
        let points: Vec<_> = outputs.iter().filter(|o| o.column == column).map(|o| (o.x, o.y_static)).collect();
        let n = points.len() as f64;
        let varies = points.iter().any(|p| p.0 != points[0].0);
        let (slope, intercept, residual, dof) = if points.len() >= 3 && varies {
            let (slope, intercept, residual) = regression(&points);
            (slope, intercept, residual, n - 2.0)
        } else {
            let mean = points.iter().map(|p| p.1 - p.0).sum::<f64>() / n;
            (1.0, mean, points.iter().map(|p| (p.1 - p.0 - mean).powi(2)).sum(), n - 1.0)
        };
        let variance = if dof > 0.0 { residual / dof } else { 0.0 };
        if points.len() >= 3 && varies {
            let mx = points.iter().map(|p| p.0).sum::<f64>() / n;
            let sxx: f64 = points.iter().map(|p| (p.0 - mx).powi(2)).sum();
            gain_lent += variance / sxx;
            offset_lent += variance * mx * mx / sxx;
        }
        offset_lent += variance / n;
        if variance.sqrt() > f64::from(row.worst_column_rms) {
            (row.worst_column, row.worst_column_rms) = (column as f32, variance.sqrt() as f32);
        }
        gains.push(slope);
        offsets.push(intercept);
        ss += residual;
        freedom += dof;
    }
    let spread = |values: &[f64], lent: f64| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) - lent / n;
        (mean as f32, if n > 1.0 { variance.max(0.0).sqrt() as f32 } else { 0.0 })
    };
    (row.gain, row.column_gain_sd) = spread(&gains, gain_lent);
    (row.offset, row.column_offset_sd) = spread(&offsets, offset_lent);
    row.static_rms = if freedom > 0.0 { (ss / freedom).sqrt() as f32 } else { 0.0 };
    let rms = |f: &dyn Fn(&Output) -> f64| {
        (outputs.iter().map(|o| f(o).powi(2)).sum::<f64>() / outputs.len() as f64).sqrt() as f32
    };
    row.read_rms = rms(&|o| o.y - o.y_static);
    row.total_rms = rms(&|o| o.y - o.x);
    let all: Vec<_> = outputs.iter().map(|o| (o.x, o.y - o.x)).collect();
    row.trimmed_rms = (regression(&all).2 / all.len() as f64).sqrt() as f32;
    row.max_abs = outputs.iter().map(|o| (o.y - o.x).abs()).fold(0.0, f64::max) as f32;
    row
}
