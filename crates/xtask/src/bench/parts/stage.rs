//! What every measurement starts from: programs, fresh data, the demo clip.

use crate::bench::{Build, figure::Mode};
use crate::run::demo_data::DemoData;
use crate::run::live::{Line, LiveShow, Next};
use crate::setup::runtime;
use crate::workspace::{Workspace, set};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A show that is not on air by then never will be.
const ON_AIR_WITHIN: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);
/// What a log is looked through for when a show failed, from its end.
const LAST_WORDS: usize = 40;

pub struct Stage {
    pub workspace: Workspace,
    pub mode: Mode,
    pub programs: Build,
}

/// Size, rate and bitrate of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    pub bitrate_bps: u32,
}

impl Canvas {
    /// 720p30 at 2.5 Mbit/s.
    pub const HD: Self = Self { width: 1280, height: 720, fps: 30, bitrate_bps: 2_500_000 };
    /// 1080p30 at 4 Mbit/s.
    pub const FULL_HD: Self = Self { width: 1920, height: 1080, fps: 30, bitrate_bps: 4_000_000 };
    /// Small enough that nothing but the thing looked at counts.
    pub const SMALL: Self = Self { width: 640, height: 360, fps: 30, bitrate_bps: 1_000_000 };

    pub fn name(self) -> String {
        format!("{}p{}", self.height, self.fps)
    }
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

    /// An example that was built with the programs.
    pub fn example(&self, name: &str) -> PathBuf {
        let folder = self.workspace.target.join(self.programs.folder()).join("examples");
        folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
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

    /// Changes one of the studio's settings, as a person would. Errors: its own words.
    pub fn set(&self, data: &DemoData, name: &str, value: &str) -> Result<(), String> {
        let mut command = data.command(&self.workspace.program(self.programs.folder(), "hawker-cli"));
        let output = command.args(["settings", "set", name, value]).stdin(Stdio::null()).output();
        let output = output.map_err(|error| format!("hawker-cli can't be started: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{name} can't be set: {}", last_error(&String::from_utf8_lossy(&output.stderr))))
    }

    /// Sets size, rate and bitrate of the picture. Errors: as [`Stage::set`].
    pub fn canvas(&self, data: &DemoData, canvas: Canvas) -> Result<(), String> {
        for (name, value) in [
            ("width", canvas.width),
            ("height", canvas.height),
            ("fps", canvas.fps),
            ("video_bitrate_bps", canvas.bitrate_bps),
        ] {
            self.set(data, name, &value.to_string())?;
        }
        Ok(())
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
        let log = self.log()?;
        let file = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut show = LiveShow::start(command.stderr(file)).map_err(|trouble| trouble.to_string())?;
        let started = Instant::now();
        let mut since = None;
        let mut lines = Vec::new();
        loop {
            match show.next(LOOK) {
                Next::Line(line) => {
                    if line.is_on_air() {
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
        let words = || last_error(&fs::read_to_string(&log).unwrap_or_default());
        let on_air = since.ok_or_else(|| format!("the show never got on air: {}", words()))?;
        if !status.success() {
            return Err(format!("the show ended with {status}: {}", words()));
        }
        let _ = fs::remove_file(&log);
        Ok(Played { lines, on_air })
    }

    /// A file for what a show says on standard error; two at once have two.
    fn log(&self) -> Result<PathBuf, String> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let folder = self.workspace.kept("bench").join("logs");
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(folder.join(format!("show-{}-{number}.log", std::process::id())))
    }
}

/// What a program said was wrong: its last line that says so, else its last line.
fn last_error(said: &str) -> String {
    let lines = || said.lines().rev().map(str::trim).filter(|line| !line.is_empty()).take(LAST_WORDS);
    let words = lines().find_map(|line| line.strip_prefix("error: ")).or_else(|| lines().next());
    words.unwrap_or("it said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_refuses_is_quoted() {
        let usage = "error: invalid value 'both' for '--canvas <CANVAS>'\n  [possible values: 16:9]\n\nFor more information, try '--help'.\n";
        assert_eq!(last_error(usage), "invalid value 'both' for '--canvas <CANVAS>'");
        assert_eq!(last_error("no camera\n\n"), "no camera");
        assert_eq!(last_error(""), "it said nothing");
    }
}
