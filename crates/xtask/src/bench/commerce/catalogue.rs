//! Rows 7 and 10, out of one run: 100,000 products imported by the program into fresh data, and searched in every way that people type.
//! Beside it SQLite's own full-text search on the same rows.

use super::goods;
use crate::bench::figure::{Measured, Peer};
use crate::bench::parts::ffmpeg::output;
use crate::bench::parts::stage::Stage;
use crate::exec::say;
use crate::run::demo_data::DemoData;
use crate::setup::tools::python;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The example of the store that asks.
pub const EXAMPLE: &str = "search_costs";

const SCRIPT: &str = include_str!("peers.py");

/// Of the table; a quick run has as many, since what a smaller catalogue takes says nothing of it.
const PRODUCTS: usize = 100_000;

/// Any number; the same one, so that a figure of today has the rows of last month's.
const SEED: u64 = 2_024;

/// How the peer cuts text. The first one finds parts of Chinese names, as ours does, so it is the one that is compared with.
const TOKENIZERS: [&str; 2] = ["trigram", "unicode61"];

/// Both halves of the table's line.
pub struct Run {
    import: Result<Measured, String>,
    search: Result<Measured, String>,
}

/// What one program took for the queries of a kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kind {
    kind: String,
    n: u64,
    p50_ms: f64,
    p95_ms: f64,
    /// Share of the queries whose product is among the first twenty, and the first of them.
    shown: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<f64>,
}

/// What the example says.
#[derive(Clone, Debug, Deserialize)]
struct Ours {
    products: u64,
    first_query_ms: f64,
    kinds: Vec<Kind>,
    p50_ms: f64,
    p95_ms: f64,
    n: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Theirs {
    import_s: f64,
    kinds: Vec<Kind>,
    sqlite: String,
}

/// What the program's import says, as far as it is looked at.
#[derive(Debug, Deserialize)]
struct Report {
    added: u64,
    problems: Vec<serde_json::Value>,
}

impl Run {
    pub fn row(&self, row: u32) -> Result<Measured, String> {
        if row == super::IMPORT { self.import.clone() } else { self.search.clone() }
    }
}

/// Errors, in words: the tables can't be written. What fails later is told by its row.
pub fn measure(stage: &Stage) -> Result<Run, String> {
    let folder = stage.folder("commerce-catalogue")?;
    let rows = goods::rows(SEED, PRODUCTS);
    let queries = goods::queries(SEED, &rows, stage.pick(40, 400));
    let table = written(&folder, "catalogue.csv", &goods::csv(&rows))?;
    let asked = written(&folder, "queries.tsv", &goods::lines(&queries))?;
    let data = stage.data(&folder, false)?;
    say("measuring: our import");
    let imported = import(stage, &data, &table);
    say("measuring: our search");
    let ours = imported.clone().and_then(|_| ask(stage, &data, &asked));
    let peers: Vec<(&str, Result<Theirs, String>)> = TOKENIZERS
        .iter()
        .map(|tokenizer| {
            say(format!("measuring: SQLite FTS5, {tokenizer}"));
            (*tokenizer, peer(tokenizer, &table, &asked, &folder))
        })
        .collect();
    Ok(Run {
        import: imported.map(|seconds| import_row(seconds, &peers)),
        search: ours.map(|ours| search_row(&ours, &peers)),
    })
}

fn written(folder: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let file = folder.join(name);
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// Seconds from starting the program to its end, its own start and the key's unwrapping included.
fn import(stage: &Stage, data: &DemoData, table: &Path) -> Result<f64, String> {
    let mut command = data.command(&stage.workspace.program(stage.programs.folder(), "hawker-cli"));
    let begun = Instant::now();
    let said = output(command.args(["--json", "catalog", "import"]).arg(table))?;
    let seconds = begun.elapsed().as_secs_f64();
    let report: Report = serde_json::from_slice(&said).map_err(|error| format!("the import's report: {error}"))?;
    if report.added != PRODUCTS as u64 || !report.problems.is_empty() {
        return Err(format!("{} of {PRODUCTS} rows landed, {} problems", report.added, report.problems.len()));
    }
    Ok(seconds)
}

fn ask(stage: &Stage, data: &DemoData, queries: &Path) -> Result<Ours, String> {
    let said = output(data.command(&stage.example(EXAMPLE)).arg("ask").arg(queries))?;
    serde_json::from_slice(&said).map_err(|error| format!("what the example {EXAMPLE} says can't be read: {error}"))
}

/// Its Python brings SQLite; nothing has to be installed.
fn peer(tokenizer: &str, table: &Path, queries: &Path, folder: &Path) -> Result<Theirs, String> {
    let database = folder.join(format!("{tokenizer}.db"));
    let mut command = Command::new(python());
    let said = output(command.args(["-c", SCRIPT, tokenizer]).arg(table).arg(queries).arg(&database))?;
    serde_json::from_slice(&said).map_err(|error| format!("what peers.py says can't be read: {error}"))
}

type Peers<'a> = [(&'a str, Result<Theirs, String>)];

