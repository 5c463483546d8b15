//! The virtual fab: levels of the hierarchy, signatures, correlated fields, parametric yield.

use serde_json::{Value, json};

use super::closed::tail;
use super::lab::{Lab, SEED, sd_of, spec};
use super::{Check, Measured, ValidateError};
use crate::fab::{FieldSampler, VirtualLot, correlation, radial_terms};
use crate::random::{DieAddress, HostDraw, Stream};
use crate::spec::{Gauge, Kernel, Radial, SitePlan, Spec};
use crate::stats::nested_components;

/// The parameter that the suite's flow moves; nominal 1.
const MOVED: &str = "c_feedback_rel";
const NO_ERROR: Gauge = Gauge { repeatability_sd: 0.0, reproducibility_sd: 0.0, bias: 0.0, resolution: 0.0 };

pub fn checks() -> Vec<Check> {
    let mut checks = vec![components("lot", 1.5), components("wafer", 1.0), components("die", 2.0)];
    checks.push(furnace());
    checks.push(density_corner());
    checks.push(skewed_density());
    checks.extend([skewed_corner(4.0, 2.2310), skewed_corner(-4.0, 1.7780)]);
    checks.push(within_limits());
    checks.push(accepted());
    checks.extend([
        signature("bowl", 0.577_35, |fault| disk_sd(|rho, _| shape(0, rho) * (1.0 + fault))),
        signature("donut", 0.447_21, |fault| disk_sd(|rho, _| shape(1, rho) * (1.0 + fault))),
        signature("edge ring of width 0.05", 0.1993, |fault| disk_sd(|rho, _| shape(2, rho) * (1.0 + fault))),
    ]);
    checks.extend([
        kernel("exponential", Kernel::Exponential, libm::exp(-1.0)),
        kernel("Matern 3/2", Kernel::Matern32, 0.483_36),
        kernel("Matern 5/2", Kernel::Matern52, 0.523_99),
        kernel("Gaussian", Kernel::Gaussian, libm::exp(-1.0)),
    ]);
    checks.push(die_mean());
    checks
}

/// The shipped flow with one effect on one parameter, nothing planted, and `n_wafers` wafers without split.
pub(super) fn bare(effect: Value, n_wafers: u8, die_mm: f64) -> Result<Spec, ValidateError> {
    let mut spec = spec(&[])?;
    spec.process.step.iter_mut().for_each(|step| {
        step.effect.clear();
        step.defect = None;
    });
    spec.process.step[0].effect.push(serde_json::from_value(effect).expect("an effect of the suite parses"));
    let experiment = &mut spec.experiment;
    experiment.run.seed = SEED;
    experiment.excursion.clear();
    experiment.corner.truncate(1);
    experiment.split.truncate(1);
    experiment.split[0].change.clear();
    experiment.split[0].wafers = format!("W01..W{n_wafers:02}");
    experiment.lot.n_wafers = n_wafers;
    experiment.lot.randomize_slots = false;
    (spec.product.die.width_mm, spec.product.die.height_mm) = (die_mm, die_mm);
    // The suite's spreads are far beyond what a foundry would ship.
    spec.technology.parameter.get_mut(MOVED).expect("the shipped technology has it").range = [-1e9, 1e9];
    Ok(spec)
}

/// Values of the moved parameter over a lot at one of its corners. Shape: `[wafer][die]`.
fn values(spec: &Spec, dies: usize, corner: usize) -> Result<Vec<Vec<f64>>, ValidateError> {
    let lot = VirtualLot::new(spec)?;
    let place = spec.technology.parameter.keys().position(|key| key == MOVED).expect("as above");
    let of_wafer = |plan| -> Result<Vec<f64>, ValidateError> {
        let wafer = lot.wafer(plan);
        let of_die = |site| Ok(wafer.parameters(site, 0, corner)?[place]);
        lot.sites().iter().take(dies).map(of_die).collect()
    };
    lot.wafers().iter().map(of_wafer).collect()
}

/// Values of the moved parameter on all dies of some lots at the first corner.
fn of_lots(mut spec: Spec, n_lots: u32) -> Result<Vec<f64>, ValidateError> {
    let mut all = Vec::new();
    for number in 0..n_lots {
        spec.experiment.lot.number = number;
        all.extend(values(&spec, usize::MAX, 0)?.into_iter().flatten());
    }
    Ok(all)
}

