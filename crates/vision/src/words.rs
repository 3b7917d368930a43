//! Words and codes of the things that are followed: what is read when, and what it says for the products.

use hawker_av::{Rect, VideoFrame};
use hawker_domain::Sku;
use hawker_infer::{Manifest, Runtime, SessionConfig};
use std::collections::HashMap;

use crate::VisionError;
use crate::pre::Pre;
use crate::read::{Candidate, Desk, Evidence, Lexicon, Line, Names, OnRead, Pace, ReaderModels, Reading, SIDE, Words};
use crate::track::Track;

/// Around a box, as a share of its sides: the rim of a package is printed on too.
const RIM: f32 = 0.04;

/// So many readings that fail one after the other are no accident.
const MOST_FAILURES: u32 = 3;

/// Reads beside the looking. Threads: the recogniser's.
#[derive(Debug, Default)]
pub(crate) struct WordsBeside {
    desk: Option<Desk>,
    /// See [`ReaderModels::id`].
    reader_id: Option<String>,
    names: HashMap<Sku, Names>,
    lexicon: Lexicon,
    pace: Pace,
    /// When each thing that is held still began to be.
    still_since: HashMap<u32, u64>,
    /// What is being read, and since when; what was read, and when it counts.
    begun_ms: u64,
    /// In a row.
    failures: u32,
    waiting: Option<(u64, u32, Reading)>,
}

/// What a frame brought; see [`WordsBeside::turn`].
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// What was read on a track, and what that says.
    pub read: Option<(u32, Evidence, Reading)>,
    /// The track of which this frame is being read.
    pub begun: Option<u32>,
}

impl WordsBeside {
    /// Where the models of words are missing or unfit nothing is read: the rest works without them.
    pub fn load((words, pre): (Words, Pre), manifest: &Manifest, runtime: &Runtime, config: &SessionConfig) -> Self {
        if words == Words::Off {
            return Self::default();
        }
        let models = ReaderModels::new(manifest, runtime, config).map(|models| models.with_pre(pre));
        let reader_id = models.as_ref().ok().map(|models| models.id(SIDE));
        let desk = models.and_then(|models| Desk::new(words, models));
        let desk = desk.map_err(|error| tracing::warn!("no words are read: {error}")).ok();
        Self { desk: desk.flatten(), reader_id, ..Self::default() }
    }

    /// What the products are called, in their order. True: one of them was called something else before, so what was read and
    /// compared with that is read again.
    pub fn set_names(&mut self, names: HashMap<Sku, Names>, skus: &[Sku]) -> bool {
        let former = std::mem::replace(&mut self.names, names);
        let is_other =
            |sku: &Sku| former.get(sku).is_some_and(|was| self.names.get(sku).is_none_or(|now| !now.is_called_as(was)));
        let is_renamed = skus.iter().any(is_other);
        self.lexicon = Lexicon::build(skus, &self.names);
        if is_renamed {
            self.pace.read_again();
        }
        is_renamed
    }

    /// What they are called.
    pub fn names(&self) -> &HashMap<Sku, Names> {
        &self.names
    }

    /// What a sentence says for each product; see [`Lexicon::spoken`].
    pub fn spoken(&self, words: &str) -> Evidence {
        self.lexicon.spoken(words)
    }

    /// The products evidence speaks of, in their order. What was read for others is forgotten, so everything is read again.
    pub fn set_products(&mut self, skus: &[Sku]) {
        self.lexicon = Lexicon::build(skus, &self.names);
        self.waiting = None;
        self.pace.read_again();
        if let Some(desk) = &mut self.desk {
            desk.forget();
        }
    }

    /// The same with products among them that come, go or have other places. What was read and is being read stays.
    pub fn arrange(&mut self, skus: &[Sku]) {
        self.lexicon.arrange(skus, &self.names);
    }

    /// What was read on a track counts no more: it is read again.
    pub fn read_again(&mut self, track_id: u32) {
        self.pace.ended(track_id);
    }

    pub fn start_over(&mut self) {
        (self.pace, self.waiting) = (Pace::default(), None);
        self.still_since.clear();
        if let Some(desk) = &mut self.desk {
            desk.forget();
        }
    }

