//! `hawker scene`: what the running show shows.

use super::json_line;
use crate::args::{SceneChange, SceneCommand};
use crate::execute::{CommandError, Session};
use hawker_domain::scene::Transition;
use serde_json::json;

pub async fn run(command: &SceneCommand, session: &Session<'_>) -> Result<(), CommandError> {
    match command {
        SceneCommand::List => list(session).await,
        SceneCommand::Show { name, change } => Ok(session.studio.show_scene(name, transition(change)).await?),
        SceneCommand::Preview { name } => Ok(session.studio.stage_scene(name.as_deref()).await?),
        SceneCommand::Take { change } => Ok(session.studio.take_scene(transition(change)).await?),
    }
}

async fn list(session: &Session<'_>) -> Result<(), CommandError> {
    let (names, shown, staged) = {
        let snapshots = session.studio.snapshots();
        let snapshot = snapshots.borrow();
        (snapshot.scenes.clone(), snapshot.scene.clone(), snapshot.staged.clone())
    };
    for name in &names {
        let is_shown = shown.as_ref() == Some(name);
        let is_staged = staged.as_ref() == Some(name);
        let line = match (session.json, is_shown, is_staged) {
            (true, ..) => json_line(&json!({ "name": name, "shown": is_shown, "preview": is_staged }))?,
            (false, true, true) => format!("*> {name}"),
            (false, true, false) => format!("*  {name}"),
            (false, false, true) => format!(" > {name}"),
            (false, false, false) => format!("   {name}"),
        };
        session.output.line(&line).await?;
    }
    Ok(())
}

fn transition(change: &SceneChange) -> Transition {
    match (change.fade, change.slide) {
        (Some(ms), _) => Transition::Fade { ms },
        (None, Some(ms)) => Transition::Slide { ms, from: change.from },
        (None, None) => Transition::Cut,
    }
}
