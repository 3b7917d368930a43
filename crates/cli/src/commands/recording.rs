//! `hawker recording …`

use super::{blocking, json_line};
use crate::args::Recording;
use crate::execute::CommandError;
use crate::output::Output;
use std::path::Path;

pub async fn run(command: &Recording, folder: &Path, output: &Output, json: bool) -> Result<(), CommandError> {
    let Recording::Clip { file, from, to, out } = command;
    let (file, out, from, to) = (folder.join(file), folder.join(out), *from, *to);
    let clipped = blocking(move || hawker_studio::clip_recording(&file, from, to, &out)).await?;
    let text = match json {
        true => json_line(&clipped)?,
        false => format!(
            "{}: {:.1} s, beginning {:.1} s earlier, with a keyframe",
            clipped.path.display(),
            clipped.duration_ms as f64 / 1000.0,
            clipped.early_ms as f64 / 1000.0
        ),
    };
    Ok(output.line(&text).await?)
}
