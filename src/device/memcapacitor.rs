//! The memcapacitor in closed form: gate / memory dielectric / shielding semiconductor / dielectric / read-out electrode.
//!
//! Three capacitors meet at the shield: C1 to the gate, C2 to the read-out electrode, and the shield's own differential
//! capacitance C_s = dQ_s/dphi to its grounded contacts. With Boltzmann carriers, Q_s = Q0 exp(phi/vT), the charge balance
//! has the closed solution
//!
//! ```text
//! C(V) = C_fr + C_max / (1 + w(z)),   C_max = C1 C2 / S,   z = (V - V_t - dV_w) / (m vT),   S = C1 + C2 + C_it
//! m = S / C1,                         V_t = V_FB + q N t_s A / C1 + m vT ln(S vT / Q0),   Q0 = q n_i t_s A
//! ```
//!
//! with w the Wright omega function and dV_w the stored threshold shift. Interface traps, C_it, are taken to follow the read,
//! so they screen as the carriers do. A threshold that is spread evenly over a width b along the junction averages this over
//! b. Derived: tests `v9_closed_form_against_charge_balance` and `v10_width_slope_on_off`;
//! geometry after Demasius et al., Nature Electronics 4, 748 (2021) and Demasius, Lowa, Murmann, IEEE CCMCC 2025.
//! One flank (electrons) only: the device is read on it.

use super::constants::{BOLTZMANN, ELECTRON, VACUUM_PERMITTIVITY};
use super::wright_omega::omega_and_log;

/// Parameters of a cell, as a process leaves them (SI).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memcapacitor {
    /// Memory dielectric (gate side) and read-out dielectric: thickness (m), relative permittivity.
    pub t1: f64,
    pub t2: f64,
    pub eps1: f64,
    pub eps2: f64,
    /// Plate (m).
    pub length: f64,
    pub width: f64,
    /// Shield film: thickness (m), intrinsic density at 300 K (1/m3), band gap (J), residual doping (1/m3).
    pub t_shield: f64,
    pub n_i_300: f64,
    pub e_gap: f64,
    pub n_shield: f64,
    /// Interface traps (1/(m2 J)).
    pub d_it: f64,
    pub v_fb: f64,
    /// Width over which the threshold is spread along the junction (V); 0: uniform film.
    pub v_spread: f64,
    /// Fringe capacitance per length of perimeter (F/m).
    pub c_fringe: f64,
}

/// A cell at one temperature: everything that its C-V curve needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CvCurve {
    /// Largest capacitance of the shielded path (F), without fringe.
    pub c_max: f64,
    /// Fringe (F): passes the shield.
    pub c_fringe: f64,
    /// m vT (V): one unit of z.
    pub v_scale: f64,
    /// Threshold without stored charge (V).
    pub v_t: f64,
    pub v_spread: f64,
}

impl Memcapacitor {
    pub fn area(&self) -> f64 {
        self.length * self.width
    }

    /// Gate capacitance C1 (F).
    pub fn c1(&self) -> f64 {
        VACUUM_PERMITTIVITY * self.eps1 * self.area() / self.t1
    }

    /// Read-out capacitance C2 (F).
    pub fn c2(&self) -> f64 {
        VACUUM_PERMITTIVITY * self.eps2 * self.area() / self.t2
    }

    /// What the gate's driver sees (F) of a cell whose read-out electrode sees `capacitance` (F) in the same step.
    ///
    /// Q_G = C1 (V - phi) and Q_R = C2 phi: the gate also charges what the shield takes to its contacts, up to all of C1.
    pub fn gate_capacitance(&self, capacitance: f64) -> f64 {
        let fringe = self.c_fringe * 2.0 * (self.length + self.width);
        fringe + self.c1() * (1.0 - (capacitance - fringe) / self.c2())
    }

