//! Legends: one row of coloured squares with their names.

use super::super::axes::NOTE;
use super::super::canvas::{Anchor, Canvas, Type, text_width};
use super::super::palette::Rgb;

const SQUARE: f64 = 10.0;

/// Draws the items from `x` to the right, starting a new row before `right`; returns the height used.
pub fn draw(canvas: &mut Canvas, items: &[(Rgb, String)], x: f64, y: f64, right: f64) -> f64 {
    let (mut at, mut row) = (x, 0.0);
    for (color, name) in items {
        let width = SQUARE + 6.0 + text_width(name, NOTE) + 20.0;
        if at > x && at + width > right {
            at = x;
            row += 18.0;
        }
        canvas.rect(at, y + row - SQUARE / 2.0, SQUARE, SQUARE, *color);
        canvas.text(name, at + SQUARE + 6.0, y + row, Anchor::Left, NOTE);
        at += width;
    }
    row + 18.0
}

/// `text`, cut with an ellipsis so that it fits.
pub fn fit(text: &str, font: Type, width: f64) -> String {
    if text_width(text, font) <= width {
        return text.to_owned();
    }
    let mut cut: Vec<char> = text.chars().collect();
    while cut.pop().is_some() {
        let short = format!("{}\u{2026}", cut.iter().collect::<String>().trim_end());
        if text_width(&short, font) <= width {
            return short;
        }
    }
    String::new()
}

/// `text` in at most two lines of a width, broken between words.
pub fn wrap(text: &str, font: Type, width: f64) -> Vec<String> {
    let mut first = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.peek() {
        let longer = if first.is_empty() { (*word).to_owned() } else { format!("{first} {word}") };
        if !first.is_empty() && text_width(&longer, font) > width {
            break;
        }
        first = longer;
        words.next();
    }
    let rest = words.collect::<Vec<_>>().join(" ");
    [first, rest].into_iter().filter(|l| !l.is_empty()).map(|l| fit(&l, font, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_break_between_words_and_are_cut_at_last() {
        assert_eq!(wrap("thin", NOTE, 100.0), ["thin"]);
        assert_eq!(wrap("thick dielectrics, +3 sigma", NOTE, 110.0), ["thick dielectrics,", "+3 sigma"]);
        let cut = wrap("a very long label that no cell of a figure can hold", NOTE, 80.0);
        assert!(cut.len() == 2 && cut[1].ends_with('\u{2026}'), "{cut:?}");
        assert!(cut.iter().all(|l| text_width(l, NOTE) <= 80.0));
        assert_eq!(wrap("", NOTE, 80.0), Vec::<String>::new());
    }
}
