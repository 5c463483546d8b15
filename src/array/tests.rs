//! Cards against cells sampled one by one from the exact device, and what must hold exactly when nothing varies.

use super::{CardWriter, DieCard};
use crate::compute::Card;
use crate::device::constants::{ELECTRON, ZERO_CELSIUS};
use crate::device::{Memcapacitor, Read};
use crate::fab::LocalMismatch;
use crate::spec::{Setting, Spec, resolve};

const N_CELLS: u32 = 100_000;

/// The shipped experiment with settings; three-bit weights keep the sampling short.
fn shipped(settings: &[(&str, &str)]) -> Spec {
    let settings = [("product.array.weight_bits", "3")].iter().chain(settings);
    let settings: Vec<Setting> = settings.map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    resolve(None, &settings).unwrap()
}

fn nominal(spec: &Spec) -> Vec<f64> {
    spec.technology.parameter.values().map(|p| p.nominal).collect()
}

fn place(spec: &Spec, id: &str) -> usize {
    spec.technology.parameter.keys().position(|key| key == id).unwrap()
}

fn corner(spec: &Spec, id: &str) -> usize {
    spec.experiment.corner.iter().position(|corner| corner.id == id).unwrap()
}

fn card(spec: &Spec, parameters: &[f64], corner: usize) -> DieCard {
    CardWriter::new(spec, &LocalMismatch::of(spec)).unwrap().write(parameters, corner).unwrap()
}

/// The physical cell of a list of parameters, spelled out once more.
fn device(spec: &Spec, p: &[f64]) -> Memcapacitor {
    let at = |id: &str| p[place(spec, id)];
    Memcapacitor {
        t1: at("t1_nm") * 1e-9,
        t2: at("t2_nm") * 1e-9,
        eps1: at("eps1"),
        eps2: at("eps2"),
        length: at("length_nm") * 1e-9,
        width: at("width_nm") * 1e-9,
        t_shield: at("t_shield_nm") * 1e-9,
        n_i_300: at("n_i_per_cm3") * 1e6,
        e_gap: at("e_gap_ev") * ELECTRON,
        n_shield: at("n_shield_per_cm3") * 1e6,
        d_it: at("d_it_per_cm2_ev") * 1e4 / ELECTRON,
        v_fb: at("v_fb_v"),
        v_spread: at("v_spread_v"),
        c_fringe: at("c_fringe_af_per_um") * 1e-12,
    }
}

/// Moments of sampled cells in weight steps, one entry per level.
struct Sampled {
    mean: Vec<f64>,
    sd: Vec<f64>,
    /// Standard error of `sd`, from the sample's fourth moment.
    sd_error: Vec<f64>,
    reach: f64,
}

/// Moments of cells that were drawn one by one from the exact device.
fn sample(spec: &Spec, parameters: &[f64], corner: usize) -> Sampled {
    let writer = CardWriter::new(spec, &LocalMismatch::of(spec)).unwrap();
    let exact = writer.exact(parameters, corner, N_CELLS, 11);
    let mut sampled = Sampled { mean: vec![], sd: vec![], sd_error: vec![], reach: exact.reach_fraction };
    for (level, cells) in exact.levels.iter().enumerate() {
        // About the level's number, so that no digits are lost.
        let about = |k: i32| cells.iter().map(|x| (x - level as f64).powi(k)).sum::<f64>() / f64::from(N_CELLS);
        let [m1, m2, m3, m4] = [1, 2, 3, 4].map(about);
        let variance = m2 - m1 * m1;
        let fourth = m4 - 4.0 * m1 * m3 + 6.0 * m1 * m1 * m2 - 3.0 * m1.powi(4);
        sampled.mean.push(m1 + level as f64);
        sampled.sd.push(variance.sqrt());
        // Var(s^2) = (mu4 - s^4)/n, and d(s) = d(s^2)/(2 s).
        sampled.sd_error.push(((fourth - variance * variance) / f64::from(N_CELLS)).sqrt() / (2.0 * variance.sqrt()));
    }
    sampled
}

/// The first way in which a card differs from sampled cells by more than four standard errors and `model` sds.
fn difference(card: &DieCard, sampled: &Sampled, model: f64) -> Option<String> {
    let n = f64::from(N_CELLS);
    for level in 0..sampled.mean.len() {
        let bend = f64::from(card.card.level_bend[level]);
        let sd = f64::from(card.card.level_sd[level]) * (1.0 + 2.0 * bend * bend).sqrt();
        let mean = f64::from(card.card.level_mean[level]);
        let allowed = (4.0 / n.sqrt() + model) * sampled.sd[level];
        if (mean - sampled.mean[level]).abs() > allowed {
            return Some(format!("level {level}: mean {mean} for {} +- {allowed}", sampled.mean[level]));
        }
        let allowed = 4.0 * sampled.sd_error[level] + model * sampled.sd[level];
        if (sd - sampled.sd[level]).abs() > allowed {
            return Some(format!("level {level}: sd {sd} for {} +- {allowed}", sampled.sd[level]));
        }
    }
    let allowed = 4.0 * (sampled.reach * (1.0 - sampled.reach) / n).sqrt() + 2.0 / n + model * 0.1;
    if (card.reach_fraction - sampled.reach).abs() > allowed {
        return Some(format!("reach {} for {} +- {allowed}", card.reach_fraction, sampled.reach));
    }
    None
}

