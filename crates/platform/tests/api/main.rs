//! The platform over real HTTP on a free port: what a studio and a viewer's page may rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod claims;
mod claims_desk;
mod claims_offers;
mod devices;
mod edits;
mod feed;
mod fulfilment;
mod garbage;
mod money_tasks;
mod offers;
mod ops;
mod orders;
mod payments;
mod quarantine;
mod shows;
mod start;
mod tenants;
mod till;

use hawker_wire::Failure;
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

/// The failure and status of a request that must not succeed.
async fn failure(response: Response) -> (StatusCode, Failure) {
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert!(!status.is_success(), "must fail, but was {status}: {text}");
    (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} {text:?} is no failure: {error}")))
}

/// The body of a request that must succeed.
async fn body<T: DeserializeOwned>(response: Response) -> T {
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_str(&text).unwrap()
}
