//! Integration rules for the local terms: a few points whose weighted moments equal those of the distribution.

/// A point of a rule and its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Axis and place on it, in units of one sigma; axes that are not named stay at 0.
    pub at: Vec<(usize, f64)>,
    pub weight: f64,
}

/// Rule of degree 5 for `n` independent standard normals, cross terms included: 2 n^2 + 1 points at most, the centre first.
///
/// Source: McNamee and Stenger, Numer. Math. 10, 327 (1967), with generator sqrt(3). Weights of the axis points are 0 for four
/// axes (left out) and negative above.
pub fn normal_rule(n: usize) -> Vec<Point> {
    let root3 = 3.0f64.sqrt();
    let axes = n as f64;
    let mut points = vec![Point { at: Vec::new(), weight: (axes * axes - 7.0 * axes + 18.0) / 18.0 }];
    for i in 0..n {
        for a in [-root3, root3] {
            points.push(Point { at: vec![(i, a)], weight: (4.0 - axes) / 18.0 });
            for j in 0..i {
                let pairs = [-root3, root3].map(|b| Point { at: vec![(i, a), (j, b)], weight: 1.0 / 36.0 });
                points.extend(pairs);
            }
        }
    }
    points.retain(|point| point.weight != 0.0);
    points
}

/// Rule for `n` independent standard normals that is exact to degree 5 along each axis and leaves cross terms out: 2 n + 1
/// points, the centre first, with a negative weight above three axes.
pub fn star_rule(n: usize) -> Vec<Point> {
    let root3 = 3.0f64.sqrt();
    let mut points = vec![Point { at: Vec::new(), weight: 1.0 - n as f64 / 3.0 }];
    points.extend((0..n).flat_map(|i| [-root3, root3].map(|a| Point { at: vec![(i, a)], weight: 1.0 / 6.0 })));
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

/// Points of one standard normal for a function that is smooth on both sides of `kink`.
///
/// Simpson's rule on either side, out to six sigma.
pub fn split_normal(kink: f64) -> Vec<(f64, f64)> {
    const INTERVALS: usize = 32;
    const END: f64 = 6.0;
    let kink = kink.clamp(-END, END);
    let mut points = Vec::with_capacity(2 * INTERVALS + 2);
    for (from, to) in [(-END, kink), (kink, END)] {
        let step = (to - from) / INTERVALS as f64;
        for i in 0..=INTERVALS {
            let simpson = if i == 0 || i == INTERVALS { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
            let u = from + step * i as f64;
            let weight = step * simpson / 3.0 * libm::exp(-0.5 * u * u);
            if weight > 0.0 {
                points.push((u, weight));
            }
        }
    }
    let total: f64 = points.iter().map(|(_, weight)| weight).sum();
    points.iter_mut().for_each(|(_, weight)| *weight /= total);
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments of a product normal up to degree 5: 1, 0, 1, E x^4 = 3, E x^2 y^2 = 1, odd ones 0.
    #[test]
    fn rules_have_the_moments_of_a_normal() {
        for (n, crossed) in (0..=6).flat_map(|n| [(n, true), (n, false)]) {
            let rule = if crossed { normal_rule(n) } else { star_rule(n) };
            assert_eq!(rule[0].at, []);
            let place = |point: &Point, axis: usize| point.at.iter().filter(|p| p.0 == axis).map(|p| p.1).sum::<f64>();
            let mean = |powers: &[(usize, i32)]| {
                let value = |p: &Point| powers.iter().map(|&(axis, power)| place(p, axis).powi(power)).product::<f64>();
                rule.iter().map(|p| p.weight * value(p)).sum::<f64>()
            };
            let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "n = {n}: {a} against {b}");
            close(mean(&[]), 1.0);
            if n > 0 {
                close(mean(&[(0, 1)]), 0.0);
                close(mean(&[(n - 1, 2)]), 1.0);
                close(mean(&[(0, 4)]), 3.0);
            }
            if n > 1 {
                close(mean(&[(0, 1), (1, 1)]), 0.0);
                close(mean(&[(0, 2), (n - 1, 2)]), if crossed { 1.0 } else { 0.0 });
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

    /// E min(u, k) = k (1 - Phi(k)) - phi(k), E min(u, k)^2 = k^2 (1 - Phi(k)) + Phi(k) - k phi(k).
    #[test]
    fn split_normal_integrates_a_clipped_normal() {
        for kink in [-7.0, -2.0, 0.0, 1.3, 5.9, 100.0] {
            let mean = |f: &dyn Fn(f64) -> f64| split_normal(kink).iter().map(|&(u, w)| w * f(u)).sum::<f64>();
            let density = (-0.5 * kink * kink).exp() / std::f64::consts::TAU.sqrt();
            let below = 0.5 * libm::erfc(-kink / 2.0f64.sqrt());
            let above = if kink > 50.0 { 0.0 } else { 1.0 - below };
            let first = kink * above - density;
            let second = kink * kink * above + below - kink * density;
            assert!((mean(&|u| u.min(kink)) - first).abs() < 2e-5, "{kink}: {first}");
            assert!((mean(&|u| u.min(kink).powi(2)) - second).abs() < 1e-4, "{kink}: {second}");
        }
    }
}
