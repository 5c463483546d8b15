//! What a step does to the nodes of one row.

use std::ops::Range;

/// Substitution, weights and what is sent into the rows, for the nodes of one row.
pub struct Relax<'a, const N: usize> {
    pub pivot: &'a [f64],
    pub carry: &'a [f64],
    pub conductance: &'a [f64],
    pub f: &'a [[f64; N]],
    pub now: &'a [[f64; N]],
    /// In: voltages before the last step; out: the next ones.
    pub former: &'a mut [[f64; N]],
    /// In: the columns' solution in the row below; out: in this one.
    pub below: &'a mut [[f64; N]],
    pub sent: &'a mut [[f64; N]],
}

impl<const N: usize> Relax<'_, N> {
    /// `weights`: of the middle of the eigenvalues, and of the step. `changes`: raised to each lane's largest change (V).
    #[inline(always)]
    pub fn run(mut self, weights: [f64; 2], changes: &mut [f64; N]) {
        // Where a column is one number, several at a time: each keeps its own largest change, so that none waits for another.
        const TOGETHER: usize = 8;
        let n = self.now.len();
        let together = if N == 1 { n / TOGETHER * TOGETHER } else { 0 };
        self.columns::<TOGETHER>(0..together, weights, changes);
        self.columns::<1>(together..n, weights, changes);
    }

    /// `C` columns at a time.
    #[inline(always)]
    fn columns<const C: usize>(&mut self, places: Range<usize>, [middle, weight]: [f64; 2], changes: &mut [f64; N]) {
        let [pivot, carry, conductance] =
            [self.pivot, self.carry, self.conductance].map(|fixed| fixed[places.clone()].as_chunks::<C>().0);
        let [f, now] = [self.f, self.now].map(|given| given[places.clone()].as_chunks::<C>().0);
        let [former, below, sent] =
            [&mut self.former, &mut self.below, &mut self.sent].map(|kept| kept[places.clone()].as_chunks_mut::<C>().0);
        let fixed = pivot.iter().zip(carry).zip(conductance);
        let kept = former.iter_mut().zip(below).zip(sent);
        let mut change = [[0.0; N]; C];
        for ((((pivot, carry), g), (f, now)), ((former, below), sent)) in fixed.zip(f.iter().zip(now)).zip(kept) {
            // Into copies first, so that the compiler sees that all are independent.
            let [mut here, mut next, mut out] = [[[0.0; N]; C]; 3];
            for k in 0..C {
                for lane in 0..N {
                    here[k][lane] = pivot[k] * f[k][lane] + carry[k] * below[k][lane];
                    let (now, before) = (now[k][lane], former[k][lane]);
                    let step = here[k][lane] - now;
                    next[k][lane] = before + weight * (middle * step + now - before);
                    out[k][lane] = g[k] * next[k][lane];
                    change[k][lane] = larger(step.abs(), change[k][lane]);
                }
            }
            (*below, *former, *sent) = (here, next, out);
        }
        for change in change {
            changes.iter_mut().zip(change).for_each(|(most, change)| *most = larger(change, *most));
        }
    }
}

/// The larger of two numbers that are no NaN: one instruction, which `f64::max` is not.
#[inline(always)]
pub fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}
