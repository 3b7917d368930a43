//! Clips: how soon a product held still is pinned, and how often something wrong is.

use hawker_av::VideoFrame;
use hawker_domain::Sku;
use hawker_domain::tag::TagState;
use serde::{Deserialize, Serialize};

use super::conditions::{Products, of_span};
use super::reliability::{Reliability, reliability};
use super::strata::Case;
use super::{percentile, share};
use crate::shot::Shot;
use crate::tagger::Spoken;
use crate::{Recogniser, TagChange, VisionError};

/// A product is in the picture. Units: show time. Times are those at which it is held still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthSpan {
    /// None (written as `""`, or left out): something that no product is; it must stay untagged.
    #[serde(default, deserialize_with = "sku_or_nothing")]
    pub sku: Option<Sku>,
    pub from_ms: u64,
    pub to_ms: u64,
    #[serde(flatten)]
    pub about: TruthAbout,
}

/// What else whoever made a clip knows of a time; results are told apart by what is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TruthAbout {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Size in the picture against the usual one, and exposure against a good one, percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoom_percent: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_percent: Option<f32>,
    /// Turned about the upright axis, degrees; 0: its front faces the camera.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yaw_deg: Option<f32>,
    /// A part is covered for a while; a shadow goes over it; it is out of focus or moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covered: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadowed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blurred: Option<bool>,
}

fn sku_or_nothing<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Sku>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    if text.is_empty() { Ok(None) } else { Sku::new(&text).map(Some).map_err(serde::de::Error::custom) }
}

/// One tag of a clip, and whether it was right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VideoEvent {
    pub t_ms: u64,
    pub track_id: u32,
    pub sku: Sku,
    /// See [`TagChange::variants`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Sku>,
    pub state: TagState,
    pub confidence: f32,
    /// For pins: the product was in the picture. None for the rest.
    pub right: Option<bool>,
}

/// The figures of one clip. Keys are part of the command's contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VideoReport {
    pub frames: usize,
    pub duration_ms: u64,
    /// Times a product was held, and those of them pinned.
    pub held: usize,
    pub pinned: usize,
    pub pin_coverage: f64,
    /// From held still to pinned, 95 of 100; a product never pinned does not count here but in `pinned`.
    pub tag_latency_ms_p50: f32,
    pub tag_latency_ms_p95: f32,
    pub wrong_pins: usize,
    pub wrong_pins_per_hour: f64,
    /// Work per frame.
    pub ms_per_frame_p50: f32,
    pub ms_per_frame_p95: f32,
    pub provider: String,
    #[serde(skip)]
    pub events: Vec<VideoEvent>,
    /// Times a product was held and not pinned.
    #[serde(skip)]
    pub missed: Vec<TruthSpan>,
    /// The kind of shot after each picture, with its show time in ms.
    #[serde(skip)]
    pub shots: Vec<(u64, Option<Shot>)>,
    /// After each picture in which something was thought of, for [`reliability_of_clip`].
    #[serde(skip)]
    pub likeliest: Vec<Likeliest>,
}

/// What the likeliest thing of a picture is held to be, tagged or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Likeliest {
    pub t_ms: u64,
    pub sku: Sku,
    /// See [`TagChange::variants`].
    pub variants: Vec<Sku>,
    pub probability: f32,
}

/// A pin counts as right this long before it is held still and after it has gone: it is in the picture while it comes and goes.
const TOLERANCE_MS: u64 = 1500;

/// Shows a clip to a recogniser, and tells it what is said in it when it has been said. Frames carry show time and running
/// time. Errors: a frame or a model failed.
pub fn video<E: From<VisionError>>(
    recogniser: &mut Recogniser,
    frames: impl Iterator<Item = Result<VideoFrame, E>>,
    spoken: &[Spoken],
    truth: &[TruthSpan],
) -> Result<VideoReport, E> {
    let (mut changes, mut times, mut shots, mut likeliest, mut last_ms) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), 0);
    let mut spoken: Vec<&Spoken> = spoken.iter().collect();
    spoken.sort_by_key(|spoken| std::cmp::Reverse(spoken.t1));
    for frame in frames {
        let frame = frame?;
        while let Some(said) = spoken.pop_if(|said| said.t1 <= frame.running_time_ns / 1_000_000) {
            recogniser.hear(said);
        }
        let report = recogniser.observe(&frame)?;
        times.push(report.ms);
        shots.push((frame.show_ms.0, report.shot.map(|label| label.shot)));
        changes.extend(report.changes);
        last_ms = frame.show_ms.0;
        let best = report.tracks.into_iter().filter_map(|track| Some((track.best?, track.variants)));
        let best = best.max_by(|((_, a), _), ((_, b), _)| a.total_cmp(b));
        let likely = |((sku, probability), variants)| Likeliest { t_ms: last_ms, sku, variants, probability };
        likeliest.extend(best.map(likely));
    }
    let mut report = judge(changes, truth, last_ms);
    (report.ms_per_frame_p50, report.ms_per_frame_p95) =
        (percentile(times.clone(), 0.5), percentile(times.clone(), 0.95));
    (report.frames, report.provider) = (times.len(), recogniser.provider());
    (report.shots, report.likeliest) = (shots, likeliest);
    Ok(report)
}

