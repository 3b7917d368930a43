//! What the media engine reports, and what follows from it.

use super::{WriteReplay, begin::now_us, owner::Owner};
use crate::errors::Outcome;
use hawker_domain::{
    SourceId, Words,
    reason::{NoticeWhy, OutputWhy, SourceWhy},
    show::{DegradedWhy, ShowEffect, ShowEvent},
    sound::InputId,
};
use hawker_media::{CardLanguage, EncodePhase, MediaEvent, OutputPhase};
use hawker_wire::{
    ErrorCode, Failure,
    live::{LiveEvent, OutputState, SourceState},
};
use std::path::Path;
use std::time::{Duration, Instant};

/// A camera delivers in another size than before.
fn other_size(camera: &str, before: (u32, u32), now: (u32, u32)) -> Words {
    let size = |(width, height): (u32, u32)| format!("{width}x{height}");
    let (before, now) = (size(before), size(now));
    Words::new(
        format!("{camera} 的画面现在是 {now}（之前是 {before}），继续播出"),
        format!("{camera} delivers {now} now, after {before}; the show goes on with it"),
    )
}

impl Owner {
    pub(super) async fn on_media(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::FirstFrameEncoded => self.first_frame(),
            MediaEvent::SourceLost { id, why, why_code } => self.source(&id, Some((why, why_code))).await,
            MediaEvent::SourceBack { id } => self.source(&id, None).await,
            MediaEvent::Slept { words } => {
                self.excuse_losses();
                self.say(NoticeWhy::Slept, words);
            }
            MediaEvent::OtherFormat { id, why } => {
                let name = self.running.as_ref().and_then(|running| running.plan.camera(&id));
                let failure = Failure::new(ErrorCode::SourceUnavailable, why)
                    .hint("it goes on in another format; choose one of those that it lists under Settings");
                self.notice_about(Some(name.unwrap_or_else(|| id.to_string())), Some(NoticeWhy::OtherFormat), &failure);
            }
            MediaEvent::OtherSize { id, before, now } => {
                let name = self.running.as_ref().and_then(|running| running.plan.camera(&id));
                self.say(NoticeWhy::OtherSize, other_size(&name.unwrap_or_else(|| id.to_string()), before, now));
            }
            MediaEvent::MicLost { input, why, .. } if self.is_awaited(&input) => {
                let name = self.input_name(&input);
                let failure = Failure::new(ErrorCode::SourceUnavailable, format!("no sound from {name} yet: {why}"))
                    .hint("plug it in, or choose another one; until then its place is silent");
                self.notice_about(Some(name), Some(NoticeWhy::MicMissing), &failure);
            }
            MediaEvent::MicBack { input } if self.is_awaited(&input) => {
                if let Some(running) = &mut self.running {
                    running.awaited.remove(&input);
                }
                let name = self.input_name(&input);
                let heard = Failure::new(ErrorCode::SourceUnavailable, format!("{name} is heard now"));
                self.notice_about(Some(name), Some(NoticeWhy::MicChosen), &heard);
            }
            MediaEvent::MicLost { input, why, .. } => self.microphone(
                (&input, NoticeWhy::MicLost, NoticeWhy::OneMicLost),
                |mic| format!("no sound from {mic}: {why}"),
                "plug it in, or choose another one; until then nothing is heard of it",
            ),
            MediaEvent::MicBack { input } => {
                self.microphone((&input, NoticeWhy::MicBack, NoticeWhy::OneMicBack), |mic| format!("{mic} is back"), "")
            }
            MediaEvent::MicNarrow { input, rate_hz } => self.microphone(
                (&input, NoticeWhy::MicNarrow, NoticeWhy::OneMicNarrow),
                |mic| format!("{mic} hears no more than a telephone ({rate_hz} Hz)"),
                "a Bluetooth headset that also plays does this; choose a wired microphone under Settings, or play on something else",
            ),
            MediaEvent::MicWide { input } => self.microphone(
                (&input, NoticeWhy::MicWide, NoticeWhy::OneMicWide),
                |mic| format!("{mic} hears everything again"),
                "",
            ),
            MediaEvent::Output { id, state, why, why_code, deadline_ms } => {
                self.output_changed(id, state, (why, why_code), deadline_ms);
            }
            MediaEvent::Overload { lowered, words } => {
                self.say(if lowered { NoticeWhy::Overload } else { NoticeWhy::OverloadOver }, words);
            }
            MediaEvent::Encode { name, phase, why } => self.encode_failed(name, phase, why.as_deref()),
            MediaEvent::SoundLost { why } => {
                let failure = Failure::new(ErrorCode::Internal, format!("the sound's encoder keeps failing: {why}"))
                    .hint("viewers hear silence until it works again; everything else goes on undisturbed");
                self.notice_about(None, Some(NoticeWhy::SoundLost), &failure);
            }
            MediaEvent::SoundMended { why } => {
                let failure = Failure::new(ErrorCode::Internal, format!("the sound's encoder failed: {why}"))
                    .hint("viewers missed a moment of sound; everything else went on undisturbed");
                self.notice_about(None, Some(NoticeWhy::SoundMended), &failure);
            }
            MediaEvent::SceneIncomplete { what, why } => {
                let failure = Failure::new(ErrorCode::BadInput, format!("{what} can't be shown: {why}"))
                    .hint("choose another file for this scene; the rest of it is shown");
                self.notice_about(Some(what), Some(NoticeWhy::SceneIncomplete), &failure);
            }
            MediaEvent::RecordingStopped { canvas, why, why_code } => self.recording_stopped(canvas, why, why_code),
            MediaEvent::RecordingShared { why, from_start } => self.recording_shared(&why, from_start),
            MediaEvent::RecordingSpace { free_bytes, minutes_left, critical } => {
                self.recording_space(free_bytes, minutes_left, critical);
            }
            MediaEvent::Fatal { why } => self.fatal(why).await,
        }
    }

    fn first_frame(&mut self) {
        let effects = self.apply(ShowEvent::FirstFrameEncoded);
        if !effects.contains(&ShowEffect::AnnounceOnAir) {
            return;
        }
        let Some(show) = &mut self.show else { return };
        show.mark_on_air();
        let event = LiveEvent::OnAir { show_id: show.show_id, viewer_url: show.viewer_url.clone() };
        tracing::info!(show.id = %show.show_id, started_us = now_us(), "on air");
        self.announce(event);
    }

    /// `lost`: why it delivers nothing; none if it does again.
    async fn source(&mut self, id: &SourceId, lost: Option<(String, SourceWhy)>) {
        let Some(running) = &mut self.running else { return };
        let is_blind = lost.is_some() && *id == running.watched;
        match lost.clone() {
            Some(reason) => drop(running.lost.insert(id.clone(), reason)),
            None => drop(running.lost.remove(id)),
        }
        let state = if lost.is_some() { SourceState::Lost } else { SourceState::Back };
        let (why, why_code) = lost.unzip();
        let (id, all_well) = (running.plan.source_in_events(id), running.lost.is_empty());
        self.health(DegradedWhy::SourceLost, all_well);
        if self.show.is_some() {
            self.announce(LiveEvent::Source { id, state, why, why_code });
        }
        if is_blind {
            // What is held up when the picture is back is said again.
            self.recognition.forget();
            self.see_nothing().await;
        }
    }

    /// Makes fail what was planned to fail by now.
    pub(super) fn inject_faults(&mut self) {
        let now = Duration::from_millis(self.now().0);
        let on_air = self.show.as_ref().is_some_and(|show| show.on_air_since.is_some() && show.ended_at.is_none());
        if let Some(running) = self.running.as_mut().filter(|_| on_air) {
            for fault in running.plan.faults.due(now) {
                running.program.inject(fault);
            }
        }
    }

    /// A notice that is all words: in the host's language, and in English for the log.
    pub(super) fn say(&mut self, what: NoticeWhy, words: Words) {
        let chinese = self.running.as_ref().is_none_or(|running| running.plan.language == CardLanguage::ZhCn);
        let said = if chinese { words.zh_cn } else { words.en.clone() };
        self.notice_about(Some(said), Some(what), &Failure::new(ErrorCode::Internal, words.en));
    }

    /// `name`: of the picture whose encoder failed.
    fn encode_failed(&mut self, name: String, phase: EncodePhase, why: Option<&str>) {
        let why = why.unwrap_or("no reason given");
        let (what, hint) = match phase {
            EncodePhase::Mended => {
                (NoticeWhy::EncodeMended, "viewers of it missed a moment; everything else went on undisturbed")
            }
            EncodePhase::Lost => {
                // Of the main canvas nothing comes any more: the moments of the one that is left are kept.
                if let Some(running) = &self.running {
                    running.program.keep_replay(running.plan.keep.replay);
                }
                (NoticeWhy::EncodeLost, "the other pictures go on; end the show and go live again for it")
            }
        };
        let failure = Failure::new(ErrorCode::Internal, format!("the encoder of {name} failed: {why}")).hint(hint);
        self.notice_about(Some(name), Some(what), &failure);
    }

    /// It was chosen on air and not heard yet.
    fn is_awaited(&self, input: &InputId) -> bool {
        self.running.as_ref().is_some_and(|running| running.awaited.contains(input))
    }

    fn input_name(&self, input: &InputId) -> String {
        self.running.as_ref().map_or_else(|| input.to_string(), |running| running.plan.input_name(input))
    }

    /// `alone` and `named`: the code for a show's only microphone, and for one of several, which is named.
    fn microphone(
        &mut self,
        (input, alone, named): (&InputId, NoticeWhy, NoticeWhy),
        message: impl FnOnce(String) -> String,
        hint: &str,
    ) {
        let about = self.running.as_ref().and_then(|running| running.plan.mic_name(input));
        let what = if about.is_some() { named } else { alone };
        let mic = about.as_ref().map_or_else(|| "the microphone".to_owned(), |name| format!("the microphone {name}"));
        let mut failure = Failure::new(ErrorCode::SourceUnavailable, message(mic));
        if !hint.is_empty() {
            failure = failure.hint(hint);
        }
        self.notice_about(about, Some(what), &failure);
    }

    fn output_changed(
        &mut self,
        id: hawker_domain::DestinationId,
        phase: OutputPhase,
        (why, why_code): (Option<String>, Option<OutputWhy>),
        deadline_ms: Option<u64>,
    ) {
        let Some(output) = self.show.as_mut().and_then(|show| show.output(id)) else { return };
        let state = match phase {
            OutputPhase::Connecting => OutputState::Connecting,
            OutputPhase::Live => OutputState::Live,
            OutputPhase::Reconnecting => OutputState::Reconnecting,
            OutputPhase::Failed => OutputState::Failed,
            OutputPhase::Ended => OutputState::Ended,
        };
        output.state = state;
        let away = (state != OutputState::Live).then(Instant::now);
        output.away_since = away.map(|now| output.away_since.unwrap_or(now));
        output.why = why;
        output.why_code = why_code;
        let now = Instant::now();
        output.room_closes = deadline_ms.and_then(|left| now.checked_add(Duration::from_millis(left)));
        let event = output.event(now);
        let down = self.output_down();
        self.health(DegradedWhy::OutputDown, !down);
        self.announce(event);
        self.choose_leaders();
    }

    /// The last moments, to be written to `path`. Errors: `not_live`, `bad_input` where no replay is kept.
    pub(super) fn take_replay(&self, path: &Path) -> Outcome<WriteReplay> {
        let running = self.running.as_ref().filter(|_| self.show.is_some()).ok_or_else(super::finish::not_live)?;
        let write = running.program.save_replay(path).map_err(super::media_failure)?;
        Ok(Box::new(write))
    }

    async fn fatal(&mut self, why: String) {
        tracing::error!(%why, "the media engine gave up");
        if self.show.is_some() {
            self.fail(why).await;
        } else {
            self.stop_program().await;
        }
    }
}
