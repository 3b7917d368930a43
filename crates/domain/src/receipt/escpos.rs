//! Rows as the bytes that receipt printers understand.
//!
//! Source: Epson, "ESC/POS Command Reference"; the commands used here are those that the cheap printers of Chinese makers know
//! as well. Text is sent in three ways, each where it is right: ASCII; Windows-1252 for European letters and signs of money (code
//! page 16); GBK in the printer's mode for Chinese.

use super::{Look, PaperWidth, Row, layout::lines};
use encoding_rs::{GBK, WINDOWS_1252};

const ESC: u8 = 0x1b;
const FS: u8 = 0x1c;
const GS: u8 = 0x1d;

/// The code page of Windows-1252.
const PAGE_1252: u8 = 16;

/// Dots of a QR code's side of one module: 37 modules of an order's id are 28 mm, which any telephone reads.
const CODE_DOTS: u8 = 6;

/// How a sign is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    /// ASCII, or in the code page.
    Single(u8),
    /// In Chinese mode.
    Double([u8; 2]),
}

/// The bytes of the rows. A sign that the printer does not have is a question mark.
pub fn bytes(rows: &[Row], width: PaperWidth) -> Vec<u8> {
    // Begin anew, in the code page, out of Chinese mode.
    let mut out = vec![ESC, b'@', ESC, b't', PAGE_1252, FS, b'.'];
    for row in rows {
        match row {
            Row::Text { .. } | Row::Pair { .. } | Row::Rule => {
                for line in lines(row, width.columns(), on_paper) {
                    set(&mut out, line.look);
                    write(&mut out, &line.text);
                    out.push(b'\n');
                    set(&mut out, Look::default());
                }
            }
            Row::Code(text) => code(&mut out, text),
            // On by three lines, so that the last stands above the knife, and a cut that leaves a corner.
            Row::Cut => out.extend([GS, b'V', 66, 3]),
            // A pulse of 50 ms on the first pin; what follows it is 500 ms of rest.
            Row::OpenDrawer => out.extend([ESC, b'p', 0, 25, 250]),
        }
    }
    out
}

fn set(out: &mut Vec<u8>, look: Look) {
    out.extend([ESC, b'a', u8::from(look.centred)]);
    out.extend([ESC, b'E', u8::from(look.bold)]);
    out.extend([GS, b'!', u8::from(look.tall)]);
}

fn write(out: &mut Vec<u8>, text: &str) {
    let mut is_chinese = false;
    for sign in text.chars() {
        match sent(sign) {
            Sent::Single(byte) => {
                if is_chinese {
                    out.extend([FS, b'.']);
                }
                is_chinese = false;
                out.push(byte);
            }
            Sent::Double(pair) => {
                if !is_chinese {
                    out.extend([FS, b'&']);
                }
                is_chinese = true;
                out.extend(pair);
            }
        }
    }
    if is_chinese {
        out.extend([FS, b'.']);
    }
}

/// Chinese quotes and dashes are in both; among Chinese they are to be as wide as it.
fn sent(sign: char) -> Sent {
    if sign.is_ascii() {
        return Sent::Single(if sign.is_ascii_control() { b' ' } else { sign as u8 });
    }
    let mut buffer = [0; 4];
    let text: &str = sign.encode_utf8(&mut buffer);
    let single = match WINDOWS_1252.encode(text) {
        (bytes, _, false) => bytes.first().copied(),
        _ => None,
    };
    let double = match GBK.encode(text) {
        (bytes, _, false) => <[u8; 2]>::try_from(bytes.as_ref()).ok(),
        _ => None,
    };
    let is_european = sign.is_alphabetic() || matches!(sign, '€' | '£' | '¥');
    match (single, double) {
        (Some(byte), Some(_)) if is_european => Sent::Single(byte),
        (_, Some(pair)) => Sent::Double(pair),
        (Some(byte), None) => Sent::Single(byte),
        (None, None) => Sent::Single(b'?'),
    }
}

/// Columns that a sign takes on paper.
fn on_paper(sign: char) -> usize {
    match sent(sign) {
        Sent::Single(_) => 1,
        Sent::Double(_) => 2,
    }
}

