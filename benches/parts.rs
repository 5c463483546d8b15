//! Times of the parts that a run is made of, with their spread: `cargo bench`, or `cargo bench -- wires` for some.
//!
//! One thread, since what counts is work per core. Whole runs and what other programs take: `splitlot bench`, `side_by_side.py`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use splitlot::array::wires::{Crossbar, Lines};
use splitlot::compute::normal::normals;
use splitlot::compute::{ArrayJob, Backend, Batch, Card, CpuBackend, Draw};
use splitlot::fab::FieldSampler;
use splitlot::random::{Address, DieAddress, HostDraw, Stream};
use splitlot::spec::Kernel;
use splitlot::stats::logit_t;

const SEED: u64 = 1;
const SIDE: usize = 256;

fn host(name: &str) -> HostDraw {
    HostDraw::new(SEED, Stream::Pattern, DieAddress::lot_level(0), name)
}

/// One block of the generator and its four normals: what a lane of a kernel does, alone.
fn draws(c: &mut Criterion) {
    let address =
        |element| Address { seed: SEED, stream: Stream::Cell, die: DieAddress::lot_level(0), array: 0, element };
    let mut group = c.benchmark_group("draws");
    group.throughput(Throughput::Elements(4));
    group.bench_function("four words", |b| b.iter(|| black_box(address(black_box(7))).words()));
    group.bench_function("four normals", |b| b.iter(|| normals(black_box(address(black_box(7))).words())));
    group.finish();
}

/// 256 x 256 pairs, 4-bit weights and inputs, bit-serial.
fn job(n_inputs: usize) -> ArrayJob {
    let (weight, input) = (host("weight"), host("input"));
    ArrayJob {
        array: 0,
        rows: SIDE,
        columns: SIDE,
        weights: (0..(SIDE * SIDE) as u32).map(|i| (15.0 * weight.uniforms(i)[0]) as i8 - 7).collect(),
        inputs: (0..(SIDE * n_inputs) as u32).map(|i| (16.0 * input.uniforms(i)[0]) as u8).collect(),
        input_bits: 4,
        bits_per_slice: 1,
        columns_per_converter: 4,
        steps_per_code: 8.0,
        draws_outputs: false,
    }
}

fn card(variant: usize) -> Card {
    let mut card = Card::ideal(0.125, 127.0);
    card.level_sd = [0.05 + 0.001 * variant as f32; splitlot::compute::MAX_LEVELS];
    (card.readout.noise_sd, card.readout.converter_gain_sd) = (0.3, 0.01);
    card
}

/// The array test of 32 dies, over which what they share (packed weights, exact products) is laid out once: draws, products,
/// conversions, reduction. Elements are multiply-adds of pairs.
fn array_test(c: &mut Criterion) {
    let backend = CpuBackend::new(1).expect("a thread starts");
    let dies: Vec<DieAddress> = (0..32).map(|x| DieAddress { lot: 0, wafer: 1, x, y: -2 }).collect();
    let mut group = c.benchmark_group("array test of 256 x 256, 32 dies");
    let mut measure = |name: &str, n_inputs: usize, cards: &[Card], draw| {
        let job = job(n_inputs);
        let n_variants = cards.len();
        let cards = cards.repeat(dies.len());
        let batch = Batch { seed: SEED, dies: &dies, cards: &cards, n_variants, draw };
        group.throughput(Throughput::Elements((SIDE * SIDE * n_inputs * cards.len()) as u64));
        group.bench_function(BenchmarkId::new(name, n_inputs), |b| {
            b.iter(|| backend.array_test(batch, &job).expect("the job fits"));
        });
    };
    for n_inputs in [1, 16, 256] {
        measure("a draw per cell", n_inputs, &[card(0)], Draw::Cell);
    }
    measure("a draw per pair", 16, &[card(0)], Draw::Pair);
    measure("eight variants", 16, &[0, 1, 2, 3, 4, 5, 6, 7].map(card), Draw::Cell);
    let mut uneven = card(0);
    (uneven.readout.capacitor_sd, uneven.readout.capacitor_bits) = (0.01, 8);
    measure("capacitors drawn", 16, &[uneven], Draw::Cell);
    group.finish();
}

/// IR drop of 128 x 128 cells up to 100 uS, 1 ohm from cell to cell, a read of 0.2 V; and of 64 x 64 up to 1 mS, 0.5 ohm, with all that
/// is made before the first solution.
fn wires(c: &mut Criterion) {
    let n = 128;
    let (cell, input) = (host("cell"), host("voltage"));
    let cells = |n: usize, most: f64| (0..(n * n) as u32).map(|i| most * cell.uniforms(i)[0]).collect::<Vec<f64>>();
    let network = |cells: &[f64], n, r| Crossbar::new(cells, n, n, Lines { r_row: r, r_column: r }).expect("a network");
    let small = cells(64, 1e-3);
    let voltages = vec![0.1; 64];
    c.bench_function("wires of 64 x 64, made and solved for one input", |b| {
        b.iter(|| network(black_box(&small), 64, 0.5).currents(&voltages));
    });
    c.bench_function("wires of 64 x 64, made and solved for one input to 2e-4", |b| {
        let lines = Lines { r_row: 0.5, r_column: 0.5 };
        b.iter(|| Crossbar::to_error(black_box(&small), 64, 64, lines, 2e-4).expect("a network").currents(&voltages));
    });
    let crossbar = network(&cells(n, 100e-6), n, 1.0);
    let mut group = c.benchmark_group("wires of 128 x 128");
    for n_inputs in [1, 16] {
        let voltages: Vec<f64> = (0..(n * n_inputs) as u32).map(|i| 0.2 * input.uniforms(i)[0]).collect();
        group.throughput(Throughput::Elements(n_inputs as u64));
        group.bench_function(BenchmarkId::new("inputs", n_inputs), |b| b.iter(|| crossbar.currents(&voltages)));
    }
    group.finish();
}

/// What is made once per wafer or per metric.
fn fab_and_statistics(c: &mut Criterion) {
    let sampler = FieldSampler::new(Kernel::Matern32, 20.0, 100.0).expect("a field that fits");
    c.bench_function("correlated field of a 200 mm wafer", |b| b.iter(|| sampler.sample(&host("field"))));
    let wafers: Vec<(u64, u64)> = (0..25).map(|wafer| (400 + wafer, 480)).collect();
    c.bench_function("interval of a yield over 25 wafers", |b| b.iter(|| logit_t(black_box(&wafers), 0.95)));
}

criterion_group!(parts, draws, array_test, wires, fab_and_statistics);
criterion_main!(parts);
