//! What surrounds every request: a time limit, a check of where it came from, and headers that keep a page to itself.

use crate::{error::ApiError, limits::REQUEST_TIMEOUT, state::App};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hawker_wire::ErrorCode;
use std::{net::IpAddr, sync::Arc};
use url::Url;

/// No inline script, no foreign host, no frame; `blob:` is how a player hands pictures to the video element.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// An answer must begin within the limit; streams then go on as long as they like.
pub async fn time_limit(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!("a request took too long and was given up");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            ApiError::new(status, ErrorCode::Unreachable, "the platform did not answer in time").into_response()
        }
    }
}

/// Sets what a handler did not set itself.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if api {
        // Answers hold tokens, secrets and stock: never for a cache.
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// A page of another site must not speak for the one who opened it. And the name must be the platform's own, or a foreign name that
/// resolves to its address would read everything (DNS rebinding).
pub async fn same_origin(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match check(&app.http, request.headers(), request.uri().host()) {
        Ok(()) => next.run(request).await,
        Err(message) => ApiError::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message).into_response(),
    }
}

fn check(own: &Url, headers: &HeaderMap, uri_host: Option<&str>) -> Result<(), &'static str> {
    let host = headers.get(header::HOST).map_or(uri_host, |value| value.to_str().ok());
    let Some(host) = host else { return Err("the request has no readable Host header") };
    // A balancer that asks whether the platform is ready does so by its address on the machine.
    let is_own = own.host_str().is_some_and(|own| own.trim_matches(['[', ']']).eq_ignore_ascii_case(name_of(host)));
    if !is_own && !is_loopback(name_of(host)) {
        return Err("this platform is reached by its own name only");
    }
    match headers.get(header::ORIGIN).map(HeaderValue::to_str) {
        None => Ok(()),
        Some(Ok(origin)) if origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host)) => Ok(()),
        Some(_) => Err("requests from pages of other sites are not taken"),
    }
}

/// The host without its port: `[::1]:8080` is `::1`.
fn name_of(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(name, _)| name);
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn is_loopback(name: &str) -> bool {
    let name = name.trim_matches(['[', ']']);
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_own_name_and_the_own_origin_pass_on_loopback() {
        let own = Url::parse("http://127.0.0.1:8080/").unwrap();
        let table = [
            ("127.0.0.1:8080", None, true),
            ("localhost:8080", None, true),
            ("[::1]:8080", None, true),
            ("127.0.0.1:8080", Some("http://127.0.0.1:8080"), true),
            ("evil.example:8080", None, false),
            ("127.0.0.1.evil.example", None, false),
            ("127.0.0.1:8080", Some("http://evil.example"), false),
            ("127.0.0.1:8080", Some("null"), false),
            ("", None, false),
        ];
        for (host, origin, passes) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(check(&own, &headers, None).is_ok(), passes, "host {host:?}, origin {origin:?}");
        }
        assert!(check(&own, &HeaderMap::new(), None).is_err(), "no host, no answer");
        let public = Url::parse("https://live.example.org/").unwrap();
        for (host, passes) in [("LIVE.example.org", true), ("127.0.0.1:8080", true), ("evil.example", false)] {
            assert_eq!(check(&public, &HeaderMap::new(), Some(host)).is_ok(), passes, "{host}");
        }
    }
}
