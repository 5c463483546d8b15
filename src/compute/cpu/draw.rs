//! Draws of a group of columns: blocks of four normals, sixteen columns at a time.

use crate::compute::address::COLUMN_BITS;
use crate::compute::lanes::{Isa, Kernel, Keys, LANES, LaneWords, Lanes, Words};
use crate::compute::normal::{sin_cos, squared_radius};

/// Pairs of normals that pass through the three stages together: 2 KiB. Even, since a block has two.
const CHUNK: usize = 16;

/// Where drawn normals go, a pair for sixteen columns at a time.
pub trait Sink {
    /// Must be `#[inline(always)]`, like a kernel.
    fn take<L: Lanes>(&mut self, pair: usize, normals: [L; 2]);
}

/// Draws consecutive blocks of each column of a group, two pairs of normals a block, from `first_block` on.
pub fn draw_into(isa: Isa, keys: &Keys, group: usize, first_block: usize, n_pairs: usize, sink: impl Sink) {
    isa.run(Draw { keys, columns: &columns_of(group), first_block, n_pairs, sink });
}

/// The same for any sixteen columns, or what takes their place in an element.
pub fn draw_for(isa: Isa, keys: &Keys, columns: &[u32; LANES], first_block: usize, z: &mut [[[f32; LANES]; 2]]) {
    isa.run(Draw { keys, columns, first_block, n_pairs: z.len(), sink: z });
}

/// Draws into memory, as cells (`[row][plus, minus]`) and conversions lie.
pub fn draw(isa: Isa, keys: &Keys, group: usize, first_block: usize, z: &mut [[[f32; LANES]; 2]]) {
    draw_into(isa, keys, group, first_block, z.len(), z);
}

impl Sink for &mut [[[f32; LANES]; 2]] {
    #[inline(always)]
    fn take<L: Lanes>(&mut self, pair: usize, [first, second]: [L; 2]) {
        first.store(&mut self[pair][0]);
        second.store(&mut self[pair][1]);
    }
}

/// The words themselves, two for a row: for what is no normal.
pub fn draw_words(isa: Isa, keys: &Keys, group: usize, first_block: usize, words: &mut [[[u32; LANES]; 2]]) {
    isa.run(DrawWords { keys, group, first_block, words });
}

struct DrawWords<'a> {
    keys: &'a Keys,
    group: usize,
    first_block: usize,
    words: &'a mut [[[u32; LANES]; 2]],
}

impl Kernel for DrawWords<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let columns = L::Word::load(&columns_of(self.group));
        for (block, rows) in self.words.chunks_mut(2).enumerate() {
            let words = block_words::<L>(self.keys, columns, self.first_block + block);
            for (to, word) in rows.as_flattened_mut().iter_mut().zip(words) {
                word.store(to);
            }
        }
    }
}

struct Draw<'a, S> {
    keys: &'a Keys,
    columns: &'a [u32; LANES],
    first_block: usize,
    n_pairs: usize,
    sink: S,
}

/// Generator, radius and angle pass over a short buffer one after the other: each alone is a short chain of which the
/// processor overlaps several, while all in one loop body wait for each other (0.39 against 0.80 normals per ns).
impl<S: Sink> Kernel for Draw<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let columns = L::Word::load(self.columns);
        let mut buffer = Buffer([[[[0.0; LANES]; 2]; 2]; CHUNK / 2]);
        for first in (0..self.n_pairs).step_by(CHUNK) {
            let n_pairs = CHUNK.min(self.n_pairs - first);
            let blocks = &mut buffer.0[..n_pairs.div_ceil(2)];
            fill_blocks::<L>(self.keys, columns, self.first_block + first / 2, blocks);
            let pairs = &mut blocks.as_flattened_mut()[..n_pairs];
            for [word, _] in pairs.iter_mut() {
                squared_radius::<L>(L::load(word).to_bits()).store(word);
            }
            for (pair, [squared_radius, word]) in pairs.iter().enumerate() {
                let radius = L::load(squared_radius).sqrt();
                let [sin, cos] = sin_cos::<L>(L::load(word).to_bits());
                self.sink.take(first + pair, [radius * cos, radius * sin]);
            }
        }
    }
}

/// Shape: `[block, pair, 2, lane]`.
#[repr(align(64))]
struct Buffer([[[[f32; LANES]; 2]; 2]; CHUNK / 2]);

/// Numbers of the columns of a group.
#[inline(always)]
pub fn columns_of(group: usize) -> [u32; LANES] {
    std::array::from_fn(|lane| (group * LANES + lane) as u32)
}

/// The four words of one block of each column.
#[inline(always)]
fn block_words<L: Lanes>(keys: &Keys, columns: L::Word, block: usize) -> [L::Word; 4] {
    columns.plus(L::Word::of((block << COLUMN_BITS) as u32)).random(keys)
}

/// The random words of the blocks, as the bits of what will be normals.
#[inline(always)]
fn fill_blocks<L: Lanes>(keys: &Keys, columns: L::Word, first_block: usize, blocks: &mut [[[[f32; LANES]; 2]; 2]]) {
    for (block, [first, second]) in blocks.iter_mut().enumerate() {
        let [a, b, c, d] = block_words::<L>(keys, columns, first_block + block);
        L::from_bits(a).store(&mut first[0]);
        L::from_bits(b).store(&mut first[1]);
        L::from_bits(c).store(&mut second[0]);
        L::from_bits(d).store(&mut second[1]);
    }
}
