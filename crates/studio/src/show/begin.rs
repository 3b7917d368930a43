//! Going live, and the preview before it.

use super::{
    LivePlan, media_failure,
    owner::{Owner, Running, hand_hold},
    pins::PinBoard,
    recording::RecordingRun,
    run::{Former, ShowRun},
};
use crate::errors::{Outcome, internal};
use crate::view::PlatformView;
use hawker_domain::{
    ShowId, SourceId,
    failure::FailureWhy,
    reason::{NoticeWhy, ShowWhy},
    show::{DegradedWhy, ShowEvent},
    sound::AudioSettings,
};
use hawker_media::{Program, ProgramConfig};
use hawker_wire::{ErrorCode, Failure, show::CreateShow};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// AAC stereo that no platform refuses.
const AUDIO_BITRATE_BPS: u32 = 128_000;
/// Recognition looks this often at most; it lowers itself when the machine is busy.
const WATCH_FPS: u32 = 8;

impl Owner {
    pub(super) async fn go_live(&mut self, plan: LivePlan) -> Outcome<()> {
        if let Some(show) = &self.show {
            return Err(match show.ended_at {
                None => Failure::new(ErrorCode::AlreadyLive, "a show is on air already")
                    .hint("end it first, or use another --data-dir"),
                Some(_) => Failure::new(ErrorCode::AlreadyLive, "the last show is still being put down")
                    .hint("its recording is made into an MP4; go live again when it is there")
                    .because(FailureWhy::StillEnding),
            });
        }
        self.load_catalogue().await?;
        let show_id = ShowId(Uuid::now_v7());
        self.parts.store.start_show(show_id, &plan.title, now_us()).await?;
        self.apply(ShowEvent::GoLive);
        self.board = PinBoard::new(hand_hold(&self.parts.settings));
        (self.card_chosen_at, self.card_told) = (hawker_domain::ShowMs::default(), None);
        let mut show = ShowRun::new(show_id, plan.to_platform && self.has_platform());
        show.recording = RecordingRun::of(plan.main_canvas(), plan.fps);
        show.pin_clips = plan.keep.pin_clips;
        self.show = Some(show);
        if let Err(failure) = self.start_media(&plan).await {
            self.apply(ShowEvent::Fatal { why: failure.message.clone(), why_code: show_why(failure.code) });
            self.stop_program().await;
            self.show = None;
            // It never began: nobody is to find it among the shows.
            if let Err(error) = self.parts.store.discard_show(show_id).await {
                tracing::warn!(show.id = %show_id, %error, "a show that did not begin stays in the list");
            }
            // The picture from before comes back, unless it is the very source that failed.
            if self.idle_plan.as_ref().is_some_and(|idle| idle.sources != plan.sources) {
                self.back_to_preview().await;
            }
            return Err(failure);
        }
        // What was held up before a show that does not begin is still worth telling.
        self.through = None;
        self.announce_show(show_id, &plan).await;
        Ok(())
    }

    /// Source, encoder, outputs and recording. Only the source is needed to go on air.
    async fn start_media(&mut self, plan: &LivePlan) -> Outcome<()> {
        let reusable = self.running.as_ref().is_some_and(|running| same_program(&running.plan, plan));
        // Who goes live wants to be asked again for what is not shared; what is shared goes on as it is.
        let lost = self.running.as_ref().filter(|_| reusable).map(|running| &running.lost);
        self.leaves.ask_again(|id| lost.is_none_or(|lost| lost.contains_key(id)));
        if !reusable {
            self.stop_program().await;
            self.start_program(plan.clone()).await?;
        }
        let Some(running) = &mut self.running else {
            return Err(Failure::new(ErrorCode::Internal, "the program pipeline is gone"));
        };
        if running.plan.scenes != plan.scenes {
            self.scenes_changed(plan.scenes.clone());
        }
        let Some(running) = &mut self.running else { return Ok(()) };
        running.plan = plan.clone();
        if let Some(show) = &mut self.show {
            show.frames_before = running.program.stats().frames;
        }
        self.recognition.start_over(plan.keep.evidence.clone());
        self.losses = super::losses::Losses::default();
        running.program.keep_replay(plan.keep.replay);
        running.program.go_on_air().map_err(media_failure)?;
        for destination in &plan.destinations {
            self.add_output(destination.clone(), Former::default());
        }
        if let Some(path) = &plan.record_to {
            self.record_from_start(path);
        }
        if self.running.as_ref().is_some_and(|running| !running.lost.is_empty()) {
            self.health(DegradedWhy::SourceLost, false);
        }
        Ok(())
    }

