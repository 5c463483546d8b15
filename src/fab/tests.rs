//! What must hold of whole lots: addresses, levels, recipes, metrology and the shipped flows.

use super::testing::{spec, spec_at_fab_b, spec_with, still};
use super::*;
use crate::spec::{Field, Kernel, Radial, Spec, StepEffect, WaferGeometry};

fn position(spec: &Spec, id: &str) -> usize {
    spec.technology.parameter.keys().position(|key| key == id).unwrap()
}

/// Values of a parameter on every die of every wafer of lots `0..n_lots`. Shape: `[lot][wafer][die]`.
fn values(spec: &mut Spec, id: &str, n_lots: u32, n_wafers: usize) -> Vec<Vec<Vec<f64>>> {
    let index = position(spec, id);
    let of_lot = |number| {
        spec.experiment.lot.number = number;
        let lot = VirtualLot::new(spec).unwrap();
        let of_wafer = |plan: &WaferPlan| -> Vec<f64> {
            let wafer = lot.wafer(plan);
            lot.sites().iter().map(|site| wafer.parameters(site, 0, 0).unwrap()[index]).collect()
        };
        lot.wafers().iter().take(n_wafers).map(of_wafer).collect()
    };
    (0..n_lots).map(of_lot).collect()
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) = values.into_iter().fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
    sum / n
}

fn variance(values: &[f64]) -> f64 {
    let m = mean(values.iter().copied());
    mean(values.iter().map(|v| (v - m).powi(2)))
}

/// A wafer asked alone, or last of all, or in a lot whose other wafers do other things, is the same to the last bit.
#[test]
fn a_wafer_is_the_same_alone_and_after_others() {
    let spec = spec();
    let lot = VirtualLot::new(&spec).unwrap();
    let plan = &lot.wafers()[4];
    let site = &lot.sites()[77];
    let alone = lot.wafer(plan).parameters(site, 1, 0).unwrap();
    for other in lot.wafers() {
        let wafer = lot.wafer(other);
        assert!(other.number == plan.number || wafer.parameters(site, 1, 0).unwrap() != alone);
    }
    assert_eq!(lot.wafer(plan).parameters(site, 1, 0).unwrap(), alone);

    // Another edge exclusion makes other die sites; the dies that stay keep their draws.
    let mut narrower = spec.clone();
    narrower.process.wafer = WaferGeometry { edge_exclusion_mm: 20.0, ..spec.process.wafer.clone() };
    let narrow_lot = VirtualLot::new(&narrower).unwrap();
    let inner = lot.sites().iter().find(|site| (site.x, site.y) == (2, -3)).unwrap();
    let before = lot.wafer(plan).parameters(inner, 0, 0).unwrap();
    assert_eq!(narrow_lot.wafer(plan).parameters(inner, 0, 0).unwrap(), before);
    assert_eq!(narrow_lot.defects(plan, inner), lot.defects(plan, inner));
}

/// A new parameter, a new step and another lot size move no draw of the others.
#[test]
fn new_draws_move_no_other() {
    let base = spec();
    let t1 = position(&base, "t1_nm");
    let site = die_sites(&base.process.wafer, &base.product.die)[100];
    let t1_of = |spec: &Spec| {
        let lot = VirtualLot::new(spec).unwrap();
        lot.wafer(&lot.wafers()[2]).parameters(&site, 0, 0).unwrap()[t1]
    };
    let mut more = base.clone();
    more.process.step[3].effect.push(StepEffect { die_sd: 1.0, ..still("t2_nm") });
    assert_eq!(t1_of(&more), t1_of(&base));
    more.process.step.remove(5);
    assert_eq!(t1_of(&more), t1_of(&base));
    let mut seeded = base.clone();
    seeded.experiment.run.seed += 1;
    assert_ne!(t1_of(&seeded), t1_of(&base));
}

