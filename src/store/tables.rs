//! The three tables of a run, as read back from its folder.

use polars::prelude::DataFrame;

/// `dies.parquet`, `wafers.parquet` and `metrology.parquet`; columns as in [`crate::record`].
#[derive(Clone, Debug)]
pub struct Tables {
    pub dies: DataFrame,
    pub wafers: DataFrame,
    pub metrology: DataFrame,
}
