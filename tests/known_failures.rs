//! Ways in which simulators of analog arrays were found to be wrong, each as a test that would see it. Every detector is also fed
//! the fault that it is for.
//!
//! Held elsewhere: realised stuck rates, Pelgrom scaling, the two cells of a pair (`splitlot validate`); a global shift that no
//! auto-ranging may hide (`array::tests::gain_shows_unless_it_is_trimmed`); a software adapter that is no GPU (`tests/backends.rs`);
//! coverage of intervals (`stats` and `splitlot validate`).

use std::collections::BTreeSet;

use splitlot::compute::{ArrayJob, Backend, Batch, Card, CpuBackend, Draw, MAX_LEVELS};
use splitlot::random::{Address, DieAddress, Stream};
use splitlot::spec::{EMBEDDED, Setting, resolve};

const ROWS: usize = 256;
const COLUMNS: usize = 256;
const SEED: u64 = 17;

fn job(array: u32, rows: usize, columns: usize, weight: i8, inputs: Vec<u8>) -> ArrayJob {
    ArrayJob {
        array,
        rows,
        columns,
        weights: vec![weight; rows * columns],
        inputs,
        input_bits: 4,
        bits_per_slice: 4,
        columns_per_converter: 1,
        steps_per_code: 1.0,
        draws_outputs: false,
    }
}

/// The draws of an array's cells: plus cells, then minus cells.
fn cells(seed: u64, die: DieAddress, array: u32) -> Vec<f64> {
    let card = Card { level_mean: [0.0; MAX_LEVELS], level_sd: [1.0; MAX_LEVELS], ..Card::ideal(1.0, 1.0) };
    let batch = Batch { seed, dies: &[die], cards: &[card], n_variants: 1, draw: Draw::Cell };
    let job = job(array, ROWS, COLUMNS, 1, vec![1; ROWS]);
    let cells = CpuBackend::new(1).unwrap().probe(batch, 0, 0, &job).unwrap();
    cells.into_iter().map(f64::from).collect()
}

const DIE: DieAddress = DieAddress { lot: 3, wafer: 7, x: -2, y: 5 };

fn distinct_share(values: &[f64]) -> f64 {
    values.iter().map(|v| v.to_bits()).collect::<BTreeSet<_>>().len() as f64 / values.len() as f64
}

/// A peer draws once for each resistance level: 65,536 cells with two values.
#[test]
fn one_draw_per_cell_not_per_level() {
    // Of 65,536 normals in f32 some sixty meet another by chance.
    assert!(distinct_share(&cells(SEED, DIE, 0)[..ROWS * COLUMNS]) >= 0.999);
    let per_level: Vec<f64> = (0..65_536).map(|i| if i % 3 == 0 { 0.7 } else { -0.2 }).collect();
    assert!(distinct_share(&per_level) < 0.999);
}

/// Correlation of two lists, within four standard errors of none.
fn independent(a: &[f64], b: &[f64]) -> bool {
    let n = a.len() as f64;
    let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
    let (ma, mb) = (mean(a), mean(b));
    let cross = a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).sum::<f64>();
    let square = |v: &[f64], m: f64| v.iter().map(|x| (x - m).powi(2)).sum::<f64>();
    (cross / (square(a, ma) * square(b, mb)).sqrt()).abs() < 4.0 / n.sqrt()
}

