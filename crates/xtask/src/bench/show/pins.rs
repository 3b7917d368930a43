//! From "held still" in the demo clip's truth to "pinned" in the show's lines.
//!
//! The truth counts from the clip's first frame, lines count in show time. The two are aligned by pictures: a stretch
//! of the recording, which begins with the show, is looked up in the clip.

use super::super::figure::{Measured, percentile};
use crate::bench::parts::ffmpeg;
use crate::run::live::Line;
use hawker_domain::tag::TagState;
use hawker_wire::live::LiveEvent;
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// A tag may come a little after the item has gone, when it was only just seen long enough.
const LATE_MS: f64 = 1_000.0;

/// Frames compared at once, and where in the recording they begin: past the first keyframe, before any card.
const STRETCH: usize = 20;
const SKIPPED: usize = 5;

/// One stretch of the clip in which an item is held still.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Held {
    /// None or empty for a thing that is not in the catalogue.
    pub sku: Option<String>,
    /// Held still from here to there.
    pub from_ms: f64,
    pub to_ms: f64,
    /// When it came up into the picture, where the truth tells that too. A pin may come from then on.
    #[serde(default)]
    pub raised_from_ms: Option<f64>,
}

impl Held {
    fn seen_from_ms(&self) -> f64 {
        self.raised_from_ms.unwrap_or(self.from_ms)
    }
}

/// The clip's truth.
pub struct Truth {
    items: Vec<Held>,
    clip_ms: f64,
}

/// One pin of the show.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    pub sku: String,
    pub at_ms: f64,
}

impl Truth {
    /// Reads `clip.truth.json` beside the clip.
    pub fn beside(clip: &Path) -> Result<Self, String> {
        let path = clip.with_extension("truth.json");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let items = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { items, clip_ms: ffmpeg::duration_ms(clip)? })
    }

    /// What of the truth the show saw, in show time. The clip plays in a loop and was `offset_ms` in when it began.
    pub fn in_show(&self, offset_ms: f64, on_air_ms: f64) -> Vec<Held> {
        let mut held = Vec::new();
        let mut start_ms = -offset_ms;
        while start_ms < on_air_ms && self.clip_ms > 0.0 {
            for item in self.items.iter().filter(|item| item.sku.as_ref().is_some_and(|sku| !sku.is_empty())) {
                let shifted = Held {
                    sku: item.sku.clone(),
                    from_ms: item.from_ms + start_ms,
                    to_ms: item.to_ms + start_ms,
                    raised_from_ms: Some(item.seen_from_ms() + start_ms),
                };
                // An item that was in the picture before the show, or still is at its end, was not seen whole.
                if shifted.seen_from_ms() >= 0.0 && shifted.to_ms + LATE_MS <= on_air_ms {
                    held.push(shifted);
                }
            }
            start_ms += self.clip_ms;
        }
        held
    }
}

/// Every pin among a show's lines.
pub fn pinned(lines: &[Line]) -> Vec<Pin> {
    let live = lines.iter().filter_map(|line| line.event.as_ref());
    live.filter_map(|line| match &line.event {
        LiveEvent::Tag { sku, state: TagState::Pinned, .. } => {
            Some(Pin { sku: sku.as_str().to_owned(), at_ms: line.t_ms.0 as f64 })
        }
        _ => None,
    })
    .collect()
}

/// The 95th percentile over all items; one that was never pinned counts as slower than any.
pub fn measure(held: &[Held], pins: &[Pin]) -> Result<Measured, String> {
    let seconds: Vec<f64> = held.iter().map(|item| seconds_to_pin(item, pins).unwrap_or(f64::INFINITY)).collect();
    let never = seconds.iter().filter(|seconds| seconds.is_infinite()).count();
    let p95 = percentile(&seconds, 0.95).ok_or("the show saw no item of the truth from beginning to end")?;
    if p95.is_infinite() {
        return Err(format!("{never} of {} items were never pinned", held.len()));
    }
    let median = percentile(&seconds, 0.5).unwrap_or(p95);
    let note = format!("median {median:.2} s; {never} of {} items never pinned", held.len());
    Ok(Measured { value: p95, n: held.len() as u64, note: Some(note), ..Measured::default() })
}

