//! The three tables of a run, as read back from its folder.

use polars::prelude::*;

/// `dies.parquet`, `wafers.parquet` and `metrology.parquet`; columns as in [`crate::record`].
#[derive(Clone, Debug)]
pub struct Tables {
    pub dies: DataFrame,
    pub wafers: DataFrame,
    pub metrology: DataFrame,
}

/// The rows of one die, in the table's order.
///
/// # Errors
/// The table lacks the columns that name a die.
pub fn rows_of_die(dies: &DataFrame, wafer: &str, x: i16, y: i16) -> PolarsResult<DataFrame> {
    let of_die =
        col("wafer").eq(lit(wafer)).and(col("die_x").eq(lit(i32::from(x)))).and(col("die_y").eq(lit(i32::from(y))));
    dies.clone().lazy().filter(of_die).collect()
}
