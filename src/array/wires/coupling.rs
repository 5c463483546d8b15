//! How strongly rows and columns hang together, which says how the iteration's steps are best weighed.

use super::Crossbar;
use super::lines::Factors;
use super::relax::larger;
use crate::compute::lanes::{Kernel, Lanes};

/// An upper bound of the largest eigenvalue of a step's matrix.
pub struct Coupling<'a> {
    pub crossbar: &'a Crossbar,
    pub columns: &'a Factors,
}

impl Kernel for Coupling<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<L: Lanes>(self) -> f64 {
        self.crossbar.bound_coupling(self.columns)
    }
}

impl Crossbar {
    /// An upper bound of the largest eigenvalue of a step's matrix B: max (B x)_i / x_i for any x > 0 (Collatz and Wielandt).
    /// Powers of B make it tight; each costs about as much as a step, so they end where one saves less than that, or where there are
    /// hardly steps to save.
    #[inline(always)]
    fn bound_coupling(&self, columns: &Factors) -> f64 {
        if self.row_wires.is_none() {
            return 0.0;
        }
        let mut x = vec![[1.0]; self.conductance.len()];
        let mut y = x.clone();
        // Rounding must not lift it to 1, where no step would help.
        let mut bound = 1.0 - 1e-12;
        loop {
            for ((y, x), g) in y.iter_mut().zip(&x).zip(&self.conductance) {
                y[0] = x[0] * g;
            }
            self.row_nodes(0, &[], &mut y);
            for (y, g) in y.iter_mut().zip(&self.conductance) {
                y[0] *= g;
            }
            columns.eliminate_columns(self.columns, &mut y);
            columns.substitute_columns(self.columns, &mut y);
            let tighter = largest_ratio(y.as_flattened(), x.as_flattened()).min(bound);
            let saved = n_steps(bound, self.error) - n_steps(tighter, self.error);
            bound = tighter;
            if saved < 1.0 || n_steps(bound, self.error) < FEW_STEPS {
                return bound;
            }
            std::mem::swap(&mut x, &mut y);
        }
    }
}

/// Of so few steps a further power does not save one.
const FEW_STEPS: f64 = 3.0;

/// About how many steps an iteration of that coupling takes to an error.
fn n_steps(coupling: f64, error: f64) -> f64 {
    let root = (1.0 - coupling).sqrt();
    // Without coupling the first step is the last.
    (error.ln() / ((1.0 - root) / (1.0 + root)).ln()).max(1.0)
}

/// The largest y / x, 0 where x is not above 0. Eight at a time, of which each keeps its own.
#[inline(always)]
fn largest_ratio(y: &[f64], x: &[f64]) -> f64 {
    let ratio = |y: f64, x: f64| if x > 0.0 { y / x } else { 0.0 };
    let ((y, y_rest), (x, x_rest)) = (y.as_chunks::<8>(), x.as_chunks::<8>());
    let mut largest = [0.0; 8];
    for (y, x) in y.iter().zip(x) {
        for k in 0..8 {
            largest[k] = larger(ratio(y[k], x[k]), largest[k]);
        }
    }
    let rest = y_rest.iter().zip(x_rest).map(|(&y, &x)| ratio(y, x));
    rest.chain(largest).fold(0.0, larger)
}