#[test]
fn a_recipe_moves_its_target_and_nothing_else() {
    let spec = spec();
    let lot = VirtualLot::new(&spec).unwrap();
    let t1 = position(&spec, "t1_nm");
    for plan in lot.wafers() {
        let wafer = lot.wafer(plan);
        for site in lot.sites().iter().step_by(97) {
            let (control, thin) = (wafer.parameters(site, 0, 0).unwrap(), wafer.parameters(site, 1, 0).unwrap());
            for (index, (a, b)) in control.iter().zip(&thin).enumerate() {
                // 4 % of 5 nm.
                let shift = if index == t1 { -0.2 } else { 0.0 };
                assert!((b - a - shift).abs() < 1e-12, "{index}");
            }
        }
    }
}

#[test]
fn a_corner_shifts_by_total_sigma() {
    let spec = spec();
    let lot = VirtualLot::new(&spec).unwrap();
    let wafer = lot.wafer(&lot.wafers()[0]);
    let site = &lot.sites()[5];
    let (typical, thick) = (wafer.parameters(site, 0, 0).unwrap(), wafer.parameters(site, 0, 1).unwrap());
    for (index, id) in spec.technology.parameter.keys().enumerate() {
        let k = if ["t1_nm", "t2_nm"].contains(&id.as_str()) { 3.0 } else { 0.0 };
        let shift = thick[index] - typical[index];
        assert!((shift - k * lot.total_sigma(id)).abs() <= 1e-9 * shift.abs() + 1e-12, "{id}");
    }
}

/// Stopping a wafer early moves neither its parameters, nor what it read before the stop, nor any other wafer.
#[test]
fn stopping_early_moves_nothing() {
    let through = {
        let mut spec = spec();
        spec.experiment.split[3].stop_after = None;
        spec
    };
    let stopped = spec();
    let (whole, short) = (VirtualLot::new(&through).unwrap(), VirtualLot::new(&stopped).unwrap());
    for (a, b) in whole.wafers().iter().zip(short.wafers()) {
        let (wafer_a, wafer_b) = (whole.wafer(a), short.wafer(b));
        let site = &whole.sites()[300];
        assert_eq!(wafer_a.parameters(site, 0, 0), wafer_b.parameters(site, 0, 0));
        assert_eq!(whole.defects(a, site), short.defects(b, site));
        let (readings_a, readings_b) = (wafer_a.readings(), wafer_b.readings());
        assert!(readings_a.starts_with(&readings_b));
        let is_stopped = b.split == 3;
        assert_eq!(a.full_flow != b.full_flow, is_stopped);
        assert_eq!(readings_a.len() > readings_b.len(), is_stopped);
    }
}

/// Metrology reads the value after its own step: the next step's move is not in it, the recipe is.
#[test]
fn readings_follow_the_flow() {
    let mut spec = spec();
    spec.experiment.variation.process = 0.0;
    spec.experiment.split[0].change = vec![crate::spec::RecipeChange {
        step: "0550".into(),
        recipe: "LONG".into(),
        parameter: "length_nm".into(),
        op: crate::spec::RecipeOp::Add,
        value: 30.0,
    }];
    let lot = VirtualLot::new(&spec).unwrap();
    let plan = &lot.wafers()[0];
    let readings = lot.wafer(plan).readings();
    let steps: Vec<_> =
        spec.process.step.iter().filter(|step| step.metrology.is_some()).map(|s| s.id.as_str()).collect();
    let mut seen: Vec<_> = readings.iter().map(|r| r.step.as_str()).collect();
    seen.dedup();
    assert_eq!(seen, steps);
    for reading in &readings {
        let expected = match reading.step.as_str() {
            "0550" => 1030.0,
            _ => spec.technology.parameter[&reading.parameter].nominal,
        };
        assert_eq!(reading.truth, expected, "{}", reading.step);
        assert!((reading.measured / expected - 1.0).abs() < 1e-3);
        assert_eq!((reading.split.as_str(), reading.slot, reading.wafer.as_str()), ("A", plan.slot, "W01"));
    }
}