/// Lot, wafer and die sd 1.5, 1 and 2, recovered by nested analysis of variance over lots of 5 wafers and 4 dies.
fn components(level: &'static str, expected: f64) -> Check {
    let index = ["lot", "wafer", "die"].iter().position(|name| *name == level).expect("one of the three");
    // Lots: their sd has a relative error of 1/sqrt(2 n).
    let n_lots = [40_000, 14_000, 3_000][index];
    Check {
        id: "V27",
        name: format!("{level} sd recovered by nested analysis of variance"),
        compares: "virtual lots with sd 1.5 (lot), 1 (wafer), 2 (die) against what was put in",
        source: "construction; components from mean squares",
        unit: "",
        expected,
        tolerance: 0.014 * expected,
        simulate: Box::new(move |lab, fault| {
            let grown = |level: usize, sd: f64| if level == index { sd * (1.0 + fault) } else { sd };
            let effect = json!({
                "parameter": MOVED, "lot_sd": grown(0, 1.5), "wafer_sd": grown(1, 1.0), "die_sd": grown(2, 2.0),
            });
            let mut spec = bare(effect, 5, 60.0)?;
            let n_lots = lab.n(n_lots);
            let mut lots = Vec::with_capacity(n_lots as usize);
            for number in 0..n_lots {
                spec.experiment.lot.number = number;
                lots.push(values(&spec, 4, 0)?);
            }
            let found = nested_components(&lots);
            let variance = [found.outer, found.middle, found.inner][index];
            let error = [found.outer_error, found.middle_error, found.inner_error][index];
            Ok(Measured { value: variance.sqrt(), error: 0.5 * error / variance.sqrt() })
        }),
    }
}

/// Published mean squares of an oxidation furnace: 21 runs, 4 wafer positions, 2 sites.
fn furnace() -> Check {
    Check {
        id: "V26",
        name: "between-run variance of a furnace from its mean squares".to_owned(),
        compares: "nested components against the published decomposition",
        source: "NIST/SEMATECH e-Handbook of Statistical Methods, furnace case study: 312.557 (47.44 %)",
        unit: "",
        expected: 312.557,
        tolerance: 1e-3,
        simulate: Box::new(|_, fault| {
            let found = crate::stats::components_of([3072.11 * (1.0 + fault), 571.659, 120.893], [21, 4, 2]);
            Ok(Measured::exact(found.outer))
        }),
    }
}

/// Levels of a flow together make its sigma, and a corner counts in it; design kits quote one, three or four of them.
fn density_corner() -> Check {
    // 3.875 % in all, in shares of 35 : 20 : 45.
    const LEVELS: [f64; 3] = [0.022_925, 0.017_329_5, 0.025_994_3];
    Check {
        id: "V12",
        name: "capacitor density at a corner of 4 sigma, 3.875 % over lots, wafers and dies".to_owned(),
        compares: "a die at the corner less the same die at the typical one against the design kit's corner",
        source: "GF180MCU design kit, 1.5 fF/um2 MIM capacitor: statistics 3.875 % (one sigma), corner 15.5 %",
        unit: "%",
        expected: 15.5,
        tolerance: 1e-3,
        simulate: Box::new(|_, fault| {
            let [lot_sd, wafer_sd, die_sd] = LEVELS.map(|sd| sd * (1.0 + fault));
            let effect = json!({ "parameter": MOVED, "lot_sd": lot_sd, "wafer_sd": wafer_sd, "die_sd": die_sd });
            let mut spec = bare(effect, 1, 60.0)?;
            let mut corner = spec.experiment.corner[0].clone();
            corner.sigma.insert(MOVED.to_owned(), 4.0);
            spec.experiment.corner.push(corner);
            let (typical, high) = (values(&spec, 1, 0)?, values(&spec, 1, 1)?);
            Ok(Measured::exact(100.0 * (high[0][0] - typical[0][0])))
        }),
    }
}

/// A kit's density (fF/um2) as a polynomial of one normal, 2 + 0.056625 z + 2.8125e-4 z^2, at a die's deviation.
fn skewed(fault: f64, n_wafers: u8, die_mm: f64) -> Result<Spec, ValidateError> {
    let mut spec = bare(json!({ "parameter": MOVED, "die_sd": 0.056_625 * (1.0 + fault) }), n_wafers, die_mm)?;
    let parameter = spec.technology.parameter.get_mut(MOVED).expect("as above");
    (parameter.nominal, parameter.quadratic) = (2.0, 2.812_5e-4 / (0.056_625 * 0.056_625));
    parameter.range = [0.0, 4.0];
    Ok(spec)
}

fn skewed_density() -> Check {
    Check {
        id: "V12",
        name: "sigma of a capacitor density that is a polynomial of one normal".to_owned(),
        compares: "dies of virtual lots against the polynomial's sd",
        source: "SKY130 design kit, MIM capacitor on metal 3: 2.8125e-4 z^2 + 0.056625 z + 2 fF/um2, sd 0.056626",
        unit: "fF/um2",
        expected: 0.056_626,
        tolerance: 4e-4,
        simulate: Box::new(|lab, fault| Ok(sd_of(&of_lots(skewed(fault, 25, 3.0)?, lab.n(1))?))),
    }
}

