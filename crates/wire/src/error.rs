//! The one shape of an error that leaves the studio or the platform.

use hawker_domain::failure::{FailureWhy, Thing};
use serde::{Deserialize, Deserializer, Serialize};
use std::{collections::BTreeMap, fmt};
use ts_rs::TS;

/// Codes a consumer acts on. Anything else is `internal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request itself is wrong; sending it again won't help.
    BadInput,
    NotFound,
    /// Not signed in, or the token is no longer good: sign in again.
    Unauthorized,
    /// Signed in, but not allowed.
    Forbidden,
    /// The thing changed or exists already.
    Conflict,
    /// Fewer pieces left than asked for.
    OutOfStock,
    /// The reservation ran out; reserve again.
    ReservationExpired,
    /// The payment provider refused.
    PaymentRefused,
    RateLimited,
    /// A show is on air already in this data directory.
    AlreadyLive,
    /// Nothing is on air.
    NotLive,
    /// The camera, microphone, clip or screen is not there or does not deliver.
    SourceUnavailable,
    /// A destination refused the stream key.
    KeyRefused,
    /// The data directory is held by another process that does not answer.
    DataDirInUse,
    /// The database can't be opened with the key at hand.
    WrongKey,
    /// The database was written by a newer version.
    FutureDatabase,
    /// The database, a model or an import file is damaged.
    Damaged,
    /// A model file is missing or not the one in the manifest.
    ModelUnavailable,
    DiskFull,
    /// The other side did not answer in time, or not at all.
    Unreachable,
    Internal,
}

/// An error as it is shown: what failed, with which thing, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Failure {
    pub code: ErrorCode,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hint: Option<String>,
    /// The same request may succeed later.
    pub retryable: bool,
    /// What `message` and `hint` say, for a reader of another language.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known_reason")]
    #[ts(optional)]
    pub reason: Option<Box<FailureReason>>,
}

/// Why it failed, and the names and numbers that a sentence about it holds, by the names that [`FailureWhy`] gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FailureReason {
    pub why: FailureWhy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub thing: Option<Thing>,
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

impl Failure {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let retryable = matches!(code, ErrorCode::RateLimited | ErrorCode::Unreachable | ErrorCode::Internal);
        Self { code, message: message.into(), hint: None, retryable, reason: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn because(mut self, reason: impl Into<FailureReason>) -> Self {
        self.reason = Some(Box::new(reason.into()));
        self
    }
}

impl From<FailureWhy> for FailureReason {
    fn from(why: FailureWhy) -> Self {
        Self { why, thing: None, values: BTreeMap::new() }
    }
}

impl FailureReason {
    #[must_use]
    pub fn about(mut self, thing: Thing) -> Self {
        self.thing = Some(thing);
        self
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.values.insert(name.to_owned(), value.to_string());
        self
    }
}

/// A reason of a newer version is none: its message is read all the same.
pub(crate) fn known_reason<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<FailureReason>>, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(from)?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hint {
            Some(hint) => write!(f, "{}; {hint}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::failure::ThingKind;

    #[test]
    fn a_failure_is_read_as_it_was_written_with_or_without_its_reason() {
        let busy =
            FailureReason::from(FailureWhy::SourceBusy).about(Thing::new(ThingKind::Camera, "left")).with("n", 3);
        let failure = Failure::new(ErrorCode::SourceUnavailable, "busy").hint("close it").because(busy);
        let text = serde_json::to_string(&failure).unwrap();
        assert_eq!(
            text,
            r#"{"code":"source_unavailable","message":"busy","hint":"close it","retryable":false,"reason":{"why":"source_busy","thing":{"kind":"camera","name":"left"},"values":{"n":"3"}}}"#
        );
        assert_eq!(serde_json::from_str::<Failure>(&text).unwrap(), failure);
        let plain = r#"{"code":"internal","message":"it broke","retryable":true}"#;
        assert_eq!(serde_json::from_str::<Failure>(plain).unwrap(), Failure::new(ErrorCode::Internal, "it broke"));
    }

    #[test]
    fn a_reason_of_a_newer_version_takes_nothing_from_the_failure() {
        let newer = r#"{"code":"internal","message":"it broke","retryable":true,"reason":{"why":"not_yet_known"}}"#;
        assert_eq!(serde_json::from_str::<Failure>(newer).unwrap(), Failure::new(ErrorCode::Internal, "it broke"));
    }
}
