//! How much a workbook holds when it is unpacked. Pure.
//!
//! A workbook is a zip, and a small zip may hold terabytes. What it declares proves nothing, so each entry is unpacked once and
//! counted before the workbook is read.

use std::io::{Cursor, Read};
use zip::ZipArchive;

const MIB: u64 = 1024 * 1024;

/// The most that is unpacked, in bytes.
struct Limits {
    /// All entries together: what is unpacked twice in a few seconds.
    all: u64,
    /// A sheet, or a picture in it: about a million rows. It is read as a stream.
    entry: u64,
    /// The texts that cells share. They are held in memory, where an empty one takes five times what it has in the file.
    strings: u64,
    /// Styles, relations and the list of sheets, which are held in memory too; a large workbook has one.
    parts: u64,
}

const LIMITS: Limits = Limits { all: 512 * MIB, entry: 256 * MIB, strings: 64 * MIB, parts: 16 * MIB };

/// Entries of the archive: a workbook with a picture for each of many products. Its list is held in memory.
const ENTRIES_MAX: usize = 20_000;

/// The fewest bytes a shared text takes: `<si/>`.
const SHARED_TEXT_MIN_BYTES: u64 = 5;

/// Errors: what it is if it is no workbook that can be read, and what to do.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    check_within(bytes, &LIMITS)
}

fn check_within(bytes: &[u8], limits: &Limits) -> Result<(), String> {
    if bytes.windows(4).filter(|four| four == b"PK\x01\x02").count() > ENTRIES_MAX {
        return Err(format!("it holds more than {ENTRIES_MAX} files; save it as a workbook without pictures"));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|why| broken(&why))?;
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap_or_default().to_lowercase()).collect();
    kind(&names)?;
    let mut left = limits.all;
    for index in 0..archive.len() {
        let raw = archive.by_index_raw(index).map_err(|why| broken(&why))?;
        if raw.encrypted() {
            return Err(PASSWORD.to_owned());
        }
        drop(raw);
        let mut entry = archive.by_index(index).map_err(|why| broken(&why))?;
        let name = entry.name().map_err(|why| broken(&why))?.to_lowercase().replace('\\', "/");
        let limit = limits.of(&name);
        let found = unpack(&mut entry, limit.min(left), name.ends_with(STRINGS))?;
        match found {
            Some(size) => left -= size,
            None => {
                let most = limit.min(limits.all) / MIB;
                return Err(format!("it unpacks to more than is read ({name}, {most} MB at most); save it as CSV"));
            }
        }
    }
    Ok(())
}

/// What is said of a workbook under a password.
pub(super) const PASSWORD: &str = "it is protected by a password; open it and save it without one";

const STRINGS: &str = "sharedstrings.xml";

impl Limits {
    /// Of the entry with this name, in lower case.
    fn of(&self, name: &str) -> u64 {
        if name.ends_with(STRINGS) {
            self.strings
        } else if name.ends_with("styles.xml") || name.ends_with(".rels") || !name.contains('/') {
            self.parts
        } else {
            self.entry
        }
    }
}

/// Errors: it is another kind of document, in `names` of lower case.
fn kind(names: &[String]) -> Result<(), String> {
    let has = |name: &str| names.iter().any(|one| one == name);
    let is = |what: &str| Err(format!("it is {what}; save it as .xlsx or as CSV"));
    if has("mimetype") && has("content.xml") {
        return is("an OpenDocument table (.ods)");
    }
    if has("xl/workbook.bin") {
        return is("a binary workbook (.xlsb)");
    }
    if !has("[content_types].xml") || names.iter().any(|name| name.starts_with("word/") || name.starts_with("ppt/")) {
        return is("an archive and no workbook");
    }
    Ok(())
}

/// Unpacks an entry to nowhere. Returns its size, or none where that is more than `limit`. Errors: it is broken, or its texts
/// claim to be more than they are.
fn unpack(entry: &mut impl Read, limit: u64, is_strings: bool) -> Result<Option<u64>, String> {
    let mut limited = entry.take(limit + 1);
    let size = if is_strings {
        let mut texts = Vec::new();
        limited.read_to_end(&mut texts).map_err(|why| broken(&why))?;
        counts_are_true(&texts)?;
        texts.len() as u64
    } else {
        std::io::copy(&mut limited, &mut std::io::sink()).map_err(|why| broken(&why))?
    };
    Ok((size <= limit).then_some(size))
}

