//! Weights as signed codes with one scale per layer, chosen for the least squared error.

/// Clipping ranges that are tried: fractions 1/N .. 1 of the largest weight.
const N_RANGES: u32 = 100;

/// The weights of a layer as codes.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantisedWeights {
    /// |code| <= 2^(bits-1) - 1. Shape: that of the weights.
    pub codes: Vec<i8>,
    /// Real value of one weight step.
    pub scale: f64,
}

impl QuantisedWeights {
    /// Codes of `bits` (2..=7, with sign) whose values are nearest to the weights.
    ///
    /// scale = range / (2^(bits-1) - 1), code = clamp(round(weight / scale)), ties to even; of the ranges tried, the one with
    /// the least sum of squared errors, the smallest of equals. Clipping a few large weights buys finer steps for all others.
    pub fn of_least_error(weights: &[f64], bits: u32) -> Self {
        let n_steps = f64::from((1u32 << (bits - 1)) - 1);
        let largest = weights.iter().fold(0.0f64, |largest, weight| largest.max(weight.abs()));
        if largest == 0.0 {
            return Self { codes: vec![0; weights.len()], scale: 1.0 };
        }
        let code = |weight: f64, scale: f64| (weight / scale).round_ties_even().clamp(-n_steps, n_steps);
        let mut best = (f64::INFINITY, largest / n_steps);
        for k in 1..=N_RANGES {
            let scale = largest * f64::from(k) / f64::from(N_RANGES) / n_steps;
            let error = weights.iter().fold(0.0, |sum, &weight| {
                let error = code(weight, scale) * scale - weight;
                sum + error * error
            });
            if error < best.0 {
                best = (error, scale);
            }
        }
        Self { codes: weights.iter().map(|&weight| code(weight, best.1) as i8).collect(), scale: best.1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_on_the_grid_are_kept() {
        let weights: Vec<f64> = (-7..=7).map(|code| f64::from(code) * 0.25).collect();
        let quantised = QuantisedWeights::of_least_error(&weights, 4);
        assert_eq!(quantised.codes, (-7..=7).collect::<Vec<i8>>());
        assert_eq!(quantised.scale, 0.25);
    }

    #[test]
    fn an_outlier_is_clipped_when_that_serves_the_rest() {
        let mut weights: Vec<f64> = (0..1000).map(|i| f64::from(i % 21 - 10) * 0.01).collect();
        weights.push(0.4);
        let quantised = QuantisedWeights::of_least_error(&weights, 3);
        assert!(quantised.scale < 0.4 / 3.0 * 0.6, "{}", quantised.scale);
        assert_eq!(quantised.codes[1000], 3);
    }

    #[test]
    fn the_error_is_that_of_uniform_steps_for_uniform_weights() {
        let weights: Vec<f64> = (0..10_001).map(|i| f64::from(i) / 5_000.0 - 1.0).collect();
        for bits in 2..=7 {
            let quantised = QuantisedWeights::of_least_error(&weights, bits);
            let square = |(&w, &c): (&f64, &i8)| (f64::from(c) * quantised.scale - w).powi(2);
            let rms = (weights.iter().zip(&quantised.codes).map(square).sum::<f64>() / 10_001.0).sqrt();
            // Uniform weights on n steps of size s at best spread evenly within half a step: s / sqrt(12), s = 2 / (n + 1).
            let best = 2.0 / f64::from((1u32 << bits) - 1) / 12f64.sqrt();
            assert!((0.99..1.05).contains(&(rms / best)), "{bits} bits: {rms} against {best}");
        }
    }

    #[test]
    fn zero_weights_and_extreme_ones_are_answered() {
        assert_eq!(QuantisedWeights::of_least_error(&[0.0; 3], 4).codes, [0; 3]);
        assert_eq!(QuantisedWeights::of_least_error(&[1e12, -1e12], 2).codes, [1, -1]);
        assert_eq!(QuantisedWeights::of_least_error(&[5e-324], 7).codes.len(), 1);
    }
}
