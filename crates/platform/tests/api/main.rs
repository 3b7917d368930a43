//! The platform over real HTTP on a free port: what a studio and a viewer's page may rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod answers;
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

use answers::{body, failure};
