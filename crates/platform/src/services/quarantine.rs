//! Changes that a person decides about.

use super::{catalogue::tell_stock, claims, offers};
use crate::{error::ApiError, state::App};
use hawker_domain::{OpId, SellerId};
use hawker_wire::quarantine::{Decide, HeldChange, Quarantine};

/// A list this long tells of one cause.
const LISTED: u32 = 500;

pub async fn list(app: &App, seller: SellerId) -> Result<Quarantine, ApiError> {
    Ok(Quarantine { changes: app.store.quarantine(seller, LISTED).await? })
}

/// Applies or discards a held change; who did is written down with it.
pub async fn decide(app: &App, seller: SellerId, op_id: OpId, form: Decide) -> Result<HeldChange, ApiError> {
    let settled = app.store.decide(seller, op_id, &form, app.now_us()).await?;
    tracing::info!(seller.id = %seller, op.id = %op_id, verdict = ?form.verdict, "a held change was decided about");
    tell_stock(app, seller, &settled.stock);
    if offers::any_of_offers(std::slice::from_ref(&settled.change.op)) {
        offers::tell(app, seller).await;
    } else {
        offers::tell_moved(app, seller, &settled.stock).await;
    }
    app.bus.ring(seller);
    // Goods that came in may be waited for, and it may be what the desk answered.
    claims::follow(app, seller).await?;
    Ok(settled.change)
}
