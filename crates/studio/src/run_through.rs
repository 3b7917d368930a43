//! A run-through before a show: products are held up one after another, before the show's camera or in a clip.

use crate::errors::{Outcome, bad_input};
use crate::lessons::beside;
use crate::recognise::read_truth;
use crate::show::{Request, RunThroughPlan, on_air};
use crate::studio::{LiveOptions, Studio};
use crate::view::{GoLive, Known, RunThroughReportView, RunThroughSaid, RunThroughWish, ShownView};
use hawker_domain::{Sku, failure::FailureWhy};
use hawker_vision::rehearsal::Rehearsal;
use hawker_vision::run_through::{GoesOn, HeldUp, Shown, report};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// A clip in which products are held up, and what is held up when.
#[derive(Clone, Debug)]
pub struct ClipToRunThrough {
    pub clip: PathBuf,
    pub truth: PathBuf,
    /// As in [`RunThroughWish`].
    pub skus: Vec<Sku>,
    pub all: bool,
}

/// What was said of products and is not told yet: all of it fits.
const TOLD_BOUND: usize = hawker_vision::rehearsal::MOST_PRODUCTS;

impl Studio {
    /// Asks for products to be held up, from now on; the snapshot tells which, and what each is taken for. One that runs is
    /// left for it.
    /// Errors: `already_live`, `not_found`, `bad_input` for no product, none with a photo or more than 500, `model_unavailable`,
    /// `source_unavailable`.
    pub async fn run_through(&self, wish: RunThroughWish) -> Outcome<()> {
        self.may_rehearse().await?;
        let products = self.to_run_through(wish.skus, wish.all).await?;
        // A file's own sound is of no use here, and a microphone is nobody's business.
        let mic = wish.source.as_ref().map(|_| "silence".to_owned());
        let more_sources = wish.source.as_ref().map(|_| Vec::new());
        let request = GoLive { source: wish.source, more_sources, mic, record: Some(false), ..GoLive::default() };
        let picture = self.plan(LiveOptions { request, no_platform: true, ..LiveOptions::default() }).await?;
        let goes_on = if wish.by_itself { GoesOn::ByItself } else { GoesOn::WhenTold };
        let plan = Box::new(RunThroughPlan { picture, products, goes_on });
        self.ask(|reply| Request::RunThrough(plan, reply)).await?
    }

    /// What the host says of the product at this place, as the snapshot had it. Where another one is asked for by now, nothing
    /// happens.
    /// Errors: `not_live` where no run-through runs, `not_found` where nothing is in the picture to be learned from.
    pub async fn run_through_say(&self, said: RunThroughSaid, at: usize) -> Outcome<()> {
        self.ask(|reply| Request::RunThroughSay(said.into(), at, reply)).await?
    }

    /// Ends it, and looks at the photos of its products too. Errors: `not_live`.
    pub async fn run_through_end(&self) -> Outcome<RunThroughReportView> {
        let shown = self.ask(Request::EndRunThrough).await??;
        self.run_through_report(&shown, HeldUp::Seen).await
    }

    /// Goes through a clip in which products are held up, as a host would who shows them in its order: each is asked for when the
    /// one before was put away. Nothing is learned. `told` hears what is said of each.
    /// Errors: as of [`Studio::run_through`], and `bad_input` for a clip or a truth that can't be read.
    pub async fn run_through_clip(
        &self,
        what: ClipToRunThrough,
        told: mpsc::Sender<ShownView>,
    ) -> Outcome<RunThroughReportView> {
        self.may_rehearse().await?;
        let wanted: HashSet<Sku> = self.to_run_through(what.skus, what.all).await?.into_iter().collect();
        let truth: Vec<_> = read_truth(&what.truth)?;
        let is_wanted =
            |span: &hawker_vision::evaluate::TruthSpan| span.sku.as_ref().is_some_and(|sku| wanted.contains(sku));
        if !truth.iter().any(is_wanted) {
            return Err(bad_input(format!("none of these products is in {}", what.truth.display())));
        }
        let known = self.known().await?;
        let (config, store, handle) = (self.config().clone(), self.store().clone(), Handle::current());
        let (said, mut saying) = mpsc::channel(TOLD_BOUND);
        let run = move || {
            crate::recognition::run_through::clip((&config, &handle, &store), &what.clip, &truth, &wanted, &said)
        };
        let telling = async {
            while let Some(shown) = saying.recv().await {
                // Who hears no more has the report.
                let _ = told.send(ShownView::new(&shown, &known)).await;
            }
        };
        let (shown, ()) = tokio::join!(beside(run), telling);
        self.run_through_report(&shown?, HeldUp::Asked).await
    }

    /// Errors: `already_live`.
    pub async fn may_rehearse(&self) -> Outcome<()> {
        if self.moment().await.is_some() { Err(on_air()) } else { Ok(()) }
    }

    async fn to_run_through(&self, skus: Vec<Sku>, all: bool) -> Outcome<Vec<Sku>> {
        let (_, skus) = self.to_rehearse(skus, all).await?;
        if skus.is_empty() {
            let none = bad_input("there is no product to hold up").hint("import a catalogue first");
            return Err(none.because(FailureWhy::NothingToRehearse));
        }
        Ok(skus)
    }

    async fn run_through_report(&self, shown: &[Shown], held_up: HeldUp) -> Outcome<RunThroughReportView> {
        let photos = self.rehearse_all_of(shown.iter().map(|shown| shown.sku.clone()).collect()).await;
        // What was held up is worth telling without them.
        let photos = photos.unwrap_or_else(|failure| {
            tracing::warn!("the photos were not looked at: {failure}");
            Rehearsal::default()
        });
        Ok(RunThroughReportView::new(report(shown, &photos, held_up), &self.known().await?))
    }

    /// What a person knows products by.
    async fn known(&self) -> Outcome<impl Fn(&Sku) -> Known> {
        let products = self.store().all_products().await?;
        let photos = self.store().first_photos().await?;
        let titles: HashMap<Sku, String> =
            products.into_iter().map(|product| (product.sku.clone(), product.shown_title().into_owned())).collect();
        Ok(move |sku: &Sku| (titles.get(sku).cloned().unwrap_or_default(), photos.get(sku).copied()))
    }
}
