//! The virtual lot: the flow, the wafers and the die grid, ready to answer for any wafer.

use super::defects::{StepDefects, step_defects};
use super::flow::Flow;
use super::level::LotAddress;
use super::names::check_names;
use super::recipe::{self, Planted, Shift};
use super::sites::DieGrid;
use super::{DieSite, FabError, LocalMismatch, VirtualWafer, WaferPlan, die_sites, wafer_plans};
use crate::random::DieAddress;
use crate::spec::Spec;

/// All process randomness of a lot, addressed: the same answer whatever was asked before.
#[derive(Clone, Debug)]
pub struct VirtualLot<'a> {
    pub(super) spec: &'a Spec,
    pub(super) flow: Flow<'a>,
    pub(super) grid: DieGrid,
    /// Shifts of each split's recipe.
    pub(super) recipes: Vec<Vec<Shift>>,
    /// Shifts of each corner, by parameter.
    pub(super) corners: Vec<Vec<f64>>,
    pub(super) excursions: Vec<Planted>,
    pub(super) address: LotAddress,
    plans: Vec<WaferPlan>,
    sites: Vec<DieSite>,
    defects: Vec<StepDefects>,
    sigma: Vec<f64>,
}

impl<'a> VirtualLot<'a> {
    /// # Errors
    /// A name that stands for nothing, a wafer list that cannot be read, a die larger than the wafer, a field whose
    /// covariance does not fit, more defects than can be counted, or two draws with one address.
    pub fn new(spec: &'a Spec) -> Result<Self, FabError> {
        check_names(spec)?;
        let experiment = &spec.experiment;
        let sites = die_sites(&spec.process.wafer, &spec.product.die);
        if sites.is_empty() {
            let die = &spec.product.die;
            let size = format!("{} x {} mm", die.width_mm, die.height_mm);
            return Err(FabError::value("product.die", size, "such that a whole die fits on the wafer"));
        }
        let flow = Flow::new(spec)?;
        let sigma = total_sigma(spec, &flow, &sites);
        Ok(Self {
            spec,
            grid: DieGrid::new(&spec.product.die),
            recipes: recipe::recipes(spec, &flow)?,
            corners: recipe::corners(spec, &flow, &sigma)?,
            excursions: recipe::excursions(spec, &flow)?,
            address: LotAddress { seed: experiment.run.seed, lot: experiment.lot.number },
            plans: wafer_plans(spec)?,
            defects: step_defects(spec)?,
            flow,
            sites,
            sigma,
        })
    }

    pub fn wafers(&self) -> &[WaferPlan] {
        &self.plans
    }

    /// The whole dies of every wafer, sorted by (y, x).
    pub fn sites(&self) -> &[DieSite] {
        &self.sites
    }

    /// Everything of one wafer that is expensive (correlated fields): made once, then asked per die.
    pub fn wafer(&self, plan: &WaferPlan) -> VirtualWafer<'_> {
        VirtualWafer::new(self, plan)
    }

    /// Mismatch from cell to cell, for the card writer.
    pub fn local_mismatch(&self) -> LocalMismatch {
        LocalMismatch::of(self.spec)
    }

    /// Defects of a die after the whole flow: all, and those that kill.
    pub fn defects(&self, plan: &WaferPlan, site: &DieSite) -> (u32, u32) {
        let die = DieAddress { lot: self.address.lot, wafer: plan.number, x: site.x, y: site.y };
        let steps = self.defects.iter().map(|step| step.on_die(self.address.seed, die));
        steps.fold((0, 0), |sum, step| (sum.0 + step.0, sum.1 + step.1))
    }

    /// Start of the wafer, the steps that it passes and their metrology (USD).
    pub fn wafer_cost_usd(&self, plan: &WaferPlan) -> f64 {
        let steps = self.spec.process.step.iter().take(plan.last_step + 1);
        let cost =
            steps.map(|step| step.cost_usd + step.metrology.as_ref().map_or(0.0, |metrology| metrology.cost_usd));
        self.spec.process.wafer.start_cost_usd + cost.sum::<f64>()
    }

    /// Sigma of a parameter from lot to die, over lots, slots and this product's die sites; 0 for an unknown one.
    ///
    /// The unit of corner shifts. It is that of the process as described: `experiment.variation.process` scales what is drawn,
    /// not what a corner means, so that corners can be looked at without randomness. Local mismatch and recipes stay out.
    pub fn total_sigma(&self, parameter: &str) -> f64 {
        self.flow.parameter("", parameter).map_or(0.0, |index| self.sigma[index])
    }
}

fn total_sigma(spec: &Spec, flow: &Flow, sites: &[DieSite]) -> Vec<f64> {
    let radius_mm = spec.process.wafer.diameter_mm / 2.0;
    let rho = |site: &DieSite| (site.x_mm * site.x_mm + site.y_mm * site.y_mm).sqrt() / radius_mm;
    let rhos: Vec<f64> = sites.iter().map(rho).collect();
    let mut variance = vec![0.0; flow.parameters.len()];
    for effect in &flow.effects {
        variance[effect.parameter] += effect.variance(&rhos, spec.experiment.lot.n_wafers);
    }
    variance.into_iter().map(f64::sqrt).collect()
}
