//! When what was pinned, read off the show's own lines. Pure.

use hawker_domain::{ShowMs, TagId, tag::TagState};
use hawker_media::PinSpan;
use hawker_wire::live::{LiveEvent, LiveLine};

/// Pins of one show, in order. Invariant: at most one is open.
#[derive(Clone, Debug, Default)]
pub struct PinLog {
    over: Vec<PinSpan>,
    open: Option<(TagId, String, ShowMs)>,
}

/// A show of a day with a pin every ten seconds; what comes after has no clip.
const MOST: usize = 8_640;

impl PinLog {
    /// Takes note of a line of the show.
    pub fn note(&mut self, line: &LiveLine) {
        let LiveEvent::Tag { tag_id, sku, state, .. } = &line.event else { return };
        match state {
            TagState::Pinned => {
                self.close(line.t_ms);
                self.open = Some((*tag_id, sku.to_string(), line.t_ms));
            }
            TagState::Retracted if self.open.as_ref().is_some_and(|(open, ..)| open == tag_id) => self.close(line.t_ms),
            TagState::Retracted | TagState::Suggested => {}
        }
    }

    /// Every pin; one that is open ends with the show.
    pub fn spans(&self, end: ShowMs) -> Vec<PinSpan> {
        let mut log = self.clone();
        log.close(end);
        log.over
    }

    fn close(&mut self, to: ShowMs) {
        if let Some((_, sku, from)) = self.open.take()
            && self.over.len() < MOST
        {
            self.over.push(PinSpan { sku, from, to, earliest: ShowMs(0) });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::Sku;
    use uuid::Uuid;

    #[test]
    fn a_pin_lasts_until_it_is_taken_down_or_another_takes_its_place() {
        use TagState::{Pinned, Retracted, Suggested};
        let mut log = PinLog::default();
        for (t_ms, tag, sku, state) in [
            (500, 1, "A", Suggested),
            (1_000, 1, "A", Pinned),
            (2_000, 2, "B", Suggested),
            (2_500, 2, "B", Retracted),
            (3_000, 1, "A", Retracted),
            (4_000, 3, "C", Pinned),
            (5_000, 4, "A", Pinned),
        ] {
            let event = LiveEvent::Tag {
                tag_id: TagId(Uuid::from_u128(tag)),
                track_id: None,
                sku: Sku::new(sku).unwrap(),
                variants: Vec::new(),
                state,
                confidence: 1.0,
                why: Vec::new(),
                link: None,
            };
            log.note(&LiveLine { t_ms: ShowMs(t_ms), event });
        }
        let spans: Vec<_> =
            log.spans(ShowMs(9_000)).into_iter().map(|span| (span.sku, span.from.0, span.to.0)).collect();
        let want = [("A", 1_000, 3_000), ("C", 4_000, 5_000), ("A", 5_000, 9_000)];
        assert_eq!(spans, want.map(|(sku, from, to)| (sku.to_owned(), from, to)));
    }
}
