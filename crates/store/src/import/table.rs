//! From the bytes of a table file to its rows. Pure.
//!
//! Reads RFC 4180 strictly, so that one stray quote costs its own row and not the rest of the file: where the rules
//! are broken, that line alone is reported and reading goes on with the next.

use super::{columns::Wrong, source::HEADER_ROWS};
use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};
use hawker_domain::reason::ImportWhy;

/// Longest quoted cell: what a stray quote may swallow before it is called broken.
const CELL_MAX_BYTES: usize = 256 * 1024;

/// Longest row. A description with all its pictures takes some ten thousand; beyond this it is no table.
pub(super) const ROW_MAX_BYTES: usize = 1024 * 1024;

/// Most columns of a row: shops' exports have some hundred.
pub(super) const COLUMNS_MAX: usize = 1024;

/// One row and the line it begins on; the first line of a file is 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) cells: Result<Vec<String>, Wrong>,
}

/// Why a row is too long or too wide to be read.
pub(super) fn too_long(what: &str) -> Wrong {
    let message = format!("the row has {what}; check the quotes, the line ends and which sign stands between cells");
    Wrong::new(ImportWhy::RowTooLong, "", message)
}

/// The text of a file in UTF-8, UTF-16 (with a byte order mark) or GB18030, which covers GBK and GB 2312.
/// Errors: what is none of these.
pub(super) fn decode(bytes: &[u8]) -> Result<String, String> {
    let (text, broken) = if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        let text = String::from_utf8_lossy(rest);
        let broken = matches!(text, std::borrow::Cow::Owned(_));
        (text.into_owned(), broken)
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        (text.to_owned(), false)
    } else {
        let encoding = match bytes {
            [0xff, 0xfe, ..] => UTF_16LE,
            [0xfe, 0xff, ..] => UTF_16BE,
            _ => GB18030,
        };
        let (text, _, broken) = encoding.decode(bytes);
        (text.into_owned(), broken)
    };
    match broken {
        true => Err("it is neither UTF-8 nor GB18030; save it as \"CSV UTF-8\"".to_owned()),
        false if text.contains('\0') => Err("it is no text; export it as CSV".to_owned()),
        false => Ok(text),
    }
}

/// Comma, tab or semicolon: whichever the first line has most of that has any; a title or a version may stand above the header.
pub(super) fn delimiter(text: &str) -> char {
    let mut lines = text.lines().take(HEADER_ROWS);
    let first = lines.find(|line| line.contains([',', '\t', ';'])).unwrap_or_default();
    let count = |delimiter: char| first.chars().filter(|c| *c == delimiter).count();
    // max_by_key takes the last of equals, so the comma stands last.
    [';', '\t', ','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(',')
}

/// Rows of `text`, empty lines left out.
pub(super) fn rows(text: &str, delimiter: char) -> impl Iterator<Item = Row> + Send + '_ {
    let mut rest = text;
    let mut line = 1_u64;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let start = line;
            let (cells, used) = match row(rest, delimiter) {
                Ok((cells, used)) => (Ok(cells), used),
                Err(why) => (Err(why), rest.find('\n').map_or(rest.len(), |at| at + 1)),
            };
            let (read, after) = rest.split_at_checked(used).unwrap_or((rest, ""));
            line += read.bytes().filter(|byte| *byte == b'\n').count() as u64;
            rest = after;
            let is_empty = cells.as_ref().is_ok_and(|cells| cells.iter().all(|cell| cell.trim().is_empty()));
            if !is_empty {
                return Some(Row { line: start, cells });
            }
        }
    })
}

/// The cells of the first row of `text`, and how many bytes it takes with its line end.
fn row(text: &str, delimiter: char) -> Result<(Vec<String>, usize), Wrong> {
    let bad_quotes = |why: &str| Wrong::new(ImportWhy::BadQuotes, "", why);
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        if cells.len() == COLUMNS_MAX {
            return Err(too_long(&format!("more than {COLUMNS_MAX} columns")));
        }
        let rest = text.get(at..).unwrap_or_default();
        let (cell, length) = match rest.strip_prefix('"') {
            Some(body) => {
                let (cell, length) = quoted(body).map_err(bad_quotes)?;
                (cell, length + 1)
            }
            None => {
                let end = rest.find([delimiter, '\n']).unwrap_or(rest.len());
                // Before it is copied: a file without line ends is one cell.
                if at + end > ROW_MAX_BYTES {
                    return Err(too_long(&format!("more than {} KB", ROW_MAX_BYTES / 1024)));
                }
                let cell = rest.get(..end).unwrap_or_default();
                let bare = cell.strip_suffix('\r').unwrap_or(cell);
                // The carriage return belongs to the line end, which is looked at below.
                (bare.to_owned(), bare.len())
            }
        };
        cells.push(cell);
        at += length;
        if at > ROW_MAX_BYTES {
            return Err(too_long(&format!("more than {} KB", ROW_MAX_BYTES / 1024)));
        }
        let rest = text.get(at..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix(delimiter) {
            at = text.len() - after.len();
        } else if rest.is_empty() {
            return Ok((cells, at));
        } else if let Some(after) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')) {
            return Ok((cells, text.len() - after.len()));
        } else if rest == "\r" {
            return Ok((cells, text.len()));
        } else {
            return Err(bad_quotes("there is text after a closing quote; write a quote inside a cell twice"));
        }
    }
}

