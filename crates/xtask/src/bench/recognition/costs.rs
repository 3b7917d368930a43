//! Rows 5, 6, 7 and 10: what recognition costs, told by an example of the crate itself; Python beside it on the same models.

use super::peers;
use crate::bench::figure::{Measured, Peer};
use crate::bench::parts::stage::Stage;
use crate::setup::runtime;
use crate::workspace::set;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// The example's name.
pub const EXAMPLE: &str = "costs";

/// Second bar of row 5.
const RSS_MB: f64 = 500.0;

#[derive(Debug, Deserialize)]
struct Times {
    p50_ms: f64,
    p95_ms: f64,
    n: u64,
    #[serde(default)]
    rss_mb: f64,
}

/// The same on one thread, as a show looks.
#[derive(Debug, Deserialize)]
struct FrameTimes {
    #[serde(flatten)]
    two: Times,
    one_thread: Times,
}

/// All of a frame's work in shows of so many products: gallery and tagger too, on one thread, no words.
#[derive(Debug, Deserialize)]
struct Observed {
    shows: Vec<ObservedShow>,
}

#[derive(Debug, Deserialize, Serialize)]
struct ObservedShow {
    products: u64,
    mean_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
    n: u64,
}

/// Looks at a show of 5,000.
#[derive(Debug, Deserialize)]
struct Searched {
    #[serde(flatten)]
    times: Times,
    /// Share of them whose product is the best.
    hit_at_1: f64,
    asked: u64,
    photographs: u64,
}

#[derive(Debug, Deserialize)]
struct Photos {
    per_s: f64,
    n: u64,
}

/// Row 10.
pub fn tensor(stage: &Stage) -> Result<Measured, String> {
    let ours: Times = ask(stage, "tensor", &[])?;
    let theirs = peers::ask::<Times>(stage, "tensor", &[]);
    let note = format!("median, one thread, I420; p95 {:.2} ms", ours.p95_ms);
    Ok(beside(
        ours.p50_ms,
        ours.n,
        note,
        theirs.map(|theirs| ("Pillow and numpy from RGB", theirs.p50_ms, String::new())),
    ))
}

/// Row 5.
pub fn frame(stage: &Stage) -> Result<Measured, String> {
    let FrameTimes { two: ours, one_thread } = ask(stage, "frame", &[])?;
    let Observed { shows } = ask(stage, "observe", &[])?;
    let theirs = peers::ask::<Times>(stage, "frame", &[]);
    let whole = shows.iter().map(|show| {
        format!(
            "{} products mean {:.1}, p50 {:.1}, p95 {:.1} ms",
            show.products, show.mean_ms, show.p50_ms, show.p95_ms
        )
    });
    let note = format!(
        "median; p95 {:.1} ms; {:.0} MB resident at most (bar {RSS_MB}); on one thread, as a show looks, {:.1} ms, p95 {:.1}; all of a \
         frame in a show, on one thread, with gallery and tagger and no words: {}",
        ours.p95_ms,
        ours.rss_mb,
        one_thread.p50_ms,
        one_thread.p95_ms,
        whole.collect::<Vec<_>>().join("; ")
    );
    let one = json!({ "p50_ms": one_thread.p50_ms, "p95_ms": one_thread.p95_ms });
    let table = Some(json!({ "one_thread": one, "whole_frames_of_a_show": shows }));
    let theirs = theirs.map(|theirs| {
        (
            "the same models in Python onnxruntime, models alone",
            theirs.p50_ms,
            format!("Python {:.0} MB", theirs.rss_mb),
        )
    });
    let measured = beside(ours.p50_ms, ours.n, note, theirs);
    Ok(Measured { broken: measured.broken || ours.rss_mb > RSS_MB || ours.rss_mb <= 0.0, table, ..measured })
}

/// Row 6. Each product is asked for by another view than the one that is stored, as in row 12.
pub fn search(stage: &Stage) -> Result<Measured, String> {
    let Searched { times: ours, hit_at_1, asked, photographs } = ask(stage, "search", &[])?;
    let flat = peers::ask::<Times>(stage, "faiss", &[]);
    let graph = peers::ask::<Times>(stage, "hnswlib", &[]);
    let graph = match graph {
        Ok(graph) => format!("hnswlib {:.2} ms", graph.p50_ms),
        Err(why) => format!("hnswlib not measured: {why}"),
    };
    let note = format!(
        "median, one thread, everything compared in full; p95 {:.2} ms; asked by another view, right first {hit_at_1:.3} of {asked}, \
         products mixed of {photographs} photographs; {graph}",
        ours.p95_ms
    );
    let flat = flat.map(|flat| ("faiss, exact, one thread", flat.p50_ms, String::new()));
    Ok(beside(ours.p50_ms, ours.n, note, flat))
}

/// Row 7.
pub fn photos(stage: &Stage) -> Result<Measured, String> {
    let ours: Photos = ask(stage, "photos", &[])?;
    let note = "decoded, four views each, two threads".to_owned();
    Ok(Measured { value: ours.per_s, n: ours.n, note: Some(note), ..Measured::default() })
}

/// A value with a peer's; a peer that can't be measured breaks the row and says why.
pub fn beside(value: f64, n: u64, note: String, peer: Result<(&str, f64, String), String>) -> Measured {
    match peer {
        Ok((name, theirs, more)) => {
            let note = if more.is_empty() { note } else { format!("{note}; {more}") };
            let peer = Some(Peer { name: name.to_owned(), value: theirs });
            Measured { value, n, peer, note: Some(note), ..Measured::default() }
        }
        Err(why) => Measured {
            value,
            n,
            note: Some(format!("{note}; peer not measured: {why}")),
            broken: true,
            ..Measured::default()
        },
    }
}

/// What the example says of one thing, as one line of JSON.
pub fn ask<T: DeserializeOwned>(stage: &Stage, what: &str, more: &[&Path]) -> Result<T, String> {
    let folder = stage.workspace.target.join(stage.programs.folder()).join("examples");
    let mut command = Command::new(folder.join(format!("{EXAMPLE}{}", std::env::consts::EXE_SUFFIX)));
    if set("ORT_DYLIB_PATH").is_none() {
        command.env("ORT_DYLIB_PATH", runtime::library_path(&stage.workspace.cache));
    }
    let rounds = stage.pick(60, 400).to_string();
    let said = super::pictures::answer(command.args([what, &rounds]).args(more).current_dir(&stage.workspace.root))?;
    serde_json::from_str(&said).map_err(|error| format!("what the example {EXAMPLE} says can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_not_there_breaks_the_row_and_is_told() {
        let with = beside(3.0, 9, "median".to_owned(), Ok(("other", 4.0, "100 MB".to_owned())));
        assert_eq!((with.broken, with.note.as_deref()), (false, Some("median; 100 MB")));
        let without = beside(3.0, 9, "median".to_owned(), Err("no pip".to_owned()));
        assert!(without.broken && without.note.is_some_and(|note| note.ends_with("peer not measured: no pip")));
    }
}
