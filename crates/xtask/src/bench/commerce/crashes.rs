//! Rows 1 to 4 and 6: what is left of a seller's orders after everything that can happen to machines, disks and networks. The programs and
//! tests that do it are those of the test run, asked to do it more often.

use crate::bench::Build;
use crate::bench::figure::Measured;
use crate::bench::parts::ffmpeg::output;
use crate::bench::parts::stage::Stage;
use crate::exec::cargo;
use serde::Deserialize;
use serde_json::Value;
use std::ops::Range;
use std::process::Command;

/// Examples that are built for these rows.
pub const EXAMPLES: [&str; 4] = ["till", "synced_till", "kill_loops", "converge"];
/// Orders between two kills, on average.
const ORDERS_A_KILL: u32 = 20;
/// What the simulation's test of every run tries, and what the table asks for.
const SEEDS: (u64, u64) = (300, 10_000);

#[derive(Debug, Deserialize)]
struct Kills {
    kills: u32,
    acknowledged: u64,
    lost: u64,
    doubled: i64,
    least: i64,
    findings: Vec<String>,
}

/// Row 1. Errors, in words: the example fails.
pub fn kills(stage: &Stage) -> Result<Measured, String> {
    let orders: u32 = stage.pick(1_000, 10_000);
    let numbers = [orders, orders / ORDERS_A_KILL, 1].map(|number| number.to_string());
    // Its own status says whether a rule was broken, which its words say better.
    let said = Command::new(stage.example("kill_loops")).args(numbers).output();
    let said = said.map_err(|error| format!("kill_loops can't be started: {error}"))?;
    let report: Kills = serde_json::from_slice(&said.stdout)
        .map_err(|error| format!("kill_loops: {error}: {}", String::from_utf8_lossy(&said.stderr).trim()))?;
    Ok(of_kills(&report))
}

fn of_kills(report: &Kills) -> Measured {
    let Kills { kills, acknowledged, lost, doubled, least, findings } = report;
    let first = findings.first().map(|finding| format!("; {finding}")).unwrap_or_default();
    let note = format!(
        "{lost} lost, {doubled} doubled of {acknowledged} acknowledged, {kills} kills; lowest stock {least}{first}"
    );
    Measured {
        value: (lost + doubled.unsigned_abs()) as f64,
        n: *acknowledged,
        note: Some(note),
        broken: !findings.is_empty() || *least < 0,
        ..Measured::default()
    }
}

/// Row 6. Errors, in words: no disk of our own can be mounted, or the till fails.
#[cfg(target_os = "linux")]
pub fn cuts(stage: &Stage) -> Result<Measured, String> {
    use hawker_test_support::power::PowerCuts;
    if !crate::crash::disk_can_be_mounted() {
        return Err("not measured: no disk of our own can be mounted here; install fuse3".to_owned());
    }
    let lanes = std::thread::available_parallelism().map_or(1, usize::from);
    let till = stage.example("till");
    let cuts = PowerCuts { cuts: stage.pick(100, 1_000), seed: 1, lanes };
    let report = cuts.run(|folder| {
        let mut command = Command::new(&till);
        command.arg(folder);
        command
    });
    let report = report.map_err(|error| format!("the till on its disk: {error}"))?;
    let note = format!(
        "{} cuts, {} sales acknowledged, {} lost, {} doubled, {} rules broken, {} stores that did not open",
        report.cuts, report.acknowledged, report.lost, report.doubled, report.broken, report.failed_opens
    );
    Ok(Measured {
        value: report.lost as f64,
        n: u64::from(report.cuts),
        note: Some(note),
        broken: !report.is_clean(),
        ..Measured::default()
    })
}

#[cfg(not(target_os = "linux"))]
pub fn cuts(_: &Stage) -> Result<Measured, String> {
    Err("not measured: power cuts need a file system of our own (FUSE)".to_owned())
}

#[derive(Debug, Deserialize)]
struct Converged {
    orders: u64,
    devices: u64,
    offline_h: u64,
    seconds: f64,
    converged: bool,
}

/// Row 4. Errors, in words: the example fails.
pub fn offline(stage: &Stage) -> Result<Measured, String> {
    let said = output(&mut Command::new(stage.example("converge")))?;
    let found: Converged = serde_json::from_slice(&said).map_err(|error| format!("converge: {error}"))?;
    let Converged { orders, devices, offline_h, seconds, converged } = found;
    let agree = if converged { "all agree" } else { "they do not agree" };
    let note = format!("{orders} orders on {devices} devices, {offline_h} h by the platform's clock; {agree}");
    Ok(Measured { value: seconds, n: orders, note: Some(note), broken: !converged, ..Measured::default() })
}

/// Row 2, on all cores. Errors, in words: the simulation does not build, or so many seeds fail that it gives up; it names them.
pub fn seeds(stage: &Stage) -> Result<Measured, String> {
    let seeds: u64 = stage.pick(SEEDS.0, SEEDS.1);
    let lanes = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let said: Vec<String> = std::thread::scope(|scope| {
        let of_lane = |lane| seeds * lane / lanes..seeds * (lane + 1) / lanes;
        let start =
            |lane| scope.spawn(move || simulation(stage, "whatever_happens_to_other_seeds", Some(of_lane(lane))));
        let running: Vec<_> = (0..lanes).map(start).collect();
        running.into_iter().map(|lane| lane.join().unwrap_or_default()).collect()
    });
    let (run, violations) = of_lanes(&said)?;
    let failed: String = said.iter().flat_map(|said| stories(said)).map(|story| format!("; {story}")).collect();
    let note = format!("{violations} violations in {run} seeds of 40 acts each{failed}");
    // A seed that fails counts for nothing.
    Ok(Measured {
        value: (run - violations) as f64,
        n: run,
        note: Some(note),
        broken: violations > 0,
        ..Measured::default()
    })
}

