//! Energy of one matrix-vector product of a whole array, by component.

use crate::spec::Product;

/// Energy of one MVM, all input slices and averages (fJ).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArrayEnergy {
    /// Charging the cells and the wires.
    pub array_fj: f64,
    /// What the clock generator gets back of it: zero or negative.
    pub recovered_fj: f64,
    pub amplifier_fj: f64,
    pub adc_fj: f64,
    pub digital_fj: f64,
}

impl ArrayEnergy {
    pub fn total_fj(&self) -> f64 {
        self.array_fj + self.recovered_fj + self.amplifier_fj + self.adc_fj + self.digital_fj
    }
}

/// Energy with `c_cell_ff` the mean capacitance of a cell with its wire (fF) and `supply_rel` the supply over nominal.
///
/// Array: every cell of a driven wordline takes C V^2 per read and gives it back to ground; a slice of a uniform input
/// drives half of the wordlines at full step, and in general the mean of (s/s_max)^2. Converter: Walden figure of merit times 2^bits.
/// Source: Demasius, Lowa, Murmann, IEEE CCMCC 2025, Eqs. 41-45; recovery as the fraction that the clock generator gets back.
pub fn array_energy(product: &Product, c_cell_ff: f64, supply_rel: f64) -> ArrayEnergy {
    let input = &product.input;
    let (rows, columns) = (product.array.rows as f64, product.array.columns as f64);
    let slices = f64::from(input.bits.div_ceil(input.bits_per_slice));
    let reads = slices * f64::from(product.readout.n_averages);
    let v_step = input.v_step_v * supply_rel;
    let cells = 2.0 * rows * columns;
    let array_fj = cells * c_cell_ff * v_step * v_step * mean_square_symbol(input.bits_per_slice) * reads;
    let energy = &product.energy;
    // uA V ns = fJ.
    let per_read = energy.amplifier_current_ua * energy.supply_v * supply_rel * product.readout.t_settle_ns;
    ArrayEnergy {
        array_fj,
        recovered_fj: -energy.recovery_fraction * array_fj,
        amplifier_fj: columns * per_read * reads,
        adc_fj: columns * slices * energy.adc_fom_fj * f64::from(1u32 << product.adc.bits) * supply_rel * supply_rel,
        digital_fj: columns * slices * energy.digital_fj_per_conversion * supply_rel * supply_rel,
    }
}

/// Mean of (s/s_max)^2 over uniform symbols of so many bits: 1/2 for one bit.
fn mean_square_symbol(bits: u32) -> f64 {
    let largest = f64::from((1u32 << bits) - 1);
    // Sum of squares n(n+1)(2n+1)/6 over n+1 symbols and n^2.
    (2.0 * largest + 1.0) / (6.0 * largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_square_of_symbols() {
        assert_eq!(mean_square_symbol(1), 0.5);
        let direct: f64 = (0..16).map(|s| (f64::from(s) / 15.0).powi(2)).sum::<f64>() / 16.0;
        assert!((mean_square_symbol(4) - direct).abs() < 1e-12);
    }
}
