//! What a kernel knows of one die under one variant: its cells by weight level and its readout.

/// Most weight levels a card holds (differential mapping of 7-bit weights).
pub const MAX_LEVELS: usize = 64;
/// Most input symbols of one slice (4-bit multi-level input).
pub const MAX_SYMBOLS: usize = 16;
/// Most bits of a converter whose capacitors are drawn.
pub const MAX_CONVERTER_BITS: usize = 16;

/// One die under one variant (corner or recipe). Read by the CPU and, byte for byte, by the shaders.
///
/// A cell of level l is `clamp(mean + sd (z + bend (z^2 - 1)), low, high)`, all of that level, unless it is stuck. That is a
/// normal with a first term of skewness (Cornish and Fisher) and an atom at each bound that it reaches.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Card {
    /// Mean cell value of each level (weight steps), bounds and stuck cells left out. An ideal cell of level l has mean l.
    pub level_mean: [f32; MAX_LEVELS],
    /// One sigma of the cell value of each level (weight steps) without a bend; with one, sigma is
    /// `sd sqrt(1 + 2 bend^2)`.
    pub level_sd: [f32; MAX_LEVELS],
    /// Bend of each level's normal; skewness is 6 bend to first order. 0: none.
    pub level_bend: [f32; MAX_LEVELS],
    /// Least and largest cell value of each level (weight steps). `f32::MIN` and `f32::MAX`: none.
    pub level_low: [f32; MAX_LEVELS],
    pub level_high: [f32; MAX_LEVELS],
    /// Effective input of each symbol (input steps). Ideal: symbol s is s.
    pub input: [f32; MAX_SYMBOLS],
    pub readout: Readout,
    pub stuck: Stuck,
}

/// Charge to code, for column c with converter k = c / `columns_per_converter`:
/// `code = clamp(round(charge * gain * (1 + amplifier_gain_sd z_c0 + converter_gain_sd z_k0)
///         + offset + amplifier_offset_sd z_c1 + converter_offset_sd z_k1 + noise_sd z_n), -code_max, code_max)`.
///
/// With capacitors drawn, converter k finds the code by successive approximation instead of `round`: of `capacitor_bits` = N
/// bits, the highest first, each stays set if the input, counted from half a code below -2^(N-1), exceeds the weights of the bits
/// set so far. Bit i weighs 2^N C_i / (C_T + sum C), C_i being 2^i unit capacitors of relative spread `capacitor_sd` each, and
/// C_T one more that ends the array: equal units give back the rounding.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Readout {
    /// Codes per weight step and input step, with every gain common to the array.
    pub gain: f32,
    /// Offset common to the array (codes).
    pub offset: f32,
    /// Relative spread of gain from column to column, one sigma.
    pub amplifier_gain_sd: f32,
    /// Spread of offset from column to column (codes, one sigma).
    pub amplifier_offset_sd: f32,
    /// Relative spread of gain from converter to converter, one sigma.
    pub converter_gain_sd: f32,
    /// Spread of offset from converter to converter (codes, one sigma).
    pub converter_offset_sd: f32,
    /// Noise of one conversion: thermal and converter (codes, one sigma).
    pub noise_sd: f32,
    /// Largest code; the smallest is its negative.
    pub code_max: f32,
    /// Relative spread of a unit capacitor of a converter, one sigma.
    pub capacitor_sd: f32,
    /// Bits of a converter whose capacitors are drawn, at most `MAX_CONVERTER_BITS`; 0: levels without error.
    pub capacitor_bits: u32,
}

/// Cells that read a fixed value whatever was written: those whose 32-bit word of stream `Stuck` is one of the `n_low`
/// smallest or of the `n_high` largest.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Stuck {
    /// Of 2^32 words, how many make a cell stuck low; 0: none. With `n_high` at most 2^32.
    pub n_low: u32,
    /// The same for stuck high.
    pub n_high: u32,
    /// What a cell that is stuck low reads (weight steps).
    pub low_value: f32,
    pub high_value: f32,
}

