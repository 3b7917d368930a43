//! What the seller needs to pack.

use crate::{error::ApiError, state::App};
use hawker_domain::SellerId;
use hawker_wire::order::{AskBuyers, Buyers};

/// Most orders in one request.
const MAX_ORDERS: usize = 200;

/// Names and addresses, in plain; who looked is written down.
pub async fn buyers(app: &App, seller: SellerId, form: AskBuyers) -> Result<Buyers, ApiError> {
    if form.order_ids.len() > MAX_ORDERS {
        return Err(ApiError::bad_input(format!("at most {MAX_ORDERS} orders in one request")));
    }
    let buyers = app.store.reveal_buyers(seller, &form.order_ids, app.now_us()).await?;
    tracing::info!(seller.id = %seller, orders = buyers.len(), "names and addresses were shown for packing");
    Ok(Buyers { buyers })
}
