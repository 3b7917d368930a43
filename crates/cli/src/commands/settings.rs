//! `hawker settings`: what the cockpit's Settings page keeps, for scripts and for machines without a window.

use super::json_line;
use crate::args::SettingsCommand;
use crate::execute::{CommandError, Session};
use hawker_studio::{Waiting, view::Settings};
use hawker_wire::{ErrorCode, Failure};
use serde_json::Value;

pub async fn run(command: &SettingsCommand, session: &Session<'_>) -> Result<(), CommandError> {
    let settings = match command {
        SettingsCommand::List => session.studio.settings().await?,
        SettingsCommand::Set { name, value, go_along } => {
            let value = match (value.as_str(), &session.stdin) {
                ("-", Some(typed)) => typed.as_str(),
                _ => {
                    hawker_studio::check_typed_source(value)?;
                    value
                }
            };
            let waiting = if *go_along { Waiting::GoAlong } else { Waiting::Stay };
            let set = session.studio.change_settings(waiting, |kept| changed(&kept, name, value)).await;
            set.map_err(|failure| match failure.code {
                ErrorCode::Conflict => failure
                    .hint("wait until `hawker platform status` counts none, or add --go-along to take them there"),
                _ => failure,
            })?
        }
    };
    let settings = shown(settings);
    if session.json {
        return Ok(session.output.line(&json_line(&settings)?).await?);
    }
    let fields = serde_json::to_value(&settings).unwrap_or_default();
    for (name, value) in fields.as_object().into_iter().flatten() {
        session.output.line(&format!("{name}\t{value}")).await?;
    }
    Ok(())
}

/// The settings as they may be printed: no password of an address.
fn shown(settings: Settings) -> Settings {
    Settings {
        source: hawker_studio::shown_address(&settings.source),
        more_sources: settings.more_sources.iter().map(|source| hawker_studio::shown_address(source)).collect(),
        platform_url: settings.platform_url.as_deref().map(hawker_studio::shown_address),
        ..settings
    }
}

/// The settings with one field changed. A value is JSON if it reads as such, else text.
fn changed(settings: &Settings, name: &str, value: &str) -> Result<Settings, Failure> {
    let wrong = |why: String| Failure::new(ErrorCode::BadInput, format!("can't set {name} to {value:?}: {why}"));
    let mut fields = serde_json::to_value(settings).map_err(|error| wrong(error.to_string()))?;
    let Some(field) = fields.get_mut(name) else {
        return Err(wrong("there is no such setting".into()).hint("`hawker settings list` shows them"));
    };
    let literal = Value::String(value.to_owned());
    // What is nothing by default is a text or nothing, whatever it is now.
    let usual = serde_json::to_value(Settings::default()).map_err(|error| wrong(error.to_string()))?;
    let may_be_nothing = usual.get(name).is_some_and(Value::is_null);
    *field = match serde_json::from_str(value) {
        Ok(Value::Null) if may_be_nothing => Value::Null,
        Ok(parsed) if !may_be_nothing && !field.is_string() => parsed,
        _ => literal,
    };
    serde_json::from_value(fields).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_password_is_printed() {
        let settings = Settings {
            source: "rtsp://ada:secret@cam.example/1".into(),
            platform_url: Some("https://ada:secret@shop.example/".into()),
            ..Settings::default()
        };
        let printed = serde_json::to_string(&shown(settings)).unwrap();
        assert!(printed.contains("cam.example") && printed.contains("shop.example"), "{printed}");
        assert!(!printed.contains("secret"), "{printed}");
        assert_eq!(shown(Settings { source: "@cam".into(), ..Settings::default() }).source, "@cam");
    }

    #[test]
    fn a_field_keeps_its_type() {
        let settings = Settings::default();
        assert_eq!(changed(&settings, "source", "123").unwrap().source, "123");
        assert_eq!(changed(&settings, "fps", "25").unwrap().fps, 25);
        assert_eq!(changed(&settings, "platform_url", "http://x").unwrap().platform_url.as_deref(), Some("http://x"));
        let set = Settings { platform_url: Some("http://x".into()), mic: Some("usb".into()), ..Settings::default() };
        for before in [&settings, &set] {
            assert_eq!(changed(before, "platform_url", "null").unwrap().platform_url, None, "back to the built-in one");
            assert_eq!(changed(before, "platform_url", "").unwrap().platform_url.as_deref(), Some(""));
            assert_eq!(changed(before, "mic", "null").unwrap().mic, None);
            assert_eq!(changed(before, "mic", "42").unwrap().mic.as_deref(), Some("42"), "a microphone's id is a text");
        }
        assert_eq!(changed(&settings, "source", "null").unwrap().source, "null");
        assert!(changed(&settings, "fps", "many").is_err());
        assert!(changed(&settings, "no_such", "1").is_err());
    }
}
