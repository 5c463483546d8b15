//! Advance and left bearing of the embedded font's glyphs. Plotters' text drawing drops the bearing, so that letters touch;
//! with both known, each letter is put where it belongs.

use std::sync::OnceLock;

/// Plotters takes the height from ascent to descent for the size of a font; this is that height of DejaVu Sans (em).
pub const HEIGHT_EM: f64 = 2384.0 / 2048.0;
/// Height of capitals of DejaVu Sans (em).
pub const CAPITAL_EM: f64 = 0.729;

/// Horizontal measures of a glyph (em).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    pub advance: f64,
    /// From the pen to the left end of the ink.
    pub bearing: f64,
}

/// Measures of a character; a typical width where the font lacks it.
pub fn glyph(c: char, bold: bool) -> Glyph {
    static FONTS: OnceLock<[Option<Font>; 2]> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| [Font::new(dejavu::sans::regular()), Font::new(dejavu::sans::bold())]);
    let found = fonts[usize::from(bold)].as_ref().and_then(|font| font.glyph(c));
    found.unwrap_or(Glyph { advance: 0.6, bearing: 0.0 })
}

/// The tables of a TrueType file that are needed here.
///
/// Source: OpenType specification 1.9, tables cmap (format 4), head, hhea, hmtx.
struct Font {
    bytes: &'static [u8],
    /// Start of the character map.
    map: usize,
    metrics: usize,
    n_metrics: usize,
    units_per_em: f64,
}

impl Font {
    fn new(bytes: &'static [u8]) -> Option<Self> {
        let cmap = table(bytes, b"cmap")?;
        let n_maps = u16_at(bytes, cmap + 2)?;
        let map = (0..n_maps).map(|i| cmap + 4 + 8 * i).find_map(|record| {
            // Windows, Unicode basic plane.
            let wanted = u16_at(bytes, record)? == 3 && u16_at(bytes, record + 2)? == 1;
            let start = cmap + u32_at(bytes, record + 4)?;
            (wanted && u16_at(bytes, start)? == 4).then_some(start)
        })?;
        Some(Self {
            bytes,
            map,
            metrics: table(bytes, b"hmtx")?,
            n_metrics: u16_at(bytes, table(bytes, b"hhea")? + 34)?,
            units_per_em: u16_at(bytes, table(bytes, b"head")? + 18)? as f64,
        })
    }

    fn glyph(&self, c: char) -> Option<Glyph> {
        let id = self.id(u32::from(c) as usize)?;
        let last = self.n_metrics.checked_sub(1)?;
        let advance = u16_at(self.bytes, self.metrics + 4 * id.min(last))?;
        // Behind the full records stand bearings alone.
        let at = if id <= last { 4 * id + 2 } else { 4 * self.n_metrics + 2 * (id - self.n_metrics) };
        let bearing = u16_at(self.bytes, self.metrics + at)? as u16 as i16;
        Some(Glyph { advance: advance as f64 / self.units_per_em, bearing: f64::from(bearing) / self.units_per_em })
    }

    /// Glyph number of a character of the basic plane.
    fn id(&self, code: usize) -> Option<usize> {
        let doubled = u16_at(self.bytes, self.map + 6)?;
        let (ends, starts) = (self.map + 14, self.map + 16 + doubled);
        let segment = (0..doubled / 2).find(|s| u16_at(self.bytes, ends + 2 * s).is_some_and(|end| end >= code))?;
        let start = u16_at(self.bytes, starts + 2 * segment)?;
        let delta = u16_at(self.bytes, starts + doubled + 2 * segment)?;
        let offset_at = starts + 2 * doubled + 2 * segment;
        let offset = u16_at(self.bytes, offset_at)?;
        if code < start {
            return None;
        }
        let id = match offset {
            0 => (code + delta) & 0xffff,
            _ => match u16_at(self.bytes, offset_at + offset + 2 * (code - start))? {
                0 => 0,
                id => (id + delta) & 0xffff,
            },
        };
        (id != 0).then_some(id)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize)
}

fn table(bytes: &[u8], name: &[u8; 4]) -> Option<usize> {
    let n = u16_at(bytes, 4)?;
    let record = (0..n).map(|i| 12 + 16 * i).find(|at| bytes.get(*at..at + 4) == Some(name.as_slice()))?;
    u32_at(bytes, record + 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Advances as FontForge shows them for DejaVu Sans 2.37 (units of 1/2048 em).
    #[test]
    fn advances_of_dejavu_sans() {
        for (c, units) in [(' ', 651.0), ('0', 1303.0), ('M', 1767.0), ('i', 569.0), ('\u{2212}', 1716.0)] {
            assert_eq!(glyph(c, false).advance * 2048.0, units, "{c}");
        }
        assert!(glyph('M', true).advance > glyph('M', false).advance);
    }

    #[test]
    fn bearings_leave_room_before_a_stem_and_none_before_a_hook() {
        assert!(glyph('l', false).bearing > 0.08);
        assert!(glyph('j', false).bearing < 0.0);
    }

    #[test]
    fn every_sign_that_the_report_uses_is_in_the_font() {
        let regular = Font::new(dejavu::sans::regular()).expect("parses");
        for c in "\u{2212}\u{d7}\u{b5}\u{3c3}\u{3a9}\u{b2}\u{b3}\u{b9}\u{2070}\u{2079}\u{207b}\u{2190}\u{2191}\u{2192}\u{2193}\u{2026}".chars() {
            assert!(regular.glyph(c).is_some(), "{c}");
        }
        assert_eq!(regular.glyph('\u{e000}'), None);
    }
}
