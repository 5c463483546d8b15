//! Sixteen lanes as plain arrays: any machine. The compiler makes of them what the baseline instruction set has.

use super::philox::{Keys, rounds};
use super::{Factors, Float, LANES, LaneWords, Lanes, Words};
use std::array::from_fn;
use std::ops::{Add, BitAnd, BitXor, Mul, Sub};

#[derive(Clone, Copy)]
pub struct Floats([f32; LANES]);
#[derive(Clone, Copy)]
pub struct Ints([u32; LANES]);

macro_rules! lanewise {
    ($type:ident, $operator:ident, $method:ident) => {
        impl $operator for $type {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                $type(from_fn(|i| self.0[i].$method(other.0[i])))
            }
        }
    };
}
lanewise!(Floats, Add, add);
lanewise!(Floats, Sub, sub);
lanewise!(Floats, Mul, mul);
lanewise!(Ints, BitAnd, bitand);
lanewise!(Ints, BitXor, bitxor);

impl Words for Ints {
    #[inline(always)]
    fn of(word: u32) -> Self {
        Ints([word; LANES])
    }
    #[inline(always)]
    fn shl<const N: i32>(self) -> Self {
        Ints(self.0.map(|w| w << N))
    }
    #[inline(always)]
    fn shr<const N: i32>(self) -> Self {
        Ints(self.0.map(|w| w >> N))
    }
    #[inline(always)]
    fn sar<const N: i32>(self) -> Self {
        Ints(self.0.map(|w| (w as i32 >> N) as u32))
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Ints(from_fn(|i| self.0[i].wrapping_add(other.0[i])))
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Ints(from_fn(|i| self.0[i].wrapping_sub(other.0[i])))
    }
}

impl LaneWords for Ints {
    #[inline(always)]
    fn load(from: &[u32; LANES]) -> Self {
        Ints(*from)
    }
    #[inline(always)]
    fn store(self, to: &mut [u32; LANES]) {
        *to = self.0;
    }
    #[inline(always)]
    fn of_codes(codes: &[i8; LANES]) -> Self {
        Ints(codes.map(|code| i32::from(code) as u32))
    }
    #[inline(always)]
    fn random(self, keys: &Keys) -> [Self; 4] {
        rounds(self, keys)
    }
    #[inline(always)]
    fn at_least(self, other: Self) -> Self {
        Ints(from_fn(|i| if self.0[i] >= other.0[i] { u32::MAX } else { 0 }))
    }
}

impl Factors for Ints {
    #[inline(always)]
    fn shared(word: &[u32; LANES]) -> Self {
        Ints(*word)
    }
    #[inline(always)]
    fn product(self, multiplier: u32) -> [Self; 2] {
        let products = self.0.map(|w| u64::from(w) * u64::from(multiplier));
        [Ints(products.map(|p| (p >> 32) as u32)), Ints(self.0.map(|w| w.wrapping_mul(multiplier)))]
    }
}

impl Float for Floats {
    type Word = Ints;

    #[inline(always)]
    fn of(value: f32) -> Self {
        Floats([value; LANES])
    }
    #[inline(always)]
    fn from_bits(bits: Ints) -> Self {
        Floats(bits.0.map(f32::from_bits))
    }
    #[inline(always)]
    fn to_bits(self) -> Ints {
        Ints(self.0.map(f32::to_bits))
    }
    #[inline(always)]
    fn from_signed(word: Ints) -> Self {
        Floats(word.0.map(|w| w as i32 as f32))
    }
    #[inline(always)]
    fn select(test: Ints, yes: Self, no: Self) -> Self {
        Floats(from_fn(|i| f32::select(test.0[i], yes.0[i], no.0[i])))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Floats(self.0.map(f32::sqrt))
    }
    #[inline(always)]
    fn plus_exact(self, a: Self, b: Self) -> Self {
        a * b + self
    }
}

impl Lanes for Floats {
    const REGISTERS: usize = 8;
    type Subsets = Self;

