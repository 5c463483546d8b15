//! Specifications for the tests of the virtual fab: the shipped flows and lot, on a plain technology and product.

use crate::spec::{Experiment, Process, Product, Spec, StepEffect, Technology, Workload};

/// The parameters that the shipped flows move, at round values.
const TECHNOLOGY: &[(&str, f64, [f64; 2])] = &[
    ("c_feedback_rel", 1.0, [0.5, 1.5]),
    ("c_fringe_af_per_um", 5.0, [0.0, 40.0]),
    ("c_wire_ff", 0.25, [0.0, 2.0]),
    ("d_it_per_cm2_ev", 1e11, [0.0, 5e12]),
    ("eps1", 3.9, [3.0, 30.0]),
    ("eps2", 3.9, [3.0, 30.0]),
    ("length_nm", 1000.0, [500.0, 2000.0]),
    ("n_shield_per_cm3", 1e15, [0.0, 1e17]),
    ("t1_nm", 5.0, [3.0, 10.0]),
    ("t2_nm", 25.0, [15.0, 50.0]),
    ("t_shield_nm", 20.0, [10.0, 50.0]),
    ("v_fb_v", 0.0, [-1.0, 1.0]),
    ("v_spread_v", 1.5, [0.0, 3.0]),
    ("width_nm", 1000.0, [500.0, 2000.0]),
    ("window_v", 1.6, [1.2, 2.0]),
];

const PRODUCT: &str = r#"
name = "test"
description = "a die for tests"
limit = []
[die]
width_mm = 10
height_mm = 8
scribe_um = 80
critical_area_fraction = 0.5
reticle_columns = 2
reticle_rows = 3
source = "test"
[array]
rows = 64
columns = 16
weight_bits = 4
source = "test"
[programming]
write_verify = true
c_low_ff = 0.05
c_high_ff = 1.0
verify_half_window_mv = 2
verify_temp_c = 27
source = "test"
[input]
bits = 4
bits_per_slice = 1
v_base_v = 0
v_step_v = 0.4
source = "test"
[readout]
amplifier_gain = 1000
gbw_mhz = 200
t_settle_ns = 40
c_feedback_ff = 100
c_feedback_rel_sd = 0.002
c_input_ff = 20
offset_sd_mv = 1
noise_excess = 1
n_averages = 1
source = "test"
[adc]
bits = 8
steps_per_code = 1
columns_per_converter = 4
reference = "ratiometric"
gain_rel_sd = 0.001
offset_sd_lsb = 0.5
noise_lsb = 0.3
source = "test"
[trim]
column_offset = true
column_offset_residual_lsb = 0.1
die_gain = true
source = "test"
[energy]
recovery_fraction = 0
adc_fom_fj = 10
amplifier_current_ua = 10
supply_v = 1.2
digital_fj_per_conversion = 10
source = "test"
[cost]
test_usd_per_die = 0.1
source = "test"
"#;

const WORKLOAD: &str = r#"
name = "test"
description = "none"
model = "none"
test_set = "none"
source = "test"
"#;

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> T {
    toml::from_str(text).unwrap()
}

fn assembled(experiment: &str, process: &str) -> Spec {
    let mut technology = "name = \"test\"\ndevice = \"memcapacitor\"\ndescription = \"round values\"\n".to_owned();
    for (id, nominal, range) in TECHNOLOGY {
        technology += &format!("[parameter.{id}]\nnominal = {nominal:e}\nrange = {range:?}\nsource = \"test\"\n");
    }
    Spec {
        experiment: parsed::<Experiment>(experiment),
        technology: parsed::<Technology>(&technology),
        process: parsed::<Process>(process),
        product: parsed::<Product>(PRODUCT),
        workload: parsed::<Workload>(WORKLOAD),
    }
}

/// The shipped lot on the shipped flow of Fab A.
pub fn spec() -> Spec {
    assembled(
        include_str!("../../datasets/experiments/split_lot.toml"),
        include_str!("../../datasets/processes/fab_a.toml"),
    )
}

/// The same at Fab B.
pub fn spec_at_fab_b() -> Spec {
    assembled(
        include_str!("../../datasets/experiments/foundry_b.toml"),
        include_str!("../../datasets/processes/fab_b.toml"),
    )
}

/// An effect that does nothing yet.
pub fn still(parameter: &str) -> StepEffect {
    parsed(&format!("parameter = \"{parameter}\""))
}

/// The shipped lot on a flow whose first step alone moves one parameter, with nothing planted and no recipe changed.
pub fn spec_with(effect: StepEffect) -> Spec {
    let mut spec = spec();
    for step in &mut spec.process.step {
        step.effect.clear();
    }
    spec.process.step[0].effect.push(effect);
    spec.experiment.excursion.clear();
    for split in &mut spec.experiment.split {
        split.change.clear();
    }
    spec
}