    /// The C-V curve at `temperature` (K).
    ///
    /// n_i(T) = n_i(300) (T/300)^1.5 exp(-(E_g/2)(1/kT - 1/k300)), E_g constant: -0.3 meV/K of silicon is left out.
    pub fn at(&self, temperature: f64) -> CvCurve {
        let v_thermal = BOLTZMANN * temperature / ELECTRON;
        let (c1, c2) = (self.c1(), self.c2());
        let c_it = ELECTRON * ELECTRON * self.d_it * self.area();
        let all = c1 + c2 + c_it;
        let m = all / c1;
        let relative = temperature / 300.0;
        let exponent = self.e_gap / (2.0 * BOLTZMANN) * (1.0 / 300.0 - 1.0 / temperature);
        let n_i = self.n_i_300 * relative * relative.sqrt() * libm::exp(exponent);
        let q0 = ELECTRON * n_i * self.t_shield * self.area();
        let v_doping = ELECTRON * self.n_shield * self.t_shield * self.area() / c1;
        CvCurve {
            c_max: c1 * c2 / all,
            c_fringe: self.c_fringe * 2.0 * (self.length + self.width),
            v_scale: m * v_thermal,
            v_t: self.v_fb + v_doping + m * v_thermal * libm::log(all * v_thermal / q0),
            v_spread: self.v_spread,
        }
    }

    /// Variance of the threshold from random dopants and from traps that are occupied at random (V^2), one cell.
    ///
    /// Dopants: Poisson count N t_s A, each q/C1. Traps: occupation f(1 - f) integrates to kT over energy, so D_it A kT of
    /// them fluctuate.
    pub fn threshold_variance(&self, temperature: f64) -> f64 {
        let per_charge = ELECTRON / self.c1();
        let dopants = self.n_shield * self.t_shield * self.area();
        let traps = self.d_it * self.area() * BOLTZMANN * temperature;
        per_charge * per_charge * (dopants + traps)
    }

    /// Threshold shift of one stored electron (V).
    pub fn electron_step(&self) -> f64 {
        ELECTRON / self.c1()
    }
}

impl CvCurve {
    /// Small-signal capacitance (F) at gate voltage `v` with threshold shift `shift` (V).
    pub fn capacitance(&self, v: f64, shift: f64) -> f64 {
        let z = (v - self.v_t - shift) / self.v_scale;
        self.c_fringe + self.c_max * self.transmission(z).value
    }

    /// Charge (C) on the read-out electrode for a gate step from `from` to `to` (V): the exact integral of C dV.
    pub fn charge(&self, from: f64, to: f64, shift: f64) -> f64 {
        let read = Read { v_base: from, v_step: to - from };
        self.read(read, shift).capacitance * read.v_step
    }

    /// Effective capacitance of a read step, charge over voltage, and its derivatives by the threshold shift.
    pub fn read(&self, read: Read, shift: f64) -> ReadPoint {
        let z = |v: f64| (v - self.v_t - shift) / self.v_scale;
        let (a, b) = (self.transmission(z(read.v_base)), self.transmission(z(read.v_base + read.v_step)));
        let scale = self.c_max / read.v_step;
        ReadPoint {
            capacitance: self.c_fringe + scale * self.v_scale * (b.integral - a.integral),
            slope: scale * (a.value - b.value),
            curvature: scale / self.v_scale * (b.derivative - a.derivative),
        }
    }

    /// What the shield lets through of C_max at z.
    fn transmission(&self, z: f64) -> Transmission {
        if self.v_spread > 0.0 {
            let half = 0.5 * self.v_spread / self.v_scale;
            let over = 0.5 / half;
            let ((w_low, f_low), (w_high, f_high)) = (omega_and_log(z - half), omega_and_log(z + half));
            let (g_low, g_high) =
                (log_omega_integral(z - half, w_low, f_low), log_omega_integral(z + half, w_high, f_high));
            Transmission {
                derivative: (w_low - w_high) / ((1.0 + w_low) * (1.0 + w_high)) * over,
                value: (f_high - f_low) * over,
                integral: (g_high - g_low) * over,
            }
        } else {
            let (w, log) = omega_and_log(z);
            let value = 1.0 / (1.0 + w);
            Transmission { derivative: -w * value * value * value, value, integral: log }
        }
    }

