//! How events reach their listener: in order, and never a wait for whoever sends them.
//!
//! A listener that stops reading for a while hears afterwards how everything is by then: when the queue is full, what is
//! out of date goes.

use super::{MediaEvent, Subject};
use hawker_domain::{SourceId, sound::InputId};
use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::mpsc;

/// Events wait in so many places before what is out of date goes: minutes of a bad network, while a listener that works
/// reads within milliseconds.
const FULL: usize = 256;
/// More never wait, whatever they speak of: a show has a few dozen sources, destinations and encodes.
const MOST: usize = 1_024;

/// Where an event that arrives finds its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Free,
    /// In that of the event that waits there, which is out of date.
    Of(usize),
    /// In that of the event that waits there, and that counts.
    LossOf(usize),
    Nowhere,
}

/// Pure. Of the events that wait, the oldest goes that a later one of the same subject (`arriving` among them) puts out of
/// date. Where there is none, more wait, up to [`MOST`]; then the oldest goes whose subject can be heard of again.
fn place(waiting: &VecDeque<(Subject, MediaEvent)>, arriving: &Subject) -> Place {
    if waiting.len() < FULL {
        return Place::Free;
    }
    let mut later = HashSet::from([arriving]);
    let mut outdated = None;
    for (index, (subject, _)) in waiting.iter().enumerate().rev() {
        if *subject != Subject::Once && !later.insert(subject) {
            outdated = Some(index);
        }
    }
    let said_again = || waiting.iter().position(|(subject, _)| *subject != Subject::Once);
    match outdated {
        Some(index) => Place::Of(index),
        None if waiting.len() < MOST => Place::Free,
        None => said_again().map_or(Place::Nowhere, Place::LossOf),
    }
}

#[derive(Default)]
struct Waiting(Mutex<VecDeque<(Subject, MediaEvent)>>);

impl Waiting {
    /// Nobody holds it for longer than a look at [`MOST`] events takes.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Subject, MediaEvent)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sending half, shared by all threads of a program. Never waits for the listener.
#[derive(Clone)]
pub(crate) struct Events {
    waiting: Arc<Waiting>,
    /// Events that counted and found no place.
    lost: Arc<AtomicU64>,
    /// Says that something waits; one word is enough for any number of events.
    wake: mpsc::Sender<()>,
}

/// What a program reports, for one listener. What waits is bounded: a listener that does not read for long misses what was
/// true only meanwhile, and hears the newest of each source, destination and so on, and whatever ended for good.
pub struct MediaEvents {
    waiting: Arc<Waiting>,
    woken: mpsc::Receiver<()>,
}

impl Events {
    pub(crate) fn channel() -> (Self, MediaEvents) {
        let waiting = Arc::<Waiting>::default();
        let (wake, woken) = mpsc::channel(1);
        (Self { waiting: waiting.clone(), lost: Arc::default(), wake }, MediaEvents { waiting, woken })
    }

    /// Under this name there is another source now: what was said of the former and not heard yet goes.
    pub(crate) fn forget_source(&self, id: &SourceId) {
        let of_it = [Subject::Source(id.clone()), Subject::SourceFormat(id.clone()), Subject::SourceSize(id.clone())];
        self.waiting.lock().retain(|(subject, _)| !of_it.contains(subject));
    }

    /// As [`Self::forget_source`], of a microphone.
    pub(crate) fn forget_microphone(&self, input: &InputId) {
        let of_it = [Subject::Mic(input.clone()), Subject::MicRate(input.clone())];
        self.waiting.lock().retain(|(subject, _)| !of_it.contains(subject));
    }

    pub(crate) fn send(&self, event: MediaEvent) {
        if self.wake.is_closed() {
            return;
        }
        let subject = event.subject();
        let mut waiting = self.waiting.lock();
        let place = place(&waiting, &subject);
        let gone = match place {
            Place::Free => None,
            Place::Of(index) | Place::LossOf(index) => waiting.remove(index),
            Place::Nowhere => Some((subject.clone(), event.clone())),
        };
        if place != Place::Nowhere {
            waiting.push_back((subject, event));
        }
        drop(waiting);
        // Full is no loss: the word that waits stands for this event, too.
        let _ = self.wake.try_send(());
        let Some((_, gone)) = gone else { return };
        if matches!(place, Place::Of(_)) {
            tracing::debug!(event = ?gone, "nobody reads the media events; one that is out of date is left out");
            return;
        }
        let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
        // A log of nothing else would bury what it is about.
        if lost.is_power_of_two() {
            tracing::error!(event = ?gone, lost, "nobody reads the media events; one that counts was lost");
        }
    }
}

/// Nobody hears what waits.
impl Drop for MediaEvents {
    fn drop(&mut self) {
        self.waiting.lock().clear();
    }
}

impl MediaEvents {
    /// The next one; none when the program is gone and all was heard. May be dropped while it waits: nothing is lost.
    pub async fn recv(&mut self) -> Option<MediaEvent> {
        loop {
            if let Some(event) = self.try_recv() {
                return Some(event);
            }
            if self.woken.recv().await.is_none() {
                return self.try_recv();
            }
        }
    }