impl Card {
    /// The card of a perfect die: level l is l, symbol s is s, `codes_per_step` gain, codes up to `code_max`, nothing else.
    pub fn ideal(codes_per_step: f32, code_max: f32) -> Self {
        Self {
            level_mean: std::array::from_fn(|l| l as f32),
            level_sd: [0.0; MAX_LEVELS],
            level_bend: [0.0; MAX_LEVELS],
            level_low: [f32::MIN; MAX_LEVELS],
            level_high: [f32::MAX; MAX_LEVELS],
            input: std::array::from_fn(|s| s as f32),
            readout: Readout {
                gain: codes_per_step,
                offset: 0.0,
                amplifier_gain_sd: 0.0,
                amplifier_offset_sd: 0.0,
                converter_gain_sd: 0.0,
                converter_offset_sd: 0.0,
                noise_sd: 0.0,
                code_max,
                capacitor_sd: 0.0,
                capacitor_bits: 0,
            },
            stuck: Stuck::none(),
        }
    }

    /// Whether every symbol of so many bits adds charge as its number says. For single bits it is enough that 0 adds none: what 1 adds is
    /// then a matter of the gain.
    pub fn symbols_are_numbers(&self, bits_per_slice: u32) -> bool {
        let mut symbols = self.input.iter().take(1 << bits_per_slice).enumerate();
        if bits_per_slice == 1 { self.input[0] == 0.0 } else { symbols.all(|(symbol, &value)| value == symbol as f32) }
    }

    /// Whether every cell is a plain normal: no bend, no bound, none stuck.
    pub fn is_gaussian(&self) -> bool {
        // No way out of the loop: the compiler then compares several at a time, and every die asks for each of its cards.
        let all = |numbers: &[f32; MAX_LEVELS], value: f32| numbers.iter().fold(true, |all, n| all & (*n == value));
        all(&self.level_bend, 0.0)
            && all(&self.level_low, f32::MIN)
            && all(&self.level_high, f32::MAX)
            && self.stuck.is_none()
    }
}

impl Stuck {
    /// Every cell works.
    pub const fn none() -> Self {
        Self { n_low: 0, n_high: 0, low_value: 0.0, high_value: 0.0 }
    }

    /// Shares of all cells that are stuck low and high, each realised to 2^-32. A sum above 1 leaves 1 - `low_rate` high.
    pub fn new(low_rate: f64, high_rate: f64, low_value: f32, high_value: f32) -> Self {
        // The cast saturates, and takes what is no number for 0.
        let words = |rate: f64| (rate * 4_294_967_296.0).round() as u32;
        let n_low = words(low_rate);
        Self { n_low, n_high: words(high_rate).min(u32::MAX - n_low), low_value, high_value }
    }

    /// Whether no cell is stuck.
    pub fn is_none(&self) -> bool {
        self.n_low == 0 && self.n_high == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_zero_is_no_word_and_rates_are_met_to_a_word() {
        assert_eq!(Stuck::new(0.0, 0.0, 0.0, 0.0), Stuck::none());
        assert!(Stuck::none().is_none() && !Stuck::new(0.0, 1e-9, 0.0, 0.0).is_none());
        for rate in [1e-9, 0.01, 0.0175, 0.0904, 0.5] {
            let stuck = Stuck::new(rate, rate, -1.0, 1.0);
            for n in [stuck.n_low, stuck.n_high] {
                assert!((f64::from(n) / 4_294_967_296.0 - rate).abs() <= 1.0 / 4_294_967_296.0, "{rate} {n}");
            }
        }
        let all = Stuck::new(0.75, 0.75, 0.0, 1.0);
        assert_eq!(all.n_low.checked_add(all.n_high), Some(u32::MAX));
        assert!(Stuck::new(f64::NAN, -1.0, 0.0, 0.0).is_none());
    }

    #[test]
    fn each_departure_from_the_normal_is_told() {
        let ideal = Card::ideal(1.0, 127.0);
        assert!(ideal.is_gaussian());
        let departures: [fn(&mut Card); 4] = [
            |card| card.level_bend[63] = -0.1,
            |card| card.level_low[0] = 0.0,
            |card| card.level_high[5] = 70.0,
            |card| card.stuck = Stuck::new(0.0, 0.01, 0.0, 63.0),
        ];
        for depart in departures {
            let mut card = ideal;
            depart(&mut card);
            assert!(!card.is_gaussian());
        }
    }
}