/// A QR code of model 2, level M, in the middle.
fn code(out: &mut Vec<u8>, text: &str) {
    let text = text.as_bytes();
    // What a printer keeps of a code at most, with the three bytes before it.
    let text = text.get(..text.len().min(700)).unwrap_or_default();
    let [low, high] = (text.len() as u16 + 3).to_le_bytes();
    out.extend([ESC, b'a', 1]);
    out.extend([GS, b'(', b'k', 4, 0, 49, 65, 50, 0]);
    out.extend([GS, b'(', b'k', 3, 0, 49, 67, CODE_DOTS]);
    out.extend([GS, b'(', b'k', 3, 0, 49, 69, 49]);
    out.extend([GS, b'(', b'k', low, high, 49, 80, 48]);
    out.extend(text);
    out.extend([GS, b'(', b'k', 3, 0, 49, 81, 48]);
    out.extend([b'\n', ESC, b'a', 0]);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::indexing_slicing)]
    use super::*;
    use crate::receipt::{
        PaperLanguage, receipt,
        tests::{head, tea},
    };

    /// What a printer would have done.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Paper {
        lines: Vec<(String, Look)>,
        codes: Vec<String>,
        cuts: u32,
        kicks: u32,
    }

    /// A printer of the commands above, and of no other.
    fn print(bytes: &[u8]) -> Paper {
        let mut paper = Paper::default();
        let (mut at, mut line, mut look, mut is_chinese, mut page) = (0, String::new(), Look::default(), false, 0);
        let mut stored = String::new();
        while at < bytes.len() {
            let rest = &bytes[at..];
            at += match rest {
                [ESC, b'@', ..] => {
                    (look, is_chinese, page) = (Look::default(), false, 0);
                    2
                }
                [ESC, b't', to, ..] => {
                    page = *to;
                    3
                }
                [ESC, b'a', place, ..] => {
                    look.centred = *place == 1;
                    3
                }
                [ESC, b'E', on, ..] => {
                    look.bold = *on == 1;
                    3
                }
                [GS, b'!', size, ..] => {
                    look.tall = *size == 1;
                    3
                }
                [ESC, b'p', 0, 25, 250, ..] => {
                    paper.kicks += 1;
                    5
                }
                [GS, b'V', 66, _, ..] => {
                    paper.cuts += 1;
                    4
                }
                [FS, b'&', ..] => {
                    is_chinese = true;
                    2
                }
                [FS, b'.', ..] => {
                    is_chinese = false;
                    2
                }
                [GS, b'(', b'k', low, high, 49, function, ..] => {
                    let length = usize::from(u16::from_le_bytes([*low, *high]));
                    match function {
                        80 => stored = String::from_utf8(rest[8..5 + length].to_vec()).unwrap(),
                        81 => paper.codes.push(std::mem::take(&mut stored)),
                        65 | 67 | 69 => {}
                        other => panic!("no such function of a code: {other}"),
                    }
                    5 + length
                }
                [b'\n', ..] => {
                    paper.lines.push((std::mem::take(&mut line), look));
                    1
                }
                [high, low, ..] if is_chinese && *high >= 0x81 => {
                    let (text, _, broken) = GBK.decode(&rest[..2]);
                    assert!(!broken, "{high:x} {low:x}");
                    line.push_str(&text);
                    2
                }
                [byte, ..] if *byte >= 0x20 => {
                    assert!(byte.is_ascii() || page == PAGE_1252, "{byte:x} in page {page}");
                    line.push_str(&WINDOWS_1252.decode(&[*byte]).0);
                    1
                }
                other => panic!("no printer knows {other:x?}"),
            };
        }
        assert!(!is_chinese, "the printer is left as it was");
        paper
    }

    #[test]
    fn a_chinese_receipt_comes_out_as_it_was_meant() {
        let paper = print(&bytes(&receipt(&tea(), &head(PaperLanguage::Chinese)), PaperWidth::Narrow));
        let lines: Vec<&str> = paper.lines.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(lines[0], "小雨茶铺");
        assert_eq!(paper.lines[0].1, Look { centred: true, bold: true, tall: true });
        assert!(lines.contains(&"西湖龙井特级明前绿茶礼盒装两百五") && lines.contains(&"十克"), "{lines:?}");
        assert!(lines.contains(&"Café crème @"), "a name is no command: {lines:?}");
        let total = paper.lines.iter().find(|(line, _)| line.starts_with("合计")).unwrap();
        assert_eq!((total.0.as_str(), total.1.bold), ("合计                  334.00 CNY", true));
        assert!(lines.contains(&"找零                   66.00 CNY"), "{lines:?}");
        assert_eq!(paper.codes, [tea().id.to_string()]);
        assert_eq!((paper.cuts, paper.kicks), (1, 1));
        for (line, _) in &paper.lines {
            assert!(line.chars().map(on_paper).sum::<usize>() <= 32, "{line}");
        }
    }

    #[test]
    fn wide_paper_takes_what_narrow_paper_breaks() {
        let paper = print(&bytes(&receipt(&tea(), &head(PaperLanguage::Chinese)), PaperWidth::Wide));
        assert!(paper.lines.iter().any(|(line, _)| line == "西湖龙井特级明前绿茶礼盒装两百五十克"), "{paper:?}");
    }

    #[test]
    fn a_sign_goes_the_way_that_printers_have_it() {
        for (sign, want) in [
            ('A', Sent::Single(b'A')),
            ('é', Sent::Single(0xe9)),
            ('€', Sent::Single(0x80)),
            ('ß', Sent::Single(0xdf)),
            ('茶', Sent::Double([0xb2, 0xe8])),
            ('，', Sent::Double([0xa3, 0xac])),
            ('“', Sent::Double([0xa1, 0xb0])),
            ('\u{1b}', Sent::Single(b' ')),
            ('😀', Sent::Single(b'?')),
        ] {
            assert_eq!(sent(sign), want, "{sign}");
        }
    }

    #[test]
    fn looks_end_with_their_line() {
        let rows = [Row::title("a"), Row::text("b")];
        let paper = print(&bytes(&rows, PaperWidth::Narrow));
        assert_eq!(paper.lines[1], ("b".to_owned(), Look::default()));
        assert_eq!(paper.codes.len() + paper.cuts as usize + paper.kicks as usize, 0);
    }
}
