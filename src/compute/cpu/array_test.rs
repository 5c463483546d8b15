//! The array test of one die: one draw of the cells, then for every variant product, conversion, errors, row.

use super::DieUnderTest;
use super::cells::{CellTable, PANEL_ROWS, PackedWeights};
use super::converter::{ColumnDraws, Converter};
use super::draw::draw;
use super::inputs::{EffectiveInputs, Packed};
use super::product::add_product;
use crate::compute::lanes::{Kernel, Keys, LANES, Lanes};
use crate::compute::reduce::{ColumnErrors, ColumnExact, Fit, array_row};
use crate::compute::{ArrayJob, ArrayRow};
use crate::random::Stream;

/// What all dies share: the job, packed for the kernel, and its exact integer products.
pub struct Pattern<'a> {
    job: &'a ArrayJob,
    n_slices: usize,
    n_inputs: usize,
    weights: PackedWeights,
    symbols: Packed<u8>,
    exact: Vec<ExactGroup>,
    columns: Vec<ColumnExact>,
}

/// Exact results of sixteen columns, as the kernel needs them.
struct ExactGroup {
    /// Shape: `[input, lane]`.
    x: Vec<[f32; LANES]>,
    /// x less the column's mean. Shape: `[input, lane]`.
    from_mean: Vec<[f32; LANES]>,
    /// 1 / sum of squares of `from_mean`; 0 where the total error has no line, and where the static error has none.
    per_ss: [[f32; LANES]; 2],
}

impl<'a> Pattern<'a> {
    pub fn new(job: &'a ArrayJob) -> Self {
        let (n_slices, n_inputs) = (job.n_slices(), job.n_inputs());
        let exact = exact_products(job);
        let columns: Vec<_> = exact.chunks_exact(n_inputs).map(ColumnExact::new).collect();
        let groups = exact.chunks(LANES * n_inputs).zip(columns.chunks(LANES));
        Self {
            job,
            n_slices,
            n_inputs,
            weights: PackedWeights::new(&job.weights, job.rows, job.columns),
            symbols: Packed::symbols(&job.inputs, job.rows, n_slices, job.bits_per_slice),
            exact: groups.map(|(exact, columns)| ExactGroup::new(exact, columns, n_inputs)).collect(),
            columns,
        }
    }
}

/// Exact integer products. Shape: `[column, input]`.
fn exact_products(job: &ArrayJob) -> Vec<i64> {
    let n_inputs = job.n_inputs();
    let mut exact = vec![0; job.columns * n_inputs];
    let mut sums = vec![0i64; job.columns];
    for (input, x) in job.inputs.chunks_exact(job.rows).enumerate() {
        sums.fill(0);
        for (&x, weights) in x.iter().zip(job.weights.chunks_exact(job.columns)) {
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum += i64::from(i32::from(x) * i32::from(weight));
            }
        }
        for (column, &sum) in sums.iter().enumerate() {
            exact[column * n_inputs + input] = sum;
        }
    }
    exact
}

impl ExactGroup {
    fn new(exact: &[i64], columns: &[ColumnExact], n_inputs: usize) -> Self {
        let mut group = Self {
            x: vec![[0.0; LANES]; n_inputs],
            from_mean: vec![[0.0; LANES]; n_inputs],
            per_ss: [[0.0; LANES]; 2],
        };
        for (lane, (exact, column)) in exact.chunks_exact(n_inputs).zip(columns).enumerate() {
            for (input, &x) in exact.iter().enumerate() {
                group.x[input][lane] = x as f32;
                group.from_mean[input][lane] = (x as f64 - column.mean) as f32;
            }
            if column.ss > 0.0 {
                group.per_ss[0][lane] = (1.0 / column.ss) as f32;
            }
            if column.has_line(n_inputs) {
                group.per_ss[1][lane] = group.per_ss[0][lane];
            }
        }
        group
    }
}

/// The kernel. Output: one row for each variant.
pub struct ArrayTest<'a> {
    pub pattern: &'a Pattern<'a>,
    pub die: DieUnderTest<'a>,
}

