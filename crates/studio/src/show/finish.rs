//! The end of a show: everything is closed, kept and summed up. Closing runs beside the owner, which goes on answering.

use super::{
    owner::Owner,
    run::{AtEnd, ShowOutcome, ShowRun},
    snapshot::frames,
};
use crate::errors::Outcome;
use hawker_domain::{
    failure::FailureWhy,
    reason::ShowWhy,
    show::{ShowEffect, ShowEvent, ShowState},
};
use hawker_media::{MediaSummary, OutputStats};
use hawker_wire::{
    ErrorCode, Failure,
    live::{LiveEvent, OutputState, OutputSummary, RecordedPart, RecordingSummary, Summary},
};
use tokio::sync::{mpsc, oneshot};

/// How far the closing of a program is.
pub enum Closing {
    /// Every destination has its last picture, and the recording too.
    Stopped,
    /// The recording is made into its final file.
    Done(Option<MediaSummary>),
}

/// Both steps fit: the closing thread never waits for the owner.
const STEPS: usize = 2;

pub(super) fn not_live() -> Failure {
    Failure::new(ErrorCode::NotLive, "no show is on air").hint("go live first").because(FailureWhy::NotLive)
}

impl Owner {
    /// Ends the show as the host wishes; `reply` is answered when it is put down. Errors: `not_live`.
    pub(super) async fn end(&mut self, reply: oneshot::Sender<Outcome<()>>) {
        if self.show.is_none() {
            let _ = reply.send(Err(not_live()));
            return;
        }
        self.enders.push(reply);
        if self.apply(ShowEvent::EndRequested).contains(&ShowEffect::StopMedia) {
            self.close_show().await;
        }
    }

    /// The engine or something else made it impossible to go on.
    pub(super) async fn fail(&mut self, why: String) {
        if self.apply(ShowEvent::Fatal { why, why_code: ShowWhy::Engine }).contains(&ShowEffect::StopMedia) {
            self.close_show().await;
        }
    }

    /// Notes how the show stands and begins to close it. [`Owner::on_closing`] goes on.
    async fn close_show(&mut self) {
        let ended_at = self.now();
        let stats = self.running.as_ref().map(|running| running.program.stats()).unwrap_or_default();
        if let Some(show) = &mut self.show {
            show.ended_at = Some(ended_at);
            show.at_end = AtEnd {
                cpu_ms_per_frame: show.cpu_ms_per_frame(stats.frames.encoded),
                frames: stats.frames.since(&show.frames_before),
                sent: show.outputs.iter().any(|output| output.carried || output.state == OutputState::Live),
            };
        }
        self.publish_snapshot().await;
        let (steps, closing) = mpsc::channel(STEPS);
        self.closing = Some(closing);
        self.rest();
        match self.running.take() {
            None => {
                let _ = steps.try_send(Closing::Done(None));
            }
            Some(running) => {
                tokio::task::spawn_blocking(move || {
                    let stopped = running.program.stop();
                    let _ = steps.try_send(Closing::Stopped);
                    let _ = steps.try_send(Closing::Done(Some(stopped.finish())));
                });
            }
        }
    }

    pub(super) async fn on_closing(&mut self, step: Closing) {
        match step {
            Closing::Stopped => self.end_on_platform(),
            Closing::Done(closed) => {
                self.closing = None;
                self.media_events = None;
                self.end_on_platform();
                self.sum_up(closed).await;
            }
        }
    }

    /// Viewers learn at once that it is over; saying so twice is saying so once.
    fn end_on_platform(&mut self) {
        let Some(show) = &mut self.show else { return };
        if let Some(link) = self.link.as_ref().filter(|_| show.to_platform && !show.ended_on_platform) {
            show.ended_on_platform = true;
            link.end(show.show_id);
        }
    }

