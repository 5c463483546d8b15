//! The array test of one die: one draw of the cells, then for every variant product, conversion, errors, row.

use super::DieUnderTest;
use super::charges::Charges;
use super::converter::{ColumnDraws, Conversions, Converter, convert};
use super::draw::draw;
use super::pattern::{ExactGroup, Pattern};
use crate::compute::lanes::{Isa, Keys, LANES, Lanes};
use crate::compute::reduce::{ColumnErrors, Fit, array_row};
use crate::compute::{ArrayRow, Card};
use crate::random::Stream;

/// One die and one array, all variants.
pub struct DieTest<'a> {
    pub isa: Isa,
    pub pattern: &'a Pattern<'a>,
    pub die: DieUnderTest<'a>,
}

impl DieTest<'_> {
    /// One row for each variant.
    pub fn run(&self) -> Vec<ArrayRow> {
        let Self { isa, pattern, die } = *self;
        let job = pattern.job;
        let n_vectors = pattern.symbols.n_vectors();
        let mut charges = Charges::new(&die, pattern);
        let noise_keys = Keys::new(&die.address(Stream::Read, job.array));
        let mut noise = vec![[[0.0; LANES]; 2]; n_vectors.div_ceil(2)];
        let mut errors = vec![Vec::with_capacity(job.columns); die.cards.len()];
        let mut by_input = vec![[[0.0; LANES]; 2]; pattern.n_inputs];
        for (group, exact) in pattern.exact.iter().enumerate() {
            draw(isa, &noise_keys, group, 0, &mut noise);
            let draws = ColumnDraws::new(isa, &die, job.array, group, job.columns_per_converter);
            let n_columns = LANES.min(job.columns - group * LANES);
            let charges = charges.of_group(isa, group);
            for ((card, charges), errors) in die.cards.iter().zip(charges.chunks_exact(n_vectors)).zip(&mut errors) {
                let noise = noise.as_flattened();
                let by_input = &mut by_input;
                let work = Convert { pattern, exact, card, draws: &draws, charges, noise, by_input };
                errors.extend_from_slice(&convert(isa, &draws, &card.readout, work)[..n_columns]);
            }
        }
        errors.iter().map(|errors| array_row(pattern.n_inputs, &pattern.columns, errors)).collect()
    }
}

/// Converts all inputs of sixteen columns under one card and takes the errors of each column.
struct Convert<'a> {
    pattern: &'a Pattern<'a>,
    exact: &'a ExactGroup,
    card: &'a Card,
    draws: &'a ColumnDraws,
    charges: &'a [[f32; LANES]],
    noise: &'a [[f32; LANES]],
    /// Room for the static and the total error of each input.
    by_input: &'a mut [[[f32; LANES]; 2]],
}

impl Conversions for Convert<'_> {
    type Output = [ColumnErrors; LANES];

    #[inline(always)]
    fn run<L: Lanes, const UNEVEN: bool>(self, bit_weights: &[[f32; LANES]]) -> [ColumnErrors; LANES] {
        let Self { pattern, exact, .. } = self;
        let converter = Converter::<L>::new(self.card, pattern.job.bits_per_slice, self.draws, bit_weights);
        let steps = L::of(pattern.job.steps_per_code);
        let next = L::of((1u32 << pattern.job.bits_per_slice) as f32);
        let [mut total_ss, mut read_ss, mut max_abs, mut n_clipped] = [L::of(0.0); 4];
        let slices = self.charges.chunks_exact(pattern.n_slices).zip(self.noise.chunks_exact(pattern.n_slices));
        for (((charges, noise), x), [static_error, total_error]) in slices.zip(&exact.x).zip(&mut *self.by_input) {
            let [mut value, mut code, mut shift] = [L::of(0.0), L::of(0.0), L::of(1.0)];
            for (charge, z) in charges.iter().zip(noise) {
                let conversion = converter.convert::<UNEVEN>(L::load(charge), L::load(z));
                // A power of two times a number is exact.
                value = value.plus_exact(shift, conversion.value);
                code = code.plus_exact(shift, conversion.code);
                n_clipped = n_clipped + conversion.clipped;
                shift = shift * next;
            }
            let x = L::load(x);
            let (y_static, y) = (steps * value, steps * code);
            let (total, read) = (y - x, y - y_static);
            total_ss = total_ss + total * total;
            read_ss = read_ss + read * read;
            max_abs = max_abs.max(total.abs());
            (y_static - x).store(static_error);
            total.store(total_error);
        }
        let static_fit = fit::<L, 0>(self.by_input, &exact.from_mean, &exact.per_ss[1]);
        let total_fit = fit::<L, 1>(self.by_input, &exact.from_mean, &exact.per_ss[0]);
        let [total_ss, read_ss] = [to_array(total_ss), to_array(read_ss)];
        let [max_abs, n_clipped] = [to_array(max_abs), to_array(n_clipped)];
        std::array::from_fn(|lane| ColumnErrors {
            static_fit: static_fit[lane],
            total_fit: total_fit[lane],
            total_ss: total_ss[lane],
            read_ss: read_ss[lane],
            max_abs: max_abs[lane],
            n_clipped: n_clipped[lane],
        })
    }
}

/// Lines of sixteen columns through one of their errors: two passes for mean and slope, a third for the residual, so that nothing
/// cancels.
#[inline(always)]
fn fit<L: Lanes, const WHICH: usize>(
    errors: &[[[f32; LANES]; 2]],
    from_mean: &[[f32; LANES]],
    per_ss: &[f32; LANES],
) -> [Fit; LANES] {
    let mut sum = L::of(0.0);
    for e in errors {
        sum = sum + L::load(&e[WHICH]);
    }
    let mean = sum * L::of(1.0 / errors.len() as f32);
    let mut product = L::of(0.0);
    for (e, x) in errors.iter().zip(from_mean) {
        product = product + (L::load(&e[WHICH]) - mean) * L::load(x);
    }
    let slope = product * L::load(per_ss);
    let mut ss = L::of(0.0);
    for (e, x) in errors.iter().zip(from_mean) {
        let residual = L::load(&e[WHICH]) - mean - slope * L::load(x);
        ss = ss + residual * residual;
    }
    let [mean, slope, ss] = [to_array(mean), to_array(slope), to_array(ss)];
    std::array::from_fn(|lane| Fit { mean: mean[lane], slope: slope[lane], residual_ss: ss[lane] })
}

#[inline(always)]
fn to_array<L: Lanes>(lanes: L) -> [f32; LANES] {
    let mut array = [0.0; LANES];
    lanes.store(&mut array);
    array
}
