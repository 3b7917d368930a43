//! What every measurement starts from: programs, fresh data, the demo clip.

use super::super::{Build, figure::Mode};
use crate::run::demo_data::DemoData;
use crate::run::live::{Line, LiveShow, Next};
use crate::setup::runtime;
use crate::workspace::{Workspace, set};
use hawker_wire::live::LiveEvent;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A show that is not on air by then never will be.
const ON_AIR_WITHIN: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);

pub struct Stage {
    pub workspace: Workspace,
    pub mode: Mode,
    pub programs: Build,
}

/// What happened while [`Stage::play`] watched.
pub struct Played {
    pub lines: Vec<Line>,
    pub on_air: Instant,
}

impl Stage {
    /// Quick or full, whichever is asked for.
    pub fn pick<T>(&self, quick: T, full: T) -> T {
        if self.mode == Mode::Full { full } else { quick }
    }

    pub fn clip(&self) -> Result<PathBuf, String> {
        let clip = self.workspace.root.join("assets/demo/clip.mp4");
        if clip.is_file() { Ok(clip) } else { Err("assets/demo/clip.mp4 is not there".to_owned()) }
    }

    /// An empty folder of its own, emptied before each use.
    pub fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.workspace.kept("bench").join(name);
        let gone = fs::remove_dir_all(&folder);
        if let Err(error) = gone
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(format!("{}: {error}", folder.display()));
        }
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }

    /// Fresh data in `folder`, with or without the demo catalogue.
    pub fn data(&self, folder: &Path, with_catalogue: bool) -> Result<DemoData, String> {
        let data = DemoData::open(folder).map_err(|trouble| trouble.to_string())?;
        if with_catalogue {
            let cli = self.workspace.program(self.programs.folder(), "hawker-cli");
            data.import(&self.workspace, &cli).map_err(|trouble| trouble.to_string())?;
        }
        Ok(data)
    }

    /// `hawker-cli --data-dir … --json live`, ready for the show's own options.
    pub fn live(&self, data: &DemoData) -> Command {
        let mut command = data.command(&self.workspace.program(self.programs.folder(), "hawker-cli"));
        command.args(["--json", "live"]).current_dir(&self.workspace.root);
        if set("ORT_DYLIB_PATH").is_none() {
            command.env("ORT_DYLIB_PATH", runtime::library_path(&self.workspace.cache));
        }
        command
    }

    /// Without models there is no recognition: a folder whose manifest names none of ours.
    pub fn without_recognition<'a>(&self, folder: &Path, command: &'a mut Command) -> Result<&'a mut Command, String> {
        let models = folder.join("no-models");
        let manifest = "version = 1\n[roles]\ndetector = \"none\"\nembedder = \"none\"\n[model]\n";
        crate::workspace::write(&models.join("manifest.toml"), manifest.as_bytes())
            .map_err(|error| error.to_string())?;
        Ok(command.env("HAWKER_MODELS", models))
    }

    /// Lets a show run `on_air` long, ends it and reads it to its end. `watch` is called every 50 ms and with each line.
    pub fn play(
        &self,
        command: &mut Command,
        on_air: Duration,
        watch: &mut dyn FnMut(&LiveShow, Option<&Line>),
    ) -> Result<Played, String> {
        let mut show = LiveShow::start(command).map_err(|trouble| trouble.to_string())?;
        let started = Instant::now();
        let mut since = None;
        let mut lines = Vec::new();
        loop {
            match show.next(LOOK) {
                Next::Line(line) => {
                    if matches!(line.event.as_ref().map(|line| &line.event), Some(LiveEvent::OnAir { .. })) {
                        since.get_or_insert(line.at);
                    }
                    watch(&show, Some(&line));
                    lines.push(*line);
                }
                Next::Nothing => watch(&show, None),
                Next::Ended => break,
            }
            let never = since.is_none() && started.elapsed() > ON_AIR_WITHIN;
            if never || since.is_some_and(|since| since.elapsed() >= on_air) {
                show.end();
            }
        }
        let status = show.wait().map_err(|trouble| trouble.to_string())?;
        let on_air = since.ok_or_else(|| format!("the show never got on air ({status})"))?;
        if !status.success() {
            return Err(format!("the show ended with {status}"));
        }
        Ok(Played { lines, on_air })
    }
}
