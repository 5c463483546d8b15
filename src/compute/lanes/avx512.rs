//! Sixteen lanes as one AVX-512 register.
//!
//! Only `Isa::run` names these types, after it has found the feature: that makes every `unsafe` here sound.

use super::philox::{Keys, rounds};
use super::{Factors, Float, LANES, LaneWords, Lanes, Pair, Words};
use std::arch::x86_64::*;
use std::ops::{Add, BitAnd, BitXor, Mul, Sub};

#[derive(Clone, Copy)]
pub struct Floats(__m512);
#[derive(Clone, Copy)]
pub struct Ints(__m512i);

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
operator!(Floats, Add, add, _mm512_add_ps);
operator!(Floats, Sub, sub, _mm512_sub_ps);
operator!(Floats, Mul, mul, _mm512_mul_ps);
operator!(Ints, BitAnd, bitand, _mm512_and_si512);
operator!(Ints, BitXor, bitxor, _mm512_xor_si512);

impl Words for Ints {
    #[inline(always)]
    fn of(word: u32) -> Self {
        one!(Ints, _mm512_set1_epi32, word as i32)
    }
    #[inline(always)]
    fn shl<const N: i32>(self) -> Self {
        one!(Ints, _mm512_sll_epi32, self.0, _mm_cvtsi32_si128(N))
    }
    #[inline(always)]
    fn shr<const N: i32>(self) -> Self {
        one!(Ints, _mm512_srl_epi32, self.0, _mm_cvtsi32_si128(N))
    }
    #[inline(always)]
    fn sar<const N: i32>(self) -> Self {
        one!(Ints, _mm512_sra_epi32, self.0, _mm_cvtsi32_si128(N))
    }
    #[inline(always)]
    fn plus(self, b: Self) -> Self {
        one!(Ints, _mm512_add_epi32, self.0, b.0)
    }
    #[inline(always)]
    fn minus(self, b: Self) -> Self {
        one!(Ints, _mm512_sub_epi32, self.0, b.0)
    }
}

impl LaneWords for Ints {
    #[inline(always)]
    fn load(from: &[u32; LANES]) -> Self {
        // SAFETY: sixteen words are one register; unaligned load.
        unsafe { Ints(_mm512_loadu_si512(from.as_ptr().cast())) }
    }
    #[inline(always)]
    fn store(self, to: &mut [u32; LANES]) {
        // SAFETY: sixteen words are one register; unaligned store.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), self.0) }
    }
    #[inline(always)]
    fn of_codes(codes: &[i8; LANES]) -> Self {
        // SAFETY: sixteen codes are one register; unaligned load.
        unsafe { Ints(_mm512_cvtepi8_epi32(_mm_loadu_si128(codes.as_ptr().cast()))) }
    }
    #[inline(always)]
    fn random(self, keys: &Keys) -> [Self; 4] {
        // In step, so that products that do not wait for each other lie side by side.
        let [a, b, c, d] = rounds(Pair(Halves(self.0), Halves(self.0).high()), keys);
        [together(a), together(b), together(c), together(d)]
    }
    #[inline(always)]
    fn at_least(self, other: Self) -> Self {
        // SAFETY: see the head of this file.
        unsafe { Ints(_mm512_maskz_set1_epi32(_mm512_cmpge_epu32_mask(self.0, other.0), -1)) }
    }
}

/// Words of even or of odd lanes, in the lower halves of 64 bits; the upper ones hold anything. A product then needs no word to be
/// moved, but one shift for its high half: a ninth more draws than with all lanes at once (AVX2, short of registers, draws fewer).
#[derive(Clone, Copy)]
struct Halves(__m512i);
operator!(Halves, BitXor, bitxor, _mm512_xor_si512);

impl Halves {
    #[inline(always)]
    fn high(self) -> Self {
        one!(Halves, _mm512_srli_epi64::<32>, self.0)
    }
}

impl Factors for Pair<Halves> {
    #[inline(always)]
    fn shared(word: &[u32; LANES]) -> Self {
        let word = Halves(Ints::load(word).0);
        Pair(word, word)
    }
    #[inline(always)]
    fn product(self, multiplier: u32) -> [Self; 2] {
        let product = |words: Halves| one!(Halves, _mm512_mul_epu32, words.0, _mm512_set1_epi32(multiplier as i32));
        let products = Pair(product(self.0), product(self.1));
        [Pair(products.0.high(), products.1.high()), products]
    }
}

#[inline(always)]
fn together(Pair(even, odd): Pair<Halves>) -> Ints {
    // SAFETY: see the head of this file.
    unsafe { Ints(_mm512_mask_blend_epi32(0xAAAA, even.0, _mm512_slli_epi64::<32>(odd.0))) }
}

impl Float for Floats {
    type Word = Ints;