/// A peer gives weight slices and the reference column one seed: correlation 1. Slices are arrays here, layers too.
#[test]
fn pairs_rows_arrays_dies_wafers_lots_and_seeds_are_independent() {
    let base = cells(SEED, DIE, 0);
    let (plus, minus) = base.split_at(ROWS * COLUMNS);
    assert!(independent(plus, minus), "the two cells of a pair");
    assert!(independent(&plus[..ROWS * COLUMNS - COLUMNS], &plus[COLUMNS..]), "neighbouring rows");
    assert!(independent(&plus[..ROWS * COLUMNS - 1], &plus[1..]), "neighbouring columns");
    let others = [
        ("arrays", cells(SEED, DIE, 1)),
        ("dies", cells(SEED, DieAddress { x: -1, ..DIE }, 0)),
        ("dies", cells(SEED, DieAddress { y: -5, ..DIE }, 0)),
        ("wafers", cells(SEED, DieAddress { wafer: 8, ..DIE }, 0)),
        ("lots", cells(SEED, DieAddress { lot: 4, ..DIE }, 0)),
        ("seeds", cells(SEED + 1, DIE, 0)),
        ("seeds", cells(SEED | 1 << 63, DIE, 0)),
    ];
    for (what, other) in &others {
        assert!(independent(&base, other), "{what}");
    }
    assert!(!independent(&base, &base));
    let leaking: Vec<f64> = base.iter().zip(&others[0].1).map(|(a, b)| b + 0.03 * a).collect();
    assert!(!independent(&base, &leaking));
}

/// Mismatch belongs to the cell: the same input gives the same static error in every product. Noise does not.
#[test]
fn mismatch_is_frozen_over_products_and_read_noise_is_fresh() {
    let n_inputs = 16;
    let job = job(0, 64, 64, 5, vec![9; 64 * n_inputs]);
    let backend = CpuBackend::new(1).unwrap();
    let row = |card: Card| {
        let batch = Batch { seed: SEED, dies: &[DIE], cards: &[card], n_variants: 1, draw: Draw::Cell };
        backend.array_test(batch, &job).unwrap()[0]
    };
    let mut card = Card { level_sd: [0.5; MAX_LEVELS], ..Card::ideal(1.0, 1e6) };
    // Sixteen times the same input leave nothing of the static error once a column's own mean is taken out, but for rounding.
    let still = row(card);
    assert!(still.total_rms > 10.0 && still.static_rms < 1e-3 * still.total_rms, "{still:?}");
    // Noise that were drawn once for a column would vanish with its mean as well; fresh noise stays.
    card.readout.noise_sd = 7.0;
    let noisy = row(card);
    assert!((noisy.read_rms / 7.0 - 1.0).abs() < 0.05, "{noisy:?}");
    assert_eq!(noisy.static_rms, still.static_rms);
    let (of_column, all) = (noisy.trimmed_rms, noisy.total_rms);
    assert!(of_column > 0.0 && all > still.total_rms);
}

/// More than 2^32 devices: no part of an address may wrap into another.
#[test]
fn counters_do_not_wrap_beyond_the_first_four_billion_devices() {
    let address = |array: u32, element: u32, x: i16, y: i16, wafer: u8, lot: u32| Address {
        seed: SEED,
        stream: Stream::Cell,
        die: DieAddress { lot, wafer, x, y },
        array,
        element,
    };
    let mut seen = BTreeSet::new();
    let mut n = 0;
    for array in [0, 1, (1 << 24) - 1] {
        for element in [0, 1, 1 << 31, u32::MAX] {
            for (x, y) in [(0, 0), (0, 1), (1, 0), (i16::MIN, i16::MAX), (i16::MAX, i16::MIN), (-1, -1)] {
                for (wafer, lot) in [(1, 0), (255, 0), (1, (1 << 24) - 1), (0, 1)] {
                    seen.insert(address(array, element, x, y, wafer, lot).words());
                    n += 1;
                }
            }
        }
    }
    assert_eq!(seen.len(), n);
    // A counter of 32 bits over all devices would meet itself again.
    let wrapped: BTreeSet<u32> = [0u64, 1, 1 << 32, (1 << 32) + 1].map(|device| device as u32).into();
    assert!(wrapped.len() < 4);
}

