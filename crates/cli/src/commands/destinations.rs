//! `hawker destinations …`

use super::json_line;
use crate::args::Destinations;
use crate::execute::{CommandError, Session};
use hawker_domain::DestinationWay;
use hawker_studio::view::{DestinationChange, NewDestination};
use hawker_wire::{ErrorCode, Failure};

pub async fn run(command: &Destinations, session: &Session<'_>) -> Result<(), CommandError> {
    let studio = session.studio;
    match command {
        Destinations::List => {
            let all = studio.destinations().await?;
            if session.json {
                return Ok(session.output.line(&json_line(&all)?).await?);
            }
            for kept in all {
                let primary = if kept.way.primary { "\tprimary" } else { "" };
                session.output.line(&format!("@{}\t{}{primary}", kept.name, kept.url)).await?;
            }
            Ok(())
        }
        Destinations::Add { name, deadline, keeps_address, delay, canvas, rendition, primary } => {
            let url = session.stdin.clone().filter(|text| !text.is_empty());
            let url = url.ok_or_else(|| no_address("add NAME"))?;
            let way = DestinationWay {
                deadline_s: *deadline,
                one_show: !keeps_address,
                delay_ms: delay * 1_000,
                canvas: *canvas,
                rendition: *rendition,
                primary: *primary,
            };
            let new = NewDestination { name: name.clone(), url, way };
            let added = studio.add_destination(new).await?;
            say(session, &added, &format!("@{} added: {}", added.name, added.url)).await
        }
        Destinations::Set { name, change } => {
            let kept = studio.destination_named(name).await?;
            let url = session.stdin.clone().filter(|_| change.address);
            if change.address && url.as_ref().is_none_or(String::is_empty) {
                return Err(no_address("set NAME --address").into());
            }
            let way = change.change(&kept.way);
            let now = studio.change_destination(kept.id, DestinationChange { url, way }).await?;
            let primary = if now.way.primary { ", primary" } else { "" };
            say(session, &now, &format!("@{name} changed: {}{primary}", now.url)).await
        }
        Destinations::Remove { name } => {
            let kept = studio.destination_named(name).await?;
            studio.remove_destination(kept.id).await?;
            say(session, &kept, &format!("@{name} removed")).await
        }
        Destinations::Test { name } => {
            let kept = studio.destination_named(name).await?;
            studio.test_destination(kept.id).await?;
            say(session, &kept, &format!("@{name} answers")).await
        }
    }
}

fn no_address(words: &str) -> Failure {
    let hint = format!("pipe it in: echo rtmp://… | hawker destinations {words} (https://TOKEN@… for WHIP)");
    Failure::new(ErrorCode::BadInput, "no address on stdin").hint(hint)
}

async fn say(session: &Session<'_>, value: &impl serde::Serialize, sentence: &str) -> Result<(), CommandError> {
    let text = if session.json { json_line(value)? } else { sentence.to_owned() };
    Ok(session.output.line(&text).await?)
}