    #[inline(always)]
    fn of(value: f32) -> Self {
        one!(Floats, _mm512_set1_ps, value)
    }
    #[inline(always)]
    fn from_bits(bits: Ints) -> Self {
        one!(Floats, _mm512_castsi512_ps, bits.0)
    }
    #[inline(always)]
    fn to_bits(self) -> Ints {
        one!(Ints, _mm512_castps_si512, self.0)
    }
    #[inline(always)]
    fn from_signed(word: Ints) -> Self {
        one!(Floats, _mm512_cvtepi32_ps, word.0)
    }
    #[inline(always)]
    fn select(test: Ints, yes: Self, no: Self) -> Self {
        // SAFETY: see the head of this file.
        let negative = unsafe { _mm512_cmplt_epi32_mask(test.0, _mm512_setzero_si512()) };
        one!(Floats, _mm512_mask_blend_ps, negative, no.0, yes.0)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        one!(Floats, _mm512_sqrt_ps, self.0)
    }
    #[inline(always)]
    fn plus_exact(self, a: Self, b: Self) -> Self {
        one!(Floats, _mm512_fmadd_ps, a.0, b.0, self.0)
    }
}

/// Number k of each of sixteen fours, for each k.
#[inline(always)]
fn columns<'a>(of: impl Fn(usize) -> &'a [f32; 4]) -> [Floats; 4] {
    // SAFETY: see the head of this file; each load takes four numbers.
    unsafe {
        let fours = |first: usize| {
            let four = |n: usize| _mm_loadu_ps(of(first + 4 * n).as_ptr());
            let (a, b, c, d) = (four(0), four(1), four(2), four(3));
            let low = _mm512_insertf32x4::<1>(_mm512_castps128_ps512(a), b);
            _mm512_insertf32x4::<3>(_mm512_insertf32x4::<2>(low, c), d)
        };
        let (a, b, c, d) = (fours(0), fours(1), fours(2), fours(3));
        let [ab, cd] = [_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d)];
        let [ab_high, cd_high] = [_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d)];
        [
            Floats(_mm512_shuffle_ps::<0x44>(ab, cd)),
            Floats(_mm512_shuffle_ps::<0xEE>(ab, cd)),
            Floats(_mm512_shuffle_ps::<0x44>(ab_high, cd_high)),
            Floats(_mm512_shuffle_ps::<0xEE>(ab_high, cd_high)),
        ]
    }
}

/// 1 in the lanes in whose number a bit is set, lowest bit first.
const WITH_BIT: [[f32; LANES]; 4] = [
    [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
    [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0],
    [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
];

impl Lanes for Floats {
    const REGISTERS: usize = 32;
    type Subsets = Self;

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        // SAFETY: sixteen floats are one register; unaligned load.
        unsafe { Floats(_mm512_loadu_ps(from.as_ptr())) }
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        // SAFETY: sixteen floats are one register; unaligned store.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    fn look_up(table: &[[f32; 4]; 256], codes: &[i8; LANES]) -> [Self; 4] {
        // Whole rows, transposed: gathers fetch each number by itself and take longer.
        columns(|lane| &table[usize::from(codes[lane] as u8)])
    }
    #[inline(always)]
    fn subsets(of: [&f32; 4]) -> Self {
        // Masked additions would be the same, but the compiler makes shuffles of them.
        let with = |bit: usize| Floats::load(&WITH_BIT[bit]);
        let sums = with(0) * Floats::of(*of[0]);
        let sums = with(1).mul_add(Floats::of(*of[1]), sums);
        let sums = with(2).mul_add(Floats::of(*of[2]), sums);
        with(3).mul_add(Floats::of(*of[3]), sums)
    }
    #[inline(always)]
    fn pick(subsets: Self, bits: Ints) -> Self {
        // The instruction looks at no other bits.
        one!(Floats, _mm512_permutexvar_ps, bits.0, subsets.0)
    }
    #[inline(always)]
    fn transpose<'a>(from: impl Fn(usize) -> &'a [f32; LANES], to: &mut [[f32; LANES]; LANES]) {
        for (four, to) in to.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let columns = columns(|line| &from(line).as_chunks().0[four]);
            to.iter_mut().zip(columns).for_each(|(to, column)| column.store(to));
        }
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        one!(Floats, _mm512_fmadd_ps, self.0, b.0, c.0)
    }
    #[inline(always)]
    fn min(self, b: Self) -> Self {
        one!(Floats, _mm512_min_ps, self.0, b.0)
    }
    #[inline(always)]
    fn max(self, b: Self) -> Self {
        one!(Floats, _mm512_max_ps, self.0, b.0)
    }
    #[inline(always)]
    fn round_ties_even(self) -> Self {
        one!(Floats, _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>, self.0)
    }
    #[inline(always)]
    fn exceeds(self, b: Self) -> Self {
        // SAFETY: see the head of this file.
        let above = unsafe { _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, b.0) };
        one!(Floats, _mm512_maskz_mov_ps, above, Floats::of(1.0).0)
    }
    #[inline(always)]
    fn count_unequal(self, a: Self, b: Self) -> Self {
        // SAFETY: see the head of this file.
        let unequal = unsafe { _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(a.0, b.0) };
        one!(Floats, _mm512_mask_add_ps, self.0, unequal, self.0, Floats::of(1.0).0)
    }
}
