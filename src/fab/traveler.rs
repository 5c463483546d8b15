//! The wafers of the lot: which split each belongs to, how far it goes, and in which slot it is processed.

use super::FabError;
use crate::random::{DieAddress, HostDraw, Stream};
use crate::spec::{Spec, parse_wafers, wafer_id};

/// One wafer of the lot and its way through the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaferPlan {
    pub number: u8,
    pub id: String,
    /// Place in the processing order, 1..=n.
    pub slot: u8,
    /// Index into the experiment's splits.
    pub split: usize,
    /// Index of the last step passed, inclusive.
    pub last_step: usize,
    pub full_flow: bool,
}

/// The wafers named by the splits, in order of their number.
///
/// # Errors
/// A wafer list that cannot be read, a wafer in two splits, an unknown step to stop after, or a flow without steps.
pub fn wafer_plans(spec: &Spec) -> Result<Vec<WaferPlan>, FabError> {
    let steps = &spec.process.step;
    let Some(final_step) = steps.len().checked_sub(1) else {
        return Err(FabError::value("process.step", "nothing", "at least one step"));
    };
    let slots = slots(spec);
    let mut plans: Vec<WaferPlan> = Vec::new();
    for (index, split) in spec.experiment.split.iter().enumerate() {
        let key = |name: &str| format!("split.{}.{name}", split.id);
        let last_step = match &split.stop_after {
            None => final_step,
            Some(id) => steps
                .iter()
                .position(|step| step.id == *id)
                .ok_or_else(|| FabError::value(key("stop_after"), id, "the id of a step of the process"))?,
        };
        let numbers = parse_wafers(&split.wafers, spec.experiment.lot.n_wafers).map_err(|why| {
            FabError::value(key("wafers"), &split.wafers, format!("a list such as W01..W03, W07: {why}"))
        })?;
        for number in numbers {
            if plans.iter().any(|plan| plan.number == number) {
                return Err(FabError::value(key("wafers"), wafer_id(number), "in one split only"));
            }
            plans.push(WaferPlan {
                number,
                id: wafer_id(number),
                slot: slots[usize::from(number) - 1],
                split: index,
                last_step,
                full_flow: split.stop_after.is_none(),
            });
        }
    }
    plans.sort_by_key(|plan| plan.number);
    Ok(plans)
}

/// Processing slot of each wafer number; a random permutation where the lot asks for it.
fn slots(spec: &Spec) -> Vec<u8> {
    let lot = &spec.experiment.lot;
    let mut order: Vec<u8> = (1..=lot.n_wafers).collect();
    if lot.randomize_slots {
        let draw = HostDraw::new(spec.experiment.run.seed, Stream::Slot, DieAddress::lot_level(lot.number), "slot");
        order.sort_by(|a, b| {
            let key = |wafer: &u8| draw.uniforms(u32::from(*wafer))[0];
            key(a).total_cmp(&key(b)).then(a.cmp(b))
        });
    }
    let mut slots = vec![0; order.len()];
    for (slot, wafer) in (1..=lot.n_wafers).zip(order) {
        slots[usize::from(wafer) - 1] = slot;
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    #[test]
    fn shipped_lot() {
        let plans = wafer_plans(&testing::spec()).unwrap();
        assert_eq!(plans.len(), 12);
        let full: Vec<_> = plans.iter().filter(|plan| plan.full_flow).map(|plan| plan.id.as_str()).collect();
        assert_eq!(full, ["W01", "W02", "W03", "W04", "W05", "W06"]);
        assert_eq!((plans[6].last_step, plans[0].last_step), (2, 13));
    }

    #[test]
    fn slots_are_a_permutation_that_the_seed_and_lot_choose() {
        let mut spec = testing::spec();
        let of = |spec: &Spec| wafer_plans(spec).unwrap().iter().map(|plan| plan.slot).collect::<Vec<_>>();
        let identity: Vec<u8> = (1..=12).collect();
        let first = of(&spec);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, identity);
        assert_ne!(first, identity);
        spec.experiment.lot.number = 1;
        assert_ne!(of(&spec), first);
        spec.experiment.lot.number = 0;
        spec.experiment.run.seed += 1;
        assert_ne!(of(&spec), first);
        spec.experiment.lot.randomize_slots = false;
        assert_eq!(of(&spec), identity);
    }

    /// Every wafer is as likely in every slot: chi-squared with 121 degrees of freedom over 1200 lots.
    #[test]
    fn slots_are_uniform() {
        let mut spec = testing::spec();
        let mut seen = [[0u32; 12]; 12];
        for number in 0..1200 {
            spec.experiment.lot.number = number;
            for (wafer, slot) in slots(&spec).iter().enumerate() {
                seen[wafer][usize::from(*slot) - 1] += 1;
            }
        }
        let chi2: f64 = seen.iter().flatten().map(|n| (f64::from(*n) - 100.0).powi(2) / 100.0).sum();
        // Mean 121, sd sqrt(242) = 15.6: four sigma either side.
        assert!((59.0..183.0).contains(&chi2), "{chi2}");
    }

    #[test]
    fn refused() {
        let refuse = |change: fn(&mut Spec), key: &str| {
            let mut spec = testing::spec();
            change(&mut spec);
            let message = wafer_plans(&spec).unwrap_err().to_string();
            assert!(message.contains(key), "{message}");
        };
        refuse(|spec| spec.experiment.split[1].wafers = "W03..W06".into(), "split.B.wafers = W03");
        refuse(|spec| spec.experiment.split[1].wafers = "W40".into(), "split.B.wafers = W40");
        refuse(|spec| spec.experiment.split[2].stop_after = Some("0201".into()), "split.C.stop_after = 0201");
        refuse(|spec| spec.process.step.clear(), "process.step");
    }
}
