//! `hawker show`: what the ledger kept.

use super::json_line;
use crate::args::{Show, ShowCommand};
use crate::execute::{CommandError, Session};
use hawker_wire::{ErrorCode, Failure};
use std::path::Path;

/// Shows listed at most.
const SHOWN: u32 = 50;

pub async fn run(command: &Show, session: &Session<'_>) -> Result<(), CommandError> {
    if let Some(ShowCommand::Replay { file }) = &command.command {
        return replay(file.as_deref(), session).await;
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
    for line in session.studio.show_events(last.show_id).await? {
        let text = if session.json { json_line(&line)? } else { super::live::sentence(&line) };
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