    /// Threshold shift (V) at which a read step sees `target` (F): infinite where no shift does.
    ///
    /// The capacitance rises with the shift from the fringe to fringe + C_max, so the root is unique. Halley's method from
    /// `start`, whose last step is taken on trust where its own error, of the third power of its length, is below 1e-12 of
    /// m vT; a bracketed search where it does not converge.
    pub fn shift_for(&self, read: Read, target: f64, start: f64) -> f64 {
        if target <= self.c_fringe {
            return f64::NEG_INFINITY;
        }
        if target >= self.c_fringe + self.c_max {
            return f64::INFINITY;
        }
        let mut shift = start;
        for _ in 0..12 {
            let point = self.read(read, shift);
            let residual = point.capacitance - target;
            if residual.abs() <= 1e-13 * self.c_max {
                return shift;
            }
            let newton = residual / point.slope;
            let step = newton / (1.0 - 0.5 * newton * point.curvature / point.slope);
            shift -= step;
            if step.abs() <= 1e-4 * self.v_scale {
                return shift;
            }
            if !shift.is_finite() {
                break;
            }
        }
        self.bracketed_shift(read, target)
    }

    fn bracketed_shift(&self, read: Read, target: f64) -> f64 {
        let residual = |shift: f64| self.read(read, shift).capacitance - target;
        // The step is centred on the threshold; the curve's width is its spread and a few thermal units.
        let centre = read.v_base + 0.5 * read.v_step - self.v_t;
        let mut reach = 0.5 * self.v_spread + read.v_step + 8.0 * self.v_scale;
        // The flanks fall off as 1/V at worst: a target that needs more than this is at the limit but for rounding.
        let farthest = 1e9 * self.v_scale;
        while residual(centre - reach) > 0.0 {
            reach *= 2.0;
            if reach > farthest {
                return f64::NEG_INFINITY;
            }
        }
        while residual(centre + reach) < 0.0 {
            reach *= 2.0;
            if reach > farthest {
                return f64::INFINITY;
            }
        }
        root(residual, centre - reach, centre + reach)
    }
}

/// The shield's transmission at z, its derivative and its integral over z.
struct Transmission {
    derivative: f64,
    value: f64,
    integral: f64,
}

/// A read step on the gate (V).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Read {
    pub v_base: f64,
    pub v_step: f64,
}

/// What a read step sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadPoint {
    /// Charge over voltage (F).
    pub capacitance: f64,
    /// First and second derivative by the threshold shift (F/V, F/V2).
    pub slope: f64,
    pub curvature: f64,
}

/// Integral of ln w over z: z^2/2 - w - w^2/2, from dw/dz = w/(1 + w).
fn log_omega_integral(z: f64, w: f64, log: f64) -> f64 {
    // z^2 - w^2 = (z - w)(z + w), with z - w = ln w, keeps the digits for large z.
    0.5 * log * (z + w) - w
}

