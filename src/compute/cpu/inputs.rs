//! Input codes cut into slices and packed for the product, and what a card makes of them.

use super::packed::{Bits, Packed};
use crate::compute::job::symbol;
use crate::compute::{Card, MAX_SYMBOLS};
use std::borrow::Cow;

/// Input vectors as the product takes them.
pub enum Inputs<'a> {
    /// A number for each row.
    Values(Packed<f32>),
    /// A bit for each row, worth 0 or 1.
    Bits(Cow<'a, Bits>),
}

impl Inputs<'_> {
    pub fn n_vectors(&self) -> usize {
        match self {
            Self::Values(values) => values.n_vectors,
            Self::Bits(bits) => bits.n_vectors,
        }
    }
}

/// The slices of input codes. They do not depend on a card.
pub struct Symbols {
    pub symbols: Packed<u8>,
    /// The same where a slice is one bit.
    bits: Option<Bits>,
}

impl Symbols {
    /// `codes`: `[input, row]`.
    pub fn new(codes: &[u8], rows: usize, n_slices: usize, bits_per_slice: u32) -> Self {
        let value = |code, slice| symbol(code, slice, bits_per_slice);
        Self {
            symbols: pack(codes, rows, n_slices, value),
            bits: (bits_per_slice == 1).then(|| Bits::new(codes, rows, n_slices)),
        }
    }

    pub fn n_vectors(&self) -> usize {
        self.symbols.n_vectors
    }
}

/// Packs what `value` makes of each code in each slice. `codes`: `[input, row]`.
fn pack<T: Copy + Default>(
    codes: &[u8],
    rows: usize,
    n_slices: usize,
    value: impl Fn(u8, usize) -> T + Copy,
) -> Packed<T> {
    let mut packed = Packed::new(rows, codes.len() / rows * n_slices);
    for (input, codes) in codes.chunks_exact(rows).enumerate() {
        for slice in 0..n_slices {
            packed.set_vector(input * n_slices + slice, codes.iter().map(|&code| value(code, slice)));
        }
    }
    packed
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
    are_bits: bool,
}

impl InputMap {
    pub fn new(card: &Card, bits_per_slice: u32) -> Self {
        let [zero, one, ..] = card.input;
        if bits_per_slice > 1 || zero != 0.0 {
            return Self { values: card.input, scale: 1.0, are_bits: false };
        }
        let mut values = [0.0; MAX_SYMBOLS];
        values[1] = 1.0;
        Self { values, scale: one, are_bits: true }
    }

    fn value(&self, symbol: u8) -> f32 {
        self.values[usize::from(symbol) % MAX_SYMBOLS]
    }
}

/// Makes inputs of codes under one card.
pub struct Encoder {
    n_slices: usize,
    /// Effective input of each code in each slice; none where slices are bits.
    values: Option<Box<[[f32; 256]; 8]>>,
}

impl Encoder {
    pub fn new(card: &Card, n_slices: usize, bits_per_slice: u32) -> Self {
        let map = InputMap::new(card, bits_per_slice);
        let value = |code: usize, slice| map.value(symbol(code as u8, slice, bits_per_slice));
        let in_slice = |slice| std::array::from_fn(|code| if slice < n_slices { value(code, slice) } else { 0.0 });
        Self { n_slices, values: (!map.are_bits).then(|| Box::new(std::array::from_fn(in_slice))) }
    }

    /// `codes`: `[input, row]`.
    pub fn inputs(&self, codes: &[u8], rows: usize) -> Inputs<'static> {
        match &self.values {
            Some(values) => {
                Inputs::Values(pack(codes, rows, self.n_slices, |code, slice| values[slice][usize::from(code)]))
            }
            None => Inputs::Bits(Cow::Owned(Bits::new(codes, rows, self.n_slices))),
        }
    }
}

/// Inputs of each variant of a die; variants with the same input map, most of them, share one copy.
pub struct EffectiveInputs<'a> {
    copies: Vec<Inputs<'a>>,
    /// Whether a copy's symbols are worth their numbers.
    plain: Vec<bool>,
    of_variant: Vec<usize>,
}

impl<'a> EffectiveInputs<'a> {
    pub fn new(symbols: &'a Symbols, cards: &[Card], bits_per_slice: u32) -> Self {
        let mut inputs = Self { copies: Vec::new(), plain: Vec::new(), of_variant: Vec::new() };
        let mut maps: Vec<InputMap> = Vec::new();
        for card in cards {
            let map = InputMap::new(card, bits_per_slice);
            let same = |known: &InputMap| known.values.map(f32::to_bits) == map.values.map(f32::to_bits);
            let known = maps.iter().position(same);
            inputs.of_variant.push(known.unwrap_or(maps.len()));
            if known.is_none() {
                inputs.copies.push(match &symbols.bits {
                    Some(bits) if map.are_bits => Inputs::Bits(Cow::Borrowed(bits)),
                    _ => Inputs::Values(symbols.symbols.map(|symbol| map.value(symbol))),
                });
                inputs.plain.push(card.symbols_are_numbers(bits_per_slice));
                maps.push(map);
            }
        }
        inputs
    }

    pub fn of(&self, variant: usize) -> &Inputs<'a> {
        &self.copies[self.of_variant[variant]]
    }

    /// Whether the symbols of a variant are worth their numbers.
    pub fn is_plain(&self, variant: usize) -> bool {
        self.plain[self.of_variant[variant]]
    }
}
