//! How time and memory grow with each size of an item, the others held.

use serde::Serialize;

use super::{BenchArgs, Figures, Size, array, print, print_json, table, work};
use crate::cli::CliError;
use crate::cli::process::reset_peak;

#[derive(Serialize)]
struct Growth {
    size: &'static str,
    value: usize,
    /// CPU time of one trial (wall time where the system does not tell).
    us_per_trial: f64,
    /// Against the first row of this size.
    relative: f64,
    peak_mb: Option<f64>,
}

type Measure = fn(&BenchArgs, Size) -> Result<Figures, CliError>;
type Axis = (&'static str, [usize; 5], fn(Size, usize) -> Size, Measure);

/// The work item for what it has; variants are a matter of cards.
const AXES: [Axis; 4] = [
    ("rows", [64, 128, 256, 512, 1024], |size, rows| Size { rows, ..size }, work::measure),
    ("columns", [64, 128, 256, 512, 1024], |size, columns| Size { columns, ..size }, work::measure),
    ("inputs", [1, 4, 16, 64, 256], |size, inputs| Size { inputs, ..size }, work::measure),
    ("variants", [1, 2, 4, 8, 16], |size, variants| Size { variants, ..size }, array::measure),
];

/// Trials are one size more: their number grows with the seconds asked for, and what must not grow is the memory.
const SECONDS: [f64; 3] = [0.25, 0.5, 1.0];

pub fn growth(args: &BenchArgs) -> Result<(), CliError> {
    let size = Size { rows: args.rows, columns: args.columns, inputs: args.inputs, variants: 1 };
    let mut rows: Vec<Growth> = Vec::new();
    for (name, values, with, measure) in AXES {
        let mut first = None;
        for value in values {
            reset_peak();
            let figures = measure(args, with(size, value))?;
            let us_per_trial = 1e6 / figures.trials_per_cpu_s.unwrap_or(figures.trials_per_s);
            let relative = us_per_trial / *first.get_or_insert(us_per_trial);
            rows.push(Growth { size: name, value, us_per_trial, relative, peak_mb: figures.peak_mb });
        }
    }
    let mut first = None;
    for share in SECONDS {
        reset_peak();
        let args =
            BenchArgs { seconds: share * args.seconds, adapter: args.adapter.clone(), isa: args.isa.clone(), ..*args };
        let figures = work::measure(&args, size)?;
        let us_per_trial = 1e6 / figures.trials_per_cpu_s.unwrap_or(figures.trials_per_s);
        let relative = us_per_trial / *first.get_or_insert(us_per_trial);
        let value = (figures.trials_per_s * args.seconds) as usize;
        rows.push(Growth { size: "trials", value, us_per_trial, relative, peak_mb: figures.peak_mb });
    }
    if args.json {
        return print_json(&rows);
    }
    let text = |row: &Growth| {
        vec![
            row.size.to_owned(),
            row.value.to_string(),
            format!("{:.0}", row.us_per_trial),
            format!("{:.2}", row.relative),
            row.peak_mb.map_or("-".into(), |mb| format!("{mb:.0}")),
        ]
    };
    let header = ["size", "value", "us CPU per trial", "relative", "peak MB"];
    print(&table(&header, &rows.iter().map(text).collect::<Vec<_>>(), &header[1..]))
}
