//! Philox4x32-10 on several counters at once; equal to `random::philox4x32_10` word for word.

use super::{Factors, LANES};
use crate::random::{Address, PHILOX_MULTIPLIER, PHILOX_WEYL};

/// What all elements of an array share: round keys, and what the first two rounds make of the other three counter words.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Keys {
    /// Each key for all lanes, so that it is an operand in memory and takes no instruction of its own. Of round 3 on.
    rounds: [[[u32; LANES]; 2]; 8],
    /// See `rounds`.
    first: [[u32; LANES]; 4],
}

impl Keys {
    /// The keys of every element at this address; its own element is ignored.
    pub fn new(address: &Address) -> Self {
        let key = address.key();
        let [_, a, b, c] = address.counter();
        let key = |r: usize, w: usize| key[w].wrapping_add(PHILOX_WEYL[w].wrapping_mul(r as u32));
        let product = |word: u32, which: usize| {
            let product = u64::from(word) * u64::from(PHILOX_MULTIPLIER[which]);
            [(product >> 32) as u32, product as u32]
        };
        // Word 2 meets its multiplier in round 1, and what comes of it meets the other in round 2, for every element alike.
        let [b_high, b_low] = product(b, 1);
        let [high, low] = product(b_high ^ a ^ key(0, 0), 0);
        Self {
            rounds: std::array::from_fn(|r| [0, 1].map(|w| [key(r + 2, w); LANES])),
            first: [c ^ key(0, 1), b_low ^ key(1, 0), high ^ key(1, 1), low].map(|word| [word; LANES]),
        }
    }
}

/// The four random words of some elements.
#[inline(always)]
pub fn rounds<W: Factors>(elements: W, keys: &Keys) -> [W; 4] {
    let [into_first, into_second, beside, low] = &keys.first;
    let [a_high, a_low] = elements.product(PHILOX_MULTIPLIER[0]);
    let [b_high, b_low] = (a_high ^ W::shared(into_first)).product(PHILOX_MULTIPLIER[1]);
    let start = [b_high ^ W::shared(into_second), b_low, a_low ^ W::shared(beside), W::shared(low)];
    // Spelled out: a loop over the rounds is not unrolled.
    let k = &keys.rounds;
    let middle = four_rounds(start, [&k[0], &k[1], &k[2], &k[3]]);
    four_rounds(middle, [&k[4], &k[5], &k[6], &k[7]])
}

#[inline(always)]
fn four_rounds<W: Factors>(c: [W; 4], k: [&[[u32; LANES]; 2]; 4]) -> [W; 4] {
    round(round(round(round(c, k[0]), k[1]), k[2]), k[3])
}

#[inline(always)]
fn round<W: Factors>(c: [W; 4], key: &[[u32; LANES]; 2]) -> [W; 4] {
    let [a_high, a_low] = c[0].product(PHILOX_MULTIPLIER[0]);
    let [b_high, b_low] = c[2].product(PHILOX_MULTIPLIER[1]);
    [b_high ^ (c[1] ^ W::shared(&key[0])), b_low, a_high ^ (c[3] ^ W::shared(&key[1])), a_low]
}
