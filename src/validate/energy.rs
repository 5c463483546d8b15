//! Energy of a product, against published efficiencies.

use super::closed::K;
use super::lab::spec;
use super::{Check, Measured, ValidateError};
use crate::array::{Amplifier, array_energy};
use crate::spec::Product;

pub fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = [(0.95, 3452.6), (0.0, 198.5)].map(|(eta, tops)| recovery(eta, tops)).into();
    checks.push(reactive());
    checks
        .extend([(256, 3.981, Some(9.5)), (4096, 63.7, Some(32.4)), (128, 1.99, None)].into_iter().flat_map(blueprint));
    checks.push(conversion_limit());
    checks
}

/// The shipped product, spending nothing but what a check gives it.
fn product(rows: usize, columns: usize) -> Result<Product, ValidateError> {
    let mut product = spec(&[])?.product;
    (product.array.rows, product.array.columns) = (rows, columns);
    (product.input.bits, product.input.bits_per_slice) = (1, 1);
    (product.readout.n_averages, product.readout.noise_excess) = (1, 0.0);
    (product.energy.adc_fom_fj, product.energy.amplifier_current_ua) = (0.0, 0.0);
    (product.energy.digital_fj_per_conversion, product.energy.recovery_fraction) = (0.0, 0.0);
    Ok(product)
}

/// fJ per operation, two operations per pair of cells.
fn per_op(product: &Product, c_cell_ff: f64) -> f64 {
    array_energy(product, c_cell_ff, 1.0).total_fj() / (2 * product.array.rows * product.array.columns) as f64
}

fn recovery(eta: f64, tops_per_w: f64) -> Check {
    Check {
        id: "V2",
        name: format!("efficiency with {} % of the charge recovered", eta * 100.0),
        compares: "energy model, 0.04 fJ lost and 5.0 fJ reactive per cell, against the published value",
        source: "Demasius, Kirschen, Parkin, Nature Electronics 4, 748 (2021), 90 nm SPICE, worst case",
        unit: "TOPS/W",
        expected: tops_per_w,
        tolerance: 2e-3 * tops_per_w,
        simulate: Box::new(move |_, fault| {
            let mut product = product(1000, 1000)?;
            product.input.v_step_v = 1.0;
            // Per column, for the two cells of each of its rows.
            product.energy.digital_fj_per_conversion = 0.04 * 2.0 * 1000.0 * (1.0 + fault);
            product.energy.recovery_fraction = eta;
            // Half of the inputs are driven: 10 fF at 1 V are 5 fJ.
            Ok(Measured::exact(1e3 / per_op(&product, 10.0 * (1.0 + fault))))
        }),
    }
}

fn reactive() -> Check {
    // 142 periods of 1/2 C V^2.
    let expected = 142.0 * 0.5 * 6.65 * 0.09 * 0.35 * 0.35;
    Check {
        id: "V3",
        name: "reactive energy of a cell in 142 periods".to_owned(),
        compares: "energy model against 142 x C V^2 / 2 with 6.65 fF/um x 0.09 um at 0.35 V",
        source: "5.21 fJ; published 5.0 fJ (Demasius, Kirschen, Parkin, 2021)",
        unit: "fJ",
        expected,
        tolerance: 1e-9,
        simulate: Box::new(|_, fault| {
            let mut product = product(1000, 1000)?;
            product.readout.n_averages = 142;
            product.input.v_step_v = 0.35 * (1.0 + fault);
            Ok(Measured::exact(per_op(&product, 6.65 * 0.09)))
        }),
    }
}

