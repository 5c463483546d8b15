//! From the moments of a level's cells to the normal that kernels draw: bent, and bounded from below.

/// cell = max(floor, mean + sd (z + bend (z^2 - 1))), see [`crate::compute::Card`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shape {
    pub mean: f64,
    pub sd: f64,
    pub bend: f64,
    pub floor: Option<f64>,
}

/// Sigmas from the mean beyond which a bound is not felt: of 1e9 cells one would be beyond six.
const FAR: f64 = 6.0;
/// Sigmas within which a bound takes enough of the cells (2e-4) for their mean and sd to show it.
const NEAR: f64 = 3.5;
/// Skewness of a cell below which a plain normal stands for it: a column of 64 cells has an eighth of it left.
const PLAIN: f64 = 0.25;
/// Bend at which the quadratic turns back within 3.3 sigma: no steeper one is used.
const MOST_BEND: f64 = 0.15;

impl Shape {
    /// The shape with these moments. Near its floor a level is a normal with an atom there, whose mean and sd are matched;
    /// elsewhere the skewness is too, as far as the bend goes. Kurtosis is not: PCM cells of a seventh of the range whose drift
    /// differs much after a day reach 2.3 % further from the 0.1 to the 99.9 % point than their card does (exact path).
    pub fn new(mean: f64, sd: f64, skew: f64, floor: Option<f64>) -> Self {
        let plain = Self { mean, sd, bend: 0.0, floor: None };
        if sd <= 0.0 {
            return plain;
        }
        let floor = floor.filter(|floor| mean - floor < FAR * sd);
        match floor {
            Some(floor) if mean - floor < NEAR * sd => {
                Self { floor: Some(floor), ..rectified(mean - floor, sd, floor) }
            }
            None if skew.abs() < PLAIN => plain,
            _ => {
                let bend = bend_of(skew);
                Self { mean, sd: sd / (1.0 + 2.0 * bend * bend).sqrt(), bend, floor }
            }
        }
    }
}

/// Bend b of z + b (z^2 - 1) with skewness (6 b + 8 b^3)/(1 + 2 b^2)^1.5, which rises with b.
fn bend_of(skew: f64) -> f64 {
    let skewness = |b: f64| (6.0 * b + 8.0 * b * b * b) / libm::pow(1.0 + 2.0 * b * b, 1.5);
    let (mut low, mut high) = (0.0, MOST_BEND);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if skewness(middle) < skew.abs() { low = middle } else { high = middle }
    }
    (0.5 * (low + high)).copysign(skew)
}

/// Mean and sd of a normal of which max(0, .) has the given mean and sd; moved up by `floor`.
///
/// With t = m/s: E max = s (t Phi + phi), E max^2 = s^2 ((t^2 + 1) Phi + t phi). Their ratio E max^2/(E max)^2 falls with t.
fn rectified(mean: f64, sd: f64, floor: f64) -> Shape {
    let moments = |t: f64| {
        let density = libm::exp(-0.5 * t * t) / std::f64::consts::TAU.sqrt();
        let below = 0.5 * libm::erfc(-t * std::f64::consts::FRAC_1_SQRT_2);
        (t * below + density, (t * t + 1.0) * below + t * density)
    };
    let wanted = 1.0 + (sd / mean).powi(2);
    let (mut low, mut high) = (-8.0, FAR + 1.0);
    for _ in 0..60 {
        let t = 0.5 * (low + high);
        let (first, second) = moments(t);
        if second / (first * first) > wanted { low = t } else { high = t }
    }
    let t = 0.5 * (low + high);
    let s = mean / moments(t).0;
    Shape { mean: floor + t * s, sd: s, bend: 0.0, floor: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean, sd and skewness of a shape by the midpoint rule in z.
    fn moments(shape: &Shape) -> [f64; 3] {
        let n = 40_000;
        let value = |z: f64| {
            let x = shape.mean + shape.sd * (z + shape.bend * (z * z - 1.0));
            shape.floor.map_or(x, |floor| x.max(floor))
        };
        let weight = |z: f64| libm::exp(-0.5 * z * z);
        let z = |i: usize| -10.0 + 20.0 * (i as f64 + 0.5) / n as f64;
        let total: f64 = (0..n).map(|i| weight(z(i))).sum();
        let mean_of = |f: &dyn Fn(f64) -> f64| (0..n).map(|i| weight(z(i)) * f(value(z(i)))).sum::<f64>() / total;
        let mean = mean_of(&|x| x);
        let sd = mean_of(&|x| (x - mean).powi(2)).sqrt();
        [mean, sd, mean_of(&|x| (x - mean).powi(3)) / sd.powi(3)]
    }

    #[test]
    fn moments_are_met() {
        for (mean, sd, skew) in [(5.0, 0.1, 0.4), (5.0, 0.1, -0.7), (2.0, 0.2, 0.05)] {
            let [m, s, k] = moments(&Shape::new(mean, sd, skew, Some(0.0)));
            assert!((m / mean - 1.0).abs() < 1e-6 && (s / sd - 1.0).abs() < 1e-4, "{m} {s}");
            assert!((k - if skew.abs() < PLAIN { 0.0 } else { skew }).abs() < 1e-4, "{k} for {skew}");
        }
    }

    /// max(0, N(m, s)) is given back whatever is left of it.
    #[test]
    fn a_rectified_normal_is_found_again() {
        for t in [-1.0, 0.0, 0.5, 2.0, 4.0] {
            let given = Shape { mean: t * 0.3, sd: 0.3, bend: 0.0, floor: Some(0.0) };
            let [mean, sd, skew] = moments(&given);
            let found = Shape::new(mean, sd, skew, Some(0.0));
            assert!((found.mean - given.mean).abs() < 1e-4 && (found.sd - given.sd).abs() < 1e-4, "{t}: {found:?}");
        }
    }

    #[test]
    fn a_cell_that_does_not_vary_is_its_mean() {
        let shape = Shape::new(3.0, 0.0, 0.0, Some(0.0));
        assert_eq!(shape, Shape { mean: 3.0, sd: 0.0, bend: 0.0, floor: None });
    }
}