    #[inline(always)]
    fn load(from: &[f32; LANES]) -> Self {
        Floats(*from)
    }
    #[inline(always)]
    fn store(self, to: &mut [f32; LANES]) {
        *to = self.0;
    }
    #[inline(always)]
    fn look_up(table: &[[f32; 4]; 256], codes: &[i8; LANES]) -> [Self; 4] {
        [0, 1, 2, 3].map(|k| Floats(from_fn(|i| table[usize::from(codes[i] as u8)][k])))
    }
    #[inline(always)]
    fn subsets(of: [&f32; 4]) -> Self {
        let mut sums = [0.0; LANES];
        for (i, number) in of.into_iter().enumerate() {
            for subset in 0..1 << i {
                sums[subset | 1 << i] = sums[subset] + *number;
            }
        }
        Floats(sums)
    }
    #[inline(always)]
    fn pick(subsets: Self, bits: Ints) -> Self {
        Floats(bits.0.map(|bits| subsets.0[bits as usize % LANES]))
    }
    #[inline(always)]
    fn transpose<'a>(from: impl Fn(usize) -> &'a [f32; LANES], to: &mut [[f32; LANES]; LANES]) {
        for i in 0..LANES {
            to.iter_mut().zip(from(i)).for_each(|(to, &value)| to[i] = value);
        }
    }
    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        Floats(from_fn(|i| fused(self.0[i], b.0[i], c.0[i])))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Floats(from_fn(|i| if self.0[i] < other.0[i] { self.0[i] } else { other.0[i] }))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Floats(from_fn(|i| if self.0[i] > other.0[i] { self.0[i] } else { other.0[i] }))
    }
    #[inline(always)]
    fn round_ties_even(self) -> Self {
        Floats(self.0.map(round_ties_even))
    }
    #[inline(always)]
    fn exceeds(self, other: Self) -> Self {
        Floats(from_fn(|i| f32::from(u8::from(self.0[i] > other.0[i]))))
    }
    #[inline(always)]
    fn count_unequal(self, a: Self, b: Self) -> Self {
        Floats(from_fn(|i| self.0[i] + f32::from(u8::from(a.0[i] != b.0[i]))))
    }
}

/// a * b + c with one rounding, where the baseline has the instruction.
#[cfg(any(target_arch = "aarch64", target_feature = "fma"))]
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    a.mul_add(b, c)
}

/// a * b + c with one rounding, from doubles: the product is exact there, and a sum rounded to odd may be rounded again.
///
/// Source: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Trans. Comput. 57, 462 (2008).
#[cfg(not(any(target_arch = "aarch64", target_feature = "fma")))]
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    let product = f64::from(a) * f64::from(b);
    let c = f64::from(c);
    let sum = product + c;
    let back = sum - product;
    let lost = (product - (sum - back)) + (c - back);
    let bits = sum.to_bits();
    let toward = if (lost > 0.0) == (sum > 0.0) { bits.wrapping_add(1) } else { bits.wrapping_sub(1) };
    let to_odd = if lost != 0.0 && bits & 1 == 0 { toward } else { bits };
    f64::from_bits(to_odd) as f32
}

/// The hardware's rounding, without the instruction: adding 2^23 leaves no room for a fraction.
#[inline(always)]
fn round_ties_even(x: f32) -> f32 {
    const ROOM: f32 = 8_388_608.0;
    let rounded = (x.abs() + ROOM) - ROOM;
    if x.abs() < ROOM { rounded.copysign(x) } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fused_is_rounded_once() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as u32
        };
        for _ in 0..2_000_000 {
            // Exponents close together, so that sums cancel and ties occur.
            let mut draw = || f32::from_bits(next() & 0x807f_ffff | (120 + next() % 16) << 23);
            let (a, b, c) = (draw(), draw(), draw());
            for c in [c, -(a * b), 1.0e-40 * c, c * 1.0e20] {
                assert_eq!(fused(a, b, c).to_bits(), libm::fmaf(a, b, c).to_bits(), "{a:e} {b:e} {c:e}");
            }
        }
    }

    #[test]
    fn rounding_is_to_even() {
        for i in -400_000..400_000i32 {
            let x = i as f32 * 0.25 + 0.125 * (i % 3) as f32;
            assert_eq!(round_ties_even(x).to_bits(), x.round_ties_even().to_bits(), "{x}");
        }
        for x in [8_388_607.5, 8_388_609.0, 3.0e9, f32::MAX, -0.0, -0.4] {
            assert_eq!(round_ties_even(x).to_bits(), x.round_ties_even().to_bits(), "{x}");
        }
    }
}
