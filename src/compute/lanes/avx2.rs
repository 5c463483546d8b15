//! Sixteen lanes as two AVX2 registers, products by FMA.
//!
//! Only `Isa::run` names these types, after it has found the features: that makes every `unsafe` here sound.

use super::philox::{Keys, rounds};
use super::{Factors, Float, LANES, LaneWords, Lanes, Pair, Words};
use std::arch::x86_64::*;
use std::ops::{Add, BitAnd, BitXor, Mul, Sub};

pub type Floats = Pair<Eight>;
pub type Ints = Pair<EightWords>;

#[derive(Clone, Copy)]
pub struct Eight(__m256);
#[derive(Clone, Copy)]
pub struct EightWords(__m256i);

/// One instruction.
macro_rules! one {
    ($type:ident, $instruction:expr, $($operand:expr),+) => {
        // SAFETY: see the head of this file.
        unsafe { $type($instruction($($operand),+)) }
    };
}

macro_rules! operator {
    ($type:ident, $operator:ident, $method:ident, $instruction:ident) => {
        impl $operator for $type {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: Self) -> Self {
                one!($type, $instruction, self.0, b.0)
            }
        }
    };
}
operator!(Eight, Add, add, _mm256_add_ps);
operator!(Eight, Sub, sub, _mm256_sub_ps);
operator!(Eight, Mul, mul, _mm256_mul_ps);
operator!(EightWords, BitAnd, bitand, _mm256_and_si256);
operator!(EightWords, BitXor, bitxor, _mm256_xor_si256);

impl Words for EightWords {
    #[inline(always)]
    fn of(word: u32) -> Self {
        one!(EightWords, _mm256_set1_epi32, word as i32)
    }
    #[inline(always)]
    fn shl<const N: i32>(self) -> Self {
        one!(EightWords, _mm256_slli_epi32::<N>, self.0)
    }
    #[inline(always)]
    fn shr<const N: i32>(self) -> Self {
        one!(EightWords, _mm256_srli_epi32::<N>, self.0)
    }
    #[inline(always)]
    fn sar<const N: i32>(self) -> Self {
        one!(EightWords, _mm256_srai_epi32::<N>, self.0)
    }
    #[inline(always)]
    fn plus(self, b: Self) -> Self {
        one!(EightWords, _mm256_add_epi32, self.0, b.0)
    }
    #[inline(always)]
    fn minus(self, b: Self) -> Self {
        one!(EightWords, _mm256_sub_epi32, self.0, b.0)
    }
}

impl Float for Eight {
    type Word = EightWords;

    #[inline(always)]
    fn of(value: f32) -> Self {
        one!(Eight, _mm256_set1_ps, value)
    }
    #[inline(always)]
    fn from_bits(bits: EightWords) -> Self {
        one!(Eight, _mm256_castsi256_ps, bits.0)
    }
    #[inline(always)]
    fn to_bits(self) -> EightWords {
        one!(EightWords, _mm256_castps_si256, self.0)
    }
    #[inline(always)]
    fn from_signed(word: EightWords) -> Self {
        one!(Eight, _mm256_cvtepi32_ps, word.0)
    }
    #[inline(always)]
    fn select(test: EightWords, yes: Self, no: Self) -> Self {
        one!(Eight, _mm256_blendv_ps, no.0, yes.0, Eight::from_bits(test).0)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        one!(Eight, _mm256_sqrt_ps, self.0)
    }
    #[inline(always)]
    fn plus_exact(self, a: Self, b: Self) -> Self {
        one!(Eight, _mm256_fmadd_ps, a.0, b.0, self.0)
    }
}

