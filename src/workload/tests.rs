//! The shipped workload pinned, tiling and conversion against plain integer products, and files that are refused.

use super::reference::layer_codes;
use super::*;
use crate::spec::{ArrayGeometry, Product, Workload, shipped};

/// The shipped network on arrays of a size, with 4-bit weights and inputs and an 8-bit converter of 2 steps per code.
fn digits(rows: usize, columns: usize, change: impl Fn(&mut Product)) -> Prepared {
    let workload: Workload = toml::from_str(&shipped("workload", "digits").unwrap().text).unwrap();
    let tiny = include_str!("../../tests/specs/tiny_product.toml");
    let mut product: Product = toml::from_str(tiny).unwrap();
    product.array = ArrayGeometry { rows, columns, ..product.array };
    change(&mut product);
    prepare(&workload, &product, 5).unwrap()
}

/// No rounding and no clipping: every charge has its own code.
fn exact(product: &mut Product) {
    product.adc.steps_per_code = 1.0;
    product.adc.bits = 16;
}

/// Numbers of the images that the quantised network gets wrong.
fn wrong_images(prepared: &Prepared) -> Vec<usize> {
    let network = &prepared.network;
    (0..network.labels.len()).filter(|&i| network.digital[i] != network.labels[i]).collect()
}

/// The wrong images were found by an independent calculation in numpy from the same two files.
#[test]
fn digits_accuracy_is_pinned_to_the_image() {
    let whole = digits(64, 48, |_| {});
    assert_eq!(whole.digital, DigitalCounts { n_images: 450, n_correct_float: 439, n_correct: 439 });
    assert_eq!(wrong_images(&whole), [38, 46, 64, 170, 209, 216, 254, 283, 354, 383, 448]);
    let tiled = digits(32, 16, |_| {});
    assert_eq!(tiled.digital, DigitalCounts { n_images: 450, n_correct_float: 439, n_correct: 435 });
    assert_eq!(wrong_images(&tiled), [12, 32, 38, 64, 69, 170, 171, 209, 216, 217, 254, 283, 354, 383, 448]);
    let multilevel = digits(64, 48, |p| p.input.bits_per_slice = 4);
    assert_eq!(wrong_images(&multilevel), [38, 39, 42, 54, 170, 209, 216, 232, 242, 254, 283, 354, 383, 448]);
}

#[test]
fn more_bits_come_closer_to_float() {
    let wide = digits(64, 48, |p| {
        exact(p);
        p.array.weight_bits = 7;
        p.input.bits = 8;
    });
    assert_eq!(wide.digital.n_correct, wide.digital.n_correct_float);
    let narrow = digits(64, 48, |p| {
        exact(p);
        p.array.weight_bits = 2;
        p.input.bits = 1;
    });
    assert_eq!(narrow.digital.n_correct, 309);
}

#[test]
fn arrays_are_counted_and_numbered() {
    let prepared = digits(16, 16, |_| {});
    // 64 x 48 is 4 x 3 tiles, 48 x 10 is 3 x 1.
    assert_eq!((prepared.n_arrays, prepared.n_mvms_per_image), (15, 15));
    assert_eq!((prepared.n_macs_per_image, prepared.n_cells), (3552, 7104));
    let numbers: Vec<u32> = prepared.network.layers.iter().flat_map(|l| &l.tiles).map(|t| t.array).collect();
    assert_eq!(numbers, (5..20).collect::<Vec<_>>());
    assert_eq!(digits(100, 100, |_| {}).n_arrays, 2);
}

/// Sums of a layer for every image, as exact integers from its codes in one piece.
fn plain_sums(prepared: &Prepared, layer: &Layer, codes: &[i8]) -> Vec<Vec<f32>> {
    let images = prepared.network.images.chunks_exact(layer.rows);
    let sum = |image: &[u8], column: usize| -> i64 {
        image.iter().enumerate().map(|(row, x)| i64::from(*x) * i64::from(codes[row * layer.columns + column])).sum()
    };
    images.map(|image| (0..layer.columns).map(|column| sum(image, column) as f32).collect()).collect()
}

/// Sums of the first layer for every image, by tile and slice through a converter.
fn tiled_sums(prepared: &Prepared, converter: IdealConverter) -> Vec<Vec<f32>> {
    let layer = &prepared.network.layers[0];
    let images = prepared.network.images.chunks_exact(layer.rows);
    images.map(|image| layer_codes(&prepared.network, layer, converter, image)).collect()
}

const EXACT: IdealConverter = IdealConverter { gain: 1.0, code_max: 32_767.0 };

#[test]
fn tiles_and_slices_add_up_to_the_plain_integer_product() {
    let whole = digits(64, 48, exact);
    let codes = whole.network.layers[0].tiles[0].weights.clone();
    let expected = plain_sums(&whole, &whole.network.layers[0], &codes);
    for (rows, columns, bits_per_slice) in [(64, 48, 1), (16, 16, 1), (7, 5, 2), (1, 1, 3), (64, 48, 4), (200, 3, 4)] {
        let tiled = digits(rows, columns, |p| {
            exact(p);
            p.input.bits_per_slice = bits_per_slice;
        });
        assert_eq!(tiled_sums(&tiled, EXACT), expected, "{rows} x {columns}, {bits_per_slice} bits per slice");
        assert_eq!(tiled.network.digital, whole.network.digital, "{rows} x {columns}, {bits_per_slice} bits per slice");
    }
}

