//! Spatially correlated Gaussian fields on a wafer, drawn by circulant embedding.

use super::fft::{Complex, Fft};
use super::{FabError, correlation};
use crate::random::HostDraw;
use crate::spec::Kernel;

/// Share of variance that the embedding may lose to negative eigenvalues before a larger torus is tried.
const CLIPPED: f64 = 1e-5;
/// A correlation below this counts as none when the torus is sized.
const UNCORRELATED: f64 = 1e-7;
/// Largest torus, nodes a side.
const MOST_NODES: usize = 2048;
/// Draws fields of unit sd with one kernel and length on a square grid over the wafer.
///
/// Circulant embedding (Dietrich and Newsam, SIAM J. Sci. Comput. 18, 1997): on a torus large enough, the covariance matrix
/// is diagonal in Fourier space, so the nodes have exactly the kernel's covariance. The grid depends on the kernel and the
/// wafer alone, not on the product: the same wafer carries the same field under any die size.
#[derive(Clone, Debug)]
pub struct FieldSampler {
    fft: Fft,
    /// Nodes a side of the torus.
    size: usize,
    spacing_mm: f64,
    /// Nodes from the centre to the edge of the wafer.
    reach: usize,
    /// Square root of eigenvalue over number of nodes. Shape: `[size, size]`.
    amplitude: Vec<f64>,
}

impl FieldSampler {
    /// For a wafer of radius `radius_mm`; the spacing is an eighth of the length, within 1..=5 mm.
    ///
    /// # Errors
    /// A length that is not positive, or too long for the largest torus.
    pub fn new(kernel: Kernel, length_mm: f64, radius_mm: f64) -> Result<Self, FabError> {
        Self::with_spacing(kernel, length_mm, radius_mm, (length_mm / 8.0).clamp(1.0, 5.0))
    }

    /// With the spacing given (mm).
    ///
    /// # Errors
    /// As [`new`](Self::new), or a grid that is too fine for the radius.
    pub fn with_spacing(kernel: Kernel, length_mm: f64, radius_mm: f64, spacing_mm: f64) -> Result<Self, FabError> {
        let refuse = |allowed: &str| Err(FabError::value("field.length_mm", length_mm, allowed));
        if !(length_mm > 0.0 && length_mm.is_finite()) {
            return refuse("above 0");
        }
        let rho = |v_mm| correlation(kernel, v_mm, length_mm);
        let mut uncorrelated_mm = length_mm;
        while rho(uncorrelated_mm) > UNCORRELATED {
            uncorrelated_mm += length_mm;
        }
        // Two points of the wafer must be nearer to each other on the wafer than round the torus, or uncorrelated either way.
        let period_mm = 2.0 * radius_mm + uncorrelated_mm.min(2.0 * radius_mm) + 2.0 * spacing_mm;
        let needed = (period_mm / spacing_mm).ceil();
        if needed > MOST_NODES as f64 {
            return refuse("such that the wafer takes at most 2048 nodes a side");
        }
        let mut size = (needed as usize).next_power_of_two();
        while size <= MOST_NODES {
            let fft = Fft::new(size);
            if let Some(amplitude) = embed(&fft, size, |nodes| rho(nodes * spacing_mm)) {
                return Ok(Self { fft, size, spacing_mm, reach: (radius_mm / spacing_mm).ceil() as usize, amplitude });
            }
            size *= 2;
        }
        refuse("shorter: no torus of up to 2048 nodes a side can hold its covariance")
    }

    /// One field; `draw` names it.
    pub fn sample(&self, draw: &HostDraw) -> FieldMap {
        let node = |(index, amplitude): (usize, &f64)| -> Complex {
            if *amplitude == 0.0 {
                return [0.0; 2];
            }
            draw.normals(index as u32).map(|z| amplitude * z)
        };
        let mut torus: Vec<Complex> = self.amplitude.iter().enumerate().map(node).collect();
        self.fft.square(&mut torus);
        let side = 2 * self.reach + 1;
        // The node at the wafer's centre is the torus' origin; negative places lie at its far end.
        let wrap = |index: usize| (index + self.size - self.reach) % self.size;
        let value = |i: usize| torus[wrap(i / side) * self.size + wrap(i % side)][0];
        FieldMap { values: (0..side * side).map(value).collect(), side, spacing_mm: self.spacing_mm }
    }
}

