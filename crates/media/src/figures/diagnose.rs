//! Whose fault it is that pictures are lost. Pure.

use crate::{
    DropCause, MediaStats, OutputPhase, OutputStats, SecretUrl,
    output::{Others, Road, Standing},
};
use hawker_domain::{DestinationId, Words, overload::LossWhy};
use std::{collections::VecDeque, time::Duration};

/// At one lost picture in a hundred viewers notice.
const SHARE: f32 = 0.01;
/// A handful of pictures is no trend, whatever share of a short span they are.
const LOST_LEAST: u64 = 3;

/// Pictures are being lost, and this is why.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Diagnosis {
    pub why: LossWhy,
    /// Of the pictures in the span, 0.01 to 1.
    pub share: f32,
    pub lost: u64,
    /// The only destination that is behind, where others are not.
    pub destination: Option<DestinationId>,
    pub words: Words,
}

/// What was lost between two looks at one show, if it is worth a word: the cause that costs most.
pub fn diagnose(before: &MediaStats, now: &MediaStats) -> Option<Diagnosis> {
    let frames = now.frames.since(&before.frames);
    let of_slots = |lost: u64| loss(lost, frames.composed + lost);
    let late = frames.dropped_by(DropCause::SourceLate);
    // A late picture leaves its slot with the picture before it: the slot is composed all the same.
    // On a computer without time for them the pictures of a good camera are late too.
    let (late, too_late) = if short_of_time(before, now) { (0, late) } else { (late, 0) };
    let source = loss(late, frames.composed.max(late)).map(|(share, lost)| (share, lost, LossWhy::Source, None));
    let busy = frames.dropped_by(DropCause::Overload) + frames.dropped_by(DropCause::QueueFull) + too_late;
    let computer = of_slots(busy).map(|(share, lost)| (share, lost, LossWhy::Computer, None));
    let worst = [source, computer, outputs(before, now)].into_iter().flatten().max_by(|a, b| a.0.total_cmp(&b.0));
    let (share, lost, why, output) = worst?;
    Some(Diagnosis {
        why,
        share,
        lost,
        destination: output.map(|output| output.id),
        words: why.words(share, output.map(|output| output.url.as_str())),
    })
}

/// Whether time is short now, or was in between. What is still given up since earlier has made time: it says nothing.
fn short_of_time(before: &MediaStats, now: &MediaStats) -> bool {
    let steps = |stats: &MediaStats| stats.governor.as_ref().map_or(0, |governor| governor.steps_down);
    steps(now) > steps(before) || now.governor.as_ref().is_some_and(|governor| governor.warned)
}

type Loss<'a> = (f32, u64, LossWhy, Option<&'a OutputStats>);

/// The destination that lost most; the network's fault unless another one on the same road took as much and lost nothing.
fn outputs<'a>(before: &MediaStats, now: &'a MediaStats) -> Option<Loss<'a>> {
    let encoded = now.frames.encoded.saturating_sub(before.frames.encoded);
    let lost_by = |output: &OutputStats| {
        let before = before.outputs.iter().find(|other| other.id == output.id).map_or(0, |other| other.dropped);
        let lost = output.dropped.saturating_sub(before);
        loss(lost, encoded.max(lost))
    };
    // One that is not connected says nothing about the way.
    let standing = |output: &OutputStats| {
        let road = SecretUrl::parse(&output.url).ok().and_then(|url| Road::to(&url))?;
        let (loses_nothing, queue_ms) = (lost_by(output).is_none(), output.queue_ms);
        Some(Standing { road, loses_nothing, queue_ms, taken_bps: output.bitrate_bps })
    };
    // What a camera of this computer leaves out is no matter of a network; it is counted, and that is all.
    let is_camera = |url: &str| url.split_once(':').is_some_and(|(scheme, _)| scheme == SecretUrl::VIRTUAL_CAMERA);
    let sent = now.outputs.iter().filter(|output| !is_camera(&output.url));
    let losing = sent.filter_map(|output| lost_by(output).map(|(share, lost)| (share, lost, output)));
    let (share, lost, output) = losing.reduce(|worst, next| if next.0 > worst.0 { next } else { worst })?;
    let live = now.outputs.iter().filter(|other| other.phase == OutputPhase::Live && other.id != output.id);
    let alone = standing(output).is_some_and(|slow| slow.among(live.filter_map(standing)) == Others::Fine);
    Some(if alone { (share, lost, LossWhy::Destination, Some(output)) } else { (share, lost, LossWhy::Network, None) })
}

