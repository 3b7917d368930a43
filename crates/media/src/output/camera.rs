//! The canvas as a camera of this computer, for platforms that give no key but have a program of their own. Linux alone:
//! PipeWire offers it to every program that asks for cameras.

use super::{
    keeper::lock,
    raw::{RawTap, Taking},
    retry::Failure,
    state::Progress,
    worker::{Ended, POLL, Stage, Worker},
};
use crate::{MediaError, SecretUrl, clock::Timebase, elements, leaks};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Pictures that may wait; an old one is of no use to a camera.
const WAITING: u32 = 2;
const LONGEST_NAME: usize = 64;
/// A camera that took a picture within this is open in some program.
const OPEN: Duration = Duration::from_secs(1);

/// The camera's name in an address. Errors: a sentence for people.
pub(super) fn name(url: &SecretUrl) -> Result<String, String> {
    let name = url.camera_name().unwrap_or_default();
    let sane = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if sane { Ok(name) } else { Err(format!("give the camera a name of 1 to {LONGEST_NAME} characters")) }
}

/// A camera that runs until it is dropped.
pub(super) struct VirtualCamera {
    pub pipeline: gst::Pipeline,
    /// Pictures offered, and their bytes.
    pub pictures: Arc<AtomicU64>,
    pub bytes: Arc<AtomicU64>,
    /// Pictures that its queues had no room for.
    left_out: Arc<AtomicU64>,
    _taking: Taking,
}

impl VirtualCamera {
    /// Errors: the name, or elements.
    pub(super) fn start(url: &SecretUrl, tap: &Arc<RawTap>, time: &Timebase) -> Result<Self, MediaError> {
        let name = name(url).map_err(|why| MediaError::Output { url: url.redacted(), why })?;
        let pipeline = gst::Pipeline::new();
        time.apply(&pipeline);
        let source = gst_app::AppSrc::builder()
            .name("canvas")
            .caps(tap.caps())
            .format(gst::Format::Time)
            .is_live(true)
            .block(false)
            .max_buffers(u64::from(WAITING))
            .max_bytes(0)
            .leaky_type(gst_app::AppLeakyType::Downstream)
            .build();
        let sink = elements::make("pipewiresink")?;
        sink.set_property_from_str("mode", "provide");
        sink.set_property("sync", false);
        // It takes no picture before a program opens the camera, and must be there for that.
        sink.set_property("async", false);
        let about = gst::Structure::builder("properties")
            .field("media.class", "Video/Source")
            .field("media.role", "Camera")
            .field("node.name", &name)
            .field("node.description", &name)
            .build();
        sink.set_property("stream-properties", about);
        // The format that every program which takes a camera knows.
        let (convert, format) = (elements::make("videoconvert")?, elements::make("capsfilter")?);
        format.set_property("caps", gst::Caps::builder("video/x-raw").field("format", "YUY2").build());
        // The sink of PipeWire 0.3 crashes when a converter writes straight into its memory. This element asks for none, so
        // that the sink copies; pictures come at one rate already and pass it as they are.
        let apart = elements::make("videorate")?;
        let queue = elements::make("queue")?;
        queue.set_property_from_str("leaky", "downstream");
        queue.set_property("max-size-buffers", WAITING);
        let left_out = Arc::<AtomicU64>::default();
        leaks::count_queue(&queue, left_out.clone());
        elements::add_row(&pipeline, &[source.upcast_ref(), &convert, &format, &queue, &apart, &sink])?;
        let (pictures, bytes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (count, sum) = (pictures.clone(), bytes.clone());
        elements::pad(&sink, "sink")?.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
            count.fetch_add(1, Ordering::Relaxed);
            sum.fetch_add(info.buffer().map_or(0, |buffer| buffer.size() as u64), Ordering::Relaxed);
            gst::PadProbeReturn::Ok
        });
        let _ = pipeline.set_state(gst::State::Playing);
        let lost = left_out.clone();
        let taking = tap.attach(&source, move |pictures| {
            lost.fetch_add(pictures, Ordering::Relaxed);
        });
        Ok(Self { pipeline, pictures, bytes, left_out, _taking: taking })
    }

    /// True once other programs can open it, whether or not one has.
    pub(super) fn is_live(&self) -> bool {
        self.pipeline.current_state() == gst::State::Playing
    }
}

impl Drop for VirtualCamera {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// A camera that no program has opened takes nothing, and what it leaves out then nobody misses. Pure.
#[derive(Debug, Default)]
struct Seen {
    pictures: u64,
    left_out: u64,
    /// When a picture was taken last.
    taken: Option<Duration>,
}

impl Seen {
    /// Sees the totals so far; how many pictures somebody missed since the last look.
    fn missed(&mut self, pictures: u64, left_out: u64, now: Duration) -> u64 {
        if std::mem::replace(&mut self.pictures, pictures) != pictures {
            self.taken = Some(now);
        }
        let more = left_out.saturating_sub(std::mem::replace(&mut self.left_out, left_out));
        let open = self.taken.is_some_and(|taken| now.saturating_sub(taken) < OPEN);
        if open { more } else { 0 }
    }
}

impl Worker {
    /// Runs until it is to end or PipeWire fails.
    pub(super) fn be_a_camera(&mut self) -> Ended {
        let camera = match VirtualCamera::start(&self.config.url, &self.shared.raw, &self.shared.time) {
            Ok(camera) => camera,
            Err(error) => return Ended::Failed(Failure::Unreachable(error.to_string())),
        };
        let Some(bus) = camera.pipeline.bus() else { return Ended::Stopped };
        let (mut progress, began) = (Progress::new(), Instant::now());
        let mut live = false;
        let before = lock(&self.state).sent_before;
        let mut seen = Seen::default();
        loop {
            if self.stopped() {
                return Ended::Stopped;
            }
            let stage = if live { Stage::Live } else { Stage::Connecting };
            if let Some(ended) = self.cut_or_failed(&bus, POLL, stage) {
                return ended;
            }
            let (pictures, bytes) = (camera.pictures.load(Ordering::Relaxed), camera.bytes.load(Ordering::Relaxed));
            let missed = seen.missed(pictures, camera.left_out.load(Ordering::Relaxed), began.elapsed());
            {
                let mut state = lock(&self.state);
                state.dropped_before += missed;
                state.bitrate_bps = progress.update(bytes, Instant::now());
                (state.sent_before, state.pictures_now) = (before + bytes, pictures);
            }
            if !live && camera.is_live() {
                live = true;
                self.went_live();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_a_camera_leaves_out_counts_while_a_program_looks() {
        let ms = Duration::from_millis;
        let mut seen = Seen::default();
        // Pictures so far, left out so far, when, and what is missed.
        let looks = [
            (0, 10, 0, 0),
            (0, 200, 900, 0),
            (1, 215, 1_000, 15),
            (1, 220, 1_900, 5),
            (1, 260, 2_100, 0),
            (2, 261, 2_200, 1),
        ];
        for (pictures, left_out, at, missed) in looks {
            assert_eq!(seen.missed(pictures, left_out, ms(at)), missed, "at {at} ms");
        }
    }

    #[test]
    fn a_camera_has_a_name_that_people_can_read() {
        let of = |url: &str| name(&SecretUrl::parse(url).unwrap());
        assert_eq!(of("virtual-camera:Hawker").unwrap(), "Hawker");
        assert_eq!(of("virtual-camera:%E7%9B%B4%E6%92%AD%201").unwrap(), "直播 1");
        assert!(of("virtual-camera:").is_err());
        assert!(of("virtual-camera:a%0Ab").is_err());
    }
}