    /// The next one that is there already.
    pub fn try_recv(&mut self) -> Option<MediaEvent> {
        self.waiting.lock().pop_front().map(|(_, event)| event)
    }

    /// As [`Self::recv`], for a thread that may wait.
    #[cfg(test)]
    pub(crate) fn blocking_recv(&mut self) -> Option<MediaEvent> {
        loop {
            if let Some(event) = self.try_recv() {
                return Some(event);
            }
            if self.woken.blocking_recv().is_none() {
                return self.try_recv();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{EncodePhase, OutputPhase};
    use hawker_domain::{CanvasShape, DestinationId, SourceId, Words, reason::RecordingWhy};

    fn output(number: u128, state: OutputPhase) -> MediaEvent {
        let id = DestinationId(uuid::Uuid::from_u128(number));
        MediaEvent::Output { id, state, why: None, why_code: None, deadline_ms: None }
    }

    /// Each in a state that can be heard of again.
    fn of_output(number: usize) -> MediaEvent {
        output(number as u128, OutputPhase::Reconnecting)
    }

    fn fatal() -> MediaEvent {
        MediaEvent::Fatal { why: "no encoder".into() }
    }

    fn queue(events: impl IntoIterator<Item = MediaEvent>) -> VecDeque<(Subject, MediaEvent)> {
        events.into_iter().map(|event| (event.subject(), event)).collect()
    }

    fn heard(events: &mut MediaEvents) -> Vec<MediaEvent> {
        std::iter::from_fn(|| events.try_recv()).collect()
    }

    #[test]
    fn what_is_out_of_date_makes_place_and_what_counts_only_where_nothing_else_is_left() {
        let distinct = |count: usize| (0..count).map(of_output);
        let lone = 5_000;
        let of_two = |count: usize| (0..count).map(|turn| of_output(turn % 2));
        let one_among_ends =
            |at: usize, count: usize| (0..count).map(move |turn| if turn == at { of_output(7) } else { fatal() });
        let table = [
            ("nothing waits", queue([]), of_output(0), Place::Free),
            ("there is room", queue(distinct(FULL - 1)), of_output(0), Place::Free),
            ("its own older state", queue(distinct(FULL)), of_output(3), Place::Of(3)),
            ("the oldest that another one follows", queue(of_two(FULL)), of_output(lone), Place::Of(0)),
            (
                "not what came last of a subject",
                queue(distinct(9).skip(2).chain(of_two(FULL))),
                of_output(lone),
                Place::Of(7),
            ),
            ("all of it counts", queue(distinct(FULL)), of_output(lone), Place::Free),
            ("all of it counts, and ends", queue((0..FULL).map(|_| fatal())), fatal(), Place::Free),
            ("too much counts", queue(distinct(MOST)), of_output(lone), Place::LossOf(0)),
            ("too much counts, for an end", queue(one_among_ends(4, MOST)), fatal(), Place::LossOf(4)),
            ("everything ends", queue((0..MOST).map(|_| fatal())), fatal(), Place::Nowhere),
            ("everything ends, for a state", queue((0..MOST).map(|_| fatal())), of_output(0), Place::Nowhere),
        ];
        for (what, waiting, arriving, want) in table {
            assert_eq!(place(&waiting, &arriving.subject()), want, "{what}");
        }
    }

    #[test]
    fn a_subject_is_what_a_later_event_can_put_out_of_date() {
        let source = |name: &str| SourceId::new(name).unwrap();
        let lost = |name: &str| MediaEvent::SourceLost {
            id: source(name),
            why: "silent".into(),
            why_code: hawker_domain::reason::SourceWhy::Silent,
        };
        let back = |name: &str| MediaEvent::SourceBack { id: source(name) };
        let format = |name: &str| MediaEvent::OtherFormat { id: source(name), why: "smaller".into() };
        let encode = |phase| MediaEvent::Encode { name: "16:9".into(), phase, why: None };
        let overload = |lowered| MediaEvent::Overload { lowered, words: Words::new("忙", "busy") };
        let scene = |what: &str| MediaEvent::SceneIncomplete { what: what.into(), why: "gone".into() };
        let table = [
            (output(1, OutputPhase::Reconnecting), output(1, OutputPhase::Live), true),
            (output(1, OutputPhase::Reconnecting), output(2, OutputPhase::Live), false),
            (output(1, OutputPhase::Failed), output(1, OutputPhase::Connecting), false),
            (output(1, OutputPhase::Failed), output(1, OutputPhase::Ended), false),
            (output(1, OutputPhase::Ended), output(1, OutputPhase::Ended), true),
            (lost("a"), back("a"), true),
            (lost("a"), back("b"), false),
            (lost("a"), format("a"), false),
            (encode(EncodePhase::Mended), encode(EncodePhase::Mended), true),
            (encode(EncodePhase::Mended), encode(EncodePhase::Lost), false),
            (overload(true), overload(false), true),
            (scene("a.png"), scene("b.png"), false),
        ];
        for (older, newer, replaces) in table {
            assert_eq!(older.subject() == newer.subject(), replaces, "{older:?}, then {newer:?}");
        }
        assert_eq!(encode(EncodePhase::Lost).subject(), Subject::Once);
    }

    #[test]
    fn a_listener_that_was_away_hears_the_last_state_of_each_and_every_end() {
        let (events, mut listener) = Events::channel();
        let stopped = MediaEvent::RecordingStopped {
            canvas: CanvasShape::Landscape,
            why: "full".into(),
            why_code: RecordingWhy::DiskFull,
        };
        let phases = [OutputPhase::Connecting, OutputPhase::Live, OutputPhase::Reconnecting];
        events.send(MediaEvent::FirstFrameEncoded);
        events.send(output(3, OutputPhase::Failed));
        for turn in 0..10_000_usize {
            events.send(output(turn as u128 % 2, phases[turn % 3]));
            if turn == 5_000 {
                events.send(stopped.clone());
            }
            assert!(events.waiting.lock().len() <= FULL, "turn {turn}");
        }
        let last = [output(0, OutputPhase::Live), output(1, OutputPhase::Reconnecting)];
        last.iter().for_each(|event| events.send(event.clone()));
        events.send(fatal());
        let heard = heard(&mut listener);
        let at = |wanted: &MediaEvent| heard.iter().rposition(|event| event == wanted);
        for (number, last) in last.iter().enumerate() {
            let of_it = |event: &&MediaEvent| event.subject() == output(number as u128, OutputPhase::Live).subject();
            assert_eq!(heard.iter().rfind(of_it), Some(last));
        }
        assert_eq!(at(&MediaEvent::FirstFrameEncoded), Some(0), "what was said first is heard first");
        assert_eq!(at(&output(3, OutputPhase::Failed)), Some(1));
        assert_eq!(at(&stopped), Some(2), "all that was said before it is out of date");
        assert_eq!(heard.last(), Some(&fatal()));
        assert_eq!(heard.len(), FULL, "no more was left out than had to be");
    }

    #[test]
    fn nothing_that_waits_of_a_former_one_is_taken_for_the_one_in_its_place() {
        let (events, mut listener) = Events::channel();
        let (first, second) = (SourceId::new("a").unwrap(), SourceId::new("b").unwrap());
        let size = |id: &SourceId| MediaEvent::OtherSize { id: id.clone(), before: (4, 3), now: (16, 9) };
        let back = |id: &SourceId| MediaEvent::SourceBack { id: id.clone() };
        let heard_again = |input: &str| MediaEvent::MicBack { input: InputId(input.into()) };
        let wide = |input: &str| MediaEvent::MicWide { input: InputId(input.into()) };
        for event in [size(&first), back(&second), heard_again("mic"), back(&first), wide("mic"), wide("mic-2")] {
            events.send(event);
        }
        events.forget_source(&first);
        events.forget_microphone(&InputId("mic".into()));
        events.send(back(&first));
        assert_eq!(heard(&mut listener), [back(&second), wide("mic-2"), back(&first)]);
    }

    #[test]
    fn more_than_there_are_things_in_a_show_never_waits() {
        let (events, mut listener) = Events::channel();
        for number in 0..2_000 {
            events.send(of_output(number));
        }
        let heard = heard(&mut listener);
        assert_eq!(heard.len(), MOST);
        assert_eq!(heard.last(), Some(&of_output(1_999)));
    }

    #[tokio::test]
    async fn a_listener_that_waits_hears_everything_in_order_and_then_that_the_program_is_gone() {
        let (events, mut listener) = Events::channel();
        let sender = std::thread::spawn(move || {
            for number in 0..200 {
                events.send(of_output(number));
                if number % 20 == 0 {
                    std::thread::yield_now();
                }
            }
        });
        let mut heard = Vec::new();
        while let Some(event) = listener.recv().await {
            heard.push(event);
        }
        sender.join().unwrap();
        assert_eq!(heard, (0..200).map(of_output).collect::<Vec<_>>());
        assert_eq!(listener.recv().await, None);
    }

    #[test]
    fn nothing_is_kept_for_a_listener_that_is_gone() {
        let (events, listener) = Events::channel();
        drop(listener);
        events.send(fatal());
        assert!(events.waiting.lock().is_empty());
    }
}
