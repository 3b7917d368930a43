//! Questions about what devices have for themselves, see `hawker_domain::rights`.

use super::{StockNews, StoreError};
use async_trait::async_trait;
use hawker_domain::{DeviceId, SellerId};
use hawker_wire::rights::RightsReport;

#[async_trait]
pub trait RightsStore {
    /// Which device has what, and whether buyers of the page can order.
    async fn rights(&self, seller: SellerId) -> Result<RightsReport, StoreError>;
    /// A device does not come back: what it had goes to the pool, and should it come all the same it gets another epoch. None: there
    /// is no such device.
    async fn declare_lost(
        &self,
        seller: SellerId,
        device: DeviceId,
        now_us: i64,
    ) -> Result<Option<Vec<StockNews>>, StoreError>;
}
