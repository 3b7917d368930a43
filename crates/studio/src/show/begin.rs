//! Going live, and the preview before it.

use super::{
    LivePlan,
    owner::{Owner, Running, hand_hold},
    pins::PinBoard,
    run::{Output, ShowRun},
};
use crate::errors::{Outcome, internal};
use crate::recognition::RecognitionCommand;
use crate::view::PlatformView;
use hawker_domain::{
    ShowId, Sku,
    reason::OutputWhy,
    show::{DegradedWhy, ShowEvent},
};
use hawker_media::{OutputConfig, Program, ProgramConfig};
use hawker_wire::{
    ErrorCode, Failure,
    live::{LiveEvent, OutputState, SourceState},
    show::CreateShow,
};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// The platform takes no longer order; an empty one shows the whole catalogue.
const RUNNING_ORDER_LIMIT: usize = 500;
/// AAC stereo that no platform refuses.
const AUDIO_BITRATE_BPS: u32 = 128_000;
/// Recognition looks this often at most; it lowers itself when the machine is busy.
const WATCH_FPS: u32 = 8;

impl Owner {
    pub(super) async fn go_live(&mut self, plan: LivePlan) -> Outcome<()> {
        if self.state.is_running() {
            return Err(Failure::new(ErrorCode::AlreadyLive, "a show is on air already")
                .hint("end it first, or use another --data-dir"));
        }
        self.load_catalogue().await?;
        let show_id = ShowId(Uuid::now_v7());
        self.parts.store.start_show(show_id, &plan.title, now_us()).await?;
        self.apply(ShowEvent::GoLive);
        self.board = PinBoard::new(hand_hold(&self.parts.settings));
        let mut show = ShowRun::new(show_id, plan.to_platform && self.has_platform());
        show.recording = plan.record_to.clone();
        self.show = Some(show);
        if let Err(failure) = self.start_media(&plan).await {
            self.apply(ShowEvent::Fatal(failure.message.clone()));
            self.stop_program().await;
            self.show = None;
            return Err(failure);
        }
        self.announce_show(show_id, &plan).await;
        Ok(())
    }

    /// Source, encoder, outputs and recording. Only the source is needed to go on air.
    async fn start_media(&mut self, plan: &LivePlan) -> Outcome<()> {
        let reusable = self.running.as_ref().is_some_and(|running| {
            running.plan.source == plan.source && running.plan.mic == plan.mic && same_canvas(&running.plan, plan)
        });
        if !reusable {
            self.stop_program().await;
            self.start_program(plan.clone()).await?;
        }
        let Some(running) = &mut self.running else {
            return Err(Failure::new(ErrorCode::Internal, "the program pipeline is gone"));
        };
        running.plan = plan.clone();
        self.recognition.send(RecognitionCommand::StartOver).await;
        running.program.go_on_air().map_err(media_failure)?;
        for destination in &plan.destinations {
            self.add_output(destination.clone());
        }
        if let Some(path) = &plan.record_to {
            self.start_recording(path);
        }
        if self.running.as_ref().is_some_and(|running| running.source_state == SourceState::Lost) {
            self.health(DegradedWhy::SourceLost, false);
        }
        Ok(())
    }

    fn start_recording(&mut self, path: &Path) {
        let Some(running) = &self.running else { return };
        if let Some(folder) = path.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        if let Err(error) = running.program.start_recording(path) {
            let why_code = error.recording_why();
            let failure = media_failure(error);
            if let Some(show) = &mut self.show {
                show.recording_stopped = Some(failure.message.clone());
                show.recording_stopped_code = Some(why_code);
            }
            self.health(DegradedWhy::RecordingStopped, false);
            self.notice(&failure);
        }
    }

