// What a dispatch is told, and the cards. Twins: src/compute/gpu/job.rs (Job), src/compute/card.rs (Card).

struct Job {
    key: vec2<u32>,
    n_dies: u32,
    n_variants: u32,
    rows: u32,
    columns: u32,
    array: u32,
    n_inputs: u32,
    // First row and column of a tile in its layer, and the layer's size; an array test is a layer of one tile.
    first_row: u32,
    first_column: u32,
    layer_rows: u32,
    layer_columns: u32,
    // Input codes of a (die, variant) are this many words apart; 0: all share them.
    code_stride: u32,
    columns_per_converter: u32,
    input_max: u32,
    n_groups: u32,
    steps_per_code: f32,
    scale: f32,
    codes_per_unit: f32,
    last_layer: u32,
}

struct Readout {
    gain: f32,
    offset: f32,
    amplifier_gain_sd: f32,
    amplifier_offset_sd: f32,
    converter_gain_sd: f32,
    converter_offset_sd: f32,
    noise_sd: f32,
    code_max: f32,
    capacitor_sd: f32,
    capacitor_bits: u32,
}

struct Stuck {
    n_low: u32,
    n_high: u32,
    low_value: f32,
    high_value: f32,
}

struct Card {
    level_mean: array<f32, 64>,
    level_sd: array<f32, 64>,
    level_bend: array<f32, 64>,
    level_low: array<f32, 64>,
    level_high: array<f32, 64>,
    input: array<f32, 16>,
    readout: Readout,
    stuck: Stuck,
}

@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> dies: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> cards: array<Card>;

// Number of a workgroup in a grid that is folded because a side holds at most 65,535.
fn folded(id: vec3<u32>, size: vec3<u32>) -> u32 {
    return id.x + id.y * size.x;
}
