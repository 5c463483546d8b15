//! Bin maps of all wafers at the reference corner.

use std::collections::BTreeMap;

use super::super::ReportError;
use super::super::axes::TITLE;
use super::super::canvas::{Anchor, paint};
use super::super::columns::{Dies, Reading, Wafer};
use super::super::format::fixed;
use super::super::palette::{self, AXIS, Rgb, UNTESTED};
use super::wafer::Sheet;
use super::{FULL, Figure, legend};
use crate::record::{BIN_DEFECT, BIN_GOOD};
use crate::spec::Spec;
use crate::summary::Finding;

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

pub fn draw(
    dies: &Dies,
    wafers: &[Wafer],
    readings: &[Reading],
    findings: &[Finding],
    spec: &Spec,
) -> Result<Figure, ReportError> {
    let labels = bin_labels(spec);
    let color = |bin: u16| labels.iter().find(|l| l.bin == bin).map_or(UNTESTED, |l| l.color);
    let sheet = Sheet::new(wafers, spec, FULL, 0.0);
    let present = |bin: u16| dies.bin.contains(&bin);
    let items: Vec<(Rgb, String)> = labels
        .iter()
        .filter(|l| l.bin == BIN_GOOD || present(l.bin))
        .map(|l| (l.color, format!("bin {}: {}", l.bin, l.label)))
        .chain(wafers.iter().any(|w| !w.full_flow).then(|| (AXIS, "measured site".to_owned())))
        .collect();
    let raster = paint(FULL, sheet.height + 30.0, |canvas| {
        sheet.titles(canvas, spec, findings);
        for (wafer, face) in &sheet.places {
            face.draw(canvas, spec);
            if !wafer.full_flow {
                let last = |r: &&Reading| r.wafer == wafer.id && r.step == wafer.last_step;
                for site in readings.iter().filter(last) {
                    let (x, y) = (face.x + site.x_mm * face.per_mm, face.y - site.y_mm * face.per_mm);
                    canvas.disc(x, y, 1.8, AXIS, 1.0);
                }
                sheet.foot(canvas, face, &format!("stopped after {}, inline only", wafer.last_step));
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
        let y = sheet.top() + sheet.height + 14.0;
        legend::draw(canvas, &items, 8.0, y, FULL - 160.0);
        canvas.text(&format!("Bins, corner {}", super::reference_corner(spec)), FULL - 8.0, y, Anchor::Right, TITLE);
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