/// Compares tags with the truth of a clip that lasted `duration_ms`.
pub fn judge(changes: Vec<TagChange>, truth: &[TruthSpan], duration_ms: u64) -> VideoReport {
    let event = |change: TagChange| VideoEvent {
        t_ms: change.at.0,
        track_id: change.track_id,
        right: (change.state == TagState::Pinned)
            .then(|| is_shown(truth, (&change.sku, &change.variants), change.at.0)),
        sku: change.sku,
        variants: change.variants,
        state: change.state,
        confidence: change.confidence,
    };
    let events: Vec<VideoEvent> = changes.into_iter().map(event).collect();
    let (mut latencies, mut missed) = (Vec::new(), Vec::new());
    for span in truth.iter().filter(|span| span.sku.is_some()) {
        match pinned_at(&events, span) {
            Some(t_ms) => latencies.push(t_ms.saturating_sub(span.from_ms) as f32),
            None => missed.push(span.clone()),
        }
    }
    let held = latencies.len() + missed.len();
    let wrong_pins = events.iter().filter(|event| event.right == Some(false)).count();
    VideoReport {
        frames: 0,
        duration_ms,
        held,
        pinned: latencies.len(),
        pin_coverage: share(latencies.len(), held),
        tag_latency_ms_p50: percentile(latencies.clone(), 0.5),
        tag_latency_ms_p95: percentile(latencies, 0.95),
        wrong_pins,
        wrong_pins_per_hour: if duration_ms == 0 { 0.0 } else { wrong_pins as f64 * 3_600_000.0 / duration_ms as f64 },
        ms_per_frame_p50: 0.0,
        ms_per_frame_p95: 0.0,
        provider: String::new(),
        events,
        missed,
        shots: Vec::new(),
        likeliest: Vec::new(),
    }
}

/// A product is in the picture, or comes or goes. Where it is open which variant it is, any of them is right.
fn is_shown(truth: &[TruthSpan], (sku, variants): (&Sku, &[Sku]), t_ms: u64) -> bool {
    truth.iter().any(|span| {
        span.sku.as_ref().is_some_and(|shown| shown == sku || variants.contains(shown))
            && (span.from_ms.saturating_sub(TOLERANCE_MS)..=span.to_ms + TOLERANCE_MS).contains(&t_ms)
    })
}

/// How often the likeliest thing of a picture is what it is held to be, by the probability that it is. Something that no product is,
/// and an empty room, make it wrong. Pictures of one thing follow each other and are alike, so that many of them say less than as many
/// single pictures: intervals are too narrow.
pub fn reliability_of_clip(likeliest: &[Likeliest], truth: &[TruthSpan]) -> Reliability {
    reliability(
        likeliest.iter().map(|best| (best.probability, is_shown(truth, (&best.sku, &best.variants), best.t_ms))),
    )
}

/// Each time something was held, as what it counts in its strata. First: the first product that was suggested or pinned of it is its
/// own. Pins belong to the time they lie in, or the nearest one.
pub fn held_cases(events: &[VideoEvent], truth: &[TruthSpan], products: &Products) -> Vec<Case> {
    let away = |span: &TruthSpan, t_ms: u64| span.from_ms.saturating_sub(t_ms).max(t_ms.saturating_sub(span.to_ms));
    let nearest = |t_ms: u64| (0..truth.len()).min_by_key(|index| truth.get(*index).map(|span| away(span, t_ms)));
    let mut cases: Vec<Case> = Vec::with_capacity(truth.len());
    for span in truth {
        let mut labels = of_span(span);
        labels.extend(products.labels(span.sku.as_ref()));
        let covered = span.sku.is_some() && pinned_at(events, span).is_some();
        cases.push(Case { known: span.sku.is_some(), covered, labels, ..Case::default() });
    }
    let mut named = vec![false; truth.len()];
    for event in events.iter().filter(|event| event.state != TagState::Retracted) {
        let Some(index) = nearest(event.t_ms) else { break };
        let (Some(case), Some(named), Some(span)) = (cases.get_mut(index), named.get_mut(index), truth.get(index))
        else {
            continue;
        };
        if !std::mem::replace(named, true) {
            case.first = span.sku.as_ref() == Some(&event.sku);
        }
        if let Some(right) = event.right {
            (case.pins, case.right) = (case.pins + 1, case.right + usize::from(right));
        }
    }
    cases
}

