//! Charges of a group of columns drawn themselves, for all variants of a die: see `compute::outputs`.

use super::DieUnderTest;
use super::draw::draw;
use super::levels::{Coefficients, EIGHT};
use crate::compute::MAX_LEVELS;
use crate::compute::address::output_blocks;
use crate::compute::lanes::{Isa, Kernel, Keys, LANES, Lanes, Line};
use crate::compute::outputs::{LevelOutputs, triangle};
use crate::random::Stream;

/// The outputs of a die's array, group by group.
pub struct OutputDraws<'a> {
    pattern: &'a LevelOutputs,
    keys: Keys,
    /// Normals, each level's vectors filled up to whole blocks. Shape: `[level][pair of vectors][2, lane]`.
    z: Vec<[[f32; LANES]; 2]>,
    /// Shape: `[level][vector]`.
    b: Vec<Line>,
    /// Eight variants each.
    coefficients: Vec<Coefficients>,
    /// Shape: `[variant, vector, lane]`.
    charges: Vec<[f32; LANES]>,
}

impl<'a> OutputDraws<'a> {
    pub fn new(die: &DieUnderTest, array: u32, pattern: &'a LevelOutputs, coefficients: Vec<Coefficients>) -> Self {
        let LevelOutputs { n_levels, n_vectors, .. } = *pattern;
        Self {
            pattern,
            keys: Keys::new(&die.address(Stream::Output, array)),
            z: vec![[[0.0; LANES]; 2]; 2 * n_levels * output_blocks(n_vectors)],
            b: vec![Line::default(); n_levels * n_vectors],
            coefficients,
            charges: vec![[0.0; LANES]; die.cards.len() * n_vectors],
        }
    }

    /// Charges of a group of columns. Shape: `[variant, vector, lane]`.
    pub fn charges(&mut self, isa: Isa, group: usize) -> &[[f32; LANES]] {
        let LevelOutputs { n_levels, n_vectors, nominal, factor } = self.pattern;
        draw(isa, &self.keys, group, 0, &mut self.z);
        let of_group = |lines: &'a [Line], n: usize| &lines[group * n_levels * n..][..n_levels * n];
        let factor = of_group(factor, triangle(*n_vectors));
        isa.run(Correlate { n_vectors: *n_vectors, factor, z: self.z.as_flattened(), b: &mut self.b });
        let a = of_group(nominal, *n_vectors);
        for (coefficients, charges) in self.coefficients.iter().zip(self.charges.chunks_mut(EIGHT * n_vectors)) {
            isa.run(Combine { n_vectors: *n_vectors, a, b: &self.b, coefficients, charges });
        }
        &self.charges
    }
}

/// B = L z of every level.
struct Correlate<'a> {
    n_vectors: usize,
    factor: &'a [Line],
    z: &'a [[f32; LANES]],
    b: &'a mut [Line],
}

impl Kernel for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let z = self.z.chunks_exact(4 * output_blocks(self.n_vectors));
        let mut factor = self.factor.iter();
        for (z, b) in z.zip(self.b.chunks_exact_mut(self.n_vectors)) {
            for (vector, b) in b.iter_mut().enumerate() {
                let mut sum = L::of(0.0);
                for (z, factor) in z[..=vector].iter().zip(&mut factor) {
                    sum = L::load(&factor.0).mul_add(L::load(z), sum);
                }
                sum.store(&mut b.0);
            }
        }
    }
}

/// Charges under up to eight cards, levels ascending.
struct Combine<'a> {
    n_vectors: usize,
    /// Both of shape `[level][vector]`.
    a: &'a [Line],
    b: &'a [Line],
    coefficients: &'a Coefficients,
    /// Shape: `[variant, vector, lane]`.
    charges: &'a mut [[f32; LANES]],
}

impl Kernel for Combine<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let levels: [u8; MAX_LEVELS] = std::array::from_fn(|level| level as u8);
        for vector in 0..self.n_vectors {
            let lines = self.a[vector..].iter().zip(&self.b[vector..]).step_by(self.n_vectors);
            let mut charges = [Line::default(); EIGHT];
            self.coefficients.charges::<L>(lines.zip(&levels), &mut charges);
            let of_variants = self.charges[vector..].iter_mut().step_by(self.n_vectors);
            of_variants.zip(charges).for_each(|(to, charge)| *to = charge.0);
        }
    }
}