fn import_row(seconds: f64, peers: &Peers<'_>) -> Measured {
    let beside = peers.iter().map(|(name, found)| match found {
        Ok(found) => format!("SQLite {} FTS5 {name} alone {:.1} s", found.sqlite, found.import_s),
        Err(why) => format!("FTS5 {name} not measured: {why}"),
    });
    let note = format!(
        "the program from start to end, {:.0} rows/s, each with a stock movement and its op, encrypted; {} (plain table and index, one \
         transaction)",
        PRODUCTS as f64 / seconds,
        beside.collect::<Vec<_>>().join("; "),
    );
    Measured {
        value: seconds,
        n: PRODUCTS as u64,
        peer: of_first(peers, |found| found.import_s),
        note: Some(note),
        incomplete: peers.iter().any(|(_, found)| found.is_err()),
        ..Measured::default()
    }
}

/// The value is that of the slowest way to type, not of the mix: which ways are common, nobody has counted.
fn search_row(ours: &Ours, peers: &Peers<'_>) -> Measured {
    let slowest = slowest(&ours.kinds);
    let kinds = ours.kinds.iter().map(|kind| format!("{} {:.1} ({:.2})", kind.kind, kind.p95_ms, kind.shown));
    let mut note = format!(
        "p95 of the slowest kind; all together {:.2} ms, p95 {:.2}; first query {:.0} ms, for it loads the dictionary; p95 of each kind \
         (share shown among the first 20): {}",
        ours.p50_ms,
        ours.p95_ms,
        ours.first_query_ms,
        kinds.collect::<Vec<_>>().join(", "),
    );
    let mut table = vec![json!({ "name": "ours", "products": ours.products, "kinds": ours.kinds })];
    for (name, found) in peers {
        match found {
            Ok(found) => {
                let (slow, all) = (self::slowest(&found.kinds), found.kinds.len().max(1) as f64);
                let shown = found.kinds.iter().map(|kind| kind.shown).sum::<f64>() / all;
                note += &format!("; FTS5 {name} {slow:.1} ms, shown {shown:.2}");
                table.push(json!({ "name": name, "kinds": found.kinds }));
            }
            Err(why) => note += &format!("; FTS5 {name} not measured: {why}"),
        }
    }
    Measured {
        value: slowest,
        n: ours.n,
        peer: of_first(peers, |found| self::slowest(&found.kinds)),
        table: Some(table.into()),
        note: Some(note),
        broken: ours.products != PRODUCTS as u64,
        incomplete: peers.iter().any(|(_, found)| found.is_err()),
    }
}

fn slowest(kinds: &[Kind]) -> f64 {
    kinds.iter().map(|kind| kind.p95_ms).fold(0.0, f64::max)
}

fn of_first(peers: &Peers<'_>, value: impl Fn(&Theirs) -> f64) -> Option<Peer> {
    let (name, found) = peers.first()?;
    Some(Peer { name: format!("SQLite FTS5 alone, {name}"), value: value(found.as_ref().ok()?) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn kind(name: &str, p95_ms: f64) -> Kind {
        Kind { kind: name.to_owned(), n: 40, p50_ms: 1.0, p95_ms, shown: 0.9, first: Some(0.8) }
    }

    fn ours(products: u64) -> Ours {
        let kinds = vec![kind("Chinese", 2.0), kind("barcode", 9.0)];
        Ours { products, first_query_ms: 80.0, kinds, p50_ms: 1.0, p95_ms: 3.0, n: 80 }
    }

    #[test]
    fn the_slowest_way_to_type_counts_and_not_the_mix() {
        let row = search_row(&ours(100_000), &[]);
        assert!(!row.broken && row.value == 9.0);
        assert!(row.note.unwrap().contains("barcode 9.0 (0.90)"));
        assert!(search_row(&ours(99_999), &[]).broken, "search in less is another row");
    }

    #[test]
    fn a_peer_that_is_not_there_leaves_both_rows_incomplete() {
        let theirs = Theirs { import_s: 2.0, kinds: vec![kind("Chinese", 4.0)], sqlite: "3.40".to_owned() };
        let peers = [("trigram", Ok(theirs)), ("unicode61", Err("no fts5".to_owned()))];
        let (import, search) = (import_row(20.0, &peers), search_row(&ours(100_000), &peers));
        assert!(import.incomplete && search.incomplete);
        assert_eq!((import.peer.unwrap().value, search.peer.unwrap().value), (2.0, 4.0));
        assert!(import.note.unwrap().contains("no fts5"));
    }
}
