//! The one shape of an error that leaves the studio or the platform.

use serde::{Deserialize, Serialize};
use std::fmt;
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
}

impl Failure {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let retryable = matches!(code, ErrorCode::RateLimited | ErrorCode::Unreachable | ErrorCode::Internal);
        Self { code, message: message.into(), hint: None, retryable }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
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