/// Averages and energy of a product with 4-bit weights, on/off 50, 0.4 V, 65 C, a converter of 1 fJ per step.
fn blueprint((rows, averages, fj): (usize, f64, Option<f64>)) -> Vec<Check> {
    let needed = Check {
        id: "V5",
        name: format!("averages that {rows} rows need for 3 sigma within half a step"),
        compares: "amplifier model against the published design rule, one bitline",
        source: "Demasius, Lowa, Murmann, CCMCC 2025, Eqs. 35-42, N_cap = 2^B_y/2^(S_w-1)",
        unit: "",
        expected: averages,
        tolerance: 5e-3 * averages,
        simulate: Box::new(move |_, fault| {
            let (bitline, q_lsb) = bitline(rows)?;
            Ok(Measured::exact((6.0 * bitline.noise_charge() / 2f64.sqrt() / q_lsb * (1.0 + fault)).powi(2)))
        }),
    };
    let energy = fj.map(|fj| Check {
        id: "V4",
        name: format!("energy per operation of {rows} rows, 8-bit inputs, 1 fJ per step"),
        compares: "energy model against the published value",
        source: "Demasius, Lowa, Murmann, CCMCC 2025, Eqs. 43-45: 9.5 and 32.4 fJ/OP",
        unit: "fJ",
        expected: fj,
        // Averages are whole numbers here: 64 for 63.7.
        tolerance: 7e-3 * fj,
        simulate: Box::new(move |_, fault| {
            let (bitline, q_lsb) = bitline(rows)?;
            let (mut product, bits) = (product(rows, 1)?, converter_bits(rows));
            (product.input.bits, product.adc.bits) = (8, bits);
            product.input.v_step_v = 0.4;
            product.energy.adc_fom_fj = 1.0 + fault;
            product.readout.n_averages = (6.0 * bitline.noise_charge() / 2f64.sqrt() / q_lsb).powi(2).round() as u32;
            // The paper charges a full conversion and every cell's floor; here half of the inputs are driven.
            let c_cell = 2.0 * (q_lsb * f64::from(1u32 << bits) / rows as f64 / 0.4 + C_MAX / 50.0);
            Ok(Measured::exact(per_op(&product, c_cell * 1e15 * (1.0 + fault))))
        }),
    });
    std::iter::once(needed).chain(energy).collect()
}

const C_MAX: f64 = 1e-15;

fn converter_bits(rows: usize) -> u32 {
    8 + (rows / 128).ilog2()
}

/// The amplifier of a column, and the charge of one output step.
fn bitline(rows: usize) -> Result<(Amplifier, f64), ValidateError> {
    let c_min = C_MAX / 50.0;
    let full_cells = f64::from(1u32 << converter_bits(rows)) / 8.0;
    let c_total = 2.0 * rows as f64 * c_min + full_cells * C_MAX;
    let amplifier = Amplifier::new(&product(rows, 1)?.readout, c_total, 1.0, 338.15);
    Ok((amplifier, (C_MAX - c_min) / 7.0 * 0.4))
}

/// The capacitor whose noise leaves 3 sigma within half of an 8-bit step stores 36 4^8 kT at full scale.
fn conversion_limit() -> Check {
    Check {
        id: "V6",
        name: "least charging energy of an 8-bit conversion at 300 K".to_owned(),
        compares: "amplifier model (noise) and energy model (C V^2) against 36 4^B kT",
        source: "Demasius, Lowa, Murmann, CCMCC 2025, Eq. 46: 9.77 fJ",
        unit: "fJ",
        expected: 36.0 * 65_536.0 * K * 300.0 * 1e15,
        tolerance: 1e-6,
        simulate: Box::new(|_, fault| {
            let mut product = product(1, 1)?;
            product.input.v_step_v = 0.4;
            // 6 sqrt(kTC) = C V / 2^8; noise grows as the root of C, so one evaluation gives the answer.
            let at = 1e-15;
            let pair = Amplifier::new(&product.readout, at, 1.0, 300.0).noise_charge();
            let noise = pair / 2f64.sqrt() * (1.0 + fault);
            let c = at * (6.0 * noise * 256.0 / (at * 0.4)).powi(2);
            // Two cells, half of the time: one C V^2 per pair.
            Ok(Measured::exact(array_energy(&product, c * 1e15, 1.0).total_fj()))
        }),
    }
}
