//! Components of variance of a balanced nested design: lots, wafers in lots, dies in wafers.

/// Variances of the three levels, outermost first, each with its standard error. Estimates may be negative: they are unbiased.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Components {
    pub outer: f64,
    pub middle: f64,
    pub inner: f64,
    pub outer_error: f64,
    pub middle_error: f64,
    pub inner_error: f64,
}

/// Components of `values[outer][middle][inner]`. Every list must have the length of the first of its kind and at least two
/// entries; others give NaN.
pub fn nested_components(values: &[Vec<Vec<f64>>]) -> Components {
    let sizes =
        [values.len(), values.first().map_or(0, Vec::len), values.first().and_then(|v| v.first()).map_or(0, Vec::len)];
    let [a, b, n] = sizes;
    let balanced = values.iter().all(|v| v.len() == b && v.iter().all(|w| w.len() == n));
    if !balanced || sizes.iter().any(|&size| size < 2) {
        return components_of([f64::NAN; 3], [2; 3]);
    }
    let mean = |values: &mut dyn Iterator<Item = f64>, n: usize| values.sum::<f64>() / n as f64;
    let middle: Vec<Vec<f64>> =
        values.iter().map(|v| v.iter().map(|w| mean(&mut w.iter().copied(), n)).collect()).collect();
    let outer: Vec<f64> = middle.iter().map(|v: &Vec<f64>| mean(&mut v.iter().copied(), b)).collect();
    let grand = mean(&mut outer.iter().copied(), a);
    let (mut ss_outer, mut ss_middle, mut ss_inner) = (0.0, 0.0, 0.0);
    for (i, lot) in values.iter().enumerate() {
        ss_outer += (outer[i] - grand).powi(2);
        for (j, wafer) in lot.iter().enumerate() {
            ss_middle += (middle[i][j] - outer[i]).powi(2);
            ss_inner += wafer.iter().map(|x| (x - middle[i][j]).powi(2)).sum::<f64>();
        }
    }
    let [a_, b_, n_] = sizes.map(|size| size as f64);
    let squares =
        [ss_outer * b_ * n_ / (a_ - 1.0), ss_middle * n_ / (a_ * (b_ - 1.0)), ss_inner / (a_ * b_ * (n_ - 1.0))];
    components_of(squares, sizes)
}

/// Components from the mean squares of `[outer, middle, inner]` with so many outer units, middle units in each and inner ones in
/// each of those.
///
/// E MS_inner = v_i, E MS_middle = v_i + n v_m, E MS_outer = v_i + n v_m + n b v_o; Var(MS) = 2 MS^2 / df. Source: Searle,
/// Casella, McCulloch, "Variance Components", 1992, ch. 4.
pub fn components_of([outer, middle, inner]: [f64; 3], sizes: [usize; 3]) -> Components {
    let [a, b, n] = sizes.map(|size| size as f64);
    let variance = |square: f64, freedom: f64| 2.0 * square * square / freedom;
    let (v_outer, v_middle, v_inner) =
        (variance(outer, a - 1.0), variance(middle, a * (b - 1.0)), variance(inner, a * b * (n - 1.0)));
    Components {
        outer: (outer - middle) / (b * n),
        middle: (middle - inner) / n,
        inner,
        outer_error: (v_outer + v_middle).sqrt() / (b * n),
        middle_error: (v_middle + v_inner).sqrt() / n,
        inner_error: v_inner.sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST/SEMATECH e-Handbook, furnace case study: 21 runs, 4 positions, 2 sites.
    #[test]
    fn v26_published_components() {
        let found = components_of([3072.11, 571.659, 120.893], [21, 4, 2]);
        for (value, expected) in [(found.outer, 312.557), (found.middle, 225.383), (found.inner, 120.893)] {
            assert!((value - expected).abs() < 1e-3, "{value} for {expected}");
        }
    }

    /// Two lots of two wafers of two dies, by hand.
    #[test]
    fn by_hand() {
        let values = vec![vec![vec![1.0, 3.0], vec![5.0, 7.0]], vec![vec![9.0, 11.0], vec![13.0, 15.0]]];
        let found = nested_components(&values);
        // Wafer means 2, 6, 10, 14; lot means 4, 12; MS 128, 16, 2.
        assert_eq!((found.outer, found.middle, found.inner), (28.0, 7.0, 2.0));
    }

    #[test]
    fn an_unbalanced_design_has_no_answer() {
        let values = vec![vec![vec![1.0, 3.0], vec![5.0, 7.0]], vec![vec![9.0, 11.0], vec![13.0]]];
        assert!(nested_components(&values).inner.is_nan());
        assert!(nested_components(&[]).inner.is_nan());
    }
}
