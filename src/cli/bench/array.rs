//! The array test of a die under several cards, on any backend: the work item's array in the terms of a card.

use super::meter::Meter;
use super::{BenchArgs, Content, DrawChoice, Figures, Size};
use crate::cli::CliError;
use crate::compute::{ArrayJob, Batch, Card, Draw, MAX_LEVELS, outputs};
use crate::random::{DieAddress, HostDraw, Stream};

const INPUT_BITS: u32 = 4;
/// Of the array test where none are asked for: the most that a cell's levels hold.
const WEIGHT_BITS: u8 = 7;
const SEED: u64 = 74;
/// Dies of a batch, as many as a chunk of the shipped experiments has.
const DIES: u32 = 64;

pub fn measure(args: &BenchArgs, size: Size) -> Result<Figures, CliError> {
    let Size { rows, columns, inputs, variants } = size;
    let backend = args.open()?;
    let draw = if args.draw == DrawChoice::Cell { Draw::Cell } else { Draw::Pair };
    let level_max = f64::from((1u32 << (args.weight_bits.unwrap_or(WEIGHT_BITS) - 1)) - 1);
    let mut job = job(size, level_max, args.bit_serial);
    job.draws_outputs = args.draw == DrawChoice::Output;
    job.check()?;
    let exact = job.exact();
    let signal = (exact.iter().map(|&y| (y as f64).powi(2)).sum::<f64>() / exact.len() as f64).sqrt();
    // Full scale is four times the signal.
    job.steps_per_code = (4.0 * signal / 127.0) as f32;
    let n_dies = DIES * u32::from(args.threads);
    let cards: Vec<Card> = (0..variants).map(|variant| card(&job, level_max, variant)).collect();
    let cards = cards.repeat(n_dies as usize);
    let test = backend.prepare(&job)?;
    let batch = |trials: std::ops::Range<u32>| {
        let dies: Vec<DieAddress> =
            trials.map(|t| DieAddress { lot: 0, wafer: 1, x: (t >> 16) as i16, y: t as i16 }).collect();
        let cards = &cards[..dies.len() * variants];
        let rows = test.run(Batch { seed: SEED, dies: &dies, cards, n_variants: variants, draw })?;
        Ok(rows.iter().step_by(variants).map(|row| (f64::from(row.total_rms) / signal) as f32).collect())
    };
    let trials = |trials: std::ops::Range<u32>| {
        let of_batches = trials.clone().step_by(n_dies as usize).map(|t| batch(t..trials.end.min(t + n_dies)));
        Ok(of_batches.collect::<Result<Vec<Vec<f32>>, CliError>>()?.concat())
    };
    let meter = Meter::run(&*backend, args.seconds, n_dies, trials)?;
    let n_pairs = rows * columns;
    let n_vectors = job.n_vectors();
    let [of_array, n_fmas] = match args.draw {
        DrawChoice::Cell => [2 * n_pairs, n_pairs * n_vectors * variants],
        DrawChoice::Pair => [n_pairs, n_pairs * n_vectors * variants],
        DrawChoice::Output => [outputs::n_normals(&job), outputs::n_fmas(&job, variants)],
    };
    let content = Content {
        n_devices: 2 * n_pairs,
        n_macs: n_pairs * inputs * variants,
        n_normals: of_array + n_vectors * columns,
        n_fmas,
    };
    Ok(Figures::new("array", &backend.info(), &meter, &content))
}

/// Weights: normals clipped at 3 sigma; inputs: uniform.
fn job(size: Size, level_max: f64, bit_serial: bool) -> ArrayJob {
    let Size { rows, columns, inputs, .. } = size;
    let draws = |name| HostDraw::new(SEED, Stream::Pattern, DieAddress::lot_level(0), name);
    let (weight, input) = (draws("weight"), draws("input"));
    let weight = |i| (weight.normal(i).clamp(-3.0, 3.0) / 3.0 * level_max).round() as i8;
    let input = |i| (input.uniforms(i)[0] * f64::from(1u32 << INPUT_BITS)) as u8;
    ArrayJob {
        array: 0,
        rows,
        columns,
        weights: (0..(rows * columns) as u32).map(weight).collect(),
        inputs: (0..(rows * inputs) as u32).map(input).collect(),
        input_bits: INPUT_BITS,
        bits_per_slice: if bit_serial { 1 } else { INPUT_BITS },
        columns_per_converter: 1,
        steps_per_code: 1.0,
        draws_outputs: false,
    }
}

/// Devices of 5 % sigma with an on/off ratio of 20, each variant a little wider, and noise of 0.5 % of full scale.
fn card(job: &ArrayJob, level_max: f64, variant: usize) -> Card {
    let mut card = Card::ideal(1.0 / job.steps_per_code, 127.0);
    let sigma = 0.05 * (1.0 + 0.01 * variant as f64);
    for level in 0..MAX_LEVELS {
        let mean = level as f64 + level_max / 19.0;
        card.level_mean[level] = mean as f32;
        card.level_sd[level] = (sigma * mean) as f32;
    }
    card.readout.noise_sd = 0.005 * 127.0;
    card
}
