//! `hawker catalog rehearse --source …`: one product after another is held up, and what it is taken for is told line by line.

mod news;
mod words;

use super::json_line;
use super::live::{asked_to_end, resolve_source};
use crate::args::Rehearse;
use crate::execute::{CommandError, Session};
use crate::signals::Signals;
use hawker_domain::Sku;
use hawker_studio::view::{
    RecognitionView, RunThroughPhase, RunThroughReportView, RunThroughSaid, RunThroughWish, Snapshot,
};
use hawker_studio::{ClipToRunThrough, Speech};
use hawker_wire::{ErrorCode, Failure, live::LiveEvent};
use news::{News, news};
use std::io::IsTerminal;
use std::path::Path;
use tokio::sync::mpsc;

/// Keys that are not done yet; more than a person types meanwhile.
const KEYS_BOUND: usize = 16;
/// Lines that are not written yet: a slow reader makes the clip wait.
const TOLD_BOUND: usize = 16;

pub async fn run(what: &Rehearse, source: &str, skus: Vec<Sku>, session: &Session<'_>) -> Result<(), CommandError> {
    hawker_studio::check_typed_source(source)?;
    let source = resolve_source(source, session);
    let speech = session.studio.speech().await?;
    let report = match &what.truth {
        Some(truth) => clip(&source, truth, (skus, what.all), (session, speech)).await?,
        None => {
            let wish = RunThroughWish { source: Some(source), skus, all: what.all, by_itself: what.by_itself };
            before_the_camera(wish, (session, speech)).await?
        }
    };
    tell(&News::Report(report), (session, speech)).await
}