/// The truth at a site is what a die at that place has.
#[test]
fn truth_at_a_site_is_the_dies_parameter() {
    let mut spec = spec();
    spec.process.step.truncate(4);
    spec.experiment.split.truncate(2);
    spec.experiment.excursion.clear();
    let lot = VirtualLot::new(&spec).unwrap();
    let wafer = lot.wafer(&lot.wafers()[3]);
    let readings = wafer.readings();
    assert_eq!(readings.len(), 17);
    for reading in readings {
        let site = lot.grid.covering(reading.x_mm, reading.y_mm);
        assert_eq!(reading.truth, wafer.parameters(&site, 1, 0).unwrap()[position(&spec, "t1_nm")]);
    }
}

/// Each level alone has the sd that it names, and `total_sigma` knows it: within four standard errors of the sample.
#[test]
fn each_level_has_its_sd_and_total_sigma_adds_it() {
    let base = || still("t2_nm");
    let radial = Radial { bowl: 0.3, donut: -0.2, edge: 0.4, edge_width: 0.2, wafer_rel_sd: 0.5 };
    let field = Field { sd: 0.3, kernel: Kernel::Matern32, length_mm: 40.0 };
    // The effect, lots and wafers to sample, and how many independent values the level has in them.
    let cases = [
        (StepEffect { lot_sd: 0.3, ..base() }, 2000, 1, 2000.0),
        (StepEffect { wafer_sd: 0.3, ..base() }, 200, 12, 2400.0),
        (StepEffect { slot_trend: 0.05, ..base() }, 1, 12, f64::INFINITY),
        (StepEffect { radial: Some(radial), ..base() }, 100, 12, 1200.0),
        (StepEffect { tilt_sd: 0.3, ..base() }, 100, 12, 1200.0),
        (StepEffect { field: Some(field), ..base() }, 30, 12, 1200.0),
        (StepEffect { die_sd: 0.3, ..base() }, 2, 12, 15_000.0),
    ];
    for (effect, n_lots, n_wafers, n) in cases {
        let name = format!("{effect:?}");
        let mut spec = spec_with(effect);
        let sampled: Vec<f64> = values(&mut spec, "t2_nm", n_lots, n_wafers).concat().concat();
        let expected = VirtualLot::new(&spec).unwrap().total_sigma("t2_nm");
        let found = variance(&sampled).sqrt();
        // Relative standard error of an sd from n normals: 1/sqrt(2n); rounding alone where nothing is drawn.
        let tolerance = 4.0 / f64::sqrt(2.0 * n) + 1e-9;
        assert!((found / expected - 1.0).abs() < tolerance, "{name}: {found} against {expected}");
        assert!((found / (1.2 * expected) - 1.0).abs() > tolerance, "{name}: the check cannot fail");
    }
}

/// The mask's term repeats in every exposure field of every wafer of every lot.
#[test]
fn the_reticle_term_belongs_to_the_mask() {
    let mut spec = spec_with(StepEffect { reticle_sd: 0.3, ..still("t2_nm") });
    let lots = values(&mut spec, "t2_nm", 2, 2);
    assert!(lots.iter().flatten().all(|wafer| *wafer == lots[0][0]));
    let mut distinct = lots[0][0].clone();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    // 2 x 3 dies per exposure field.
    assert_eq!(distinct.len(), 6);
    let masks: Vec<f64> = (0..2000)
        .map(|seed| {
            spec.experiment.run.seed = seed;
            let lot = VirtualLot::new(&spec).unwrap();
            lot.wafer(&lot.wafers()[0]).parameters(&lot.sites()[0], 0, 0).unwrap()[position(&spec, "t2_nm")]
        })
        .collect();
    assert!((variance(&masks).sqrt() / 0.3 - 1.0).abs() < 4.0 / f64::sqrt(4000.0));
}