fn skewed_corner(sigmas: f64, expected: f64) -> Check {
    Check {
        id: "V12",
        name: format!("capacitor density that is a polynomial of one normal, at {sigmas:+} sigma"),
        compares: "the nominal die at a corner against the polynomial",
        source: "SKY130 design kit, MIM capacitor on metal 3, at z = +-4",
        unit: "fF/um2",
        expected,
        tolerance: 1e-6,
        simulate: Box::new(move |_, fault| {
            let mut spec = skewed(fault, 1, 60.0)?;
            spec.experiment.variation.process = 0.0;
            let mut corner = spec.experiment.corner[0].clone();
            corner.sigma.insert(MOVED.to_owned(), sigmas);
            spec.experiment.corner.push(corner);
            Ok(Measured::exact(values(&spec, 1, 1)?[0][0]))
        }),
    }
}

fn within_limits() -> Check {
    Check {
        id: "V13",
        name: "share of dies within +-10 % for a capacitor density of 3.3 % sigma".to_owned(),
        compares: "virtual lot against 1 - 2 Q(10/3.3)",
        source: "IHP SG13G2 MIM capacitor, 3.3 % (one sigma), limits 1.35-1.65 fF/um2",
        unit: "",
        expected: 1.0 - 2.0 * tail(10.0 / 3.3),
        tolerance: 3.6e-4,
        simulate: Box::new(|lab, fault| {
            let effect = json!({ "parameter": MOVED, "die_sd": 0.033 * (1.0 + fault) });
            let values = of_lots(bare(effect, 25, 3.0)?, lab.n(1))?;
            let inside = values.iter().filter(|value| (*value - 1.0).abs() <= 0.1).count();
            Ok(Measured::share(inside, values.len()))
        }),
    }
}

/// Wafers with at least six of nine sites within limits that a site meets nine times out of ten.
fn accepted() -> Check {
    // 90 % of a normal distribution lie within so many sigmas.
    const LIMIT: f64 = 1.644_853_627;
    Check {
        id: "V30",
        name: "share of wafers with 6 of 9 sites within limits that 90 % of sites meet".to_owned(),
        compares: "metrology of virtual lots, read without gauge error, against the binomial distribution",
        source: "P(k >= 6), k of 9 at 0.9: 0.99167",
        unit: "",
        expected: 0.991_668,
        tolerance: 1e-3,
        simulate: Box::new(|lab, fault| {
            let effect = json!({ "parameter": MOVED, "die_sd": 0.01 * (1.0 + fault) });
            let mut spec = bare(effect, 25, 5.0)?;
            let nine = spec.process.step.iter_mut().filter_map(|step| step.metrology.take());
            let mut metrology = nine.last().expect("a shipped step is measured");
            (metrology.parameter, metrology.plan, metrology.gauge) = (MOVED.to_owned(), SitePlan::Nine, NO_ERROR);
            spec.process.step[0].metrology = Some(metrology);
            let (mut accepted, mut n) = (0, 0);
            for number in 0..lab.n(1600) {
                spec.experiment.lot.number = number;
                let lot = VirtualLot::new(&spec)?;
                for plan in lot.wafers() {
                    let readings = lot.wafer(plan).readings();
                    let within = readings.iter().filter(|r| (r.measured - 1.0).abs() <= 0.01 * LIMIT).count();
                    accepted += usize::from(within >= 6);
                    n += 1;
                }
            }
            Ok(Measured::share(accepted, n))
        }),
    }
}

/// One of the radial shapes with coefficient 1.
fn shape(index: usize, rho: f64) -> f64 {
    let mut radial = Radial { edge_width: 0.05, ..Radial::default() };
    *[&mut radial.bowl, &mut radial.donut, &mut radial.edge][index] = 1.0;
    radial_terms(&radial, rho)[index]
}

/// Sd over the disk, by the midpoint rule in rho^2 and theta.
fn disk_sd(f: impl Fn(f64, f64) -> f64) -> f64 {
    let (n_rho, n_theta) = (4000, 16);
    let (mut sum, mut sum2) = (0.0, 0.0);
    for i in 0..n_rho {
        let rho = ((f64::from(i) + 0.5) / f64::from(n_rho)).sqrt();
        for j in 0..n_theta {
            let value = f(rho, (f64::from(j) + 0.5) / f64::from(n_theta) * std::f64::consts::TAU);
            sum += value;
            sum2 += value * value;
        }
    }
    let n = f64::from(n_rho * n_theta);
    (sum2 / n - (sum / n).powi(2)).sqrt()
}

