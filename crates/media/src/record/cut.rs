//! A piece of a recording as an MP4 of its own, without encoding anything again.

use super::{
    mp4::Writer,
    read::{Reader, Sample},
};
use crate::{MediaError, hub::Media};
use gstreamer as gst;
use std::path::{Path, PathBuf};

const MS: u64 = 1_000_000;

/// A piece that was cut out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Clipped {
    pub path: PathBuf,
    /// Position in the recording at which it begins: that of a keyframe.
    pub begins_ms: u64,
    /// How much earlier that is than was asked for.
    pub early_ms: u64,
    pub duration_ms: u64,
}

/// Copies `from_ms` to `to_ms` of `recording`, finished or still being written, into the new MP4 `out`; a name that is
/// taken gets a number. It begins with the last keyframe up to `from_ms`, for no picture before can be left out without
/// encoding the others again. A range that goes beyond the end ends with it.
///
/// Errors: [`MediaError::BadRange`], [`MediaError::SourceNotFound`], [`MediaError::Clip`] for a file that cannot be cut,
/// [`MediaError::Recording`] and [`MediaError::DiskFull`] for `out`. Blocking.
pub fn clip(recording: &Path, from_ms: u64, to_ms: u64, out: &Path) -> Result<Clipped, MediaError> {
    crate::init()?;
    if from_ms >= to_ms {
        return Err(MediaError::BadRange { from_ms, to_ms, length_ms: None });
    }
    let mut reader = Reader::open(recording)?;
    let length_ms = reader.duration_ms();
    if length_ms.is_some_and(|length| from_ms >= length) {
        return Err(MediaError::BadRange { from_ms, to_ms, length_ms });
    }
    reader.seek(from_ms);
    reader.play();
    let piece = Piece { from_ns: from_ms.saturating_mul(MS), to_ns: to_ms.saturating_mul(MS) };
    let beginning = piece.beginning(&mut reader)?;
    let Some(first) = beginning.iter().find(|sample| sample.media == Media::Video) else {
        return Err(MediaError::BadRange { from_ms, to_ms, length_ms });
    };
    if !first.key {
        let why = "it has no keyframe before that moment".to_owned();
        return Err(MediaError::Clip { path: recording.to_owned(), why });
    }
    let (begins_ns, origin_ns) = (first.at_ns, first.decode_ns);
    let lacking =
        || MediaError::Clip { path: recording.to_owned(), why: "it does not say what its pictures are".into() };
    let video = reader.caps(Media::Video).ok_or_else(lacking)?;
    let writer = Writer::open(&out.with_extension("mp4"), &video, reader.caps(Media::Audio).as_ref())?;
    let mut ends_ns = begins_ns;
    let mut write = |sample: Sample| -> Result<(), MediaError> {
        if sample.decode_ns < origin_ns {
            return Ok(());
        }
        if sample.media == Media::Video {
            let length = sample.buffer.duration().map_or(0, gst::ClockTime::nseconds);
            ends_ns = ends_ns.max(sample.at_ns + length);
        }
        let (media, buffer) = shifted(sample, origin_ns);
        writer.push(media, buffer)
    };
    for sample in beginning {
        write(sample)?;
    }
    while let Some(sample) = reader.next()? {
        if sample.decode_ns < piece.to_ns {
            write(sample)?;
        } else if sample.media == Media::Video {
            break;
        }
    }
    let path = writer.finish()?;
    Ok(Clipped {
        path,
        begins_ms: begins_ns / MS,
        early_ms: piece.from_ns.saturating_sub(begins_ns) / MS,
        duration_ms: ends_ns.saturating_sub(begins_ns) / MS,
    })
}

/// What is wanted, nanoseconds of the recording.
struct Piece {
    from_ns: u64,
    to_ns: u64,
}

impl Piece {
    /// The packets from the last keyframe up to `from` until the first picture behind it. Empty if there is no picture in
    /// the range.
    fn beginning(&self, reader: &mut Reader) -> Result<Vec<Sample>, MediaError> {
        let mut held: Vec<Sample> = Vec::new();
        while let Some(sample) = reader.next()? {
            let picture = sample.media == Media::Video;
            if picture && sample.key && sample.at_ns <= self.from_ns {
                held.clear();
            }
            let behind = picture && sample.at_ns > self.from_ns;
            if picture && sample.decode_ns >= self.to_ns {
                break;
            }
            held.push(sample);
            if behind {
                break;
            }
        }
        Ok(held)
    }
}

/// The packet with its times counted from `origin_ns`.
fn shifted(sample: Sample, origin_ns: u64) -> (Media, gst::Buffer) {
    let Sample { media, mut buffer, at_ns, decode_ns, .. } = sample;
    let writable = buffer.make_mut();
    writable.set_pts(gst::ClockTime::from_nseconds(at_ns.saturating_sub(origin_ns)));
    writable.set_dts(gst::ClockTime::from_nseconds(decode_ns.saturating_sub(origin_ns)));
    (media, buffer)
}