/// Amplitudes of the torus' waves, or nothing if the kernel does not fit on it. `rho` takes a distance in nodes.
fn embed(fft: &Fft, size: usize, rho: impl Fn(f64) -> f64) -> Option<Vec<f64>> {
    let nodes = |index: usize| index.min(size - index) as f64;
    let covariance = |i: usize| {
        let (y, x) = (nodes(i / size), nodes(i % size));
        [rho((x * x + y * y).sqrt()), 0.0]
    };
    let mut spectrum: Vec<Complex> = (0..size * size).map(covariance).collect();
    fft.square(&mut spectrum);
    let (mut kept, mut clipped) = (0.0, 0.0);
    for [eigenvalue, _] in &spectrum {
        kept += eigenvalue.max(0.0);
        clipped -= eigenvalue.min(0.0);
    }
    if clipped > CLIPPED * kept {
        return None;
    }
    // Scaled so that the field's variance is 1 whatever was clipped.
    Some(spectrum.iter().map(|[eigenvalue, _]| (eigenvalue.max(0.0) / kept).sqrt()).collect())
}

/// A field over one wafer, unit sd.
#[derive(Clone, Debug)]
pub struct FieldMap {
    values: Vec<f64>,
    /// Nodes a side; odd, the wafer's centre in the middle.
    side: usize,
    spacing_mm: f64,
}

impl FieldMap {
    /// Value at a place: that of the nearest node.
    ///
    /// Interpolation would lower the variance between nodes and with it the variogram, by up to 17 % for a rough kernel and this
    /// spacing; the nearest node keeps the variance, and the variogram to 2 % from half a length on (`v28_variogram`).
    pub fn at(&self, x_mm: f64, y_mm: f64) -> f64 {
        self.values[self.node(y_mm) * self.side + self.node(x_mm)]
    }

    fn node(&self, mm: f64) -> usize {
        let last = self.side - 1;
        // A place that is no number casts to 0.
        (mm / self.spacing_mm + (last / 2) as f64).round().clamp(0.0, last as f64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{DieAddress, Stream};

    const KERNELS: [Kernel; 4] = [Kernel::Exponential, Kernel::Matern32, Kernel::Matern52, Kernel::Gaussian];

    fn draw(lot: u32) -> HostDraw {
        HostDraw::new(3, Stream::Process, DieAddress::wafer_level(lot, 1), "test/field")
    }

    /// Mean of half the squared difference at each lag, over many fields; places are off the grid's nodes.
    fn variogram(sampler: &FieldSampler, lags_mm: &[f64], n_fields: u32) -> Vec<f64> {
        let mut sums = vec![0.0; lags_mm.len()];
        let mut n = 0.0;
        for lot in 0..n_fields {
            let map = sampler.sample(&draw(lot));
            for k in 0..400 {
                // A golden-angle spiral of places and directions: no alignment with the grid.
                let (r, angle) = (70.0 * (f64::from(k) / 400.0).sqrt(), 2.399963 * f64::from(k));
                let (x, y, turn) = (r * angle.cos(), r * angle.sin(), 1.7 * f64::from(k));
                let here = map.at(x, y);
                for (sum, lag) in sums.iter_mut().zip(lags_mm) {
                    *sum += (here - map.at(x + lag * turn.cos(), y + lag * turn.sin())).powi(2) / 2.0;
                }
                n += 1.0;
            }
        }
        sums.iter().map(|sum| sum / n).collect()
    }

    /// True when each value is within `tolerance` (relative) of its expectation.
    fn agrees(found: &[f64], expected: &[f64], tolerance: f64) -> bool {
        found.iter().zip(expected).all(|(found, expected)| (found / expected - 1.0).abs() < tolerance)
    }

    /// physics.md V28: the empirical variogram follows 1 - rho within 5 %, from half a length up to three.
    #[test]
    fn v28_variogram() {
        for kernel in KERNELS {
            let length = 15.0;
            let sampler = FieldSampler::new(kernel, length, 116.0).unwrap();
            let lags = [0.5, 1.0, 2.0, 3.0].map(|lengths| lengths * length);
            let found = variogram(&sampler, &lags, 250);

            let expected = lags.map(|v| 1.0 - correlation(kernel, v, length));
            assert!(agrees(&found, &expected, 0.05), "{kernel:?}: {found:?} against {expected:?}");
            // The check must be able to fail: the same variogram against a kernel of half the length.
            let other = lags.map(|v| 1.0 - correlation(kernel, v, length / 2.0));
            assert!(!agrees(&found, &other, 0.05), "{kernel:?}");
        }
    }

    #[test]
    fn unit_variance_everywhere() {
        let sampler = FieldSampler::new(Kernel::Exponential, 20.0, 60.0).unwrap();
        let mut sums = [0.0; 4];
        let n_fields = 2000;
        for lot in 0..n_fields {
            let map = sampler.sample(&draw(lot));
            let at = [map.at(0.0, 0.0), map.at(20.0, -40.0), map.at(21.3, -41.1), map.at(0.0, 60.0)];
            for (sum, value) in sums.iter_mut().zip(at) {
                *sum += value * value;
            }
        }
        let tolerance = 4.0 * (2.0 / f64::from(n_fields)).sqrt();
        for sum in sums {
            assert!((sum / f64::from(n_fields) - 1.0).abs() < tolerance, "{sums:?}");
        }
    }

    /// Variance of the mean over a square of `nodes` x `nodes` nodes, given the covariance at a distance in nodes.
    fn mean_variance(nodes: usize, covariance: impl Fn(usize, usize) -> f64) -> f64 {
        let all = || (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b)));
        let pairs = all().flat_map(|p| all().map(move |q| (p, q)));
        let sum: f64 = pairs.map(|(p, q)| covariance(p.0.abs_diff(q.0), p.1.abs_diff(q.1))).sum();
        sum / (nodes as f64).powi(4)
    }

