//! The device model and the geometry of its mismatch.

use super::closed::{EPSILON_0, K, Q, root};
use super::{Check, Measured};
use crate::array::{area_rel_sd, film_sd};
use crate::device::{CvCurve, Memcapacitor};
use crate::spec::{EdgeMismatch, FilmMismatch};

/// The cell of the published table: 5 nm and 25 nm of SiO2, 1 um2, n_i = 1e16 1/m3, 20 nm of silicon, 300 K, nothing else.
fn cell() -> Memcapacitor {
    Memcapacitor {
        t1: 5e-9,
        t2: 25e-9,
        eps1: 3.9,
        eps2: 3.9,
        length: 1e-6,
        width: 1e-6,
        t_shield: 20e-9,
        n_i_300: 1e16,
        e_gap: 1.12 * Q,
        n_shield: 0.0,
        d_it: 0.0,
        v_fb: 0.0,
        v_spread: 0.0,
        c_fringe: 0.0,
    }
}

/// Capacitance (F) of that cell by solving its charge balance C1 (V - phi) = C2 phi + Q0 exp(phi/vT) numerically.
pub(super) fn charge_balance(v: f64) -> f64 {
    let (c1, c2) = (EPSILON_0 * 3.9 * 1e-12 / 5e-9, EPSILON_0 * 3.9 * 1e-12 / 25e-9);
    let v_thermal = K * 300.0 / Q;
    let q0 = Q * 1e16 * 20e-9 * 1e-12;
    let phi = root(|phi| q0 * libm::exp(phi / v_thermal) + c2 * phi - c1 * (v - phi), -3.0, 3.0);
    let c_s = q0 * libm::exp(phi / v_thermal) / v_thermal;
    c1 * c2 / (c1 + c2 + c_s)
}

pub(super) fn curve() -> CvCurve {
    cell().at(300.0)
}

pub fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> =
        [(0.4, 1.0897), (0.6, 0.31531), (1.0, 0.077313)].map(|(v, ff)| published_point(v, ff)).into();
    checks.push(against_balance(0.5));
    checks.push(against_balance(2.0));
    checks.extend([window(), slope(), on_off(), electron_step()]);
    checks.extend([geometry("180 nm DUV", duv(), 0.7121), geometry("ArF immersion", arf(), 0.1118), film()]);
    checks
}

const CLOSED_FORM: &str = "closed form of the device (Wright omega) against";

fn published_point(v: f64, ff: f64) -> Check {
    Check {
        id: "V9",
        name: format!("capacitance of the memcapacitor at {v} V"),
        compares: CLOSED_FORM,
        source: "published table of the model, five digits",
        unit: "fF",
        expected: ff,
        tolerance: 2e-4 * ff,
        simulate: Box::new(move |_, fault| Ok(Measured::exact(curve().capacitance(v, 0.0) * 1e15 * (1.0 + fault)))),
    }
}

fn against_balance(v: f64) -> Check {
    let expected = charge_balance(v) * 1e15;
    Check {
        id: "V9",
        name: format!("capacitance of the memcapacitor at {v} V"),
        compares: CLOSED_FORM,
        source: "numerical solution of the charge balance",
        unit: "fF",
        expected,
        tolerance: 1e-6 * expected,
        simulate: Box::new(move |_, fault| {
            // The fault is in the thickness of the read-out dielectric.
            let cell = Memcapacitor { t2: 25e-9 * (1.0 + fault), ..cell() };
            Ok(Measured::exact(cell.at(300.0).capacitance(v, 0.0) * 1e15))
        }),
    }
}

/// A junction spread over 1.5 V.
fn spread(fault: f64) -> CvCurve {
    Memcapacitor { v_spread: 1.5 * (1.0 + fault), ..cell() }.at(300.0)
}

/// Voltage at which the spread junction shows a share of C_max.
fn voltage_of(curve: &CvCurve, share: f64) -> f64 {
    root(|v| share - curve.capacitance(v, 0.0) / curve.c_max, -2.0, 4.0)
}

const SPREAD: &str = "closed form with the junction spread over 1.5 V against";