fn loss(lost: u64, of: u64) -> Option<(f32, u64)> {
    let share = lost as f32 / of.max(1) as f32;
    (lost >= LOST_LEAST && share >= SHARE).then_some((share, lost))
}

/// Looks back over a fixed span of a running show.
#[derive(Debug)]
pub struct LossWatch {
    span: Duration,
    seen: VecDeque<(Duration, MediaStats)>,
}

/// Looks that are kept; at two a second this is a minute.
const SEEN_MOST: usize = 120;

impl LossWatch {
    /// Looks back over `span`; ten seconds are usual.
    pub fn new(span: Duration) -> Self {
        Self { span, seen: VecDeque::new() }
    }

    /// Takes a look at `now` (a clock that never goes back): what was lost in the span that ends here.
    pub fn on(&mut self, now: Duration, stats: &MediaStats) -> Option<Diagnosis> {
        // One look older than the span stays: it is where the span begins.
        while self.seen.get(1).is_some_and(|(at, _)| *at + self.span <= now) || self.seen.len() >= SEEN_MOST {
            self.seen.pop_front();
        }
        self.seen.push_back((now, stats.clone()));
        let (_, before) = self.seen.front()?;
        diagnose(before, stats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FrameCounts, GovernorState, Scale, Setpoint};
    use hawker_domain::overload::LeverSetting;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn show(composed: u64, dropped: &[(DropCause, u64)], outputs: &[(u64, OutputPhase)]) -> MediaStats {
        let outputs = outputs.iter().enumerate().map(|(n, (dropped, phase))| OutputStats {
            dropped: *dropped,
            phase: *phase,
            ..OutputStats::new(DestinationId(Uuid::from_u128(n as u128)), format!("rtmp://host-{n}/live"))
        });
        let frames = FrameCounts {
            captured: composed,
            composed,
            encoded: composed,
            by_canvas: BTreeMap::new(),
            dropped: dropped.iter().copied().collect::<BTreeMap<_, _>>(),
        };
        MediaStats { frames, outputs: outputs.collect(), ..MediaStats::default() }
    }

    #[test]
    fn the_cause_of_a_loss_is_named() {
        use DropCause::{OutputBehind, Overload, QueueFull, SourceLate};
        use OutputPhase::{Live, Reconnecting};
        type Case = (&'static str, MediaStats, Option<(LossWhy, u64)>);
        let table: [Case; 11] = [
            ("all is well", show(300, &[], &[(0, Live)]), None),
            ("two pictures are no trend", show(100, &[(Overload, 2)], &[]), None),
            ("under one in a hundred", show(1000, &[(Overload, 9)], &[]), None),
            (
                "encoder and queue together",
                show(300, &[(Overload, 2), (QueueFull, 2)], &[]),
                Some((LossWhy::Computer, 4)),
            ),
            ("a late camera", show(300, &[(SourceLate, 30)], &[(0, Live)]), Some((LossWhy::Source, 30))),
            ("the only destination", show(300, &[(OutputBehind, 60)], &[(60, Live)]), Some((LossWhy::Network, 60))),
            (
                "all destinations",
                show(300, &[(OutputBehind, 90)], &[(60, Live), (30, Live)]),
                Some((LossWhy::Network, 60)),
            ),
            (
                "one of two",
                show(300, &[(OutputBehind, 60)], &[(0, Live), (60, Live)]),
                Some((LossWhy::Destination, 60)),
            ),
            (
                "the other one is not connected",
                show(300, &[(OutputBehind, 60)], &[(0, Reconnecting), (60, Live)]),
                Some((LossWhy::Network, 60)),
            ),
            (
                "the worst of several",
                show(300, &[(Overload, 6), (SourceLate, 90)], &[(30, Live)]),
                Some((LossWhy::Source, 90)),
            ),
            ("nothing gets through at all", show(0, &[(Overload, 50)], &[]), Some((LossWhy::Computer, 50))),
        ];
        for (name, now, want) in table {
            let got = diagnose(&show(0, &[], &[]), &now);
            assert_eq!(got.as_ref().map(|d| (d.why, d.lost)), want, "{name}: {got:?}");
            if let Some(found) = got {
                assert!((0.01..=1.0).contains(&found.share), "{name}: {found:?}");
                assert_eq!(found.destination.is_some(), found.why == LossWhy::Destination);
            }
        }
    }

    #[test]
    fn a_platform_on_this_computer_or_a_camera_clears_no_network() {
        for (fine, want) in [
            ("rtmp://other.example/live", LossWhy::Destination),
            ("rtmp://127.0.0.1:1935/live", LossWhy::Network),
            ("virtual-camera:Hawker", LossWhy::Network),
        ] {
            let lost = [(0, OutputPhase::Live), (60, OutputPhase::Live)];
            let mut now = show(300, &[(DropCause::OutputBehind, 60)], &lost);
            now.outputs[0].url = fine.to_owned();
            assert_eq!(diagnose(&show(0, &[], &[]), &now).map(|found| found.why), Some(want), "{fine} is fine");
        }
    }

    #[test]
    fn what_a_camera_of_this_computer_leaves_out_is_laid_to_no_network() {
        let mut now = show(300, &[(DropCause::OutputBehind, 60)], &[(60, OutputPhase::Live)]);
        now.outputs[0].url = "virtual-camera:Hawker".to_owned();
        assert_eq!(diagnose(&show(0, &[], &[]), &now), None);
    }

    #[test]
    fn late_pictures_are_the_computers_fault_while_it_is_short_of_time() {
        let setpoint = Setpoint { watch_fps: 5, preview_fps: 10, beauty_allowed: true, fps: 30, scale: Scale::Full };
        let state = |lowered: &[LeverSetting], warned, steps_down| {
            let lowered = lowered.to_vec();
            Some(GovernorState { setpoint, lowered, load: 0.5, warned, steps_down, last: None })
        };
        let beauty = LeverSetting::Beauty { allowed: false };
        let table = [
            ("no governor", None, LossWhy::Source),
            ("all is well", state(&[], false, 2), LossWhy::Source),
            ("what was lowered before has made time", state(&[beauty], false, 2), LossWhy::Source),
            ("the encoder is nearly full", state(&[], true, 2), LossWhy::Computer),
            ("it was lowered in between", state(&[], false, 3), LossWhy::Computer),
        ];
        for (name, governor, want) in table {
            let before = MediaStats { governor: state(&[], false, 2), ..show(0, &[], &[]) };
            let now = MediaStats { governor, ..show(300, &[(DropCause::SourceLate, 30)], &[]) };
            assert_eq!(diagnose(&before, &now).map(|found| found.why), Some(want), "{name}");
        }
        let two_causes = [(DropCause::SourceLate, 8), (DropCause::Overload, 8)];
        let now = MediaStats { governor: state(&[], true, 2), ..show(1200, &two_causes, &[]) };
        let found = diagnose(&MediaStats::default(), &now).map(|found| (found.why, found.lost));
        assert_eq!(found, Some((LossWhy::Computer, 16)), "each alone is less than is told");
    }

    #[test]
    fn what_was_lost_before_the_span_is_forgotten() {
        let mut watch = LossWatch::new(Duration::from_secs(10));
        let lost = |composed, lost| show(composed, &[(DropCause::Overload, lost)], &[]);
        let mut found = Vec::new();
        for second in 0..40_u64 {
            let now = Duration::from_secs(second);
            // Twenty pictures are lost between second 5 and 6, and none after.
            let stats = lost(second * 30, if second > 5 { 20 } else { 0 });
            if watch.on(now, &stats).is_some_and(|d| d.why == LossWhy::Computer) {
                found.push(second);
            }
        }
        assert_eq!(found, (6..=15).collect::<Vec<_>>());
        assert!(watch.seen.len() <= 12, "{}", watch.seen.len());
    }

    #[test]
    fn looks_that_come_too_often_do_not_pile_up() {
        let mut watch = LossWatch::new(Duration::from_secs(3600));
        for n in 0..1000 {
            watch.on(Duration::from_millis(n), &MediaStats::default());
        }
        assert!(watch.seen.len() <= SEEN_MOST);
    }
}
