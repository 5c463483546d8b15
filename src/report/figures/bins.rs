//! Bin maps of all wafers at the reference corner.

use std::collections::BTreeMap;

use super::super::ReportError;
use super::super::canvas::{Anchor, Type, paint};
use super::super::columns::{Dies, Wafer};
use super::super::format::fixed;
use super::super::palette::{self, MUTED, Rgb, UNTESTED};
use super::wafer::Sheet;
use super::{FULL, Figure, legend};
use crate::record::{BIN_DEFECT, BIN_GOOD};
use crate::spec::Spec;

/// A bin, its name and its colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinLabel {
    pub bin: u16,
    pub label: String,
    pub color: Rgb,
}

/// The bins of a product in order: good, defect, then those of the limits.
pub fn bin_labels(spec: &Spec) -> Vec<BinLabel> {
    let mut labels = BTreeMap::from([(BIN_GOOD, "good".to_owned()), (BIN_DEFECT, "defect".to_owned())]);
    for limit in &spec.product.limit {
        labels.entry(limit.bin).or_insert_with(|| limit.label.clone());
    }
    let mut rank = 0;
    let mut color = |bin| match bin {
        BIN_GOOD => palette::good(),
        _ => {
            rank += 1;
            palette::fail(rank - 1)
        }
    };
    labels.into_iter().map(|(bin, label)| BinLabel { bin, label, color: color(bin) }).collect()
}

pub fn draw(dies: &Dies, wafers: &[Wafer], spec: &Spec) -> Result<Figure, ReportError> {
    let labels = bin_labels(spec);
    let color = |bin: u16| labels.iter().find(|l| l.bin == bin).map_or(UNTESTED, |l| l.color);
    let sheet = Sheet::new(wafers, spec, FULL, 0.0);
    let present = |bin: u16| dies.bin.contains(&bin);
    let items: Vec<(Rgb, String)> = labels
        .iter()
        .filter(|l| l.bin == BIN_GOOD || present(l.bin))
        .map(|l| (l.color, format!("bin {}: {}", l.bin, l.label)))
        .collect();
    let raster = paint(FULL, sheet.height + 30.0, |canvas| {
        sheet.titles(canvas, spec);
        for (wafer, face) in &sheet.places {
            face.draw(canvas, spec);
            if !wafer.full_flow {
                let step = format!("after {}", wafer.last_step);
                canvas.text("stopped", face.x, face.y - 8.0, Anchor::Middle, Type::bold(11.0, MUTED));
                canvas.text(&step, face.x, face.y + 8.0, Anchor::Middle, Type::new(10.5, MUTED));
                sheet.foot(canvas, face, "measured inline only");
                continue;
            }
            for i in (0..dies.wafer.len()).filter(|i| dies.wafer[*i] == wafer.id) {
                face.die(canvas, dies.x_mm[i], dies.y_mm[i], spec, color(dies.bin[i]));
            }
            if wafer.n_dies > 0 {
                let share = fixed(100.0 * wafer.n_good as f64 / wafer.n_dies as f64, 1);
                sheet.foot(canvas, face, &format!("{share} % good ({}/{})", wafer.n_good, wafer.n_dies));
            }
        }
        legend::draw(canvas, &items, 8.0, sheet.top() + sheet.height + 14.0, FULL);
    })?;
    Ok(Figure {
        title: "Bins".into(),
        name: "bin_map".into(),
        alt: format!("Bin maps of {} wafers at the reference corner, notch down", wafers.len()),
        raster,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bin_of_the_product_has_one_label_and_its_own_colour() {
        let spec = crate::report::fixture::spec();
        let labels = bin_labels(&spec);
        assert_eq!((labels[0].bin, labels[0].label.as_str()), (1, "good"));
        let colors: std::collections::BTreeSet<_> = labels.iter().map(|l| l.color).collect();
        assert_eq!(colors.len(), labels.len());
        assert!(spec.product.limit.iter().all(|limit| labels.iter().any(|l| l.bin == limit.bin)));
    }
}