/// When the product of a span was first pinned during it; its beginning, when it was pinned already.
fn pinned_at(events: &[VideoEvent], span: &TruthSpan) -> Option<u64> {
    let is_own =
        |event: &&VideoEvent| span.sku.as_ref().is_some_and(|sku| event.sku == *sku || event.variants.contains(sku));
    let own = events.iter().filter(is_own);
    let mut pinned = false;
    for event in own {
        if event.t_ms > span.to_ms {
            break;
        }
        if event.t_ms >= span.from_ms && pinned {
            return Some(span.from_ms);
        }
        match event.state {
            TagState::Pinned if event.t_ms >= span.from_ms => return Some(event.t_ms),
            TagState::Pinned => pinned = true,
            TagState::Retracted => pinned = false,
            TagState::Suggested => {}
        }
    }
    pinned.then_some(span.from_ms)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::ShowMs;

    fn change(t_ms: u64, sku: &str, state: TagState) -> TagChange {
        let sku = Sku::new(sku).unwrap();
        TagChange { track_id: 1, sku, variants: Vec::new(), state, confidence: 0.97, why: Vec::new(), at: ShowMs(t_ms) }
    }

    fn span(sku: &str, from_ms: u64, to_ms: u64) -> TruthSpan {
        TruthSpan { sku: Sku::new(sku).ok(), from_ms, to_ms, about: TruthAbout::default() }
    }

    #[test]
    fn truth_of_an_unknown_thing_has_an_empty_sku() {
        let text = r#"[{"sku":"","from_ms":1,"to_ms":2,"kind":"x"},{"from_ms":1,"to_ms":2},{"sku":"A","from_ms":0,"to_ms":9}]"#;
        let truth: Vec<TruthSpan> = serde_json::from_str(text).unwrap();
        let kind = TruthAbout { kind: Some("x".to_owned()), ..TruthAbout::default() };
        let first = TruthSpan { about: kind, ..span("", 1, 2) };
        assert_eq!(truth, [first, span("", 1, 2), span("A", 0, 9)]);
        assert!(serde_json::from_str::<TruthSpan>(r#"{"sku":"a/b","from_ms":1,"to_ms":2}"#).is_err());
    }

    #[test]
    fn latency_runs_from_held_still_and_a_pin_on_nothing_is_wrong() {
        use TagState::{Pinned, Retracted, Suggested};
        let truth = [span("A", 1000, 5000), span("B", 6000, 9000), span("", 10_000, 14_000), span("C", 20_000, 22_000)];
        let changes = vec![
            change(1200, "A", Suggested),
            change(1800, "A", Pinned),
            change(5400, "A", Retracted),
            change(5500, "B", Pinned),
            change(12_000, "A", Pinned),
            change(12_500, "A", Retracted),
        ];
        let report = judge(changes, &truth, 60_000);
        assert_eq!((report.held, report.pinned, report.wrong_pins), (3, 2, 1));
        assert_eq!((report.tag_latency_ms_p50, report.tag_latency_ms_p95), (0.0, 800.0));
        assert_eq!(report.wrong_pins_per_hour, 60.0);
        assert_eq!(report.missed, [span("C", 20_000, 22_000)]);
    }

    #[test]
    fn the_likeliest_thing_is_right_while_it_is_shown_and_wrong_on_a_thing_that_no_product_is() {
        let truth = [span("A", 1_000, 5_000), span("", 10_000, 14_000)];
        let likeliest =
            |t_ms, sku, probability| Likeliest { t_ms, sku: Sku::new(sku).unwrap(), variants: Vec::new(), probability };
        let all = [likeliest(1_200, "A", 0.95), likeliest(1_300, "B", 0.95), likeliest(12_000, "A", 0.25)];
        let found = reliability_of_clip(&all, &truth);
        assert_eq!((found.n, found.bins[9].right, found.bins[2].right), (3, Some(0.5), Some(0.0)));
    }

    #[test]
    fn a_time_counts_by_what_was_said_of_it_first_and_by_its_own_pins() {
        use TagState::{Pinned, Retracted, Suggested};
        let about = TruthAbout { covered: Some(true), zoom_percent: Some(90.0), ..TruthAbout::default() };
        let truth = [
            TruthSpan { about, ..span("A", 1000, 5000) },
            span("B", 6000, 9000),
            span("", 10_000, 14_000),
            span("C", 20_000, 22_000),
        ];
        let changes = vec![
            change(1200, "B", Suggested),
            change(1500, "B", Retracted),
            change(1800, "A", Pinned),
            change(5100, "A", Retracted),
            change(5400, "A", Pinned),
            change(6300, "B", Pinned),
            change(12_000, "A", Pinned),
        ];
        let events = judge(changes, &truth, 60_000).events;
        let cases = held_cases(&events, &truth, &Products::default());
        let counts: Vec<_> = cases.iter().map(|case| (case.first, case.covered, case.pins, case.right)).collect();
        assert_eq!(
            counts,
            [(false, true, 2, 2), (true, true, 1, 1), (false, false, 1, 0), (false, false, 0, 0)],
            "a pin while A goes is A's; one on the thing that no product is is wrong"
        );
        assert_eq!(cases.iter().map(|case| case.known).collect::<Vec<_>>(), [true, true, false, true]);
        assert_eq!(cases[0].labels.len(), 2, "what the truth says, and no more: {:?}", cases[0].labels);
        assert!(cases[1].labels.is_empty());
    }
}
