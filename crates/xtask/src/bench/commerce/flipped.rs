//! Row 9: a stolen database tells nothing, and a damaged one is never taken for a whole one.
//!
//! The program makes a store with products, photos and orders; more orders are recorded by a process that ends without closing it, so
//! that acknowledged ones lie in the WAL alone, as after kill -9. Every file is looked through for what stands in it in the clear. Then
//! copies are damaged one at a time and opened: refused, told while it is read, whole (what was hit holds nothing any more), or silent,
//! where it opens without a word and something is missing.

use crate::bench::figure::Measured;
use crate::bench::parts::ffmpeg::output;
use crate::bench::parts::stage::Stage;
use crate::run::demo_data::DemoData;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// The example of the store that damages copies.
pub const EXAMPLE: &str = "damage";

/// Any number; the same places each time.
const SEED: u64 = 9;

/// What lies in the WAL when the process ends: some hundred pages.
const SALES: usize = 60;

/// Who buys by the program; the example names its own.
const BUYERS: [&str; 2] = ["Wilhelmina Klarname", "王小明的外婆"];

/// Of the form of the files themselves: a database, its tables, a photo.
const FORMS: [&[u8]; 3] = [b"SQLite format 3", b"CREATE TABLE", b"\xff\xd8\xff\xe0\x00\x10JFIF"];

/// Shorter texts are found in any megabyte of noise.
const NEEDLE_MIN_BYTES: usize = 8;