    pub(super) fn add_output(&mut self, destination: super::Destination) {
        let Some(running) = &self.running else { return };
        let added = running.program.add_output(OutputConfig {
            id: destination.id,
            url: destination.url.clone(),
            deadline: destination.deadline_s.map(|seconds| Duration::from_secs(u64::from(seconds))),
        });
        let why = added.err().map(|error| error.to_string());
        let why_code = why.is_some().then_some(OutputWhy::BadAddress);
        let state = if why.is_some() { OutputState::Failed } else { OutputState::Connecting };
        let failed = why.is_some();
        let event = LiveEvent::Output {
            id: destination.id,
            name: destination.name.clone(),
            url: destination.url.redacted(),
            canvas: "16:9".into(),
            state,
            why: why.clone(),
            why_code,
            deadline_ms: None,
        };
        if let Some(show) = &mut self.show {
            show.outputs.push(Output { destination, state, why, why_code, deadline_ms: None, went_live: false });
        }
        // The engine itself reports how an output that was taken fares.
        if failed {
            self.announce(event);
        }
    }

    async fn announce_show(&mut self, show_id: ShowId, plan: &LivePlan) {
        if self.show.as_ref().is_some_and(|show| show.to_platform)
            && let Some(link) = &self.link
        {
            link.publish(CreateShow { show_id, title: plan.title.clone(), running_order: self.order_to_publish() });
            if self.platform == PlatformView::Offline {
                self.health(DegradedWhy::PlatformDown, false);
            }
        }
        if let Some(failure) = self.recognition_failure.clone() {
            self.health(DegradedWhy::RecognitionOff, false);
            self.notice(&failure);
        }
    }

    fn order_to_publish(&self) -> Vec<Sku> {
        self.chosen_order.iter().take(RUNNING_ORDER_LIMIT).cloned().collect()
    }

    /// Tells the platform the order of the show's shelf, if it is another than before.
    pub(super) fn publish_order(&self) {
        if let Some(link) = &self.link {
            link.running_order(self.order_to_publish());
        }
    }

    /// Runs `plan`'s source for the preview while nothing is on air.
    pub(super) async fn preview(&mut self, plan: LivePlan) -> Outcome<()> {
        if self.state.is_running() {
            return Ok(());
        }
        self.idle_plan = Some(plan.clone());
        self.load_catalogue().await?;
        self.stop_program().await;
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

    async fn start_program(&mut self, plan: LivePlan) -> Outcome<()> {
        let config = ProgramConfig {
            source: plan.source.clone(),
            mic: plan.mic.clone(),
            width: plan.width,
            height: plan.height,
            fps: plan.fps,
            video_bitrate_bps: plan.video_bitrate_bps,
            audio_bitrate_bps: AUDIO_BITRATE_BPS,
            loop_file: true,
            watch_fps: WATCH_FPS,
        };
        let started = tokio::task::spawn_blocking(move || Program::start(config)).await;
        let (program, events) =
            started.map_err(|error| internal("the media engine stopped", error))?.map_err(media_failure)?;
        self.media_events = Some(events);
        self.recognition.send(RecognitionCommand::Watch(program.frames())).await;
        self.parts.preview.send_replace(Some(program.preview()));
        let source_state = SourceState::Back;
        self.running = Some(Running { program, plan, source_state, source_why: None, source_why_code: None });
        Ok(())
    }
}

fn same_canvas(a: &LivePlan, b: &LivePlan) -> bool {
    (a.width, a.height, a.fps, a.video_bitrate_bps) == (b.width, b.height, b.fps, b.video_bitrate_bps)
}

/// An error of the media engine as it is shown.
pub(crate) fn media_failure(error: hawker_media::MediaError) -> Failure {
    let code = match error.kind() {
        hawker_media::MediaErrorKind::Source => ErrorCode::SourceUnavailable,
        hawker_media::MediaErrorKind::DiskFull => ErrorCode::DiskFull,
        hawker_media::MediaErrorKind::BadInput => ErrorCode::BadInput,
        hawker_media::MediaErrorKind::Other => ErrorCode::Internal,
    };
    Failure::new(code, crate::errors::chain(&error)).hint(error.hint())
}

/// UTC, microseconds since 1970.
pub(crate) fn now_us() -> i64 {
    (time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000) as i64
}
