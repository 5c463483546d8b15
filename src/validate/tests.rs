//! The suite itself: it passes, and it fails where the product is made wrong.

use super::*;
use crate::compute::CpuBackend;

#[test]
fn the_suite_is_long_enough_and_every_name_is_its_own() {
    let checks = checks();
    assert!(checks.len() >= 30, "{}", checks.len());
    let mut names: Vec<_> = checks.iter().map(|check| (check.id, check.name.clone())).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), checks.len());
    assert!(checks.iter().all(|check| !check.source.is_empty() && !check.compares.is_empty()));
}

/// Mutation test: every check fails when the formula under it is wrong by 2 %, up or down, and passes when it is right.
#[test]
fn every_check_passes_and_notices_two_percent() {
    let backend = CpuBackend::new(0).unwrap();
    let lab = Lab { backend: &backend, effort: 1 };
    let mut wrong = Vec::new();
    for check in checks() {
        let row = check.run(&lab).unwrap();
        if !row.pass {
            wrong.push(format!("fails: {row:?}"));
        }
        for fault in [FAULT, -FAULT] {
            let mutation = check.mutate(&lab, fault).unwrap();
            if !mutation.noticed {
                wrong.push(format!("not noticed: {mutation:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A check whose error bar is too wide for its tolerance does not pass by luck.
#[test]
fn a_coarse_measurement_proves_nothing() {
    let check = |error: f64| Check {
        id: "",
        name: "test".to_owned(),
        compares: "",
        source: "",
        unit: "",
        expected: 1.0,
        tolerance: 0.1,
        simulate: Box::new(move |_, fault| Ok(Measured { value: 1.0 + fault, error })),
    };
    let backend = CpuBackend::new(1).unwrap();
    let lab = Lab { backend: &backend, effort: 1 };
    assert!(check(0.03).run(&lab).unwrap().pass);
    assert!(!check(0.2).run(&lab).unwrap().pass);
    let broken = Check { simulate: Box::new(|_, _| Ok(Measured::exact(f64::NAN))), ..check(0.0) };
    assert!(!broken.run(&lab).unwrap().pass);
}