    /// Tells everybody how the show went.
    async fn sum_up(&mut self, closed: Option<MediaSummary>) {
        self.apply(ShowEvent::MediaStopped);
        let Some(show) = &self.show else { return };
        let show_id = show.show_id;
        let parts_of = |recording: Option<&hawker_media::RecordingSummary>| recording.map(|r| r.parts.clone());
        let parts = closed.as_ref().and_then(|closed| parts_of(closed.recording.as_ref()));
        let upright = closed.as_ref().and_then(|closed| parts_of(closed.upright.as_deref()));
        let mut outcome = outcome(show, &self.state, closed, self.board.pins);
        // That a recording ended early was told when it did.
        let kept: Vec<_> = parts.iter().chain(&upright).flatten().filter_map(crate::recordings::trouble).collect();
        let pins = if show.pin_clips { show.pin_log.spans(show.ended_at.unwrap_or_default()) } else { Vec::new() };
        let pins: Vec<_> = pins.into_iter().map(|span| show.shot_log.clip_of(span)).collect();
        let begin = |parts: Vec<_>| self.parts.clips.begin(parts, pins.clone(), self.parts.events.clone());
        if let Some(recording) = &mut outcome.summary.recording {
            recording.clips = parts.and_then(begin);
            if let Some(recording) = &mut recording.upright {
                recording.clips = upright.and_then(begin);
            }
        }
        for told in kept {
            self.announce(told);
        }
        self.announce(LiveEvent::Summary(outcome.summary.clone()));
        tracing::info!(show.id = %show_id, carried = outcome.carried, "the show is over");
        self.show = None;
        if let Some(chat) = &self.parts.own_chat {
            chat.show_over();
        }
        // Behind the end, so that the platform that is left hears it first.
        self.move_platform().await;
        if let Err(error) = self.parts.store.end_show(show_id).await {
            tracing::error!(show.id = %show_id, %error, "the show's end is not kept");
        }
        for waiter in self.waiters.drain(..) {
            let _ = waiter.send(Ok(outcome.clone()));
        }
        for ender in self.enders.drain(..) {
            let _ = ender.send(Ok(()));
        }
        self.back_to_preview().await;
    }

    /// Nobody looks at the picture any more: neither the preview nor recognition.
    fn rest(&mut self) {
        self.parts.preview.send_replace(None);
        self.parts.stage.send_replace(None);
        self.parts.desk.send_replace(None);
        self.recognition.rest();
        self.boxes.clear();
    }

    /// Stops a program that is not on air: it has nothing to put down, so this takes a moment only.
    pub(super) async fn stop_program(&mut self) {
        let Some(running) = self.running.take() else { return };
        self.rest();
        let stopped = tokio::task::spawn_blocking(move || running.program.stop().finish()).await;
        self.media_events = None;
        if let Err(error) = stopped {
            tracing::error!(%error, "the media engine did not stop cleanly");
        }
    }
}

/// The next step of a closing program; none ever comes while nothing closes.
pub(super) async fn next_step(closing: &mut Option<mpsc::Receiver<Closing>>) -> Closing {
    match closing {
        None => std::future::pending().await,
        // The thread ended without a word: there is nothing left to wait for.
        Some(steps) => steps.recv().await.unwrap_or(Closing::Done(None)),
    }
}

/// What the show came to, and whether anything carried it to its end.
fn outcome(show: &ShowRun, state: &ShowState, closed: Option<MediaSummary>, pins: u64) -> ShowOutcome {
    let (counted, recording, upright) =
        closed.map(|closed| (closed.outputs, closed.recording, closed.upright)).unwrap_or_default();
    let left = (recording.is_some(), upright.is_some());
    let recording = match (recording, upright) {
        (Some(main), upright) => Some(RecordingSummary {
            upright: upright.map(|upright| Box::new(recording_of(*upright))),
            ..recording_of(main)
        }),
        // Of the main canvas nothing was written at all.
        (None, upright) => upright.map(|upright| recording_of(*upright)),
    };
    let on_air_s = show.on_air_since.map(|_| show.ended_at.unwrap_or_default().0 as f64 / 1000.0);
    let recorded = show.recording.carried(left.0, left.1);
    let failure = match (state, on_air_s) {
        (ShowState::Failed { why, .. }, _) => Some(why.clone()),
        (_, None) => Some("the show never got on air".to_owned()),
        _ if !show.at_end.sent && !recorded => Some("nothing carried the show to its end".to_owned()),
        _ => None,
    };
    let summary = Summary {
        on_air_s: on_air_s.unwrap_or_default(),
        frames: frames(&show.at_end.frames),
        outputs: show.outputs.iter().map(|output| summary_of(output, &counted)).collect(),
        recording,
        pins,
        orders: show.orders,
        cpu_ms_per_frame: show.at_end.cpu_ms_per_frame,
        viewer_url: show.viewer_url.clone(),
    };
    ShowOutcome { summary, carried: failure.is_none(), failure }
}

fn recording_of(recording: hawker_media::RecordingSummary) -> RecordingSummary {
    RecordingSummary {
        path: recording.path.display().to_string(),
        duration_ms: recording.duration_ms,
        parts: recording.parts.iter().map(part_of).collect(),
        clips: None,
        upright: None,
        lost_pictures: recording.lost_pictures,
        problem: recording.problem,
    }
}

