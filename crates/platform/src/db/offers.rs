//! What is kept of offers beside the ops that put and end them, and the reservations that spend them.

use super::StoreError;
use async_trait::async_trait;
use hawker_domain::SellerId;
use hawker_wire::viewer::OpenOffer;

#[async_trait]
pub trait OfferStore {
    /// What a seller's pages show: of each product the best offer that is open to everybody at `now_us`, has pieces left and is
    /// below the regular price; at most 200.
    async fn open_offers(&self, seller: SellerId, now_us: i64) -> Result<Vec<OpenOffer>, StoreError>;
    /// Sellers of whom an offer opened or closed by its time, later than `after_us` and not later than `now_us`.
    async fn offers_turned(&self, after_us: i64, now_us: i64) -> Result<Vec<SellerId>, StoreError>;
}
