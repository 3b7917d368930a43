//! `hawker recognise`: prints one JSON object.

use super::{blocking, json_line};
use crate::args;
use crate::execute::CommandError;
use crate::output::Output;
use hawker_studio::{Recognise, StudioConfig, recognise_images, recognise_video};
use hawker_wire::{ErrorCode, Failure};

pub async fn run(config: &StudioConfig, what: &args::Recognise, output: &Output) -> Result<(), CommandError> {
    let config = config.clone();
    let job = Recognise { catalogue: what.catalog.clone(), per_image: what.per_image.clone(), words: !what.no_words };
    let (images, video, truth) = (what.images.clone(), what.video.clone(), what.truth.clone());
    let report = blocking(move || match (images, video, truth) {
        (Some(list), _, _) => recognise_images(&config, &job, &list),
        (None, Some(clip), Some(truth)) => recognise_video(&config, &job, &clip, &truth),
        _ => Err(Failure::new(ErrorCode::BadInput, "pass --images LIST.csv, or --video CLIP with --truth T.json")),
    })
    .await?;
    Ok(output.line(&json_line(&report)?).await?)
}