/// Row 3. Errors, in words: the simulation does not build or says nothing.
pub fn rules(stage: &Stage) -> Result<Measured, String> {
    let said = simulation(stage, "each_rule_that_is_broken_on_purpose_is_caught", None);
    let caught = of_rules(&said);
    if caught.is_empty() {
        return Err(last_words(&said));
    }
    let table = caught.iter().map(|line| Value::from(line.as_str())).collect();
    Ok(Measured { value: caught.len() as f64, n: caught.len() as u64, table: Some(table), ..Measured::default() })
}

/// What one of the simulation's tests says.
fn simulation(stage: &Stage, test: &str, seeds: Option<Range<u64>>) -> String {
    let mut command = cargo();
    command.args(["test", "--quiet", "--locked", "-p", "hawker-sync", "--test", "sim"]);
    command.args((stage.programs == Build::Release).then_some("--release"));
    command.args(["--", "--exact", "--nocapture", test]);
    command.env("CARGO_TARGET_DIR", &stage.workspace.target).current_dir(&stage.workspace.root);
    if let Some(seeds) = seeds {
        command.env("HAWKER_SIM_SEEDS", format!("{}..{}", seeds.start, seeds.end));
    }
    match command.output() {
        Ok(output) => [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat(),
        Err(error) => error.to_string(),
    }
}

/// Seeds and violations of all lanes together. Errors: a lane was not run to its end; the seeds that failed are named, whichever lane
/// had them.
fn of_lanes(said: &[String]) -> Result<(u64, u64), String> {
    let (mut run, mut violations) = (0, 0);
    for lane in said {
        let Some((of_run, of_violations)) = of_seeds(lane) else {
            let others = said.iter().filter(|other| *other != lane).flat_map(|other| stories(other));
            return Err(std::iter::once(last_words(lane)).chain(others).collect::<Vec<_>>().join("; "));
        };
        (run, violations) = (run + of_run, violations + of_violations);
    }
    Ok((run, violations))
}

/// "300 seeds, 0 violations": both numbers.
fn of_seeds(said: &str) -> Option<(u64, u64)> {
    let line = said.lines().find(|line| line.contains(" seeds, ") && line.ends_with(" violations"))?;
    let mut numbers = line.split_whitespace().filter_map(|word| word.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

/// What the seeds that failed came to: of each the line before its story, and the seed.
fn stories(said: &str) -> Vec<String> {
    let lines: Vec<&str> = said.lines().collect();
    let told = lines.windows(2).filter_map(|pair| {
        let (seed, _) = pair.get(1)?.strip_prefix("  seed ")?.split_once(',')?;
        Some(format!("seed {seed}: {}", pair.first()?))
    });
    told.collect()
}

/// "FreshOpIds: seed 3: what was found", a line for each rule.
fn of_rules(said: &str) -> Vec<String> {
    said.lines().filter(|line| line.contains(": seed ")).map(str::to_owned).collect()
}

fn last_words(said: &str) -> String {
    let failed = stories(said);
    if !failed.is_empty() {
        return format!("not measured to the end: {}", failed.join("; "));
    }
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("the test said nothing");
    format!("not measured: {last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_simulation_says_is_read() {
        assert_eq!(of_seeds("running 1 test\n300 seeds, 2 violations\ntest result: ok"), Some((300, 2)));
        assert_eq!(of_seeds("error: could not compile"), None);
        let said = "running 1 test\nFreshOpIds: seed 0: made up: [..]\nHeadLeftOut: seed 7: lost\ntest result: ok";
        assert_eq!(of_rules(said).len(), 2);
        assert_eq!(last_words("a\n\n"), "not measured: a");
        let failed = "panicked at:\ndevice 2: too few\n  seed 301, Whole, None:\n  0: Act\n\ntest result: FAILED";
        let named = "not measured to the end: seed 301: device 2: too few";
        assert_eq!(last_words(failed), named);
        let [whole, broken] = ["300 seeds, 0 violations\n", failed].map(str::to_owned);
        assert_eq!(of_lanes(&[whole.clone(), whole.clone()]), Ok((600, 0)));
        assert_eq!(of_lanes(&[whole, broken.clone()]), Err(named.to_owned()));
        let last = "9 seeds, 1 violations\nlost\n  seed 9, Whole, None:\n".to_owned();
        assert_eq!(of_lanes(&[broken, last]), Err(format!("{named}; seed 9: lost")));
    }

    #[test]
    fn a_lost_or_doubled_order_breaks_the_row() {
        let clean = Kills { kills: 5, acknowledged: 100, lost: 0, doubled: 0, least: 0, findings: vec![] };
        let fine = of_kills(&clean);
        assert!(fine.value.abs() < f64::EPSILON && !fine.broken);
        assert!(of_kills(&Kills { least: -1, ..clean }).broken, "stock below nothing");
        let lost = Kills { kills: 5, acknowledged: 100, lost: 1, doubled: 1, least: 0, findings: vec!["x".to_owned()] };
        assert!((of_kills(&lost).value - 2.0).abs() < f64::EPSILON && of_kills(&lost).broken);
    }
}