    /// A track has left the picture, or shows something that was never read.
    pub fn ended(&mut self, track_id: u32) {
        self.pace.ended(track_id);
        self.still_since.remove(&track_id);
    }

    /// One frame: what was read by now, and perhaps the next thing that is read. `tracks`: those of this frame, most important
    /// first, each with whether it is held still and whether nothing of it is open. Errors never: what fails is told in the log.
    pub fn turn(&mut self, frame: &VideoFrame, now_ms: u64, tracks: &[(&Track, bool, bool)]) -> Turn {
        if self.desk.is_none() {
            return Turn::default();
        }
        self.pace.frame(now_ms);
        let read = self.collect(now_ms);
        self.still_since.retain(|id, _| tracks.iter().any(|(track, still, _)| track.id == *id && *still));
        let candidate = |(track, _, settled): &(&Track, bool, bool)| {
            let since = self.still_since.get(&track.id).copied().unwrap_or(now_ms);
            Candidate { track_id: track.id, still_ms: now_ms.saturating_sub(since), settled: *settled }
        };
        let candidates: Vec<Candidate> = tracks.iter().map(candidate).collect();
        for (track, ..) in tracks.iter().filter(|(_, still, _)| *still) {
            self.still_since.entry(track.id).or_insert(now_ms);
        }
        let idle = self.waiting.is_none() && self.desk.as_ref().is_some_and(|desk| !desk.is_busy());
        // With nothing to compare it with, nothing is worth reading.
        let due = self.pace.choose(now_ms, &candidates).filter(|_| idle && !self.lexicon.is_empty());
        let due = due.and_then(|id| tracks.iter().find(|(track, ..)| track.id == id));
        if let Some((track, ..)) = due {
            self.start(frame, now_ms, track);
        }
        Turn { read, begun: due.map(|(track, ..)| track.id) }
    }

    fn start(&mut self, frame: &VideoFrame, now_ms: u64, track: &Track) {
        let rect = track.rect.padded(RIM, crate::embed::whole_of(frame));
        if let Some(desk) = self.desk.as_mut() {
            desk.start(track.id, frame, rect);
            self.pace.begun(track.id, now_ms);
            self.begun_ms = now_ms;
        }
    }

    /// What has been read and counts by now.
    fn collect(&mut self, now_ms: u64) -> Option<(u32, Evidence, Reading)> {
        if let Some((track_id, done)) = self.desk.as_mut().and_then(Desk::take) {
            match done {
                Ok(reading) => {
                    self.failures = 0;
                    // At once on a thread of its own; in the same thread when it would have been done there.
                    let ready_ms = now_ms.max(self.begun_ms + reading.ms as u64);
                    let ready_ms = if matches!(self.desk, Some(Desk::Beside(_))) { now_ms } else { ready_ms };
                    self.pace.done(ready_ms, reading.ms as u64);
                    self.waiting = Some((ready_ms, track_id, reading));
                }
                Err(error) => {
                    self.pace.done(now_ms, 0);
                    self.failed(&error);
                }
            }
        }
        if self.desk.as_ref().is_some_and(Desk::is_gone) {
            tracing::error!("the thread that reads words and codes ended; nothing is read any more");
            self.desk = None;
        }
        let (_, track_id, reading) = self.waiting.take_if(|(ready_ms, ..)| *ready_ms <= now_ms)?;
        let evidence = self.lexicon.evidence(&reading);
        tracing::debug!(track.id = track_id, ms = reading.ms, lines = reading.lines.len(), "words read");
        Some((track_id, evidence, reading))
    }

    /// One thing that can't be read costs its own reading; several in a row cost all words, and then all codes.
    fn failed(&mut self, error: &VisionError) {
        self.failures += 1;
        if self.failures < MOST_FAILURES {
            tracing::warn!("something can't be read: {error}");
            return;
        }
        self.failures = 0;
        let codes = self.desk.as_mut().is_some_and(Desk::only_codes);
        tracing::warn!(codes_are_read = codes, "no more words are read: {error}");
        if !codes {
            self.desk = None;
        }
    }

