//! Vectors side by side, in the order in which the product walks them.
//!
//! One (input, slice) is one vector, number input * slices + slice.

/// Vectors of a register tile: 6 x 16 accumulators and their operands fill the registers of AVX2.
pub const TILE: usize = 6;

/// Vectors of numbers: tiles of up to [`TILE`] vectors; in a tile `[row][vector]`.
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

    /// The values of one vector, a value for each row.
    pub fn vector(&self, vector: usize) -> impl Iterator<Item = T> {
        let (start, step) = self.place(vector);
        self.data[start..].iter().step_by(step).take(self.rows).copied()
    }

    /// The tile that starts at `vector`, rows from `first_row` on.
    pub fn tile(&self, vector: usize, first_row: usize) -> &[T] {
        let width = TILE.min(self.n_vectors - vector);
        &self.data[(vector * self.rows + first_row * width)..(vector + width) * self.rows]
    }

    /// The same vectors in other numbers.
    pub fn map<U>(&self, to: impl Fn(T) -> U) -> Packed<U> {
        Packed { rows: self.rows, n_vectors: self.n_vectors, data: self.data.iter().map(|&x| to(x)).collect() }
    }
}

/// Rows whose bits are looked up together.
pub const QUAD: usize = 4;
/// Vectors that share a word: eight sums of sixteen lanes are the registers of AVX2.
pub const EIGHT: usize = 8;

/// Vectors of bits. A word has four rows of eight vectors: four bits for each vector, lowest row first.
#[derive(Clone)]
pub struct Bits {
    pub n_vectors: usize,
    n_quads: usize,
    /// Shape: `[vector / 8][row / 4]`.
    words: Vec<u32>,
}

impl Bits {
    /// The slices of one bit of `codes`, `[input, row]`.
    pub fn new(codes: &[u8], rows: usize, n_slices: usize) -> Self {
        let (n_vectors, n_quads) = (codes.len() / rows * n_slices, rows.div_ceil(QUAD));
        let mut words = vec![0; n_vectors.div_ceil(EIGHT) * n_quads];
        let mut quads = vec![0; n_quads];
        for (input, codes) in codes.chunks_exact(rows).enumerate() {
            let (whole, rest) = codes.as_chunks::<QUAD>();
            for (quad, codes) in quads.iter_mut().zip(whole) {
                *quad = u32::from_le_bytes(*codes);
            }
            if !rest.is_empty() {
                quads[whole.len()] = rest.iter().rev().fold(0, |quad, &code| quad << 8 | u32::from(code));
            }
            for slice in 0..n_slices {
                let vector = input * n_slices + slice;
                let words = &mut words[vector / EIGHT * n_quads..][..n_quads];
                for (word, quad) in words.iter_mut().zip(&quads) {
                    *word |= lowest_bits(quad >> slice) << (vector % EIGHT * QUAD);
                }
            }
        }
        Self { n_vectors, n_quads, words }
    }

    /// Words of the eight vectors from `vector` on, from `first_quad` on.
    pub fn words(&self, vector: usize, first_quad: usize) -> &[u32] {
        &self.words[vector / EIGHT * self.n_quads..][first_quad..self.n_quads]
    }
}

/// The lowest bit of each byte, side by side: folded in pairs, then the pairs.
fn lowest_bits(bytes: u32) -> u32 {
    let bits = bytes & 0x0101_0101;
    let pairs = bits | bits >> 7;
    (pairs | pairs >> 14) & 0xF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_is_where_it_belongs() {
        let (rows, n_inputs, n_slices) = (7, 5, 3);
        let codes: Vec<u8> = (0..n_inputs * rows).map(|i| (i * 37 % 8) as u8).collect();
        let bits = Bits::new(&codes, rows, n_slices);
        assert_eq!(bits.n_vectors, n_inputs * n_slices);
        for vector in 0..bits.n_vectors {
            for row in 0..rows {
                let word = bits.words(vector, row / QUAD)[0];
                let bit = word >> (vector % EIGHT * QUAD + row % QUAD) & 1;
                let code = codes[vector / n_slices * rows + row];
                assert_eq!(bit, u32::from(code >> (vector % n_slices)) & 1, "vector {vector}, row {row}");
            }
            assert_eq!(bits.words(vector, 1)[0] >> (vector % EIGHT * QUAD + 3) & 1, 0, "a row beyond the last");
        }
    }

    #[test]
    fn lowest_bits_of_all_bytes() {
        for n in 0..16u32 {
            let bytes = (0..4).fold(0xAAAA_5454, |bytes, i| bytes & !(1 << (8 * i)) | (n >> i & 1) << (8 * i));
            assert_eq!(lowest_bits(bytes), n);
        }
    }
}