#[derive(Debug, Deserialize)]
struct Sold {
    sold: usize,
    buyers: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Damage {
    file: String,
    harm: String,
    detected: u64,
    whole: u64,
    silent: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Silent {
    harm: String,
    lost: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Tried {
    rows: Vec<Damage>,
    silent: Vec<Silent>,
    main_bytes: u64,
    wal_bytes: u64,
    orders: u64,
}

/// Errors, in words: the store can't be made, or the example fails.
pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("flipped")?;
    let data = stage.data(&folder, true)?;
    let skus = column(stage, "sku")?;
    for (sku, buyer) in skus.iter().zip(BUYERS) {
        let mut command = data.command(&stage.workspace.program(stage.programs.folder(), "hawker-cli"));
        output(command.args(["orders", "add", sku, "--buyer", buyer]))?;
    }
    let closed = readable(&data.folder, &needles(stage, &BUYERS)?)?;
    let sold: Sold = ask(stage, &data, &["sell".to_owned(), SALES.to_string()])?;
    let buyers: Vec<&str> = BUYERS.into_iter().chain(sold.buyers.iter().map(String::as_str)).collect();
    let open = readable(&data.folder, &needles(stage, &buyers)?)?;
    let scratch = folder.join("scratch").display().to_string();
    let count = stage.pick(240, 4_000).to_string();
    let tried: Tried = ask(stage, &data, &["try".to_owned(), SEED.to_string(), count, scratch])?;
    if sold.sold != SALES || tried.wal_bytes == 0 {
        return Err(format!("{} of {SALES} orders were recorded, {} bytes of WAL", sold.sold, tried.wal_bytes));
    }
    Ok(measured(&[closed, open].concat(), &tried))
}

fn ask<T: serde::de::DeserializeOwned>(stage: &Stage, data: &DemoData, words: &[String]) -> Result<T, String> {
    let said = output(data.command(&stage.example(EXAMPLE)).args(words))?;
    serde_json::from_slice(&said).map_err(|error| format!("what the example {EXAMPLE} says can't be read: {error}"))
}

/// A column of the demo catalogue, what is long enough to be told from noise.
fn column(stage: &Stage, name: &str) -> Result<Vec<String>, String> {
    let file = stage.workspace.root.join("assets/demo/catalog.csv");
    let unreadable = |error: csv::Error| format!("{}: {error}", file.display());
    let mut reader = csv::Reader::from_path(&file).map_err(unreadable)?;
    let at = reader.headers().map_err(unreadable)?.iter().position(|header| header == name);
    let at = at.ok_or_else(|| format!("{} has no column {name}", file.display()))?;
    let rows = reader.records().collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    Ok(rows.iter().filter_map(|row| row.get(at)).map(str::to_owned).collect())
}

/// What must stand nowhere: buyers, titles and descriptions, as UTF-8 and as UTF-16, and the forms of files.
fn needles(stage: &Stage, buyers: &[&str]) -> Result<Vec<Vec<u8>>, String> {
    let mut texts: Vec<String> = buyers.iter().map(|buyer| (*buyer).to_owned()).collect();
    texts.extend(column(stage, "title")?);
    texts.extend(column(stage, "description")?);
    texts.retain(|text| text.len() >= NEEDLE_MIN_BYTES);
    let wide = texts.iter().map(|text| text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    let mut needles: Vec<Vec<u8>> = wide.collect();
    needles.extend(texts.iter().map(|text| text.clone().into_bytes()));
    needles.extend(FORMS.map(<[u8]>::to_vec));
    Ok(needles)
}

/// What of it stands in a file below `folder` all the same.
fn readable(folder: &Path, needles: &[Vec<u8>]) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for file in files(folder)? {
        let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
        found.extend(
            needles
                .iter()
                .filter(|needle| holds(&bytes, needle))
                .map(|needle| format!("{:?} in {name}", String::from_utf8_lossy(needle))),
        );
    }
    Ok(found)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            all.extend(files(&entry.path())?);
        } else if kind.is_file() {
            all.push(entry.path());
        }
    }
    Ok(all)
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = rest.get(at..).unwrap_or_default();
        if rest.starts_with(needle) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

fn measured(readable: &[String], tried: &Tried) -> Measured {
    let sum = |of: fn(&Damage) -> u64| tried.rows.iter().map(of).sum::<u64>();
    let (detected, whole, silent) = (sum(|row| row.detected), sum(|row| row.whole), sum(|row| row.silent));
    let in_file = |file: &str| {
        let rows = tried.rows.iter().filter(|row| row.file == file);
        let words = rows.map(|row| format!("{} {}/{}/{}", row.harm, row.detected, row.whole, row.silent));
        words.collect::<Vec<_>>().join(", ")
    };
    let stolen = match readable.first() {
        None => "nothing readable in any file".to_owned(),
        Some(first) => format!("{} TEXTS READABLE, such as {first}", readable.len()),
    };
    let lost = tried.silent.first();
    let note = format!(
        "{stolen}; {} damages, detected/nothing lost/silent: main file of {} KB {}; WAL of {} KB {}{}; share of those that hit something",
        detected + whole + silent,
        tried.main_bytes / 1_000,
        in_file("main file"),
        tried.wal_bytes / 1_000,
        in_file("WAL"),
        lost.map(|lost| format!("; silent such as {}: lost {}", lost.harm, lost.lost)).unwrap_or_default(),
    );
    Measured {
        value: detected as f64 / (detected + silent).max(1) as f64,
        n: detected + whole + silent,
        table: Some(
            json!({ "damages": tried.rows, "silent": tried.silent, "readable": readable, "orders": tried.orders }),
        ),
        note: Some(note),
        broken: !readable.is_empty() || silent > 0,
        ..Measured::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tried(silent: u64) -> Tried {
        let row = |file: &str, detected, whole, silent| Damage {
            file: file.to_owned(),
            harm: "one bit".to_owned(),
            detected,
            whole,
            silent,
        };
        let lost = Silent { harm: "WAL: one bit at 7".to_owned(), lost: "3 orders".to_owned() };
        Tried {
            rows: vec![row("main file", 90, 0, 0), row("WAL", 0, 10, silent)],
            silent: (0..silent).map(|_| lost.clone()).collect(),
            main_bytes: 9_000_000,
            wal_bytes: 400_000,
            orders: 62,
        }
    }

    #[test]
    fn what_hit_nothing_counts_neither_way_and_one_silent_loss_breaks_the_row() {
        let good = measured(&[], &tried(0));
        assert!(!good.broken && good.value == 1.0 && good.n == 100);
        let bad = measured(&[], &tried(10));
        assert!(bad.broken && bad.value == 0.9);
        assert!(bad.note.unwrap().contains("WAL: one bit at 7: lost 3 orders"));
        assert!(measured(&["a name in x".to_owned()], &tried(0)).broken, "one readable name is one too many");
    }

    #[test]
    fn a_text_is_found_wherever_it_stands_below_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("logs/old");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("a.log"), "xxWilhelminaWilhelmina Klarname").unwrap();
        fs::write(dir.path().join("b"), "nothing").unwrap();
        let needles = [b"Wilhelmina Klarname".to_vec(), b"elsewhere".to_vec()];
        let found = readable(dir.path(), &needles).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found.first().unwrap().contains("a.log"));
        assert!(!holds(b"abc", b"abcd") && !holds(b"abc", b""));
    }
}