/// All levels together, as the shipped flow has them, over lots, wafers and dies.
#[test]
fn sampled_total_sigma_equals_total_sigma() {
    let mut shipped = spec();
    let effect = shipped.process.step[2].effect[0].clone();
    assert_eq!(effect.parameter, "t1_nm");
    shipped = spec_with(effect);
    let lots = values(&mut shipped, "t1_nm", 300, 2);
    let expected = VirtualLot::new(&shipped).unwrap().total_sigma("t1_nm");
    let found = variance(&lots.concat().concat()).sqrt();
    // The lot term rules the error: a third of the variance from 300 lots, so 0.35 sqrt(2/300)/2 = 1.4 % of sigma, and
    // about 0.6 % from two wafers of twelve and their fields: four of 1.6 %.
    assert!((found / expected - 1.0).abs() < 0.065, "{found} against {expected}");
}

/// statistics.md, self-checks: mu 1.5, limits 1.35 and 1.65, wafer sd 0.03, die sd 0.04. The generator must reproduce the
/// probability that two dies of a wafer both pass, not the yield alone.
#[test]
fn hierarchy_gives_the_pair_probability() {
    let normal_cdf = |x: f64| 0.5 * libm::erfc(-x / 2f64.sqrt());
    // Yield and pair probability by integration over the wafer's draw.
    let oracle = |half: f64| {
        let (mut y, mut pair) = (0.0, 0.0);
        let n = 4000;
        for i in 0..n {
            let z = -8.0 + 16.0 * (f64::from(i) + 0.5) / f64::from(n);
            let weight = 16.0 / f64::from(n) * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
            let pass = normal_cdf((half - 0.03 * z) / 0.04) - normal_cdf((-half - 0.03 * z) / 0.04);
            y += weight * pass;
            pair += weight * pass * pass;
        }
        (y, pair)
    };
    let (y, pair) = oracle(0.15);
    assert!((y - 0.9973002).abs() < 1e-6 && (pair - 0.9946715).abs() < 1e-6);
    assert!(((pair - y * y) / (y - y * y) - 0.0236951).abs() < 1e-5);

    let mut spec = spec_with(StepEffect { wafer_sd: 0.03, die_sd: 0.04, ..still("v_spread_v") });
    let wafers = values(&mut spec, "v_spread_v", 200, 12).concat();
    let n = wafers[0].len() as f64;
    // The published limits, and tighter ones at which many more pairs decide.
    for (half, far) in [(0.15, 1.5), (0.05, 10.0)] {
        let (y, pair) = oracle(half);
        let icc = (pair - y * y) / (y - y * y);
        let passed: Vec<f64> =
            wafers.iter().map(|wafer| wafer.iter().filter(|v| (*v - 1.5).abs() < half).count() as f64).collect();
        let yields: Vec<f64> = passed.iter().map(|k| k / n).collect();
        let pairs: Vec<f64> = passed.iter().map(|k| k * (k - 1.0) / (n * (n - 1.0))).collect();
        let squares: Vec<f64> = yields.iter().map(|found| (found - y).powi(2)).collect();
        // Variance of a wafer's yield: Y (1 - Y) (1 + (n - 1) ICC) / n. It, not the mean, tells pairs from strangers.
        let spread = |icc: f64| y * (1.0 - y) * (1.0 + (n - 1.0) * icc) / n;
        for (found, expected) in [(&yields, y), (&pairs, pair), (&squares, spread(icc))] {
            let se = (variance(found) / found.len() as f64).sqrt();
            let found = mean(found.iter().copied());
            assert!((found - expected).abs() < 3.0 * se, "+-{half}: {found} against {expected} +- {se}");
        }
        let se = (variance(&squares) / squares.len() as f64).sqrt();
        let excess = mean(squares) - spread(0.0);
        assert!(excess > far * se, "+-{half}: {excess} +- {se} cannot tell a pair from two strangers");
    }
}

