//! What goes between the two processes. Both run on one machine, and on its one monotonic clock.
//!
//! A record is a header of 32 bytes and a payload: a picture (I420 as GStreamer lays it out), sound (F32 stereo 48
//! kHz), or, as the last one, a report in JSON; the leave of what was shared comes before the first picture. A picture
//! that lies on the shelf has no payload.

use super::super::{Shape, SourcePlan, SourceSpec, leave::Leave};
use crate::{MediaError, scene::Layout};
use hawker_domain::reason::SourceWhy;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use url::Url;

pub(super) const HEADER: usize = 32;
/// Sound that comes at once, bytes: two seconds.
const MOST_SOUND: usize = 2 * 48_000 * 8;
const MOST_WORDS: usize = 16 * 1024;

/// What the child is to decode.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    what: What,
    repeat: bool,
    width: u32,
    height: u32,
    fps: u32,
    largest: u32,
    pub sound: bool,
    /// Of a screen that the system shares only when the person says so.
    pub leave: Leave,
    /// Memory for pictures; none: they go through the pipe.
    pub shelf: Option<PathBuf>,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    Address(Url),
    /// Played from its beginning, and again.
    Clip(Url),
    /// Of this X display; none: all of it.
    Screen(Option<String>),
}

impl Job {
    /// None for what is not decoded apart. Errors: a path that no address can name.
    pub(super) fn of(plan: &SourcePlan, sound: bool) -> Result<Option<Self>, MediaError> {
        let SourcePlan::Picture { spec, shape, largest, repeat, .. } = plan else { return Ok(None) };
        let what = match spec {
            SourceSpec::Url(url) => What::Address(url.clone()),
            SourceSpec::File(path) => {
                let fail = |why: String| MediaError::Clip { path: path.clone(), why };
                let whole = path.canonicalize().map_err(|error| fail(error.to_string()))?;
                What::Clip(Url::from_file_path(&whole).map_err(|()| fail("its path is no address".into()))?)
            }
            SourceSpec::Screen { monitor } => What::Screen(monitor.clone()),
            _ => return Ok(None),
        };
        let Shape { width, height, fps } = *shape;
        Ok(Some(Self {
            what,
            repeat: *repeat,
            width,
            height,
            fps,
            largest: *largest,
            sound,
            leave: Leave::default(),
            shelf: None,
        }))
    }

    pub(super) fn largest(&self) -> u32 {
        self.largest
    }

    /// Where it fetches from; none for what fetches nothing.
    pub(super) fn uri(&self) -> Option<&Url> {
        match &self.what {
            What::Address(uri) | What::Clip(uri) => Some(uri),
            What::Screen(_) => None,
        }
    }

    pub(super) fn plan(&self) -> SourcePlan {
        let spec = match &self.what {
            What::Address(url) => SourceSpec::Url(url.clone()),
            What::Clip(uri) => uri.to_file_path().map_or_else(|()| SourceSpec::Url(uri.clone()), SourceSpec::File),
            What::Screen(monitor) => SourceSpec::Screen { monitor: monitor.clone() },
        };
        SourcePlan::Picture {
            spec,
            shape: Shape { width: self.width, height: self.height, fps: self.fps },
            largest: self.largest,
            repeat: self.repeat,
            ask: 0,
        }
    }
}

/// Why the child ended; the last record.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Report {
    pub why: String,
    pub why_code: SourceWhy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Picture {
        width: u32,
        height: u32,
    },
    /// A picture on the shelf.
    Placed {
        width: u32,
        height: u32,
        slot: u32,
    },
    Sound,
    Report,
    /// The leave, in JSON, with which it is opened again.
    Leave,
    /// Until when the clip holds the picture that it shows; without a payload.
    Hold,
    /// How many pictures its queue had no room for so far; without a payload, and the number stands for the time.
    Lost,
}

/// What stands before each payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub kind: Kind,
    /// Of the payload, or of the picture on the shelf; bytes.
    pub len: usize,
    /// Reading of the machine's monotonic clock, nanoseconds.
    pub at_ns: u64,
    /// How often a stream's clock jumped so far.
    pub jumps: u32,
}

impl Header {
    pub(super) fn write(&self) -> [u8; HEADER] {
        let (kind, width, height, slot) = match self.kind {
            Kind::Picture { width, height } => (1u32, width, height, 0),
            Kind::Sound => (2, 0, 0, 0),
            Kind::Report => (3, 0, 0, 0),
            Kind::Placed { width, height, slot } => (4, width, height, slot),
            Kind::Leave => (5, 0, 0, 0),
            Kind::Hold => (6, 0, 0, 0),
            Kind::Lost => (7, 0, 0, 0),
        };
        let mut bytes = [0; HEADER];
        let fields = [kind, width, height, u32::try_from(self.len).unwrap_or(u32::MAX), self.jumps, slot];
        for (slot, field) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(fields) {
            *slot = field.to_le_bytes();
        }
        if let Some(slot) = bytes.last_chunk_mut::<8>() {
            *slot = self.at_ns.to_le_bytes();
        }
        bytes
    }

