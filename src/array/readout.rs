//! The charge amplifier of a column: gain, settling, noise and offset for the capacitance that hangs on it.

use crate::device::constants::BOLTZMANN;
use crate::spec;

/// A column's amplifier on one die at one corner (SI).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amplifier {
    /// Capacitance of one bitline with its cells, wires and amplifier input (F).
    pub c_total: f64,
    /// Feedback capacitor (F).
    pub c_feedback: f64,
    /// Volts at the output per coulomb, with finite gain and settling.
    pub volts_per_coulomb: f64,
    pub temperature: f64,
    noise_excess: f64,
    n_averages: f64,
    offset_sd_v: f64,
}

impl Amplifier {
    /// V = (Q/C_f) / (1 + (1 + C_T/C_f)/A0) (1 - exp(-t/tau)), tau = (1 + C_T/C_f) / (2 pi GBW).
    ///
    /// Virtual ground assumed; wire resistance left out: 2.6 RC of a 1000-row column (0.5 ns at 1 ohm and 1 fF per cell) is far
    /// below the settling time. Source: charge amplifier of Demasius, Lowa, Murmann, IEEE CCMCC 2025, Sec. III; Derived.
    pub fn new(readout: &spec::Readout, c_total: f64, c_feedback_rel: f64, temperature: f64) -> Self {
        let c_feedback = readout.c_feedback_ff * 1e-15 * c_feedback_rel;
        let noise_gain = 1.0 + c_total / c_feedback;
        let finite_gain = 1.0 / (1.0 + noise_gain / readout.amplifier_gain);
        let tau = noise_gain / (std::f64::consts::TAU * readout.gbw_mhz * 1e6);
        let settled = 1.0 - libm::exp(-readout.t_settle_ns * 1e-9 / tau);
        Self {
            c_total,
            c_feedback,
            volts_per_coulomb: finite_gain * settled / c_feedback,
            temperature,
            noise_excess: readout.noise_excess,
            n_averages: f64::from(readout.n_averages),
            offset_sd_v: readout.offset_sd_mv * 1e-3,
        }
    }

    /// Noise charge (C, one sigma) of one averaged conversion of a pair of bitlines: each adds kT C_T and the amplifier's share.
    pub fn noise_charge(&self) -> f64 {
        let one = BOLTZMANN * self.temperature * self.c_total * (1.0 + self.noise_excess);
        self.averaged_pair(one).sqrt()
    }

    /// Noise charge squared (C^2) of an averaged conversion of a pair, of a source that gives each bitline `one` in a read.
    pub fn averaged_pair(&self, one: f64) -> f64 {
        2.0 * one / self.n_averages
    }

    /// Output offset (V, one sigma): the input's, times the noise gain.
    pub fn offset_sd(&self) -> f64 {
        self.offset_sd_v * (1.0 + self.c_total / self.c_feedback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readout() -> spec::Readout {
        spec::Readout {
            amplifier_gain: 1000.0,
            gbw_mhz: 1e6,
            t_settle_ns: 40.0,
            c_feedback_ff: 100.0,
            c_feedback_rel_sd: 0.0,
            c_input_ff: 0.0,
            offset_sd_mv: 1.0,
            noise_excess: 0.0,
            n_averages: 1,
            source: String::new(),
        }
    }

    /// Published: A0 = 1000 with C_T = 2 C_f costs 0.30 %.
    #[test]
    fn finite_gain() {
        let amplifier = Amplifier::new(&readout(), 200e-15, 1.0, 300.0);
        assert!((amplifier.volts_per_coulomb * 100e-15 - 1.0 / 1.003).abs() < 1e-9);
    }

    /// V1: sqrt(kTC) of 1 fF at 300 K is 2.0352 aC; a pair has sqrt(2) of it, four averages half of that.
    #[test]
    fn v1_thermal_noise() {
        let amplifier = Amplifier::new(&readout(), 1e-15, 1.0, 300.0);
        assert!((amplifier.noise_charge() / (2.0352e-18 * 2.0f64.sqrt()) - 1.0).abs() < 1e-4);
        let averaged = Amplifier::new(&spec::Readout { n_averages: 4, ..readout() }, 1e-15, 1.0, 300.0);
        assert!((averaged.noise_charge() / amplifier.noise_charge() - 0.5).abs() < 1e-12);
    }

    /// Settling within t leaves exp(-t/tau): 6.24 tau for half an LSB of 8 bits.
    #[test]
    fn settling() {
        let slow = |gbw_mhz| Amplifier::new(&spec::Readout { gbw_mhz, ..readout() }, 200e-15, 1.0, 300.0);
        let tau_ns = 40.0 / (9.0 * 2.0f64.ln());
        let gbw_mhz = 3.0 / (std::f64::consts::TAU * tau_ns * 1e-9) * 1e-6;
        let error = 1.0 - slow(gbw_mhz).volts_per_coulomb / slow(1e9).volts_per_coulomb;
        assert!((error * 512.0 - 1.0).abs() < 1e-6, "{error}");
    }
}
