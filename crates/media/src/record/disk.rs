//! How much room a recording has left, and what follows from it. Decisions are pure; [`free_bytes`] asks the system.
//!
//! An MP4 needs as much room again as the Matroska file that it is made of, until that one goes. So when no more than that
//! is left, the recording goes on in a new file and the one before becomes an MP4 at once, which gives its room back; and
//! when a file is too small for that to be worth it, the recording ends while its MP4 still fits.

use std::{io, path::Path, time::Duration};

/// Left to the system, always: a disk without a single byte breaks more than a recording.
const RESERVE: u64 = 64 << 20;
/// A smaller file gives too little room back for another.
const WORTH_A_FILE: u64 = 64 << 20;
/// The next file grows by less than this share of the one before while that becomes an MP4: even a slow disk copies eight
/// times as fast as a show is written.
const MEANWHILE_SHARE: u64 = 7;
/// What an MP4 needs beyond the bytes of its media: its index.
const INDEX_SHARE: u64 = 50;
const INDEX_LEAST: u64 = 1 << 20;

const LOW: Duration = Duration::from_secs(10 * 60);
const LOW_BYTES: u64 = 1 << 30;
const CRITICAL: Duration = Duration::from_secs(2 * 60);
/// A level is left only when there is so much more room, so that nobody is warned twice of the same.
const BACK: u64 = 2;

/// What the disk and the recording are like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub free_bytes: u64,
    /// Of the file that is being written.
    pub part_bytes: u64,
    /// A file before it is being made into an MP4.
    pub remuxing: bool,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    GoOn,
    /// Another file, so that this one can give its room back.
    NextFile,
    Stop,
}

/// What a look at the disk means for the recording.
pub(super) fn verdict(look: Look) -> Verdict {
    let Look { free_bytes, part_bytes, remuxing } = look;
    if remuxing {
        // What an MP4 takes meanwhile comes back when it is made.
        return if free_bytes <= RESERVE / 2 { Verdict::Stop } else { Verdict::GoOn };
    }
    let mp4_fits_until = RESERVE.saturating_add(mp4_bytes(part_bytes));
    let worth_a_file = part_bytes >= WORTH_A_FILE;
    let meanwhile = if worth_a_file { part_bytes / MEANWHILE_SHARE } else { 0 };
    if free_bytes > mp4_fits_until.saturating_add(meanwhile) {
        Verdict::GoOn
    } else if worth_a_file && free_bytes > RESERVE {
        Verdict::NextFile
    } else {
        Verdict::Stop
    }
}

/// Room that the MP4 of a recording of `bytes` takes, beside the recording.
pub(super) fn mp4_bytes(bytes: u64) -> u64 {
    bytes.saturating_add((bytes / INDEX_SHARE).max(INDEX_LEAST))
}

/// How worrying the room is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    #[default]
    Plenty,
    Low,
    Critical,
}

/// Until the recording has to end. None while nothing is written.
pub(super) fn time_left(free_bytes: u64, bytes_per_s: u64) -> Option<Duration> {
    let usable = free_bytes.saturating_sub(RESERVE);
    usable.checked_div(bytes_per_s).map(Duration::from_secs)
}

/// The level now, where `before` was the one until now.
pub(super) fn level(before: Level, free_bytes: u64, left: Duration) -> Level {
    let at = |times: u64| {
        let under = |limit: Duration| left < limit.saturating_mul(times as u32);
        if under(CRITICAL) {
            Level::Critical
        } else if under(LOW) || free_bytes < LOW_BYTES * times {
            Level::Low
        } else {
            Level::Plenty
        }
    };
    let (now, strict) = (at(1), at(BACK));
    if now >= before { now } else { before.min(strict) }
}

