//! Powers of two on lanes, for lognormal cells.

#![allow(clippy::excessive_precision)]

use super::lanes::{Lanes, Words};

/// 2^x for |x| < 126; beyond, the nearest of those ends.
///
/// Relative error 1.2e-7 (test below). Source: polynomial of Cephes `exp2f` (S. Moshier) on [-1/2, 1/2].
#[inline(always)]
pub fn exp2<L: Lanes>(x: L) -> L {
    let x = x.min(L::of(126.0)).max(L::of(-126.0));
    // Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low bits, ready to become an exponent.
    let shifted = x + L::of(12_582_912.0);
    let r = x - (shifted - L::of(12_582_912.0));
    let scale = L::from_bits(shifted.to_bits().shl::<23>().plus(L::Word::of(0x3f80_0000)));
    let mut p = L::of(1.535_336_188_319_500e-4);
    p = p.mul_add(r, L::of(1.339_887_440_266_574e-3));
    p = p.mul_add(r, L::of(9.618_437_357_674_640e-3));
    p = p.mul_add(r, L::of(5.550_332_471_162_809e-2));
    p = p.mul_add(r, L::of(2.402_264_791_363_012e-1));
    p = p.mul_add(r, L::of(6.931_472_028_550_421e-1));
    p.mul_add(r, L::of(1.0)) * scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::lanes::{Isa, Kernel, LANES};

    struct Exp2([f32; LANES]);

    impl Kernel for Exp2 {
        type Output = [f32; LANES];

        #[inline(always)]
        fn run<L: Lanes>(self) -> [f32; LANES] {
            let mut out = [0.0; LANES];
            exp2::<L>(L::load(&self.0)).store(&mut out);
            out
        }
    }

    #[test]
    fn against_f64_on_every_instruction_set() {
        for isa in Isa::available() {
            for i in -8000..8000 {
                let x: [f32; LANES] = std::array::from_fn(|lane| (i * 16 + lane as i32) as f32 * 0.98e-3);
                for (x, y) in x.into_iter().zip(isa.run(Exp2(x))) {
                    let expected = libm::exp2(f64::from(x));
                    assert!((f64::from(y) / expected - 1.0).abs() < 1.2e-7, "{x}: {y} {expected} {}", isa.name());
                }
            }
            let ends = isa.run(Exp2([f32::MAX; LANES]));
            assert_eq!(ends, [libm::exp2f(126.0); LANES]);
        }
    }
}
