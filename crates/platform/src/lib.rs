//! The reference platform a studio publishes to: accounts, catalogue, shows, ingest, viewer page, orders.
//!
//! Owns: the server's truth about stock and orders. Must not know: how the studio recognises, encodes or stores.
//! Entry point: [`Platform::start`]. A request goes router -> guard -> handler -> service -> store; news go by [`bus`].

pub mod bus;
pub mod clock;
pub mod config;
pub mod db;
pub mod device_key;
pub mod error;
pub mod extract;
mod guard;
mod handlers;
pub mod hops;
mod http;
pub mod hub;
pub mod ingest;
pub mod jobs;
pub mod limits;
pub mod metrics;
mod news;
pub mod payment;
mod ports;
pub mod refusal;
pub mod router;
pub mod server;
pub mod services;
pub mod settings;
pub mod state;
pub mod web;

pub use config::PlatformConfig;
pub use server::{Platform, RunningPlatform, StartError};
