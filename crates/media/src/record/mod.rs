//! Recording: Matroska while the show runs, because it survives a crash; an MP4 in its place afterwards, by stream copy.
//! A file that is there is never written over, and only its owner may read it.
//!
//! [`recorder`] writes one file after another, [`replay`] keeps the last seconds, [`cut`] takes a piece out of a recording,
//! [`pin_clips`] one for each product that was shown, and [`journal`] makes whole what a crash left.

mod cut;
mod disk;
mod disk_watch;
mod ended;
mod frames;
mod journal;
mod mp4;
mod part;
mod pin_clips;
mod read;
mod recorder;
mod relay;
mod remux;
mod replay;
mod shots;
mod splice;
mod split;
mod stall;

pub use cut::{Clipped, clip};
pub(crate) use ended::{Hurry, Lost, joined};
pub use journal::{Recovered, recover_recordings};
pub use pin_clips::{LONGEST_MS as PIN_CLIP_LONGEST_MS, PinClip, PinSpan, pin_clips, pin_clips_folder};
pub(crate) use recorder::{Opened, Recorder, RecorderConfig};
pub(crate) use replay::Replay;
pub use replay::SavedReplay;
pub(crate) use splice::{OwnSide, SharedSide, Splice};
pub use split::{BadSplit, SplitEvery};

use hawker_domain::{CanvasShape, ShowMs};
use std::path::{Path, PathBuf};

/// One file of a recording.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RecordedPart {
    /// The MP4, or the Matroska file where no MP4 could be made.
    pub path: PathBuf,
    /// Show time of its first picture.
    pub began: ShowMs,
    pub duration_ms: u64,
    /// Why it has no MP4.
    pub problem: Option<String>,
    /// Its disk took nothing any more: what came last may be missing.
    pub cut_short: bool,
}

/// `first` the first time, then `NAME-part2`, `NAME-part3` … with its ending.
fn part_name(first: &Path, turn: u32) -> PathBuf {
    if turn <= 1 { first.to_owned() } else { suffixed(first, &format!("-part{turn}")) }
}

/// The recording of a canvas: `path` for the main one, else `NAME-9x16` or `NAME-16x9` with its ending.
pub(crate) fn canvas_name(path: &Path, canvas: CanvasShape, main: bool) -> PathBuf {
    match (main, canvas) {
        (true, _) => path.to_owned(),
        (false, CanvasShape::Portrait) => suffixed(path, "-9x16"),
        (false, CanvasShape::Landscape) => suffixed(path, "-16x9"),
    }
}

/// `path` the first time, then `NAME-2`, `NAME-3` … with its ending.
fn numbered(path: &Path, turn: u32) -> PathBuf {
    if turn <= 1 { path.to_owned() } else { suffixed(path, &format!("-{turn}")) }
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_goes_before_the_ending() {
        for (path, turn, want) in [
            ("a/show.mkv", 1, "a/show.mkv"),
            ("a/show.mkv", 2, "a/show-2.mkv"),
            ("a/晚场.1.mp4", 3, "a/晚场.1-3.mp4"),
            ("show", 2, "show-2"),
        ] {
            assert_eq!(numbered(Path::new(path), turn), Path::new(want));
        }
    }

    #[test]
    fn a_further_canvas_says_its_shape_in_its_name() {
        let path = Path::new("a/show.mkv");
        assert_eq!(canvas_name(path, CanvasShape::Landscape, true), path);
        assert_eq!(canvas_name(path, CanvasShape::Portrait, true), path, "an upright show has its plain name");
        assert_eq!(canvas_name(path, CanvasShape::Portrait, false), Path::new("a/show-9x16.mkv"));
    }

    #[test]
    fn parts_are_numbered_behind_the_name_of_the_first() {
        for (turn, want) in [(1, "a/show-2.mkv"), (2, "a/show-2-part2.mkv"), (11, "a/show-2-part11.mkv")] {
            assert_eq!(part_name(Path::new("a/show-2.mkv"), turn), Path::new(want));
        }
    }
}