impl LaneWords for Ints {
    #[inline(always)]
    fn of_codes(codes: &[i8; LANES]) -> Self {
        // SAFETY: sixteen codes are one register; unaligned load.
        unsafe {
            let codes = _mm_loadu_si128(codes.as_ptr().cast());
            let high = _mm_unpackhi_epi64(codes, codes);
            Pair(EightWords(_mm256_cvtepi8_epi32(codes)), EightWords(_mm256_cvtepi8_epi32(high)))
        }
    }
    #[inline(always)]
    fn load(from: &[u32; LANES]) -> Self {
        let from = from.as_ptr().cast::<__m256i>();
        // SAFETY: sixteen words are two registers; unaligned loads.
        unsafe { Pair(EightWords(_mm256_loadu_si256(from)), EightWords(_mm256_loadu_si256(from.add(1)))) }
    }
    #[inline(always)]
    fn store(self, to: &mut [u32; LANES]) {
        let to = to.as_mut_ptr().cast::<__m256i>();
        // SAFETY: sixteen words are two registers; unaligned stores.
        unsafe {
            _mm256_storeu_si256(to, self.0.0);
            _mm256_storeu_si256(to.add(1), self.1.0);
        }
    }
    #[inline(always)]
    fn random(self, keys: &Keys) -> [Self; 4] {
        rounds(self, keys)
    }
    #[inline(always)]
    fn at_least(self, other: Self) -> Self {
        Pair(at_least(self.0, other.0), at_least(self.1, other.1))
    }
}

/// The larger of both is the first. There is no unsigned comparison.
#[inline(always)]
fn at_least(a: EightWords, b: EightWords) -> EightWords {
    // SAFETY: see the head of this file.
    unsafe { EightWords(_mm256_cmpeq_epi32(_mm256_max_epu32(a.0, b.0), a.0)) }
}

impl Factors for Ints {
    #[inline(always)]
    fn shared(word: &[u32; LANES]) -> Self {
        Self::load(word)
    }
    #[inline(always)]
    fn product(self, multiplier: u32) -> [Self; 2] {
        let [a, b] = [product(self.0, multiplier), product(self.1, multiplier)];
        [Pair(a[0], b[0]), Pair(a[1], b[1])]
    }
}

/// Products of even and of odd lanes, blended.
#[inline(always)]
fn product(words: EightWords, multiplier: u32) -> [EightWords; 2] {
    // SAFETY: see the head of this file.
    unsafe {
        let multiplier = _mm256_set1_epi32(multiplier as i32);
        let even = _mm256_mul_epu32(words.0, multiplier);
        let odd = _mm256_mul_epu32(_mm256_srli_epi64::<32>(words.0), multiplier);
        let high = _mm256_blend_epi32::<0xAA>(_mm256_srli_epi64::<32>(even), odd);
        [EightWords(high), EightWords(_mm256_mullo_epi32(words.0, multiplier))]
    }
}

/// Eight rows of four numbers, transposed.
#[inline(always)]
fn columns<'a>(row: impl Fn(usize) -> &'a [f32; 4]) -> [Eight; 4] {
    let row = |i| row(i).as_ptr();
    // SAFETY: see the head of this file; each load takes the four numbers of a row.
    unsafe {
        let a = _mm256_loadu2_m128(row(4), row(0));
        let b = _mm256_loadu2_m128(row(5), row(1));
        let c = _mm256_loadu2_m128(row(6), row(2));
        let d = _mm256_loadu2_m128(row(7), row(3));
        let [ab, cd] = [_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d)];
        let [ab_high, cd_high] = [_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d)];
        [
            Eight(_mm256_shuffle_ps::<0x44>(ab, cd)),
            Eight(_mm256_shuffle_ps::<0xEE>(ab, cd)),
            Eight(_mm256_shuffle_ps::<0x44>(ab_high, cd_high)),
            Eight(_mm256_shuffle_ps::<0xEE>(ab_high, cd_high)),
        ]
    }
}

/// Each lane's own of eight sums, and with its fourth bit one number more: less work than to choose between eight and eight.
#[inline(always)]
fn pick(sums: Eight, last: Eight, bits: EightWords) -> Eight {
    // SAFETY: see the head of this file. The instruction looks at three bits alone.
    let of = |table: Eight, bits: EightWords| unsafe { Eight(_mm256_permutevar8x32_ps(table.0, bits.0)) };
    of(sums, bits) + of(last, bits.shr::<1>())
}

