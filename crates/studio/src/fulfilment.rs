//! From paid to delivered: packing, shipping, refunds, and whom it goes to.

use crate::errors::{Outcome, bad_input, not_found};
use crate::export::write_new;
use crate::orders::order_view;
use crate::show_now_us;
use crate::studio::Studio;
use crate::view::{BuyerView, OrderDetail, OrderView};
use hawker_domain::{
    OrderId,
    order::{Order, OrderEvent, OrderMove, OrderSource, OrderState},
};
use hawker_store::GoodsBack;
use hawker_sync::PlatformClient;
use hawker_wire::{
    ErrorCode, Failure,
    order::{AskBuyers, Buyer},
};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// How long a platform that is just being connected is waited for.
const CONNECTING: Duration = Duration::from_secs(10);
/// Orders the platform answers for at once.
const BUYERS_AT_ONCE: usize = 200;
const ADDRESSES_AWAY: &str = "names and addresses lie at the platform, which is out of reach";
/// Fewer characters of an id's end are too few to mean one order.
const SHORT_ID: usize = 4;

impl Studio {
    /// The order whose id is `text`, or ends in it as lists show it. Errors: `not_found`, `conflict` where several do.
    pub async fn find_order(&self, text: &str) -> Outcome<OrderId> {
        if let Ok(id) = text.trim().parse() {
            return Ok(OrderId(id));
        }
        let orders = self.store().orders(u32::MAX).await?;
        let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
        one_of(&ids, text)
    }

    /// An order and what happened to it. Errors: `not_found`.
    pub async fn order(&self, id: OrderId) -> Outcome<OrderDetail> {
        let order = self.store().order(id).await?;
        Ok(OrderDetail { order: order_view(order), moves: self.store().order_moves(id).await? })
    }

    /// Takes an order a step further; it reaches the platform and the seller's other devices when there is a network.
    /// `goods_back`: with a refund, the goods come back into the stock. Errors: `not_found`, `conflict` for a step that its
    /// state does not allow, `bad_input`.
    pub async fn move_order(
        &self,
        order_id: OrderId,
        event: OrderEvent,
        note: &str,
        goods_back: bool,
    ) -> Outcome<OrderView> {
        let moved = OrderMove { order_id, event, note: note.trim().to_owned(), at_us: show_now_us() };
        let goods = if goods_back { GoodsBack::Yes } else { GoodsBack::No };
        let order = self.store().move_order(&moved, goods).await?;
        if event == OrderEvent::Refund && goods_back {
            self.stock_moved().await;
        }
        Ok(order_view(order))
    }

    /// Whom an order goes to, in plain; the platform writes down that it was looked at. Errors: `unreachable` without the
    /// platform, `not_found` for an order it has no address of, or that is delivered or refunded.
    pub async fn buyer(&self, id: OrderId) -> Outcome<BuyerView> {
        let found = buyers(&self.platform_client(ADDRESSES_AWAY).await?, &[id]).await?.remove(&id);
        let buyer = found.ok_or_else(|| {
            not_found("address for order", &id.to_string())
                .hint("only an order of the viewer page has one, and only until it is delivered or refunded")
        })?;
        Ok(BuyerView { name: buyer.name, phone: buyer.phone, address: buyer.address })
    }

    /// Writes what is paid and not yet shipped to the new file `path` as CSV, a row a line of an order, with name and address in
    /// plain. Returns how many orders. Errors: as [`Studio::buyer`], and as [`Studio::export_orders`].
    pub async fn pack_list(&self, path: &Path) -> Outcome<usize> {
        let orders = self.store().orders(u32::MAX).await?;
        let open: Vec<Order> = orders.into_iter().filter(to_pack).collect();
        let ids: Vec<OrderId> = open.iter().map(|order| order.id).collect();
        let buyers = buyers(&self.platform_client(ADDRESSES_AWAY).await?, &ids).await?;
        write_new(path, &hawker_store::pack_list(&open, &buyers))?;
        Ok(open.len())
    }

    /// The platform as it is signed in at. Errors: `unreachable`, said by `away`.
    pub(crate) async fn platform_client(&self, away: &str) -> Outcome<PlatformClient> {
        let away = || Failure::new(ErrorCode::Unreachable, away).hint("try again when the network is back");
        let mut client = self.ask_client().await?.ok_or_else(away)?;
        let connected = tokio::time::timeout(CONNECTING, client.wait_for(Option::is_some)).await;
        connected.ok().and_then(Result::ok).and_then(|found| found.clone()).ok_or_else(away)
    }
}

/// The order whose id is `text`, or ends in it. Errors: as [`Studio::find_order`].
pub(crate) fn one_of(ids: &[OrderId], text: &str) -> Outcome<OrderId> {
    let wanted = text.trim().trim_start_matches('#').to_ascii_lowercase();
    if wanted.len() < SHORT_ID {
        return Err(bad_input(format!(
            "\"{text}\" is too short; give the order's last six characters or its whole id"
        )));
    }
    let mut found = ids.iter().filter(|id| id.to_string().ends_with(&wanted));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(*id),
        (Some(_), Some(_)) => {
            let failure = Failure::new(ErrorCode::Conflict, format!("several orders end in \"{text}\""));
            Err(failure.hint("give the whole id"))
        }
        (None, _) => Err(not_found("order", text)),
    }
}

/// What was sold at the table went with the buyer; whom an order of another platform goes to, that platform alone knows.
fn to_pack(order: &Order) -> bool {
    !matches!(order.source, OrderSource::Venue | OrderSource::Channel)
        && matches!(order.state, OrderState::Paid | OrderState::Packed)
}

async fn buyers(client: &PlatformClient, ids: &[OrderId]) -> Outcome<HashMap<OrderId, Buyer>> {
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(BUYERS_AT_ONCE) {
        let answer = client.buyers(&AskBuyers { order_ids: some.to_vec() }).await?;
        found.extend(answer.buyers.into_iter().map(|buyer| (buyer.order_id, buyer)));
    }
    Ok(found)
}
