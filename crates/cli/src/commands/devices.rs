//! `hawker devices`

use super::{blocking, json_line};
use crate::execute::CommandError;
use crate::output::Output;

pub async fn run(output: &Output, json: bool) -> Result<(), CommandError> {
    let devices = blocking(hawker_studio::devices).await?;
    if json {
        return Ok(output.line(&json_line(&devices)?).await?);
    }
    if devices.is_empty() {
        output.line("no camera, microphone or screen found; a clip, a picture or \"test\" works too").await?;
    }
    for device in devices {
        output
            .line(&format!("@{}\t{:?}\t{}\t{}", device.id, device.kind, device.name, device.formats.join(", ")))
            .await?;
    }
    Ok(())
}
