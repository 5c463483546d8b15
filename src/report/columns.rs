//! The columns of the tables that figures need, as plain vectors.

use polars::prelude::*;

use super::ReportError;
use crate::store::Tables;

/// Dies as run at the reference corner, in the order of the table.
pub struct Dies {
    frame: DataFrame,
    pub wafer: Vec<String>,
    pub split: Vec<String>,
    pub x_mm: Vec<f64>,
    pub y_mm: Vec<f64>,
    pub bin: Vec<u16>,
    /// True for a die with a killer defect: nothing else was measured on it.
    pub killed: Vec<bool>,
}

impl Dies {
    /// # Errors
    /// A column is missing or of another type.
    pub fn new(tables: &Tables, corner: &str) -> Result<Self, ReportError> {
        let dies = tables.dies.clone().lazy();
        let frame = dies.filter(col("corner").eq(lit(corner)).and(col("as_run"))).collect()?;
        Ok(Self {
            wafer: strings(&frame, "wafer")?,
            split: strings(&frame, "split")?,
            x_mm: numbers(&frame, "x_mm")?,
            y_mm: numbers(&frame, "y_mm")?,
            bin: numbers(&frame, "bin")?.into_iter().map(|b| b as u16).collect(),
            killed: numbers(&frame, "n_killers")?.into_iter().map(|n| n > 0.0).collect(),
            frame,
        })
    }

    /// A metric of all these dies; NaN for a killed die.
    ///
    /// # Errors
    /// There is no such column.
    pub fn metric(&self, name: &str) -> Result<Vec<f64>, ReportError> {
        let values = numbers(&self.frame, name)?;
        Ok(values.into_iter().zip(&self.killed).map(|(v, killed)| if *killed { f64::NAN } else { v }).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.wafer.is_empty()
    }
}

/// A row of `wafers.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct Wafer {
    pub id: String,
    pub slot: u32,
    pub split: String,
    pub last_step: String,
    pub full_flow: bool,
    pub n_dies: u64,
    pub n_good: u64,
    pub cost_usd: f64,
}

/// All wafers, in slot order.
///
/// # Errors
/// A column is missing or of another type.
pub fn wafers(tables: &Tables) -> Result<Vec<Wafer>, ReportError> {
    let frame = &tables.wafers;
    let [id, split, last_step] = [strings(frame, "wafer")?, strings(frame, "split")?, strings(frame, "last_step")?];
    let [slot, n_dies, n_good] = [numbers(frame, "slot")?, numbers(frame, "n_dies")?, numbers(frame, "n_good")?];
    let [full_flow, cost_usd] = [numbers(frame, "full_flow")?, numbers(frame, "cost_usd")?];
    let mut wafers: Vec<Wafer> = (0..frame.height())
        .map(|i| Wafer {
            id: id[i].clone(),
            slot: slot[i] as u32,
            split: split[i].clone(),
            last_step: last_step[i].clone(),
            full_flow: full_flow[i] != 0.0,
            n_dies: n_dies[i] as u64,
            n_good: n_good[i] as u64,
            cost_usd: cost_usd[i],
        })
        .collect();
    wafers.sort_by_key(|w| w.slot);
    Ok(wafers)
}

/// A row of `metrology.parquet`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub wafer: String,
    pub step: String,
    pub x_mm: f64,
    pub y_mm: f64,
    pub measured: f64,
}

/// All inline readings, in the order of the table.
///
/// # Errors
/// A column is missing or of another type.
pub fn readings(tables: &Tables) -> Result<Vec<Reading>, ReportError> {
    let frame = &tables.metrology;
    let [wafer, step] = [strings(frame, "wafer")?, strings(frame, "step")?];
    let [x_mm, y_mm, measured] = [numbers(frame, "x_mm")?, numbers(frame, "y_mm")?, numbers(frame, "measured")?];
    let all = wafer.into_iter().zip(step).zip(x_mm).zip(y_mm).zip(measured);
    Ok(all.map(|((((wafer, step), x_mm), y_mm), measured)| Reading { wafer, step, x_mm, y_mm, measured }).collect())
}

fn strings(frame: &DataFrame, name: &str) -> Result<Vec<String>, ReportError> {
    let column = frame.column(name)?.cast(&DataType::String)?;
    Ok(column.str()?.iter().map(|v| v.unwrap_or_default().to_owned()).collect())
}

fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<f64>, ReportError> {
    let column = frame.column(name)?.cast(&DataType::Float64)?;
    Ok(column.f64()?.iter().map(|v| v.unwrap_or(f64::NAN)).collect())
}