/// A cell after its opening quote, and its length with the closing one.
fn quoted(body: &str) -> Result<(String, usize), &'static str> {
    let mut cell = String::new();
    let mut characters = body.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character != '"' {
            cell.push(character);
        } else if characters.next_if(|(_, next)| *next == '"').is_some() {
            cell.push('"');
        } else {
            return Ok((cell, at + 1));
        }
        if cell.len() > CELL_MAX_BYTES {
            break;
        }
    }
    Err("a quote is opened and never closed")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(u64, Option<Vec<String>>)> {
        rows(text, ',').map(|row| (row.line, row.cells.ok())).collect()
    }

    fn cells(texts: &[&str]) -> Option<Vec<String>> {
        Some(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn quotes_commas_and_line_ends_are_read_as_the_standard_says() {
        let text = "a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\r\n\r\nlast,";
        assert_eq!(
            read(text),
            [(1, cells(&["a", "b"])), (2, cells(&["x, \"y\"", "two\nlines"])), (5, cells(&["last", ""]))]
        );
    }

    #[test]
    fn a_stray_quote_costs_its_own_row_alone() {
        let open = "a,b\n1,\"open\n2,fine\n3,fine\n";
        assert_eq!(
            read(open),
            [(1, cells(&["a", "b"])), (2, None), (3, cells(&["2", "fine"])), (4, cells(&["3", "fine"]))]
        );
        let pair = "1,\"bad\n2,fine\n3,\"bad too\n4,fine";
        assert_eq!(read(pair), [(1, None), (2, cells(&["2", "fine"])), (3, None), (4, cells(&["4", "fine"]))]);
        assert_eq!(read("5\" pipe,1"), [(1, cells(&["5\" pipe", "1"]))], "an inch sign inside a cell is no quote");
    }

    #[test]
    fn a_row_without_end_costs_itself_alone_and_is_never_copied() {
        let wide = "1,".repeat(1_000_000);
        let long = "x".repeat(2 * ROW_MAX_BYTES);
        let many = format!("{},", "y".repeat(200_000)).repeat(10);
        for bad in [&wide, &long, &many] {
            let text = format!("a,b\n{bad}\n2,fine\n");
            let read: Vec<Row> = rows(&text, ',').collect();
            assert_eq!(read.len(), 3);
            let why = read[1].cells.as_ref().unwrap_err();
            assert_eq!(why.code, ImportWhy::RowTooLong, "{}", why.message);
            assert_eq!((read[2].line, read[2].cells.clone().ok()), (3, cells(&["2", "fine"])));
        }
        assert!(rows(&long, ',').next().unwrap().cells.is_err(), "also where the file ends within it");
        let widest = vec!["x"; COLUMNS_MAX].join(",");
        assert_eq!(rows(&widest, ',').next().unwrap().cells.unwrap().len(), COLUMNS_MAX);
    }

    #[test]
    fn text_comes_in_as_utf8_utf16_or_gb18030() {
        let text = "货号,商品名\n1,纯牛奶";
        let utf16: Vec<u8> =
            std::iter::once(0xfeff_u16).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let with_mark = ["\u{feff}", text].concat();
        for bytes in [text.as_bytes(), with_mark.as_bytes(), &utf16, &GB18030.encode(text).0] {
            assert_eq!(decode(bytes).unwrap(), text);
        }
        assert!(decode(b"PK\x03\x04\x00\x00").is_err(), "a spreadsheet file is no text");
        assert!(decode(b"\xff\xff\xff").is_err());
    }

    #[test]
    fn the_delimiter_is_the_one_the_header_uses() {
        for (header, want) in
            [("a,b,c", ','), ("a\tb", '\t'), ("a;b;c,d", ';'), ("a", ','), ("version 1\na\tb\n1,2,3", '\t')]
        {
            assert_eq!(delimiter(header), want);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_by_the_rules_reads_back(table in proptest::collection::vec(proptest::collection::vec("[a\",\n\r 货]{0,5}", 2..4), 1..5)) {
            let written = table.iter().map(|row| {
                row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
            }).collect::<Vec<_>>().join("\r\n");
            let read: Vec<_> = rows(&written, ',').map(|row| row.cells.unwrap()).collect();
            let want: Vec<_> = table.into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect();
            prop_assert_eq!(read, want);
        }

        #[test]
        fn any_text_is_read_to_its_end(text in "[a\",\n\r]{0,60}") {
            let lines = text.matches('\n').count() as u64 + 1;
            for row in rows(&text, ',') {
                prop_assert!(row.line <= lines);
            }
        }
    }
}
