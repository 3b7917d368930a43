//! A piece of a recording as an MP4 of its own, without encoding anything again.

use super::{
    mp4::Writer,
    part_name,
    read::{Reader, Sample},
};
use crate::{MediaError, hub::Media};
use gstreamer as gst;
use std::path::{Path, PathBuf};

const MS: u64 = 1_000_000;
/// A picture that is shown longer was followed by a gap.
const LONGEST_PICTURE_NS: u64 = 200 * MS;

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

/// A stretch of one file, milliseconds of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub path: PathBuf,
    pub from_ms: u64,
    pub to_ms: u64,
}

/// Copies `from_ms` to `to_ms` of `recording`, finished or still being written, into the new MP4 `out`; a name that is
/// taken gets a number. It begins with the last keyframe up to `from_ms`, for no picture before can be left out without
/// encoding the others again. A range that goes beyond the end ends with it. Where the recording goes on in other files
/// (`NAME-part2` and so on), positions count through all of them.
///
/// Errors: [`MediaError::BadRange`], [`MediaError::SourceNotFound`], [`MediaError::Clip`] for a file that cannot be cut,
/// [`MediaError::Recording`] and [`MediaError::DiskFull`] for `out`. Blocking.
pub fn clip(recording: &Path, from_ms: u64, to_ms: u64, out: &Path) -> Result<Clipped, MediaError> {
    crate::init()?;
    if from_ms >= to_ms {
        return Err(MediaError::BadRange { from_ms, to_ms, length_ms: None });
    }
    let files = files_of(recording)?;
    let (before_ms, stretches) = stretches(&files, from_ms, to_ms);
    if stretches.is_empty() {
        let length_ms = files.iter().map(|(_, length)| *length).sum::<Option<u64>>();
        return Err(MediaError::BadRange { from_ms, to_ms, length_ms });
    }
    let clipped = join(&stretches, out)?;
    Ok(Clipped { begins_ms: clipped.begins_ms + before_ms, ..clipped })
}

/// The files of a recording from `first` on, and how long each is; none for one that does not say.
fn files_of(first: &Path) -> Result<Vec<(PathBuf, Option<u64>)>, MediaError> {
    let mut files = vec![(first.to_owned(), Reader::open(first)?.duration_ms())];
    for turn in 2.. {
        let named = part_name(first, turn);
        let found = [named.with_extension("mp4"), named.with_extension("mkv")].into_iter().find(|path| path.is_file());
        // One of that name that can't be read is of somebody else.
        let Some((path, Ok(reader))) = found.map(|path| (path.clone(), Reader::open(&path))) else { break };
        files.push((path, reader.duration_ms()));
    }
    Ok(files)
}

/// The pieces of `files` that lie between two positions in all of them, and how much lies before the first of their files.
fn stretches(files: &[(PathBuf, Option<u64>)], from_ms: u64, to_ms: u64) -> (u64, Vec<Stretch>) {
    let (mut began, mut before, mut found) = (0, 0, Vec::new());
    for (path, length) in files {
        // One that does not say how long it is may be written still.
        let ends = length.map_or(u64::MAX, |length| began + length);
        if from_ms < ends && began < to_ms {
            if found.is_empty() {
                before = began;
            }
            let inside = |at: u64| at.saturating_sub(began);
            let to_ms = if to_ms < ends { inside(to_ms) } else { u64::MAX };
            found.push(Stretch { path: path.clone(), from_ms: inside(from_ms), to_ms });
        }
        began = ends;
    }
    (before, found)
}

/// Copies stretches of files that follow each other into the new MP4 `out`. The first begins with a keyframe up to its
/// beginning, the others with their first picture. It ends before a file whose pictures have another form. Errors: as
/// [`clip`]. Blocking.
pub(super) fn join(stretches: &[Stretch], out: &Path) -> Result<Clipped, MediaError> {
    let [first, others @ ..] = stretches else {
        return Err(MediaError::BadRange { from_ms: 0, to_ms: 0, length_ms: None });
    };
    let (from_ms, to_ms) = (first.from_ms, first.to_ms);
    let mut reader = Reader::open(&first.path)?;
    let length_ms = reader.duration_ms();
    if length_ms.is_some_and(|length| from_ms >= length) {
        return Err(MediaError::BadRange { from_ms, to_ms, length_ms });
    }
    reader.seek(from_ms);
    reader.play();
    let piece = Piece { from_ns: from_ms.saturating_mul(MS), to_ns: to_ms.saturating_mul(MS) };
    let beginning = piece.beginning(&mut reader)?;
    let Some(start) = beginning.iter().find(|sample| sample.media == Media::Video) else {
        return Err(MediaError::BadRange { from_ms, to_ms, length_ms });
    };
    if !start.key {
        let why = "it has no keyframe before that moment".to_owned();
        return Err(MediaError::Clip { path: first.path.clone(), why });
    }
    let (begins_ns, origin_ns) = (start.at_ns, start.decode_ns);
    let video = reader.caps(Media::Video).ok_or_else(|| no_form(&first.path))?;
    let writer = Writer::open(&out.with_extension("mp4"), &video, reader.caps(Media::Audio).as_ref())?;
    let mut copy = Copy { writer, origin_ns, base_ns: 0, ends_ns: 0, before_ns: None };
    for sample in beginning {
        copy.take(sample)?;
    }
    copy.rest(&mut reader, piece.to_ns)?;
    for next in others {
        let mut reader = Reader::open(&next.path)?;
        reader.play();
        if !reader.caps(Media::Video).is_some_and(|form| same_form(&form, &video)) {
            tracing::info!(recording = %next.path.display(), "a clip ends where the pictures change their form");
            break;
        }
        copy.go_on();
        copy.rest(&mut reader, next.to_ms.saturating_mul(MS))?;
    }
    let duration_ms = copy.ends_ns / MS;
    let path = copy.writer.finish()?;
    Ok(Clipped { path, begins_ms: begins_ns / MS, early_ms: piece.from_ns.saturating_sub(begins_ns) / MS, duration_ms })
}

