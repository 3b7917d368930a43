//! A run-through of a clip: a host who follows what is known of it, and the recogniser that a show would have.

use super::gallery::{self, Shown as Gallery};
use super::provider::{self, Measure};
use super::worker::{runtime, unavailable};
use crate::config::StudioConfig;
use crate::errors::Outcome;
use crate::recognise::VIDEO_FPS;
use hawker_domain::Sku;
use hawker_store::Store;
use hawker_vision::evaluate::TruthSpan;
use hawker_vision::read::Words;
use hawker_vision::run_through::{GoesOn, RunThrough, Said, Shown, Tags};
use hawker_vision::{Recogniser, RecogniserConfig};
use std::collections::HashSet;
use std::path::Path;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// When a product is asked for, and until when it is held up. Units: ms of the clip.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Turn {
    sku: Sku,
    asked_ms: u64,
    until_ms: u64,
}

/// Goes through a clip; what is said of a product is told when the next one is asked for. Blocking.
/// Errors: `model_unavailable`, and those of a clip that can't be read.
pub fn clip(
    (config, handle, store): (&StudioConfig, &Handle, &Store),
    clip: &Path,
    truth: &[TruthSpan],
    wanted: &HashSet<Sku>,
    told: &mpsc::Sender<Shown>,
) -> Outcome<Vec<Shown>> {
    let frames = hawker_media::read_video(clip, VIDEO_FPS).map_err(crate::show_failure)?;
    let mut recogniser = recogniser(config, handle, store)?;
    let turns = turns(truth, wanted);
    let mut run = RunThrough::new(turns.iter().map(|turn| turn.sku.clone()).collect(), GoesOn::WithTruth);
    let mut tags = Tags::default();
    for frame in frames {
        let frame = frame.map_err(crate::show_failure)?;
        let now_ms = frame.show_ms.0;
        if turns.last().is_none_or(|last| last.until_ms <= now_ms) {
            break;
        }
        while turns.get(run.at() + 1).is_some_and(|next| next.asked_ms <= now_ms) {
            next(&mut run, told);
        }
        let report = recogniser.observe(&frame).map_err(unavailable)?;
        let look = tags.look(&report, frame.width as f32, frame.height as f32);
        match turns.get(run.at()) {
            Some(turn) if (turn.asked_ms..turn.until_ms).contains(&now_ms) => run.look(look, now_ms),
            // Something else is held up, which nobody asked for.
            _ => run.glance(look),
        }
    }
    while run.asked_for().is_some() {
        next(&mut run, told);
    }
    Ok(run.products().to_vec())
}

/// Tells what came of the product, and asks for the next. There is room for all of them, and nobody may listen.
fn next(run: &mut RunThrough, told: &mpsc::Sender<Shown>) {
    let at = run.at();
    let _ = run.on(Said::Next);
    if let Some(shown) = run.products().get(at) {
        let _ = told.try_send(shown.clone());
    }
}

/// As that of a show, but that words are read at once: the same clip gives the same answers on a busy machine.
fn recogniser(config: &StudioConfig, handle: &Handle, store: &Store) -> Outcome<Recogniser> {
    let runtime = runtime(config.onnxruntime.as_deref())?;
    let providers = provider::order(config, &runtime, Measure::Never);
    let settings =
        RecogniserConfig { threads: provider::THREADS, words: Words::Inline, providers, ..RecogniserConfig::default() };
    let none = hawker_vision::Gallery::build(Vec::new());
    let mut recogniser = Recogniser::load(&config.models_dir, &runtime, settings, none).map_err(unavailable)?;
    let shown = Gallery::load(handle, store)?;
    let products = handle.block_on(store.all_products())?;
    let skus: Vec<Sku> = products.into_iter().map(|product| product.sku).filter(|sku| shown.holds(sku)).collect();
    gallery::embed_missing(handle, store, &mut recogniser, &skus)?;
    let known = gallery::build(handle, store, &mut recogniser, &shown)?;
    recogniser.set_gallery(known);
    let names = gallery::names(handle, store, recogniser.reader_id())?;
    recogniser.set_names(names);
    recogniser.set_running_order(&shown.order);
    Ok(recogniser)
}

/// Each wanted product once, in the order of the clip. It is asked for when what was held up before, product or not, is put away.
fn turns(truth: &[TruthSpan], wanted: &HashSet<Sku>) -> Vec<Turn> {
    let mut spans: Vec<&TruthSpan> = truth.iter().collect();
    spans.sort_by_key(|span| span.from_ms);
    let (mut turns, mut asked, mut before_ms) = (Vec::new(), HashSet::new(), 0);
    for span in spans {
        if let Some(sku) = span.sku.as_ref().filter(|sku| wanted.contains(*sku) && asked.insert((*sku).clone())) {
            turns.push(Turn { sku: sku.clone(), asked_ms: before_ms, until_ms: span.to_ms });
        }
        before_ms = span.to_ms;
    }
    turns
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_host_who_follows_a_clip_is_asked_for_what_comes_next_in_it_and_for_each_product_once() {
        let span = |sku: &str, from_ms, to_ms| TruthSpan {
            sku: Sku::new(sku).ok(),
            from_ms,
            to_ms,
            about: Default::default(),
        };
        let truth =
            [span("B", 7_000, 9_000), span("A", 1_000, 3_000), span("", 4_000, 6_000), span("C", 10_000, 12_000)];
        let truth = [&truth[..], &[span("A", 13_000, 15_000)]].concat();
        let wanted = ["A", "B"].iter().map(|sku| Sku::new(sku).unwrap()).collect();
        let turn = |sku: &str, asked_ms, until_ms| Turn { sku: Sku::new(sku).unwrap(), asked_ms, until_ms };
        assert_eq!(turns(&truth, &wanted), [turn("A", 0, 3_000), turn("B", 6_000, 9_000)]);
    }
}
