//! A run-through as the host sees it: what to hold up, what it was taken for, and what came of it all.

use super::{ReadinessView, RecognitionView};
use hawker_domain::{PhotoId, Sku};
use hawker_vision::Abstained;
use hawker_vision::run_through::{
    Alike, Expected, GoesOn, NOTHING_AFTER_MS, Phase, Report, RunThrough, Said, Shown, Verdict,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a host wants to hold up, and before what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct RunThroughWish {
    /// As `--source` has it; none: the source of the settings.
    pub source: Option<String>,
    /// None: those of the running order, or the whole catalogue where there is none.
    pub skus: Vec<Sku>,
    /// The whole catalogue, whatever the running order is.
    pub all: bool,
    /// The next product is asked for by itself when one was recognised.
    pub by_itself: bool,
}

/// What the host says of the product that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RunThroughSaid {
    Next,
    /// Once more; the product before, where nothing was said of this one yet.
    Back,
    /// This one is not here.
    Skip,
    /// What is held up is the product asked for: it is learned.
    ThisIsIt,
}

/// Where a run-through is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunThroughView {
    /// Place of the product that is asked for; the number of products when it is over.
    pub at: usize,
    pub phase: RunThroughPhase,
    /// What keeps things from being seen at the moment.
    pub trouble: Option<TroubleView>,
    /// Why recognition does not look at the picture: nothing is said of any product meanwhile.
    pub unwatched: Option<UnwatchedView>,
    pub by_itself: bool,
    /// In the order in which they are asked for.
    pub products: Vec<ShownView>,
}

/// Why recognition does not look at the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UnwatchedView {
    /// The source gives none.
    NoPicture,
    /// Models load.
    Loading,
    /// The snapshot's recognition tells why.
    Off,
    /// It runs, and has not looked for as long as nothing is waited for.
    Busy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RunThroughPhase {
    /// For something to be held up.
    Waiting,
    /// Something is, and nothing can be said of it yet.
    Seen,
    Judged,
    /// Every product was asked for.
    Over,
}

/// One product and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShownView {
    pub sku: Sku,
    pub title: String,
    pub photo: Option<PhotoId>,
    /// None: it was not asked for yet, was left out, or the host went on before anything was seen.
    pub verdict: Option<VerdictView>,
    /// The host said "this is it", and it was learned.
    pub taught: bool,
    pub skipped: bool,
}

/// What a product was taken for; see [`Verdict`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum VerdictView {
    /// Pinned, and rightly, so many milliseconds after something was first seen.
    Recognised {
        #[ts(type = "number")]
        after_ms: u64,
    },
    TakenFor {
        sku: Sku,
        title: String,
        #[ts(type = "number")]
        after_ms: u64,
    },
    /// Seen and not pinned, but suggested as it.
    Suggested,
    /// Seen and not pinned, and suggested as another.
    SuggestedAs { sku: Sku, title: String },
    /// Seen, and not even suggested as anything.
    Unknown,
    /// Not seen; why, where the picture tells.
    NotSeen { why: Option<TroubleView> },
}

/// What keeps things from being seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TroubleView {
    TooDark,
    Blurred,
    TooFar,
}

/// What came of a run-through, with what the photos of the products say of themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunThroughReportView {
    pub products: Vec<ReportedView>,
    /// Products taken for each other, those first that were so in the hand.
    pub look_alikes: Vec<AlikeView>,
    /// Products that were held up, and those of them that were recognised. One that was asked for and that nothing was seen of
    /// counts as held up in a clip alone, whose truth says that it was.
    pub held: usize,
    pub recognised: usize,
    /// The share of products that will be recognised, in percent, and between which two it lies in 95 of 100 cases.
    pub rate_percent: u8,
    pub least_percent: u8,
    pub most_percent: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportedView {
    pub shown: ShownView,
    /// None: its photos could not be looked at.
    pub photos: Option<ReadinessView>,
}

/// Two products taken for each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlikeView {
    pub a: Sku,
    pub a_title: String,
    pub b: Sku,
    pub b_title: String,
    /// Times one was held up and taken for the other.
    pub held: usize,
    /// Photos of either that were taken for the other.
    pub photos: usize,
}

/// What a person knows a product by: its title, and its first photo.
pub type Known = (String, Option<PhotoId>);

impl RunThroughView {
    /// `known`: of every product.
    pub fn new(
        run: &RunThrough,
        goes_on: GoesOn,
        unwatched: Option<UnwatchedView>,
        known: &impl Fn(&Sku) -> Known,
    ) -> Self {
        Self {
            at: run.at(),
            phase: run.phase().into(),
            trouble: run.trouble().map(TroubleView::from),
            unwatched,
            by_itself: goes_on == GoesOn::ByItself,
            products: run.products().iter().map(|shown| ShownView::new(shown, known)).collect(),
        }
    }
}

