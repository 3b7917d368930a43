//! What else a person could take: Python with the same models, and its libraries that search. In a virtual environment of the
//! bench's own, made once from PyPI.

use super::pictures::answer;
use crate::bench::parts::stage::Stage;
use crate::exec::{run, say};
use crate::setup::tools::python;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Exact versions: a figure beside another of last month must mean the same.
const PACKAGES: [&str; 5] =
    ["numpy==2.2.6", "onnxruntime==1.22.1", "pillow==11.3.0", "faiss-cpu==1.11.0", "hnswlib==0.8.0"];

const SCRIPT: &str = include_str!("peers.py");

/// Share of pictures whose nearest catalogue photo, by the cosine of the plain averaged vectors, is of the right product.
pub fn plain_vectors(stage: &Stage, catalogue: &Path, list: &Path) -> Result<f64, String> {
    #[derive(Deserialize)]
    struct First {
        first: f64,
    }
    ask::<First>(stage, "plain", &[catalogue, list]).map(|found| found.first)
}

/// What the script says of one thing, as one line of JSON. Errors: the environment can't be made, or the script fails.
pub fn ask<T: DeserializeOwned>(stage: &Stage, what: &str, paths: &[&Path]) -> Result<T, String> {
    let python = environment(stage)?;
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT, what]).arg(stage.workspace.root.join("models"));
    command.arg(stage.pick(60, 400).to_string()).args(paths);
    let said = answer(&mut command)?;
    serde_json::from_str(&said).map_err(|error| format!("what peers.py says can't be read: {error}"))
}

/// Its Python; packages that are there already are not asked for again.
fn environment(stage: &Stage) -> Result<PathBuf, String> {
    let folder = stage.workspace.kept("bench").join("python");
    let python_inside = if cfg!(windows) { folder.join("Scripts/python.exe") } else { folder.join("bin/python") };
    let (stamp, wanted) = (folder.join("packages"), PACKAGES.join(" "));
    if fs::read_to_string(&stamp).is_ok_and(|known| known == wanted) {
        return Ok(python_inside);
    }
    say("making a Python environment for the peers");
    let next = "the peers need Python's venv module and PyPI";
    let made = run(Command::new(python()).args(["-m", "venv"]).arg(&folder), next);
    made.map_err(|trouble| trouble.to_string())?;
    let mut pip = Command::new(&python_inside);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    run(&mut pip, next).map_err(|trouble| trouble.to_string())?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(python_inside)
}
