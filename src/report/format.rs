//! Numbers as text: digits follow the error, signs and powers are typographic, every number keeps its unit.

use crate::stats::Estimate;

/// A number ready to be printed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantity {
    pub value: String,
    /// "[low, high]"; empty where there is no interval.
    pub interval: String,
    /// With a power of ten where the number is far from 1.
    pub unit: String,
    /// Level, method and n of the interval.
    pub note: String,
}

/// Decimals that `error` deserves: two of its digits up to 35, one from there on; negative ones round to tens, hundreds.
pub fn decimals(error: f64) -> i32 {
    let error = error.abs();
    if !error.is_finite() || error < 1e-300 {
        return 0;
    }
    let exponent = libm::floor(libm::log10(error)) as i32;
    // The rule of the Particle Data Group: 0.34 keeps both digits, 0.36 reads 0.4; 0.096 carries into 0.10.
    let digits = error * libm::pow(10.0, f64::from(1 - exponent));
    1 - exponent - i32::from(digits >= 35.5)
}

/// Decimals that show `digits` significant digits of `value`.
pub fn place(value: f64, digits: i32) -> i32 {
    let value = value.abs();
    if !value.is_finite() || value < 1e-300 {
        return 0;
    }
    digits - 1 - libm::floor(libm::log10(value)) as i32
}

/// `value` rounded to so many decimals, with a true minus sign.
pub fn fixed(value: f64, decimals: i32) -> String {
    if !value.is_finite() {
        return "n/a".into();
    }
    let text = if decimals >= 0 {
        format!("{value:.*}", decimals.min(15) as usize)
    } else {
        let unit = libm::pow(10.0, f64::from(-decimals));
        format!("{:.0}", (value / unit).round() * unit)
    };
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| matches!(c, '0' | '.')) => digits.to_owned(),
        Some(digits) => format!("\u{2212}{digits}"),
        None => text,
    }
}

/// `value` with so many significant digits and no interval; trailing zeros of a fraction are dropped.
pub fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return fixed(value, 0);
    }
    let exponent = libm::floor(libm::log10(value.abs())) as i32;
    if !(-4..6).contains(&exponent) {
        let mantissa = value / libm::pow(10.0, f64::from(exponent));
        return format!("{} \u{d7} 10{}", trimmed(&fixed(mantissa, digits - 1)), superscript(exponent));
    }
    trimmed(&fixed(value, (digits - 1 - exponent).max(0)))
}

