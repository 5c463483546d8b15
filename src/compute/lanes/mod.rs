//! The operations that every formula of the hot path is written in, over one number or over sixteen.
//!
//! Sixteen lanes on every machine, so that the order of a reduction never depends on it. Each operation is correctly
//! rounded or exact, so every instruction set gives the same bits.

mod arrays;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod isa;
mod pair;
mod philox;
mod scalar;

pub use isa::{Isa, Kernel};
use pair::Pair;
pub use philox::Keys;

use std::ops::{Add, BitAnd, BitXor, Mul, Sub};

/// Lanes of every vector: adjacent columns of an array.
pub const LANES: usize = 16;

/// Sixteen numbers in a cache line of their own: a load that touches two lines costs twice as much.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
pub struct Line(pub [f32; LANES]);

/// Loads several. A loop, because `array::map` isn't inlined into a kernel.
#[inline(always)]
pub fn load_all<'a, L: Lanes, const N: usize>(from: impl IntoIterator<Item = &'a [f32; LANES]>) -> [L; N] {
    let mut loaded = [L::of(0.0); N];
    for (loaded, from) in loaded.iter_mut().zip(from) {
        *loaded = L::load(from);
    }
    loaded
}

/// 32-bit words, one or several side by side.
pub trait Words: Copy + BitAnd<Output = Self> + BitXor<Output = Self> {
    fn of(word: u32) -> Self;
    fn shl<const N: i32>(self) -> Self;
    fn shr<const N: i32>(self) -> Self;
    /// Shift right that repeats the sign.
    fn sar<const N: i32>(self) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
}

/// Single-precision numbers, one or several side by side. `a * b + c` is rounded twice, `mul_add` once.
pub trait Float: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {
    type Word: Words;

    fn of(value: f32) -> Self;
    fn from_bits(bits: Self::Word) -> Self;
    fn to_bits(self) -> Self::Word;
    /// The signed integer in `word`, rounded.
    fn from_signed(word: Self::Word) -> Self;
    /// `yes` where the highest bit of `test` is set.
    fn select(test: Self::Word, yes: Self, no: Self) -> Self;
    fn sqrt(self) -> Self;
    /// self + a * b for a product that is exact: one rounding, whether an instruction set fuses the two or not.
    fn plus_exact(self, a: Self, b: Self) -> Self;
}

/// Sixteen numbers: what kernels are written in.
pub trait Lanes: Float<Word: LaneWords> {
    /// How many the machine holds at once.
    const REGISTERS: usize;
    /// The sums of all subsets of four numbers.
    type Subsets: Copy;

    fn load(from: &[f32; LANES]) -> Self;
    fn store(self, to: &mut [f32; LANES]);
    /// The four numbers that each lane's code (as `u8`) has in a table.
    fn look_up(table: &[[f32; 4]; 256], codes: &[i8; LANES]) -> [Self; 4];
    /// Sums of four numbers in their order. That of none is a zero of either sign.
    fn subsets(of: [&f32; 4]) -> Self::Subsets;
    /// For each lane the sum of the numbers that the four lowest bits of its word name, lowest first.
    fn pick(subsets: Self::Subsets, bits: Self::Word) -> Self;
    /// Number j of line i becomes number i of line j.
    fn transpose<'a>(from: impl Fn(usize) -> &'a [f32; LANES], to: &mut [[f32; LANES]; LANES]);
    /// self * b + c, rounded once.
    fn mul_add(self, b: Self, c: Self) -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    fn round_ties_even(self) -> Self;
    /// 1 where self > other, else 0.
    fn exceeds(self, other: Self) -> Self;
    /// self + 1 where two others differ.
    fn count_unequal(self, a: Self, b: Self) -> Self;

    #[inline(always)]
    fn abs(self) -> Self {
        Self::from_bits(self.to_bits() & Self::Word::of(0x7fff_ffff))
    }
}

/// Sixteen words.
pub trait LaneWords: Words {
    fn load(from: &[u32; LANES]) -> Self;
    fn store(self, to: &mut [u32; LANES]);
    /// Weight codes with their signs extended.
    fn of_codes(codes: &[i8; LANES]) -> Self;
    /// Four random words for each of these elements.
    fn random(self, keys: &Keys) -> [Self; 4];
    /// All bits set where self >= other, both unsigned; else none.
    fn at_least(self, other: Self) -> Self;
}

/// Words as the rounds of the generator take them.
pub trait Factors: Copy + BitXor<Output = Self> {
    /// A word that all lanes share.
    fn shared(word: &[u32; LANES]) -> Self;
    /// High and low halves of the 64-bit products.
    fn product(self, multiplier: u32) -> [Self; 2];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Transposed lines, codes as words, the third number of each code's row, and sums of the second row's numbers that codes name.
    struct Moves<'a> {
        lines: &'a [[f32; LANES]; LANES],
        codes: &'a [i8; LANES],
        table: &'a [[f32; 4]; 256],
    }

    impl Kernel for Moves<'_> {
        type Output = ([[f32; LANES]; LANES], [u32; LANES], [f32; LANES], [f32; LANES]);

        #[inline(always)]
        fn run<L: Lanes>(self) -> Self::Output {
            let (mut turned, mut words) = ([[0.0; LANES]; LANES], [0; LANES]);
            let [mut third, mut sums] = [[0.0; LANES]; 2];
            L::transpose(|i| &self.lines[i], &mut turned);
            L::Word::of_codes(self.codes).store(&mut words);
            L::look_up(self.table, self.codes)[2].store(&mut third);
            L::pick(L::subsets(self.table[1].each_ref()), L::Word::of_codes(self.codes)).store(&mut sums);
            (turned, words, third, sums)
        }
    }

    #[test]
    fn every_instruction_set_moves_lanes_to_the_same_places() {
        let lines = std::array::from_fn(|i| std::array::from_fn(|j| (100 * i + j) as f32));
        let codes = std::array::from_fn(|i| (37 * i) as i8);
        let table = std::array::from_fn(|row| std::array::from_fn(|k| (10 * row + k) as f32));
        assert!(codes.iter().any(|&code| code < 0));
        for isa in Isa::available() {
            let (turned, words, third, sums) = isa.run(Moves { lines: &lines, codes: &codes, table: &table });
            for i in 0..LANES {
                assert_eq!(turned.map(|line| line[i]), lines[i], "{}: {i}", isa.name());
                assert_eq!(words[i], i32::from(codes[i]) as u32, "{}", isa.name());
                assert_eq!(third[i], table[usize::from(codes[i] as u8)][2], "{}", isa.name());
                let named: f32 = (0..4).filter(|bit| codes[i] >> bit & 1 == 1).map(|bit| table[1][bit]).sum();
                assert_eq!(sums[i], named, "{}: {i}", isa.name());
            }
        }
    }
}
