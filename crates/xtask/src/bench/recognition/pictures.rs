//! Rows 1 to 4: pictures of groceries, by `hawker-cli recognise --images`, words read as it reads them by itself. The value is
//! that of the half nothing was tuned on; the other half and the kinds of goods stand in the note.

use super::lists::{Half, groceries, strata, thinned};
use super::peers;
use crate::bench::figure::{Measured, Peer};
use crate::bench::parts::stage::Stage;
use crate::setup::runtime;
use crate::workspace::set;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Second bars of the rows.
const AMONG_THREE: f64 = 0.95;
const SHOP_PACKAGES: f64 = 0.60;
const PRECISION: f64 = 0.98;
const PACKAGES_PINNED: f64 = 0.75;
const PACKAGES: &str = "Packages";

/// One decision, as `--per-image` writes it.
#[derive(Clone, Debug, Deserialize)]
pub struct Decision {
    path: String,
    sku: Option<String>,
    ranking: Vec<(String, f32)>,
    pin: Option<String>,
    ms: f64,
}

/// Every decision of one run, with the kind of goods each picture shows.
#[derive(Clone, Debug)]
pub struct Run {
    decisions: Vec<Decision>,
    strata: BTreeMap<String, String>,
    catalogue: PathBuf,
    list: PathBuf,
    /// The figures of each stratum, and how reliable probabilities are; of both halves.
    report: serde_json::Value,
}

/// Counts of a part of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Share {
    known: u64,
    first: u64,
    /// Right among the first three.
    among_three: u64,
    /// Pins of known things, right ones among them; unknown things and pins of them.
    pinned: u64,
    right: u64,
    unknown: u64,
    unknown_pinned: u64,
}