/// Die yield of the shipped flow against the product over steps of (1 + kill ratio x mean / alpha)^-alpha: thinning a negative
/// binomial leaves alpha. Defects cluster: the variance of the count exceeds its mean as the steps' alphas say.
#[test]
fn defects_of_the_shipped_flow() {
    let mut spec = spec();
    spec.experiment.variation.defects = 20.0;
    let area_cm2 = 10.0 * 8.0 * 1e-2 * 0.5;
    let (mut expected, mut mean_count, mut variance_count) = (1.0, 0.0, 0.0);
    for defect in spec.process.step.iter().filter_map(|step| step.defect.as_ref()) {
        let m = 20.0 * defect.d0_per_cm2 * area_cm2;
        let alpha = defect.alpha.unwrap();
        expected *= (1.0 + defect.kill_ratio * m / alpha).powf(-alpha);
        mean_count += m;
        variance_count += m + m * m / alpha;
    }
    let (mut counts, mut clean) = (Vec::new(), 0u32);
    for number in 0..10 {
        spec.experiment.lot.number = number;
        let lot = VirtualLot::new(&spec).unwrap();
        for plan in lot.wafers() {
            for site in lot.sites() {
                let (n, killers) = lot.defects(plan, site);
                assert!(killers <= n);
                counts.push(f64::from(n));
                clean += u32::from(killers == 0);
            }
        }
    }
    let n = counts.len() as f64;
    let y = f64::from(clean) / n;
    assert!((y - expected).abs() < 3.0 * (expected * (1.0 - expected) / n).sqrt(), "{y} against {expected}");
    assert!((mean(counts.iter().copied()) - mean_count).abs() < 4.0 * (variance_count / n).sqrt());
    let fourth = mean(counts.iter().map(|c| (c - mean_count).powi(4)));
    let se = ((fourth - variance_count * variance_count) / n).sqrt();
    let found = variance(&counts);
    assert!((found - variance_count).abs() < 4.0 * se, "{found} against {variance_count}");
    assert!(variance_count - mean_count > 4.0 * se, "too few dies to tell clusters from none");
    spec.experiment.variation.defects = 0.0;
    let lot = VirtualLot::new(&spec).unwrap();
    assert!(lot.sites().iter().all(|site| lot.defects(&lot.wafers()[0], site) == (0, 0)));
}

/// With the process frozen every die is nominal, but for recipes and excursions.
#[test]
fn a_frozen_process_is_nominal() {
    let mut spec = spec();
    spec.experiment.variation.process = 0.0;
    let lot = VirtualLot::new(&spec).unwrap();
    let nominal: Vec<f64> = spec.technology.parameter.values().map(|p| p.nominal).collect();
    let d_it = position(&spec, "d_it_per_cm2_ev");
    for plan in lot.wafers() {
        let wafer = lot.wafer(plan);
        for site in lot.sites() {
            let mut expected = nominal.clone();
            if ["W05", "W09"].contains(&plan.id.as_str()) {
                let rho2 = (site.x_mm.powi(2) + site.y_mm.powi(2)) / 150f64.powi(2);
                expected[d_it] += 1.0e12 * rho2 * rho2;
            }
            let found = wafer.parameters(site, 0, 0).unwrap();
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs()), "{}", plan.id);
        }
    }
}

/// The shipped excursion stands out inline: more than ten sigma of wafer and gauge at the rim, and only on its wafers.
#[test]
fn the_planted_excursion_is_visible_inline() {
    let spec = spec();
    let lot = VirtualLot::new(&spec).unwrap();
    let rim = |plan: &WaferPlan| {
        let readings = lot.wafer(plan).readings();
        mean(readings.into_iter().filter(|r| r.step == "0400" && r.x_mm.hypot(r.y_mm) > 140.0).map(|r| r.measured))
    };
    let passed: Vec<_> = lot.wafers().iter().filter(|plan| plan.full_flow || plan.last_step >= 6).collect();
    assert_eq!(passed.len(), 10);
    let (bad, good): (Vec<&&WaferPlan>, Vec<_>) = passed.iter().partition(|plan| [5, 9].contains(&plan.number));
    let good: Vec<f64> = good.into_iter().map(|plan| rim(plan)).collect();
    for plan in bad {
        assert!(rim(plan) > mean(good.iter().copied()) + 10.0 * variance(&good).sqrt(), "{}", plan.id);
    }
}

