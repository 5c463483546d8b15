//! Colours of the report: few, told apart by colour-blind eyes and in grey print.

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

pub const PAPER: Rgb = (255, 255, 255);
pub const INK: Rgb = (27, 36, 48);
pub const MUTED: Rgb = (93, 107, 122);
pub const AXIS: Rgb = (150, 160, 170);
pub const GRID: Rgb = (232, 236, 240);
pub const WAFER: Rgb = (248, 250, 251);
pub const UNTESTED: Rgb = (205, 211, 217);
/// Only what is out of line is red.
pub const ALARM: Rgb = (193, 18, 31);
pub const ALARM_TINT: Rgb = (253, 236, 236);
pub const LIMIT: Rgb = (27, 36, 48);
pub const CONTROL_LIMIT: Rgb = (176, 112, 0);

/// Light, so that fails stand out on it.
const GOOD: Rgb = (158, 214, 190);
/// Fails by Pareto order; after Okabe and Ito, "Color Universal Design" (2008).
const FAILS: [Rgb; 7] =
    [(40, 48, 58), (213, 94, 0), (0, 114, 178), (204, 121, 167), (230, 159, 0), (86, 180, 233), (120, 94, 60)];

/// Splits in the order of the experiment, the control first.
const SPLITS: [Rgb; 6] = [(46, 92, 138), (222, 133, 0), (0, 140, 105), (180, 90, 150), (90, 170, 220), (120, 94, 60)];

/// Colour of the good bin.
pub fn good() -> Rgb {
    GOOD
}

/// Colour of the fail that is `rank`-th in the order of bins; colours repeat after the seventh.
pub fn fail(rank: usize) -> Rgb {
    FAILS[rank % FAILS.len()]
}

/// Colour of the `index`-th full-flow split.
pub fn split(index: usize) -> Rgb {
    SPLITS[index % SPLITS.len()]
}

/// `color` mixed with white; `share` of 1 keeps the colour.
pub fn tint(color: Rgb, share: f64) -> Rgb {
    let mix = |c: u8| (255.0 - share.clamp(0.0, 1.0) * (255.0 - f64::from(c))).round() as u8;
    (mix(color.0), mix(color.1), mix(color.2))
}

/// Perceptually uniform scale from dark blue to yellow; `t` outside 0..=1 takes the end's colour.
///
/// Source: viridis of Matplotlib (S. van der Walt, N. Smith; CC0), ten anchors, linear between them.
pub fn viridis(t: f64) -> Rgb {
    const ANCHORS: [Rgb; 10] = [
        (68, 1, 84),
        (72, 40, 120),
        (62, 73, 137),
        (49, 104, 142),
        (38, 130, 142),
        (31, 158, 137),
        (53, 183, 121),
        (110, 206, 88),
        (181, 222, 43),
        (253, 231, 37),
    ];
    let t = if t.is_finite() { t.clamp(0.0, 1.0) } else { 0.0 };
    let position = t * (ANCHORS.len() - 1) as f64;
    let index = (position as usize).min(ANCHORS.len() - 2);
    let share = position - index as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    let (a, b) = (ANCHORS[index], ANCHORS[index + 1]);
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viridis_grows_brighter_and_keeps_its_ends() {
        let luminance = |c: Rgb| 0.2126 * f64::from(c.0) + 0.7152 * f64::from(c.1) + 0.0722 * f64::from(c.2);
        let steps: Vec<f64> = (0..=100).map(|i| luminance(viridis(f64::from(i) / 100.0))).collect();
        assert!(steps.windows(2).all(|w| w[1] > w[0]));
        assert_eq!(viridis(-3.0), viridis(0.0));
        assert_eq!(viridis(f64::NAN), viridis(0.0));
        assert_eq!(viridis(7.0), (253, 231, 37));
    }

    #[test]
    fn fails_differ_from_good_in_grey_print() {
        let luminance = |c: Rgb| 0.2126 * f64::from(c.0) + 0.7152 * f64::from(c.1) + 0.0722 * f64::from(c.2);
        assert!(FAILS.iter().all(|f| luminance(GOOD) - luminance(*f) > 30.0));
    }

    #[test]
    fn tint_runs_from_white_to_the_colour() {
        assert_eq!(tint(ALARM, 0.0), PAPER);
        assert_eq!(tint(ALARM, 1.0), ALARM);
    }
}
