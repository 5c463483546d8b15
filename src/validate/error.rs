//! What can keep the suite from running. A check that fails is no error but a row.

use crate::array::CardError;
use crate::array::wires::WireError;
use crate::compute::ComputeError;
use crate::fab::FabError;
use crate::spec::SpecError;

#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Card(#[from] CardError),
    #[error(transparent)]
    Fab(#[from] FabError),
    #[error(transparent)]
    Wires(#[from] WireError),
    #[error(transparent)]
    Compute(#[from] ComputeError),
}
