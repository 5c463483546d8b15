// Pairs of cells where every card of the batch is Gaussian: mean + sd z, levels kept in workgroup memory.
// Twin: src/compute/cpu/cell_table.rs (Gaussian).

// Rows that a slot of drawn pairs holds.
const SLOT_ROWS: u32 = 2u;

// z of (plus, minus) of rows 2k and 2k + 1. Shape: [row pair, column].
var<workgroup> z: array<vec4<f32>, 256>;
// Mean and sd of each level. Shape: [variant, level].
var<workgroup> levels: array<vec2<f32>, VARIANTS * 64u>;

// Keeps what a variant's cells need; `lane` of LANES takes its share.
fn load_levels(card: u32, variant: u32, lane: u32) {
    for (var level = lane; level < 64u; level += LANES) {
        levels[variant * 64u + level] = vec2<f32>(cards[card].level_mean[level], cards[card].level_sd[level]);
    }
}

// Draws the pairs of a slot, from a multiple of SLOT_ROWS on.
fn draw_pairs(slot: u32, die: vec2<u32>, row: u32, column: u32) {
    z[slot] = draw(STREAM_CELL, job.array, die, cell_element(row, column));
}

// Plus less minus cell of a drawn pair, `row` counting in its slot.
fn weight_of(slot: u32, row: u32, card: u32, variant: u32, w: i32) -> f32 {
    let four = z[slot];
    let pair = select(four.xy, four.zw, row == 1u);
    let level = levels[variant * 64u + u32(abs(w))];
    let zero = levels[variant * 64u];
    let high = select(pair.y, pair.x, w > 0);
    let low = select(pair.x, pair.y, w > 0);
    let magnitude = (level.x + level.y * high) - (zero.x + zero.y * low);
    return select(-magnitude, magnitude, w > 0);
}