/// A pin before the item was held still took no time at all.
fn seconds_to_pin(item: &Held, pins: &[Pin]) -> Option<f64> {
    let mine = pins.iter().filter(|pin| Some(&pin.sku) == item.sku.as_ref());
    let inside = mine.filter(|pin| pin.at_ms >= item.seen_from_ms() && pin.at_ms <= item.to_ms + LATE_MS);
    let first = inside.map(|pin| pin.at_ms).min_by(f64::total_cmp)?;
    Some((first - item.from_ms).max(0.0) / 1000.0)
}

/// How far into the clip the show began, milliseconds.
pub fn offset_ms(clip: &Path, recording: &Path) -> Result<f64, String> {
    let clip_frames = ffmpeg::thumbnails(clip, None)?;
    let recorded = ffmpeg::thumbnails(recording, Some(SKIPPED + STRETCH))?;
    let sought = recorded.get(SKIPPED..).filter(|frames| frames.len() == STRETCH);
    let sought = sought.ok_or("the recording is too short to align the clip's time with")?;
    let index = best_match(&clip_frames, sought).ok_or("the clip is too short to align with")?;
    Ok((index as f64 - SKIPPED as f64) * 1000.0 / ffmpeg::THUMBNAIL_FPS)
}

/// Where in `frames` the stretch `sought` fits best, by the sum of absolute differences.
fn best_match(frames: &[Vec<u8>], sought: &[Vec<u8>]) -> Option<usize> {
    let distance = |window: &[Vec<u8>]| -> u64 {
        let pixels = window.iter().zip(sought).flat_map(|(a, b)| a.iter().zip(b));
        pixels.map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
    };
    let windows = frames.windows(sought.len().max(1)).enumerate();
    windows.min_by_key(|(_, window)| distance(window)).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn held(sku: &str, from_ms: f64, to_ms: f64) -> Held {
        Held { sku: Some(sku.into()), from_ms, to_ms, raised_from_ms: None }
    }

    fn pin(sku: &str, at_ms: f64) -> Pin {
        Pin { sku: sku.into(), at_ms }
    }

    #[test]
    fn the_clips_time_is_moved_into_show_time_and_repeats_with_the_loop() {
        let unknown = Held { sku: None, ..held("", 4_100.0, 4_900.0) };
        let empty = held("", 5_100.0, 5_900.0);
        let truth = Truth { items: vec![held("A", 1_000.0, 3_000.0), unknown, empty], clip_ms: 10_000.0 };
        let starts: Vec<f64> = truth.in_show(2_500.0, 30_000.0).iter().map(|item| item.from_ms).collect();
        assert_eq!(starts, [8_500.0, 18_500.0], "the first had begun before the show, the last ends after it");
    }

    #[test]
    fn an_item_that_is_never_pinned_is_slower_than_any() {
        let items = [held("A", 0.0, 4_000.0), held("B", 5_000.0, 9_000.0)];
        let pins = [pin("A", 700.0), pin("A", 900.0), pin("B", 12_000.0), pin("C", 6_000.0)];
        let why = measure(&items, &pins).unwrap_err();
        assert!(why.contains("1 of 2"), "{why}");
        let good = measure(&items, &[pin("A", 700.0), pin("B", 6_200.0)]).unwrap();
        assert_eq!((good.value, good.n), (1.2, 2));
    }

    #[test]
    fn time_runs_from_being_held_still_and_a_pin_on_the_way_up_took_none() {
        let item = Held { raised_from_ms: Some(1_000.0), ..held("A", 1_500.0, 4_000.0) };
        assert_eq!(seconds_to_pin(&item, &[pin("A", 2_000.0)]), Some(0.5));
        assert_eq!(seconds_to_pin(&item, &[pin("A", 1_200.0)]), Some(0.0));
    }

    #[test]
    fn a_stretch_is_found_where_it_was_cut_even_with_some_noise() {
        let frames: Vec<Vec<u8>> = (0..50_u8).map(|n| vec![n.wrapping_mul(37), n.wrapping_mul(91), 200]).collect();
        let noisy: Vec<Vec<u8>> =
            frames[17..22].iter().map(|frame| frame.iter().map(|p| p.saturating_add(3)).collect()).collect();
        assert_eq!(best_match(&frames, &noisy), Some(17));
        assert_eq!(best_match(&frames[..2], &noisy), None);
    }
}