fn no_form(path: &Path) -> MediaError {
    MediaError::Clip { path: path.to_owned(), why: "it does not say what its pictures are".into() }
}

/// Whether one decoder's configuration serves both.
fn same_form(a: &gst::Caps, b: &gst::Caps) -> bool {
    let config = |caps: &gst::Caps| {
        let config = caps.structure(0)?.get::<gst::Buffer>("codec_data").ok()?;
        config.map_readable().ok().map(|map| map.to_vec())
    };
    config(a).is_some_and(|form| config(b) == Some(form))
}

/// An MP4 that is being made of one file after another.
struct Copy {
    writer: Writer,
    /// What counts as the beginning of the file that is read, its own time.
    origin_ns: u64,
    /// Where that lies in the MP4.
    base_ns: u64,
    /// End of the pictures so far, in the MP4.
    ends_ns: u64,
    /// Time of the last picture, in the MP4.
    before_ns: Option<u64>,
}

impl Copy {
    /// Another file follows, its beginning where the pictures end.
    fn go_on(&mut self) {
        (self.origin_ns, self.base_ns) = (0, self.ends_ns);
    }

    fn rest(&mut self, reader: &mut Reader, to_ns: u64) -> Result<(), MediaError> {
        while let Some(sample) = reader.next()? {
            if sample.decode_ns < to_ns {
                self.take(sample)?;
            } else if sample.media == Media::Video {
                break;
            }
        }
        Ok(())
    }

    fn take(&mut self, sample: Sample) -> Result<(), MediaError> {
        if sample.decode_ns < self.origin_ns {
            return Ok(());
        }
        let (media, at_ns) = (sample.media, self.base_ns + (sample.at_ns - self.origin_ns.min(sample.at_ns)));
        if media == Media::Video {
            // The last picture of a file often has no length: it is shown as long as the one before.
            let gap = self.before_ns.map_or(0, |before| at_ns.saturating_sub(before).min(LONGEST_PICTURE_NS));
            let length = sample.buffer.duration().map_or(0, gst::ClockTime::nseconds).max(gap);
            self.ends_ns = self.ends_ns.max(at_ns + length);
            self.before_ns = Some(at_ns);
        }
        let Sample { mut buffer, decode_ns, .. } = sample;
        let writable = buffer.make_mut();
        writable.set_pts(gst::ClockTime::from_nseconds(at_ns));
        writable.set_dts(gst::ClockTime::from_nseconds(self.base_ns + (decode_ns - self.origin_ns)));
        self.writer.push(media, buffer)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_found_in_the_files_that_hold_it() {
        let files = [("a", Some(10_000)), ("b", Some(5_000)), ("c", None)].map(|(name, ms)| (PathBuf::from(name), ms));
        let on = u64::MAX;
        for (from, to, want) in [
            (0, 4_000, (0, vec![("a", 0, 4_000)])),
            (9_000, 12_000, (0, vec![("a", 9_000, on), ("b", 0, 2_000)])),
            (10_000, 15_000, (10_000, vec![("b", 0, on)])),
            (9_999, 20_000, (0, vec![("a", 9_999, on), ("b", 0, on), ("c", 0, 5_000)])),
            (90_000, 99_000, (15_000, vec![("c", 75_000, 84_000)])),
        ] {
            let (before, found) = stretches(&files, from, to);
            let found: Vec<_> =
                found.iter().map(|s| (s.path.to_str().unwrap_or_default(), s.from_ms, s.to_ms)).collect();
            assert_eq!((before, found), want, "{from}..{to}");
        }
        assert!(stretches(files.get(..2).unwrap_or_default(), 15_000, 16_000).1.is_empty(), "beyond the end");
    }
}