#[track_caller]
fn assert_card_agrees(spec: &Spec, parameters: &[f64], corner: usize, model: f64) {
    let (card, sampled) = (card(spec, parameters, corner), sample(spec, parameters, corner));
    if let Some(difference) = difference(&card, &sampled, model) {
        panic!("{difference}");
    }
}

#[test]
fn a_wrong_card_differs_from_sampled_cells() {
    let spec = shipped(&[]);
    let p = nominal(&spec);
    let (right, sampled) = (card(&spec, &p, 0), sample(&spec, &p, 0));
    let mut wrong = right.clone();
    wrong.card.level_mean[3] += 0.03 * wrong.card.level_sd[3];
    assert!(difference(&wrong, &sampled, 0.0).unwrap().contains("level 3: mean"));
    let mut wrong = right.clone();
    wrong.card.level_sd[1] *= 1.02;
    assert!(difference(&wrong, &sampled, 0.0).unwrap().contains("level 1: sd"));
    let wrong = DieCard { reach_fraction: right.reach_fraction - 1e-3, ..right };
    assert!(difference(&wrong, &sampled, 0.0).unwrap().contains("reach"));
}

/// Verified cells at the reference, hot, and at low supply, on the nominal die and on one far from it.
#[test]
fn cards_agree_with_verified_cells() {
    let spec = shipped(&[]);
    let mut far = nominal(&spec);
    far[place(&spec, "t1_nm")] *= 0.96;
    far[place(&spec, "t2_nm")] *= 0.97;
    far[place(&spec, "d_it_per_cm2_ev")] *= 1.5;
    for parameters in [nominal(&spec), far] {
        for id in ["TT", "HOT", "LV"] {
            assert_card_agrees(&spec, &parameters, corner(&spec, id), 0.0);
        }
    }
}

/// Raw mismatch of every cell, as the process leaves it and ten times that.
#[test]
fn cards_agree_with_unverified_cells() {
    let spec = shipped(&[("product.programming.write_verify", "false")]);
    for id in ["TT", "HOT"] {
        assert_card_agrees(&spec, &nominal(&spec), corner(&spec, id), 0.0);
    }
    let spec = shipped(&[
        ("product.programming.write_verify", "false"),
        ("variation.local", "10"),
        ("technology.parameter.v_spread_v.nominal", "0.3"),
        ("product.programming.c_high_ff", "0.9"),
    ]);
    // Ten times the mismatch on a curve five times as steep bends within one sigma: the rule of degree 5 errs by 1 %.
    assert_card_agrees(&spec, &nominal(&spec), 0, 0.01);
}

/// Cells of the highest and of the lowest level that stop at the window's end: nearly all, some and few.
#[test]
fn cards_agree_at_the_ends_of_the_window() {
    let high = ("product.programming.c_low_ff", "0.3", [1.12, 1.16, 1.2, 1.24]);
    let low = ("product.programming.c_high_ff", "0.95", [1.43, 1.45, 1.455, 1.462]);
    for (key, ff, windows) in [high, low] {
        let spec = shipped(&[(key, ff)]);
        let mut parameters = nominal(&spec);
        let mut shares = Vec::new();
        for window in windows {
            parameters[place(&spec, "window_v")] = window;
            for id in ["TT", "HOT"] {
                // What varies across the direction of failure is left out.
                assert_card_agrees(&spec, &parameters, corner(&spec, id), 0.01);
            }
            shares.push(card(&spec, &parameters, 0).reach_fraction);
        }
        let between = |low, high| shares.iter().any(|&share| share > low && share < high);
        assert!(between(-0.1, 0.1) && between(0.1, 0.9) && between(0.9, 0.999), "{shares:?}");
    }
}

/// The nominal die at the reference corner, with nothing varying, is the card of a perfect die to the last bit.
#[test]
fn nothing_varies_and_the_card_is_ideal() {
    let nothing = [("variation.local", "0"), ("variation.periphery", "0"), ("variation.noise", "0")];
    for bits in ["2", "4", "7"] {
        for more in [
            ("product.trim.die_gain", "true"),
            ("product.programming.write_verify", "false"),
            ("product.adc.steps_per_code", "3"),
            ("product.trim.column_offset", "false"),
        ] {
            let settings = [&nothing[..], &[("product.array.weight_bits", bits), more]].concat();
            let spec = shipped(&settings);
            let die = card(&spec, &nominal(&spec), 0);
            let code_max = ((1u32 << (spec.product.adc.bits - 1)) - 1) as f32;
            let mut ideal = Card::ideal((1.0 / spec.product.adc.steps_per_code) as f32, code_max);
            ideal.level_mean[1 << (spec.product.array.weight_bits - 1)..].fill(0.0);
            ideal.input[2..].fill(0.0);
            assert_eq!(die.card, ideal, "{settings:?}");
            assert_eq!(die.reach_fraction, 1.0);
        }
    }
}

