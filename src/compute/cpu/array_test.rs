//! The array test of one die: one draw of the cells, then for every variant product, conversion, errors, row.

use super::DieUnderTest;
use super::array_row::{Fits, GroupErrors, Reduce};
use super::charges::Charges;
use super::converter::{ColumnDraws, Conversions, Converter, convert};
use super::draw::draw;
use super::pattern::{ExactGroup, Pattern};
use crate::compute::lanes::{Isa, Keys, LANES, Lanes};
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
        let [noise_keys, column_keys] =
            [Stream::Read, Stream::Column].map(|stream| Keys::new(&die.address(stream, job.array)));
        let mut noise = vec![[[0.0; LANES]; 2]; n_vectors.div_ceil(2)];
        let n_groups = pattern.exact.len();
        // Shape: `[variant, group]`.
        let mut errors: Vec<GroupErrors> = bytemuck::zeroed_vec(die.cards.len() * n_groups);
        let mut by_input = vec![[[0.0; LANES]; 2]; pattern.n_inputs];
        for (group, exact) in pattern.exact.iter().enumerate() {
            draw(isa, &noise_keys, group, 0, &mut noise);
            let draws = ColumnDraws::new(isa, &column_keys, die.cards, group, job.columns_per_converter);
            let n_columns = LANES.min(job.columns - group * LANES);
            let charges = charges.of_group(isa, group);
            let errors = errors[group..].iter_mut().step_by(n_groups);
            for ((card, charges), errors) in die.cards.iter().zip(charges.chunks_exact(n_vectors)).zip(errors) {
                let noise = noise.as_flattened();
                let by_input = &mut by_input;
                let work = Convert { pattern, exact, card, draws: &draws, charges, noise, by_input, errors };
                convert(isa, &draws, &card.readout, work);
                errors.keep(n_columns);
            }
        }
        let row = |errors| isa.run(Reduce { reduction: &pattern.reduction, errors });
        errors.chunks_exact(n_groups).map(row).collect()
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
    errors: &'a mut GroupErrors,
}

impl Conversions for Convert<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes, const UNEVEN: bool>(self, bit_weights: &[[f32; LANES]]) {
        let Self { pattern, exact, errors, .. } = self;
        let converter = Converter::<L>::new(self.card, pattern.job.bits_per_slice, self.draws, bit_weights);
        let steps = L::of(pattern.job.steps_per_code);
        let next = L::of((1u32 << pattern.job.bits_per_slice) as f32);
        let [mut total_ss, mut read_ss, mut max_abs, mut n_clipped] = [L::of(0.0); 4];
        let slices = self.charges.chunks_exact(pattern.n_slices).zip(self.noise.chunks_exact(pattern.n_slices));
        for (((charges, noise), x), [static_error, total_error]) in slices.zip(&exact.x).zip(&mut *self.by_input) {
            let [mut value, mut code, mut shift] = [L::of(0.0), L::of(0.0), L::of(1.0)];
            for (charge, z) in charges.iter().zip(noise) {
                let conversion = converter.convert::<UNEVEN>(L::load(charge), L::load(z), &mut n_clipped);
                // A power of two times a number is exact.
                value = value.plus_exact(shift, conversion.value);
                code = code.plus_exact(shift, conversion.code);
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
        fit::<L>(self.by_input, exact, [&mut errors.static_fits, &mut errors.total_fits]);
        total_ss.store(&mut errors.total_ss);
        read_ss.store(&mut errors.read_ss);
        max_abs.store(&mut errors.max_abs);
        n_clipped.store(&mut errors.n_clipped);
    }
}

/// Lines of sixteen columns through their static and their total errors: two passes for mean and slope, a third for the residual, so that
/// nothing cancels. Side by side, for a sum waits for the one before.
#[inline(always)]
fn fit<L: Lanes>(errors: &[[[f32; LANES]; 2]], exact: &ExactGroup, fits: [&mut Fits; 2]) {
    let [mut means, mut slopes, mut ss] = [[L::of(0.0); 2]; 3];
    for errors in errors {
        for (sum, e) in means.iter_mut().zip(errors) {
            *sum = *sum + L::load(e);
        }
    }
    for mean in &mut means {
        *mean = *mean * L::of(1.0 / errors.len() as f32);
    }
    for (errors, x) in errors.iter().zip(&exact.from_mean) {
        for ((product, e), &mean) in slopes.iter_mut().zip(errors).zip(&means) {
            *product = *product + (L::load(e) - mean) * L::load(x);
        }
    }
    for (slope, per_ss) in slopes.iter_mut().zip(&exact.per_ss) {
        *slope = *slope * L::load(per_ss);
    }
    for (errors, x) in errors.iter().zip(&exact.from_mean) {
        for (((ss, e), &mean), &slope) in ss.iter_mut().zip(errors).zip(&means).zip(&slopes) {
            let residual = L::load(e) - mean - slope * L::load(x);
            *ss = *ss + residual * residual;
        }
    }
    for (i, fits) in fits.into_iter().enumerate() {
        means[i].store(&mut fits.mean);
        slopes[i].store(&mut fits.slope);
        ss[i].store(&mut fits.residual_ss);
    }
}