/// Bytes that this user may still write to the disk of `path`, which exists.
pub(super) fn free_bytes(path: &Path) -> io::Result<u64> {
    fs4::available_space(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;

    #[test]
    fn a_recording_ends_while_its_mp4_still_fits_and_goes_on_in_another_file_where_that_helps() {
        use Verdict::{GoOn, NextFile, Stop};
        for (free_mib, part_mib, remuxing, want) in [
            (100_000, 50_000, false, GoOn),
            (58_300, 50_000, false, GoOn),
            (58_100, 50_000, false, NextFile),
            (58_100, 50_000, true, GoOn),
            (138, 64, false, NextFile),
            (139, 64, false, GoOn),
            (101, 36, false, Stop),
            (102, 36, false, GoOn),
            (64, 0, false, Stop),
            (64, 500, false, Stop),
            (64, 500, true, GoOn),
            (32, 500, true, Stop),
            (65, 0, false, Stop),
            (66, 0, false, GoOn),
            (0, 0, false, Stop),
        ] {
            let look = Look { free_bytes: free_mib * MIB, part_bytes: part_mib * MIB, remuxing };
            assert_eq!(verdict(look), want, "{free_mib} MiB free, {part_mib} MiB written, remuxing {remuxing}");
        }
    }

    /// A show on a disk that only it writes to; megabyte by megabyte, MP4s made at eight times the speed of the show.
    #[test]
    fn a_small_disk_is_used_up_and_everything_on_it_is_mp4() {
        for disk in [70, 100, 300, 1_000, 5_000, 40_000_u64] {
            let (mut free, mut part, mut mp4s, mut lowest) = (disk * MIB, 0, 0, u64::MAX);
            // The file before, and how much of its MP4 is there.
            let mut before: Option<(u64, u64)> = None;
            loop {
                match verdict(Look { free_bytes: free, part_bytes: part, remuxing: before.is_some() }) {
                    Verdict::GoOn => {}
                    Verdict::NextFile => before = Some((std::mem::take(&mut part), 0)),
                    Verdict::Stop => break,
                }
                part += MIB;
                free -= MIB;
                if let Some((size, done)) = &mut before {
                    let step = (8 * MIB).min(mp4_bytes(*size) - *done);
                    *done += step;
                    free -= step;
                    if *done == mp4_bytes(*size) {
                        free += *size;
                        mp4s += *size;
                        before = None;
                    }
                }
                lowest = lowest.min(free);
            }
            assert!(before.is_none() && free >= mp4_bytes(part), "the last MP4 fits on a disk of {disk} MiB");
            mp4s += part;
            let usable = disk.saturating_sub(64 + 66);
            assert!(mp4s / MIB >= usable * 95 / 100, "{} MiB were recorded on {disk} MiB", mp4s / MIB);
            assert!(lowest >= 48 * MIB, "{} MiB were left at the least; a step here is nine", lowest / MIB);
        }
    }

    #[test]
    fn a_warning_comes_once_and_goes_when_there_is_room_again() {
        let mut level_now = Level::Plenty;
        for (left_s, free, want) in [
            (3_600, 50 * GIB, Level::Plenty),
            (599, 50 * GIB, Level::Low),
            (700, 50 * GIB, Level::Low),
            (119, 2 * GIB, Level::Critical),
            (200, 2 * GIB, Level::Critical),
            (300, 2 * GIB, Level::Low),
            (1_199, 50 * GIB, Level::Low),
            (1_200, 2 * GIB, Level::Plenty),
            (1_200, GIB - 1, Level::Low),
            (1_200, GIB + 1, Level::Low),
        ] {
            level_now = level(level_now, free, Duration::from_secs(left_s));
            assert_eq!(level_now, want, "{left_s} s left, {free} bytes free");
        }
    }

    #[test]
    fn the_time_that_is_left_ends_at_the_reserve() {
        for (free, rate, want) in
            [(RESERVE + 1_000, 100, Some(10)), (RESERVE, 100, Some(0)), (0, 100, Some(0)), (GIB, 0, None)]
        {
            assert_eq!(time_left(free, rate), want.map(Duration::from_secs));
        }
    }
}
