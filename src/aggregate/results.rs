//! One split at one corner: yields, bins, metrics, cost.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::AggregateError;
use super::bins::bin_label;
use super::dies::{Dies, Which, numbers, strings};
use crate::economics::cost_per_good_die;
use crate::record::{BIN_GOOD, METRICS, Metric};
use crate::spec::Spec;
use crate::stats::{logit_t, mean_sd, mean_t};
use crate::store::Tables;
use crate::summary::{MetricSummary, SplitResult, WaferYield};

/// A split as run at a corner.
pub fn result(tables: &Tables, spec: &Spec, corner: &str, split: &str) -> Result<SplitResult, AggregateError> {
    let dies = Dies::select(&tables.dies, corner, split, Which::AsRun)?;
    let level = spec.experiment.run.confidence;
    let good = |i: usize| dies.bin[i] == u32::from(BIN_GOOD);
    let alive = |i: usize| !dies.killed[i];
    let by_wafer = dies.count_by_wafer(good, |_| true);
    let yield_ = logit_t(&by_wafer, level);
    let n_wafers = by_wafer.len();
    let dies_per_wafer = dies.bin.len() as f64 / n_wafers as f64;
    let wafer_usd = mean_wafer_cost(tables, split)?;
    Ok(SplitResult {
        corner: corner.to_owned(),
        split: split.to_owned(),
        n_wafers,
        n_dies: dies.bin.len(),
        cost_per_good_die_usd: cost_per_good_die(
            wafer_usd,
            spec.product.cost.test_usd_per_die,
            dies_per_wafer,
            &yield_,
        ),
        yield_,
        yield_defect: logit_t(&dies.count_by_wafer(alive, |_| true), level),
        yield_parametric: logit_t(&dies.count_by_wafer(good, alive), level),
        wafers: wafer_yields(&dies, &by_wafer),
        bins: bins(&dies, spec),
        metrics: METRICS
            .iter()
            .map(|m| Ok((m.name.to_owned(), metric(&dies, m, level)?)))
            .collect::<Result<_, AggregateError>>()?,
    })
}

fn wafer_yields(dies: &Dies, by_wafer: &[(u64, u64)]) -> Vec<WaferYield> {
    let of = |(wafer, &(n_good, n_dies))| WaferYield { wafer, n_good, n_dies };
    dies.wafers().into_iter().zip(by_wafer).map(of).collect()
}

/// Dies by bin label; every bin of the product is there, also at zero.
fn bins(dies: &Dies, spec: &Spec) -> BTreeMap<String, u64> {
    let limits = &spec.product.limit;
    let mut counts: BTreeMap<String, u64> = limits.iter().map(|l| (bin_label(limits, l.bin), 0)).collect();
    for &bin in &dies.bin {
        *counts.entry(bin_label(limits, bin as u16)).or_default() += 1;
    }
    counts
}

/// Mean from wafer means; spread and quantiles over dies.
fn metric(dies: &Dies, metric: &Metric, level: f64) -> Result<MetricSummary, AggregateError> {
    let means: Vec<f64> = dies.wafer_means(metric.name)?.into_iter().map(|(_, mean)| mean).collect();
    let values = dies.alive(metric.name)?;
    let (_, sd) = mean_sd(&values);
    let series = Series::new(metric.name.into(), values);
    let quantile = |q: f64| -> Result<f64, AggregateError> {
        Ok(series.quantile_reduce(q, QuantileMethod::Linear)?.value().try_extract()?)
    };
    let empty = series.is_empty();
    let at = |q: f64| if empty { Ok(f64::NAN) } else { quantile(q) };
    Ok(MetricSummary {
        mean: mean_t(&means, level),
        sd: if empty { f64::NAN } else { sd },
        min: at(0.0)?,
        q01: at(0.01)?,
        q05: at(0.05)?,
        median: at(0.5)?,
        q95: at(0.95)?,
        q99: at(0.99)?,
        max: at(1.0)?,
        unit: metric.unit,
    })
}

fn mean_wafer_cost(tables: &Tables, split: &str) -> Result<f64, AggregateError> {
    let splits = strings(&tables.wafers, "split")?;
    let costs = numbers(&tables.wafers, "cost_usd")?;
    let of_split: Vec<f64> = splits.iter().zip(costs).filter(|(s, _)| *s == split).map(|(_, cost)| cost).collect();
    Ok(mean_sd(&of_split).0)
}