    async fn announce_show(&mut self, show_id: ShowId, plan: &LivePlan) {
        if self.show.as_ref().is_some_and(|show| show.to_platform)
            && let Some(link) = &self.link
        {
            link.publish(CreateShow { show_id, title: plan.title.clone(), running_order: self.order_to_publish() });
            if self.platform == PlatformView::Offline {
                self.health(DegradedWhy::PlatformDown, false);
            }
            if let Some(failure) = self.platform_failure.clone() {
                self.notice(&failure);
            }
        }
        if let Some(failure) = self.recognition_failure.clone() {
            self.health(DegradedWhy::RecognitionOff, false);
            self.notice(&failure);
        }
        self.announce_encoder(plan);
    }

    /// Says which encoder stands in for the one that was named, and why.
    fn announce_encoder(&mut self, plan: &LivePlan) {
        let report = self.running.as_ref().map(|running| running.program.stats().encoder_report);
        if let Some(words) = report.and_then(|report| report.instead_of(&plan.encoder.codec)) {
            self.say(NoticeWhy::OtherEncoder, words);
        }
    }

    /// Runs `plan`'s source for the preview while nothing is on air.
    pub(super) async fn preview(&mut self, plan: LivePlan) -> Outcome<()> {
        self.idle_plan = Some(plan.clone());
        // A show that is on air, or still being put down, has the source; the preview comes back after it.
        if self.show.is_some() {
            return Ok(());
        }
        self.load_catalogue().await?;
        // What runs already goes on: changing the language must not make the picture blink.
        if self.running.as_ref().is_some_and(|running| same_program(&running.plan, &plan)) {
            self.scenes_changed(plan.scenes);
            return Ok(());
        }
        self.stop_program().await;
        // Somebody chose something else.
        self.leaves.ask_again(|_| true);
        self.start_program(plan).await
    }

    /// Starts the preview again after a show, if there was one before it.
    pub(super) async fn back_to_preview(&mut self) {
        if !self.parts.config.preview_when_idle {
            return;
        }
        if let Some(plan) = self.idle_plan.clone()
            && let Err(failure) = self.start_program(plan).await
        {
            tracing::warn!("the preview does not start: {failure}");
        }
    }

    pub(super) async fn start_program(&mut self, plan: LivePlan) -> Outcome<()> {
        let config = ProgramConfig {
            sources: plan.sources.clone(),
            mics: plan.mics.heard().to_vec(),
            canvases: plan.canvases.clone(),
            fps: plan.fps,
            scene: plan.scenes.first().cloned().unwrap_or_default(),
            audio_bitrate_bps: AUDIO_BITRATE_BPS,
            encoder: plan.encoder.clone(),
            loop_file: true,
            beauty: plan.beauty,
            watch_fps: WATCH_FPS,
            journal: Some(self.parts.config.open_recordings_dir()),
            decoder: self.parts.config.decoder.clone(),
            leaves: self.leaves.clone(),
        };
        let started = tokio::task::spawn_blocking(move || Program::start(config)).await;
        let (program, events) =
            started.map_err(|error| internal("the media engine stopped", error))?.map_err(media_failure)?;
        self.media_events = Some(events);
        self.recognition.watch(program.frames());
        mix(&program, &self.parts.settings.sound);
        self.parts.desk.send_replace(Some(program.desk()));
        let preview = program.preview(plan.main_canvas()).map_err(media_failure)?;
        self.parts.preview.send_replace(Some(preview));
        let scene = plan.scenes.first().map(|scene| scene.name.clone()).unwrap_or_default();
        let watched = plan.sources.first().map_or_else(SourceId::main, |(id, _)| id.clone());
        let (lost, awaited) = (BTreeMap::new(), BTreeSet::new());
        self.running = Some(Running { program, plan, scene, staged: None, watched, lost, awaited });
        self.watch(self.parts.settings.watched.clone().as_ref()).await;
        self.follow_studio_mode(self.parts.settings.studio_mode);
        self.listen();
        Ok(())
    }
}

/// Sets the sound desk; what it refuses was checked when it was kept, so it is logged alone.
pub(super) fn mix(program: &Program, sound: &AudioSettings) {
    program.picture_delayed(sound.picture_delay_ms());
    let inputs = sound.inputs.iter().map(|(id, input)| program.set_sound_input(id, input.clone()));
    for refused in inputs.chain([program.set_sound_mix(sound.mix.clone())]).filter_map(Result::err) {
        tracing::warn!(error = %refused, "the sound desk does not take a setting");
    }
}

/// Why a show did not begin.
fn show_why(code: ErrorCode) -> ShowWhy {
    if code == ErrorCode::SourceUnavailable { ShowWhy::Source } else { ShowWhy::Engine }
}

/// A program that runs for one of them serves the other as well; scenes change while it runs.
pub(super) fn same_program(a: &LivePlan, b: &LivePlan) -> bool {
    let pictures = a.canvases == b.canvases && a.fps == b.fps && a.encoder == b.encoder;
    a.sources == b.sources && a.mics.heard() == b.mics.heard() && pictures
}

/// UTC, microseconds since 1970.
pub(crate) fn now_us() -> i64 {
    (time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000) as i64
}
