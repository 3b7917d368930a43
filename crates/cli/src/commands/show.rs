//! `hawker show`: what the ledger kept, and what is asked of the show on air.

use super::json_line;
use crate::args::{Show, ShowCommand};
use crate::execute::{CommandError, Session};
use crate::sentence::sentence;
use hawker_domain::DestinationId;
use hawker_wire::{ErrorCode, Failure};
use std::path::Path;

/// Shows listed at most.
const SHOWN: u32 = 50;

pub async fn run(command: &Show, session: &Session<'_>) -> Result<(), CommandError> {
    if let Some(ShowCommand::Replay { file }) = &command.command {
        return replay(file.as_deref(), session).await;
    }
    match &command.command {
        Some(ShowCommand::Record { stop: true, .. }) => return stop_recording(session).await,
        Some(ShowCommand::Record { file, .. }) => return record(file.as_deref(), session).await,
        Some(ShowCommand::Publish { name }) => return publish(name, session).await,
        Some(ShowCommand::Unpublish { name }) => return unpublish(name, session).await,
        Some(ShowCommand::Claims(claims)) => return super::claims::run(claims, session).await,
        Some(ShowCommand::Undo) => return Ok(session.studio.undo().await?),
        Some(ShowCommand::Name { sku, track }) => return Ok(session.studio.name(*track, sku.clone()).await?),
        _ => {}
    }
    if let Some(ShowCommand::Metrics) = &command.command {
        let text = session.studio.metrics().await?;
        return Ok(session.output.line(text.trim_end()).await?);
    }
    let shows = session.studio.shows(SHOWN).await?;
    if command.list {
        for show in &shows {
            let text = if session.json { json_line(show)? } else { format!("{}\t{}", show.show_id, show.title) };
            session.output.line(&text).await?;
        }
        return Ok(());
    }
    let Some(last) = shows.first() else {
        return Err(Failure::new(ErrorCode::NotFound, "there was no show yet").hint("`hawker live` makes one").into());
    };
    let speech = session.studio.speech().await?;
    for line in session.studio.show_events(last.show_id).await? {
        let text = if session.json { json_line(&line)? } else { sentence(&line, speech) };
        session.output.line(&text).await?;
    }
    Ok(())
}

async fn publish(name: &str, session: &Session<'_>) -> Result<(), CommandError> {
    // "@" means one that is kept, as it is kept now; without it one of the show comes first, the platform's own among them.
    let (kept, name) = name.strip_prefix('@').map_or((false, name), |name| (true, name));
    let id = match shown(name, session).filter(|_| !kept) {
        Some(id) => id,
        None => session.studio.destination_named(name).await?.id,
    };
    Ok(session.studio.publish(id).await?)
}

async fn unpublish(name: &str, session: &Session<'_>) -> Result<(), CommandError> {
    let name = name.strip_prefix('@').unwrap_or(name);
    let id = shown(name, session).ok_or_else(|| {
        Failure::new(ErrorCode::NotFound, format!("the show does not go to {name:?}"))
            .hint("the destinations of a show are told when it begins")
    })?;
    Ok(session.studio.unpublish(id).await?)
}

/// The destination of the running show that is called so.
fn shown(name: &str, session: &Session<'_>) -> Option<DestinationId> {
    let snapshots = session.studio.snapshots();
    let snapshot = snapshots.borrow();
    snapshot.outputs.iter().find(|output| output.name == name).map(|output| output.id)
}

async fn record(file: Option<&Path>, session: &Session<'_>) -> Result<(), CommandError> {
    let path = session.studio.start_recording(file.map(|file| session.path(file))).await?;
    let text = match session.json {
        true => json_line(&serde_json::json!({ "path": path }))?,
        false => format!("recording to {}", path.display()),
    };
    Ok(session.output.line(&text).await?)
}

async fn stop_recording(session: &Session<'_>) -> Result<(), CommandError> {
    for ended in session.studio.stop_recording().await? {
        let text = match session.json {
            true => json_line(&ended)?,
            false => {
                let seconds = ended.duration_ms as f64 / 1000.0;
                format!("{}: {} of {seconds:.1} s, being made into an MP4", ended.path.display(), ended.canvas)
            }
        };
        session.output.line(&text).await?;
    }
    Ok(())
}

async fn replay(file: Option<&Path>, session: &Session<'_>) -> Result<(), CommandError> {
    let saved = session.studio.save_replay(file.map(|file| session.path(file))).await?;
    let text = match session.json {
        true => json_line(&saved)?,
        false => format!("{}: the last {:.1} s", saved.path.display(), saved.duration_ms as f64 / 1000.0),
    };
    Ok(session.output.line(&text).await?)
}
