//! Rows as lines of so many columns: breaking, padding, centring. A Chinese character takes two columns.

use super::{Look, PaperWidth, Row};

/// One line of text that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub text: String,
    pub look: Look,
}

/// The rows as text for a screen or a file. Codes stand in brackets; cut and drawer are left out.
pub fn plain(rows: &[Row], width: PaperWidth) -> String {
    let mut text = String::new();
    for row in rows {
        let lines = match row {
            Row::Code(code) => {
                let row = Row::Text { text: format!("[{code}]"), look: Look::default() };
                lines(&row, width.columns(), on_screen)
            }
            row => lines(row, width.columns(), on_screen),
        };
        for line in lines {
            let room = width.columns().saturating_sub(columns(&line.text, on_screen));
            let left = if line.look.centred { room / 2 } else { 0 };
            text.push_str(&" ".repeat(left));
            text.push_str(&line.text);
            text.push('\n');
        }
    }
    text
}

/// The lines of a row; none for what is no text.
pub(super) fn lines(row: &Row, width: usize, of: fn(char) -> usize) -> Vec<Line> {
    let with = |look: Look| move |text| Line { text, look };
    match row {
        Row::Text { text, look } => broken(&clean(text), width, of).into_iter().map(with(*look)).collect(),
        Row::Pair { left, right, look } => {
            let (left, right) = (clean(left), clean(right));
            let right_columns = columns(&right, of);
            // One blank between both sides at least; a right side as wide as the paper has lines of its own.
            let room = width.saturating_sub(right_columns + 1);
            if room == 0 {
                let both = [broken(&left, width, of), broken(&right, width, of)].concat();
                return both.into_iter().map(with(*look)).collect();
            }
            let mut texts = broken(&left, room, of);
            let last = texts.pop().unwrap_or_default();
            let gap = width.saturating_sub(columns(&last, of) + right_columns);
            texts.push(format!("{last}{}{right}", " ".repeat(gap)));
            texts.into_iter().map(with(*look)).collect()
        }
        Row::Rule => vec![Line { text: "-".repeat(width), look: Look::default() }],
        Row::Code(_) | Row::Cut | Row::OpenDrawer => Vec::new(),
    }
}

/// What names and notes must not hold: a sign that is a command to a printer or a terminal.
fn clean(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}

pub(super) fn columns(text: &str, of: fn(char) -> usize) -> usize {
    text.chars().map(of).sum()
}

/// Lines of at most `width` columns: broken behind the last blank or hyphen that fits, else between two characters, as Chinese is.
fn broken(text: &str, width: usize, of: fn(char) -> usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut taken) = (String::new(), 0);
    for sign in text.chars() {
        let wide = of(sign);
        if taken + wide > width && !line.is_empty() {
            // A Chinese sign on either side may be parted from the other; a word is carried along whole.
            let joins = of(sign) == 1 && sign != ' ';
            let split = line.rfind([' ', '-']).map(|at| at + 1).filter(|_| joins);
            let carried = match split {
                Some(at) if line.get(at..).is_some_and(|word| word.is_ascii() && word.len() < width / 2) => {
                    line.split_off(at)
                }
                _ => String::new(),
            };
            lines.push(line.trim_end().to_owned());
            taken = columns(&carried, of);
            line = carried;
            if sign == ' ' && line.is_empty() {
                continue;
            }
        }
        line.push(sign);
        taken += wide;
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// Columns that a sign takes on a screen. Source: Unicode, UAX 11, the ranges of wide and full-width signs that names of goods hold.
pub(super) fn on_screen(sign: char) -> usize {
    match u32::from(sign) {
        0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0x4DBF
        | 0x4E00..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F900..=0x1F9FF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_word_is_carried_along_and_chinese_is_broken_anywhere() {
        for (text, width, want) in [
            ("green tea of spring", 10, vec!["green tea", "of spring"]),
            ("龙井茶叶礼盒", 8, vec!["龙井茶叶", "礼盒"]),
            ("龙井茶叶礼盒", 7, vec!["龙井茶", "叶礼盒"]),
            ("abcdefghijkl", 5, vec!["abcde", "fghij", "kl"]),
            ("", 5, vec![""]),
            ("龙", 1, vec!["龙"]),
        ] {
            assert_eq!(broken(text, width, on_screen), want, "{text}");
        }
    }

    #[test]
    fn the_right_side_stays_on_its_line() {
        let row = Row::pair("a very long name of something", "1.00");
        let texts: Vec<_> = lines(&row, 16, on_screen).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["a very long", "name of", "something   1.00"]);
        let wide = Row::pair("x", "1234567890123456");
        assert_eq!(lines(&wide, 16, on_screen).len(), 2);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_paper_and_no_sign_is_lost(text in "[a-z 茶龙-]{0,60}", width in 2_usize..48) {
            let lines = broken(&text, width, on_screen);
            prop_assert!(lines.iter().all(|line| columns(line, on_screen) <= width), "{lines:?}");
            let signs = |text: &str| text.chars().filter(|sign| *sign != ' ').collect::<String>();
            prop_assert_eq!(signs(&lines.concat()), signs(&text));
        }
    }
}