impl UnwatchedView {
    /// `has_picture`: of the source that is watched. `since_ms`: since it was looked at last, or since somebody asked for it.
    pub fn of(recognition: &RecognitionView, has_picture: bool, since_ms: u64) -> Option<Self> {
        match recognition {
            RecognitionView::Off { .. } => Some(Self::Off),
            RecognitionView::Loading { .. } | RecognitionView::On { .. } if !has_picture => Some(Self::NoPicture),
            RecognitionView::Loading { .. } => Some(Self::Loading),
            RecognitionView::On { .. } => (since_ms >= NOTHING_AFTER_MS).then_some(Self::Busy),
        }
    }
}

impl ShownView {
    pub fn new(shown: &Shown, known: &impl Fn(&Sku) -> Known) -> Self {
        let (title, photo) = known(&shown.sku);
        let named = |sku: &Sku| (sku.clone(), known(sku).0);
        let verdict = shown.verdict.as_ref().map(|verdict| match verdict {
            Verdict::Recognised { after_ms } => VerdictView::Recognised { after_ms: *after_ms },
            Verdict::TakenFor { sku, after_ms } => {
                let ((sku, title), after_ms) = (named(sku), *after_ms);
                VerdictView::TakenFor { sku, title, after_ms }
            }
            Verdict::Unsure { suggested: None } => VerdictView::Unknown,
            Verdict::Unsure { suggested: Some(sku) } if *sku == shown.sku => VerdictView::Suggested,
            Verdict::Unsure { suggested: Some(sku) } => {
                let (sku, title) = named(sku);
                VerdictView::SuggestedAs { sku, title }
            }
            Verdict::NotSeen { why } => VerdictView::NotSeen { why: why.map(TroubleView::from) },
        });
        Self { sku: shown.sku.clone(), title, photo, verdict, taught: shown.taught, skipped: shown.skipped }
    }
}

impl RunThroughReportView {
    pub fn new(found: Report, known: &impl Fn(&Sku) -> Known) -> Self {
        let title = |sku: &Sku| known(sku).0;
        let product = |(shown, photos): (Shown, Option<_>)| ReportedView {
            shown: ShownView::new(&shown, known),
            photos: photos.map(|photos| ReadinessView::new(photos, &title)),
        };
        let pair = |Alike { a, b, held, photos }: Alike| {
            let (a_title, b_title) = (title(&a), title(&b));
            AlikeView { a, a_title, b, b_title, held, photos }
        };
        let Expected { held, recognised, rate, least, most } = found.expected;
        // Between 0 and 100.
        let percent = |share: f64| (share * 100.0).round() as u8;
        Self {
            products: found.products.into_iter().map(product).collect(),
            look_alikes: found.look_alikes.into_iter().map(pair).collect(),
            held,
            recognised,
            rate_percent: percent(rate),
            least_percent: percent(least),
            most_percent: percent(most),
        }
    }
}

impl From<Phase> for RunThroughPhase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Waiting => Self::Waiting,
            Phase::Seen => Self::Seen,
            Phase::Judged => Self::Judged,
            Phase::Over => Self::Over,
        }
    }
}

impl From<Abstained> for TroubleView {
    fn from(why: Abstained) -> Self {
        match why {
            Abstained::TooDark => Self::TooDark,
            Abstained::Blurred => Self::Blurred,
            Abstained::TooFar => Self::TooFar,
        }
    }
}

impl From<RunThroughSaid> for Said {
    fn from(said: RunThroughSaid) -> Self {
        match said {
            RunThroughSaid::Next => Self::Next,
            RunThroughSaid::Back => Self::Back,
            RunThroughSaid::Skip => Self::Skip,
            RunThroughSaid::ThisIsIt => Self::ThisIsIt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_nothing_is_said_of_any_product_is_told() {
        let off = || RecognitionView::Off { why: String::new(), why_code: None };
        let loading = || RecognitionView::Loading { learning: None };
        let on = || {
            let provider = "cpu".to_owned();
            RecognitionView::On { provider, lost: None, fps: 8.0, ms_per_frame: 30.0, learning: None, idle: None }
        };
        let table = [
            (on(), true, 0, None),
            (on(), true, NOTHING_AFTER_MS - 1, None),
            (on(), true, NOTHING_AFTER_MS, Some(UnwatchedView::Busy)),
            (on(), false, 0, Some(UnwatchedView::NoPicture)),
            (loading(), true, 0, Some(UnwatchedView::Loading)),
            (loading(), false, 0, Some(UnwatchedView::NoPicture)),
            (off(), true, 0, Some(UnwatchedView::Off)),
            (off(), false, NOTHING_AFTER_MS, Some(UnwatchedView::Off)),
        ];
        for (recognition, has_picture, since_ms, want) in table {
            let found = UnwatchedView::of(&recognition, has_picture, since_ms);
            assert_eq!(found, want, "{recognition:?}, {has_picture}, {since_ms}");
        }
    }
}