    /// physics.md V29: variance of the mean over a die of 7.07 mm, exponential kernel, within 3 %: sampled for the short
    /// lengths, and for all four from the covariance that the amplitudes imply.
    #[test]
    fn v29_die_mean_variance() {
        let side = 50f64.sqrt();
        for (length, expected, nodes, n_fields) in
            [(1.0, 0.0852, 20usize, 700), (5.0, 0.508, 10, 1500), (10.0, 0.702, 10, 0), (50.0, 0.930, 8, 0)]
        {
            let spacing = side / nodes as f64;
            let sampler = FieldSampler::with_spacing(Kernel::Exponential, length, 1.5 * side, spacing).unwrap();
            let mut spectrum: Vec<Complex> = sampler.amplitude.iter().map(|a| [a * a, 0.0]).collect();
            sampler.fft.square(&mut spectrum);
            let implied = mean_variance(nodes, |dy, dx| spectrum[dy * sampler.size + dx][0]);
            assert!((implied / expected - 1.0).abs() < 0.03, "l = {length} mm: {implied} against {expected}");

            let (mut sum2, mut n) = (0.0, 0.0);
            for lot in 0..n_fields {
                let map = sampler.sample(&draw(lot));
                for (i, j) in (-1..=1).flat_map(|i| (-1..=1).map(move |j| (f64::from(i), f64::from(j)))) {
                    let place = |die: f64, node: usize| die * side + (node as f64 - (nodes / 2) as f64) * spacing;
                    let all = (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b)));
                    let sum: f64 = all.map(|(a, b)| map.at(place(i, a), place(j, b))).sum();
                    sum2 += (sum / (nodes * nodes) as f64).powi(2);
                    n += 1.0;
                }
            }
            if n_fields > 0 {
                let sampled = sum2 / n;
                let tolerance = 4.0 * (2.0 / n).sqrt() * if length > 2.0 { 1.4 } else { 1.0 };
                assert!((sampled / expected - 1.0).abs() < tolerance, "l = {length} mm: {sampled} against {expected}");
            }
        }
    }

    #[test]
    fn fields_of_any_length_find_a_torus() {
        for kernel in KERNELS {
            for length in [1e-3, 1.0, 10.0, 40.0, 100.0, 150.0, 300.0] {
                let sampler = FieldSampler::new(kernel, length, 150.0).unwrap();
                assert!(sampler.size <= 1024, "{kernel:?} {length}: {}", sampler.size);
            }
        }
        for length in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(FieldSampler::new(Kernel::Gaussian, length, 150.0).is_err(), "{length}");
        }
        assert!(FieldSampler::with_spacing(Kernel::Gaussian, 10.0, 150.0, 0.01).is_err());
    }

    #[test]
    fn any_place_has_a_value() {
        let map = FieldSampler::new(Kernel::Matern52, 40.0, 150.0).unwrap().sample(&draw(0));
        for place in [f64::NAN, f64::INFINITY, -1e300, 150.0, -150.0] {
            let _ = map.at(place, 0.0);
            assert!(place.is_nan() || map.at(place, 0.0).is_finite(), "{place}");
        }
    }
}
