//! Test images with labels, as their file holds them: a line of comma-separated values for each.

use super::WorkloadError;
use super::files::File;
use super::model::Model;

/// Images in the model's input range and their classes.
pub(super) struct TestSet {
    n_pixels: usize,
    /// Shape: `[image, pixel]`.
    pixels: Vec<f64>,
    pub labels: Vec<u8>,
}

impl TestSet {
    /// The first `n_images` of a file, or all: comment lines (#), a head, then pixels and the label of one image a line.
    ///
    /// # Errors
    /// The line and column of the first value that is no pixel of 0..full scale or no class of the model.
    pub(super) fn parse(file: &File, model: &Model, n_images: Option<usize>) -> Result<Self, WorkloadError> {
        let n_pixels = model.n_inputs();
        let mut lines = file.text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
        let head = lines.next().map_or(0, |(_, head)| head.split(',').count());
        if head != n_pixels + 1 {
            let allowed = format!("{}: the model's {n_pixels} inputs and the label", n_pixels + 1);
            return Err(WorkloadError::value(&file.name, "columns in the head", head, allowed));
        }
        let mut set = Self { n_pixels, pixels: Vec::new(), labels: Vec::new() };
        for (number, line) in lines.take(n_images.unwrap_or(usize::MAX)) {
            let refuse = |key: &str, value: &str, allowed: String| {
                Err(WorkloadError::value(&file.name, format!("line {}, {key}", number + 1), value, allowed))
            };
            let values: Vec<&str> = line.split(',').map(str::trim).collect();
            let [pixels @ .., label] = values.as_slice() else { continue };
            if pixels.len() != n_pixels {
                return refuse("columns", &values.len().to_string(), format!("{}", n_pixels + 1));
            }
            for (column, text) in pixels.iter().enumerate() {
                match text.parse() {
                    Ok(pixel) if (0.0..=model.input_full_scale).contains(&pixel) => set.pixels.push(pixel),
                    _ => {
                        return refuse(
                            &format!("column {}", column + 1),
                            text,
                            format!("0 to {}", model.input_full_scale),
                        );
                    }
                }
            }
            match label.parse::<u8>() {
                Ok(class) if usize::from(class) < model.n_classes() => set.labels.push(class),
                _ => return refuse("label", label, format!("a class of the model, 0 to {}", model.n_classes() - 1)),
            }
        }
        let n_found = set.labels.len();
        match n_images {
            Some(n) if n > n_found => {
                Err(WorkloadError::value(&file.name, "workload.n_images", n, format!("at most {n_found}")))
            }
            _ if n_found == 0 => Err(WorkloadError::value(&file.name, "number of images", 0, "at least 1")),
            _ => Ok(set),
        }
    }

    /// Input codes: round(pixel * largest / full scale), ties to even. Shape: `[image, pixel]`.
    pub(super) fn codes(&self, largest: u32, full_scale: f64) -> Vec<u8> {
        let code = |pixel: &f64| (pixel * f64::from(largest) / full_scale).round_ties_even() as u8;
        self.pixels.iter().map(code).collect()
    }

    /// Images as the float network sees them, in 0..1.
    pub(super) fn rows(&self, full_scale: f64) -> impl Iterator<Item = Vec<f64>> {
        self.pixels.chunks_exact(self.n_pixels).map(move |image| image.iter().map(|pixel| pixel / full_scale).collect())
    }
}
