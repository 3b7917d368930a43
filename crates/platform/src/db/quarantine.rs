//! What is kept of changes that a person decides about.

use super::{StockNews, StoreError};
use async_trait::async_trait;
use hawker_domain::{OpId, SellerId};
use hawker_wire::quarantine::{Decide, HeldChange};

/// A change that was decided about, and what viewers see changed.
pub struct DecidedChange {
    pub change: HeldChange,
    pub stock: Vec<StockNews>,
}

#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error("no such change is held")]
    NotHeld,
    #[error("somebody decided otherwise before")]
    DecidedOtherwise,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[async_trait]
pub trait QuarantineStore {
    /// The newest first, at most `limit`; those that wait come before all that are decided.
    async fn quarantine(&self, seller: SellerId, limit: u32) -> Result<Vec<HeldChange>, StoreError>;
    /// Effect, result, the feed's entries and who decided when, in one transaction. The same decision again changes nothing.
    async fn decide(
        &self,
        seller: SellerId,
        op_id: OpId,
        decision: &Decide,
        now_us: i64,
    ) -> Result<DecidedChange, DecideError>;
}
