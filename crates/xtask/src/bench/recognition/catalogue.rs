//! Row 12: the catalogue behind a show, 100,000 products, beside libraries that search the same vectors in the same run.

use super::{costs, peers};
use crate::bench::figure::{Measured, Peer};
use crate::bench::parts::stage::Stage;
use crate::exec::say;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// Second bars of the row.
const HIT: f64 = 0.99;
const MEMORY_MB: f64 = 100.0;

/// Who searches the same: what the script calls it, and what it is. The first says what is exact for the others.
const PEERS: [(&str, &str); 3] = [
    ("catalogue-exact", "faiss, everything in full"),
    ("catalogue-small", "faiss, 512 axes of a byte"),
    ("catalogue-graph", "hnswlib, 512 axes of four bytes"),
];

/// What one of them took.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Search {
    p50_ms: f64,
    p95_ms: f64,
    /// Share of the questions whose answer is that of comparing everything in full, and whose answer is right.
    hit_at_1: f64,
    right_at_1: f64,
    memory_mb: f64,
    build_s: f64,
    products: u64,
    asked: u64,
    n: u64,
    /// Photographs the products are mixed of; told by ours alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    photographs: Option<u64>,
}

impl Search {
    fn holds(&self) -> bool {
        self.hit_at_1 >= HIT && self.memory_mb <= MEMORY_MB
    }

    fn words(&self) -> String {
        let Self { p50_ms, p95_ms, hit_at_1, right_at_1, memory_mb, build_s, .. } = self;
        format!(
            "{p50_ms:.2} ms, p95 {p95_ms:.2}, as exact {hit_at_1:.3}, right {right_at_1:.3}, {memory_mb:.0} MB, filled in {build_s:.0} s"
        )
    }
}

/// Errors: ours can't be measured. A peer that can't be leaves the row incomplete.
pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("recognition-catalogue")?;
    let measured = in_folder(stage, &folder);
    // More than a gigabyte of vectors.
    let gone = fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()));
    measured.and_then(|measured| gone.map(|()| measured))
}

fn in_folder(stage: &Stage, folder: &Path) -> Result<Measured, String> {
    say("measuring: ours");
    let ours: Search = costs::ask(stage, "catalogue", &[folder])?;
    let peers: Vec<(&str, Result<Search, String>)> = PEERS
        .iter()
        .map(|(key, name)| {
            say(format!("measuring: {name}"));
            (*name, peers::ask::<Search>(stage, key, &[folder]))
        })
        .collect();
    Ok(measured(&ours, &peers))
}

fn measured(ours: &Search, peers: &[(&str, Result<Search, String>)]) -> Measured {
    let mut note = format!(
        "median, one thread; {} products mixed of {} photographs, {} questions; ours {} (bars {HIT} as exact, {MEMORY_MB} MB)",
        ours.products,
        ours.photographs.unwrap_or_default(),
        ours.asked,
        ours.words()
    );
    let mut table = vec![serde_json::json!({ "name": "ours", "search": ours })];
    for (name, found) in peers {
        match found {
            Ok(found) => {
                note += &format!("; {name} {}", found.words());
                table.push(serde_json::json!({ "name": name, "search": found }));
            }
            Err(why) => note += &format!("; {name} not measured: {why}"),
        }
    }
    // The one that takes as much memory is what ours has to be better than.
    let peer = peers.get(1).and_then(|(name, found)| Some((name, found.as_ref().ok()?)));
    Measured {
        value: ours.p50_ms,
        n: ours.n,
        peer: peer.map(|(name, found)| Peer { name: (*name).to_owned(), value: found.p50_ms }),
        table: Some(table.into()),
        note: Some(note),
        broken: !ours.holds(),
        incomplete: peers.iter().any(|(_, found)| found.is_err()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn found(hit_at_1: f64, memory_mb: f64) -> Search {
        let (p50_ms, p95_ms, right_at_1, build_s) = (3.0, 4.0, 0.9, 20.0);
        let (products, asked, n, photographs) = (100_000, 400, 60, None);
        Search { p50_ms, p95_ms, hit_at_1, right_at_1, memory_mb, build_s, products, asked, n, photographs }
    }

    #[test]
    fn a_quick_search_that_finds_something_else_or_takes_too_much_memory_does_not_hold() {
        let broken = |hit, memory| measured(&found(hit, memory), &[]).broken;
        assert_eq!([broken(0.99, 100.0), broken(0.989, 50.0), broken(1.0, 100.1)], [false, true, true]);
    }

    #[test]
    fn a_peer_that_is_not_there_leaves_the_row_incomplete_and_is_told() {
        let peers = [
            ("flat", Ok(found(1.0, 1_300.0))),
            ("small", Err("no pip".to_owned())),
            ("graph", Ok(found(0.98, 1_500.0))),
        ];
        let row = measured(&found(0.995, 90.0), &peers);
        assert!(row.incomplete && !row.broken && row.peer.is_none());
        assert!(row.note.unwrap().contains("small not measured: no pip"));
        assert_eq!(row.table.unwrap().as_array().map(Vec::len), Some(3));
    }
}
