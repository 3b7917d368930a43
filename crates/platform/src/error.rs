//! What a caller is told when something goes wrong: `{code, message, hint?, retryable}` (`hawker_wire::Failure`) and a status.
//!
//! Owns: the one place where an internal failure is logged and hidden. A 5xx never tells internals.

use crate::{
    db::{ChangeShowError, CreateShowError, DecideError, OpsStop, PayError, RegisterError, ReserveError, StoreError},
    limits::TooMany,
};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hawker_domain::failure::FailureWhy;
use hawker_wire::{
    ErrorCode, Failure, FailureReason,
    feed::{FeedParted, OpsForgotten},
};
use serde::Serialize;

/// When to try again what others kept from being done.
const BUSY_RETRY_S: u64 = 5;

/// An error on its way out.
#[derive(Debug)]
pub struct ApiError {
    pub status: StatusCode,
    pub failure: Failure,
    retry_after_s: Option<u64>,
    more: Option<Box<More>>,
}

/// What a device needs beside the failure to go on.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
enum More {
    Ops(OpsWanted),
    Parted(FeedParted),
    Forgotten(OpsForgotten),
}

#[derive(Clone, Copy, Debug, Serialize)]
struct OpsWanted {
    /// gap, fenced, fork, parted, other_payload, bad_hash, bad_signature or unknown_device.
    reason: &'static str,
    wanted_seq: u64,
}

#[derive(Serialize)]
struct Body {
    #[serde(flatten)]
    failure: Failure,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    more: Option<Box<More>>,
}

impl ApiError {
    pub fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Self { status, failure: Failure::new(code, message), retry_after_s: None, more: None }
    }

    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadInput, message)
    }

    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message)
    }

    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized, message).hint("sign in again")
    }

    /// Of a device that was revoked. Never 401: its log-in is good, and neither another token nor the password helps.
    pub fn revoked() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            ErrorCode::Forbidden,
            "somebody revoked this device; it hears nothing any more",
        )
        .hint("what was sold on it is still taken, and decided about by hand; to go on, use another data folder")
        .because(FailureWhy::DeviceRevoked)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, ErrorCode::Conflict, message)
    }

    /// Logs what happened and tells nothing of it.
    pub fn internal(what: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %what, "a request failed inside the platform");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, "the platform could not do this")
            .hint("try again; if it stays, the platform's log tells the operator why")
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.failure = self.failure.hint(hint);
        self
    }

    #[must_use]
    pub fn because(mut self, reason: impl Into<FailureReason>) -> Self {
        self.failure = self.failure.because(reason);
        self
    }

    /// The device read another feed than this one.
    pub fn feed(parted: FeedParted) -> Self {
        let mut error =
            Self::conflict("this is not the feed you have read: the platform was put back to an earlier state")
                .hint("find the last entry both have, give back what follows it, and read on from there");
        error.more = Some(Box::new(More::Parted(parted)));
        error
    }

    /// Ops that the device has an answer to are gone.
    pub fn forgotten(forgotten: OpsForgotten) -> Self {
        let mut error =
            Self::conflict("the platform was put back to an earlier state and has forgotten changes of this device")
                .hint("send them again");
        error.more = Some(Box::new(More::Forgotten(forgotten)));
        error
    }

    /// Ops stopped here; the device goes on from `wanted_seq`.
    pub fn ops(stop: OpsStop, wanted_seq: u64) -> Self {
        let (status, reason, hint) = match stop {
            OpsStop::Gap => (StatusCode::CONFLICT, "gap", "send the ops from wanted_seq on"),
            OpsStop::Fenced => {
                (StatusCode::CONFLICT, "fenced", "register the device again and use the epoch it answers")
            }
            OpsStop::Fork => {
                (StatusCode::CONFLICT, "fork", "register the device again: it gets a new epoch and counts from 1")
            }
            OpsStop::Parted => {
                (StatusCode::CONFLICT, "parted", "read the feed first: it says how the two come together")
            }
            OpsStop::UnknownDevice => (StatusCode::NOT_FOUND, "unknown_device", "register the device first"),
            OpsStop::OtherPayload => {
                (StatusCode::UNPROCESSABLE_ENTITY, "other_payload", "a new change needs a new op_id")
            }
            OpsStop::BadHash => {
                (StatusCode::UNPROCESSABLE_ENTITY, "bad_hash", "hash is the sha-256, in hex, of the payload's text")
            }
            OpsStop::BadSignature => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad_signature",
                "register the device again with its key, and sign each op as it is sent",
            ),
        };
        let code = match status {
            StatusCode::CONFLICT => ErrorCode::Conflict,
            StatusCode::NOT_FOUND => ErrorCode::NotFound,
            _ => ErrorCode::BadInput,
        };
        let mut error = Self::new(status, code, stop.to_string()).hint(hint);
        error.more = Some(Box::new(More::Ops(OpsWanted { reason, wanted_seq })));
        error
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after_s.map(HeaderValue::from);
        let mut response = (self.status, Json(Body { failure: self.failure, more: self.more })).into_response();
        if let Some(value) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull => {
                tracing::error!("the disk that holds the platform's database is full");
                let mut full =
                    Self::new(StatusCode::INSUFFICIENT_STORAGE, ErrorCode::DiskFull, "the platform's disk is full")
                        .hint("free some space on it; nothing stored is lost");
                full.failure.retryable = true;
                full
            }
            StoreError::Busy => {
                tracing::warn!("a request waited too long for others that change the same seller's things");
                let mut busy = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    ErrorCode::Unreachable,
                    "the platform has too much to do for this shop just now",
                )
                .hint("try again in some seconds");
                busy.retry_after_s = Some(BUSY_RETRY_S);
                busy
            }
            other => Self::internal(&other),
        }
    }
}

