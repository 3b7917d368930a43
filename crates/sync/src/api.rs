//! What the sync asks of a platform.

use crate::client::{FeedAnswer, OpsAnswer, PlatformClient};
use hawker_domain::SellerId;
use hawker_wire::{
    Failure,
    account::{Device, RegisterDevice},
    feed::{FeedPosition, FeedReturned, OpsAcked, ReturnFeed},
    ops::PostOps,
};
use std::{future::Future, time::Duration};

/// The part of a platform's API that keeps store and platform in step: [`PlatformClient`] over HTTP. A trait, so that what lies
/// between the two can lose, repeat and hold back what is said.
pub trait Api: Clone + Send + std::marker::Sync + 'static {
    fn seller_id(&self) -> Option<SellerId>;
    fn register_device(&self, form: &RegisterDevice) -> impl Future<Output = Result<Device, Failure>> + Send;
    fn post_ops(&self, form: &PostOps) -> impl Future<Output = Result<OpsAnswer, Failure>> + Send;
    fn feed(
        &self,
        seen: &FeedPosition,
        acked: Option<OpsAcked>,
        wait: Duration,
    ) -> impl Future<Output = Result<FeedAnswer, Failure>> + Send;
    fn return_feed(&self, form: &ReturnFeed) -> impl Future<Output = Result<FeedReturned, Failure>> + Send;
}

impl Api for PlatformClient {
    fn seller_id(&self) -> Option<SellerId> {
        Self::seller_id(self)
    }

    async fn register_device(&self, form: &RegisterDevice) -> Result<Device, Failure> {
        Self::register_device(self, form).await
    }

    async fn post_ops(&self, form: &PostOps) -> Result<OpsAnswer, Failure> {
        Self::post_ops(self, form).await
    }

    async fn feed(&self, seen: &FeedPosition, acked: Option<OpsAcked>, wait: Duration) -> Result<FeedAnswer, Failure> {
        Self::feed(self, seen, acked, wait).await
    }

    async fn return_feed(&self, form: &ReturnFeed) -> Result<FeedReturned, Failure> {
        Self::return_feed(self, form).await
    }
}
