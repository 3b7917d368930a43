//! `hawker recognise`: prints one JSON object.

use super::{blocking, json_line};
use crate::args;
use crate::execute::CommandError;
use crate::output::Output;
use hawker_studio::{Recognise, RecogniseClip, StudioConfig, recognise_evidence, recognise_images, recognise_video};
use hawker_wire::{ErrorCode, Failure};

pub async fn run(config: &StudioConfig, what: &args::Recognise, output: &Output) -> Result<(), CommandError> {
    let (config, what) = (config.clone(), what.clone());
    let report = blocking(move || measure(&config, what)).await?;
    Ok(output.line(&json_line(&report)?).await?)
}

fn measure(config: &StudioConfig, what: args::Recognise) -> Result<serde_json::Value, Failure> {
    if let Some(evidence) = &what.evidence {
        return recognise_evidence(evidence, what.truth.as_deref(), what.per_image.as_deref());
    }
    let wrong = |words: &str| Failure::new(ErrorCode::BadInput, words);
    let catalogue = what.catalog.ok_or_else(|| wrong("pass --catalog"))?;
    let job = Recognise {
        catalogue,
        per_image: what.per_image,
        report: what.report,
        reliability: what.reliability,
        words: !what.no_words,
        pre: what.pre,
    };
    match (what.images, what.video, what.truth) {
        (Some(list), _, _) => recognise_images(config, &job, &list),
        (None, Some(clip), Some(truth)) => {
            let on = RecogniseClip { clip, truth, spoken: what.spoken, record: what.record_evidence };
            recognise_video(config, &job, &on)
        }
        _ => Err(wrong("pass --images LIST.csv, --video CLIP with --truth T.json, or --evidence FILE")),
    }
}