impl Kernel for ArrayTest<'_> {
    type Output = Vec<ArrayRow>;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Vec<ArrayRow> {
        let Self { pattern, die } = self;
        let job = pattern.job;
        let n_vectors = pattern.symbols.n_vectors;
        let inputs = EffectiveInputs::new(&pattern.symbols, die.cards);
        let tables: Vec<_> = die.cards.iter().map(CellTable::new).collect();
        let noise_keys = Keys::new(&die.address(Stream::Read, job.array));
        let mut charges = vec![[0.0; LANES]; die.cards.len() * n_vectors];
        let mut noise = vec![[[0.0; LANES]; 2]; n_vectors.div_ceil(2)];
        let mut errors = vec![Vec::with_capacity(job.columns); die.cards.len()];
        for (group, exact) in pattern.exact.iter().enumerate() {
            charges.fill([0.0; LANES]);
            self.add_charges::<L>(group, &inputs, &tables, &mut charges);
            let draws = ColumnDraws::new::<L>(&die, job.array, group, job.columns_per_converter);
            draw::<L>(&noise_keys, group, 0, &mut noise);
            let n_columns = LANES.min(job.columns - group * LANES);
            for ((card, charges), errors) in die.cards.iter().zip(charges.chunks_exact(n_vectors)).zip(&mut errors) {
                let converter = Converter::<L>::new(&card.readout, &draws);
                let group_errors = self.convert(&converter, exact, charges, noise.as_flattened());
                errors.extend_from_slice(&group_errors[..n_columns]);
            }
        }
        errors.iter().map(|errors| array_row(pattern.n_inputs, &pattern.columns, errors)).collect()
    }
}

impl ArrayTest<'_> {
    /// Charges of a group of columns for all variants. `charges`: `[variant, vector, lane]`.
    #[inline(always)]
    fn add_charges<L: Lanes>(
        &self,
        group: usize,
        inputs: &EffectiveInputs,
        tables: &[CellTable],
        charges: &mut [[f32; LANES]],
    ) {
        let keys = Keys::new(&self.die.address(Stream::Cell, self.pattern.job.array));
        let mut z = [[[0.0; LANES]; 2]; PANEL_ROWS];
        let mut weights = [[0.0; LANES]; PANEL_ROWS];
        let n_vectors = self.pattern.symbols.n_vectors;
        for (panel, codes) in self.pattern.weights.group(group).chunks(PANEL_ROWS).enumerate() {
            let (first_row, n) = (panel * PANEL_ROWS, codes.len());
            draw::<L>(&keys, group, first_row / 2, &mut z[..n]);
            for (variant, charges) in charges.chunks_exact_mut(n_vectors).enumerate() {
                tables[variant].weights::<L>(codes, &z[..n], &mut weights[..n]);
                add_product::<L>(inputs.of(variant), first_row, &weights[..n], charges);
            }
        }
    }

    /// Converts all inputs of sixteen columns under one card and takes the errors of each column.
    #[inline(always)]
    fn convert<L: Lanes>(
        &self,
        converter: &Converter<L>,
        exact: &ExactGroup,
        charges: &[[f32; LANES]],
        noise: &[[f32; LANES]],
    ) -> [ColumnErrors; LANES] {
        let pattern = self.pattern;
        let steps = L::of(pattern.job.steps_per_code);
        let mut static_errors = vec![[0.0; LANES]; pattern.n_inputs];
        let mut total_errors = vec![[0.0; LANES]; pattern.n_inputs];
        let [mut total_ss, mut read_ss, mut max_abs, mut n_clipped] = [L::of(0.0); 4];
        let slices = charges.chunks_exact(pattern.n_slices).zip(noise.chunks_exact(pattern.n_slices));
        for (input, (charges, noise)) in slices.enumerate() {
            let [mut value, mut code, mut shift] = [L::of(0.0), L::of(0.0), L::of(1.0)];
            let next = L::of((1u32 << pattern.job.bits_per_slice) as f32);
            for (charge, z) in charges.iter().zip(noise) {
                let conversion = converter.convert(L::load(charge), L::load(z));
                value = value + shift * conversion.value;
                code = code + shift * conversion.code;
                n_clipped = n_clipped + conversion.clipped;
                shift = shift * next;
            }
            let x = L::load(&exact.x[input]);
            let (y_static, y) = (steps * value, steps * code);
            let (total, read) = (y - x, y - y_static);
            total_ss = total_ss + total * total;
            read_ss = read_ss + read * read;
            max_abs = max_abs.max(total.abs());
            (y_static - x).store(&mut static_errors[input]);
            total.store(&mut total_errors[input]);
        }
        let static_fit = fit::<L>(&static_errors, &exact.from_mean, &exact.per_ss[1]);
        let total_fit = fit::<L>(&total_errors, &exact.from_mean, &exact.per_ss[0]);
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

/// Lines of sixteen columns: two passes for mean and slope, a third for the residual, so that nothing cancels.
#[inline(always)]
fn fit<L: Lanes>(errors: &[[f32; LANES]], from_mean: &[[f32; LANES]], per_ss: &[f32; LANES]) -> [Fit; LANES] {
    let mut sum = L::of(0.0);
    for e in errors {
        sum = sum + L::load(e);
    }
    let mean = sum * L::of(1.0 / errors.len() as f32);
    let mut product = L::of(0.0);
    for (e, x) in errors.iter().zip(from_mean) {
        product = product + (L::load(e) - mean) * L::load(x);
    }
    let slope = product * L::load(per_ss);
    let mut ss = L::of(0.0);
    for (e, x) in errors.iter().zip(from_mean) {
        let residual = L::load(e) - mean - slope * L::load(x);
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
