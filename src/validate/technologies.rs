//! Technologies behind the card: cells that the kernels drew, against the published statistics of each.

use super::lab::{Lab, candidate, nominal_card};
use super::{Check, Measured, ValidateError};
use crate::compute::Card;
use crate::device::Conductor;
use crate::spec::Spec;
use crate::stats::mean_sd;

pub fn checks() -> Vec<Check> {
    let mut checks = vec![
        pelgrom("SKY130 MIM, 2.8 % um, 10 x 10 um", 2.8, 100.0, 0.280),
        pelgrom("IHP SG13G2 MIM, 1.0 % um, 7 x 7 um", 1.0, 49.0, 0.142_857),
        pelgrom_slope(),
    ];
    for (g, sd) in [(0.5, 0.952_71), (1.0, 1.055_38)] {
        let id = "pcm";
        let source = "Nandakumar et al., ICECS 2019: 0.26348 + 1.9650 g - 1.1731 g^2 (uS)";
        checks.push(Spread { number: "V18", id, top_us: 25.0 * g, level: 7, age_s: 0.0, sd, source }.check());
    }
    for (name, age_s, left) in [("1 hour", 3600.0, 0.7758), ("1 day", 86_400.0, 0.6650), ("1 year", 3.1536e7, 0.5002)] {
        checks.push(drift(name, age_s, left));
    }
    checks.extend([(1.0, 1.0, 3.687), (0.5, 1.0, 5.785), (1.0, 86_400.0, 4.476)].map(read_noise));
    let agrawal = "Agrawal et al., IEDM 2022: A (1 - exp(-I/B)); 17.83 and 29.56 nA at 400 nA, here over 0.1 V";
    let wan = "Wan et al., Nature 608, 504 (2022), fit of aihwkit";
    let milo = "Milo et al., IRPS 2021: 4.782321 - 0.009107 G (uS)";
    // sqrt((0.0112185 + 0.0112903 * 88)^2 + (0.0420114 ln 86400 + 0.411833)^2).
    let cmo = "IBM CMO/HfOx, fit of aihwkit: programming and relaxation in quadrature";
    checks.extend(
        [
            Spread { number: "V21", id: "sonos", top_us: 14.0, level: 2, age_s: 0.0, sd: 0.178_29, source: agrawal },
            Spread {
                number: "V21",
                id: "sonos",
                top_us: 14.0,
                level: 2,
                age_s: 432_000.0,
                sd: 0.295_56,
                source: agrawal,
            },
            Spread { number: "V22", id: "rram_wan", top_us: 20.0, level: 7, age_s: 1.0, sd: 2.023, source: wan },
            Spread { number: "V22", id: "rram_wan", top_us: 20.0, level: 7, age_s: 86_400.0, sd: 3.909, source: wan },
            Spread { number: "V22", id: "rram_milo", top_us: 225.0, level: 2, age_s: 0.0, sd: 3.8716, source: milo },
            Spread {
                number: "V22",
                id: "rram_cmo",
                top_us: 88.0,
                level: 7,
                age_s: 86_400.0,
                sd: 1.341_84,
                source: cmo,
            },
        ]
        .map(Spread::check),
    );
    checks.push(stuck("low", 0.0175, 2.0e-4));
    checks.push(stuck("high", 0.0904, 4.0e-4));
    checks.push(share_at_zero());
    checks
}

/// Conductance of weight steps on a candidate (uS): from the lowest level, and per step. Wires are left out.
fn scale_us(spec: &Spec) -> (f64, f64) {
    let at = |id: &str| spec.technology.parameter[id].nominal;
    (at("g_low_us"), (at("g_high_us") - at("g_low_us")) / 7.0)
}

/// A candidate with ideal wires and cells that all work.
fn resistive(id: &str, top_us: f64, age_s: f64) -> Result<Spec, ValidateError> {
    let mut spec = candidate(id, &[("technology.parameter.r_wire_ohm.nominal", "0")])?;
    let mut set = |id: &str, value: f64| {
        spec.technology.parameter.get_mut(id).expect("of every resistive device").nominal = value
    };
    set("g_high_us", top_us);
    set("stuck_low_rate", 0.0);
    set("stuck_high_rate", 0.0);
    if let Some(retention) = &mut spec.product.retention {
        retention.age_s = age_s;
        retention.compensation = crate::spec::Compensation::None;
    }
    Ok(spec)
}

