//! Why tables do not add up to a summary.

#[derive(Debug, thiserror::Error)]
pub enum AggregateError {
    #[error("tables: {0}")]
    Polars(#[from] polars::prelude::PolarsError),
    #[error("tables: column '{0}' holds an empty cell")]
    Empty(String),
}
