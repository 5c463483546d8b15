//! The die grid of a wafer: which whole dies fit, where they are, and which die covers a point.

use crate::spec::{Die, WaferGeometry};

/// A die position on the wafer grid: x to the right and y up, notch down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DieSite {
    pub x: i16,
    pub y: i16,
    /// Centre of the die from the centre of the wafer (mm).
    pub x_mm: f64,
    pub y_mm: f64,
    /// Position of the die inside the exposure field: column, row.
    pub reticle: [u8; 2],
}

/// The whole dies of a wafer, sorted by (y, x): all four corners inside the radius less the edge exclusion. The scribe line
/// may lie outside.
pub fn die_sites(wafer: &WaferGeometry, die: &Die) -> Vec<DieSite> {
    let grid = DieGrid::new(die);
    let usable_mm = wafer.diameter_mm / 2.0 - wafer.edge_exclusion_mm;
    let mut sites = Vec::new();
    for y in grid.indices(1, usable_mm) {
        for x in grid.indices(0, usable_mm) {
            let site = grid.site(x, y);
            let corner = [site.x_mm.abs() + die.width_mm / 2.0, site.y_mm.abs() + die.height_mm / 2.0];
            if corner[0] * corner[0] + corner[1] * corner[1] <= usable_mm * usable_mm {
                sites.push(site);
            }
        }
    }
    sites
}

/// Pitch, offset and exposure field: maps grid indices to places and back.
#[derive(Clone, Debug)]
pub(super) struct DieGrid {
    pitch_mm: [f64; 2],
    offset: [f64; 2],
    reticle: [i32; 2],
}

impl DieGrid {
    pub(super) fn new(die: &Die) -> Self {
        // An exposure field has at least one die, and its position must fit the site's bytes.
        let count = |n: u32| n.clamp(1, 255) as i32;
        Self {
            pitch_mm: [die.width_mm + die.scribe_um * 1e-3, die.height_mm + die.scribe_um * 1e-3],
            offset: die.grid_offset,
            reticle: [count(die.reticle_columns), count(die.reticle_rows)],
        }
    }

    fn site(&self, x: i16, y: i16) -> DieSite {
        let place = |index: i16, axis: usize| (f64::from(index) + self.offset[axis]) * self.pitch_mm[axis];
        let within = |index: i16, axis: usize| i32::from(index).rem_euclid(self.reticle[axis]) as u8;
        DieSite { x, y, x_mm: place(x, 0), y_mm: place(y, 1), reticle: [within(x, 0), within(y, 1)] }
    }

    /// The die (whole or not) that covers a point, with the point's own coordinates kept.
    pub(super) fn covering(&self, x_mm: f64, y_mm: f64) -> DieSite {
        // A float too large for i16 saturates in the cast; such a die address is as good as any.
        let index = |mm: f64, axis: usize| (mm / self.pitch_mm[axis] - self.offset[axis]).round() as i16;
        DieSite { x_mm, y_mm, ..self.site(index(x_mm, 0), index(y_mm, 1)) }
    }

    /// Indices whose die may lie within the usable radius along one axis.
    fn indices(&self, axis: usize, usable_mm: f64) -> std::ops::Range<i16> {
        let reach = usable_mm / self.pitch_mm[axis];
        // A pitch of nothing gives no die at all rather than a loop without end; the casts saturate.
        if !reach.is_finite() {
            return 0..0;
        }
        let (low, high) = (-reach - self.offset[axis], reach - self.offset[axis]);
        low.floor() as i16..(high.ceil() as i16).saturating_add(1)
    }

    pub(super) fn reticle_index(&self, site: &DieSite) -> u32 {
        u32::from(site.reticle[1]) * self.reticle[0] as u32 + u32::from(site.reticle[0])
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    fn geometry(width_mm: f64, height_mm: f64, scribe_um: f64, grid_offset: [f64; 2]) -> (WaferGeometry, Die) {
        let spec = testing::spec();
        let die = Die { width_mm, height_mm, scribe_um, grid_offset, ..spec.product.die };
        (WaferGeometry { diameter_mm: 300.0, edge_exclusion_mm: 3.0, ..spec.process.wafer }, die)
    }

    fn count(width_mm: f64, height_mm: f64, scribe_um: f64, offset: [f64; 2]) -> usize {
        let (wafer, die) = geometry(width_mm, height_mm, scribe_um, offset);
        die_sites(&wafer, &die).len()
    }

    /// statistics.md, self-checks: counted independently there.
    #[test]
    fn gross_dies_of_three_sizes_and_offsets() {
        let offsets = [[0.0, 0.0], [0.5, 0.5], [0.5, 0.0]];
        let counts = |w, h| offsets.map(|offset| count(w, h, 0.0, offset));
        assert_eq!(counts(10.0, 8.0), [779, 784, 784]);
        assert_eq!(counts(26.0, 33.0), [57, 64, 58]);
        assert_eq!(counts(8.0, 8.0), [981, 984, 992]);
    }

    /// physics.md V25: 50 mm2, edge exclusion 3 mm, scribe 0.1 mm, best of 21 x 21 offsets.
    #[test]
    fn v25_best_offset() {
        let side = 50f64.sqrt();
        let offsets = (0..21).flat_map(|i| (0..21).map(move |j| [f64::from(i) / 21.0, f64::from(j) / 21.0]));
        assert_eq!(offsets.map(|offset| count(side, side, 100.0, offset)).max(), Some(1247));
    }

    #[test]
    fn sites_are_sorted_placed_and_found_again() {
        let (wafer, mut die) = geometry(10.0, 8.0, 80.0, [0.25, -0.5]);
        (die.reticle_columns, die.reticle_rows) = (2, 3);
        let grid = DieGrid::new(&die);
        let sites = die_sites(&wafer, &die);
        assert!(sites.is_sorted_by_key(|site| (site.y, site.x)));
        for site in &sites {
            assert_eq!(grid.covering(site.x_mm, site.y_mm), *site);
            assert_eq!(site.x_mm, (f64::from(site.x) + 0.25) * 10.08);
            assert!(site.reticle[0] < 2 && site.reticle[1] < 3 && grid.reticle_index(site) < 6);
            assert_eq!(grid.site(site.x + 2, site.y - 3).reticle, site.reticle);
        }
    }

    #[test]
    fn nonsense_gives_no_dies() {
        for (w, h) in [(0.0, 0.0), (f64::NAN, 8.0), (-10.0, 8.0), (400.0, 400.0), (f64::INFINITY, 1.0)] {
            assert_eq!(count(w, h, 0.0, [0.0, 0.0]), 0, "{w} x {h}");
        }
        assert_eq!(count(10.0, 8.0, 0.0, [f64::NAN, 0.0]), 0);
    }
}
