//! Parasitics of a capacitive array beside the wires' capacitance: settling along the lines, crosstalk, leakage, charge injection.

use super::readout::Amplifier;
use crate::spec;

/// What the lines of one array do to a read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parasitics {
    /// Share of the charge that has arrived when the read ends, mean over cells.
    pub settled: f64,
    /// Share of a column's charge that shows in each of its neighbours.
    pub crosstalk: f64,
    /// Charge that leakage and the reset switches leave in a pair whatever the inputs (C, one sigma over columns). What the two
    /// bitlines of a pair have in common cancels; their mismatch stays.
    pub offset_charge_sd: f64,
}

impl Parasitics {
    /// Of `lines` with `row_load` and `column_load` the capacitance per cell that a wordline and a bitline carry (F).
    pub fn new(
        lines: &spec::Lines,
        array: &spec::ArrayGeometry,
        readout: &spec::Readout,
        (row_load, column_load): (f64, f64),
        amplifier: &Amplifier,
    ) -> Self {
        let t = readout.t_settle_ns * 1e-9;
        let (rows, columns) = (array.rows as f64, array.columns as f64);
        // A wordline passes both cells of every pair.
        let row = settled_share(2.0 * columns * lines.r_wire_ohm, 2.0 * columns * row_load, t);
        let column = settled_share(rows * lines.r_wire_ohm, rows * column_load, t);
        let coupling = lines.coupling_fraction * amplifier.c_total;
        let injected = lines.injection_fc * 1e-15;
        Self {
            settled: row * column,
            crosstalk: virtual_ground_crosstalk(coupling, amplifier.c_feedback, readout.amplifier_gain),
            offset_charge_sd: leakage_charge(lines.leakage_fa * rows, t).hypot(injected)
                * lines.mismatch_rel_sd
                * SQRT_2,
        }
    }
}

const SQRT_2: f64 = std::f64::consts::SQRT_2;

/// Share of a step that a distributed line of resistance R (ohm) and capacitance C (F), driven or held at one end, has passed
/// after t (s), mean over the line: 1 - (8/pi^2) sum over odd k of exp(-(k pi/2)^2 t/RC)/k^2.
///
/// Source: diffusion on a line with one end held (Carslaw and Jaeger, "Conduction of Heat in Solids", 3.3); its far end is at
/// 1 - (4/pi) exp(-(pi^2/4) t/RC), which takes 2.63 RC to half a step of 8 bits.
pub fn settled_share(resistance: f64, capacitance: f64, t: f64) -> f64 {
    let rc = resistance * capacitance;
    if rc <= 0.0 {
        return 1.0;
    }
    let quarter = std::f64::consts::FRAC_PI_2;
    let term = |k: f64| libm::exp(-(k * quarter).powi(2) * t / rc) / (k * k);
    let left: f64 = (0..200).map(|i| term(f64::from(2 * i + 1))).sum();
    (1.0 - 2.0 / (quarter * quarter) * left).clamp(0.0, 1.0)
}

/// Share of a column's charge that reaches a neighbour through `coupling` (F) between their wires: the amplifier holds a column
/// to V_out/A0 = Q/(C_f A0) only, and the coupling turns that into charge.
pub fn virtual_ground_crosstalk(coupling: f64, c_feedback: f64, amplifier_gain: f64) -> f64 {
    coupling / (c_feedback * amplifier_gain)
}

/// Charge (C) that a leakage (fA) takes in t (s): 1 pA for 40 ns is a quarter of an electron.
pub fn leakage_charge(leakage_fa: f64, t: f64) -> f64 {
    leakage_fa * 1e-15 * t
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ladder of `n` sections, stepped in time, against the series; at its far end and over all of it.
    fn ladder(n: usize, rc: f64, t: f64) -> (f64, f64) {
        let (r, c) = (1.0 / n as f64, rc / n as f64);
        let dt = 0.2 * r * c;
        let mut v = vec![0.0; n];
        for _ in 0..(t / dt).round() as usize {
            let old = v.clone();
            for i in 0..n {
                let before = if i == 0 { 1.0 } else { old[i - 1] };
                let after = if i + 1 == n { old[i] } else { old[i + 1] };
                v[i] += dt / (r * c) * (before - 2.0 * old[i] + after);
            }
        }
        (v[n - 1], v.iter().sum::<f64>() / n as f64)
    }

    #[test]
    fn a_distributed_line_settles_as_a_ladder_does() {
        for t in [0.1, 0.5, 1.0, 2.0] {
            let (far, mean) = ladder(120, 1.0, t);
            let series = settled_share(1.0, 1.0, t);
            assert!((mean - series).abs() < 5e-3, "{t}: {mean} {series}");
            if t >= 0.5 {
                let end = 1.0 - 4.0 / std::f64::consts::PI * (-(std::f64::consts::PI.powi(2)) / 4.0 * t).exp();
                assert!((far - end).abs() < 1e-2, "{t}: {far} {end}");
            }
        }
        assert_eq!(settled_share(0.0, 1e-12, 1e-9), 1.0);
        assert!(settled_share(1.0, 1.0, 0.0).abs() < 2e-3);
    }

    /// Two columns whose amplifiers have gain A0, solved as three equations, against the coefficient.
    #[test]
    fn crosstalk_of_two_columns() {
        let (c_f, c_c, gain, q) = (60e-15, 6e-15, 1000.0, 1e-15);
        // Nodes a, b at -V/A0; charge balance: q = C_f (a - V_a) + C_c (a - b), 0 = C_f (b - V_b) + C_c (b - a), V = -A0 node.
        let m = c_f * (1.0 + gain) + c_c;
        let (a, b) = (q * m / (m * m - c_c * c_c), q * c_c / (m * m - c_c * c_c));
        let found = b / a;
        let expected = virtual_ground_crosstalk(c_c, c_f, gain);
        assert!((found / expected - 1.0).abs() < 2e-3, "{found} {expected}");
    }

    /// Published: 1 pA for 40 ns is 0.25 electrons.
    #[test]
    fn leakage() {
        assert!((leakage_charge(1000.0, 40e-9) / 1.602e-19 - 0.25).abs() < 1e-3);
    }
}