/// Spread of cells of one level and age against a published value (uS).
struct Spread {
    number: &'static str,
    id: &'static str,
    top_us: f64,
    level: i8,
    age_s: f64,
    sd: f64,
    source: &'static str,
}

impl Spread {
    fn check(self) -> Check {
        let Self { number, id, top_us, level, age_s, sd, source } = self;
        let target = if id == "rram_milo" { 100.0 } else { top_us * f64::from(level) / 7.0 };
        Check {
            id: number,
            name: format!("spread of {id} cells of {target} uS, {age_s} s old"),
            compares: "cells that the kernels drew (probe of the candidate's card) against the published fit",
            source,
            unit: "uS",
            expected: sd,
            tolerance: 0.012 * sd,
            simulate: Box::new(move |lab, fault| {
                let mut spec = resistive(id, top_us, age_s)?;
                let sigma = spec.technology.parameter.get_mut("sigma_rel").expect("of every resistive device");
                sigma.nominal = 1.0 + fault;
                let (_, step) = scale_us(&spec);
                let cells = lab.cells_of_level(nominal_card(&spec, 0)?, level, lab.n(1))?;
                let found = mean_sd(&cells).1 * step;
                Ok(Measured { value: found, error: found * (0.5 / cells.len() as f64).sqrt() })
            }),
        }
    }
}

fn drift(name: &str, age_s: f64, left: f64) -> Check {
    Check {
        id: "V19",
        name: format!("what PCM cells of 25 uS keep after {name}"),
        compares: "mean of cells that the kernels drew against the published drift",
        source: "Nandakumar et al., ICECS 2019: mean of ((t + 20 s)/20 s)^-nu",
        unit: "",
        expected: left,
        tolerance: 0.004 * left,
        simulate: Box::new(move |lab, fault| {
            let spec = resistive("pcm", 25.0, age_s)?;
            let mut card = nominal_card(&spec, 0)?;
            card.level_mean[7] *= (1.0 + fault) as f32;
            let (mean, sd) = mean_sd(&lab.cells_of_level(card, 7, lab.n(1))?);
            let (_, step) = scale_us(&spec);
            Ok(Measured { value: mean * step / 25.0, error: sd * step / 25.0 / 256.0 })
        }),
    }
}

fn read_noise((g, age_s, percent): (f64, f64, f64)) -> Check {
    Check {
        id: "V20",
        name: format!("read noise of PCM cells at g = {g}, {age_s} s old"),
        compares: "device model against the published formula",
        source: "Nandakumar et al., ICECS 2019: min(0.0088/g^0.65, 0.2) sqrt(ln((t + 20 s)/500 ns))",
        unit: "%",
        expected: percent,
        tolerance: 2e-3 * percent,
        simulate: Box::new(move |_, fault| {
            let spec = resistive("pcm", 25.0, age_s)?;
            let fits = spec.technology.conductance.expect("a resistive technology has fits");
            let relative = Conductor::new(fits).read_noise(25.0 * g, 1.0, age_s);
            Ok(Measured::exact(relative * 100.0 * (1.0 + fault)))
        }),
    }
}

/// The card of unit capacitors of an area (um2) with a mismatch (% um): level 1 is one of them.
fn capacitors(mismatch_pct_um: f64, area_um2: f64) -> Result<Card, ValidateError> {
    let mut spec = candidate("sram", &[("technology.parameter.c_off_rel.nominal", "0")])?;
    for (id, value) in [("mismatch_pct_um", mismatch_pct_um), ("unit_area_um2", area_um2)] {
        spec.technology.parameter.get_mut(id).expect("of the device").nominal = value;
    }
    nominal_card(&spec, 0)
}

/// Relative sd of such capacitors, as drawn (%), and its standard error.
fn capacitor_sd(lab: &Lab, card: Card) -> Result<Measured, ValidateError> {
    let cells = lab.cells_of_level(card, 1, lab.n(1))?;
    let (mean, sd) = mean_sd(&cells);
    let percent = 100.0 * sd / mean;
    Ok(Measured { value: percent, error: percent * (0.5 / cells.len() as f64).sqrt() })
}

