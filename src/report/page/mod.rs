//! The HTML page: gathers what each section shows and fills the template. Every text is escaped by the template engine.

mod comparisons;
mod errors;
mod inline;
mod lot;
mod provenance;
mod results;

use base64::Engine as _;
use minijinja::{Environment, Value, context};

use super::ReportError;
use super::columns;
use super::figures::{self, Figure};
use super::format::{Quantity, significant};
use super::palette::Rgb;
use crate::spec::Spec;
use crate::store::Tables;
use crate::summary::Summary;

/// A figure as it stands in the page.
pub struct Image {
    name: String,
    title: String,
    alt: String,
    width: u32,
    height: u32,
    data: String,
}

impl Image {
    pub fn new(figure: Figure, png: &[u8]) -> Self {
        let data = base64::engine::general_purpose::STANDARD.encode(png);
        let (width, height) = (figure.raster.width, figure.raster.height);
        Self { name: figure.name, title: figure.title, alt: figure.alt, width, height, data }
    }

    pub fn value(&self) -> Value {
        context! {
            name => &self.name,
            title => &self.title,
            alt => &self.alt,
            width => self.width,
            height => self.height,
            // Base64 has no character that HTML gives a meaning to; escaping its slashes would bloat the page.
            src => Value::from_safe_string(format!("data:image/png;base64,{}", self.data)),
        }
    }
}

/// The whole page.
///
/// # Errors
/// A table lacks a column, or the template is wrong.
pub fn render(summary: &Summary, tables: &Tables, spec: &Spec, images: Vec<Image>) -> Result<String, ReportError> {
    let wafers = columns::wafers(tables)?;
    let dies = columns::Dies::new(tables, figures::reference_corner(spec))?;
    let mut environment = Environment::new();
    environment.add_template("index.html", include_str!("../templates/index.html"))?;
    let named = |prefix: &str| -> Value {
        images.iter().filter(|i| i.name.starts_with(prefix)).map(Image::value).collect::<Vec<_>>().into()
    };
    let html = environment.get_template("index.html")?.render(context! {
        style => Value::from_safe_string(include_str!("../templates/style.css").to_owned()),
        head => head(summary, spec),
        splits => splits(spec),
        reference => figures::reference_corner(spec),
        level => significant(100.0 * spec.experiment.run.confidence, 3),
        alpha => significant(1.0 - spec.experiment.run.confidence, 3),
        alpha_percent => significant(100.0 * (1.0 - spec.experiment.run.confidence), 3),
        key => results::key_numbers(summary, spec),
        methods => results::methods(summary),
        lot => lot::lot(&wafers, spec),
        bins => results::bins(&dies, spec),
        corners => results::corners(summary, spec),
        corner_list => lot::corners(spec),
        findings => inline::findings(summary),
        planted => inline::planted(summary, spec),
        steps => inline::steps(spec),
        comparisons => comparisons::rows(summary, spec),
        errors => errors::rows(summary, spec),
        trim => errors::trim(spec),
        energy => results::energy(summary),
        cost => results::cost(summary, &wafers, spec),
        digital => errors::digital(summary),
        provenance => provenance::rows(summary),
        spec => provenance::spec_tables(spec)?,
        bin_maps => named("bin_map"),
        maps => named("wafer_map_"),
        histograms => named("histograms"),
        yields => named("yield_by_corner"),
        error_figure => named("error_classes"),
        metrology => named("metrology_"),
        energy_figure => named("energy_breakdown"),
        device => named("device_cv"),
        technology => technology(spec),
    })?;
    Ok(html)
}

/// What of the device the page tells apart.
fn technology(spec: &Spec) -> Value {
    context! {
        description => &spec.technology.description,
        resistive => spec.technology.device.is_resistive(),
        lines => spec.product.lines.is_some(),
        age => spec.product.retention.as_ref().map_or_else(String::new, |retention| age(retention.age_s)),
    }
}

/// Time since programming, for readers.
pub fn age(seconds: f64) -> String {
    match seconds {
        0.0 => "as programmed".to_owned(),
        s if s < 3600.0 => format!("{} s", significant(s, 3)),
        s if s < 86_400.0 => format!("{} h", significant(s / 3600.0, 3)),
        s => format!("{} d", significant(s / 86_400.0, 3)),
    }
}

fn head(summary: &Summary, spec: &Spec) -> Value {
    let experiment = &spec.experiment;
    context! {
        title => &summary.experiment,
        description => &experiment.description,
        lot => &experiment.lot.id,
        n_wafers => experiment.lot.n_wafers,
        technology => &spec.technology.name,
        process => format!("{} ({})", spec.process.name, spec.process.foundry),
        product => &spec.product.name,
        workload => &spec.workload.name,
        headline => &summary.verdict.headline,
        statements => summary.verdict.statements.clone(),
        version => &summary.version,
        seed => summary.seed.to_string(),
        sha => summary.spec_sha256.chars().take(12).collect::<String>(),
    }
}

/// Splits that reach test, with the colour that they have in every figure.
fn splits(spec: &Spec) -> Value {
    let one = |id: &str| context! { id => id, title => figures::split_title(spec, id), color => css(figures::split_color(spec, id)) };
    figures::full_flow_splits(spec).into_iter().map(one).collect::<Vec<_>>().into()
}

fn css(color: Rgb) -> String {
    format!("#{:02x}{:02x}{:02x}", color.0, color.1, color.2)
}

pub fn quantity(q: Quantity) -> Value {
    context! { value => q.value, interval => q.interval, unit => q.unit, note => q.note }
}