fn window() -> Check {
    Check {
        id: "V10",
        name: "voltage from 99 % to 10 % of C_max".to_owned(),
        compares: SPREAD,
        source: "published: about 1.5 V (Demasius, Lowa, Murmann, CCMCC 2025); model 1.486 V",
        unit: "V",
        expected: 1.486,
        tolerance: 0.01,
        simulate: Box::new(|_, fault| {
            let curve = spread(fault);
            Ok(Measured::exact(voltage_of(&curve, 0.10) - voltage_of(&curve, 0.99)))
        }),
    }
}

fn slope() -> Check {
    Check {
        id: "V10",
        name: "steepest slope of the C-V curve".to_owned(),
        compares: SPREAD,
        source: "0.649 C_max/V: 0.923 mV of threshold are 0.060 % of C_max (published 0.062 %)",
        unit: "1/V",
        expected: 0.649,
        tolerance: 0.006,
        simulate: Box::new(|_, fault| {
            let curve = spread(fault);
            let h = 1e-4;
            let slope = |v: f64| (curve.capacitance(v, 0.0) - curve.capacitance(v + h, 0.0)) / (h * curve.c_max);
            Ok(Measured::exact((0..4000).map(|i| slope(f64::from(i) * 1e-3 - 1.0)).fold(0.0, f64::max)))
        }),
    }
}

fn on_off() -> Check {
    Check {
        id: "V10",
        name: "on/off ratio 2.5 V beyond the 99 % point".to_owned(),
        compares: SPREAD,
        source: "49.5; published: up to 60 (Demasius, Lowa, Murmann, CCMCC 2025)",
        unit: "",
        expected: 49.5,
        tolerance: 0.5,
        simulate: Box::new(|_, fault| {
            let curve = spread(0.0);
            let from = voltage_of(&curve, 0.99);
            let ratio = 0.99 * curve.c_max / curve.capacitance(from + 2.5, 0.0);
            Ok(Measured::exact(ratio * (1.0 + fault)))
        }),
    }
}

fn electron_step() -> Check {
    Check {
        id: "",
        name: "threshold shift of one electron on 1 um2 over 10 nm of oxide".to_owned(),
        compares: "device model against q/C1",
        source: "0.0464 mV: q t / (eps0 3.9 A)",
        unit: "mV",
        expected: Q * 10e-9 / (EPSILON_0 * 3.9 * 1e-12) * 1e3,
        tolerance: 1e-6,
        simulate: Box::new(|_, fault| {
            let cell = Memcapacitor { t1: 10e-9 * (1.0 + fault), ..cell() };
            Ok(Measured::exact(cell.electron_step() * 1e3))
        }),
    }
}

fn duv() -> EdgeMismatch {
    EdgeMismatch { cd_sd: 5.0, ler_sd: 2.0, ler_corr_nm: 42.0, corner_radius_nm: 60.0, corner_sd: 2.0 }
}

fn arf() -> EdgeMismatch {
    EdgeMismatch { cd_sd: 0.5, ler_sd: 2.5, ler_corr_nm: 30.0, corner_radius_nm: 7.0, corner_sd: 2.0 }
}

fn geometry(name: &str, edge: EdgeMismatch, percent: f64) -> Check {
    Check {
        id: "V8",
        name: format!("area mismatch of 1 um2, {name}"),
        compares: "geometry of a plate against",
        source: "Demasius, Lowa, Murmann, CCMCC 2025, Eqs. 23-29: 0.71 % and 0.11 %",
        unit: "%",
        expected: percent,
        tolerance: 1e-3 * percent,
        simulate: Box::new(move |_, fault| Ok(Measured::exact(area_rel_sd(&edge, 1e6 * (1.0 + fault)) * 100.0))),
    }
}

fn film() -> Check {
    Check {
        id: "V8",
        name: "film of 0.3 nm at a point, 10 nm correlated, averaged over 1 um2".to_owned(),
        compares: "film mismatch against",
        source: "Demasius, Lowa, Murmann, CCMCC 2025: 0.003 nm",
        unit: "nm",
        expected: 0.003,
        tolerance: 1e-6,
        simulate: Box::new(|_, fault| {
            let film = FilmMismatch { sd: 0.3 * (1.0 + fault), corr_nm: 10.0 };
            Ok(Measured::exact(film_sd(&film, 1e6)))
        }),
    }
}