async fn clip(
    source: &str,
    truth: &Path,
    (skus, all): (Vec<Sku>, bool),
    (session, speech): (&Session<'_>, Speech),
) -> Result<RunThroughReportView, CommandError> {
    if !hawker_studio::is_path(source) {
        return Err(Failure::new(
            ErrorCode::BadInput,
            "--truth says what is held up in a clip: --source has to be one",
        )
        .into());
    }
    let what = ClipToRunThrough { clip: source.into(), truth: session.path(truth), skus, all };
    let (told, mut saying) = mpsc::channel(TOLD_BOUND);
    let telling = async {
        while let Some(shown) = saying.recv().await {
            tell(&News::Verdict(shown), (session, speech)).await?;
        }
        Ok::<(), CommandError>(())
    };
    let running = async { session.studio.run_through_clip(what, told).await.map_err(CommandError::from) };
    // Where nobody reads any more, nobody waits for the rest of the clip.
    let (report, ()) = tokio::try_join!(running, telling)?;
    Ok(report)
}

async fn before_the_camera(
    wish: RunThroughWish,
    (session, speech): (&Session<'_>, Speech),
) -> Result<RunThroughReportView, CommandError> {
    session.studio.may_rehearse().await?;
    if !session.signals {
        let elsewhere =
            Failure::new(ErrorCode::DataDirInUse, "another hawker has this data directory, and can't hear your keys");
        return Err(elsewhere.hint("rehearse in its window, under Catalogue, or close it").into());
    }
    let studio = session.studio;
    let mut snapshots = studio.snapshots();
    let mut events = studio.events();
    let mut signals = Some(Signals::new()?);
    tell(&News::GettingReady, (session, speech)).await?;
    tokio::select! {
        ready = async { snapshots.wait_for(is_ready).await.map(|_| ()) } => ready.map_err(|_| closed())?,
        () = asked_to_end(&mut signals) => return Err(closed().into()),
    }
    let by_itself = wish.by_itself;
    studio.run_through(wish).await?;
    let mut keys = Some(keys());
    let mut told = None;
    // Somebody types: the end of the keys is then the end of it.
    let mut is_typed = std::io::stdin().is_terminal();
    loop {
        let seen = snapshots.borrow_and_update().run_through.clone();
        // It went on air meanwhile: nothing is left to end.
        let Some(now) = seen else { break };
        for one in news(told.as_ref(), &now) {
            tell(&one, (session, speech)).await?;
        }
        if now.phase == RunThroughPhase::Over {
            break;
        }
        let at = now.at;
        told = Some(now);
        tokio::select! {
            changed = snapshots.changed() => changed.map_err(|_| closed())?,
            key = typed(&mut keys) => {
                let meant = key.as_deref().map(meaning);
                is_typed |= meant.is_some();
                match meant {
                    Some(Meaning::Said(said)) => if let Err(failure) = studio.run_through_say(said, at).await {
                        tell(&News::Refused(failure), (session, speech)).await?;
                    },
                    Some(Meaning::End) => break,
                    Some(Meaning::Nothing) => {
                        let typed = key.unwrap_or_default();
                        tell(&News::NotUnderstood { typed }, (session, speech)).await?;
                    }
                    // Nobody types, and nobody has to.
                    None if by_itself => keys = None,
                    None if is_typed => break,
                    None => return Err(nobody_types().into()),
                }
            },
            Ok(line) = events.recv() => if let LiveEvent::Learned { sku, is_it, .. } = line.event {
                tell(&News::Learned { sku, is_it }, (session, speech)).await?;
            },
            () = asked_to_end(&mut signals) => break,
        }
    }
    Ok(studio.run_through_end().await?)
}

/// Recognition runs and knows every photo, or never will.
fn is_ready(snapshot: &Snapshot) -> bool {
    match &snapshot.recognition {
        RecognitionView::Loading { .. } => false,
        RecognitionView::On { learning, .. } => learning.is_none(),
        RecognitionView::Off { .. } => true,
    }
}

fn closed() -> Failure {
    Failure::new(ErrorCode::Internal, "the studio is closing")
}

fn nobody_types() -> Failure {
    let failure = Failure::new(ErrorCode::BadInput, "nobody types, so nobody says when the next product is held up");
    failure.hint("type at its terminal, or let it go on with --by-itself")
}

/// What a line that was typed means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Said(RunThroughSaid),
    End,
    Nothing,
}

fn meaning(line: &str) -> Meaning {
    match line.trim().to_lowercase().as_str() {
        "" => Meaning::Said(RunThroughSaid::Next),
        "s" => Meaning::Said(RunThroughSaid::Skip),
        "b" => Meaning::Said(RunThroughSaid::Back),
        "y" => Meaning::Said(RunThroughSaid::ThisIsIt),
        "q" => Meaning::End,
        _ => Meaning::Nothing,
    }
}

/// The lines that are typed, on a thread of its own: it ends with the process, as nothing wakes it before a line does.
fn keys() -> mpsc::Receiver<String> {
    let (sender, keys) = mpsc::channel(KEYS_BOUND);
    let read = move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    };
    if let Err(error) = std::thread::Builder::new().name("keys".into()).spawn(read) {
        tracing::warn!(%error, "keys are not heard");
    }
    keys
}

/// The next line; none at the end of them, and never one where nobody listens any more.
async fn typed(keys: &mut Option<mpsc::Receiver<String>>) -> Option<String> {
    match keys {
        Some(keys) => keys.recv().await,
        None => std::future::pending().await,
    }
}

async fn tell(news: &News, (session, speech): (&Session<'_>, Speech)) -> Result<(), CommandError> {
    let text = if session.json { json_line(news)? } else { words::text(news, speech) };
    Ok(session.output.line(&text).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_one_thing_an_empty_one_goes_on_and_another_word_does_nothing() {
        let table = [
            ("", Meaning::Said(RunThroughSaid::Next)),
            (" \r", Meaning::Said(RunThroughSaid::Next)),
            ("S", Meaning::Said(RunThroughSaid::Skip)),
            (" y \r", Meaning::Said(RunThroughSaid::ThisIsIt)),
            ("b", Meaning::Said(RunThroughSaid::Back)),
            ("q", Meaning::End),
            ("quit", Meaning::Nothing),
            ("x", Meaning::Nothing),
        ];
        for (line, want) in table {
            assert_eq!(meaning(line), want, "{line:?}");
        }
    }
}
