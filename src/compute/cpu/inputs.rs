//! Input codes cut into slices and packed for the product, and the effective inputs that a card makes of them.

use crate::compute::{Card, MAX_SYMBOLS};

/// Vectors of a register tile: 6 x 16 accumulators and their operands fill the registers of AVX2.
pub const TILE: usize = 6;

/// Vectors packed for the product: tiles of up to [`TILE`] vectors; in a tile `[row][vector]`.
///
/// One (input, slice) is one vector, number input * slices + slice.
pub struct Packed<T> {
    pub rows: usize,
    pub n_vectors: usize,
    data: Vec<T>,
}

impl<T: Copy + Default> Packed<T> {
    pub fn new(rows: usize, n_vectors: usize) -> Self {
        Self { rows, n_vectors, data: vec![T::default(); rows * n_vectors] }
    }

    /// Where the value of a vector at row 0 is, and the distance to the next row.
    fn place(&self, vector: usize) -> (usize, usize) {
        let first = vector / TILE * TILE;
        (first * self.rows + vector - first, TILE.min(self.n_vectors - first))
    }

    /// Writes one vector, a value for each row.
    #[inline(always)]
    pub fn set_vector(&mut self, vector: usize, values: impl Iterator<Item = T>) {
        let (start, step) = self.place(vector);
        for (to, value) in self.data[start..].iter_mut().step_by(step).zip(values) {
            *to = value;
        }
    }

    /// The tile that starts at `vector`, rows from `first_row` on.
    pub fn tile(&self, vector: usize, first_row: usize) -> &[T] {
        let width = TILE.min(self.n_vectors - vector);
        &self.data[(vector * self.rows + first_row * width)..(vector + width) * self.rows]
    }
}

impl Packed<u8> {
    /// Symbols of all slices of `codes`, `[input, row]`.
    pub fn symbols(codes: &[u8], rows: usize, n_slices: usize, bits_per_slice: u32) -> Self {
        let mut packed = Self::new(rows, codes.len() / rows * n_slices);
        for (input, codes) in codes.chunks_exact(rows).enumerate() {
            for slice in 0..n_slices {
                let symbols = codes.iter().map(|&code| symbol(code, slice, bits_per_slice));
                packed.set_vector(input * n_slices + slice, symbols);
            }
        }
        packed
    }
}

impl Packed<f32> {
    /// Writes all slices of one input; `effective` has what each code applies in each slice.
    #[inline(always)]
    pub fn set_input(&mut self, input: usize, codes: &[u8], effective: &SliceTable) {
        for slice in 0..effective.n_slices {
            let values = &effective.values[slice];
            self.set_vector(input * effective.n_slices + slice, codes.iter().map(|&code| values[usize::from(code)]));
        }
    }
}

/// What a card makes of symbols, up to a factor that the converter takes over.
///
/// Bit-serial symbols are then 0 and 1 under every card whose symbol 0 adds no charge, so that variants whose supply
/// differs share their inputs.
#[derive(Clone, Copy)]
pub struct InputMap {
    values: [f32; MAX_SYMBOLS],
    /// Input steps of a value of 1.
    pub scale: f32,
}

impl InputMap {
    pub fn new(card: &Card, bits_per_slice: u32) -> Self {
        let [zero, one, ..] = card.input;
        if bits_per_slice > 1 || zero != 0.0 {
            return Self { values: card.input, scale: 1.0 };
        }
        let mut values = [0.0; MAX_SYMBOLS];
        values[1] = 1.0;
        Self { values, scale: one }
    }
}

/// Effective input of each code in each slice under one card.
pub struct SliceTable {
    pub n_slices: usize,
    values: [[f32; 256]; 8],
}

impl SliceTable {
    pub fn new(card: &Card, n_slices: usize, bits_per_slice: u32) -> Self {
        let map = InputMap::new(card, bits_per_slice);
        let mut values = [[0.0; 256]; 8];
        for (slice, values) in values.iter_mut().enumerate().take(n_slices) {
            for (code, value) in values.iter_mut().enumerate() {
                *value = map.values[usize::from(symbol(code as u8, slice, bits_per_slice))];
            }
        }
        Self { n_slices, values }
    }
}

/// The bits of `code` that are applied in one slice.
fn symbol(code: u8, slice: usize, bits_per_slice: u32) -> u8 {
    (code >> (bits_per_slice as usize * slice)) & ((1u32 << bits_per_slice) - 1) as u8
}

/// Effective inputs of each variant of a die; variants with the same input map, most of them, share one copy.
pub struct EffectiveInputs {
    maps: Vec<[f32; MAX_SYMBOLS]>,
    packed: Vec<Packed<f32>>,
    of_variant: Vec<usize>,
}

impl EffectiveInputs {
    pub fn new(symbols: &Packed<u8>, cards: &[Card], bits_per_slice: u32) -> Self {
        let mut inputs = Self { maps: Vec::new(), packed: Vec::new(), of_variant: Vec::new() };
        for card in cards {
            let input = InputMap::new(card, bits_per_slice).values;
            let known = inputs.maps.iter().position(|map| map.map(f32::to_bits) == input.map(f32::to_bits));
            inputs.of_variant.push(known.unwrap_or(inputs.maps.len()));
            if known.is_none() {
                let data = symbols.data.iter().map(|&s| input[usize::from(s) % MAX_SYMBOLS]).collect();
                inputs.packed.push(Packed { rows: symbols.rows, n_vectors: symbols.n_vectors, data });
                inputs.maps.push(input);
            }
        }
        inputs
    }

    pub fn of(&self, variant: usize) -> &Packed<f32> {
        &self.packed[self.of_variant[variant]]
    }

    /// Variants that share a copy, for each copy.
    pub fn sharing(&self) -> Vec<Vec<usize>> {
        let with = |copy| (0..self.of_variant.len()).filter(|&variant| self.of_variant[variant] == copy).collect();
        (0..self.packed.len()).map(with).collect()
    }
}