fn trimmed(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

/// Power as raised figures.
pub fn superscript(power: i32) -> String {
    let raised = |c| match c {
        '-' => '\u{207b}',
        '1' => '\u{b9}',
        '2' => '\u{b2}',
        '3' => '\u{b3}',
        // 0 and 4..=9 stand in one block.
        digit => char::from_u32(0x2070 + u32::from(digit) - u32::from('0')).unwrap_or(digit),
    };
    power.to_string().chars().map(raised).collect()
}

/// A whole number in groups of three, or as a power of ten from a billion up.
pub fn count(n: u64) -> String {
    if n >= 1_000_000_000 {
        return significant(n as f64, 3);
    }
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A p value: never more digits than it deserves.
pub fn p_value(p: f64) -> String {
    match p {
        p if !p.is_finite() => "n/a".into(),
        p if p < 0.001 => "< 0.001".into(),
        p if p < 0.1 => fixed(p, 3),
        p => fixed(p, 2),
    }
}

/// An upper end so many times the value says that there is no upper end to speak of.
const FAR: f64 = 10.0;

/// An estimate times `factor` in `unit`; `signed` shows the sign of a difference.
///
/// An upper end that is missing (a cost where the yield may be zero) or beyond ten times the value shows as a bound.
pub fn estimate(estimate: &Estimate, unit: &str, factor: f64, signed: bool) -> Quantity {
    let value = estimate.value * factor;
    let positive = !signed && value > 0.0 && estimate.low.is_some_and(|low| low * factor > 0.0);
    // A share has its own upper end.
    let open = positive && unit != "%" && estimate.high.is_none_or(|high| high * factor > FAR * value);
    let ends = match (estimate.low, estimate.high) {
        (Some(low), _) if low.is_finite() && open => Some((low * factor, FAR * value)),
        (Some(low), Some(high)) if low.is_finite() && high.is_finite() => Some((low * factor, high * factor)),
        _ => None,
    };
    let note = match ends {
        Some(_) if open => format!(
            "{} % interval without an upper end to speak of, {}, n = {}",
            significant(100.0 * estimate.level, 3),
            estimate.method,
            estimate.n
        ),
        Some(_) => {
            format!("{} % interval, {}, n = {}", significant(100.0 * estimate.level, 3), estimate.method, estimate.n)
        }
        None => format!("no interval: {}, n = {}", estimate.method, estimate.n),
    };
    if !value.is_finite() {
        return Quantity { value: "n/a".into(), note, ..Quantity::default() };
    }
    let (low, high) = ends.unwrap_or((value, value));
    let largest = value.abs().max(low.abs()).max(high.abs());
    let power = if largest == 0.0 { 0 } else { libm::floor(libm::log10(largest)) as i32 };
    let power = if (-4..6).contains(&power) { 0 } else { power };
    let scale = libm::pow(10.0, f64::from(-power));
    let unit = match power {
        0 => unit.to_owned(),
        _ => format!("\u{d7} 10{} {unit}", superscript(power)).trim_end().to_owned(),
    };
    let (value, low, high) = (value * scale, low * scale, high * scale);
    // Of a lopsided interval the short side says how well the value is known.
    let (wide, narrow) = ((value - low).max(high - value), (value - low).min(high - value));
    let error = narrow.max(wide / FAR);
    let sign = if signed && value > 0.0 { "+" } else { "" };
    if ends.is_none() || wide <= 1e-9 * largest * scale {
        let text = significant(value, 3);
        let interval = if ends.is_some() { "[no spread]".to_owned() } else { String::new() };
        return Quantity { value: format!("{sign}{text}"), interval, unit, note };
    }
    // A lower end above zero must not read as zero or be doubled by rounding.
    let least = if unit.starts_with('%') { 1 } else { i32::MIN };
    let d = decimals(error).max(least).max(if low > 0.0 { place(low, 1).min(1) } else { i32::MIN });
    let text = fixed(value, d);
    let sign = if text.chars().any(|c| ('1'..='9').contains(&c)) { sign } else { "" };
    Quantity {
        value: format!("{sign}{text}"),
        interval: match open {
            true => format!("[{}, > {}]", fixed(low, d), fixed(high, place(high, 1))),
            false => format!("[{}, {}]", fixed(low, d), fixed(high, d)),
        },
        unit,
        note,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: f64, low: f64, high: f64) -> Estimate {
        Estimate { value, low: Some(low), high: Some(high), level: 0.95, method: "t on wafers".into(), n: 3 }
    }

    fn shown(value: f64, low: f64, high: f64) -> (String, String, String) {
        let q = estimate(&of(value, low, high), "fF", 1.0, false);
        (q.value, q.interval, q.unit)
    }

    #[test]
    fn digits_follow_the_error() {
        let text = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(shown(12.34567, 12.312, 12.377), text("12.346", "[12.312, 12.377]", "fF"));
        assert_eq!(shown(12.34567, 9.1, 15.6), text("12.3", "[9.1, 15.6]", "fF"));
        assert_eq!(shown(12_345.0, 11_600.0, 13_020.0), text("12300", "[11600, 13000]", "fF"));
        assert_eq!(shown(96.877, 96.778, 96.976), text("96.88", "[96.78, 96.98]", "fF"));
        let share = estimate(&of(0.0568, 0.00155, 0.7019), "%", 100.0, false);
        assert_eq!((share.value.as_str(), share.interval.as_str()), ("5.7", "[0.2, 70.2]"));
        assert_eq!(estimate(&of(0.874, 0.817, 0.915), "%", 100.0, false).interval, "[81.7, 91.5]");
        assert_eq!(shown(91.14, 0.26, 99.998), text("91.1", "[0.3, 100.0]", "fF"));
        assert_eq!(shown(-0.0004, -0.12, 0.11), text("0.00", "[\u{2212}0.12, 0.11]", "fF"));
        assert_eq!(shown(2.5e9, 2.4e9, 2.6e9), text("2.50", "[2.40, 2.60]", "\u{d7} 10\u{2079} fF"));
        assert_eq!(shown(3.1e-7, 2.9e-7, 3.3e-7), text("3.10", "[2.90, 3.30]", "\u{d7} 10\u{207b}\u{2077} fF"));
    }

    #[test]
    fn a_cost_without_an_upper_end_shows_a_bound() {
        let text = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(shown(81.14, 6.56, 2965.5), text("81", "[7, > 800]", "fF"));
        let open = estimate(&Estimate { high: None, ..of(81.14, 6.56, 0.0) }, "fF", 1.0, false);
        assert_eq!(open.interval, "[7, > 800]");
        assert!(open.note.contains("without an upper end"), "{}", open.note);
        assert_eq!(shown(5.78, 4.75, 14.02), text("5.8", "[4.8, 14.0]", "fF"));
    }

    #[test]
    fn an_exact_number_and_a_missing_interval_are_told_apart() {
        assert_eq!(estimate(&of(1.0, 1.0, 1.0), "%", 100.0, false).interval, "[no spread]");
        let one_wafer = Estimate { low: None, high: None, n: 1, ..of(0.9, 0.0, 0.0) };
        let q = estimate(&one_wafer, "%", 100.0, false);
        assert_eq!((q.value.as_str(), q.interval.as_str()), ("90", ""));
        assert!(q.note.starts_with("no interval"), "{}", q.note);
        assert_eq!(estimate(&of(f64::NAN, 0.0, 1.0), "%", 1.0, false).value, "n/a");
    }

    #[test]
    fn differences_show_their_sign() {
        assert_eq!(estimate(&of(0.021, 0.01, 0.032), "points", 100.0, true).value, "+2.1");
        assert_eq!(estimate(&of(-0.021, -0.032, -0.01), "points", 100.0, true).value, "\u{2212}2.1");
        assert_eq!(estimate(&of(0.0001, -0.1, 0.1), "points", 1.0, true).value, "0.00");
    }

    #[test]
    fn decimals_carry() {
        assert_eq!(decimals(0.0996), 2);
        assert_eq!(decimals(0.0994), 2);
        assert_eq!(decimals(1.0), 1);
        assert_eq!(decimals(680.0), -2);
        assert_eq!(decimals(0.0), 0);
        assert_eq!(decimals(f64::NAN), 0);
    }

    #[test]
    fn counts_and_p_values() {
        assert_eq!(count(999), "999");
        assert_eq!(count(3_024_000), "3\u{202f}024\u{202f}000");
        assert_eq!(count(2_410_000_000), "2.41 \u{d7} 10\u{2079}");
        assert_eq!(p_value(1e-9), "< 0.001");
        assert_eq!(p_value(0.0214), "0.021");
        assert_eq!(p_value(0.5), "0.50");
        assert_eq!(significant(0.000_012_34, 3), "1.23 \u{d7} 10\u{207b}\u{2075}");
        assert_eq!(significant(1500.0, 3), "1500");
        assert_eq!(significant(3_010_000.0, 3), "3.01 \u{d7} 10\u{2076}");
    }
}
