//! What handlers take from a request, with our own words when it is not there.
//!
//! Owns: who asks ([`Seller`], [`AnyDevice`], [`Viewer`]), from where ([`Caller`]), and the shape of a refusal. Deny by default: a
//! handler without one of the first two is public, and there is no other way to a seller's id.

use crate::{
    db::{Hash, SignedIn},
    error::ApiError,
    hops::ClientAddress,
    limits::Kind,
    services::accounts,
    state::{App, sha256},
};
use axum::{
    extract::{FromRequest, FromRequestParts, Request, rejection::JsonRejection},
    http::{StatusCode, header, request::Parts},
};
use hawker_domain::SellerId;
use hawker_wire::{ErrorCode, claim::VIEWER_HEADER};
use serde::de::DeserializeOwned;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

/// The signed-in seller of this request. Whose device was revoked is refused.
pub struct Seller(pub SellerId);

impl FromRequestParts<Arc<App>> for Seller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        match AnyDevice::from_request_parts(parts, app).await? {
            AnyDevice { is_revoked: true, .. } => Err(ApiError::revoked()),
            AnyDevice { seller, .. } => Ok(Self(seller)),
        }
    }
}

/// The signed-in seller of this request, also at a device that was revoked: for what such a one may still say.
pub struct AnyDevice {
    pub seller: SellerId,
    pub access: Hash,
    pub is_revoked: bool,
}

impl FromRequestParts<Arc<App>> for AnyDevice {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| ApiError::unauthorized("this needs \"Authorization: Bearer <access token>\""))?;
        let access = sha256(token.trim().as_bytes());
        let SignedIn { seller, is_revoked } = accounts::signed_in(app, access).await?;
        Ok(Self { seller, access, is_revoked })
    }
}

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                ErrorCode::BadInput,
                "the body must be application/json",
            )),
            Err(other) if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::BadInput, "the body is too large"))
            }
            Err(other) => Err(ApiError::bad_input(format!("the body can't be read: {}", other.body_text()))),
        }
    }
}

/// Values of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_| ApiError::not_found("there is nothing at this address"))
    }
}

/// Values of the query.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|query| Self(query.0))
            .map_err(|error| ApiError::bad_input(format!("the query can't be read: {}", error.body_text())))
    }
}

/// The header `Idempotency-Key`: 1 to 64 visible ASCII characters.
pub struct IdempotencyKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let key = parts.headers.get("idempotency-key").map(|value| value.as_bytes()).unwrap_or_default();
        if key.is_empty() || key.len() > 64 || !key.iter().all(u8::is_ascii_graphic) {
            return Err(ApiError::bad_input("the header Idempotency-Key must have 1 to 64 visible ASCII characters")
                .hint("use a random UUID, and the same one when the request is sent again"));
        }
        Ok(Self(String::from_utf8_lossy(key).into_owned()))
    }
}

/// The header `Hawker-Viewer`: what a page proves itself by, where it sends one.
pub struct Viewer(pub Option<String>);

impl Viewer {
    /// Errors: it sent none.
    pub fn token(&self) -> Result<&str, ApiError> {
        let missing = || {
            ApiError::bad_input("the header Hawker-Viewer is missing")
                .hint("send 32 random bytes in hex, always the same ones, and keep them to yourself")
        };
        self.0.as_deref().ok_or_else(missing)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let Some(token) = parts.headers.get(VIEWER_HEADER).map(|value| value.as_bytes()) else { return Ok(Self(None)) };
        // Fewer characters could be guessed.
        if !(32..=128).contains(&token.len()) || !token.iter().all(u8::is_ascii_graphic) {
            return Err(ApiError::bad_input("the header Hawker-Viewer must have 32 to 128 visible ASCII characters"));
        }
        Ok(Self(Some(String::from_utf8_lossy(token).into_owned())))
    }
}

/// The address the request came from, as far as own proxies tell it ([`crate::hops`]): a header can be forged.
pub struct Caller(pub IpAddr);

impl Caller {
    /// Counts this request. Errors: too many of its kind.
    pub fn spend(&self, app: &App, kind: Kind) -> Result<(), ApiError> {
        Ok(app.limiter.take(kind, self.0, app.now_us())?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        // Without a socket (a call in process) everybody shares one allowance.
        let address = parts.extensions.get::<ClientAddress>();
        Ok(Self(address.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.0)))
    }
}
