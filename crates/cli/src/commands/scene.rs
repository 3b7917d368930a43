//! `hawker scene`: what the running show shows.

use super::json_line;
use crate::args::SceneCommand;
use crate::execute::{CommandError, Session};
use hawker_domain::scene::{Side, Transition};
use serde_json::json;

pub async fn run(command: &SceneCommand, session: &Session<'_>) -> Result<(), CommandError> {
    match command {
        SceneCommand::List => list(session).await,
        SceneCommand::Show { name, fade, slide } => Ok(session.studio.show_scene(name, change(*fade, *slide)).await?),
    }
}

async fn list(session: &Session<'_>) -> Result<(), CommandError> {
    let (names, shown) = {
        let snapshots = session.studio.snapshots();
        let snapshot = snapshots.borrow();
        (snapshot.scenes.clone(), snapshot.scene.clone())
    };
    for name in &names {
        let is_shown = shown.as_ref() == Some(name);
        let line = match (session.json, is_shown) {
            (true, _) => json_line(&json!({ "name": name, "shown": is_shown }))?,
            (false, true) => format!("* {name}"),
            (false, false) => format!("  {name}"),
        };
        session.output.line(&line).await?;
    }
    Ok(())
}

fn change(fade: Option<u32>, slide: Option<u32>) -> Transition {
    match (fade, slide) {
        (Some(ms), _) => Transition::Fade { ms },
        (None, Some(ms)) => Transition::Slide { ms, from: Side::Right },
        (None, None) => Transition::Cut,
    }
}
