//! Recording: Matroska while the show runs, because it survives a crash; an MP4 in its place afterwards, by stream copy.
//! A file that is there is never written over.

mod journal;
mod recorder;
mod remux;

pub use journal::{Recovered, recover_recordings};
pub(crate) use recorder::Recorder;

use std::path::{Path, PathBuf};

/// `path` the first time, then `NAME-2`, `NAME-3` … with its ending.
fn numbered(path: &Path, turn: u32) -> PathBuf {
    if turn <= 1 {
        return path.to_owned();
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{turn}"));
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
}
