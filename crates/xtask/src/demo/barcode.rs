//! EAN-13: the check digit and the bars, for the demo goods' packages.

use std::fmt::Write as _;

const LEFT_ODD: [&str; 10] =
    ["0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"];
/// Which left digits are written with even parity, by the first digit.
const PARITY: [&str; 10] =
    ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"];

/// The whole code of twelve digits: the thirteenth is computed. Source: GS1 General Specifications, check digit (mod 10, weights 1 and 3).
pub fn with_check_digit(twelve: &str) -> String {
    let sum: u32 = twelve
        .chars()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(i, d)| if i % 2 == 0 { d } else { 3 * d })
        .sum();
    format!("{twelve}{}", (10 - sum % 10) % 10)
}

/// The 95 modules, `true` = bar. Anything that is not 13 digits gives nothing.
pub fn modules(code: &str) -> Vec<bool> {
    let digits: Vec<usize> = code.chars().filter_map(|c| c.to_digit(10)).map(|d| d as usize).collect();
    let [first, rest @ ..] = digits.as_slice() else { return Vec::new() };
    if rest.len() != 12 {
        return Vec::new();
    }
    let parity = PARITY.get(*first).copied().unwrap_or("LLLLLL");
    let mut bits = String::from("101");
    for (digit, kind) in rest.iter().zip(parity.chars()) {
        let odd = LEFT_ODD.get(*digit).copied().unwrap_or("0000000");
        match kind {
            'L' => bits.push_str(odd),
            // Even parity is the right-hand pattern read backwards.
            _ => bits.extend(odd.chars().rev().map(inverted)),
        }
    }
    bits.push_str("01010");
    for digit in rest.iter().skip(6) {
        bits.extend(LEFT_ODD.get(*digit).copied().unwrap_or("0000000").chars().map(inverted));
    }
    bits.push_str("101");
    bits.chars().map(|b| b == '1').collect()
}

fn inverted(bit: char) -> char {
    if bit == '0' { '1' } else { '0' }
}

/// The code as SVG elements on a white field of that size, digits below.
pub fn svg(code: &str, width: f32, height: f32) -> String {
    let mut s = format!("<rect x='-14' y='-10' width='{}' height='{}' fill='#fff'/>", width + 28.0, height + 40.0);
    let module = width / 95.0;
    for (i, _) in modules(code).iter().enumerate().filter(|(_, bar)| **bar) {
        let _ = write!(s, "<rect x='{}' y='0' width='{module}' height='{height}' fill='#000'/>", i as f32 * module);
    }
    let _ = write!(
        s,
        "<text x='{}' y='{}' font-size='22' text-anchor='middle' letter-spacing='3'>{code}</text>",
        width / 2.0,
        height + 24.0
    );
    s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_match_known_codes() {
        for known in ["4006381333931", "5901234123457", "9780306406157"] {
            assert_eq!(with_check_digit(known.get(..12).unwrap_or_default()), known);
        }
    }

    #[test]
    fn a_code_has_95_modules_between_its_guards_and_text_has_none() {
        let bars = modules("5901234123457");
        assert_eq!(bars.len(), 95);
        assert_eq!(bars.get(..3), Some([true, false, true].as_slice()));
        assert!(modules("59012x").is_empty());
    }
}
