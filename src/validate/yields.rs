//! Yield and cost.

use serde_json::json;

use super::lab::{Lab, spec};
use super::lots::bare;
use super::{Check, Measured, ValidateError};
use crate::economics::cost_per_good_die;
use crate::fab::{VirtualLot, die_sites};
use crate::spec::{Defects, Density};
use crate::stats::Estimate;

/// Clustering that stands for none.
const POISSON: f64 = 1e9;

pub fn checks() -> Vec<Check> {
    vec![
        defect_yield("Poisson", Some(POISSON), 0.5, libm::exp(-0.5)),
        defect_yield("Murphy (triangular density)", None, 0.5, 0.61927),
        defect_yield("Seeds (alpha 1)", Some(1.0), 0.5, 1.0 / 1.5),
        defect_yield("negative binomial, alpha 2", Some(2.0), 0.5, 0.64),
        defect_yield("negative binomial, alpha 0.5", Some(0.5), 0.5, std::f64::consts::FRAC_1_SQRT_2),
        gross_dies(),
        cost(),
    ]
}

/// Share of dies without a killer for `x` defects per die, of gamma density with this alpha or else triangular; also the points
/// of the figure.
pub(super) fn simulate(lab: &Lab, alpha: Option<f64>, x: f64) -> Result<Measured, ValidateError> {
    let mut spec = bare(json!({ "parameter": "c_feedback_rel" }), 25, 2.0)?;
    spec.product.die.critical_area_fraction = 1.0;
    let density = if alpha.is_some() { Density::Gamma } else { Density::Triangular };
    spec.process.step[3].defect =
        Some(Defects { d0_per_cm2: x / 0.04, density, alpha, kill_ratio: 1.0, mode: "particle".to_owned() });
    let (mut good, mut n) = (0.0, 0.0);
    for number in 0..lab.n(1) {
        spec.experiment.lot.number = number;
        let lot = VirtualLot::new(&spec)?;
        for plan in lot.wafers() {
            good += lot.sites().iter().filter(|site| lot.defects(plan, site).1 == 0).count() as f64;
            n += lot.sites().len() as f64;
        }
    }
    let value: f64 = good / n;
    Ok(Measured { value, error: (value * (1.0 - value) / n).sqrt() })
}

fn defect_yield(name: &str, alpha: Option<f64>, x: f64, expected: f64) -> Check {
    Check {
        id: "V24",
        name: format!("yield at {x} defects per die, {name}"),
        compares: "dies of virtual lots without a killer defect against the closed form",
        source: "(1 + x/alpha)^-alpha, Stapper 1989; exp(-x) without clusters; ((1 - exp(-x))/x)^2, Murphy 1964",
        unit: "",
        expected,
        tolerance: 3.2e-3 * expected,
        simulate: Box::new(move |lab, fault| simulate(lab, alpha, x * (1.0 + fault))),
    }
}

fn gross_dies() -> Check {
    Check {
        id: "V25",
        name: "whole dies of 50 mm2 on 300 mm, best of 21 x 21 offsets".to_owned(),
        compares: "die grid against an independent count",
        source: "3 mm edge exclusion, 0.1 mm scribe: 1247",
        unit: "dies",
        expected: 1247.0,
        tolerance: 0.0,
        simulate: Box::new(|_, fault| {
            let spec = spec(&[])?;
            let (mut wafer, mut die) = (spec.process.wafer, spec.product.die);
            (wafer.diameter_mm, wafer.edge_exclusion_mm) = (300.0, 3.0);
            die.width_mm = 50f64.sqrt() * (1.0 + fault);
            (die.height_mm, die.scribe_um) = (die.width_mm, 100.0);
            let offsets = (0..21).flat_map(|i| (0..21).map(move |j| [f64::from(i) / 21.0, f64::from(j) / 21.0]));
            let counts = offsets.map(|grid_offset| {
                die.grid_offset = grid_offset;
                die_sites(&wafer, &die).len()
            });
            Ok(Measured::exact(counts.max().unwrap_or(0) as f64))
        }),
    }
}

fn cost() -> Check {
    Check {
        id: "",
        name: "cost of a good die of 50 mm2".to_owned(),
        compares: "economics against the published table",
        source: "1,650 USD wafer, 1319 gross dies, yield 0.9516: 1.31 USD",
        unit: "USD",
        expected: 1650.0 / (1319.0 * 0.9516),
        tolerance: 1e-6,
        simulate: Box::new(|_, fault| {
            let yield_ = Estimate::bare(0.9516, 0.95, "given", 1);
            Ok(Measured::exact(cost_per_good_die(1650.0 * (1.0 + fault), 0.0, 1319.0, &yield_).value))
        }),
    }
}