impl Share {
    fn of<'a>(decisions: impl Iterator<Item = &'a Decision>) -> Self {
        let mut share = Self::default();
        for decision in decisions {
            let pinned = u64::from(decision.pin.is_some());
            match &decision.sku {
                Some(sku) => {
                    let first = decision.ranking.first().is_some_and(|(first, _)| first == sku);
                    share.known += 1;
                    share.first += u64::from(first);
                    share.among_three += u64::from(decision.ranking.iter().take(3).any(|(near, _)| near == sku));
                    share.pinned += pinned;
                    share.right += u64::from(decision.pin.as_ref() == Some(sku));
                }
                None => (share.unknown, share.unknown_pinned) = (share.unknown + 1, share.unknown_pinned + pinned),
            }
        }
        share
    }

    fn first(self) -> f64 {
        ratio(self.first, self.known)
    }

    fn among_three(self) -> f64 {
        ratio(self.among_three, self.known)
    }

    fn coverage(self) -> f64 {
        ratio(self.pinned, self.known)
    }

    /// 1 when nothing was pinned: nothing wrong was said.
    fn precision(self) -> f64 {
        let pins = self.pinned + self.unknown_pinned;
        if pins == 0 { 1.0 } else { ratio(self.right, pins) }
    }

    fn rejected(self) -> f64 {
        1.0 - ratio(self.unknown_pinned, self.unknown)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Run {
    fn half(&self, half: Half) -> Share {
        Share::of(self.decisions.iter().filter(|decision| Half::of(&decision.path) == half))
    }

    /// A kind of goods, in the half that checks.
    fn stratum(&self, name: &str) -> Share {
        let kind = |decision: &&Decision| {
            let kind = decision.sku.as_ref().and_then(|sku| self.strata.get(sku));
            kind.is_some_and(|kind| kind == name) && Half::of(&decision.path) == Half::Check
        };
        Share::of(self.decisions.iter().filter(kind))
    }

    /// What `of` says of each kind of goods.
    fn by_stratum(&self, of: fn(Share) -> f64) -> String {
        let mut names: Vec<&String> = self.strata.values().collect();
        names.sort();
        names.dedup();
        let words = names.into_iter().map(|name| (name, self.stratum(name))).filter(|(_, share)| share.known > 0);
        words.map(|(name, share)| format!("{name} {:.3} of {}", of(share), share.known)).collect::<Vec<_>>().join(", ")
    }

    fn ms_p50(&self) -> f64 {
        let times: Vec<f64> = self.decisions.iter().map(|decision| decision.ms).collect();
        crate::bench::figure::percentile(&times, 0.5).unwrap_or(0.0)
    }
}

/// The run of rows 1 and 3.
pub fn with_phone_photos(stage: &Stage) -> Result<Run, String> {
    recognise(stage, "phone", "catalog_shop_phone.csv", "queries.csv")
}

/// Row 1.
pub fn first(stage: &Stage, run: &Run) -> Result<Measured, String> {
    rank_1(stage, run, None, Some(AMONG_THREE))
}

/// Row 2.
pub fn with_shop_photos(stage: &Stage) -> Result<Measured, String> {
    let run = recognise(stage, "shop", "catalog_shop.csv", "queries.csv")?;
    rank_1(stage, &run, Some(SHOP_PACKAGES), None)
}

/// `packages`, `three`: bars of packages right at rank 1, and of all right among the first three, where the row has them.
fn rank_1(stage: &Stage, run: &Run, packages: Option<f64>, three: Option<f64>) -> Result<Measured, String> {
    let check = run.half(Half::Check);
    let plain = peers::plain_vectors(stage, &run.catalogue, &run.list);
    let mut note = format!(
        "half not tuned on; among the first three {:.3}{}; {}; tuned on {:.3} of {}; {:.0} ms a picture",
        check.among_three(),
        three.map(|bar| format!(" (bar {bar})")).unwrap_or_default(),
        run.by_stratum(Share::first),
        run.half(Half::Tune).first(),
        run.half(Half::Tune).known,
        run.ms_p50()
    );
    if let Some(bar) = packages {
        note += &format!("; packages (bar {bar}) {:.3}", run.stratum(PACKAGES).first());
    }
    let peer = match plain {
        Ok(value) => Some(Peer { name: "nearest neighbour by plain vectors".to_owned(), value }),
        Err(why) => {
            note += &format!("; plain vectors not measured: {why}");
            None
        }
    };
    let broken = peer.is_none()
        || packages.is_some_and(|bar| run.stratum(PACKAGES).first() < bar)
        || three.is_some_and(|bar| check.among_three() < bar);
    let table = Some(run.report.clone());
    Ok(Measured { value: check.first(), n: check.known, peer, table, note: Some(note), broken, ..Measured::default() })
}

/// Row 3.
pub fn pins(run: &Run) -> Result<Measured, String> {
    let (check, tune, packages) = (run.half(Half::Check), run.half(Half::Tune), run.stratum(PACKAGES));
    let note = format!(
        "half not tuned on: precision {:.3} (bar {PRECISION}), {} wrong; {}; packages (bar {PACKAGES_PINNED}); tuned on {:.3} at {:.3}",
        check.precision(),
        check.pinned - check.right,
        run.by_stratum(Share::coverage),
        tune.coverage(),
        tune.precision()
    );
    let broken = check.precision() < PRECISION || packages.coverage() < PACKAGES_PINNED;
    Ok(Measured { value: check.coverage(), n: check.known, note: Some(note), broken, ..Measured::default() })
}

/// Row 4.
pub fn unknown(stage: &Stage) -> Result<Measured, String> {
    let run = recognise(stage, "unknown", "catalog_open.csv", "queries_open.csv")?;
    let (check, tune) = (run.half(Half::Check), run.half(Half::Tune));
    let note = format!(
        "half not tuned on; its pins {:.3} right, coverage {:.3}; tuned on {:.3} of {}",
        check.precision(),
        check.coverage(),
        tune.rejected(),
        tune.unknown
    );
    Ok(Measured { value: check.rejected(), n: check.unknown, note: Some(note), ..Measured::default() })
}

fn recognise(stage: &Stage, name: &str, catalogue: &str, list: &str) -> Result<Run, String> {
    let data = groceries(stage)?;
    let folder = stage.folder(&format!("recognition-{name}"))?;
    let list = thinned(&data.join(list), stage.pick(QUICK_EVERY, 1), &folder)?;
    let (catalogue, decisions) = (data.join(catalogue), folder.join("decisions.jsonl"));
    let mut command = program(stage);
    command.args(["recognise", "--json", "--catalog"]).arg(&catalogue).arg("--images").arg(&list);
    let report = folder.join("report.json");
    answer(command.arg("--per-image").arg(&decisions).arg("--report").arg(&report))?;
    let report = by_stratum(&report)?;
    let text = fs::read_to_string(&decisions).map_err(|error| format!("{}: {error}", decisions.display()))?;
    let read = text.lines().map(serde_json::from_str).collect::<Result<Vec<Decision>, _>>();
    let decisions = read.map_err(|error| format!("a decision can't be read: {error}"))?;
    Ok(Run { decisions, strata: strata(&catalogue)?, catalogue, list, report })
}

/// What `--report` wrote.
pub fn by_stratum(file: &Path) -> Result<serde_json::Value, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{} can't be read: {error}", file.display()))
}

