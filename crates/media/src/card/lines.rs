//! Where lines break and where they are cut. Pure but for the fonts' widths.

use super::fonts::{Fonts, is_wide};

/// The letters of a text: their size in pixels, and their weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Type {
    pub size: f32,
    pub bold: bool,
}

impl Type {
    pub const fn bold(size: f32) -> Self {
        Self { size, bold: true }
    }

    pub const fn regular(size: f32) -> Self {
        Self { size, bold: false }
    }

    /// Width of `text` in these letters, pixels.
    pub fn width(self, fonts: &Fonts, text: &str) -> f32 {
        fonts.width(text, self.size, self.bold)
    }
}

/// `text` in at most `most` lines of at most `width` pixels; what is left over becomes an ellipsis.
pub(crate) fn wrap(fonts: &Fonts, text: &str, letters: Type, width: f32, most: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let chars: Vec<char> = text.trim().chars().collect();
    let mut rest = chars.as_slice();
    while !rest.is_empty() && out.len() < most {
        let fits = fitting(fonts, rest, letters, width);
        if fits == rest.len() || out.len() + 1 == most {
            out.push(cut(fonts, &String::from_iter(rest), letters, width));
            break;
        }
        let (line, after) = rest.split_at(break_before(rest, fits.max(1)));
        out.push(String::from_iter(line).trim().to_owned());
        let spaces = after.iter().take_while(|c| **c == ' ').count();
        rest = after.get(spaces..).unwrap_or_default();
    }
    out
}

/// `text` cut to `width`, with an ellipsis where something was cut. Where not even that fits, nothing.
pub(crate) fn cut(fonts: &Fonts, text: &str, letters: Type, width: f32) -> String {
    let chars: Vec<char> = text.chars().collect();
    if fitting(fonts, &chars, letters, width) == chars.len() {
        return text.to_owned();
    }
    let room = width - fonts.advance('…', letters.size, letters.bold);
    if room < 0.0 {
        return String::new();
    }
    let kept: String = chars.iter().take(fitting(fonts, &chars, letters, room)).collect();
    format!("{}…", kept.trim_end_matches([' ', ',', '，', '、', '.', '·', '-']))
}

/// How many characters from the start fit.
fn fitting(fonts: &Fonts, chars: &[char], letters: Type, width: f32) -> usize {
    let mut used = 0.0;
    let fits = chars.iter().take_while(|c| {
        used += fonts.advance(**c, letters.size, letters.bold);
        // Sums of widths are not exact to the last bit.
        used <= width + 0.01
    });
    fits.count()
}

/// The last place up to `fits` where a line may end; in the middle of a word only where there is no other.
fn break_before(chars: &[char], fits: usize) -> usize {
    let may = |at: &usize| {
        let (Some(&before), Some(&after)) = (chars.get(at.wrapping_sub(1)), chars.get(*at)) else { return false };
        let between = before == ' ' || after == ' ' || before == '-' || is_wide(before) || is_wide(after);
        between && !closes(after) && !opens(before)
    };
    (1..=fits).rev().find(may).unwrap_or(fits)
}

/// A line does not begin with these.
fn closes(c: char) -> bool {
    "，。！？；：、）》」』】〉”’…·,.!?;:)]}%".contains(c)
}

/// A line does not end with these.
fn opens(c: char) -> bool {
    "（《「『【〈“‘([{¥$€".contains(c)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LETTERS: Type = Type::bold(20.0);

    fn lines(text: &str, width: f32, most: usize) -> Vec<String> {
        wrap(Fonts::system(), text, LETTERS, width, most)
    }

    #[test]
    fn lines_break_where_readers_expect_it() {
        // A Han character is 20 pixels wide here.
        let table: &[(&str, f32, &[&str])] = &[
            ("Olive oil extra virgin", 120.0, &["Olive oil", "extra virgin"]),
            ("特级初榨橄榄油", 80.0, &["特级初榨", "橄榄油"]),
            ("特级初榨，橄榄油", 80.0, &["特级初", "榨，橄榄", "油"]),
            ("产地（西班牙）", 60.0, &["产地", "（西班", "牙）"]),
            ("橄榄油Extra", 80.0, &["橄榄油", "Extra"]),
            ("xy", 1.0, &["x", "y"]),
            ("", 80.0, &[]),
        ];
        for (text, width, expected) in table {
            assert_eq!(lines(text, *width, 4), *expected, "{text}");
        }
    }

    #[test]
    fn no_line_is_wider_than_asked_and_the_last_tells_that_more_was_said() {
        let long = ["特级初榨橄榄油".repeat(10), "extra virgin olive oil ".repeat(10), "Donaudampfschiff".repeat(10)];
        for text in long {
            let lines = lines(&text, 300.0, 2);
            assert_eq!(lines.len(), 2, "{text}");
            assert!(lines.iter().all(|l| LETTERS.width(Fonts::system(), l) <= 300.0), "{lines:?}");
            assert!(lines[1].ends_with('…') && !lines[0].contains('…'), "{lines:?}");
        }
    }

    #[test]
    fn a_text_that_just_fits_is_not_cut() {
        assert_eq!(cut(Fonts::system(), "特级初榨", LETTERS, 80.0), "特级初榨");
        assert_eq!(cut(Fonts::system(), "特级初榨", LETTERS, 79.0), "特级…");
        assert_eq!(cut(Fonts::system(), "特级", LETTERS, 5.0), "");
    }
}