    /// Reads a part of a picture at once and says what that means; none where reading is off or done beside.
    pub fn read_now(&mut self, frame: &VideoFrame, rect: Rect) -> Result<Option<(Evidence, Reading)>, VisionError> {
        let Some(desk) = self.desk.as_mut() else { return Ok(None) };
        let reading = desk.read_now(frame, rect)?;
        Ok(reading.map(|reading| (self.lexicon.evidence(&reading), reading)))
    }

    /// Who reads photos beside; none: nobody does.
    pub fn reader_id(&self) -> Option<&str> {
        self.reader_id.as_deref().filter(|_| matches!(self.desk, Some(Desk::Beside(_))))
    }

    /// See [`Desk::read_photo_beside`].
    pub fn read_photo_beside(&mut self, photo: VideoFrame, done: OnRead) -> bool {
        self.desk.as_mut().is_some_and(|desk| desk.read_photo_beside(photo, done))
    }

    /// What stands on a catalogue photo; nothing where reading is off or done beside.
    pub fn read_photo(&mut self, photo: &VideoFrame) -> Result<Vec<Line>, VisionError> {
        let Some(desk) = self.desk.as_mut() else { return Ok(Vec::new()) };
        let reading = desk.read_now(photo, crate::embed::whole_of(photo))?;
        Ok(reading.map(|reading| reading.lines).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::read::Quad;

    #[test]
    fn a_reading_that_is_done_counts_for_a_product_that_was_taken_in_meanwhile_and_not_for_other_products() {
        let called = |title: &str| Names { title: title.to_owned(), ..Names::default() };
        let (tea, milk) = (Sku::new("TEA").unwrap(), Sku::new("MILK").unwrap());
        let mut words = WordsBeside::default();
        let names = [(tea.clone(), called("Jasmine")), (milk.clone(), called("Hillox"))];
        words.set_names(names.into(), std::slice::from_ref(&tea));
        let line = Line { text: "HILLOX".to_owned(), confidence: 0.9, quad: Quad::default() };
        let done = || Some((0, 7, Reading { lines: vec![line.clone()], ..Reading::default() }));
        words.waiting = done();
        words.arrange(&[tea, milk.clone()]);
        let (track_id, evidence, _) = words.collect(0).unwrap();
        assert!(track_id == 7 && evidence.words[0] == 0.0 && evidence.words[1] > 0.5, "{evidence:?}");
        words.waiting = done();
        words.set_products(&[milk]);
        assert!(words.collect(0).is_none());
    }

    #[test]
    fn a_thing_whose_words_were_forgotten_is_read_again() {
        let still = [Candidate { track_id: 7, still_ms: 1_000, settled: false }];
        let mut words = WordsBeside::default();
        let read_up = |words: &mut WordsBeside| {
            (0..3).for_each(|n| words.pace.begun(7, n * 2_000));
            assert_eq!(words.pace.choose(9_000, &still), None);
        };
        read_up(&mut words);
        words.set_products(&[Sku::new("TEA").unwrap()]);
        assert_eq!(words.pace.choose(9_000, &still), Some(7), "other products");
        read_up(&mut words);
        words.read_again(7);
        assert_eq!(words.pace.choose(9_000, &still), Some(7), "the host said what it is");
    }

    #[test]
    fn a_thing_is_read_again_where_a_product_is_called_something_else_and_not_for_what_stands_on_photos() {
        let tea = Sku::new("TEA").unwrap();
        let called = |barcode: &str, printed: Vec<Vec<Line>>| {
            let names = Names { barcode: barcode.to_owned(), printed, ..Names::default() };
            HashMap::from([(tea.clone(), names)])
        };
        let line = Line { text: "JASMINE".to_owned(), confidence: 0.9, quad: Quad::default() };
        let mut words = WordsBeside::default();
        let skus = std::slice::from_ref(&tea);
        assert!(!words.set_names(called("1", vec![]), skus), "it had no name before");
        assert!(!words.set_names(called("1", vec![vec![line]]), skus));
        assert!(!words.set_names(called("2", vec![]), &[]), "nobody looks for it");
        assert!(words.set_names(called("3", vec![]), skus));
    }
}
