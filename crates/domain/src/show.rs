//! The life of a show as a table: what happened, in which state, and what is to be done about it.

use crate::reason::ShowWhy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// Why a show goes on with less than it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DegradedWhy {
    /// The camera (or clip) delivers nothing; viewers see the slate.
    SourceLost,
    /// At least one destination is not receiving.
    OutputDown,
    /// The recording stopped (disk full, not writable).
    RecordingStopped,
    /// No automatic tags: model or runtime missing, or failed.
    RecognitionOff,
    /// The platform does not answer: orders wait there, pins wait here.
    PlatformDown,
    /// The platform does not take this show: it has no page, and nobody can order there.
    ShowRefused,
}

/// `Idle -> Preparing -> Live <-> Degraded -> Ending -> Ended | Failed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ShowState {
    Idle,
    Preparing {
        missing: BTreeSet<DegradedWhy>,
    },
    Live,
    Degraded {
        why: BTreeSet<DegradedWhy>,
    },
    Ending,
    Ended,
    Failed {
        why: String,
        /// The reason as a code; none where no code fits.
        #[serde(default)]
        why_code: Option<ShowWhy>,
    },
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShowEvent {
    GoLive,
    FirstFrameEncoded,
    Lost(DegradedWhy),
    Back(DegradedWhy),
    EndRequested,
    MediaStopped,
    Fatal { why: String, why_code: ShowWhy },
}

/// What has to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShowEffect {
    /// Source, encoder, outputs and recording.
    StartMedia,
    AnnounceOnAir,
    /// Everything is closed; the summary follows when it is.
    StopMedia,
}

impl ShowState {
    /// The next state and what to do. An event that means nothing here changes nothing.
    pub fn on(self, event: ShowEvent) -> (Self, Vec<ShowEffect>) {
        use {ShowEffect as X, ShowEvent as E, ShowState as S};
        match (self, event) {
            (S::Idle | S::Ended | S::Failed { .. }, E::GoLive) => {
                (S::Preparing { missing: BTreeSet::new() }, vec![X::StartMedia])
            }
            (S::Preparing { missing }, E::FirstFrameEncoded) => (S::with(missing), vec![X::AnnounceOnAir]),
            (S::Preparing { mut missing }, E::Lost(why)) => {
                missing.insert(why);
                (S::Preparing { missing }, vec![])
            }
            (S::Preparing { mut missing }, E::Back(why)) => {
                missing.remove(&why);
                (S::Preparing { missing }, vec![])
            }
            (S::Live, E::Lost(why)) => (S::with(BTreeSet::from([why])), vec![]),
            (S::Degraded { why: mut all }, E::Lost(why)) => {
                all.insert(why);
                (S::with(all), vec![])
            }
            (S::Degraded { why: mut all }, E::Back(why)) => {
                all.remove(&why);
                (S::with(all), vec![])
            }
            (S::Preparing { .. } | S::Live | S::Degraded { .. }, E::EndRequested) => (S::Ending, vec![X::StopMedia]),
            (S::Ending, E::MediaStopped) => (S::Ended, vec![]),
            (S::Preparing { .. } | S::Live | S::Degraded { .. }, E::Fatal { why, why_code }) => {
                (S::Failed { why, why_code: Some(why_code) }, vec![X::StopMedia])
            }
            // It is being closed already.
            (S::Ending, E::Fatal { why, why_code }) => (S::Failed { why, why_code: Some(why_code) }, vec![]),
            (same, _) => (same, vec![]),
        }
    }

    /// True from "go live" until everything is closed.
    pub fn is_running(&self) -> bool {
        !matches!(self, Self::Idle | Self::Ended | Self::Failed { .. })
    }

    fn with(why: BTreeSet<DegradedWhy>) -> Self {
        if why.is_empty() { Self::Live } else { Self::Degraded { why } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use {DegradedWhy as W, ShowEffect as X, ShowEvent as E, ShowState as S};

    fn degraded(why: &[W]) -> S {
        S::Degraded { why: why.iter().copied().collect() }
    }

    fn fatal(why: &str, why_code: ShowWhy) -> E {
        E::Fatal { why: why.into(), why_code }
    }

    fn failed(why: &str, why_code: ShowWhy) -> S {
        S::Failed { why: why.into(), why_code: Some(why_code) }
    }

    fn preparing(missing: &[W]) -> S {
        S::Preparing { missing: missing.iter().copied().collect() }
    }

    #[test]
    fn the_show_follows_its_table() {
        let table = [
            (S::Idle, E::GoLive, preparing(&[]), vec![X::StartMedia]),
            (S::Ended, E::GoLive, preparing(&[]), vec![X::StartMedia]),
            (S::Live, E::GoLive, S::Live, vec![]),
            (preparing(&[]), E::FirstFrameEncoded, S::Live, vec![X::AnnounceOnAir]),
            (preparing(&[]), E::Lost(W::PlatformDown), preparing(&[W::PlatformDown]), vec![]),
            (preparing(&[W::PlatformDown]), E::FirstFrameEncoded, degraded(&[W::PlatformDown]), vec![X::AnnounceOnAir]),
            (S::Live, E::Lost(W::SourceLost), degraded(&[W::SourceLost]), vec![]),
            (degraded(&[W::SourceLost]), E::Lost(W::SourceLost), degraded(&[W::SourceLost]), vec![]),
            (degraded(&[W::SourceLost]), E::Lost(W::OutputDown), degraded(&[W::SourceLost, W::OutputDown]), vec![]),
            (degraded(&[W::SourceLost, W::OutputDown]), E::Back(W::SourceLost), degraded(&[W::OutputDown]), vec![]),
            (degraded(&[W::OutputDown]), E::Back(W::OutputDown), S::Live, vec![]),
            (S::Live, E::EndRequested, S::Ending, vec![X::StopMedia]),
            (degraded(&[W::OutputDown]), E::EndRequested, S::Ending, vec![X::StopMedia]),
            (S::Ending, E::MediaStopped, S::Ended, vec![]),
            (S::Ending, E::Lost(W::OutputDown), S::Ending, vec![]),
            (S::Live, fatal("x", ShowWhy::Engine), failed("x", ShowWhy::Engine), vec![X::StopMedia]),
            (preparing(&[]), fatal("x", ShowWhy::Source), failed("x", ShowWhy::Source), vec![X::StopMedia]),
            (S::Ending, fatal("x", ShowWhy::Engine), failed("x", ShowWhy::Engine), vec![]),
            (failed("x", ShowWhy::Source), E::GoLive, preparing(&[]), vec![X::StartMedia]),
            (S::Idle, E::EndRequested, S::Idle, vec![]),
        ];
        for (from, event, to, effects) in table {
            let label = format!("{from:?} on {event:?}");
            assert_eq!(from.on(event), (to, effects), "{label}");
        }
    }
}
