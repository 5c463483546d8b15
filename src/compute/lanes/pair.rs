//! Two registers that go in step.

use super::{Float, Words};
use std::ops::{Add, BitAnd, BitXor, Mul, Sub};

#[derive(Clone, Copy)]
pub struct Pair<T>(pub T, pub T);

macro_rules! both {
    ($operator:ident, $method:ident) => {
        impl<T: $operator<Output = T>> $operator for Pair<T> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Pair(self.0.$method(other.0), self.1.$method(other.1))
            }
        }
    };
}
both!(Add, add);
both!(Sub, sub);
both!(Mul, mul);
both!(BitAnd, bitand);
both!(BitXor, bitxor);

impl<W: Words> Words for Pair<W> {
    #[inline(always)]
    fn of(word: u32) -> Self {
        Pair(W::of(word), W::of(word))
    }
    #[inline(always)]
    fn shl<const N: i32>(self) -> Self {
        Pair(self.0.shl::<N>(), self.1.shl::<N>())
    }
    #[inline(always)]
    fn shr<const N: i32>(self) -> Self {
        Pair(self.0.shr::<N>(), self.1.shr::<N>())
    }
    #[inline(always)]
    fn sar<const N: i32>(self) -> Self {
        Pair(self.0.sar::<N>(), self.1.sar::<N>())
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Pair(self.0.plus(other.0), self.1.plus(other.1))
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Pair(self.0.minus(other.0), self.1.minus(other.1))
    }
}

impl<F: Float> Float for Pair<F> {
    type Word = Pair<F::Word>;

    #[inline(always)]
    fn of(value: f32) -> Self {
        Pair(F::of(value), F::of(value))
    }
    #[inline(always)]
    fn from_bits(bits: Self::Word) -> Self {
        Pair(F::from_bits(bits.0), F::from_bits(bits.1))
    }
    #[inline(always)]
    fn to_bits(self) -> Self::Word {
        Pair(self.0.to_bits(), self.1.to_bits())
    }
    #[inline(always)]
    fn from_signed(word: Self::Word) -> Self {
        Pair(F::from_signed(word.0), F::from_signed(word.1))
    }
    #[inline(always)]
    fn select(test: Self::Word, yes: Self, no: Self) -> Self {
        Pair(F::select(test.0, yes.0, no.0), F::select(test.1, yes.1, no.1))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Pair(self.0.sqrt(), self.1.sqrt())
    }
    #[inline(always)]
    fn plus_exact(self, a: Self, b: Self) -> Self {
        Pair(self.0.plus_exact(a.0, b.0), self.1.plus_exact(a.1, b.1))
    }
}
