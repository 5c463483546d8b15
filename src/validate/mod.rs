//! The validation suite: what the product's own code gives, against closed forms, published numbers and reference solvers.
//!
//! Every check has two sides that share no formula. The simulated side runs a kernel, a sampler or the card writer; the
//! expected side is written out here or quoted from its source. A check takes a `fault`, a relative error that it plants in the
//! formula under test: with 2 % of it the check must fail, which `splitlot validate --mutations` and the tests show for all.

#[cfg(test)]
mod accuracy;
mod arrays;
mod capacitors;
mod closed;
mod converter;
mod curves;
mod device;
mod draws;
mod energy;
mod error;
mod exact;
mod lab;
mod lots;
mod noise;
mod statistics;
mod technologies;
#[cfg(test)]
mod tests;
mod wires;
mod yields;

use serde::Serialize;

pub use curves::{Curve, Series, curves};
pub use error::ValidateError;
pub use lab::Lab;

use crate::compute::BackendInfo;

/// Relative fault that every check must notice.
pub const FAULT: f64 = 0.02;

/// What the simulated side found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub value: f64,
    /// Standard error of the Monte Carlo; 0 where nothing is drawn.
    pub error: f64,
}

impl Measured {
    fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }
}

type Simulate = Box<dyn Fn(&Lab, f64) -> Result<Measured, ValidateError> + Sync>;

/// One line of the suite.
pub struct Check {
    /// Number in the validation table of the literature that it stands for, such as "V14"; empty for our own.
    pub id: &'static str,
    pub name: String,
    /// Which code is run, against what.
    pub compares: &'static str,
    /// Where the expected value comes from.
    pub source: &'static str,
    pub unit: &'static str,
    pub expected: f64,
    /// Largest distance from `expected`, in its unit.
    pub tolerance: f64,
    /// The product's own answer, with a relative fault planted in the formula under test; 0 for none.
    pub simulate: Simulate,
}

/// A check that was run.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub id: &'static str,
    pub name: String,
    pub compares: &'static str,
    pub source: &'static str,
    pub unit: &'static str,
    pub expected: f64,
    pub simulated: f64,
    /// Monte Carlo standard error of `simulated`.
    pub error: f64,
    pub tolerance: f64,
    pub pass: bool,
    pub seconds: f64,
}

/// A fault that was planted, and whether the check failed as it should.
#[derive(Clone, Debug, Serialize)]
pub struct Mutation {
    pub name: String,
    pub fault: f64,
    pub expected: f64,
    pub simulated: f64,
    pub tolerance: f64,
    pub noticed: bool,
}

/// The suite on one backend: `validate --json`.
#[derive(Clone, Debug, Serialize)]
pub struct Validation {
    pub version: &'static str,
    pub backend: BackendInfo,
    pub rows: Vec<Row>,
    /// Present where faults were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mutations: Vec<Mutation>,
    pub seconds: f64,
}

impl Validation {
    /// True when every row passes and every planted fault was noticed.
    pub fn passes(&self) -> bool {
        self.rows.iter().all(|row| row.pass) && self.mutations.iter().all(|mutation| mutation.noticed)
    }
}

/// Every check, in the order of the report.
pub fn checks() -> Vec<Check> {
    let groups = [
        draws::checks(),
        noise::checks(),
        device::checks(),
        arrays::checks(),
        converter::checks(),
        capacitors::checks(),
        technologies::checks(),
        wires::checks(),
        exact::checks(),
        energy::checks(),
        lots::checks(),
        yields::checks(),
        statistics::checks(),
    ];
    groups.into_iter().flatten().collect()
}

impl Check {
    /// Runs the check as the product is.
    ///
    /// # Errors
    /// The backend fails, or a specification of the suite is refused.
    pub fn run(&self, lab: &Lab) -> Result<Row, ValidateError> {
        let started = std::time::Instant::now();
        let measured = (self.simulate)(lab, 0.0)?;
        Ok(Row {
            id: self.id,
            name: self.name.clone(),
            compares: self.compares,
            source: self.source,
            unit: self.unit,
            expected: self.expected,
            simulated: measured.value,
            error: measured.error,
            tolerance: self.tolerance,
            pass: self.holds(measured),
            seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// Runs the check with a fault planted.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn mutate(&self, lab: &Lab, fault: f64) -> Result<Mutation, ValidateError> {
        let measured = (self.simulate)(lab, fault)?;
        Ok(Mutation {
            name: self.name.clone(),
            fault,
            expected: self.expected,
            simulated: measured.value,
            tolerance: self.tolerance,
            noticed: !self.holds(measured),
        })
    }

    /// Within tolerance, and measured finely enough to say so: an error bar as wide as half of the tolerance proves nothing.
    fn holds(&self, measured: Measured) -> bool {
        (measured.value - self.expected).abs() <= self.tolerance && measured.error <= 0.5 * self.tolerance
    }
}
