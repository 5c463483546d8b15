// Pairs of cells where a card of the batch bends, bounds or breaks its cells. Same functions as pairs_gaussian.wgsl.
// Twin: src/compute/cpu/cell_table.rs (Shaped).

// Rows that a slot of drawn pairs holds.
const SLOT_ROWS: u32 = 2u;

// z of (plus, minus) of rows 2k and 2k + 1, and the words that say which of these cells are stuck. Shape: [row pair, column].
var<workgroup> z: array<vec4<f32>, 256>;
var<workgroup> stuck_words: array<vec4<u32>, 256>;

// A level has five numbers: too many to keep.
fn load_levels(card: u32, variant: u32, lane: u32) {}

fn draw_pairs(slot: u32, die: vec2<u32>, row: u32, column: u32) {
    let element = cell_element(row, column);
    z[slot] = draw(STREAM_CELL, job.array, die, element);
    if STUCK {
        stuck_words[slot] = draw_words(STREAM_STUCK, job.array, die, element);
    }
}

fn weight_of(slot: u32, row: u32, card: u32, variant: u32, w: i32) -> f32 {
    let four = z[slot];
    let pair = select(four.xy, four.zw, row == 1u);
    // Where no card has stuck cells every word means a working one.
    var words = vec2<u32>(0u);
    if STUCK {
        let of_slot = stuck_words[slot];
        words = select(of_slot.xy, of_slot.zw, row == 1u);
    }
    return cell_of(card, u32(max(w, 0)), pair.x, words.x) - cell_of(card, u32(max(-w, 0)), pair.y, words.y);
}
