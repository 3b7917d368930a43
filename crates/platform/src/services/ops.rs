//! Changes a device sends.

use super::{catalogue::tell_stock, claims, offers};
use crate::{db::Acknowledged, error::ApiError, state::App};
use hawker_domain::SellerId;
use hawker_wire::ops::{OpsApplied, PostOps};

/// Most ops in one request.
const MAX_OPS: usize = 200;

/// Applies what can be applied; what stops the rest is the answer.
pub async fn apply(app: &App, seller: SellerId, form: PostOps) -> Result<OpsApplied, ApiError> {
    if form.ops.len() > MAX_OPS {
        return Err(ApiError::bad_input(format!("at most {MAX_OPS} ops in one request")));
    }
    let Some(device) = form.ops.first().map(|op| op.device_id) else {
        return Err(ApiError::bad_input("\"ops\" is empty"));
    };
    let told = Acknowledged { seen: form.seen.as_ref(), acked_op: form.acked_op };
    let applied = app.store.apply_ops(seller, device, &form.ops, told, app.now_us()).await?;
    tell_stock(app, seller, &applied.stock);
    if offers::any_of_offers(&form.ops) {
        offers::tell(app, seller).await;
    } else {
        offers::tell_moved(app, seller, &applied.stock).await;
    }
    app.bus.ring(seller);
    // Goods that came in may be waited for, and the desk may have answered.
    claims::follow(app, seller).await?;
    match applied.stopped {
        Some(stop) => Err(ApiError::ops(stop, applied.wanted_seq)),
        None => Ok(OpsApplied { results: applied.results, wanted_seq: applied.wanted_seq }),
    }
}
