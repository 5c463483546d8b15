//! Integration rules for the local terms: a few points whose weighted moments equal those of the distribution.

/// A point of a rule in units of one sigma per axis, and its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    pub at: Vec<f64>,
    pub weight: f64,
}

/// Rule of degree 5 for `n` independent standard normals, cross terms included: 2 n^2 + 1 points.
///
/// Source: McNamee and Stenger, Numer. Math. 10, 327 (1967), with generator sqrt(3). Weights of the axis points turn negative
/// above four axes.
pub fn normal_rule(n: usize) -> Vec<Point> {
    let root3 = 3.0f64.sqrt();
    let axes = n as f64;
    let mut points = vec![Point { at: vec![0.0; n], weight: (axes * axes - 7.0 * axes + 18.0) / 18.0 }];
    let mut push = |places: &[(usize, f64)], weight: f64| {
        let mut at = vec![0.0; n];
        places.iter().for_each(|&(axis, value)| at[axis] = value);
        points.push(Point { at, weight });
    };
    for i in 0..n {
        for a in [-root3, root3] {
            push(&[(i, a)], (4.0 - axes) / 18.0);
            for j in 0..i {
                for b in [-root3, root3] {
                    push(&[(i, a), (j, b)], 1.0 / 36.0);
                }
            }
        }
    }
    points.retain(|point| point.weight != 0.0);
    points
}

/// Three points of a symmetric distribution with the given second and fourth central moments; one point where it is a
/// constant. Exact to degree 5.
pub fn symmetric_rule(variance: f64, fourth: f64) -> Vec<(f64, f64)> {
    if variance == 0.0 {
        return vec![(0.0, 1.0)];
    }
    let a2 = fourth / variance;
    let weight = 0.5 * variance / a2;
    vec![(-a2.sqrt(), weight), (0.0, 1.0 - 2.0 * weight), (a2.sqrt(), weight)]
}

/// Nine equally likely points of a standard normal, for functions with a kink that the rules above would miss.
///
/// Derived: means of the nine slices of equal probability, scaled to variance 1 (test).
pub const SLICED_NORMAL: [f64; 9] =
    [-1.746_113, -0.999_444, -0.606_626, -0.290_118, 0.0, 0.290_118, 0.606_626, 0.999_444, 1.746_113];

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments of a product normal up to degree 5: 1, 0, 1, E x^4 = 3, E x^2 y^2 = 1, odd ones 0.
    #[test]
    fn normal_rule_has_the_moments_of_a_normal() {
        for n in 1..=6 {
            let rule = normal_rule(n);
            let mean = |f: &dyn Fn(&[f64]) -> f64| rule.iter().map(|p| p.weight * f(&p.at)).sum::<f64>();
            let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "n = {n}: {a} against {b}");
            close(mean(&|_| 1.0), 1.0);
            close(mean(&|x| x[0]), 0.0);
            close(mean(&|x| x[n - 1] * x[n - 1]), 1.0);
            close(mean(&|x| x[0].powi(4)), 3.0);
            if n > 1 {
                close(mean(&|x| x[0] * x[1]), 0.0);
                close(mean(&|x| (x[0] * x[n - 1]).powi(2)), 1.0);
            }
        }
    }

    #[test]
    fn symmetric_rule_has_the_moments_of_a_uniform() {
        let d = 0.7f64;
        let rule = symmetric_rule(d * d / 3.0, d.powi(4) / 5.0);
        let mean = |power: i32| rule.iter().map(|(x, w)| w * x.powi(power)).sum::<f64>();
        assert!((mean(0) - 1.0).abs() < 1e-15 && (mean(2) - d * d / 3.0).abs() < 1e-15);
        assert!((mean(4) - d.powi(4) / 5.0).abs() < 1e-15);
        assert_eq!(symmetric_rule(0.0, 0.0), [(0.0, 1.0)]);
    }

    #[test]
    fn sliced_normal_has_unit_variance() {
        let variance: f64 = SLICED_NORMAL.iter().map(|x| x * x).sum::<f64>() / 9.0;
        assert!((variance - 1.0).abs() < 1e-5, "{variance}");
    }
}
