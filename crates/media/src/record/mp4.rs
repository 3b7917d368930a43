//! Writes encoded media into a new MP4 that appears under its name when it is complete, readable by its owner alone.

use super::{numbered, remux::free_name};
use crate::{MediaError, elements, hub::Media};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Bytes of one stream that may wait for the other: half a minute of a rich picture.
const AHEAD_BYTES: u64 = 64 * 1024 * 1024;
/// No progress for this long means that the disk is broken.
const STALL: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(2);

pub(super) struct Writer {
    wanted: PathBuf,
    part: PathBuf,
    pipeline: gst::Pipeline,
    video: gst_app::AppSrc,
    audio: Option<gst_app::AppSrc>,
}

impl Writer {
    /// Begins an MP4 that becomes `wanted`, or the first numbered name that nothing has. The folder must be there.
    /// Errors: [`MediaError::Recording`], [`MediaError::DiskFull`], [`MediaError::Pipeline`].
    pub(super) fn open(wanted: &Path, video: &gst::Caps, audio: Option<&gst::Caps>) -> Result<Self, MediaError> {
        let part = create_part(wanted).map_err(|error| io_error(wanted, &error))?;
        let built = build(&part, video, audio);
        let (pipeline, video, audio) = built.inspect_err(|_| drop(fs::remove_file(&part)))?;
        let _ = pipeline.set_state(gst::State::Playing);
        Ok(Self { wanted: wanted.to_owned(), part, pipeline, video, audio })
    }

    /// Adds a packet, its times counted from the beginning of the MP4. Packets of both streams come in the order of their
    /// times. Errors: as [`Self::open`].
    pub(super) fn push(&self, media: Media, buffer: gst::Buffer) -> Result<(), MediaError> {
        let source = match media {
            Media::Video => &self.video,
            Media::Audio => match &self.audio {
                Some(audio) => audio,
                None => return Ok(()),
            },
        };
        let deadline = Instant::now() + STALL;
        while source.current_level_bytes() > AHEAD_BYTES {
            self.check()?;
            if Instant::now() > deadline {
                return Err(self.failed(&format!("the disk took nothing for {} s", STALL.as_secs())));
            }
            std::thread::sleep(PAUSE);
        }
        source.push_buffer(buffer).map(drop).map_err(|error| match self.check() {
            Err(told) => told,
            Ok(()) => self.failed(&error.to_string()),
        })
    }

    /// Ends the MP4 and gives it its name. Errors: as [`Self::open`]; nothing is left of it then.
    pub(super) fn finish(self) -> Result<PathBuf, MediaError> {
        for source in std::iter::once(&self.video).chain(&self.audio) {
            let _ = source.end_of_stream();
        }
        self.wait()?;
        let _ = self.pipeline.set_state(gst::State::Null);
        let named = || -> io::Result<PathBuf> {
            fs::File::open(&self.part)?.sync_all()?;
            let path = free_name(&self.wanted)?;
            fs::rename(&self.part, &path).inspect_err(|_| drop(fs::remove_file(&path)))?;
            Ok(path)
        };
        named().map_err(|error| io_error(&self.wanted, &error))
    }

    /// Waits for the end of the file.
    fn wait(&self) -> Result<(), MediaError> {
        let bus = self.pipeline.bus().ok_or_else(|| self.failed("no bus"))?;
        let mut moved = (Instant::now(), 0);
        loop {
            let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
            if let Some(message) = bus.timed_pop_filtered(gst::ClockTime::from_mseconds(200), &wanted) {
                return match message.view() {
                    gst::MessageView::Error(error) => Err(self.error(error)),
                    _ => Ok(()),
                };
            }
            let size = fs::metadata(&self.part).map_or(0, |metadata| metadata.len());
            if size != moved.1 {
                moved = (Instant::now(), size);
            } else if moved.0.elapsed() > STALL {
                return Err(self.failed(&format!("nothing was written for {} s", STALL.as_secs())));
            }
        }
    }

    fn check(&self) -> Result<(), MediaError> {
        let message = self.pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        match message.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(error)) => Err(self.error(error)),
            _ => Ok(()),
        }
    }

    fn error(&self, error: &gst::message::Error) -> MediaError {
        match error.error().kind::<gst::ResourceError>() {
            Some(gst::ResourceError::NoSpaceLeft) => MediaError::DiskFull { path: self.wanted.clone() },
            _ => self.failed(&elements::error_text(error)),
        }
    }

    fn failed(&self, why: &str) -> MediaError {
        MediaError::Recording { path: self.wanted.clone(), why: why.to_owned() }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
        // It has its name by now, or it is of no use.
        let _ = fs::remove_file(&self.part);
    }
}

fn io_error(wanted: &Path, error: &io::Error) -> MediaError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => MediaError::DiskFull { path: wanted.to_owned() },
        _ => MediaError::Recording { path: wanted.to_owned(), why: error.to_string() },
    }
}

/// A new file for what is not complete yet.
fn create_part(wanted: &Path) -> io::Result<PathBuf> {
    let mut turn = 1;
    loop {
        let path = numbered(&wanted.with_extension("mp4.part"), turn);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => turn += 1,
            made => return made.map(|_| path),
        }
    }
}

type Built = (gst::Pipeline, gst_app::AppSrc, Option<gst_app::AppSrc>);

/// `appsrc (appsrc) ! mp4mux ! filesink`.
fn build(part: &Path, video: &gst::Caps, audio: Option<&gst::Caps>) -> Result<Built, MediaError> {
    let pipeline = gst::Pipeline::new();
    let mux = elements::make("mp4mux")?;
    let sink = elements::make("filesink")?;
    sink.set_property("location", part.to_string_lossy().as_ref());
    elements::add_row(&pipeline, &[&mux, &sink])?;
    let source = |name: &str, caps: &gst::Caps, pad: &str| {
        let source = gst_app::AppSrc::builder().name(name).caps(caps).format(gst::Format::Time).max_bytes(0).build();
        pipeline.add(&source).map_err(|e| MediaError::pipeline("clip", e))?;
        source.link_pads(Some("src"), &mux, Some(pad)).map_err(|e| MediaError::pipeline("mp4mux", e))?;
        Ok(source)
    };
    let video = source("video", video, "video_%u")?;
    let audio = audio.map(|caps| source("audio", caps, "audio_%u")).transpose()?;
    Ok((pipeline.clone(), video, audio))
}
