//! One virtual wafer: the parameters of its dies under any recipe and corner, and what inline metrology read.

use super::level::WaferEffect;
use super::metrology::{Visit, plan_sites};
use super::recipe::ramp_share;
use super::{DieSite, FabError, OutOfRange, VirtualLot, WaferPlan};
use crate::random::DieAddress;
use crate::record::ReadingRecord;

/// A wafer with its draws made and its fields laid out.
#[derive(Debug)]
pub struct VirtualWafer<'a> {
    lot: &'a VirtualLot<'a>,
    plan: WaferPlan,
    /// Shape: the flow's effects.
    effects: Vec<WaferEffect>,
}

impl<'a> VirtualWafer<'a> {
    pub(super) fn new(lot: &'a VirtualLot<'a>, plan: &WaferPlan) -> Self {
        let middle = f64::from(lot.spec.experiment.lot.n_wafers + 1) / 2.0;
        let slots = f64::from(plan.slot) - middle;
        let flow = &lot.flow;
        // A frozen process needs no fields.
        let drawn = lot.spec.experiment.variation.process != 0.0;
        let on_wafer = |effect: &super::level::Effect| {
            let sampler = effect.sampler.filter(|_| drawn).map(|index| &flow.samplers[index]);
            effect.on_wafer(lot.address, plan.number, slots, sampler)
        };
        Self { lot, plan: plan.clone(), effects: flow.effects.iter().map(on_wafer).collect() }
    }

    /// Parameters of a die in the technology's order after the whole flow, with the recipe of split `recipe` and the shift of
    /// corner `corner` (indices into the experiment; one that is out of range adds nothing). Excursions belong to the wafer
    /// and stay under every recipe. A wafer that is stopped answers as if it had gone on.
    ///
    /// # Errors
    /// A parameter outside the technology's range.
    pub fn parameters(&self, site: &DieSite, recipe: usize, corner: usize) -> Result<Vec<f64>, FabError> {
        let values = self.values(site, usize::MAX, recipe, corner);
        for (value, moved) in values.iter().zip(&self.lot.flow.parameters) {
            let [low, high] = moved.parameter.range;
            if !(low..=high).contains(value) {
                let experiment = &self.lot.spec.experiment;
                let left = OutOfRange {
                    wafer: self.plan.id.clone(),
                    x: site.x,
                    y: site.y,
                    split: experiment.split.get(recipe).map_or_else(String::new, |split| split.id.clone()),
                    corner: experiment.corner.get(corner).map_or_else(String::new, |corner| corner.id.clone()),
                    parameter: moved.id.to_owned(),
                    value: *value,
                    low,
                    high,
                };
                return Err(Box::new(left).into());
            }
        }
        Ok(values)
    }

    /// Inline metrology of all steps passed, as run: the wafer's own recipe at the reference corner. A parameter that a later
    /// step moves again is read before it does.
    pub fn readings(&self) -> Vec<ReadingRecord> {
        let spec = self.lot.spec;
        let wafer = DieAddress::wafer_level(self.lot.address.lot, self.plan.number);
        let usable_mm = spec.process.wafer.diameter_mm / 2.0 - spec.process.wafer.edge_exclusion_mm;
        let split = &spec.experiment.split[self.plan.split].id;
        let mut readings = Vec::new();
        for (index, step) in spec.process.step.iter().enumerate().take(self.plan.last_step + 1) {
            let (Some(metrology), Some(parameter)) = (&step.metrology, self.lot.flow.measured[index]) else { continue };
            let seed = self.lot.address.seed;
            let visit = Visit::new(seed, wafer, step, metrology, spec.experiment.variation.process);
            for (number, [x, y]) in (1..).zip(plan_sites(metrology.plan)) {
                let site = self.lot.grid.covering(x * usable_mm, y * usable_mm);
                let truth = self.values(&site, index, self.plan.split, 0)[parameter];
                readings.push(ReadingRecord {
                    lot: spec.experiment.lot.id.clone(),
                    wafer: self.plan.id.clone(),
                    slot: self.plan.slot,
                    split: split.clone(),
                    step: step.id.clone(),
                    parameter: metrology.parameter.clone(),
                    site: number,
                    x_mm: site.x_mm,
                    y_mm: site.y_mm,
                    truth,
                    measured: visit.read(truth, number),
                });
            }
        }
        readings
    }

    /// Parameters at a place once the step with index `last_step` is done.
    fn values(&self, site: &DieSite, last_step: usize, recipe: usize, corner: usize) -> Vec<f64> {
        let lot = self.lot;
        let radius_mm = lot.spec.process.wafer.diameter_mm / 2.0;
        let scale = lot.spec.experiment.variation.process;
        let reticle_index = lot.grid.reticle_index(site);
        let mut values: Vec<f64> = lot.flow.parameters.iter().map(|moved| moved.parameter.nominal).collect();
        for (value, shift) in values.iter_mut().zip(lot.corners.get(corner).into_iter().flatten()) {
            *value += shift;
        }
        if scale != 0.0 {
            let passed = lot.flow.effects.iter().zip(&self.effects).filter(|(effect, _)| effect.step <= last_step);
            for (effect, on_wafer) in passed {
                let die = effect.on_die(lot.address, self.plan.number, site, reticle_index);
                values[effect.parameter] += scale * (on_wafer.at(site, radius_mm) + die);
            }
        }
        for (value, moved) in values.iter_mut().zip(&lot.flow.parameters) {
            *value = moved.parameter.respond(*value);
        }
        for change in lot.recipes.get(recipe).into_iter().flatten().filter(|change| change.step <= last_step) {
            values[change.parameter] += change.shift;
        }
        for planted in &lot.excursions {
            if planted.shift.step <= last_step && planted.wafers.contains(&self.plan.number) {
                let share = ramp_share(planted.ramp, site.x_mm / radius_mm, site.y_mm / radius_mm);
                values[planted.shift.parameter] += share * planted.shift.shift;
            }
        }
        values
    }
}
