//! The process flow with names resolved: parameters and steps by index, effects with the samplers of their fields.

use super::level::Effect;
use super::{FabError, FieldSampler};
use crate::spec::{Field, Kernel, Parameter, Spec};

/// A parameter of the technology.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved<'a> {
    pub id: &'a str,
    pub parameter: &'a Parameter,
}

/// Parameters in the technology's order and every step's effect on them.
#[derive(Clone, Debug)]
pub(super) struct Flow<'a> {
    pub parameters: Vec<Moved<'a>>,
    pub effects: Vec<Effect<'a>>,
    /// One per kernel and length.
    pub samplers: Vec<FieldSampler>,
    /// Parameter that is measured after each step, if any.
    pub measured: Vec<Option<usize>>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(spec: &'a Spec) -> Result<Self, FabError> {
        let parameters = spec.technology.parameter.iter().map(|(id, parameter)| Moved { id, parameter }).collect();
        let mut flow = Self { parameters, effects: Vec::new(), samplers: Vec::new(), measured: Vec::new() };
        let mut kinds: Vec<(Kernel, f64)> = Vec::new();
        for (index, step) in spec.process.step.iter().enumerate() {
            for effect in &step.effect {
                let key = format!("process.step.{}.effect", step.id);
                let parameter = flow.parameter(&key, &effect.parameter)?;
                let sampler = match &effect.field {
                    Some(field) => Some(flow.sampler(&mut kinds, field, spec.process.wafer.diameter_mm / 2.0)?),
                    None => None,
                };
                flow.effects.push(Effect::new(index, &step.id, parameter, effect, sampler));
            }
            let metrology = step.metrology.as_ref();
            let key = format!("process.step.{}.metrology", step.id);
            flow.measured.push(metrology.map(|m| flow.parameter(&key, &m.parameter)).transpose()?);
        }
        Ok(flow)
    }

    /// Index of a parameter; `key` says who asks.
    pub(super) fn parameter(&self, key: &str, id: &str) -> Result<usize, FabError> {
        let known = self.parameters.iter().position(|moved| moved.id == id);
        known.ok_or_else(|| FabError::value(format!("{key}.parameter"), id, "a parameter of the technology"))
    }

    fn sampler(&mut self, kinds: &mut Vec<(Kernel, f64)>, field: &Field, radius_mm: f64) -> Result<usize, FabError> {
        let kind = (field.kernel, field.length_mm);
        if let Some(index) = kinds.iter().position(|known| *known == kind) {
            return Ok(index);
        }
        self.samplers.push(FieldSampler::new(field.kernel, field.length_mm, radius_mm)?);
        kinds.push(kind);
        Ok(kinds.len() - 1)
    }
}

/// Index of a step; `key` says who asks.
pub(super) fn step_index(spec: &Spec, key: &str, id: &str) -> Result<usize, FabError> {
    let known = spec.process.step.iter().position(|step| step.id == id);
    known.ok_or_else(|| FabError::value(format!("{key}.step"), id, "the id of a step of the process"))
}