#[test]
fn a_parameter_out_of_range_is_named() {
    let mut spec = spec();
    if let Some(parameter) = spec.technology.parameter.get_mut("t1_nm") {
        parameter.range = [4.9, 5.1];
    }
    let lot = VirtualLot::new(&spec).unwrap();
    let message = lot.wafer(&lot.wafers()[0]).parameters(&lot.sites()[0], 1, 0).unwrap_err().to_string();
    assert!(message.starts_with("W01 die (") && message.contains("split B, corner TT: t1_nm = 4."), "{message}");
    assert!(message.ends_with("holds for 4.9..=5.1"), "{message}");
}

#[test]
fn lots_that_cannot_be_made_are_refused() {
    let refuse = |change: fn(&mut Spec), key: &str| {
        let mut spec = spec();
        change(&mut spec);
        let message = VirtualLot::new(&spec).unwrap_err().to_string();
        assert!(message.contains(key), "{message}");
    };
    refuse(|spec| spec.product.die.width_mm = 400.0, "product.die = 400 x 8 mm");
    refuse(|spec| spec.process.step[2].effect[0].parameter = "t9".into(), "process.step.0200.effect.parameter = t9");
    refuse(
        |spec| spec.process.step[2].metrology.as_mut().unwrap().parameter = "t9".into(),
        "process.step.0200.metrology.parameter = t9",
    );
    refuse(|spec| spec.process.step[2].effect[0].field.as_mut().unwrap().length_mm = 0.0, "field.length_mm = 0");
    refuse(|spec| spec.process.step[0].defect.as_mut().unwrap().d0_per_cm2 = 1e9, "0100.defect.d0_per_cm2");
    refuse(|spec| spec.process.step[0].defect.as_mut().unwrap().alpha = Some(0.0), "0100.defect.alpha");
}

#[test]
fn a_stopped_wafer_costs_the_steps_it_passed() {
    let spec = spec();
    let lot = VirtualLot::new(&spec).unwrap();
    let costs: Vec<f64> = lot.wafers().iter().map(|plan| lot.wafer_cost_usd(plan)).collect();
    // 1650 to start, 42 + 16 + 58 for three steps, 9 for one measurement.
    assert_eq!(costs[6], 1775.0);
    assert!(costs[6] < costs[8] && costs[8] < costs[10] && costs[10] < costs[0]);
    assert_eq!(costs[0], costs[5]);
}

/// The totals that the flow's comments state: each within the share of the signature that lies beyond the dies.
#[test]
fn shipped_flows_have_the_spreads_that_they_claim() {
    let claim = |spec: &Spec, id: &str, expected: f64| {
        let found = VirtualLot::new(spec).unwrap().total_sigma(id);
        assert!((found / expected - 1.0).abs() < 0.1, "{id}: {found} against {expected}");
    };
    let a = spec();
    for (id, expected) in [
        ("t1_nm", 0.065),
        ("eps1", 0.0195),
        ("t_shield_nm", 0.30),
        ("n_shield_per_cm3", 1.5e14),
        ("t2_nm", 0.375),
        ("length_nm", 5.0f64.hypot(4.0)),
        ("width_nm", 5.0f64.hypot(4.0)),
        ("c_feedback_rel", 0.033),
        ("v_fb_v", 0.010),
        ("d_it_per_cm2_ev", 1.5e10),
    ] {
        claim(&a, id, expected);
    }
    let b = spec_at_fab_b();
    for (id, expected) in [("t1_nm", 0.10), ("length_nm", 0.8f64.hypot(0.7)), ("t2_nm", 0.325)] {
        claim(&b, id, expected);
    }
    assert_eq!(VirtualLot::new(&a).unwrap().total_sigma("nothing"), 0.0);
}