fn pelgrom(name: &'static str, mismatch_pct_um: f64, area_um2: f64, percent: f64) -> Check {
    Check {
        id: "V11",
        name: format!("mismatch of {name}"),
        compares: "unit capacitors that the kernels drew against A_C/sqrt(WL), one sigma of one device",
        source: "the design kit's statistics; Pelgrom, JSSC 24, 1433 (1989)",
        unit: "%",
        expected: percent,
        tolerance: 0.012 * percent,
        simulate: Box::new(move |lab, fault| capacitor_sd(lab, capacitors(mismatch_pct_um * (1.0 + fault), area_um2)?)),
    }
}

fn pelgrom_slope() -> Check {
    Check {
        id: "V11",
        name: "exponent of mismatch against area, 1 to 100 um2".to_owned(),
        compares: "unit capacitors that the kernels drew, at both ends",
        source: "Pelgrom, JSSC 24, 1433 (1989): -1/2",
        unit: "",
        expected: -0.5,
        tolerance: 0.004,
        simulate: Box::new(|lab, fault| {
            let small = capacitor_sd(lab, capacitors(1.0, 1.0)?)?;
            // A fault is one of the exponent.
            let large = capacitor_sd(lab, capacitors(libm::pow(100.0, 0.5 * fault), 100.0)?)?;
            let log = libm::log(100.0);
            let error = ((small.error / small.value).powi(2) + (large.error / large.value).powi(2)).sqrt() / log;
            Ok(Measured { value: libm::log(large.value / small.value) / log, error })
        }),
    }
}

/// Stuck cells of a chip with over-forming, 1.75 % low and 9.04 % high: realised is what was asked for.
fn stuck(side: &'static str, rate: f64, tolerance: f64) -> Check {
    Check {
        id: "",
        name: format!("share of cells stuck {side}, {:.2} % asked for", rate * 100.0),
        compares: "cells that the kernels drew against the rate in the technology file",
        source: "rates of C.-Y. Chen et al., IEEE TC 64, 180 (2015); a peer realises 0.01 % of 1 %",
        unit: "",
        expected: rate,
        tolerance,
        simulate: Box::new(move |lab, fault| {
            let mut spec = candidate("rram_stuck", &[("technology.parameter.r_wire_ohm.nominal", "0")])?;
            let key = format!("stuck_{side}_rate");
            spec.technology.parameter.get_mut(&key).expect("of every resistive device").nominal = rate * (1.0 + fault);
            let card = nominal_card(&spec, 0)?;
            let value = f64::from(if side == "low" { card.stuck.low_value } else { card.stuck.high_value });
            // Far from the value of stuck cells.
            let cells = lab.cells_of_level(card, 7, lab.n(96))?;
            Ok(Measured::share(cells.iter().filter(|&&cell| cell == value).count(), cells.len()))
        }),
    }
}

/// A cell whose target is zero cannot land below: half of them are at zero.
fn share_at_zero() -> Check {
    Check {
        id: "",
        name: "share of PCM cells of target 0 that conduct nothing".to_owned(),
        compares: "bounded cells that the kernels drew against symmetry",
        source: "max(0, N(0, sigma)): one half",
        unit: "",
        expected: 0.5,
        tolerance: 0.005,
        simulate: Box::new(|lab, fault| {
            let spec = resistive("pcm", 25.0, 0.0)?;
            let mut card = nominal_card(&spec, 0)?;
            card.level_mean[0] += fault as f32 * card.level_sd[0];
            let cells = lab.cells_of_level(card, 0, lab.n(2))?;
            let zero = f64::from(card.level_low[0]);
            let share = cells.iter().filter(|&&cell| cell <= zero).count() as f64 / cells.len() as f64;
            Ok(Measured { value: share, error: (0.25 / cells.len() as f64).sqrt() })
        }),
    }
}

/// Points of the drift figure: mean of PCM cells of g after a time, over what they were programmed to.
pub(super) fn simulate_drift(lab: &Lab, g: f64, age_s: f64) -> Result<Measured, ValidateError> {
    let spec = resistive("pcm", 25.0, age_s)?;
    let level = (7.0 * g).round() as i8;
    let (mean, sd) = mean_sd(&lab.cells_of_level(nominal_card(&spec, 0)?, level, 1)?);
    let (_, step) = scale_us(&spec);
    let target = 25.0 * f64::from(level) / 7.0;
    Ok(Measured { value: mean * step / target, error: sd * step / target / 256.0 })
}