#[test]
fn a_wrong_weight_is_seen() {
    let mut wrong = digits(16, 16, exact);
    let codes = digits(64, 48, exact).network.layers[0].tiles[0].weights.clone();
    let expected = plain_sums(&wrong, &wrong.network.layers[0], &codes);
    assert_eq!(tiled_sums(&wrong, EXACT), expected);
    // Row 20, column 20 of the layer: a pixel that is on in many images.
    let tile = wrong.network.layers[0].tiles.iter_mut().find(|t| (t.row, t.column) == (16, 16)).unwrap();
    tile.weights[4 * 16 + 4] += 1;
    assert_ne!(tiled_sums(&wrong, EXACT), expected);
}

#[test]
fn the_converter_rounds_to_even_and_clips() {
    let tiny = include_str!("../../tests/specs/tiny_product.toml");
    let converter = IdealConverter::of(&toml::from_str(tiny).unwrap());
    assert_eq!(converter, IdealConverter { gain: 0.5, code_max: 127.0 });
    // One input of one bit and one weight: charge is the weight.
    let mut prepared = digits(64, 48, |p| p.input.bits = 1);
    prepared.network.images = vec![1; 64];
    let layer = &mut prepared.network.layers[0];
    layer.tiles.truncate(1);
    layer.tiles[0].weights = vec![0; 64 * 48];
    layer.tiles[0].weights[..6].copy_from_slice(&[1, 3, 5, -1, -3, 63]);
    for row in 1..64 {
        layer.tiles[0].weights[row * 48 + 5] = 63;
    }
    assert_eq!(tiled_sums(&prepared, converter)[0][..7], [0.0, 2.0, 2.0, 0.0, -2.0, 127.0, 0.0]);
}

#[test]
fn the_first_images_can_be_asked_for() {
    let workload: Workload = toml::from_str(&shipped("workload", "digits").unwrap().text).unwrap();
    let product: Product = toml::from_str(include_str!("../../tests/specs/tiny_product.toml")).unwrap();
    let some = prepare(&Workload { n_images: Some(100), ..workload.clone() }, &product, 0).unwrap();
    assert_eq!((some.digital.n_images, some.network.images.len()), (100, 6400));
    let message = prepare(&Workload { n_images: Some(451), ..workload }, &product, 0).unwrap_err().to_string();
    assert!(message.contains("workload.n_images = 451: must be at most 450"), "{message}");
}

fn model_refusal(text: &str) -> String {
    let file = File { name: "m.json".into(), text: text.to_owned().into() };
    Model::parse(&file).err().unwrap_or_else(|| panic!("{text} is taken")).to_string()
}

#[test]
fn damaged_models_are_refused_with_their_place() {
    let layers =
        |layers: &str| format!("{{\"name\":\"n\",\"source\":\"s\",\"input_full_scale\":1,\"layers\":[{layers}]}}");
    let last = |rows: &str| format!("{{\"activation_clip\":null,\"bias\":[0,0],\"weights\":{rows}}}");
    let clips = "{\"activation_clip\":[1,1,1,1,1,1,1,1],\"bias\":[0,0],\"weights\":[[1,2]]}";
    for (text, place) in [
        (String::new(), "m.json: EOF"),
        (layers(""), "m.json: layers = []"),
        (layers(&last("[]")), "m.json: layers.0.weights = 0 rows"),
        (layers(&last("[[1]]")), "m.json: layers.0.weights.0 = 1 numbers: must be 2"),
        (layers(&last("[[1e13,0]]")), "m.json: layers.0.weights or bias = 10000000000000"),
        (layers(&last("[[1e999,0]]")), "m.json: number out of range"),
        (layers(clips), "m.json: layers.0.activation_clip"),
        (layers(&format!("{},{}", last("[[1,2]]"), last("[[1,2],[1,2]]"))), "m.json: layers.0.activation_clip = None"),
        (layers(&format!("{clips},{}", last("[[1,2]]"))), "m.json: layers.1.weights = 1 rows: must be 2 rows"),
        (layers(&last("[[1,2]]")).replace("scale\":1", "scale\":0"), "m.json: input_full_scale = 0"),
        (layers(&last("[[1,2]]")).replace("\"name\"", "\"nam\""), "unknown field `nam`"),
    ] {
        let message = model_refusal(&text);
        assert!(message.contains(place), "{text}: {message}");
    }
}

#[test]
fn damaged_test_sets_are_refused_with_their_place() {
    let model = "{\"name\":\"n\",\"source\":\"s\",\"input_full_scale\":1,\"layers\":[{\"activation_clip\":null,\"bias\":[0,0],\"weights\":[[1,0],[0,1]]}]}";
    let model = Model::parse(&File { name: "m.json".into(), text: model.into() }).unwrap();
    let parse = |text: &str| TestSet::parse(&File { name: "t.csv".into(), text: text.to_owned().into() }, &model, None);
    assert_eq!(parse("# head\na,b,label\n1,0,0\n\n0.25, 0.5 ,1\n").unwrap().labels, [0, 1]);
    for (text, place) in [
        ("", "columns in the head = 0: must be 3"),
        ("a,b\n", "columns in the head = 2: must be 3"),
        ("a,b,label\n", "number of images = 0"),
        ("a,b,label\n1,0\n", "line 2, columns = 2: must be 3"),
        ("a,b,label\n1,0,2\n", "line 2, label = 2: must be a class of the model, 0 to 1"),
        ("a,b,label\n1,0,x\n", "line 2, label = x"),
        ("a,b,label\n1,0,0\n1,-0.1,0\n", "line 3, column 2 = -0.1: must be 0 to 1"),
        ("a,b,label\n1,nan,0\n", "line 2, column 2 = nan"),
    ] {
        let message = parse(text).err().unwrap_or_else(|| panic!("{text} is taken")).to_string();
        assert!(message.starts_with("t.csv: ") && message.contains(place), "{message}");
    }
}
