//! What else a person could run for the same job: the ffmpeg program, a plain GStreamer pipeline and OBS, each with the
//! same clip, card, encoder settings, server and recording as ours.

mod ffmpeg;
mod gst;
mod obs;
mod ours;
mod screen;

use crate::bench::parts::stage::{Canvas, Stage};
use crate::run::signals;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub use screen::Screen;

/// Keyframes are two seconds apart, everywhere.
const KEYFRAME_S: u32 = 2;
const AUDIO_BPS: u32 = 128_000;
const END_WITHIN: Duration = Duration::from_secs(30);

/// One of them; in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    Ours,
    Ffmpeg,
    GstLaunch,
    Obs,
}

impl Peer {
    pub const ALL: [Self; 4] = [Self::Ours, Self::Ffmpeg, Self::GstLaunch, Self::Obs];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "hawker",
            Self::Ffmpeg => "ffmpeg CLI",
            Self::GstLaunch => "gst-launch",
            Self::Obs => "OBS",
        }
    }
}

/// What is shown.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A clip in the canvas's size.
    Clip(PathBuf),
    /// An X display.
    Screen(String),
}

/// What one of them is to do.
pub struct Job<'a> {
    pub stage: &'a Stage,
    /// An empty folder of its own.
    pub folder: PathBuf,
    pub canvas: Canvas,
    pub shown: Shown,
    /// Picture of the card and its left and top, pixels.
    pub card: (PathBuf, u32, u32),
    /// With the stream's name at its end.
    pub url: String,
}

impl Job<'_> {
    /// Starts `peer` on it. Errors: what is missing, or its own words.
    pub fn start(&self, peer: Peer) -> Result<Running, String> {
        match peer {
            Peer::Ours => ours::start(self),
            Peer::Ffmpeg => ffmpeg::start(self),
            Peer::GstLaunch => gst::start(self),
            Peer::Obs => obs::start(self),
        }
    }

    /// What the program says goes here.
    fn log(&self) -> PathBuf {
        self.folder.join("said.log")
    }

    fn recording(&self) -> PathBuf {
        self.folder.join("recording.mkv")
    }

    fn spawn(&self, command: &mut Command) -> Result<Running, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let log = std::fs::File::create(self.log()).map_err(|error| format!("{}: {error}", self.log().display()))?;
        let twin = log.try_clone().map_err(|error| error.to_string())?;
        signals::detach(command);
        let child = command.stdin(Stdio::null()).stdout(log).stderr(twin).spawn();
        let child = child.map_err(|error| format!("{name} can't be started: {error}"))?;
        Ok(Running { child, folder: self.folder.clone(), log: self.log(), beside: None })
    }
}

/// One that runs. It ends when dropped.
pub struct Running {
    child: Child,
    folder: PathBuf,
    log: PathBuf,
    /// A display it needs.
    beside: Option<Screen>,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it ended by itself.
    pub fn is_over(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it as Ctrl-C would and gives its recording, if it left one.
    pub fn end(mut self) -> Option<PathBuf> {
        signals::interrupt(&mut self.child);
        let asked = Instant::now();
        while !self.is_over() && asked.elapsed() < END_WITHIN {
            std::thread::sleep(Duration::from_millis(20));
        }
        recording_in(&self.folder)
    }

    /// The end of what it said, for an error.
    pub fn last_words(&self) -> String {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let mut lines: Vec<&str> = said.lines().rev().filter(|line| !line.trim().is_empty()).take(3).collect();
        lines.reverse();
        lines.join(" | ")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
        drop(self.beside.take());
    }
}

/// The biggest film in a folder.
fn recording_in(folder: &Path) -> Option<PathBuf> {
    let films = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let films = films.filter(|path| path.extension().is_some_and(|ending| ending == "mkv" || ending == "mp4"));
    films.max_by_key(|path| std::fs::metadata(path).map_or(0, |meta| meta.len()))
}
