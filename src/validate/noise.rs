//! Noise of a read: thermal charge from the card writer through the kernel.

use super::closed::K;
use super::lab::{Lab, nominal_card, rms, spec};
use super::{Check, Measured, ValidateError};
use crate::array::Amplifier;
use crate::spec::Spec;
use crate::workload::test_pattern;

pub fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = [(1e-15, 2.0352, 0.001), (1e-12, 64.359, 0.03)].map(capacitor).into();
    checks.push(read());
    checks
}

/// Published: 2.0352 aC on 1 fF at 300 K (12.70 electrons), 64.36 aC on 1 pF.
fn capacitor((farad, expected_ac, tolerance): (f64, f64, f64)) -> Check {
    Check {
        id: "V1",
        name: format!("kT/C noise charge of {} fF at 300 K", farad * 1e15),
        compares: "amplifier model, one bitline of a pair, against sqrt(kTC)",
        source: "Nyquist; sqrt(k T C) with CODATA k",
        unit: "aC",
        expected: expected_ac,
        tolerance,
        simulate: Box::new(move |_, fault| {
            let mut readout = spec(&[])?.product.readout;
            (readout.noise_excess, readout.n_averages) = (0.0, 1);
            let pair = Amplifier::new(&readout, farad, 1.0, 300.0).noise_charge();
            Ok(Measured::exact(pair / std::f64::consts::SQRT_2 * 1e18 * (1.0 + fault)))
        }),
    }
}

const SETTINGS: &[(&str, &str)] = &[
    ("product.readout.noise_excess", "0"),
    ("product.adc.noise_lsb", "0"),
    ("product.adc.bits", "16"),
    ("product.adc.steps_per_code", "0.02"),
];

/// 4-bit inputs, one bit at a time: four conversions add with weights 1, 2, 4, 8.
fn read() -> Check {
    // 256 cells of a mean of 0.39 fF (codes -7..=7 of 0.15 to 1.05 fF) with 0.25 fF of wire each, 50 fF of amplifier.
    let c_total = (256.0 * (0.39 + 0.25) + 50.0) * 1e-15;
    let noise = (2.0 * K * 300.15 * c_total / 4.0).sqrt();
    let step = 0.9e-15 / 7.0 * 0.4;
    let expected = noise / step * 85f64.sqrt();
    Check {
        id: "V1",
        name: "read noise of a 256-row pair of bitlines, 4 serial bits, 4 averages".to_owned(),
        compares: "card writer and kernel against sqrt(2 kT C / 4), shifted and added",
        source: "Nyquist; capacitances of the shipped product by hand",
        unit: "steps",
        expected,
        tolerance: 0.012 * expected,
        simulate: Box::new(read_noise),
    }
}

fn read_noise(lab: &Lab, fault: f64) -> Result<Measured, ValidateError> {
    let spec = spec(SETTINGS)?;
    let mut card = nominal_card(&spec, 0)?;
    card.readout.noise_sd *= (1.0 + fault) as f32;
    let job = serial_job(&spec, 64);
    let rows = lab.array_test(card, lab.n(16), &job)?;
    Ok(rms(&rows, |row| row.read_rms))
}

fn serial_job(spec: &Spec, n_inputs: usize) -> crate::compute::ArrayJob {
    let product = &spec.product;
    let (rows, columns) = (product.array.rows, product.array.columns);
    let (weights, inputs) = test_pattern(super::lab::SEED, 0, rows, columns, product.array.weight_bits, 4, n_inputs);
    crate::compute::ArrayJob {
        array: 0,
        rows,
        columns,
        weights,
        inputs,
        input_bits: 4,
        bits_per_slice: 1,
        columns_per_converter: product.adc.columns_per_converter,
        steps_per_code: product.adc.steps_per_code as f32,
        draws_outputs: false,
    }
}
