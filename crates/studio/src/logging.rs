//! Logs: on stderr for who looks, and rotating by day in the data directory for who has to find out later.

use crate::errors::{Outcome, internal};
use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// Days of logs that are kept.
const KEPT_DAYS: usize = 14;

/// Starts logging. Keep the guard: dropping it flushes. `verbose` shows more on stderr; HAWKER_LOG overrides both.
/// Errors: `internal` when the directory can't be written.
pub fn start(logs_dir: &Path, verbose: bool) -> Outcome<WorkerGuard> {
    crate::data_dir::create_private(logs_dir)?;
    let files = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("hawker")
        .filename_suffix("log")
        .max_log_files(KEPT_DAYS)
        .build(logs_dir)
        .map_err(|error| internal(&format!("can't write logs to {}", logs_dir.display()), error))?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let filter = |fallback: &str| EnvFilter::try_from_env("HAWKER_LOG").unwrap_or_else(|_| EnvFilter::new(fallback));
    let file = tracing_subscriber::fmt::layer().json().with_writer(writer).with_filter(filter("info"));
    let shown = if verbose { "info" } else { "warn" };
    let stderr =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).with_filter(filter(shown));
    // A second start in one process (tests) keeps the first.
    let _ = tracing_subscriber::registry().with(file).with(stderr).try_init();
    Ok(guard)
}
