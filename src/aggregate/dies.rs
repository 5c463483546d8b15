//! The dies of one corner and recipe as plain columns, in the order of the table.

use polars::prelude::*;

use super::AggregateError;

/// Which rows of the die table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Dies whose wafers really got the recipe.
    AsRun,
    /// Every full-flow die, evaluated under the recipe.
    All,
}

/// Dies under one corner and recipe.
pub struct Dies {
    frame: DataFrame,
    pub wafer: Vec<String>,
    pub bin: Vec<u32>,
    pub killed: Vec<bool>,
}

impl Dies {
    /// # Errors
    /// A column is missing or has empty cells.
    pub fn select(dies: &DataFrame, corner: &str, split: &str, which: Which) -> Result<Self, AggregateError> {
        let mut rows = col("corner").eq(lit(corner)).and(col("split").eq(lit(split)));
        if which == Which::AsRun {
            rows = rows.and(col("as_run"));
        }
        let frame = dies.clone().lazy().filter(rows).collect()?;
        let killers = numbers(&frame, "n_killers")?;
        Ok(Self {
            wafer: strings(&frame, "wafer")?,
            bin: numbers(&frame, "bin")?.into_iter().map(|bin| bin as u32).collect(),
            killed: killers.into_iter().map(|n| n > 0.0).collect(),
            frame,
        })
    }

    /// Wafers in the order of the table.
    pub fn wafers(&self) -> Vec<String> {
        let mut wafers: Vec<String> = self.wafer.clone();
        wafers.dedup();
        wafers
    }

    /// (counted, of all) of each wafer.
    pub fn count_by_wafer(&self, counted: impl Fn(usize) -> bool, of: impl Fn(usize) -> bool) -> Vec<(u64, u64)> {
        let count = |wafer: &String| {
            let rows = || (0..self.wafer.len()).filter(|&i| &self.wafer[i] == wafer && of(i));
            (rows().filter(|&i| counted(i)).count() as u64, rows().count() as u64)
        };
        self.wafers().iter().map(count).collect()
    }

    /// A metric of the dies without a killer defect.
    pub fn alive(&self, metric: &str) -> Result<Vec<f64>, AggregateError> {
        let values = numbers(&self.frame, metric)?;
        Ok(values.into_iter().zip(&self.killed).filter(|(_, killed)| !**killed).map(|(v, _)| v).collect())
    }

    /// Mean of a metric over the dies of each wafer without a killer defect, in row order; wafers with no such die are left out.
    pub fn wafer_means(&self, metric: &str) -> Result<Vec<(String, f64)>, AggregateError> {
        let values = numbers(&self.frame, metric)?;
        let mean = |wafer: String| {
            let alive = (0..values.len()).filter(|&i| self.wafer[i] == wafer && !self.killed[i]);
            let (sum, n) = alive.fold((0.0, 0u32), |(sum, n), i| (sum + values[i], n + 1));
            (n > 0).then(|| (wafer, sum / f64::from(n)))
        };
        Ok(self.wafers().into_iter().filter_map(mean).collect())
    }
}

/// A column of numbers or booleans as f64.
pub fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<f64>, AggregateError> {
    let column = frame.column(name)?.cast(&DataType::Float64)?;
    let values = column.f64()?.iter().collect::<Option<Vec<f64>>>();
    values.ok_or_else(|| AggregateError::Empty(name.to_owned()))
}

/// A column of text.
pub fn strings(frame: &DataFrame, name: &str) -> Result<Vec<String>, AggregateError> {
    let values = frame.column(name)?.str()?.iter().map(|s| s.map(str::to_owned)).collect::<Option<Vec<String>>>();
    values.ok_or_else(|| AggregateError::Empty(name.to_owned()))
}
