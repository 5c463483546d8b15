//! One number at a time: the host's few normals, and the form in which formulas are compared with an oracle.

use super::{Float, Words};

impl Words for u32 {
    #[inline(always)]
    fn of(word: u32) -> Self {
        word
    }
    #[inline(always)]
    fn shl<const N: i32>(self) -> Self {
        self << N
    }
    #[inline(always)]
    fn shr<const N: i32>(self) -> Self {
        self >> N
    }
    #[inline(always)]
    fn sar<const N: i32>(self) -> Self {
        (self as i32 >> N) as u32
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
}

impl Float for f32 {
    type Word = u32;

    #[inline(always)]
    fn of(value: f32) -> Self {
        value
    }
    #[inline(always)]
    fn from_bits(bits: u32) -> Self {
        f32::from_bits(bits)
    }
    #[inline(always)]
    fn to_bits(self) -> u32 {
        self.to_bits()
    }
    #[inline(always)]
    fn from_signed(word: u32) -> Self {
        word as i32 as f32
    }
    #[inline(always)]
    fn select(test: u32, yes: Self, no: Self) -> Self {
        if test >> 31 == 1 { yes } else { no }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }
    #[inline(always)]
    fn plus_exact(self, a: Self, b: Self) -> Self {
        a * b + self
    }
}
