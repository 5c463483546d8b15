//! The three error classes, what the chip trims of them, and the digital references of accuracy.

use minijinja::{Value, context};

use super::super::figures::{full_flow_splits, reference_corner};
use super::super::format::{self, count, significant};
use super::super::labels;
use super::quantity;
use super::results::{cell, find};
use crate::record::METRICS;
use crate::spec::{Compensation, Spec};
use crate::summary::Summary;

/// Error classes of the design and the metrics that measure them.
const CLASSES: [(&str, &str); 8] = [
    ("a", "gain_rel"),
    ("a", "offset_steps"),
    ("a", "column_gain_sd"),
    ("a", "column_offset_sd_steps"),
    ("b", "static_rms_steps"),
    ("b", "worst_column_rms_steps"),
    ("c", "read_rms_steps"),
    ("c", "clip_rate"),
];

/// The three error classes at the reference corner.
pub fn rows(summary: &Summary, spec: &Spec) -> Value {
    let reference = reference_corner(spec);
    let row = |(i, (class, name)): (usize, &(&str, &str))| {
        let display = labels::metric(name);
        let cells = full_flow_splits(spec).into_iter().map(|split| {
            let result = find(summary, reference, split);
            let sd = result
                .and_then(|r| r.metrics.get(*name))
                .map(|m| m.sd * display.factor)
                .map(|sd| format::fixed(sd, format::decimals(sd)));
            context! { q => quantity(cell(result, name)), sd => sd }
        });
        let meaning = METRICS.iter().find(|m| m.name == *name).map_or("", |m| m.meaning);
        // The table's first column says the class already.
        let meaning = meaning.split(" (class").next().unwrap_or(meaning);
        let first = i == 0 || CLASSES[i - 1].0 != *class;
        let span = CLASSES.iter().filter(|c| c.0 == *class).count();
        context! {
            class => *class, first => first, span => span, label => display.label, unit => display.unit,
            meaning => meaning, cells => cells.collect::<Vec<_>>(),
        }
    };
    let shares = full_flow_splits(spec).into_iter().filter_map(|split| {
        let metrics = &find(summary, reference, split)?.metrics;
        let power = |name: &str| metrics.get(name).map(|m| m.mean.value * m.mean.value);
        let (fixed, read) = (power("static_rms_steps")?, power("read_rms_steps")?);
        let share = 100.0 * fixed / (fixed + read);
        share.is_finite().then(|| {
            context! { split => split, fixed => significant(share, 2), read => significant(100.0 - share, 2) }
        })
    });
    context! {
        rows => CLASSES.iter().enumerate().map(row).collect::<Vec<_>>(),
        shares => shares.collect::<Vec<_>>(),
    }
}

/// What the chip trims, as the product file states it.
pub fn trim(spec: &Spec) -> Value {
    let trim = &spec.product.trim;
    context! {
        column_offset => trim.column_offset,
        residual => format!("{} codes", significant(trim.column_offset_residual_lsb, 3)),
        die_gain => trim.die_gain,
        drift => spec.product.retention.as_ref().is_some_and(|r| r.compensation == Compensation::Global),
        written => match &spec.product.programming {
            Some(programming) if programming.write_verify => "writes cells with verify",
            Some(_) => "writes cells without verify",
            None => "has cells as its technology's published statistics leave them",
        },
    }
}

/// The digital references that accuracy is compared with.
pub fn digital(summary: &Summary) -> Value {
    let digital = &summary.digital;
    context! {
        n_images => count(digital.n_images as u64),
        float => format::fixed(100.0 * digital.float_accuracy, 1),
        quantised => quantity(format::estimate(&digital.quantised_accuracy, "%", 100.0, false)),
    }
}
