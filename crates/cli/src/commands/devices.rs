//! `hawker devices`

use super::{blocking, json_line};
use crate::execute::CommandError;
use crate::output::Output;
use hawker_studio::view::DeviceKind;

pub async fn run(output: &Output, json: bool) -> Result<(), CommandError> {
    let devices = blocking(hawker_studio::devices).await?;
    if json {
        return Ok(output.line(&json_line(&devices)?).await?);
    }
    if devices.is_empty() {
        output.line("no camera, microphone or screen found; a clip, a picture or \"test\" works too").await?;
    }
    for device in devices {
        let at = if matches!(device.kind, DeviceKind::Screen | DeviceKind::Window) { "" } else { "@" };
        output
            .line(&format!("{at}{}\t{:?}\t{}\t{}", device.id, device.kind, device.name, device.formats.join(", ")))
            .await?;
    }
    Ok(())
}
