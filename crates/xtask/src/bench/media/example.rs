//! Rows that the media crate measures itself, without a show: its examples print one line of JSON.

use crate::bench::figure::Measured;
use crate::bench::parts::stage::Stage;
use crate::exec::cargo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::process::Stdio;

/// An hour of synthetic sources on a hand-driven clock.
#[derive(Debug, Deserialize)]
pub struct Hour {
    /// The largest offset in either direction, milliseconds; sound behind picture is more than 0.
    pub offset_ms: f64,
    pub slope_ms_per_min: f64,
    pub minutes: f64,
    /// Marks looked at.
    pub n: u64,
}

/// Skin smoothing on one core.
#[derive(Debug, Deserialize)]
struct Skin {
    /// Median of a 720p frame at strength 50, milliseconds.
    ms: f64,
    #[serde(default)]
    p95_ms: Option<f64>,
    n: u64,
}

/// Row 10. Errors: the example is not there or fails.
pub fn skin(stage: &Stage) -> Result<Measured, String> {
    let skin: Skin = run(stage, "smooth")?;
    let note = skin.p95_ms.map(|p95| format!("median; p95 {p95:.2} ms"));
    Ok(Measured { value: skin.ms, n: skin.n, note, ..Measured::default() })
}

/// Builds and runs an example of the media crate and reads its last line. Always optimised: the other build says nothing
/// of a pixel's cost. Errors: it is not there, does not build, fails, or says something else.
pub fn run<T: DeserializeOwned>(stage: &Stage, name: &str) -> Result<T, String> {
    let file = format!("crates/media/examples/{name}.rs");
    if !stage.workspace.root.join(&file).is_file() {
        return Err(format!("{file} is not there"));
    }
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "-p", "hawker-media", "--example", name]);
    let output = command.current_dir(&stage.workspace.root).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cargo can't be started: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{file} failed: {}", said.lines().last().unwrap_or_default()));
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = said.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| format!("what {file} says can't be read: {error}"))
}