/// Sums of f32: 16,384 rows of the largest weights and inputs are exact, and a million noisy terms lose less than 1e-5.
#[test]
fn sums_of_f32_hold_over_the_longest_columns() {
    let (rows, columns) = (16_384, 16);
    let ideal = Card::ideal(1.0, 1.7e7);
    let long = job(0, rows, columns, 63, vec![15; rows]);
    let backend = CpuBackend::new(1).unwrap();
    let run = |card: Card| {
        let batch = Batch { seed: SEED, dies: &[DIE], cards: &[card], n_variants: 1, draw: Draw::Cell };
        (backend.array_test(batch, &long).unwrap()[0], backend.probe(batch, 0, 0, &long).unwrap())
    };
    assert_eq!(run(ideal).0.total_rms, 0.0);
    let (row, cells) = run(Card { level_sd: [0.37; MAX_LEVELS], ..ideal });
    // The same sums in f64, from the cells themselves.
    let half = rows * columns;
    let exact = 15.0 * 63.0 * rows as f64;
    let error = |column: usize| {
        let weight = |r: usize| f64::from(cells[r * columns + column]) - f64::from(cells[half + r * columns + column]);
        (0..rows).map(|r| 15.0 * weight(r)).sum::<f64>() - exact
    };
    let rms = ((0..columns).map(|c| error(c).powi(2)).sum::<f64>() / columns as f64).sqrt();
    assert!((f64::from(row.total_rms) - rms).abs() < 1e-5 * exact, "{} for {rms}", row.total_rms);
}

/// agauss(nominal, variation, n): `variation` is n sigma. Every sigma of ours is one.
fn one_sigma(variation: f64, n_sigma: f64) -> f64 {
    variation / n_sigma
}

/// Design kits write 3 sigma, 4 sigma or 1 sigma; read as one sigma, GF180's capacitor would be three times as wide.
#[test]
fn one_sigma_whatever_the_design_kit_writes() {
    // GF180: agauss(0, 0.025, 3) times a skew of 3.
    assert!((3.0 * one_sigma(0.025, 3.0) - 0.025).abs() < 1e-15);
    // Corners: GF180 +-10 % are four sigma, IHP's +-10 % three of 3.3 %.
    assert!((4.0 * 0.025 - 0.10f64).abs() < 1e-12 && (3.0 * 0.033 - 0.10f64).abs() < 2e-3);
    // SKY130: 1.778 and 2.231 fF/um2 are the polynomial at -4 and +4.
    let sky = |z: f64| 2.8125e-4 * z * z + 5.6625e-2 * z + 2.0;
    assert!((sky(-4.0) - 1.778).abs() < 1e-3 && (sky(4.0) - 2.231).abs() < 1e-3);
    assert!((sky(-3.0) - 1.778).abs() > 1e-2, "three sigma are not the corner");
    // Ours: the shipped flow's spread of the feedback capacitor is IHP's 3.3 %, summed over its levels; about the mean of the
    // dies, which its signature moves, it is 5 % less.
    let spec = resolve(None, &[]).unwrap();
    let lot = splitlot::fab::VirtualLot::new(&spec).unwrap();
    let total = lot.total_sigma("c_feedback_rel");
    assert!((0.93..1.0).contains(&(total / 0.033)), "{total}");
}

/// Slow is high C in one kit and low C in another: corners are numbers with a sign, never letters.
#[test]
fn corners_are_signed_numbers_not_letters() {
    let with = |value: &str| {
        let settings: [Setting; 1] = [("corner.THICK.sigma.t1_nm".to_owned(), value.to_owned())];
        resolve(None, &settings)
    };
    assert_eq!(with("-3").unwrap().experiment.corner[1].sigma["t1_nm"], -3.0);
    for letter in ["SS", "slow", "\"FF\""] {
        let refused = with(letter).unwrap_err().to_string();
        assert!(refused.contains("corner.THICK.sigma.t1_nm"), "{refused}");
    }
}

/// A number without a source convinces nobody: every parameter that ships has one, and a range around its value.
#[test]
fn every_shipped_number_has_a_source_and_a_range() {
    let technologies = EMBEDDED.iter().filter(|file| file.section == "technology");
    let mut n = 0;
    for file in technologies {
        let parsed: toml::Table = file.text.parse().unwrap();
        for (id, parameter) in parsed["parameter"].as_table().unwrap() {
            let source = parameter["source"].as_str().unwrap();
            assert!(source.len() > 8, "{}: {id}", file.name);
            let range = parameter["range"].as_array().unwrap();
            assert_eq!(range.len(), 2, "{}: {id}", file.name);
            n += 1;
        }
    }
    assert!(n > 70, "{n}");
}
