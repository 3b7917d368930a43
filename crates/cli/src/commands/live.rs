//! `hawker live`: a show without a window, told line by line.

use super::json_line;
use crate::args::Live;
use crate::execute::{CommandError, Session};
use crate::sentence::sentence;
use crate::signals::Signals;
use hawker_domain::{CanvasShape, Rendition, channel::recorded::TrafficSpec, reason::NoticeWhy};
use hawker_studio::{LiveOptions, Wanted, local_url, view::GoLive};
use hawker_wire::{ErrorCode, Failure, live::LiveEvent};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

pub async fn run(live: &Live, session: &Session<'_>) -> Result<(), CommandError> {
    if let Some(catalogue) = &live.catalog {
        let report = session.studio.import_catalogue(&session.path(catalogue), false, |_, _| true).await?;
        for problem in &report.problems {
            tracing::warn!(row = problem.row, "{}", problem.message);
        }
    }
    let options = options(live, session).await?;
    let speech = session.studio.speech().await?;
    let mut events = session.studio.events();
    session.studio.go_live(options).await?;
    let outcome = session.studio.clone();
    let outcome = tokio::spawn(async move { outcome.wait_end().await });
    let mut ending = false;
    let mut not_pinned = None;
    let mut on_air = false;
    let mut time_up = Box::pin(sleep_or_never(None));
    let mut signals = session.signals.then(Signals::new).transpose()?;
    loop {
        tokio::select! {
            line = events.recv() => match line {
                Ok(line) => {
                    if matches!(line.event, LiveEvent::OnAir { .. }) && !on_air {
                        on_air = true;
                        time_up = Box::pin(sleep_or_never(live.seconds));
                        if let Some(sku) = live.pin.clone()
                            && let Err(failure) = session.studio.pin(sku).await
                        {
                            (not_pinned, ending) = (Some(failure), true);
                            end(session).await;
                        }
                    }
                    let text = if session.json { json_line(&line)? } else { sentence(&line, speech) };
                    let last = matches!(line.event, LiveEvent::Summary(_));
                    if session.output.line(&text).await.is_err() && !ending {
                        ending = true;
                        end(session).await;
                    }
                    if last {
                        break;
                    }
                }
                Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "the output is too slow; events were left out"),
                Err(RecvError::Closed) => break,
            },
            () = asked_to_end(&mut signals), if !ending => { ending = true; end(session).await; }
            () = session.output.enough(), if !ending => { ending = true; end(session).await; }
            () = &mut time_up, if !ending => { ending = true; end(session).await; }
        }
    }
    // The show is told to its end; its clips are made before this process goes, unless somebody is in a hurry.
    let mut clips = Box::pin(session.studio.pin_clips_made());
    loop {
        tokio::select! {
            biased;
            // The summary is the last line; what goes wrong after it is for the log.
            Ok(line) = events.recv() => if let LiveEvent::Notice { why_code: Some(NoticeWhy::PinClipsFailed), message, .. } = line.event {
                tracing::warn!("{message}");
            },
            () = &mut clips => break,
            () = asked_to_end(&mut signals) => break,
            () = session.output.enough() => break,
        }
    }
    let outcome = outcome.await.map_err(|error| Failure::new(ErrorCode::Internal, error.to_string()))??;
    match outcome.failure {
        None => not_pinned.map_or(Ok(()), |failure| Err(failure.into())),
        Some(why) => Err(Failure::new(ErrorCode::Internal, why).hint("the events above say which part failed").into()),
    }
}

async fn end(session: &Session<'_>) {
    // Spawned: the owner closes the pipelines while this command goes on printing.
    let studio = session.studio.clone();
    tokio::spawn(async move {
        if let Err(failure) = studio.end().await {
            tracing::debug!("end: {failure}");
        }
    });
}

/// A signal to this process; never where somebody else owns its signals.
pub(super) async fn asked_to_end(signals: &mut Option<Signals>) {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}

async fn sleep_or_never(seconds: Option<f64>) {
    match seconds {
        Some(seconds) => tokio::time::sleep(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)).await,
        None => std::future::pending().await,
    }
}

async fn options(live: &Live, session: &Session<'_>) -> Result<LiveOptions, Failure> {
    let mut typed = session.stdin.as_deref().unwrap_or_default().lines();
    let mut next = |what: &str| {
        let line = typed.next().map(str::trim).filter(|line| !line.is_empty());
        line.map(str::to_owned).ok_or_else(|| {
            Failure::new(ErrorCode::BadInput, format!("there is no address on stdin for {what} -"))
                .hint("pipe it in, a line each, that of --source first")
        })
    };
    let mut sources = Vec::new();
    for source in &live.source {
        sources.push(match source.as_str() {
            "-" => next("--source")?,
            source => {
                hawker_studio::check_typed_source(source)?;
                resolve_source(source, session)
            }
        });
    }
    let mut sources = sources.into_iter();
    let source = sources.next();
    let mut request = GoLive {
        // Who names a source on the command line means these and no others.
        more_sources: source.is_some().then(|| sources.collect()),
        source,
        canvas: live.canvas,
        mic: live.mic.first().cloned(),
        more_mics: (!live.mic.is_empty()).then(|| live.mic.iter().skip(1).cloned().collect()),
        title: live.title.clone(),
        destinations: Vec::new(),
        record: Some(live.record.is_some()),
    };
    let mut urls = Vec::new();
    let mut wanted = Vec::new();
    for to in &live.to {
        let (picture, to) = picture_of(to);
        match to.strip_prefix('@') {
            Some(name) => {
                let id = session.studio.destination_named(name).await?.id;
                request.destinations.push(id);
                wanted.push((id, picture));
            }
            None if to == "-" => urls.push((hawker_studio::any_url(&next("--to")?)?, picture)),
            None => urls.push((local_url(to)?, picture)),
        }
    }
    Ok(LiveOptions {
        request,
        urls,
        wanted,
        record_to: live.record.as_deref().map(|path| session.path(path)),
        no_platform: live.no_platform,
        split: live.record_split,
        quality: live.record_quality,
        encoder: live.encoder.clone(),
        preset: live.preset,
        replay: live.replay.map(|seconds| Duration::from_secs(u64::from(seconds))),
        pin_clips: live.no_pin_clips.then_some(false),
        evidence: live.record_evidence.as_deref().map(|path| session.path(path)),
        faults: live.fault.clone().unwrap_or_default(),
        comments: live.comments.clone().map(|comments| TrafficSpec { file: session.path(&comments.file), ..comments }),
    })
}

/// "9:16=ADDRESS", "360p=ADDRESS" or "9:16=360p=ADDRESS"; an address alone gets the wide picture in its usual size.
fn picture_of(to: &str) -> (Wanted, &str) {
    fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
        text.strip_prefix(word)?.strip_prefix('=')
    }
    let (mut wanted, mut to) = (Wanted::default(), to);
    for canvas in [CanvasShape::Portrait, CanvasShape::Landscape] {
        if let Some(rest) = after(to, canvas.as_str()) {
            (wanted.canvas, to) = (Some(canvas), rest);
        }
    }
    if let Some(rest) = after(to, Rendition::P360.as_str()) {
        (wanted.rendition, to) = (Some(Rendition::P360), rest);
    }
    (wanted, to)
}

/// A file's path starts from the caller's folder; everything else stays as it is.
pub(super) fn resolve_source(source: &str, session: &Session<'_>) -> String {
    if hawker_studio::is_path(source) { session.path(source.as_ref()).display().to_string() } else { source.to_owned() }
}
