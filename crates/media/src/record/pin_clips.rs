//! A clip for each product that was shown: from a little before its pin until it was taken down, cut where the shot
//! changes. Copied, not encoded again, so it begins with a keyframe: with the first one of the shot, as long as that comes
//! before the pin. What goes before the pin leaves out what is before [`PinSpan::earliest`], as far as keyframes let it.

use super::{
    RecordedPart,
    cut::{self, Stretch},
    frames::small_frames,
    read::keyframes,
    shots,
};
use crate::MediaError;
use hawker_domain::ShowMs;
use std::{
    fs::DirBuilder,
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

/// Shown before the pin: the host takes the product up, and it takes a moment to be recognised.
const LEAD_MS: u64 = 3_000;
/// A border moves to a change of shot that is no further away.
const SHOT_MS: u64 = 2_000;
/// Longest and shortest clip from pin to end.
pub const LONGEST_MS: u64 = 60_000;
const SHORTEST_MS: u64 = 1_000;
/// Characters of a SKU in a file's name.
const NAME_CHARS: usize = 64;

/// A product that was shown, in show time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinSpan {
    pub sku: String,
    pub from: ShowMs,
    pub to: ShowMs,
    /// What is shown before the pin goes back no further than this: before it there was a slate, say. 0: as far as there is
    /// something.
    pub earliest: ShowMs,
}

/// What became of one.
#[derive(Debug)]
pub struct PinClip {
    pub span: PinSpan,
    pub made: Result<PathBuf, MediaError>,
}

/// Makes a clip of each of `spans` in `folder` (made if needed, closed to others), named by SKU and show time. Pins that
/// no part of the recording holds are left out; what comes after `stop` too. Blocking; a second or two for each.
/// Errors: the folder cannot be made.
pub fn pin_clips(
    parts: &[RecordedPart],
    spans: &[PinSpan],
    folder: &Path,
    stop: &AtomicBool,
) -> Result<Vec<PinClip>, MediaError> {
    let wanted: Vec<(&PinSpan, Place<'_>)> =
        spans.iter().filter_map(|span| place(parts, span).map(|place| (span, place))).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    crate::init()?;
    make_private(folder).map_err(|error| MediaError::Recording { path: folder.to_owned(), why: error.to_string() })?;
    let wanted = wanted.into_iter().take_while(|_| !stop.load(Ordering::SeqCst));
    Ok(wanted
        .map(|(span, place)| PinClip { span: span.clone(), made: make(&place, &folder.join(file_name(span))) })
        .collect())
}

/// The folder of the clips of a recording, beside it.
pub fn pin_clips_folder(recording: &Path) -> PathBuf {
    let mut name = recording.file_stem().unwrap_or_default().to_owned();
    name.push("-clips");
    recording.with_file_name(name)
}

/// Where a pin is: in one file, and in those that follow it.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    first: Span<'a>,
    /// Where the first one shows the product, milliseconds of it.
    pin: u64,
    /// Where the clip may begin, at `pin` at the latest, milliseconds of the first one. 0: anywhere.
    earliest: u64,
    rest: Vec<Span<'a>>,
}

/// A stretch of one file, milliseconds of it.
#[derive(Debug, PartialEq, Eq)]
struct Span<'a> {
    recording: &'a Path,
    from: u64,
    to: u64,
    length: u64,
}

/// A file that begins later than this behind the one before does not go on with it.
const GAP_MS: u64 = 500;

