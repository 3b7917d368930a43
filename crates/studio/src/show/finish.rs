//! The end of a show: everything is closed, kept and summed up.

use super::{owner::Owner, run::ShowOutcome};
use crate::errors::Outcome;
use crate::recognition::RecognitionCommand;
use hawker_domain::{
    reason::NoticeWhy,
    show::{ShowEvent, ShowState},
};
use hawker_media::{MediaStats, MediaSummary};
use hawker_wire::{
    ErrorCode, Failure,
    live::{LiveEvent, OutputState, OutputSummary, RecordingSummary, Summary},
};

pub(super) fn not_live() -> Failure {
    Failure::new(ErrorCode::NotLive, "no show is on air").hint("go live first")
}

impl Owner {
    /// Ends the show as the host wishes. Errors: `not_live`.
    pub(super) async fn end(&mut self) -> Outcome<()> {
        if !self.state.is_running() {
            return Err(not_live());
        }
        self.apply(ShowEvent::EndRequested);
        self.publish_snapshot().await;
        self.summarise().await;
        Ok(())
    }

    /// Closes the pipelines, then tells everybody how it went.
    pub(super) async fn summarise(&mut self) {
        let stats = self.running.as_ref().map(|running| running.program.stats());
        let cpu = match (&self.show, &stats) {
            (Some(show), Some(stats)) => show.cpu_ms_per_frame(stats.frames.encoded),
            _ => 0.0,
        };
        let ended_at = self.now();
        let closed = self.stop_program().await;
        let Some(mut show) = self.show.take() else { return };
        show.ended_at = Some(ended_at);
        let stats = stats.unwrap_or_default();
        let outcome = self.outcome(&show, &stats, closed, cpu);
        // The ledger line needs the show; put it back for the announcement.
        let show_id = show.show_id;
        self.show = Some(show);
        self.apply(ShowEvent::MediaStopped);
        // That it ended early was told when it did.
        let stopped = self.show.as_ref().is_some_and(|show| show.recording_stopped.is_some());
        let problem = outcome.summary.recording.as_ref().and_then(|recording| recording.problem.clone());
        if let Some(problem) = problem.filter(|_| !stopped) {
            self.announce(LiveEvent::Notice {
                code: "internal".into(),
                why_code: Some(NoticeWhy::RecordingKept),
                message: format!("no MP4 could be made of the recording: {problem}"),
                hint: Some("the Matroska file holds the whole show; the next start tries again".into()),
            });
        }
        self.announce(LiveEvent::Summary(outcome.summary.clone()));
        tracing::info!(show.id = %show_id, carried = outcome.carried, "the show is over");
        self.show = None;
        if let Err(error) = self.parts.store.end_show(show_id).await {
            tracing::error!(show.id = %show_id, %error, "the show's end is not kept");
        }
        if let Some(link) = &self.link {
            link.end(show_id);
        }
        // Behind the end, so that the platform that is left hears it first.
        self.move_platform();
        for waiter in self.waiters.drain(..) {
            let _ = waiter.send(Ok(outcome.clone()));
        }
        self.back_to_preview().await;
    }

    fn outcome(
        &self,
        show: &super::run::ShowRun,
        stats: &MediaStats,
        closed: Option<MediaSummary>,
        cpu_ms_per_frame: f64,
    ) -> ShowOutcome {
        let recording = closed.and_then(|closed| closed.recording).map(|recording| RecordingSummary {
            path: recording.path.display().to_string(),
            duration_ms: recording.duration_ms,
            problem: recording.problem,
        });
        let outputs: Vec<OutputSummary> = show
            .outputs
            .iter()
            .map(|output| {
                let counted = stats.outputs.iter().find(|counted| counted.id == output.destination.id);
                OutputSummary {
                    id: output.destination.id,
                    url: output.destination.url.redacted(),
                    sent_bytes: counted.map_or(0, |counted| counted.sent_bytes),
                    reconnects: counted.map_or(0, |counted| counted.reconnects),
                    down_ms: counted.map_or(0, |counted| counted.down_ms),
                }
            })
            .collect();
        let on_air = show.on_air_since.map(|since| since.elapsed().as_secs_f64());
        let sent = show.outputs.iter().any(|output| output.went_live && output.state != OutputState::Failed);
        let recorded = recording.is_some() && show.recording_stopped.is_none();
        let failure = match (&self.state, on_air) {
            (ShowState::Failed { why }, _) => Some(why.clone()),
            (_, None) => Some("the show never got on air".to_owned()),
            _ if !sent && !recorded => Some("nothing carried the show to its end".to_owned()),
            _ => None,
        };
        let summary = Summary {
            on_air_s: on_air.unwrap_or_default(),
            frames: super::snapshot::frames(stats),
            outputs,
            recording,
            pins: self.board.pins,
            orders: show.orders,
            cpu_ms_per_frame,
            viewer_url: show.viewer_url.clone(),
        };
        ShowOutcome { summary, carried: failure.is_none(), failure }
    }

    /// Stops the program pipeline, if one runs, without blocking the runtime.
    pub(super) async fn stop_program(&mut self) -> Option<MediaSummary> {
        let running = self.running.take()?;
        self.parts.preview.send_replace(None);
        self.recognition.send(RecognitionCommand::Rest).await;
        self.boxes.clear();
        let stopped = tokio::task::spawn_blocking(move || running.program.stop().finish()).await;
        self.media_events = None;
        stopped.map_err(|error| tracing::error!(%error, "the media engine did not stop cleanly")).ok()
    }
}
