//! `cargo xtask bench AREA`: measures every row of an area's table with the real programs and prints them as JSON.

mod commerce;
mod figure;
mod keep;
pub mod media;
mod parts;
mod recognition;
mod show;

use crate::exec::{cargo, run, say};
use crate::test::commit;
use crate::trouble::{Outcome, Trouble};
use crate::workspace::Workspace;
use figure::{Circumstance, Figure, Measured, Mode, Row};
use keep::{Kept, Report};
use parts::stage::Stage;
use std::io::Write;
use std::process::ExitCode;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// Which table.
    area: Area,
    /// Print the figures as JSON on standard output.
    #[arg(long)]
    json: bool,
    /// Full sample sizes; finished rows of the same commit are not measured again.
    #[arg(long)]
    full: bool,
    /// Measure the development build, as `run` and `test` use it; every figure then says so.
    #[arg(long)]
    dev: bool,
    /// Measure one row, by its number or its short name; the others are printed as kept.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Area {
    Commerce,
    Media,
    Recognition,
    Show,
}

impl Area {
    fn name(self) -> &'static str {
        match self {
            Self::Commerce => "commerce",
            Self::Media => "media",
            Self::Recognition => "recognition",
            Self::Show => "show",
        }
    }

    fn rows(self) -> &'static [Row] {
        match self {
            Self::Commerce => commerce::ROWS,
            Self::Media => media::ROWS,
            Self::Recognition => recognition::ROWS,
            Self::Show => show::ROWS,
        }
    }

    /// Measures `wanted`, handing each result on as it is there: one run can serve several rows.
    fn measure(
        self,
        workspace: &Workspace,
        mode: Mode,
        build: Build,
        wanted: &[&Row],
        done: &mut Done<'_>,
    ) -> Outcome<()> {
        match self {
            Self::Commerce => commerce::measure(workspace, mode, build, wanted, done),
            Self::Media => media::measure(workspace, mode, build, wanted, done),
            Self::Recognition => recognition::measure(workspace, mode, build, wanted, done),
            Self::Show => show::measure(workspace, mode, build, wanted, done),
        }
    }
}

/// Which programs are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    Release,
    /// Dependencies and the crates that touch every pixel are optimised, the rest is not.
    Development,
}

impl Build {
    /// Folder of its programs below the target folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Development => "debug",
        }
    }

    /// A figure of a build that nobody ships says so.
    fn noted(self, measured: Measured) -> Measured {
        if self == Self::Release {
            return measured;
        }
        let note = measured.note.map(|note| format!("; {note}")).unwrap_or_default();
        Measured { note: Some(format!("development build{note}")), ..measured }
    }
}

/// Takes one row's result.
pub type Done<'a> = dyn FnMut(u32, Result<Measured, String>) -> Outcome<()> + 'a;

/// One row's own measurement.
type Measure = fn(&Stage) -> Result<Measured, String>;

/// Measures those of `measures` that are wanted, in their order. One that can't be measured says why. Errors: those of `done`.
fn measure_rows(stage: &Stage, wanted: &[&Row], measures: &[(u32, Measure)], done: &mut Done<'_>) -> Outcome<()> {
    for (row, measure) in measures {
        if let Some(row) = wanted.iter().find(|wanted| wanted.row == *row) {
            say(format!("measuring: {}", row.name));
            done(row.row, measure(stage))?;
        }
    }
    Ok(())
}

/// Those of `rows` that are wanted, all out of one run, which is made only where one is. `words`: what that run is. Errors:
/// those of `done`.
fn measure_together<R>(
    words: &str,
    wanted: &[&Row],
    rows: &[u32],
    run: impl FnOnce() -> Result<R, String>,
    of: impl Fn(u32, &R) -> Result<Measured, String>,
    done: &mut Done<'_>,
) -> Outcome<()> {
    let wanted: Vec<u32> = rows.iter().copied().filter(|row| wanted.iter().any(|wanted| wanted.row == *row)).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    say(format!("measuring: {words}"));
    let found = run();
    for row in wanted {
        done(row, found.as_ref().map_err(Clone::clone).and_then(|found| of(row, found)))?;
    }
    Ok(())
}

/// Builds `what` of the workspace, as arguments of `cargo build`, and hands out the stage to measure on. Errors: `Failed`.
fn build(workspace: &Workspace, mode: Mode, programs: Build, what: &[&str]) -> Outcome<Stage> {
    say("building the programs; the first time takes many minutes");
    let mut command = cargo();
    command.arg("build").args(what);
    if programs == Build::Release {
        command.arg("--release");
    }
    run(command.current_dir(&workspace.root), "see the compiler's own words above")?;
    Ok(Stage { workspace: workspace.clone(), mode, programs })
}

/// The programs of a show: rows with recognition pin products, and a card names its viewer page.
const OF_A_SHOW: [&str; 4] = ["-p", "hawker-cli", "-p", "hawker-platform"];