/// Where a pin is in the recording: from the file that holds its moment on, or from the first that begins after it.
fn place<'a>(parts: &'a [RecordedPart], span: &PinSpan) -> Option<Place<'a>> {
    let end = |part: &RecordedPart| part.began.0 + part.duration_ms;
    let index = parts.iter().position(|part| span.from.0 < end(part))?;
    let part = parts.get(index)?;
    let pin = span.from.0.saturating_sub(part.began.0);
    let earliest = span.earliest.0.saturating_sub(part.began.0).min(pin);
    // In the time of the first file, however far it reaches beyond it.
    let to = span.to.0.max(span.from.0).saturating_sub(part.began.0).clamp(pin + SHORTEST_MS, pin + LONGEST_MS);
    let first = Span {
        recording: &part.path,
        from: pin.saturating_sub(LEAD_MS).max(earliest),
        to: to.min(part.duration_ms),
        length: part.duration_ms,
    };
    let is_there = span.to.0.max(span.from.0 + SHORTEST_MS) > part.began.0 && first.to > pin;
    let mut rest = Vec::new();
    let mut ended = end(part);
    for next in parts.iter().skip(index + 1) {
        let offset = next.began.0.saturating_sub(part.began.0);
        if to <= offset || next.began.0 > ended + GAP_MS {
            break;
        }
        let length = next.duration_ms;
        rest.push(Span { recording: &next.path, from: 0, to: (to - offset).min(length), length });
        ended = end(next);
    }
    is_there.then_some(Place { first, pin, earliest, rest })
}

fn make(place: &Place<'_>, out: &Path) -> Result<PathBuf, MediaError> {
    let Place { first, pin, earliest, rest } = place;
    let around_beginning = looked(first, first.from);
    let latest = latest(place);
    let keys = keyframes(first.recording, first.from.saturating_sub(SHOT_MS), latest)?;
    let from = begin(first.from, (*earliest, latest), &around_beginning, &keys);
    let stretch =
        |span: &Span<'_>, from_ms: u64, to_ms: u64| Stretch { path: span.recording.to_owned(), from_ms, to_ms };
    let (last, least) = rest.last().map_or((first, from.max(*pin) + SHORTEST_MS), |last| (last, 0));
    let to = end(last.to, least, &looked(last, last.to));
    let stretches = match rest.split_last() {
        None => vec![stretch(first, from, to)],
        Some((last, between)) => {
            let whole = between.iter().map(|span| stretch(span, 0, u64::MAX));
            [stretch(first, from, u64::MAX)].into_iter().chain(whole).chain([stretch(last, 0, to)]).collect()
        }
    };
    cut::join(&stretches, out).map(|clipped| clipped.path)
}

/// Changes of shot near `at`. A border that cannot be looked at stays where it is: a clip is better than none.
fn looked(span: &Span<'_>, at: u64) -> Vec<u64> {
    let (from, to) = (at.saturating_sub(SHOT_MS), (at + SHOT_MS).min(span.length));
    let found = small_frames(span.recording, from, to).map(|frames| shots::changes(&frames));
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "the shots of a recording can't be found");
        Vec::new()
    })
}

/// The latest a clip may begin, milliseconds of the first file: with the pin. Where nothing before the pin may be shown, there
/// is seldom a keyframe just there; it may begin a little later then, as long as enough is left.
fn latest(place: &Place<'_>) -> u64 {
    let Place { first, pin, earliest, .. } = place;
    let reach = if *earliest > 0 && earliest == pin { SHOT_MS } else { 0 };
    (pin + reach).min(first.to.saturating_sub(SHORTEST_MS)).max(*pin)
}

/// Where the clip begins: at the change of shot that is nearest to `from`, on the first keyframe from there to `latest`; where
/// there is none and the keyframe before `from` is before `earliest`, on the first one behind that. Else on the last keyframe
/// before `from`.
fn begin(from: u64, (earliest, latest): (u64, u64), changes: &[u64], keyframes: &[u64]) -> u64 {
    let near = changes.iter().filter(|at| at.abs_diff(from) <= SHOT_MS && (earliest..=latest).contains(*at));
    let shot = near.min_by_key(|at| at.abs_diff(from)).copied();
    // Keyframes are known from a little before `from` on.
    let is_close = earliest > 0 && earliest + SHOT_MS > from;
    let starts_before = is_close && !keyframes.iter().any(|key| (earliest..=from).contains(key));
    let first_from = |border: u64| keyframes.iter().copied().find(|key| (border..=latest).contains(key));
    let after_shot = shot.and_then(first_from);
    after_shot.or_else(|| if starts_before { first_from(earliest) } else { None }).unwrap_or(from)
}

/// Where the clip ends: at the change of shot that is nearest to `to` and not before `least`.
fn end(to: u64, least: u64, changes: &[u64]) -> u64 {
    let near = changes.iter().filter(|at| at.abs_diff(to) <= SHOT_MS && **at >= least && **at > 0);
    near.min_by_key(|at| at.abs_diff(to)).copied().unwrap_or(to)
}

