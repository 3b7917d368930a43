//! Where a source's pipeline runs: in this process, or in one of its own that may crash.

use super::{
    SourcePlan, Taps,
    apart::{Decoder, DecoderProgram},
    camera::Asked,
    playback::{Playback, nothing_came},
};
use crate::{MediaError, clock::Timebase};
use gstreamer as gst;
use hawker_domain::reason::SourceWhy;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// A process has to start before its source does.
const START: Duration = Duration::from_secs(2);

/// Why a source did not open.
pub(super) struct Failed {
    pub error: MediaError,
    /// In how many ways a camera can be asked, where another one may do; else 0.
    pub ways: usize,
}

impl From<MediaError> for Failed {
    fn from(error: MediaError) -> Self {
        // That it offers anything else is known, and not yet how many.
        let ways = if matches!(error, MediaError::FormatNotOffered { .. }) { 2 } else { 0 };
        Self { error, ways }
    }
}

pub(super) enum Body {
    Here(Playback),
    Apart { decoder: Decoder, plan: SourcePlan },
}

impl Body {
    /// Builds it, apart where there is a program for that. Errors: as [`Playback::open`] and [`Decoder::start`].
    pub(super) fn open(
        plan: &SourcePlan,
        program: Option<&DecoderProgram>,
        time: &Arc<Timebase>,
        taps: &Taps,
    ) -> Result<Self, MediaError> {
        plan.must_be_there()?;
        if let Some(program) = program
            && let Some(decoder) = Decoder::start(program, plan, time, taps.clone())?
        {
            return Ok(Self::Apart { decoder, plan: plan.clone() });
        }
        Playback::open(plan, time, taps).map(Self::Here)
    }

    /// Waits so long until `heard`. Errors: why nothing comes.
    pub(super) fn wake(
        &mut self,
        patience: Duration,
        heard: impl Fn() -> bool,
        stopping: &AtomicBool,
    ) -> Result<(), MediaError> {
        let (decoder, plan) = match self {
            Self::Here(playback) => return playback.wake(patience, heard, stopping),
            Self::Apart { decoder, plan } => (decoder, plan),
        };
        let deadline = Instant::now() + patience + START;
        while !heard() {
            if Instant::now() > deadline || stopping.load(Ordering::SeqCst) {
                return Err(nothing_came(plan, patience));
            }
            if let Some((why, why_code)) = decoder.trouble(Duration::from_millis(10)) {
                let what = plan.thing();
                return Err(match why_code {
                    SourceWhy::NotFound => MediaError::SourceNotFound { what },
                    SourceWhy::Denied => MediaError::SourceDenied { what },
                    SourceWhy::NotShared => MediaError::NotShared,
                    SourceWhy::NoSharing => MediaError::NoSharing { why },
                    SourceWhy::Busy => MediaError::SourceBusy { what },
                    _ => MediaError::Source { what, why },
                });
            }
        }
        Ok(())
    }

    /// What a camera was asked for.
    pub(super) fn asked(&self) -> Option<&Asked> {
        if let Self::Here(playback) = self { playback.asked() } else { None }
    }

    /// Waits for at most `wait` for its end; why it ended.
    pub(super) fn trouble(&mut self, wait: Duration) -> Option<(String, SourceWhy)> {
        match self {
            Self::Here(playback) => {
                playback.trouble(gst::ClockTime::from_mseconds(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)))
            }
            Self::Apart { decoder, .. } => decoder.trouble(wait),
        }
    }

    pub(super) fn fall_silent(&self) {
        if let Self::Here(playback) = self {
            playback.fall_silent();
        }
    }

    /// Takes it down; waits so long for it. One of its own process is gone in any case.
    pub(super) fn close(self, wait: Duration) {
        if let Self::Here(playback) = self {
            playback.close(wait);
        }
    }
}
