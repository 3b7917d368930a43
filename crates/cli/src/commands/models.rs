//! `hawker models …`: which models are there, and fetching those that did not come along.

use super::{blocking, json_line};
use crate::args::Models;
use crate::execute::CommandError;
use crate::output::Output;
use hawker_studio::{ModelLine, PullProgress, PulledModel, StudioConfig, list_models, pull_models};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// A terminal is told this often how far a download is, a log file less.
const TERMINAL_EVERY: Duration = Duration::from_millis(200);
const LOG_EVERY: Duration = Duration::from_secs(10);

pub async fn run(command: &Models, config: &StudioConfig, output: &Output, json: bool) -> Result<(), CommandError> {
    match command {
        Models::List => list(config, output, json).await,
        Models::Pull { names } => pull(names, config, output, json).await,
    }
}

async fn list(config: &StudioConfig, output: &Output, json: bool) -> Result<(), CommandError> {
    let config = config.clone();
    let models = blocking(move || list_models(&config)).await?;
    if json {
        return Ok(output.line(&json_line(&models)?).await?);
    }
    for model in &models {
        output.line(&sentence(model)).await?;
    }
    Ok(output.line(&format!("{} models", models.len())).await?)
}

fn sentence(model: &ModelLine) -> String {
    let roles = if model.roles.is_empty() { "-".to_owned() } else { model.roles.join(", ") };
    let (name, family, state) = (&model.name, &model.family, model.state.as_str());
    let why = model.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{name}\t{roles}\t{family}\t{}\t{}\t{state}{why}", megabytes(model.bytes), model.licence)
}

async fn pull(names: &[String], config: &StudioConfig, output: &Output, json: bool) -> Result<(), CommandError> {
    let mut meter = Meter::new();
    let pulled = pull_models(config, names, &mut |progress| meter.tell(progress)).await;
    meter.end();
    let pulled = pulled?;
    if json {
        return Ok(output.line(&json_line(&pulled)?).await?);
    }
    for PulledModel { name, bytes, fetched } in &pulled {
        let what = if *fetched { "fetched" } else { "there already" };
        output.line(&format!("{name}\t{}\t{what}", megabytes(*bytes))).await?;
    }
    if pulled.is_empty() {
        output.line("no model has an address to fetch it from; `hawker models list` says which are there").await?;
    }
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// How far a download is, on stderr: one line that is written over on a terminal, a line now and then in a file.
struct Meter {
    is_terminal: bool,
    told: Option<Instant>,
    /// The terminal's cursor stands behind a line that is not over.
    is_open: bool,
}

impl Meter {
    fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), told: None, is_open: false }
    }

    fn tell(&mut self, progress: PullProgress<'_>) {
        let every = if self.is_terminal { TERMINAL_EVERY } else { LOG_EVERY };
        let is_whole = progress.bytes == progress.total;
        if !is_whole && self.told.is_some_and(|told| told.elapsed() < every) {
            return;
        }
        self.told = Some(Instant::now());
        let line = meter_line(progress);
        let mut stderr = std::io::stderr().lock();
        // Nobody fails a download because nobody reads how far it is.
        let _ = if self.is_terminal { write!(stderr, "\r{line}\x1b[K") } else { writeln!(stderr, "{line}") };
        let _ = stderr.flush();
        self.is_open = self.is_terminal;
        if is_whole {
            drop(stderr);
            self.end();
            self.told = None;
        }
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.is_open) {
            eprintln!();
        }
    }
}

fn meter_line(PullProgress { name, bytes, total }: PullProgress<'_>) -> String {
    let share = bytes as f64 * 100.0 / total.max(1) as f64;
    format!("{name}: {share:.0} % of {}", megabytes(total))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_studio::ModelState;

    #[test]
    fn a_line_says_what_a_model_is_for_and_what_is_wrong_with_it() {
        let model = ModelLine {
            name: "big".into(),
            roles: vec!["detector", "embedder"],
            family: "nanodet".into(),
            bytes: 12_340_000,
            licence: "MIT".into(),
            state: ModelState::Missing,
            why: Some("fetch it".into()),
            url: None,
        };
        assert_eq!(sentence(&model), "big\tdetector, embedder\tnanodet\t12.3 MB\tMIT\tmissing: fetch it");
        let idle = ModelLine { roles: Vec::new(), state: ModelState::Present, why: None, ..model };
        assert_eq!(sentence(&idle), "big\t-\tnanodet\t12.3 MB\tMIT\tpresent");
    }

    #[test]
    fn the_meter_counts_to_a_hundred() {
        let at = |bytes| meter_line(PullProgress { name: "big", bytes, total: 2_000_000 });
        assert_eq!(at(0), "big: 0 % of 2.0 MB");
        assert_eq!(at(1_000_000), "big: 50 % of 2.0 MB");
        assert_eq!(at(2_000_000), "big: 100 % of 2.0 MB");
        assert_eq!(meter_line(PullProgress { name: "none", bytes: 0, total: 0 }), "none: 0 % of 0.0 MB");
    }
}