/// A quick run takes every so many-th picture.
const QUICK_EVERY: usize = 12;

/// `hawker-cli`, with the runtime of models beside it.
pub fn program(stage: &Stage) -> Command {
    let mut command = Command::new(stage.workspace.program(stage.programs.folder(), "hawker-cli"));
    if set("ORT_DYLIB_PATH").is_none() {
        command.env("ORT_DYLIB_PATH", runtime::library_path(&stage.workspace.cache));
    }
    command.current_dir(&stage.workspace.root);
    command
}

/// What a program prints last. Errors: what it said was wrong.
pub fn answer(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name} can't be started: {error}"))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().last().unwrap_or_default().to_owned();
    if output.status.success() {
        Ok(said(&output.stdout))
    } else {
        Err(format!("{name} failed: {}", said(&output.stderr)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(path: &str, sku: &str, first: &str, pin: &str) -> Decision {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Decision {
            path: path.to_owned(),
            sku: text(sku),
            ranking: vec![(first.to_owned(), 0.5)],
            pin: text(pin),
            ms: 9.0,
        }
    }

    #[test]
    fn a_pin_on_an_unknown_thing_is_a_wrong_one_and_no_coverage() {
        let all = [
            decision("1", "A", "A", "A"),
            decision("2", "A", "B", "B"),
            decision("3", "B", "B", ""),
            decision("4", "", "A", "A"),
            decision("5", "", "A", ""),
        ];
        let share = Share::of(all.iter());
        assert!((share.first() - 2.0 / 3.0).abs() < 1e-9 && (share.coverage() - 2.0 / 3.0).abs() < 1e-9);
        assert!((share.precision() - 1.0 / 3.0).abs() < 1e-9 && (share.rejected() - 0.5).abs() < 1e-9);
        assert_eq!((Share::default().precision(), Share::default().first()), (1.0, 0.0));
    }

    #[test]
    fn a_product_among_the_first_three_counts_and_one_after_them_does_not() {
        let ranked = |ranking: &[&str]| Decision {
            ranking: ranking.iter().map(|sku| ((*sku).to_owned(), 0.5)).collect(),
            ..decision("1", "A", "A", "")
        };
        let all = [ranked(&["A", "B"]), ranked(&["B", "C", "A"]), ranked(&["B", "C", "D", "A"]), ranked(&[])];
        let share = Share::of(all.iter());
        assert!((share.among_three() - 0.5).abs() < 1e-9 && (share.first() - 0.25).abs() < 1e-9);
    }
}