/// Measures, keeps and prints. Exit code 0 whether the bars hold or not: the JSON says; 1 where something asked for could not
/// be measured, such as a peer that did not start. Errors: `Unmet`, `File`.
pub fn bench(workspace: &Workspace, options: &Bench) -> Outcome<ExitCode> {
    let (area, rows) = (options.area, options.area.rows());
    let mode = if options.full { Mode::Full } else { Mode::Quick };
    let circumstance = Circumstance { mode, commit: commit(workspace), measured_at: now()? };
    let mut kept = Kept::open(&workspace.kept("bench").join(format!("{}.json", area.name())));
    let asked: Vec<&Row> = rows.iter().filter(|row| is_asked(row, options.only.as_deref())).collect();
    if asked.is_empty() {
        let keys: Vec<&str> = rows.iter().map(|row| row.key).collect();
        return Err(Trouble::unmet("no row has that name", format!("take a number or one of: {}", keys.join(", "))));
    }
    let wanted: Vec<&Row> =
        asked.into_iter().filter(|row| !kept.is_finished(row.row, mode, &circumstance.commit)).collect();
    let programs = if options.dev { Build::Development } else { Build::Release };
    let mut incomplete = false;
    area.measure(workspace, mode, programs, &wanted, &mut |number, found| {
        let Some(row) = rows.iter().find(|row| row.row == number) else { return Ok(()) };
        incomplete |= found.as_ref().map_or(true, |found| found.incomplete);
        let found = found.map(|measured| programs.noted(measured));
        let figure = Figure::of(row, found, &circumstance);
        say(sentence(&figure));
        kept.put(area.name(), figure)
    })?;
    let figures = rows.iter().map(|row| {
        let never = || Figure::of(row, Err("not measured yet".to_owned()), &circumstance);
        kept.find(row.row).cloned().unwrap_or_else(never)
    });
    let report = Report { area: area.name().to_owned(), figures: figures.collect() };
    if options.json {
        let text = serde_json::to_string(&report).map_err(|error| Trouble::unreadable("the figures", error))?;
        writeln!(std::io::stdout(), "{text}").map_err(|error| Trouble::unreadable("standard output", error))?;
    } else {
        report.figures.iter().map(sentence).for_each(say);
    }
    Ok(if incomplete { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn is_asked(row: &Row, only: Option<&str>) -> bool {
    only.is_none_or(|only| only == row.key || only == row.row.to_string())
}

fn sentence(figure: &Figure) -> String {
    let value = figure.value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.2} {}", figure.unit));
    let peer = figure.peer.as_ref().map(|peer| format!("; {} {:.2}", peer.name, peer.value)).unwrap_or_default();
    let note = figure.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
    let holds = if figure.holds { "holds" } else { "DOES NOT HOLD" };
    format!("{}. {}: {value} (n {}){peer}{note}: {holds}", figure.row, figure.name, figure.n)
}

fn now() -> Outcome<String> {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    now.format(&Rfc3339).map_err(|error| Trouble::unreadable("the time of day", error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use figure::Op;
    use std::cell::Cell;

    fn row(row: u32) -> Row {
        Row { row, key: "k", name: "n", unit: "", op: Op::AtMost, bar: 1.0 }
    }

    fn stage() -> Stage {
        let workspace = Workspace { root: "/w".into(), target: "/t".into(), cache: "/c".into() };
        Stage { workspace, mode: Mode::Quick, programs: Build::Development }
    }

    #[test]
    fn only_wanted_rows_are_measured_in_the_order_of_the_table() {
        let value = |value| Ok(Measured { value, ..Measured::default() });
        let measures: [(u32, Measure); 3] = [
            (3, |_| Err("no disk".into())),
            (1, |_| Ok(Measured { value: 1.0, ..Measured::default() })),
            (2, |_| Err("never".into())),
        ];
        let [first, third] = [row(1), row(3)];
        let mut seen = Vec::new();
        let mut done = |row, found| {
            seen.push((row, found));
            Ok(())
        };
        measure_rows(&stage(), &[&first, &third], &measures, &mut done).unwrap();
        assert_eq!(seen, [(3, Err("no disk".to_owned())), (1, value(1.0))]);
    }

    #[test]
    fn rows_of_one_run_are_measured_once_and_only_where_one_is_wanted() {
        let [first, third] = [row(1), row(3)];
        for (wanted, runs_wanted, rows) in
            [(vec![], 0, vec![]), (vec![&third], 1, vec![3]), (vec![&first, &third], 1, vec![3, 1])]
        {
            let (runs, mut seen) = (Cell::new(0), Vec::new());
            let run = || {
                runs.set(runs.get() + 1);
                Ok(2.0)
            };
            let of = |_, found: &f64| Ok(Measured { value: *found, ..Measured::default() });
            let mut done = |row, _| {
                seen.push(row);
                Ok(())
            };
            measure_together("a run", &wanted, &[3, 1], run, of, &mut done).unwrap();
            assert_eq!((runs.get(), seen), (runs_wanted, rows));
        }
    }
}
