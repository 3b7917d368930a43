//! An error of the media engine as it is shown, in English and as a reason for other languages.

use hawker_domain::failure::FailureWhy;
use hawker_media::{MediaError, MediaErrorKind, redact};
use hawker_wire::{ErrorCode, Failure, FailureReason};

/// An error of the media engine as it is shown. Nothing secret is in it, whatever a library put into its words.
pub(crate) fn media_failure(error: MediaError) -> Failure {
    let code = match error.kind() {
        MediaErrorKind::Source => ErrorCode::SourceUnavailable,
        MediaErrorKind::DiskFull => ErrorCode::DiskFull,
        MediaErrorKind::BadInput => ErrorCode::BadInput,
        MediaErrorKind::Other => ErrorCode::Internal,
    };
    let failure = Failure::new(code, redact(&crate::errors::chain(&error))).hint(redact(&error.hint()));
    let mut reason = reason(error);
    reason.values.values_mut().chain(reason.thing.as_mut().map(|thing| &mut thing.name)).for_each(|text| {
        *text = redact(text);
    });
    failure.because(reason)
}

/// Why it failed, and what a sentence about it names.
fn reason(error: MediaError) -> FailureReason {
    use FailureWhy as Why;
    use MediaError as Error;
    let because = FailureReason::from;
    let list = |names: &[String]| names.join(", ");
    match error {
        Error::Init(why) => because(Why::EngineBroken).with("why", why),
        Error::MissingElements { missing, packages } => {
            because(Why::PartsMissing).with("parts", list(&missing)).with("packages", packages.join(" "))
        }
        Error::NoEncoder { what, tried, package } => {
            because(Why::NoEncoder).with("what", what).with("tried", list(&tried)).with("package", package)
        }
        Error::BadSource(what) => because(Why::NotASource).with("what", what),
        Error::DeviceNotFound { id, present, .. } if present.is_empty() => because(Why::DeviceMissing).with("what", id),
        Error::DeviceNotFound { id, present, .. } => {
            because(Why::DeviceNotFound).with("what", id).with("others", list(&present))
        }
        Error::DeviceAmbiguous { id, matching, .. } => {
            because(Why::DeviceAmbiguous).with("what", id).with("others", list(&matching))
        }
        Error::SourceBusy { what } => because(Why::SourceBusy).about(what),
        Error::SourceDenied { what } => because(Why::SourceDenied).about(what),
        Error::NotShared => Why::NotShared.into(),
        Error::NoSharing { why } => because(Why::NoSharing).with("why", why),
        Error::FileDenied { what } => because(Why::FileDenied).about(what),
        Error::SourceSilent { what, seconds } => because(Why::SourceSilent).about(what).with("seconds", seconds),
        Error::FormatNotOffered { what, format, offered } if offered.is_empty() => {
            because(Why::FormatNotKnown).about(what).with("format", format)
        }
        Error::FormatNotOffered { what, format, offered } => {
            because(Why::FormatNotOffered).about(what).with("format", format).with("others", list(&offered))
        }
        Error::SourceNotFound { what } => because(Why::SourceNotFound).about(what),
        Error::Source { what, why } => because(Why::SourceBroken).about(what).with("why", why),
        Error::Pipeline { what, why } => because(Why::PipelineFailed).with("what", what).with("why", why),
        Error::Recording { path, why } => because(Why::RecordingRefused).with("path", path.display()).with("why", why),
        Error::DiskFull { path } => because(Why::DiskFull).with("path", path.display()),
        Error::AlreadyRecording(path) => because(Why::AlreadyRecording).with("path", path.display()),
        Error::NotRecording => Why::NotRecording.into(),
        Error::Clip { path, why } => because(Why::NotAClip).with("path", path.display()).with("why", why),
        Error::BadRange { from_ms, to_ms, length_ms } => {
            let range = |why| because(why).with("from", seconds(from_ms)).with("to", seconds(to_ms));
            match length_ms {
                Some(length) => range(Why::BadRangeWithin).with("length", seconds(length)),
                None => range(Why::BadRange),
            }
        }
        Error::NothingKept => Why::NothingKept.into(),
        Error::Output { url, why } => because(Why::BadAddress).with("url", url).with("why", why),
        Error::BadCanvas { width, height, fps } => {
            because(Why::BadCanvas).with("width", width).with("height", height).with("fps", fps)
        }
    }
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Speech;
    use hawker_media::SourceSpec;
    use std::path::PathBuf;

    /// One of each, with `text` wherever words come from outside.
    fn all(text: &str) -> Vec<MediaError> {
        let words = || text.to_owned();
        let path = || PathBuf::from("/甲.mkv");
        let what = || SourceSpec::camera("甲").thing();
        let missing = |present| MediaError::DeviceNotFound { kind: "camera", id: words(), present };
        let unoffered = |offered| MediaError::FormatNotOffered { what: what(), format: words(), offered };
        let several = || vec![words(), "丙".to_owned()];
        let range = |length_ms| MediaError::BadRange { from_ms: 1_500, to_ms: 500, length_ms };
        vec![
            MediaError::Init(words()),
            MediaError::MissingElements { missing: several(), packages: several() },
            MediaError::NoEncoder { what: "H.264", tried: several(), package: "package" },
            MediaError::BadSource(words()),
            missing(Vec::new()),
            missing(several()),
            MediaError::DeviceAmbiguous { kind: "camera", id: words(), matching: several() },
            MediaError::SourceBusy { what: what() },
            MediaError::SourceDenied { what: what() },
            MediaError::NotShared,
            MediaError::NoSharing { why: words() },
            MediaError::FileDenied { what: what() },
            MediaError::SourceSilent { what: what(), seconds: 10 },
            unoffered(Vec::new()),
            unoffered(several()),
            MediaError::SourceNotFound { what: what() },
            MediaError::Source { what: what(), why: words() },
            MediaError::Pipeline { what: words(), why: words() },
            MediaError::Recording { path: path(), why: words() },
            MediaError::DiskFull { path: path() },
            MediaError::AlreadyRecording(path()),
            MediaError::NotRecording,
            MediaError::Clip { path: path(), why: words() },
            range(None),
            range(Some(900)),
            MediaError::NothingKept,
            MediaError::Output { url: words(), why: words() },
            MediaError::BadCanvas { width: 1, height: 1, fps: 0 },
        ]
    }

    #[test]
    fn every_refusal_has_a_chinese_sentence_with_all_its_names_and_numbers() {
        for error in all("乙") {
            let about = format!("{error:?}");
            let reason = media_failure(error).reason.unwrap();
            let said = Speech::Chinese.reason(&reason).unwrap_or_else(|| panic!("{about} has no sentence"));
            assert!(!said.contains("{{"), "{about}: {said}");
            let named = reason.thing.as_ref().map(|thing| &thing.name);
            for value in reason.values.values().chain(named) {
                assert!(said.contains(value.as_str()), "{about} does not say {value}: {said}");
            }
            assert!(!said.contains("camera"), "{about}: {said}");
            assert_eq!(Speech::English.reason(&reason), None, "in English the studio's own words are said");
        }
    }

    #[test]
    fn a_key_that_a_library_quotes_is_in_none_of_it() {
        for error in all("rtmp://u:S3CRET@h/live/S3CRET?token=S3CRET") {
            let failure = format!("{:?}", media_failure(error));
            assert!(!failure.contains("S3CRET"), "{failure}");
        }
    }

    #[test]
    fn the_seconds_of_a_range_are_said_as_seconds() {
        let range = media_failure(MediaError::BadRange { from_ms: 1_500, to_ms: 500, length_ms: None });
        let values = range.reason.unwrap().values;
        assert_eq!((values["from"].as_str(), values["to"].as_str()), ("1.5", "0.5"));
    }
}
