//! A radix-2 Fourier transform in f64, in one fixed order of operations: the same bits on every machine.

use std::f64::consts::TAU;

/// Complex number: real, imaginary.
pub(super) type Complex = [f64; 2];

/// Transforms of one power-of-two length.
#[derive(Clone, Debug)]
pub(super) struct Fft {
    n: usize,
    /// exp(-2 pi i k / n) for k < n/2.
    twiddle: Vec<Complex>,
}

impl Fft {
    /// `n` is rounded up to a power of two.
    pub(super) fn new(n: usize) -> Self {
        let n = n.next_power_of_two();
        let twiddle = (0..n / 2).map(|k| {
            let (sin, cos) = libm::sincos(-TAU * k as f64 / n as f64);
            [cos, sin]
        });
        Self { n, twiddle: twiddle.collect() }
    }

    /// Forward transform of each row, then of each column. Shape: `[n, n]`.
    pub(super) fn square(&self, data: &mut [Complex]) {
        for row in data.chunks_exact_mut(self.n) {
            self.line(row);
        }
        let mut column = vec![[0.0; 2]; self.n];
        for x in 0..self.n {
            for (y, value) in column.iter_mut().enumerate() {
                *value = data[y * self.n + x];
            }
            self.line(&mut column);
            for (y, value) in column.iter().enumerate() {
                data[y * self.n + x] = *value;
            }
        }
    }

    /// Forward transform in place (Cooley and Tukey, decimation in time). Shape: `[n]`.
    fn line(&self, data: &mut [Complex]) {
        let n = self.n;
        if n < 2 {
            return;
        }
        let shift = usize::BITS - n.trailing_zeros();
        for i in 0..n {
            let j = i.reverse_bits() >> shift;
            if i < j {
                data.swap(i, j);
            }
        }
        let mut half = 1;
        while half < n {
            let stride = n / (2 * half);
            for block in data.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let [c, s] = self.twiddle[k * stride];
                    let t = [b[0] * c - b[1] * s, b[0] * s + b[1] * c];
                    *b = [a[0] - t[0], a[1] - t[1]];
                    *a = [a[0] + t[0], a[1] + t[1]];
                }
            }
            half *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the defining sum.
    #[test]
    fn equals_the_direct_sum() {
        let n = 16;
        let value = |y: usize, x: usize| [(y * 7 + x * 3 % 5) as f64 - 20.0, (x * x + y) as f64 / 9.0];
        let mut data: Vec<Complex> = (0..n * n).map(|i| value(i / n, i % n)).collect();
        Fft::new(n).square(&mut data);
        for (ky, kx) in [(0, 0), (1, 0), (0, 1), (3, 5), (15, 8), (8, 15)] {
            let mut sum = [0.0; 2];
            for y in 0..n {
                for x in 0..n {
                    let (s, c) = (-TAU * ((ky * y + kx * x) % n) as f64 / n as f64).sin_cos();
                    let v = value(y, x);
                    sum = [sum[0] + v[0] * c - v[1] * s, sum[1] + v[0] * s + v[1] * c];
                }
            }
            let found = data[ky * n + kx];
            assert!((found[0] - sum[0]).abs() < 1e-9 && (found[1] - sum[1]).abs() < 1e-9, "{ky} {kx}");
        }
    }

    #[test]
    fn length_one_is_the_identity() {
        let mut data = [[3.0, -2.0]];
        Fft::new(1).square(&mut data);
        assert_eq!(data, [[3.0, -2.0]]);
    }
}
