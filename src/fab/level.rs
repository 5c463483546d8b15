//! One step's effect on one parameter: its draws at every level, and the variance that they add up to.

use super::names::{LEVELS, level_name};
use super::signature::radial_terms;
use super::{DieSite, FieldMap, FieldSampler};
use crate::random::{DieAddress, HostDraw, Stream};
use crate::spec::{Radial, StepEffect};

const LOT: usize = 0;
const WAFER: usize = 1;
const RADIAL: usize = 2;
const TILT: usize = 3;
const FIELD: usize = 4;
const RETICLE: usize = 5;
const DIE: usize = 6;

/// Where the draws of a lot live.
#[derive(Clone, Copy, Debug)]
pub(super) struct LotAddress {
    pub seed: u64,
    pub lot: u32,
}

/// An effect, the indices of its step, parameter and field sampler, and the names of its draws.
#[derive(Clone, Debug)]
pub(super) struct Effect<'a> {
    pub step: usize,
    pub parameter: usize,
    pub sampler: Option<usize>,
    spec: &'a StepEffect,
    names: [String; LEVELS.len()],
}

/// What an effect is on one wafer: all that does not depend on the place, and the maps of what does.
#[derive(Clone, Debug)]
pub(super) struct WaferEffect {
    /// Lot and wafer draws and the slot's trend.
    constant: f64,
    radial: Option<Radial>,
    tilt: [f64; 2],
    field: Option<(f64, FieldMap)>,
}

impl<'a> Effect<'a> {
    pub(super) fn new(
        step: usize,
        step_id: &str,
        parameter: usize,
        spec: &'a StepEffect,
        sampler: Option<usize>,
    ) -> Self {
        Self { step, parameter, sampler, spec, names: LEVELS.map(|level| level_name(step_id, &spec.parameter, level)) }
    }

    fn draw(&self, at: LotAddress, die: DieAddress, level: usize) -> HostDraw {
        HostDraw::new(at.seed, Stream::Process, die, &self.names[level])
    }

    /// The effect on a wafer that is processed `slots` later than the middle of the lot.
    pub(super) fn on_wafer(
        &self,
        at: LotAddress,
        wafer: u8,
        slots: f64,
        sampler: Option<&FieldSampler>,
    ) -> WaferEffect {
        let spec = self.spec;
        let whole = DieAddress::wafer_level(at.lot, wafer);
        let lot = spec.lot_sd * self.draw(at, DieAddress::lot_level(at.lot), LOT).normal(0);
        let constant = lot + spec.wafer_sd * self.draw(at, whole, WAFER).normal(0) + spec.slot_trend * slots;
        let radial = spec.radial.as_ref().map(|radial| {
            let draw = self.draw(at, whole, RADIAL);
            let scale = |index| 1.0 + radial.wafer_rel_sd * draw.normal(index);
            Radial {
                bowl: radial.bowl * scale(0),
                donut: radial.donut * scale(1),
                edge: radial.edge * scale(2),
                ..radial.clone()
            }
        });
        let tilt = self.draw(at, whole, TILT).normals(0).map(|z| spec.tilt_sd * z);
        let map = |sampler: &FieldSampler| sampler.sample(&self.draw(at, whole, FIELD));
        let field = spec.field.as_ref().map(|field| field.sd).zip(sampler.map(map));
        WaferEffect { constant, radial, tilt, field }
    }

    /// Reticle and die draws. The reticle belongs to the mask: it is the same on every wafer of every lot.
    pub(super) fn on_die(&self, at: LotAddress, wafer: u8, site: &DieSite, reticle_index: u32) -> f64 {
        let spec = self.spec;
        let mut value = 0.0;
        if spec.reticle_sd != 0.0 {
            value += spec.reticle_sd * self.draw(at, DieAddress::lot_level(0), RETICLE).normal(reticle_index);
        }
        if spec.die_sd != 0.0 {
            let die = DieAddress { lot: at.lot, wafer, x: site.x, y: site.y };
            value += spec.die_sd * self.draw(at, die, DIE).normal(0);
        }
        value
    }

    /// Variance over lots, `n_slots` wafers and the dies at radii `rhos`.
    ///
    /// Signatures count with their spread over these dies: their mean is an offset that every wafer shares.
    pub(super) fn variance(&self, rhos: &[f64], n_slots: u8) -> f64 {
        let spec = self.spec;
        let n = rhos.len().max(1) as f64;
        let square = |x: f64| x * x;
        let slots = square(spec.slot_trend) * (square(f64::from(n_slots)) - 1.0).max(0.0) / 12.0;
        let tilt = square(spec.tilt_sd) * rhos.iter().map(|rho| rho * rho).sum::<f64>() / n;
        let radial = spec.radial.as_ref().map_or(0.0, |radial| {
            let (mut sum, mut sum2, mut own2) = (0.0, 0.0, 0.0);
            for rho in rhos {
                let terms = radial_terms(radial, *rho);
                let total: f64 = terms.iter().sum();
                sum += total;
                sum2 += total * total;
                own2 += terms.iter().map(|term| term * term).sum::<f64>();
            }
            sum2 / n - square(sum / n) + square(radial.wafer_rel_sd) * own2 / n
        });
        let independent = [spec.lot_sd, spec.wafer_sd, spec.reticle_sd, spec.die_sd];
        let field = spec.field.as_ref().map_or(0.0, |field| field.sd);
        independent.map(square).iter().sum::<f64>() + square(field) + slots + tilt + radial
    }
}

impl WaferEffect {
    /// Value at a place, without reticle and die; `x` and `y` in units of the wafer's radius.
    pub(super) fn at(&self, site: &DieSite, radius_mm: f64) -> f64 {
        let (x, y) = (site.x_mm / radius_mm, site.y_mm / radius_mm);
        let mut value = self.constant + self.tilt[0] * x + self.tilt[1] * y;
        if let Some(radial) = &self.radial {
            value += radial_terms(radial, (x * x + y * y).sqrt()).iter().sum::<f64>();
        }
        if let Some((sd, map)) = &self.field {
            value += sd * map.at(site.x_mm, site.y_mm);
        }
        value
    }
}