/// The same instruction on both registers.
macro_rules! both {
    ($instruction:expr, $($operand:expr),+) => {
        // SAFETY: see the head of this file.
        unsafe { Pair(Eight($instruction($($operand.0.0),+)), Eight($instruction($($operand.1.0),+))) }
    };
}

impl Lanes for Floats {
    const REGISTERS: usize = 8;
    /// Without and with the fourth number.
    type Subsets = [Eight; 2];

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        let from = from.as_ptr();
        // SAFETY: sixteen floats are two registers; unaligned loads.
        unsafe { Pair(Eight(_mm256_loadu_ps(from)), Eight(_mm256_loadu_ps(from.add(8)))) }
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        let to = to.as_mut_ptr();
        // SAFETY: sixteen floats are two registers; unaligned stores.
        unsafe {
            _mm256_storeu_ps(to, self.0.0);
            _mm256_storeu_ps(to.add(8), self.1.0);
        }
    }
    #[inline(always)]
    fn look_up(table: &[[f32; 4]; 256], codes: &[i8; LANES]) -> [Self; 4] {
        // Whole rows, transposed: the gather instruction takes longer.
        let of = |lane: usize| &table[usize::from(codes[lane] as u8)];
        let (a, b) = (columns(of), columns(|lane| of(8 + lane)));
        [Pair(a[0], b[0]), Pair(a[1], b[1]), Pair(a[2], b[2]), Pair(a[3], b[3])]
    }
    #[inline(always)]
    fn subsets(of: [&f32; 4]) -> [Eight; 2] {
        // SAFETY: see the head of this file.
        unsafe {
            let [a, b, c, d] = of.map(|number| _mm256_set1_ps(*number));
            let zero = _mm256_setzero_ps();
            let sums = _mm256_blend_ps::<0xAA>(zero, a);
            let sums = _mm256_add_ps(sums, _mm256_blend_ps::<0xCC>(zero, b));
            let sums = _mm256_add_ps(sums, _mm256_blend_ps::<0xF0>(zero, c));
            [Eight(sums), Eight(_mm256_blend_ps::<0xF0>(zero, d))]
        }
    }
    #[inline(always)]
    fn pick([sums, last]: [Eight; 2], bits: Ints) -> Self {
        Pair(pick(sums, last, bits.0), pick(sums, last, bits.1))
    }
    #[inline(always)]
    fn transpose<'a>(from: impl Fn(usize) -> &'a [f32; LANES], to: &mut [[f32; LANES]; LANES]) {
        for four in 0..LANES / 4 {
            let of = |line: usize| &from(line).as_chunks().0[four];
            let (a, b) = (columns(of), columns(|line| of(8 + line)));
            for ((to, a), b) in to[4 * four..].iter_mut().zip(a).zip(b) {
                Pair(a, b).store(to);
            }
        }
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        both!(_mm256_fmadd_ps, self, b, c)
    }
    #[inline(always)]
    fn min(self, b: Self) -> Self {
        both!(_mm256_min_ps, self, b)
    }
    #[inline(always)]
    fn max(self, b: Self) -> Self {
        both!(_mm256_max_ps, self, b)
    }
    #[inline(always)]
    fn round_ties_even(self) -> Self {
        both!(_mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>, self)
    }
    #[inline(always)]
    fn exceeds(self, b: Self) -> Self {
        let above = both!(_mm256_cmp_ps::<_CMP_GT_OQ>, self, b);
        let one = Floats::of(1.0);
        both!(_mm256_and_ps, above, one)
    }
    #[inline(always)]
    fn count_unequal(self, a: Self, b: Self) -> Self {
        let unequal = both!(_mm256_cmp_ps::<_CMP_NEQ_UQ>, a, b);
        let one = Floats::of(1.0);
        self + both!(_mm256_and_ps, unequal, one)
    }
}