/// A trim divides out the gain of cells and amplifier; without it the gain of a die shows.
#[test]
fn gain_shows_unless_it_is_trimmed() {
    let gain = |die_gain: &str, verify: &str| {
        let spec = shipped(&[("product.trim.die_gain", die_gain), ("product.programming.write_verify", verify)]);
        let mut parameters = nominal(&spec);
        parameters[place(&spec, "c_feedback_rel")] = 1.05;
        parameters[place(&spec, "eps2")] *= 1.03;
        let card = card(&spec, &parameters, 0).card;
        f64::from(card.readout.gain * (card.level_mean[3] - card.level_mean[0])) / 3.0 * spec.product.adc.steps_per_code
    };
    // Verified cells hold their targets, so the feedback capacitor is all that shows; unverified ones follow eps2.
    assert!((gain("false", "true") - 1.0 / 1.05).abs() < 1e-3);
    assert!((gain("false", "false") - 1.03 / 1.05).abs() < 5e-3);
    for verify in ["true", "false"] {
        assert!((gain("true", verify) - 1.0).abs() < 1e-6);
    }
}

/// Ratiometric converters follow the supply; absolute ones show it as gain.
#[test]
fn supply_shows_against_an_absolute_reference() {
    let at = |reference: &str| {
        let spec = shipped(&[("product.adc.reference", reference), ("corner.0.supply_rel", "0.9")]);
        let card = card(&spec, &nominal(&spec), 0).card;
        card.input[1] * card.readout.gain * spec.product.adc.steps_per_code as f32
    };
    assert!((at("absolute") - 0.9).abs() < 1e-4 && (at("ratiometric") - 1.0).abs() < 1e-4);
}

/// Multi-level inputs: what the separable form (cell value x effective input) leaves of the exact charge of a pair.
#[test]
fn multi_level_inputs_are_nearly_separable() {
    let spec = shipped(&[("product.input.bits_per_slice", "4"), ("product.array.weight_bits", "4")]);
    let card = card(&spec, &nominal(&spec), 0).card;
    let programming = spec.product.programming.as_ref().unwrap();
    let curve = device(&spec, &nominal(&spec)).at(programming.verify_temp_c + ZERO_CELSIUS);
    let read = Read { v_base: spec.product.input.v_base_v, v_step: spec.product.input.v_step_v };
    let step = (programming.c_high_ff - programming.c_low_ff) * 1e-15 / 7.0;
    let shifts = (0..8).map(|l| curve.shift_for(read, programming.c_low_ff * 1e-15 + step * f64::from(l), 0.0));
    let shifts: Vec<f64> = shifts.collect();
    let (mut largest, mut square) = (0.0f64, 0.0);
    for level in 1..8 {
        for symbol in 1..16 {
            let v_step = read.v_step * f64::from(symbol) / 15.0;
            let at = |shift: f64| curve.read(Read { v_step, ..read }, shift).capacitance;
            let exact = (at(shifts[level]) - at(shifts[0])) / step * f64::from(symbol);
            let separable =
                f64::from(card.level_mean[level] - card.level_mean[0]) * f64::from(card.input[symbol as usize]);
            // Of the largest product, 7 x 15.
            let error = (separable - exact) / 105.0;
            largest = largest.max(error.abs());
            square += error * error / 105.0;
        }
    }
    assert!(largest < 0.016 && square.sqrt() < 0.0065, "largest {largest}, rms {}", square.sqrt());
}

/// The wordline pays for what the shield takes to its contacts: several times the charge that reaches the bitline.
#[test]
fn erased_cells_cost_more_than_programmed_ones() {
    let energy = |low_ff: &str| {
        let spec = shipped(&[("product.programming.c_low_ff", low_ff)]);
        card(&spec, &nominal(&spec), 0).energy.array_fj
    };
    let (erased, half_open) = (energy("0.15"), energy("0.6"));
    assert!(erased > 1.2 * half_open, "{erased} {half_open}");
    let spec = shipped(&[]);
    let cell = device(&spec, &nominal(&spec));
    // Codes -3..=3: of seven, a cell holds each of the levels 1, 2, 3 once and the lowest four times.
    let mean = (0.45 + 0.75 + 1.05 + 4.0 * 0.15) / 7.0 * 1e-15;
    let per_cell = cell.gate_capacitance(mean) * 1e15 + nominal(&spec)[place(&spec, "c_wire_ff")];
    let reads = f64::from(spec.product.input.bits * spec.product.readout.n_averages);
    let cells = (2 * spec.product.array.rows * spec.product.array.columns) as f64;
    let by_hand = cells * per_cell * spec.product.input.v_step_v.powi(2) / 2.0 * reads;
    assert!((erased / by_hand - 1.0).abs() < 1e-4, "{erased} for {by_hand}");
}