fn signature(name: &'static str, expected: f64, sd: impl Fn(f64) -> f64 + Sync + 'static) -> Check {
    Check {
        id: "V28",
        name: format!("sd over the wafer of a unit {name}"),
        compares: "signature integrated over the disk against the closed form",
        source: "Zernike (2,0): 1/sqrt(3), (4,0): 1/sqrt(5); exp((rho - 1)/d) by its integral",
        unit: "",
        expected,
        tolerance: 1e-3 * expected,
        simulate: Box::new(move |_, fault| Ok(Measured::exact(sd(fault)))),
    }
}

fn kernel(name: &'static str, kernel: Kernel, expected: f64) -> Check {
    Check {
        id: "V28",
        name: format!("{name} correlation at one length"),
        compares: "correlation kernel against",
        source: "Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, ch. 4",
        unit: "",
        expected,
        tolerance: 1e-5,
        simulate: Box::new(move |_, fault| Ok(Measured::exact(correlation(kernel, 30.0 * (1.0 + fault), 30.0)))),
    }
}

/// Variance of the mean of a field over a square die, relative to the field's.
fn die_mean() -> Check {
    const NODES: i32 = 10;
    const SIDE_MM: f64 = 7.071;
    const LENGTH_MM: f64 = 5.0;
    // Mean of exp(-d/l) over all pairs of the 10 x 10 nodes of a die.
    let nodes = || (0..NODES).flat_map(|a| (0..NODES).map(move |b| (f64::from(a), f64::from(b))));
    let pair =
        |p: (f64, f64), q: (f64, f64)| libm::hypot(p.0 - q.0, p.1 - q.1) * SIDE_MM / f64::from(NODES) / LENGTH_MM;
    let sum: f64 = nodes().flat_map(|p| nodes().map(move |q| libm::exp(-pair(p, q)))).sum();
    let expected = sum / f64::from(NODES).powi(4);
    Check {
        id: "V29",
        name: "share of a field's variance that is left in the mean of a 7.07 mm die, length 5 mm".to_owned(),
        compares: "sampled fields (circulant embedding) against the double sum over its nodes",
        source: "exponential kernel; 0.508 for the integral over the square",
        unit: "",
        expected,
        tolerance: 0.0125,
        simulate: Box::new(|lab, fault| {
            let spacing = SIDE_MM / f64::from(NODES);
            let sampler = FieldSampler::with_spacing(Kernel::Exponential, LENGTH_MM, 1.5 * SIDE_MM, spacing)?;
            let (mut sum2, mut n) = (0.0, 0.0);
            for lot in 0..lab.n(5000) {
                let draw = HostDraw::new(SEED, Stream::Process, DieAddress::wafer_level(lot, 1), "validate/field");
                let field = sampler.sample(&draw);
                for (i, j) in (-1..=1).flat_map(|i| (-1..=1).map(move |j| (f64::from(i), f64::from(j)))) {
                    let (i, j) = (i * SIDE_MM, j * SIDE_MM);
                    let place = |centre: f64, node: i32| centre + f64::from(node - NODES / 2) * spacing;
                    let nodes = (0..NODES).flat_map(|a| (0..NODES).map(move |b| (a, b)));
                    let sum: f64 = nodes.map(|(a, b)| field.at(place(i, a), place(j, b))).sum();
                    let mean = sum / f64::from(NODES * NODES) * (1.0 + fault);
                    sum2 += mean * mean;
                    n += 1.0;
                }
            }
            // Neighbouring dies share some of the field: their nine squares count for half as many.
            Ok(Measured { value: sum2 / n, error: sum2 / n * f64::sqrt(2.0 / (0.5 * n)) })
        }),
    }
}

/// Points of the validation figure: empirical correlation of a sampled field against distance (mm).
pub(super) fn empirical_correlation(
    lab: &Lab,
    length_mm: f64,
    lags_mm: &[f64],
) -> Result<Vec<Measured>, ValidateError> {
    let sampler = FieldSampler::new(Kernel::Matern32, length_mm, 100.0)?;
    let mut sums = vec![(0.0, 0.0); lags_mm.len()];
    let n_fields = lab.n(300);
    for lot in 0..n_fields {
        let draw = HostDraw::new(SEED, Stream::Process, DieAddress::wafer_level(lot, 2), "validate/field");
        let field = sampler.sample(&draw);
        for (sum, lag) in sums.iter_mut().zip(lags_mm) {
            let product = field.at(-30.0, 11.0) * field.at(-30.0 + lag, 11.0);
            sum.0 += product;
            sum.1 += product * product;
        }
    }
    let n = f64::from(n_fields);
    let measured = |(first, second): &(f64, f64)| Measured {
        value: first / n,
        error: ((second / n - (first / n).powi(2)) / n).sqrt(),
    };
    Ok(sums.iter().map(measured).collect())
}
