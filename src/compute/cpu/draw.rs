//! Draws of a group of columns: blocks of four normals, sixteen columns at a time.
//!
//! Generator, radius and angle pass over a short buffer one after the other: each alone is a short chain of which the
//! processor overlaps several, while all in one loop body wait for each other (0.39 against 0.74 normals per ns).

use crate::compute::address::COLUMN_BITS;
use crate::compute::lanes::{Keys, LANES, LaneWords, Lanes, Words};
use crate::compute::normal::{radius, sin_cos};

/// Pairs of normals that pass through the three stages together: 4 KiB.
const CHUNK: usize = 32;

/// Draws consecutive blocks of each column of a group, as cells (`[row][plus, minus]`) and conversions lie:
/// two pairs of normals a block. The last block may be cut after its first pair.
#[inline(always)]
pub fn draw<L: Lanes>(keys: &Keys, group: usize, first_block: usize, z: &mut [[[f32; LANES]; 2]]) {
    let columns = L::Word::load(&std::array::from_fn(|lane| (group * LANES + lane) as u32));
    for (chunk, z) in z.chunks_mut(CHUNK).enumerate() {
        draw_words::<L>(keys, columns, first_block + chunk * CHUNK / 2, z);
        for [word, _] in z.iter_mut() {
            radius::<L>(L::load(word).to_bits()).store(word);
        }
        for [first, second] in z {
            let radius = L::load(first);
            let [sin, cos] = sin_cos::<L>(L::load(second).to_bits());
            (radius * cos).store(first);
            (radius * sin).store(second);
        }
    }
}

/// The random words of the blocks, as the bits of what will be normals.
#[inline(always)]
fn draw_words<L: Lanes>(keys: &Keys, columns: L::Word, first_block: usize, z: &mut [[[f32; LANES]; 2]]) {
    for (block, pairs) in z.chunks_mut(2).enumerate() {
        let elements = columns.plus(L::Word::of(((first_block + block) << COLUMN_BITS) as u32));
        let words = elements.philox(keys);
        for (k, z) in pairs.as_flattened_mut().iter_mut().enumerate() {
            L::from_bits(words[k]).store(z);
        }
    }
}
