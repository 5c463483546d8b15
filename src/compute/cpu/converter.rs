//! From charge to code, sixteen columns at a time: amplifier, converter, noise, clipping, shift and add.

use super::capacitors::{CapacitorDraws, successive_approximation};
use super::draw::{columns_of, draw_for};
use super::inputs::InputMap;
use crate::compute::address::{amplifier_element, block_of, converter_element};
use crate::compute::lanes::{Isa, Kernel, Keys, LANES, Lanes};
use crate::compute::{Card, Readout};

/// Draws of the amplifiers and converters of a group of columns: gain and offset of each, and the converters' capacitors.
pub struct ColumnDraws {
    amplifier: [[f32; LANES]; 2],
    converter: [[f32; LANES]; 2],
    capacitors: CapacitorDraws,
}

impl ColumnDraws {
    /// `keys`: of the array's columns.
    pub fn new(isa: Isa, keys: &Keys, cards: &[Card], group: usize, columns_per_converter: u32) -> Self {
        let columns = columns_of(group);
        let converters = columns.map(|column| column / columns_per_converter);
        let of_block = |element: fn(u32) -> u32, lanes| {
            let mut z = [[[0.0; LANES]; 2]];
            draw_for(isa, keys, lanes, block_of(element(0)), &mut z);
            z[0]
        };
        let bits = cards.iter().map(|card| card.readout.capacitor_bits).max().unwrap_or(0);
        Self {
            amplifier: of_block(amplifier_element, &columns),
            converter: of_block(converter_element, &converters),
            capacitors: CapacitorDraws::new(isa, keys, bits, &converters),
        }
    }
}

/// Work that converts. `UNEVEN`: the converters' levels have errors; a branch in the loop would cost those that have none.
pub trait Conversions {
    type Output;
    /// Must be `#[inline(always)]`, like a kernel.
    fn run<L: Lanes, const UNEVEN: bool>(self, bit_weights: &[[f32; LANES]]) -> Self::Output;
}

/// Runs conversions under one readout.
pub fn convert<C: Conversions>(isa: Isa, draws: &ColumnDraws, readout: &Readout, work: C) -> C::Output {
    if readout.capacitor_bits == 0 {
        return isa.run(Even(work));
    }
    isa.run(Uneven { work, bit_weights: &draws.capacitors.weights(readout) })
}

struct Even<C>(C);

impl<C: Conversions> Kernel for Even<C> {
    type Output = C::Output;

    #[inline(always)]
    fn run<L: Lanes>(self) -> C::Output {
        self.0.run::<L, false>(&[])
    }
}

struct Uneven<'a, C> {
    work: C,
    bit_weights: &'a [[f32; LANES]],
}

impl<C: Conversions> Kernel for Uneven<'_, C> {
    type Output = C::Output;

    #[inline(always)]
    fn run<L: Lanes>(self) -> C::Output {
        self.work.run::<L, true>(self.bit_weights)
    }
}

/// The readout of a group of columns under one card.
pub struct Converter<'a, L> {
    /// Codes for a charge of 1 in the scale of the inputs.
    gain: L,
    offset: L,
    noise_sd: L,
    code_max: L,
    /// What each bit weighs where the levels have errors.
    bit_weights: &'a [[f32; LANES]],
}

/// One conversion of sixteen columns, in codes.
#[derive(Clone, Copy)]
pub struct Conversion<L> {
    /// What an ideal converter would see: no noise, no rounding, no error of its levels, no end of range.
    pub value: L,
    pub code: L,
}

impl<'a, L: Lanes> Converter<'a, L> {
    #[inline(always)]
    pub fn new(card: &Card, bits_per_slice: u32, draws: &ColumnDraws, bit_weights: &'a [[f32; LANES]]) -> Self {
        let readout = &card.readout;
        let gain = readout.gain * InputMap::new(card, bits_per_slice).scale;
        let [gain_a, offset_a] = [L::load(&draws.amplifier[0]), L::load(&draws.amplifier[1])];
        let [gain_k, offset_k] = [L::load(&draws.converter[0]), L::load(&draws.converter[1])];
        let spread = L::of(1.0) + L::of(readout.amplifier_gain_sd) * gain_a + L::of(readout.converter_gain_sd) * gain_k;
        let offset = L::of(readout.offset) + L::of(readout.amplifier_offset_sd) * offset_a;
        Self {
            gain: L::of(gain) * spread,
            offset: offset + L::of(readout.converter_offset_sd) * offset_k,
            noise_sd: L::of(readout.noise_sd),
            code_max: L::of(readout.code_max),
            bit_weights,
        }
    }

    /// Adds to `n_clipped` where a charge hits an end of the range.
    #[inline(always)]
    pub fn convert<const UNEVEN: bool>(&self, charge: L, z: L, n_clipped: &mut L) -> Conversion<L> {
        let value = charge.mul_add(self.gain, self.offset);
        let input = self.noise_sd.mul_add(z, value);
        let rounded = input.round_ties_even();
        let lowest = L::of(0.0) - self.code_max;
        let in_range = |code: L| code.min(self.code_max).max(lowest);
        *n_clipped = n_clipped.count_unequal(rounded, in_range(rounded));
        let code = if UNEVEN { successive_approximation(input, self.bit_weights) } else { rounded };
        Conversion { value, code: in_range(code) }
    }
}