/// The reader of workbooks makes room for as many texts as the list of them claims to have, at once; a list that claims too
/// many would end the program.
fn counts_are_true(texts: &[u8]) -> Result<(), String> {
    let most = texts.len() as u64 / SHARED_TEXT_MIN_BYTES;
    // In UTF-16 the claim could not be found below; no program writes that.
    if texts.contains(&0) {
        return Err("its texts are not in UTF-8; save it again as .xlsx or as CSV".to_owned());
    }
    let name = b"uniqueCount";
    for at in texts.windows(name.len()).enumerate().filter(|(_, window)| window == name).map(|(at, _)| at) {
        let after = texts.get(at + name.len()..).unwrap_or_default().iter();
        let digits = after.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'=' | b'"' | b'\'' | b'+'));
        let claim = digits
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0_u64, |claim, digit| claim.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        if claim > most {
            return Err("it claims more texts than it holds; save it again as .xlsx or as CSV".to_owned());
        }
    }
    Ok(())
}

fn broken(why: &dyn std::error::Error) -> String {
    format!("the workbook is broken or cut off ({why}); copy it again, or save it anew")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::testing::zipped;

    const SMALL: Limits = Limits { all: 50_000, entry: 20_000, strings: 10_000, parts: 5_000 };

    fn check_small(entries: &[(&str, &[u8])]) -> Result<(), String> {
        let types: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
        check_within(&zipped(&[&[types], entries].concat()), &SMALL)
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused_entry_by_entry_and_all_together() {
        let zeros = vec![b' '; 20_001];
        let of = |size: usize| zeros.get(..size).unwrap();
        for (name, most) in [
            ("xl/worksheets/sheet1.xml", 20_000),
            ("xl/SharedStrings.xml", 10_000),
            ("xl\\styles.xml", 5_000),
            ("xl/media/1.png", 20_000),
        ] {
            assert_eq!(check_small(&[(name, of(most))]), Ok(()), "{name}");
            let why = check_small(&[(name, of(most + 1))]).unwrap_err();
            assert!(why.contains("unpacks to more"), "{name}: {why}");
        }
        let sheets: Vec<String> = (0..3).map(|n| format!("xl/worksheets/sheet{n}.xml")).collect();
        let entries: Vec<(&str, &[u8])> = sheets.iter().map(|name| (name.as_str(), of(20_000))).collect();
        assert!(check_small(&entries).is_err(), "60,000 together");
        assert_eq!(check_small(&entries[..2]), Ok(()));
    }

    #[test]
    fn a_declared_size_proves_nothing() {
        let text = vec![b' '; 15_000];
        let entries: [(&str, &[u8]); 2] = [("[Content_Types].xml", b"<Types/>"), ("xl/sharedStrings.xml", &text)];
        let mut bytes = zipped(&entries);
        let declared = 15_000_u32.to_le_bytes();
        let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == declared).collect();
        assert!(places.len() >= 2, "in the entry and in the list");
        for at in places {
            bytes[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
        }
        assert!(check_within(&bytes, &SMALL).is_err());
    }

    #[test]
    fn a_list_of_texts_that_claims_too_many_is_refused() {
        let strings =
            |head: &str| check_small(&[("xl/sharedStrings.xml", format!("<sst {head}><si/><si/></sst>").as_bytes())]);
        assert_eq!(strings("count=\"9\" uniqueCount=\"2\""), Ok(()));
        for head in ["uniqueCount=\"99999999999999999999\"", "uniqueCount = '4000000000'", "x:uniqueCount=\"1000\""] {
            assert!(strings(head).unwrap_err().contains("claims more"), "{head}");
        }
        assert!(strings("\0").is_err(), "UTF-16 could hide the claim");
    }

    #[test]
    fn another_kind_of_archive_is_named() {
        let check = |names: &[&str]| {
            let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"x".as_slice())).collect();
            check_within(&zipped(&entries), &SMALL).unwrap_err()
        };
        assert!(check(&["mimetype", "content.xml"]).contains(".ods"));
        assert!(check(&["[Content_Types].xml", "xl/workbook.bin"]).contains(".xlsb"));
        assert!(check(&["photo.jpg"]).contains("no workbook"));
        assert!(check(&["[Content_Types].xml", "word/document.xml"]).contains("no workbook"));
        let whole = zipped(&[("[Content_Types].xml", b"<Types/>")]);
        let cut = whole.get(..whole.len() / 2).unwrap();
        assert!(check_within(cut, &SMALL).unwrap_err().contains("cut off"));
    }
}
