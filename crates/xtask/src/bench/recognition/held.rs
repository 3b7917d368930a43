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
const SEEDS: [u64; 8] = [21, 22, 23, 24, 25, 26, 27, 28];
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
        "of those pinned, slowest clip; {pinned} of {held} pinned; {}; seeds {seeds:?} of unseen goods",
        seen_of_wrong_pins(wrong, hours)
    );
    // One that is never pinned is slower than any: more than one of twenty breaks a p95.
    let missed = held.saturating_sub(pinned) * 20 > held;
    let broken = missed || wrong > allowed_wrong_pins(hours);
    let strata = |(seed, report): (&u64, &Report)| json!({ "seed": seed, "report": report.strata });
    let table = seeds.iter().zip(&reports).map(strata).collect::<Vec<_>>();
    Ok(Measured { value, n: held, table: Some(table.into()), note: Some(note), broken, ..Measured::default() })
}

/// Wrong pins that the bar leaves in so much time: none below an hour. Clips of minutes can break the bar; they can't show that
/// it holds, see [`at_most`].
fn allowed_wrong_pins(hours: f64) -> u64 {
    (WRONG_PINS_PER_HOUR * hours).floor() as u64
}

/// What was seen, and how much that says.
fn seen_of_wrong_pins(wrong: u64, hours: f64) -> String {
    format!(
        "{wrong} wrong pins in {:.1} min looked at ({} allowed, the bar is {WRONG_PINS_PER_HOUR} an hour), which shows at most {:.1} \
         an hour at 95 %",
        hours * 60.0,
        allowed_wrong_pins(hours),
        at_most(wrong) / hours.max(f64::EPSILON)
    )
}

/// How many events may be usual where so many were seen, at 95 %: the mean of a Poisson distribution of which that few are seen one
/// time in twenty. Of none that is 3 (the rule of three).
fn at_most(seen: u64) -> f64 {
    let so_few = |mean: f64| {
        let mut term = (-mean).exp();
        let mut sum = term;
        for count in 1..=seen {
            term *= mean / count as f64;
            sum += term;
        }
        sum
    };
    let (mut low, mut high) = (0.0, 10.0 + 3.0 * seen as f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if so_few(middle) > 0.05 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_pin_in_less_than_an_hour_breaks_the_bar_and_the_note_says_what_minutes_can_show() {
        let minutes = 8.0 * 86.0 / 60.0;
        assert_eq!(allowed_wrong_pins(minutes / 60.0), 0);
        assert_eq!((allowed_wrong_pins(1.0), allowed_wrong_pins(2.9)), (1, 2));
        let note = seen_of_wrong_pins(0, minutes / 60.0);
        assert!(note.contains("in 11.5 min") && note.contains("at most 15.7 an hour"), "{note}");
    }

    #[test]
    fn what_was_seen_bounds_what_may_be_usual() {
        // Source: the upper limits of a Poisson mean, one-sided 95 %.
        for (seen, most) in [(0, 2.996), (1, 4.744), (2, 6.296), (5, 10.513)] {
            assert!((at_most(seen) - most).abs() < 0.001, "{seen}: {}", at_most(seen));
        }
    }
}
