//! A finished figure and its PNG file.

use plotters::backend::{BitMapBackend, DrawingBackend};

use super::ReportError;

/// Pixels kept per CSS pixel.
pub const KEPT: u32 = 2;

/// A finished figure: RGB, `KEPT` pixels per CSS pixel.
pub struct Raster {
    /// Size in CSS pixels.
    pub width: u32,
    pub height: u32,
    rgb: Vec<u8>,
}

impl Raster {
    /// Keeps half the pixels of a drawing that has `2 * KEPT` pixels per CSS pixel.
    pub fn halved(width: u32, height: u32, drawn: &[u8]) -> Self {
        Self { width, height, rgb: halve(drawn, 2 * (width * KEPT) as usize) }
    }

    #[cfg(test)]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Writes the figure as PNG.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &std::path::Path) -> Result<(), ReportError> {
        let size = (self.width * KEPT, self.height * KEPT);
        let draw = |e: &dyn std::fmt::Display| ReportError::Draw(format!("{}: {e}", path.display()));
        let mut file = BitMapBackend::new(path, size);
        file.blit_bitmap((0, 0), size, &self.rgb).map_err(|e| draw(&e))?;
        file.present().map_err(|e| draw(&e))
    }
}

/// Mean of each 2 x 2 block.
fn halve(rgb: &[u8], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(rgb.len() / 4);
    for pair in rgb.chunks_exact(width * 6) {
        let (top, bottom) = pair.split_at(width * 3);
        for (t, b) in top.chunks_exact(6).zip(bottom.chunks_exact(6)) {
            for c in 0..3 {
                let sum = u16::from(t[c]) + u16::from(t[c + 3]) + u16::from(b[c]) + u16::from(b[c + 3]);
                out.push(((sum + 2) / 4) as u8);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_takes_means() {
        let black_and_white = [0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0];
        assert_eq!(halve(&black_and_white, 2), vec![128, 128, 128]);
    }
}
