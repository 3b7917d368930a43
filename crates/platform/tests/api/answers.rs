//! What the platform answered, as a test wants it.

use hawker_wire::Failure;
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

/// The failure and status of a request that must not succeed.
pub(crate) async fn failure(response: Response) -> (StatusCode, Failure) {
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert!(!status.is_success(), "must fail, but was {status}: {text}");
    (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} {text:?} is no failure: {error}")))
}

/// The body of a request that must succeed.
pub(crate) async fn body<T: DeserializeOwned>(response: Response) -> T {
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_str(&text).unwrap()
}
