//! Standard normals from random words: Box-Muller with our own polynomials. Twin: `shaders/normal.wgsl`.
//!
//! Plain `a * b + c` throughout, fused only where the product is exact, so that the CPU and a GPU whose driver does not fuse give
//! the same bits; WGSL's own `log`, `sin` and `cos` may be wrong by 1e-4. The radius takes all 32 bits of a word and so reaches
//! 6.76 sigma.
//!
//! Written over [`Float`], so one number and sixteen lanes follow the same formula bit for bit.

#![allow(clippy::excessive_precision)]

use super::lanes::{Float, Words};

/// Two standard normals from two words.
///
/// Measured errors: sine and cosine 1.2e-7 absolute, -2 ln u 4e-7 relative (test below).
#[inline(always)]
pub fn normal_pair<F: Float>(radius_word: F::Word, angle_word: F::Word) -> [F; 2] {
    let radius = squared_radius::<F>(radius_word).sqrt();
    let [sin, cos] = sin_cos::<F>(angle_word);
    [radius * cos, radius * sin]
}

/// The four normals of a block.
#[inline(always)]
pub fn normals(words: [u32; 4]) -> [f32; 4] {
    let [a, b] = normal_pair(words[0], words[1]);
    let [c, d] = normal_pair(words[2], words[3]);
    [a, b, c, d]
}

/// Square of the distance of a pair of normals from the origin: -2 ln u.
#[inline(always)]
pub fn squared_radius<F: Float>(word: F::Word) -> F {
    minus_two_ln(uniform::<F>(word))
}

/// u = (word + 1/2) / 2^32, in (0, 1], times 2^32: two exact 16-bit conversions, one rounding.
#[inline(always)]
fn uniform<F: Float>(word: F::Word) -> F {
    let high = F::from_signed(word.shr::<16>());
    let low = F::from_signed(word & F::Word::of(0xffff)) + F::of(0.5);
    low.plus_exact(high, F::of(65_536.0))
}

/// -2 ln(x / 2^32) for x in (0, 2^32].
///
/// x / 2^32 = (1 + f) 2^e with 1 + f in [sqrt(1/2), sqrt(2)). The coefficients stand times -2, which changes no rounding.
/// Source: polynomial of Cephes `logf` (S. Moshier).
#[inline(always)]
fn minus_two_ln<F: Float>(x: F) -> F {
    const SQRT_HALF: u32 = 0x3f35_04f3;
    let above = x.to_bits().minus(F::Word::of(SQRT_HALF + (32 << 23)));
    let e = F::from_signed(above.sar::<23>());
    let f = F::from_bits((above & F::Word::of(0x7f_ffff)).plus(F::Word::of(SQRT_HALF))) - F::of(1.0);
    let z = f * f;
    // Neighbours in pairs, then pairs of pairs: a chain half as long as term after term.
    let z2 = z * z;
    let a = F::of(2.0 * 1.151_461_031_0e-1) * f - F::of(2.0 * 1.167_699_874_0e-1);
    let b = F::of(2.0 * 1.242_014_084_6e-1) * f - F::of(2.0 * 1.424_932_278_7e-1);
    let c = F::of(2.0 * 1.666_805_766_5e-1) * f - F::of(2.0 * 2.000_071_476_5e-1);
    let d = F::of(2.0 * 2.499_999_399_3e-1) * f - F::of(2.0 * 3.333_333_117_4e-1);
    let p = ((F::of(-2.0 * 7.037_683_629_2e-2) * z + a) * z + b) * z2 + (c * z + d);
    let y = p * f * z + F::of(2.0 * 2.121_944_40e-4) * e + z;
    // 2 f is exact, and so is ln 2 short of its lower bits times a small whole number.
    y.plus_exact(F::of(-2.0), f).plus_exact(F::of(-2.0 * 0.693_359_375), e)
}

/// Sine and cosine of 2 pi (word + 1/2 quadrant) / 2^32: two bits choose the quadrant, 24 the angle in [-pi/4, pi/4).
///
/// Source: polynomials of Cephes `sinf` and `cosf` (S. Moshier).
#[inline(always)]
pub fn sin_cos<F: Float>(word: F::Word) -> [F; 2] {
    let fraction = word.shl::<2>().shr::<8>().minus(F::Word::of(0x80_0000));
    let x = F::from_signed(fraction) * F::of(std::f32::consts::FRAC_PI_2 / 16_777_216.0);
    let z = x * x;
    let mut s = F::of(-1.951_529_589_1e-4) * z + F::of(8.332_160_873_6e-3);
    s = s * z - F::of(1.666_665_461_1e-1);
    s = s * z * x + x;
    let mut c = F::of(2.443_315_711_8e-5) * z - F::of(1.388_731_625_5e-3);
    c = c * z + F::of(4.166_664_568_3e-2);
    c = (c * z * z).plus_exact(F::of(-0.5), z) + F::of(1.0);
    // Bit 30 swaps the two; bit 31 is the sign of the sine, bit 31 xor bit 30 that of the cosine.
    let odd = word.shl::<1>();
    let [sin, cos] = [F::select(odd, c, s), F::select(odd, s, c)];
    let sign = F::Word::of(0x8000_0000);
    [F::from_bits(sin.to_bits() ^ (word & sign)), F::from_bits(cos.to_bits() ^ ((word ^ odd) & sign))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_against_f64() {
        let mut worst = [0.0f64; 2];
        for i in 0..400_000u32 {
            let word = i.wrapping_mul(0x9E37_79B9);
            let u = f64::from(uniform::<f32>(word)) / 4_294_967_296.0;
            if u < 0.99 {
                let minus_two_ln = f64::from(minus_two_ln(uniform::<f32>(word)));
                worst[0] = worst[0].max((minus_two_ln / (-2.0 * libm::log(u)) - 1.0).abs());
            }
            let quadrant = f64::from(word >> 30);
            let fraction = f64::from((word << 2) >> 8) - 8_388_608.0;
            let angle = std::f64::consts::FRAC_PI_2 * (quadrant + fraction / 16_777_216.0);
            let [s, c] = sin_cos::<f32>(word);
            worst[1] = worst[1].max((f64::from(s) - libm::sin(angle)).abs());
            worst[1] = worst[1].max((f64::from(c) - libm::cos(angle)).abs());
        }
        assert!(worst[0] < 4e-7, "ln: {}", worst[0]);
        assert!(worst[1] < 1.2e-7, "sin, cos: {}", worst[1]);
    }

    #[test]
    fn the_ends_are_finite_and_reach_6_7_sigma() {
        let far = normal_pair::<f32>(0, 0x2000_0000)[0].abs();
        assert!(far.is_finite() && far > 6.7, "{far}");
        assert_eq!(normal_pair::<f32>(u32::MAX, 0)[0].abs(), 0.0);
    }
}
