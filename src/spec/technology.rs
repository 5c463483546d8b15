//! The device: its kind and every parameter of its model, each with range and source.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Conductance;

/// A device technology at its process of record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Technology {
    pub name: String,
    pub device: DeviceKind,
    pub description: String,
    /// The model's parameters by id. The id ends in the unit; the device model says which ids it needs and what they mean.
    /// Any of them may be moved by a process step.
    pub parameter: BTreeMap<String, Parameter>,
    /// Published statistics of a resistive cell; only for devices that store a weight as conductance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conductance: Option<Conductance>,
}

/// The device models that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// Weights as gate-to-read-out capacitance behind a shielding layer.
    Memcapacitor,
    /// Weights as bits in SRAM that connect unit capacitors (metal-insulator-metal or metal fingers).
    SramCharge,
    /// Weights as conductance of an oxide filament.
    Rram,
    /// Weights as conductance of a phase-change cell.
    Pcm,
    /// Weights as current of a charge-trap transistor.
    Sonos,
}

/// One physical number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Value at the process of record, in the unit of the parameter's id.
    pub nominal: f64,
    /// Lowest and highest value for which the model holds. A die outside is an error, not a silent extrapolation.
    pub range: [f64; 2],
    /// Second-order response (one over the unit): a deviation d that process and corner make moves the parameter by
    /// d + quadratic d^2, which skews it. Design kits that give a parameter as a polynomial of one normal need it.
    #[serde(default, skip_serializing_if = "super::is_zero")]
    pub quadratic: f64,
    /// Where the number comes from.
    pub source: String,
}

impl Parameter {
    /// The parameter for a value that is linear in what moved it. Beyond the turning point it stays there, which is out of range.
    pub fn respond(&self, linear: f64) -> f64 {
        let deviation = linear - self.nominal;
        let deviation = match self.turning_deviation() {
            None => return linear,
            Some(turn) if self.quadratic > 0.0 => deviation.max(turn),
            Some(turn) => deviation.min(turn),
        };
        self.nominal + deviation + self.quadratic * deviation * deviation
    }

    /// Lowest (quadratic above 0) or highest value that the response reaches: there it turns back.
    pub fn turning_point(&self) -> Option<f64> {
        self.turning_deviation().map(|turn| self.respond(self.nominal + turn))
    }

    /// Where d + quadratic d^2 turns.
    fn turning_deviation(&self) -> Option<f64> {
        (self.quadratic != 0.0).then(|| -0.5 / self.quadratic)
    }
}

/// Which values of a parameter the device model can take at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Positive,
    NotNegative,
    Any,
}

impl DeviceKind {
    /// The parameters that the device's model needs: exactly these, no other.
    pub fn parameters(self) -> &'static [(&'static str, Sign)] {
        use Sign::{Any, NotNegative, Positive};
        match self {
            Self::Memcapacitor => &[
                ("t1_nm", Positive),
                ("t2_nm", Positive),
                ("eps1", Positive),
                ("eps2", Positive),
                ("length_nm", Positive),
                ("width_nm", Positive),
                ("t_shield_nm", Positive),
                ("n_i_per_cm3", Positive),
                ("e_gap_ev", Positive),
                ("n_shield_per_cm3", NotNegative),
                ("d_it_per_cm2_ev", NotNegative),
                ("v_fb_v", Any),
                ("v_spread_v", NotNegative),
                ("c_fringe_af_per_um", NotNegative),
                ("window_v", Positive),
                ("sigma_vt_mv", NotNegative),
                ("c_wire_ff", NotNegative),
                ("c_feedback_rel", Positive),
            ],
            Self::SramCharge => &[
                ("c_density_ff_per_um2", Positive),
                ("unit_area_um2", Positive),
                ("mismatch_pct_um", NotNegative),
                ("c_off_rel", NotNegative),
                ("cell_area_um2", Positive),
                ("c_wire_ff", NotNegative),
                ("c_feedback_rel", Positive),
            ],
            Self::Rram | Self::Pcm | Self::Sonos => &[
                ("g_low_us", NotNegative),
                ("g_high_us", Positive),
                ("sigma_rel", NotNegative),
                ("stuck_low_rate", NotNegative),
                ("stuck_high_rate", NotNegative),
                ("g_stuck_high_us", Positive),
                ("r_wire_ohm", NotNegative),
                ("cell_area_um2", Positive),
                ("c_wire_ff", NotNegative),
                ("c_feedback_rel", Positive),
            ],
        }
    }

    /// As messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memcapacitor => "memcapacitor",
            Self::SramCharge => "SRAM cell with unit capacitors",
            Self::Rram => "RRAM cell",
            Self::Pcm => "phase-change cell",
            Self::Sonos => "SONOS cell",
        }
    }

    /// True where a weight is a conductance: it has published statistics, ages, and its lines drop voltage.
    pub fn is_resistive(self) -> bool {
        matches!(self, Self::Rram | Self::Pcm | Self::Sonos)
    }

    /// The parameters that are patterned lines: only these can have edge mismatch.
    pub fn lines(self) -> &'static [&'static str] {
        match self {
            Self::Memcapacitor => &["length_nm", "width_nm"],
            Self::SramCharge | Self::Rram | Self::Pcm | Self::Sonos => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_bends_until_it_turns() {
        let of = |quadratic| Parameter { nominal: 2.0, range: [1.0, 3.0], quadratic, source: String::new() };
        assert_eq!((of(0.0).respond(2.3), of(0.0).turning_point()), (2.3, None));
        assert!((of(0.5).respond(2.4) - 2.48).abs() < 1e-12 && (of(0.5).respond(1.6) - 1.68).abs() < 1e-12);
        assert!((of(-0.5).respond(2.4) - 2.32).abs() < 1e-12);
        assert_eq!([of(0.5).respond(1.0), of(0.5).respond(-9.0)], [1.5, 1.5]);
        assert_eq!([of(-0.5).respond(3.0), of(-0.5).respond(9.0)], [2.5, 2.5]);
        assert_eq!([of(0.5).turning_point(), of(-0.5).turning_point()], [Some(1.5), Some(2.5)]);
    }
}