/// Root of a rising function in a bracket, by halving: 80 steps reach the last bits of f64.
fn root(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if f(middle) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cell of the validation table: 5 nm and 25 nm of SiO2, 1 um2, n_i 1e16 1/m3, 20 nm, nothing else.
    fn v9_cell() -> Memcapacitor {
        Memcapacitor {
            t1: 5e-9,
            t2: 25e-9,
            eps1: 3.9,
            eps2: 3.9,
            length: 1e-6,
            width: 1e-6,
            t_shield: 20e-9,
            n_i_300: 1e16,
            e_gap: 1.12 * ELECTRON,
            n_shield: 0.0,
            d_it: 0.0,
            v_fb: 0.0,
            v_spread: 0.0,
            c_fringe: 0.0,
        }
    }

    /// V_FB of the table includes no work function: V_t follows from the charge balance alone.
    #[test]
    fn v9_published_points() {
        let curve = v9_cell().at(300.0);
        for (v, ff) in [(0.4, 1.0897), (0.6, 0.31531), (1.0, 0.077313), (2.0, 0.025051)] {
            let c = curve.capacitance(v, 0.0) * 1e15;
            assert!((c / ff - 1.0).abs() < 2e-4, "C({v} V) = {c} fF, expected {ff}");
        }
    }

    /// Solves C1 (V - phi) = (C2 + C_it) phi + Q0 exp(phi/vT) by halving and differentiates: no Wright omega in it.
    #[test]
    fn v9_closed_form_against_charge_balance() {
        for (temperature, traps_per_cm2_ev) in [(300.0, 0.0), (300.0, 1e12), (358.15, 1e11)] {
            let cell = Memcapacitor { d_it: traps_per_cm2_ev * 1e4 / ELECTRON, e_gap: 0.0, ..v9_cell() };
            let c_it = ELECTRON * traps_per_cm2_ev * 1e4 * cell.area();
            let (c1, c2) = (cell.c1(), cell.c2());
            let vt = BOLTZMANN * temperature / ELECTRON;
            let n_i = cell.n_i_300 * (temperature / 300.0f64).powf(1.5);
            let q0 = ELECTRON * n_i * cell.t_shield * cell.area();
            let curve = cell.at(temperature);
            for i in 0..=30 {
                let v = -0.5 + 0.1 * f64::from(i);
                let balance = |phi: f64| q0 * (phi / vt).exp() + (c2 + c_it) * phi - c1 * (v - phi);
                let phi = root(balance, -3.0, 3.0);
                let c_s = q0 * (phi / vt).exp() / vt;
                let numeric = c1 * c2 / (c1 + c2 + c_it + c_s);
                assert!((curve.capacitance(v, 0.0) / numeric - 1.0).abs() < 1e-9, "at {v} V, {temperature} K");
            }
        }
    }

    /// An erased cell shows its gate all of C1, an open one the series of C1 and C2.
    #[test]
    fn gate_charge() {
        let cell = Memcapacitor { c_fringe: 5e-12, ..v9_cell() };
        let curve = cell.at(300.0);
        let (c1, c2) = (cell.c1(), cell.c2());
        let at = |v: f64| cell.gate_capacitance(curve.capacitance(v, 0.0)) - curve.c_fringe;
        assert!((at(-1.0) / (c1 * c2 / (c1 + c2)) - 1.0).abs() < 1e-6);
        assert!((at(5.0) / c1 - 1.0).abs() < 0.01);
    }

    /// The exact derivatives of the read against central differences.
    #[test]
    fn read_derivatives() {
        let read = Read { v_base: 0.3, v_step: 0.4 };
        for v_spread in [0.0, 1.5] {
            let curve = Memcapacitor { v_spread, ..v9_cell() }.at(300.0);
            for shift in [-0.6, -0.1, 0.0, 0.2, 0.7] {
                let (h, at) = (1e-4, |s: f64| curve.read(read, s));
                let (below, above) = (at(shift - h), at(shift + h));
                let slope = (above.capacitance - below.capacitance) / (2.0 * h);
                let curvature = (above.slope - below.slope) / (2.0 * h);
                assert!((at(shift).slope - slope).abs() < 1e-5 * curve.c_max, "{v_spread} {shift}");
                assert!((at(shift).curvature - curvature).abs() < 1e-4 * curve.c_max, "{v_spread} {shift}");
            }
        }
    }

    /// m = 1.2, b = 1.5 V, 300 K: 99 -> 10 % over 1.486 V (published 1.5), slope 0.649 C_max/V, on/off 49.5.
    #[test]
    fn v10_width_slope_on_off() {
        let curve = Memcapacitor { v_spread: 1.5, ..v9_cell() }.at(300.0);
        assert!((curve.v_scale / 0.025852 - 1.2).abs() < 1e-3);
        let relative = |v: f64| curve.capacitance(v, 0.0) / curve.c_max;
        let at = |level: f64| root(|v| level - relative(v), -2.0, 4.0);
        let (v99, v10) = (at(0.99), at(0.10));
        assert!((v10 - v99 - 1.486).abs() < 0.01, "{}", v10 - v99);
        let slope = (0..4000).map(|i| f64::from(i) * 1e-3 - 1.0).map(|v| (relative(v) - relative(v + 1e-4)) / 1e-4);
        assert!((slope.fold(0.0, f64::max) - 0.649).abs() < 0.0065);
        assert!((1.0 / relative(v99 + 2.5) / 49.5 - 1.0).abs() < 0.01);
    }

    #[test]
    fn charge_is_the_integral_of_capacitance() {
        for v_spread in [0.0, 0.3, 1.5] {
            let curve = Memcapacitor { v_spread, c_fringe: 5e-12, d_it: 1e15 / ELECTRON, ..v9_cell() }.at(330.0);
            let (from, to, n) = (-0.3, 1.6, 20_000);
            let h = (to - from) / f64::from(n);
            let midpoint: f64 = (0..n).map(|i| curve.capacitance(from + h * (f64::from(i) + 0.5), 0.1) * h).sum();
            assert!((curve.charge(from, to, 0.1) / midpoint - 1.0).abs() < 1e-7, "spread {v_spread}");
        }
    }

    #[test]
    fn shift_inverts_the_read() {
        let read = Read { v_base: 0.3, v_step: 0.4 };
        for v_spread in [0.0, 1.5] {
            let curve = Memcapacitor { v_spread, c_fringe: 5e-12, ..v9_cell() }.at(300.0);
            for percent in 1..=99 {
                let target = curve.c_fringe + curve.c_max * f64::from(percent) / 100.0;
                // Far starts take the bracketed way.
                for start in [0.0, 5.0, -5.0] {
                    let reached = curve.read(read, curve.shift_for(read, target, start)).capacitance;
                    assert!((reached / target - 1.0).abs() < 1e-11, "{percent} % from {start}: {reached:e}");
                }
            }
            let almost = curve.shift_for(read, curve.c_fringe * (1.0 + f64::EPSILON), 0.0);
            assert!(almost < -1.0, "{almost}");
            assert_eq!(curve.shift_for(read, curve.c_fringe, 0.0), f64::NEG_INFINITY);
            assert_eq!(curve.shift_for(read, curve.c_fringe + curve.c_max, 0.0), f64::INFINITY);
        }
    }

    /// Published sensitivities: 2.07, 10.4, 46 mV at 1e17 cm-3 in 20 nm under 10 nm EOT for 1 um, 200 nm, 45 nm;
    /// an electron is 0.046 mV at 1 um and 22.9 mV at 45 nm; 0.93 mV per 1 % of dose.
    #[test]
    fn dopants_and_electron_granularity() {
        let cell = |side: f64| Memcapacitor { t1: 10e-9, length: side, width: side, n_shield: 1e23, ..v9_cell() };
        for (side, mv) in [(1e-6, 2.07), (200e-9, 10.4), (45e-9, 46.0)] {
            assert!((cell(side).threshold_variance(300.0).sqrt() * 1e3 / mv - 1.0).abs() < 0.01, "{side}");
        }
        for (side, mv) in [(1e-6, 0.0464), (45e-9, 22.9)] {
            assert!((cell(side).electron_step() * 1e3 / mv - 1.0).abs() < 0.01, "{side}");
        }
        let more = Memcapacitor { n_shield: 1.01e23, ..cell(1e-6) };
        let shift = more.at(300.0).v_t - cell(1e-6).at(300.0).v_t;
        assert!((shift * 1e3 / 0.928 - 1.0).abs() < 0.01, "{shift}");
    }

    /// d ln C_max / d ln t1 = -C2/(C1 + C2), by t2 -C1/(C1 + C2); on/off falls with temperature as 1/T.
    #[test]
    fn thickness_and_temperature_sensitivities() {
        let cell = v9_cell();
        let (c1, c2) = (cell.c1(), cell.c2());
        let c_max = |cell: Memcapacitor| cell.at(300.0).c_max;
        let by = |changed: Memcapacitor| (c_max(changed) / c_max(cell) - 1.0) / 1e-6;
        assert!((by(Memcapacitor { t1: cell.t1 * (1.0 + 1e-6), ..cell }) + c2 / (c1 + c2)).abs() < 1e-4);
        assert!((by(Memcapacitor { t2: cell.t2 * (1.0 + 1e-6), ..cell }) + c1 / (c1 + c2)).abs() < 1e-4);
        let ratio = |t: f64| {
            let curve = cell.at(t);
            curve.c_max / curve.capacitance(curve.v_t + 2.5, 0.0)
        };
        assert!((ratio(358.15) / ratio(300.0) / (300.0 / 358.15) - 1.0).abs() < 0.03);
    }
}
