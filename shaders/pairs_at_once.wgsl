// Pairs whose difference is one normal: mean+ - mean- + sqrt(sd+^2 + sd-^2) z, levels kept in workgroup memory. Same functions as
// pairs_gaussian.wgsl. Twin: src/compute/cpu/weight_table.rs (Pairs).

const SLOT_ROWS: u32 = 4u;

// z of rows 4k .. 4k + 3. Shape: [four rows, column].
var<workgroup> z: array<vec4<f32>, 256>;
// Mean and sd of the difference for a positive weight of each level. Shape: [variant, level].
var<workgroup> levels: array<vec2<f32>, VARIANTS * 64u>;

fn load_levels(card: u32, variant: u32, lane: u32) {
    let zero = vec2<f32>(cards[card].level_mean[0], cards[card].level_sd[0]);
    for (var level = lane; level < 64u; level += LANES) {
        let sd = cards[card].level_sd[level];
        let mean = cards[card].level_mean[level] - zero.x;
        levels[variant * 64u + level] = vec2<f32>(mean, sqrt(sd * sd + zero.y * zero.y));
    }
}

fn draw_pairs(slot: u32, die: vec2<u32>, row: u32, column: u32) {
    z[slot] = draw(STREAM_PAIR, job.array, die, pair_element(row, column));
}

fn weight_of(slot: u32, row: u32, card: u32, variant: u32, w: i32) -> f32 {
    let level = levels[variant * 64u + u32(abs(w))];
    return select(-level.x, level.x, w > 0) + level.y * z[slot][row];
}
