//! What the platform forgets, in steps so short that no order waits for one.

use super::StoreError;
use async_trait::async_trait;

#[async_trait]
pub trait UpkeepStore {
    /// Takes chat from before `before_us` out of one seller's feed, a step of it. What is left keeps numbers and heads, and a
    /// reader is told which numbers are gone. False: there is nothing more to take out.
    async fn thin_feed(&self, before_us: i64) -> Result<bool, StoreError>;
    /// Forgets what viewers looked at before `before_us`, `limit` of it at most; how many went.
    async fn forget_behaviour(&self, before_us: i64, limit: u32) -> Result<u64, StoreError>;
    /// Forgets chat from before `before_us` as the pages have it, likewise.
    async fn forget_chat(&self, before_us: i64, limit: u32) -> Result<u64, StoreError>;
}
