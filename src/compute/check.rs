//! What a job must satisfy before a kernel runs it: after these checks no kernel reads outside its buffers.

use super::address::{MAX_COLUMNS, MAX_CONVERSIONS, MAX_ROWS};
use super::outputs::MOST_VECTORS;
use super::{
    Activation, ArrayJob, Batch, Card, ComputeError, Draw, MAX_CONVERTER_BITS, MAX_LEVELS, MAX_SYMBOLS, Network,
};
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Array numbers have 24 bits of an address.
const MAX_ARRAY: u32 = (1 << 24) - 1;

impl Batch<'_> {
    /// # Errors
    /// `Unsupported` if the cards are not `[die, variant]`, a converter has too many bits, or pairs are to be drawn of which the cards say more.
    pub fn check(&self) -> Result<(), ComputeError> {
        within("n_variants", self.n_variants, 1..=usize::MAX)?;
        same("number of cards", self.cards.len(), self.dies.len().saturating_mul(self.n_variants))?;
        for card in self.cards {
            within("capacitor_bits", card.readout.capacitor_bits as usize, 0..=MAX_CONVERTER_BITS)?;
        }
        if self.draw == Draw::Pair && !self.cards.iter().all(Card::is_gaussian) {
            return unsupported("draw", "pair".to_owned(), "cell where a card is not Gaussian");
        }
        Ok(())
    }
}

impl ArrayJob {
    /// Slices of one input: how often it is converted.
    pub fn n_slices(&self) -> usize {
        self.input_bits.div_ceil(self.bits_per_slice) as usize
    }

    pub fn n_inputs(&self) -> usize {
        self.inputs.len() / self.rows
    }

    /// Vectors that are applied: a slice of an input each.
    pub fn n_vectors(&self) -> usize {
        self.n_inputs() * self.n_slices()
    }

    /// # Errors
    /// `Unsupported` names the first value that is out of range or does not fit the shapes.
    pub fn check(&self) -> Result<(), ComputeError> {
        check_tile(self.array, self.rows, self.columns, &self.weights)?;
        check_coding(self.input_bits, self.bits_per_slice, self.columns_per_converter)?;
        check_inputs(&self.inputs, self.rows, self.input_bits, self.n_slices())
    }

    /// Whether outputs may be drawn where the job asks for it.
    ///
    /// # Errors
    /// `Unsupported` where that would not be exact, or vectors are more than the kernels take.
    pub fn check_draws(&self, batch: &Batch) -> Result<(), ComputeError> {
        if !self.draws_outputs {
            return Ok(());
        }
        within("vectors whose outputs are drawn", self.n_vectors(), 1..=MOST_VECTORS)?;
        if batch.draw != Draw::Pair {
            return unsupported("draw", "cell".to_owned(), "pair where outputs are drawn");
        }
        if !batch.cards.iter().all(|card| card.symbols_are_numbers(self.bits_per_slice)) {
            let allowed = "symbols that add charge as their numbers say, where outputs are drawn";
            return unsupported("card.input", "other".to_owned(), allowed);
        }
        Ok(())
    }
}

impl Network {
    /// Slices of one input: how often it is converted.
    pub fn n_slices(&self) -> usize {
        self.input_bits.div_ceil(self.bits_per_slice) as usize
    }

    /// # Errors
    /// `Unsupported` names the first value that is out of range or does not fit the shapes.
    pub fn check(&self) -> Result<(), ComputeError> {
        check_coding(self.input_bits, self.bits_per_slice, self.columns_per_converter)?;
        within("layers", self.layers.len(), 1..=usize::MAX)?;
        let first = &self.layers[0];
        within("rows of a layer", first.rows, 1..=usize::MAX)?;
        check_inputs(&self.images, first.rows, self.input_bits, self.n_slices())?;
        let n_images = self.images.len() / first.rows;
        same("number of labels", self.labels.len(), n_images)?;
        same("number of digital classes", self.digital.len(), n_images)?;
        for (i, layer) in self.layers.iter().enumerate() {
            let last = i + 1 == self.layers.len();
            if !last {
                same("rows of a layer", self.layers[i + 1].rows, layer.columns)?;
            }
            if (layer.activation == Activation::Argmax) != last {
                return unsupported("activation", format!("{:?}", layer.activation), "argmax in the last layer alone");
            }
            within("columns of a layer", layer.columns, 1..=usize::MAX)?;
            same("number of biases", layer.bias.len(), layer.columns)?;
            for tile in &layer.tiles {
                check_tile(tile.array, tile.rows, tile.columns, &tile.weights)?;
                within("last row of a tile", tile.row.saturating_add(tile.rows), 0..=layer.rows)?;
                within("last column of a tile", tile.column.saturating_add(tile.columns), 0..=layer.columns)?;
            }
        }
        Ok(())
    }
}

