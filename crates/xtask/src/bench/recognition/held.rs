//! Row 8: clips with truth of products that nothing was tuned on (`cargo xtask demo-clip --unseen`), each beside its own catalogue, by
//! `hawker-cli recognise --video`.

use super::pictures::{answer, by_stratum, program};
use crate::bench::figure::{Measured, percentile};
use crate::bench::parts::stage::Stage;
use crate::demo::{DemoClip, run as render};
use crate::exec::say;
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;

/// Second bar of the row.
const WRONG_PINS_PER_HOUR: f64 = 1.0;

/// Nobody looks at what is recognised of these when thresholds and rules are made.
const SEEDS: [u64; 4] = [21, 22, 23, 24];
/// Another number when other clips are rendered: those that are kept are of no use then.
const EDITION: u32 = 1;
const SECONDS: u32 = 86;

/// What the program says of one clip.
#[derive(Debug, Deserialize)]
struct Report {
    duration_ms: f64,
    held: u64,
    pinned: u64,
    tag_latency_ms_p95: f64,
    wrong_pins: u64,
    /// By what the truth says of each time something is held.
    #[serde(skip)]
    strata: serde_json::Value,
}

/// Errors: a clip can't be rendered, or the program fails.
pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let seeds = SEEDS.get(..stage.pick(1, SEEDS.len())).unwrap_or(&SEEDS);
    let reports = seeds.iter().map(|seed| recognise(stage, *seed)).collect::<Result<Vec<_>, _>>()?;
    let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let (held, pinned, wrong) = (sum(|one| one.held), sum(|one| one.pinned), sum(|one| one.wrong_pins));
    let hours = reports.iter().map(|one| one.duration_ms).sum::<f64>() / 3_600_000.0;
    let slowest: Vec<f64> = reports.iter().map(|one| one.tag_latency_ms_p95 / 1000.0).collect();
    let value = percentile(&slowest, 1.0).filter(|_| pinned > 0).ok_or("not measured: nothing was pinned")?;
    let note = format!(
        "of those pinned, slowest clip; {pinned} of {held} pinned; {wrong} wrong pins in {:.1} min (bar {WRONG_PINS_PER_HOUR} an hour); seeds {seeds:?} of unseen goods",
        hours * 60.0
    );
    // One that is never pinned is slower than any: more than one of twenty breaks a p95.
    let missed = held.saturating_sub(pinned) * 20 > held;
    let broken = missed || wrong as f64 > WRONG_PINS_PER_HOUR * hours.max(1.0);
    let strata = |(seed, report): (&u64, &Report)| json!({ "seed": seed, "report": report.strata });
    let table = seeds.iter().zip(&reports).map(strata).collect::<Vec<_>>();
    Ok(Measured { value, n: held, table: Some(table.into()), note: Some(note), broken, ..Measured::default() })
}

fn recognise(stage: &Stage, seed: u64) -> Result<Report, String> {
    let folder = clip(stage, seed)?;
    let mut command = program(stage);
    command.args(["recognise", "--json", "--catalog"]).arg(folder.join("catalog.csv"));
    command.arg("--video").arg(folder.join("clip.mp4")).arg("--truth").arg(folder.join("clip.truth.json"));
    let strata = folder.join("report.json");
    let said = answer(command.arg("--report").arg(&strata))?;
    let report: Report =
        serde_json::from_str(&said).map_err(|error| format!("what recognise says can't be read: {error}"))?;
    Ok(Report { strata: by_stratum(&strata)?, ..report })
}

/// Rendered once and kept: it takes minutes.
fn clip(stage: &Stage, seed: u64) -> Result<PathBuf, String> {
    let folder = stage.workspace.kept("bench").join(format!("clips/unseen-{EDITION}-{seed}"));
    if folder.join("clip.truth.json").is_file() {
        return Ok(folder);
    }
    say(format!("rendering a clip of seed {seed}"));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let options = DemoClip {
        seconds: SECONDS,
        seed,
        out: folder.clone(),
        unseen: true,
        angles: false,
        catalogue: false,
        icons: false,
        check: false,
        stills: None,
    };
    render(&options, &stage.workspace.root, &mut |line| say(line)).map_err(|error| error.to_string())?;
    Ok(folder)
}
