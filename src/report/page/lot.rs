//! The lot: split table as the field writes it, what the recipes change, what the corners mean.

use minijinja::{Value, context};

use super::super::columns::Wafer;
use super::super::figures::{split_color, split_title};
use super::super::format::{count, significant};
use super::super::labels;
use super::css;
use crate::spec::{RecipeOp, Spec, Split};

/// Rows are wafers in slot order, columns are steps; a cell holds the recipe where it differs, and where a wafer stopped.
pub fn lot(wafers: &[Wafer], spec: &Spec) -> Value {
    let steps = &spec.process.step;
    let head: Vec<Value> =
        steps.iter().map(|s| context! { id => &s.id, name => &s.name, measured => s.metrology.is_some() }).collect();
    let row = |wafer: &Wafer| {
        let split = spec.experiment.split.iter().find(|s| s.id == wafer.split);
        let last = steps.iter().position(|s| s.id == wafer.last_step).unwrap_or(steps.len());
        let cells = steps.iter().enumerate().map(|(i, step)| {
            let recipe = split.map(|s| recipe_at(s, &step.id)).unwrap_or_default();
            let kind = match (i, wafer.full_flow) {
                (i, false) if i > last => "after",
                (i, false) if i == last => "stop",
                _ if !recipe.is_empty() => "changed",
                _ => "por",
            };
            let text = match kind {
                "stop" if recipe.is_empty() => "stop".to_owned(),
                "stop" => format!("{recipe}, stop"),
                "changed" => recipe,
                _ => String::new(),
            };
            context! { kind => kind, text => text }
        });
        context! {
            slot => wafer.slot,
            id => &wafer.id,
            split => &wafer.split,
            color => css(split_color(spec, &wafer.split)),
            cells => cells.collect::<Vec<_>>(),
            full_flow => wafer.full_flow,
            n_dies => count(wafer.n_dies),
            n_good => count(wafer.n_good),
            cost => count(wafer.cost_usd.round() as u64),
        }
    };
    let split = |s: &Split| {
        let changes = s.change.iter().map(|c| {
            let shown = labels::parameter(&c.parameter);
            let value = significant(c.value, 4);
            let what = match c.op {
                RecipeOp::Set => format!("{} = {value} {}", shown.label, shown.unit),
                RecipeOp::Add if c.value < 0.0 => format!("{} {value} {}", shown.label, shown.unit),
                RecipeOp::Add => format!("{} + {value} {}", shown.label, shown.unit),
                RecipeOp::Mul => format!("{} \u{d7} {value}", shown.label),
            };
            format!("step {}, recipe {}: {}", c.step, c.recipe, what.trim_end())
        });
        let changes = changes.collect::<Vec<_>>().join("; ");
        let stop = s.stop_after.as_ref().map(|step| format!("stops after {step}, measured inline only"));
        context! {
            title => split_title(spec, &s.id),
            color => css(split_color(spec, &s.id)),
            wafers => &s.wafers,
            control => s.control,
            changes => changes,
            stop => stop,
        }
    };
    context! {
        head => head,
        rows => wafers.iter().map(row).collect::<Vec<_>>(),
        splits => spec.experiment.split.iter().map(split).collect::<Vec<_>>(),
        randomized => spec.experiment.lot.randomize_slots,
        diameter => significant(spec.process.wafer.diameter_mm, 4),
        exclusion => significant(spec.process.wafer.edge_exclusion_mm, 3),
        die => format!("{} \u{d7} {}", significant(spec.product.die.width_mm, 4), significant(spec.product.die.height_mm, 4)),
    }
}

fn recipe_at(split: &Split, step: &str) -> String {
    let mut recipes: Vec<&str> = split.change.iter().filter(|c| c.step == step).map(|c| c.recipe.as_str()).collect();
    recipes.dedup();
    recipes.join(", ")
}

/// Shift, supply and temperature of each corner.
pub fn corners(spec: &Spec) -> Value {
    let one = |corner: &crate::spec::Corner| {
        let shifts = corner.sigma.iter().filter(|(_, k)| **k != 0.0).map(|(parameter, k)| {
            let sign = if *k > 0.0 { "+" } else { "" };
            format!("{} {sign}{} \u{3c3}", labels::parameter(parameter).label, significant(*k, 3))
        });
        context! {
            id => &corner.id,
            label => &corner.label,
            shift => shifts.collect::<Vec<_>>().join(", "),
            supply => significant(corner.supply_rel, 4),
            temp => significant(corner.temp_c, 4),
        }
    };
    spec.experiment.corner.iter().map(one).collect::<Vec<_>>().into()
}