fn check_tile(array: u32, rows: usize, columns: usize, weights: &[i8]) -> Result<(), ComputeError> {
    within("array", array, 0..=MAX_ARRAY)?;
    within("rows", rows, 1..=MAX_ROWS)?;
    within("columns", columns, 1..=MAX_COLUMNS)?;
    same("number of weights", weights.len(), rows * columns)?;
    let largest = MAX_LEVELS as i32 - 1;
    weights.iter().try_for_each(|&w| within("weight", i32::from(w), -largest..=largest))
}

fn check_coding(input_bits: u32, bits_per_slice: u32, columns_per_converter: u32) -> Result<(), ComputeError> {
    within("input_bits", input_bits, 1..=8)?;
    within("bits_per_slice", bits_per_slice, 1..=MAX_SYMBOLS.ilog2())?;
    within("columns_per_converter", columns_per_converter, 1..=u32::MAX)
}

fn check_inputs(inputs: &[u8], rows: usize, input_bits: u32, n_slices: usize) -> Result<(), ComputeError> {
    let n_inputs = inputs.len() / rows;
    within("number of inputs", n_inputs, 1..=MAX_CONVERSIONS / n_slices)?;
    same("number of input codes", inputs.len(), n_inputs * rows)?;
    let largest = (1u32 << input_bits) - 1;
    inputs.iter().try_for_each(|&x| within("input", u32::from(x), 0..=largest))
}

pub(super) fn within<T: PartialOrd + Display>(
    what: &'static str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), ComputeError> {
    if range.contains(&value) {
        return Ok(());
    }
    unsupported(what, value.to_string(), &format!("{}..={}", range.start(), range.end()))
}

fn same(what: &'static str, value: usize, expected: usize) -> Result<(), ComputeError> {
    if value == expected { Ok(()) } else { unsupported(what, value.to_string(), &expected.to_string()) }
}

fn unsupported(what: &'static str, value: String, allowed: &str) -> Result<(), ComputeError> {
    Err(ComputeError::Unsupported { what, value, allowed: allowed.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> ArrayJob {
        ArrayJob {
            array: 0,
            rows: 2,
            columns: 3,
            weights: vec![0; 6],
            inputs: vec![1; 4],
            input_bits: 4,
            bits_per_slice: 1,
            columns_per_converter: 1,
            steps_per_code: 1.0,
            draws_outputs: false,
        }
    }

    #[test]
    fn a_sound_job_passes_and_each_broken_one_is_named() {
        assert!(job().check().is_ok());
        type Break = fn(&mut ArrayJob);
        let broken: [(&str, Break); 9] = [
            ("rows", |j| j.rows = 0),
            ("columns", |j| j.columns = 20_000),
            ("array", |j| j.array = 1 << 24),
            ("number of weights", |j| j.weights.push(0)),
            ("weight", |j| j.weights[5] = -64),
            ("input_bits", |j| j.input_bits = 0),
            ("bits_per_slice", |j| j.bits_per_slice = 5),
            ("number of input codes", |j| j.inputs.push(0)),
            ("input", |j| j.inputs[3] = 16),
        ];
        for (name, break_it) in broken {
            let mut job = job();
            break_it(&mut job);
            match job.check() {
                Err(ComputeError::Unsupported { what, .. }) => assert_eq!(what, name),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}
