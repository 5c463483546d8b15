//! What is meant, not drawn: recipes of splits, shifts of corners, planted excursions.

use super::FabError;
use super::flow::{Flow, step_index};
use crate::spec::{Ramp, RecipeOp, Spec, parse_wafers};

/// A parameter moves by this much at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    pub step: usize,
    pub parameter: usize,
    pub shift: f64,
}

/// The shifts of each split's recipe. Shape: `[split][change]`.
///
/// A step's target is the parameter's nominal; set, add and mul act on it in the order written, and what the target moves by
/// is what the parameter moves by. Spreads stay as they are: a film made 4 % thinner keeps its sd in nm.
pub(super) fn recipes(spec: &Spec, flow: &Flow) -> Result<Vec<Vec<Shift>>, FabError> {
    spec.experiment
        .split
        .iter()
        .map(|split| {
            let mut shifts: Vec<Shift> = Vec::new();
            for change in &split.change {
                let key = format!("split.{}.change", split.id);
                let step = step_index(spec, &key, &change.step)?;
                let parameter = flow.parameter(&key, &change.parameter)?;
                let nominal = flow.parameters[parameter].parameter.nominal;
                let known = shifts.iter().position(|s| (s.step, s.parameter) == (step, parameter));
                let target = nominal + known.map_or(0.0, |index| shifts[index].shift);
                let target = match change.op {
                    RecipeOp::Set => change.value,
                    RecipeOp::Add => target + change.value,
                    RecipeOp::Mul => target * change.value,
                };
                let shift = Shift { step, parameter, shift: target - nominal };
                match known {
                    Some(index) => shifts[index] = shift,
                    None => shifts.push(shift),
                }
            }
            Ok(shifts)
        })
        .collect()
}

/// Shift of the lot mean in each corner. Shape: `[corner][parameter]`. `sigma` is the total sigma of each parameter.
pub(super) fn corners(spec: &Spec, flow: &Flow, sigma: &[f64]) -> Result<Vec<Vec<f64>>, FabError> {
    spec.experiment
        .corner
        .iter()
        .map(|corner| {
            let mut shifts = vec![0.0; flow.parameters.len()];
            for (id, k) in &corner.sigma {
                let parameter = flow.parameter(&format!("corner.{}.sigma", corner.id), id)?;
                shifts[parameter] = k * sigma[parameter];
            }
            Ok(shifts)
        })
        .collect()
}

/// An excursion with names resolved.
#[derive(Clone, Debug)]
pub(super) struct Planted {
    pub shift: Shift,
    pub ramp: Ramp,
    pub wafers: Vec<u8>,
}

pub(super) fn excursions(spec: &Spec, flow: &Flow) -> Result<Vec<Planted>, FabError> {
    let planted = spec.experiment.excursion.iter().enumerate().map(|(index, excursion)| {
        let key = format!("excursion.{index}");
        let step = step_index(spec, &key, &excursion.step)?;
        let parameter = flow.parameter(&key, &excursion.parameter)?;
        let wafers = parse_wafers(&excursion.wafers, spec.experiment.lot.n_wafers).map_err(|why| {
            FabError::value(format!("{key}.wafers"), &excursion.wafers, format!("a list such as W01..W03, W07: {why}"))
        })?;
        Ok(Planted { shift: Shift { step, parameter, shift: excursion.shift }, ramp: excursion.ramp, wafers })
    });
    planted.collect()
}

/// Share of an excursion's shift at a place; `x` and `y` in units of the wafer's radius.
pub(super) fn ramp_share(ramp: Ramp, x: f64, y: f64) -> f64 {
    let rho2 = x * x + y * y;
    match ramp {
        Ramp::Uniform => 1.0,
        Ramp::Edge => rho2 * rho2,
        Ramp::Linear => (x + 1.0) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::spec::RecipeChange;

    fn change(op: RecipeOp, value: f64) -> RecipeChange {
        RecipeChange { step: "0200".into(), recipe: "X".into(), parameter: "t1_nm".into(), op, value }
    }

    fn shifts_of(changes: Vec<RecipeChange>) -> Vec<Shift> {
        let mut spec = testing::spec();
        spec.experiment.split[0].change = changes;
        let flow = Flow::new(&spec).unwrap();
        recipes(&spec, &flow).unwrap().swap_remove(0)
    }

    #[test]
    fn set_add_and_mul_act_on_the_target() {
        for (op, value, expected) in
            [(RecipeOp::Set, 4.5, -0.5), (RecipeOp::Add, -0.25, -0.25), (RecipeOp::Mul, 1.1, 0.5)]
        {
            let shifts = shifts_of(vec![change(op, value)]);
            assert_eq!(shifts.len(), 1);
            assert!((shifts[0].shift - expected).abs() < 1e-12, "{op:?}");
        }
        let both = shifts_of(vec![change(RecipeOp::Add, 1.0), change(RecipeOp::Mul, 0.5)]);
        assert_eq!(both.iter().map(|s| s.shift).collect::<Vec<_>>(), [-2.0]);
    }

    #[test]
    fn ramps() {
        for (ramp, centre, right, up) in
            [(Ramp::Uniform, 1.0, 1.0, 1.0), (Ramp::Edge, 0.0, 1.0, 1.0), (Ramp::Linear, 0.5, 1.0, 0.5)]
        {
            assert_eq!(ramp_share(ramp, 0.0, 0.0), centre);
            assert_eq!(ramp_share(ramp, 1.0, 0.0), right);
            assert_eq!(ramp_share(ramp, 0.0, 1.0), up);
        }
        assert_eq!(ramp_share(Ramp::Linear, -1.0, 0.0), 0.0);
    }

    #[test]
    fn unknown_names_are_refused_with_their_key() {
        let refuse = |change: fn(&mut Spec), key: &str| {
            let mut spec = testing::spec();
            change(&mut spec);
            let flow = Flow::new(&spec).unwrap();
            let sigma = vec![1.0; flow.parameters.len()];
            let found = recipes(&spec, &flow)
                .map(drop)
                .and_then(|()| corners(&spec, &flow, &sigma).map(drop))
                .and_then(|()| excursions(&spec, &flow).map(drop));
            let message = found.unwrap_err().to_string();
            assert!(message.starts_with(key), "{message}");
        };
        refuse(|spec| spec.experiment.split[1].change[0].step = "9999".into(), "split.B.change.step = 9999");
        refuse(|spec| spec.experiment.split[1].change[0].parameter = "t9".into(), "split.B.change.parameter = t9");
        refuse(|spec| spec.experiment.excursion[0].step = "1".into(), "excursion.0.step = 1");
        refuse(|spec| spec.experiment.excursion[0].parameter = "x".into(), "excursion.0.parameter = x");
        refuse(|spec| spec.experiment.excursion[0].wafers = "W77".into(), "excursion.0.wafers = W77");
        refuse(
            |spec| spec.experiment.corner[1].sigma = [("x".to_owned(), 1.0)].into(),
            "corner.THICK.sigma.parameter = x",
        );
    }
}