/// `SKU-001_00-12-34.mp4`: the SKU as far as every system takes it, and the show time of the pin.
fn file_name(span: &PinSpan) -> String {
    let seconds = span.from.0 / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{}_{hours:02}-{minutes:02}-{seconds:02}.mp4", safe_name(&span.sku))
}

fn safe_name(sku: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = sku.chars().take(NAME_CHARS).map(safe).collect();
    let name = name.trim_matches('.');
    // A name with three letters and a number can be a device on Windows, whatever its ending.
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered_device = |device: &str| {
        stem.strip_prefix(device).is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let is_device =
        matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || ["com", "lpt"].iter().any(|d| numbered_device(d));
    if name.is_empty() || is_device { format!("_{name}") } else { name.to_owned() }
}

/// A folder that only its owner may enter. One that is there is used as it is.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn part(name: &str, began: u64, duration_ms: u64) -> RecordedPart {
        RecordedPart { path: name.into(), began: ShowMs(began), duration_ms, problem: None, cut_short: false }
    }

    fn span(from: u64, to: u64) -> PinSpan {
        PinSpan { sku: "SKU-001".into(), from: ShowMs(from), to: ShowMs(to), earliest: ShowMs(0) }
    }

    #[test]
    fn a_pin_is_found_in_the_file_that_holds_it() {
        let parts = [part("a", 500, 60_000), part("b", 60_500, 300_000)];
        // From and to in show time; file, beginning, pin and end in the file's.
        for (from, to, want) in [
            (10_000, 25_000, Some(("a", 6_500, 9_500, 24_500))),
            (1_000, 2_000, Some(("a", 0, 500, 1_500))),
            (0, 300, Some(("a", 0, 0, 1_000))),
            (10_000, 10_100, Some(("a", 6_500, 9_500, 10_500))),
            (50_000, 90_000, Some(("a", 46_500, 49_500, 60_000))),
            (61_000, 200_000, Some(("b", 0, 500, 60_500))),
            (360_000, 900_000, Some(("b", 296_500, 299_500, 300_000))),
            (360_500, 900_000, None),
            (u64::MAX - 5_000, u64::MAX, None),
        ] {
            let found = place(&parts, &span(from, to))
                .map(|p| (p.first.recording.to_str().unwrap().to_owned(), p.first.from, p.pin, p.first.to));
            assert_eq!(found, want.map(|(name, a, b, c)| (name.to_owned(), a, b, c)), "{from}..{to}");
        }
        assert!(
            place(&[part("late", 10_000, 60_000)], &span(1_000, 4_000)).is_none(),
            "it was over before the recording"
        );
        let late = place(&[], &span(0, 1));
        assert!(late.is_none());
    }

    #[test]
    fn a_pin_across_files_has_a_piece_of_each() {
        let parts = [part("a", 0, 60_000), part("b", 60_033, 10_000), part("c", 70_066, 60_000), part("d", 190_000, 9)];
        // The files after the first, and how much of each.
        for (from, to, want) in [
            (50_000, 59_000, vec![]),
            (50_000, 60_033, vec![]),
            (50_000, 65_033, vec![("b", 5_000)]),
            (50_000, 90_066, vec![("b", 10_000), ("c", 20_000)]),
            (59_500, 59_600, vec![("b", 467)]),
            (120_000, 195_000, vec![]),
        ] {
            let place = place(&parts, &span(from, to)).unwrap();
            let rest: Vec<_> = place.rest.iter().map(|s| (s.recording.to_str().unwrap(), s.to)).collect();
            assert_eq!(rest, want, "{from}..{to}");
        }
    }

    #[test]
    fn borders_move_to_the_nearest_change_of_shot() {
        let (from, pin, to) = (10_000, 13_000, 20_000);
        let keys = [8_000, 10_000, 12_000];
        for (changes, want) in [
            (vec![], 10_000),
            (vec![9_000], 10_000),
            (vec![10_500], 12_000),
            (vec![8_000], 8_000),
            (vec![7_999], 10_000),
            (vec![8_500, 11_000], 12_000),
            (vec![12_000], 12_000),
            (vec![12_001], 10_000),
            (vec![12_500], 10_000),
        ] {
            assert_eq!(begin(from, (0, pin), &changes, &keys), want, "{changes:?}");
        }
        for (changes, want) in [
            (vec![], 20_000),
            (vec![18_000], 18_000),
            (vec![17_999], 20_000),
            (vec![19_000, 20_500], 20_500),
            (vec![22_001], 20_000),
        ] {
            assert_eq!(end(to, pin + SHORTEST_MS, &changes), want, "{changes:?}");
        }
        assert_eq!(end(14_000, 14_000, &[13_500, 15_500]), 15_500, "a second of the product is always there");
    }

    #[test]
    fn what_goes_before_a_pin_leaves_out_what_must_not_be_seen() {
        let parts = [part("a", 500, 60_000), part("b", 60_500, 300_000)];
        // Pin and earliest beginning in show time; where it is wanted from, and the bounds of its beginning, in the file's.
        for (pin, earliest, want) in [
            (10_000, 0, (6_500, 0, 9_500)),
            (10_000, 3_000, (6_500, 2_500, 9_500)),
            (10_000, 8_000, (7_500, 7_500, 9_500)),
            (10_000, 10_000, (9_500, 9_500, 11_500)),
            (10_000, 20_000, (9_500, 9_500, 11_500)),
            (61_500, 60_000, (0, 0, 1_000)),
        ] {
            let span = PinSpan { earliest: ShowMs(earliest), ..span(pin, 30_000 + pin) };
            let place = place(&parts, &span).unwrap();
            assert_eq!((place.first.from, place.earliest, latest(&place)), want, "{pin} not before {earliest}");
        }
        let short = PinSpan { earliest: ShowMs(10_000), ..span(10_000, 11_500) };
        assert_eq!(latest(&place(&parts, &short).unwrap()), 10_000, "a second is always there");
        let keys = [8_000, 10_000, 12_000];
        for (from, earliest, latest, changes, want, what) in [
            (9_500, 9_500, 11_000, vec![], 10_000, "the keyframe before shows the slate"),
            (10_500, 9_500, 11_000, vec![], 10_500, "the keyframe before does not"),
            (10_500, 10_200, 11_000, vec![], 10_500, "there is no other keyframe before the pin"),
            (9_500, 9_500, 11_000, vec![9_400], 10_000, "the change to what follows the slate"),
            (9_500, 9_500, 11_000, vec![8_000], 10_000, "a change within the slate"),
            (9_500, 9_500, 11_000, vec![10_400], 10_000, "no keyframe follows the change"),
            (10_500, 10_500, 12_500, vec![], 12_000, "pinned before the slate was gone"),
            (13_000, 2_000, 16_000, vec![], 13_000, "the slate was long ago"),
        ] {
            assert_eq!(begin(from, (earliest, latest), &changes, &keys), want, "{what}");
        }
    }

    #[test]
    fn any_sku_makes_a_name_that_every_system_takes() {
        for (sku, ms, want) in [
            ("SKU-001", 754_900, "SKU-001_00-12-34.mp4"),
            ("红 L?", 0, "红_L__00-00-00.mp4"),
            ("..", 36_000_000, "__10-00-00.mp4"),
            ("a:b*c|d\\e", 1_000, "a_b_c_d_e_00-00-01.mp4"),
            ("", 0, "__00-00-00.mp4"),
            ("COM1", 0, "_COM1_00-00-00.mp4"),
            ("nul.txt", 0, "_nul.txt_00-00-00.mp4"),
            (".hidden", 0, "hidden_00-00-00.mp4"),
        ] {
            let span = PinSpan { sku: sku.into(), ..span(ms, ms) };
            assert_eq!(file_name(&span), want, "{sku}");
        }
        assert!(file_name(&PinSpan { sku: "长".repeat(300), ..span(0, 1) }).len() < 255);
        assert_eq!(pin_clips_folder(Path::new("a/晚场.mp4")), Path::new("a/晚场-clips"));
    }
}