    /// None for what no sound child writes: then nothing more of it is believed.
    pub(super) fn read(bytes: &[u8; HEADER], largest: u32) -> Option<Self> {
        let [kind, width, height, len, jumps, slot] = *bytes.as_chunks::<4>().0.first_chunk::<6>()?;
        let [kind, width, height, len, jumps, slot] = [kind, width, height, len, jumps, slot].map(u32::from_le_bytes);
        let (at_ns, len) = (u64::from_le_bytes(*bytes.last_chunk::<8>()?), usize::try_from(len).ok()?);
        let kind = match kind {
            1 => Kind::Picture { width, height },
            2 => Kind::Sound,
            3 => Kind::Report,
            4 => Kind::Placed { width, height, slot },
            5 => Kind::Leave,
            6 => Kind::Hold,
            7 => Kind::Lost,
            _ => return None,
        };
        let fits = match kind {
            Kind::Picture { width, height } | Kind::Placed { width, height, .. } => {
                let fits = |side: u32| (1..=largest).contains(&side);
                fits(width) && fits(height) && len == Layout::new(width, height).size
            }
            Kind::Sound => len <= MOST_SOUND && len.is_multiple_of(8),
            Kind::Report | Kind::Leave => len <= MOST_WORDS,
            Kind::Hold | Kind::Lost => len == 0,
        };
        fits.then_some(Self { kind, len, at_ns, jumps })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written_and_an_absurd_one_not_at_all() {
        let picture = |width, height, len| Header { kind: Kind::Picture { width, height }, len, at_ns: 7, jumps: 2 };
        let placed = |width, height, len| {
            let kind = Kind::Placed { width, height, slot: 9 };
            Header { kind, ..picture(width, height, len) }
        };
        let other = |kind, len| Header { kind, len, at_ns: u64::MAX, jumps: 0 };
        let table = [
            (picture(1280, 720, 1_382_400), true),
            (picture(1, 1, Layout::new(1, 1).size), true),
            (picture(1280, 720, 1_382_399), false),
            (placed(1280, 720, 1_382_400), true),
            (placed(1280, 720, 1_382_399), false),
            (picture(0, 720, 0), false),
            (picture(1922, 2, Layout::new(1922, 2).size), false),
            (picture(u32::MAX, u32::MAX, usize::MAX), false),
            (other(Kind::Sound, 960 * 8), true),
            (other(Kind::Sound, 12), false),
            (other(Kind::Sound, MOST_SOUND + 8), false),
            (other(Kind::Report, 40), true),
            (other(Kind::Report, MOST_WORDS + 1), false),
            (other(Kind::Leave, 80), true),
            (other(Kind::Leave, MOST_WORDS + 1), false),
            (other(Kind::Hold, 0), true),
            (other(Kind::Hold, 8), false),
            (other(Kind::Lost, 0), true),
            (other(Kind::Lost, 1), false),
        ];
        for (header, good) in table {
            assert_eq!(Header::read(&header.write(), 1920), good.then_some(header), "{header:?}");
        }
        assert_eq!(Header::read(&[9; HEADER], 1920), None);
    }

    #[test]
    fn a_job_says_what_the_plan_said() {
        let shape = Shape { width: 1280, height: 720, fps: 30 };
        let plan = |spec| SourcePlan::Picture { spec, shape, largest: 1920, repeat: true, ask: 0 };
        let stream = SourceSpec::Url(Url::parse("rtsp://cam:pass@10.0.0.2/1").unwrap());
        let job = Job::of(&plan(stream.clone()), true).unwrap().unwrap();
        assert!(matches!(job.plan(), SourcePlan::Picture { spec, largest: 1920, repeat: true, .. } if spec == stream));
        for monitor in [None, Some("HDMI-1".to_owned())] {
            let screen = SourceSpec::Screen { monitor };
            let job = Job::of(&plan(screen.clone()), false).unwrap().unwrap();
            assert!(matches!(job.plan(), SourcePlan::Picture { spec, .. } if spec == screen) && job.uri().is_none());
        }
        let file = tempfile::Builder::new().suffix(" 片.mp4").tempfile().unwrap();
        let path = file.path().canonicalize().unwrap();
        let job = Job::of(&plan(SourceSpec::File(path.clone())), true).unwrap().unwrap();
        assert!(matches!(job.plan(), SourcePlan::Picture { spec: SourceSpec::File(named), .. } if named == path));
        assert_eq!(Job::of(&plan(SourceSpec::Test), false).unwrap(), None);
        assert!(Job::of(&plan(SourceSpec::File("no/such.mp4".into())), false).is_err());
    }
}
