//! Philox4x32-10 on sixteen counters at once; equal to `random::philox4x32_10` word for word.

use super::{LANES, LaneWords};
use crate::random::{Address, PHILOX_MULTIPLIER, PHILOX_WEYL};

/// Round keys and the three counter words that all elements of an array share.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Keys {
    /// Each key for all lanes, so that it is an operand in memory and takes no instruction of its own.
    rounds: [[[u32; LANES]; 2]; 10],
    rest: [u32; 3],
}

impl Keys {
    /// The keys of every element at this address; its own element is ignored.
    pub fn new(address: &Address) -> Self {
        let key = address.key();
        let [_, a, b, c] = address.counter();
        let round = |r: usize, w: usize| [key[w].wrapping_add(PHILOX_WEYL[w].wrapping_mul(r as u32)); LANES];
        Self { rounds: std::array::from_fn(|r| [round(r, 0), round(r, 1)]), rest: [a, b, c] }
    }
}

/// Four random words for each of sixteen elements.
#[inline(always)]
pub fn philox<W: LaneWords>(elements: W, keys: &Keys) -> [W; 4] {
    let [a, b, c] = keys.rest;
    let start = [elements, W::of(a), W::of(b), W::of(c)];
    // Spelled out: a loop over the rounds is not unrolled.
    let k = &keys.rounds;
    let middle = five_rounds(start, [&k[0], &k[1], &k[2], &k[3], &k[4]]);
    five_rounds(middle, [&k[5], &k[6], &k[7], &k[8], &k[9]])
}

#[inline(always)]
fn five_rounds<W: LaneWords>(c: [W; 4], k: [&[[u32; LANES]; 2]; 5]) -> [W; 4] {
    round(round(round(round(round(c, k[0]), k[1]), k[2]), k[3]), k[4])
}

#[inline(always)]
fn round<W: LaneWords>(c: [W; 4], key: &[[u32; LANES]; 2]) -> [W; 4] {
    let [a_high, a_low] = c[0].product(PHILOX_MULTIPLIER[0]);
    let [b_high, b_low] = c[2].product(PHILOX_MULTIPLIER[1]);
    [b_high ^ (c[1] ^ W::load(&key[0])), b_low, a_high ^ (c[3] ^ W::load(&key[1])), a_low]
}