impl From<TooMany> for ApiError {
    fn from(error: TooMany) -> Self {
        let mut limited = Self::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, error.to_string());
        limited.retry_after_s = Some(error.retry_after_s);
        limited
    }
}

impl From<CreateShowError> for ApiError {
    fn from(error: CreateShowError) -> Self {
        match error {
            CreateShowError::Store(error) => error.into(),
            other => Self::conflict(other.to_string()).hint("start a show with a new id"),
        }
    }
}

impl From<ChangeShowError> for ApiError {
    fn from(error: ChangeShowError) -> Self {
        match error {
            ChangeShowError::Store(error) => error.into(),
            ChangeShowError::Ended => Self::new(StatusCode::CONFLICT, ErrorCode::NotLive, error.to_string()),
            ChangeShowError::NoListing(_) => {
                Self::not_found(error.to_string()).hint("send the listing with PUT /api/v1/catalogue first")
            }
            ChangeShowError::NoShow => Self::not_found(error.to_string()),
        }
    }
}

impl From<RegisterError> for ApiError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Store(error) => error.into(),
            RegisterError::Revoked => Self::revoked(),
        }
    }
}

impl From<DecideError> for ApiError {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Store(error) => error.into(),
            DecideError::NotHeld => Self::not_found(error.to_string()),
            DecideError::DecidedOtherwise => {
                Self::conflict(error.to_string()).hint("GET /api/v1/quarantine says who, and when")
            }
        }
    }
}

impl From<ReserveError> for ApiError {
    fn from(error: ReserveError) -> Self {
        let message = error.to_string();
        match error {
            ReserveError::Store(error) => error.into(),
            ReserveError::NoShow => Self::not_found(message),
            ReserveError::Ended => Self::new(StatusCode::CONFLICT, ErrorCode::NotLive, message),
            ReserveError::OutOfStock { .. } => Self::new(StatusCode::CONFLICT, ErrorCode::OutOfStock, message),
            ReserveError::Closed => {
                let mut error = Self::conflict(message).hint("try again in a minute");
                error.failure.retryable = true;
                error
            }
            ReserveError::Expired => Self::new(StatusCode::GONE, ErrorCode::ReservationExpired, message)
                .hint("reserve again with a new Idempotency-Key"),
            ReserveError::KeyReused => key_reused(message),
            ReserveError::Coupon(_) => Self::bad_input(message).hint("reserve without the code"),
            ReserveError::UnknownSku(_) | ReserveError::Money(_) => Self::bad_input(message),
        }
    }
}

impl From<PayError> for ApiError {
    fn from(error: PayError) -> Self {
        let message = error.to_string();
        match error {
            PayError::Store(error) => error.into(),
            PayError::NoReservation => Self::not_found(message),
            PayError::Expired => {
                Self::new(StatusCode::GONE, ErrorCode::ReservationExpired, message).hint("reserve again")
            }
            PayError::KeyReused => key_reused(message),
            PayError::OverLimit { .. } => {
                Self::conflict(message).hint("reserve again: what is beyond costs the regular price")
            }
            PayError::PhoneWanted => Self::bad_input(message),
        }
    }
}

fn key_reused(message: String) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::Conflict, message).hint("a new request needs a new key")
}
