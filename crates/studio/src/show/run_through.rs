//! A run-through of the products before a show, beside the preview: nothing is published, recorded or sold.

use super::{LivePlan, begin::same_program, owner::Owner, tags::nothing_in_picture};
use crate::errors::{Outcome, bad_input};
use crate::recognition::Correction;
use crate::view::{Known, RecognitionView, RunThroughView, UnwatchedView};
use hawker_domain::{Sku, failure::FailureWhy, reason::RecognitionWhy};
use hawker_vision::FrameReport;
use hawker_vision::run_through::{GoesOn, Lesson, RunThrough, Said, Shown, Tags};
use hawker_wire::{ErrorCode, Failure};
use std::time::{Duration, Instant};

/// What a run-through is made of, checked and complete.
#[derive(Clone, Debug)]
pub struct RunThroughPlan {
    /// Its source; the rest of it counts for nothing.
    pub picture: LivePlan,
    pub products: Vec<Sku>,
    pub goes_on: GoesOn,
}

/// One that runs. Its clock counts from its beginning.
pub struct RunningThrough {
    run: RunThrough,
    tags: Tags,
    begun: Instant,
    /// When it looked last; the beginning before it did.
    looked: Instant,
    goes_on: GoesOn,
}

impl RunningThrough {
    pub fn look(&mut self, report: &FrameReport, width: f32, height: f32) {
        self.looked = Instant::now();
        let now_ms = whole_ms(self.looked.duration_since(self.begun));
        self.run.look(self.tags.look(report, width, height), now_ms);
    }

    /// Recognition learned that something is this product.
    pub fn learned(&mut self, sku: &Sku) {
        self.run.learned(sku);
    }

    /// `has_picture`: of the source that recognition watches.
    pub fn view(
        &self,
        recognition: &RecognitionView,
        has_picture: bool,
        known: &impl Fn(&Sku) -> Known,
    ) -> RunThroughView {
        let unwatched = UnwatchedView::of(recognition, has_picture, whole_ms(self.looked.elapsed()));
        RunThroughView::new(&self.run, self.goes_on, unwatched, known)
    }
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A show is on air, or ends, and has the camera.
pub(crate) fn on_air() -> Failure {
    Failure::new(ErrorCode::AlreadyLive, "a show is on air: nothing can be rehearsed beside it")
        .hint("rehearse before the show, or after it")
        .because(FailureWhy::RehearsalOnAir)
}

impl Owner {
    /// None while none runs.
    pub(super) fn run_through_view(&self) -> Option<RunThroughView> {
        let has_picture = self.running.as_ref().is_some_and(|running| !running.lost.contains_key(&running.watched));
        let through = self.through.as_ref()?;
        Some(through.view(&self.recognition_view, has_picture, &|sku| self.known(sku)))
    }

    /// Begins one, in place of one that runs.
    /// Errors: `already_live`, `bad_input` where no product has a photo, `model_unavailable`, `source_unavailable`.
    pub(super) async fn run_through(&mut self, plan: RunThroughPlan) -> Outcome<()> {
        if self.show.is_some() {
            return Err(on_air());
        }
        if let RecognitionView::Off { why, why_code } = &self.recognition_view {
            if *why_code == Some(RecognitionWhy::NoPhotos) {
                let none = bad_input("nothing can be recognised: no product has a photo yet");
                return Err(none.hint("add photos in the catalogue").because(FailureWhy::NoPhotos));
            }
            let off = || Failure::new(ErrorCode::ModelUnavailable, format!("nothing can be recognised: {why}"));
            return Err(self.recognition_failure.clone().unwrap_or_else(off));
        }
        self.load_catalogue().await?;
        if !self.running.as_ref().is_some_and(|running| same_program(&running.plan, &plan.picture)) {
            self.stop_program().await;
            if let Err(failure) = self.start_program(plan.picture).await {
                self.back_to_preview().await;
                return Err(failure);
            }
        }
        let run = RunThrough::new(plan.products, plan.goes_on);
        let (tags, now) = (Tags::default(), Instant::now());
        self.through = Some(RunningThrough { run, tags, begun: now, looked: now, goes_on: plan.goes_on });
        Ok(())
    }

    /// What is said of another product than the one that is asked for came too late: it counts for neither.
    /// Errors: `not_live` where none runs, `not_found` where there is nothing to learn from.
    pub(super) fn run_through_say(&mut self, said: Said, at: usize) -> Outcome<()> {
        let through = self.through.as_mut().ok_or_else(none_runs)?;
        if at != through.run.at() {
            return Ok(());
        }
        for lesson in through.run.on(said).map_err(|_| nothing_in_picture())? {
            let Lesson { track_id, sku, variants, is_it } = lesson;
            self.recognition.teach(Correction { track_id, sku, variants, is_it });
        }
        Ok(())
    }

    /// Ends it; the picture from before comes back. Errors: `not_live`.
    pub(super) async fn end_run_through(&mut self) -> Outcome<Vec<Shown>> {
        let through = self.through.take().ok_or_else(none_runs)?;
        let wanted = self.idle_plan.as_ref().filter(|_| self.parts.config.preview_when_idle);
        let stays = self.running.as_ref().zip(wanted).is_some_and(|(running, idle)| same_program(&running.plan, idle));
        if !stays {
            self.stop_program().await;
            self.back_to_preview().await;
        }
        Ok(through.run.products().to_vec())
    }
}

fn none_runs() -> Failure {
    Failure::new(ErrorCode::NotLive, "no rehearsal runs").hint("begin one").because(FailureWhy::NoRehearsal)
}
