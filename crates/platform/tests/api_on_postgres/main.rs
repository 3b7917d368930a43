//! The tests of `api` that ask the database something, on PostgreSQL, and what only several platforms of one database can do. That
//! it is PostgreSQL says this target's name: see `hawker_test_support::TestPlatform`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../api/accounts.rs"]
mod accounts;
#[path = "../api/answers.rs"]
mod answers;
mod balanced;
#[path = "../api/claims.rs"]
mod claims;
#[path = "../api/claims_desk.rs"]
mod claims_desk;
#[path = "../api/claims_offers.rs"]
mod claims_offers;
#[path = "../api/devices.rs"]
mod devices;
#[path = "../api/edits.rs"]
mod edits;
#[path = "../api/feed.rs"]
mod feed;
#[path = "../api/fulfilment.rs"]
mod fulfilment;
#[path = "../api/garbage.rs"]
mod garbage;
#[path = "../api/money_tasks.rs"]
mod money_tasks;
#[path = "../api/offers.rs"]
mod offers;
#[path = "../api/ops.rs"]
mod ops;
#[path = "../api/orders.rs"]
mod orders;
#[path = "../api/payments.rs"]
mod payments;
#[path = "../api/quarantine.rs"]
mod quarantine;
mod replicas;
#[path = "../api/shows.rs"]
mod shows;
#[path = "../api/tenants.rs"]
mod tenants;
#[path = "../api/till.rs"]
mod till;

use answers::{body, failure};