fn part_of(part: &hawker_media::RecordedPart) -> RecordedPart {
    RecordedPart { path: part.path.display().to_string(), began: part.began, duration_ms: part.duration_ms }
}

/// One destination over the whole show, however often its address changed.
fn summary_of(output: &super::run::Output, counted: &[OutputStats]) -> OutputSummary {
    let is_own = |id| output.destination.id == id || output.former.ids.contains(&id);
    let own = || counted.iter().filter(move |counted| is_own(counted.id));
    OutputSummary {
        id: output.destination.id,
        url: output.destination.url.redacted(),
        sent_bytes: own().map(|counted| counted.sent_bytes).sum(),
        reconnects: own().map(|counted| counted.reconnects).sum::<u32>() + output.former.ids.len() as u32,
        down_ms: own().map(|counted| counted.down_ms).sum(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::show::{Destination, run::Output};
    use hawker_domain::{CanvasShape, DestinationId, ShowId, ShowMs, reason::RecordingWhy};
    use hawker_media::OutputPhase;
    use uuid::Uuid;

    fn on_air() -> ShowRun {
        let mut show = ShowRun::new(ShowId(Uuid::nil()), true);
        show.mark_on_air();
        show.ended_at = Some(ShowMs(12_500));
        show
    }

    fn counted(id: DestinationId, sent_bytes: u64) -> OutputStats {
        OutputStats {
            phase: OutputPhase::Ended,
            sent_bytes,
            reconnects: 1,
            down_ms: 200,
            ..OutputStats::new(id, String::new())
        }
    }

    #[test]
    fn a_show_is_carried_by_what_still_worked_when_it_ended() {
        let recording = || hawker_media::RecordingSummary {
            path: "a.mp4".into(),
            duration_ms: 5,
            problem: None,
            parts: Vec::new(),
            lost_pictures: 0,
        };
        let closed = |recorded: bool| MediaSummary {
            on_air_ms: 0,
            frames: hawker_media::FrameCounts::default(),
            outputs: Vec::new(),
            recording: recorded.then(recording),
            upright: None,
        };
        let table = [
            (true, false, None, ShowState::Ended, true),
            (false, true, None, ShowState::Ended, true),
            (false, false, None, ShowState::Ended, false),
            (false, true, Some("the disk is full"), ShowState::Ended, false),
            (true, true, None, ShowState::Failed { why: "x".into(), why_code: Some(ShowWhy::Engine) }, false),
        ];
        for (sent, recorded, stopped, state, carried) in table {
            let mut show = on_air();
            show.at_end.sent = sent;
            if let Some(why) = stopped {
                show.recording.stop(CanvasShape::Landscape, why.to_owned(), RecordingWhy::DiskFull);
            }
            let outcome = outcome(&show, &state, Some(closed(recorded)), 0);
            assert_eq!(outcome.carried, carried, "sent {sent}, recorded {recorded}, {stopped:?}, {state:?}");
            assert_eq!(outcome.summary.on_air_s, 12.5, "time on air ends when the end is asked for");
        }
        let never = outcome(&ShowRun::new(ShowId(Uuid::nil()), true), &ShowState::Ended, None, 0);
        assert_eq!(never.failure.as_deref(), Some("the show never got on air"));
    }

    #[test]
    fn a_destination_that_got_another_address_is_counted_as_one() {
        let id = DestinationId(Uuid::from_u128(7));
        let url = crate::any_url("rtmp://127.0.0.1/live/k").unwrap();
        let (way, instead) = Default::default();
        let destination = Destination { id, name: "hawker".into(), url, way, instead };
        let before = DestinationId(Uuid::from_u128(6));
        let mut show = on_air();
        let old = Destination { id: before, ..destination.clone() };
        show.outputs.push(Output::new(old));
        show.platform_output = Some(before);
        let former = show.retire_platform_output(&[counted(before, 100)]);
        assert!(show.outputs.is_empty() && show.output(before).is_some(), "its last words are still heard");
        let output = Output { former, ..Output::new(destination) };
        assert_eq!(output.reconnects(&[]), 2, "one of its own, and the change of the address");
        assert_eq!(output.reconnects(&[counted(id, 0)]), 3, "the cockpit counts on");
        let other = counted(DestinationId(Uuid::nil()), 9);
        let summary = summary_of(&output, &[counted(before, 100), counted(id, 50), other]);
        assert_eq!((summary.sent_bytes, summary.reconnects, summary.down_ms), (150, 3, 400));
    }
}
