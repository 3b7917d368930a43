//! From paid to delivered: the steps of an order, and the buyer's address for who packs it.

use super::{PostgresStore, Tx, kept, money_tasks, orders, payments, read_back};
use crate::{
    db::{FulfilmentStore, RefundError, StoreError},
    refusal,
};
use async_trait::async_trait;
use hawker_domain::{
    OrderId, SellerId,
    order::{OrderMove, OrderSource, OrderState},
};
use hawker_wire::{
    feed::MoneyWhy,
    ops::{OpEnvelope, OpResult},
    order::Buyer,
};
use sqlx::{query, query_as, query_scalar};

#[async_trait]
impl FulfilmentStore for PostgresStore {
    async fn reveal_buyers(
        &self,
        seller: SellerId,
        order_ids: &[OrderId],
        now_us: i64,
    ) -> Result<Vec<Buyer>, StoreError> {
        let mut tx = self.begin_for(seller).await?;
        let mut buyers = Vec::with_capacity(order_ids.len());
        for order_id in order_ids {
            let order = orders::find(&mut tx, seller, *order_id).await?;
            let is_open = order.is_some_and(|order| {
                matches!(order.state, OrderState::Paid | OrderState::Packed | OrderState::Shipped)
            });
            if !is_open {
                continue;
            }
            let row: Option<(String, String, String)> =
                query_as("SELECT name, phone, address FROM buyers WHERE seller_id = $1 AND order_id = $2")
                    .bind(seller.0)
                    .bind(order_id.0)
                    .fetch_optional(&mut *tx)
                    .await?;
            let Some((name, phone, address)) = row else { continue };
            query("INSERT INTO reveals (seller_id, order_id, at_us) VALUES ($1, $2, $3)")
                .bind(seller.0)
                .bind(order_id.0)
                .bind(now_us)
                .execute(&mut *tx)
                .await?;
            buyers.push(Buyer { order_id: *order_id, name, phone, address });
        }
        // Nothing is told that was not written down.
        tx.commit().await?;
        Ok(buyers)
    }
}

async fn was_made(tx: &mut Tx, seller: SellerId, moved: &OrderMove) -> Result<bool, StoreError> {
    let made = "SELECT EXISTS (SELECT 1 FROM order_moves WHERE seller_id = $1 AND order_id = $2 AND event = $3)";
    Ok(query_scalar(made)
        .bind(seller.0)
        .bind(moved.order_id.0)
        .bind(read_back("order event", serde_json::to_string(&moved.event))?)
        .fetch_one(&mut **tx)
        .await?)
}

/// The money of a page order goes back by the way it came. The step holds also where that can't be: then a person has to do it.
async fn give_back(tx: &mut Tx, seller: SellerId, order: OrderId, now_us: i64) -> Result<(), StoreError> {
    match payments::give_back(tx, seller, order).await {
        Ok(_) => Ok(()),
        Err(RefundError::Store(error)) => Err(error),
        Err(RefundError::NoPayment | RefundError::NotCaptured(_)) => {
            money_tasks::add(tx, seller, order, MoneyWhy::NoPayment, now_us).await
        }
    }
}

/// Takes an order a step further. The same step told by two devices happened once.
pub async fn move_order(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    moved: &OrderMove,
    now_us: i64,
) -> Result<OpResult, StoreError> {
    if let Err(why) = moved.check() {
        return Ok(refusal::step(&why));
    }
    let Some(mut order) = orders::find(tx, seller, moved.order_id).await? else {
        // Lost with the database's last days: a device brings it back.
        kept::keep(tx, seller, op, now_us).await?;
        return Ok(OpResult::Kept);
    };
    match order.state.on(moved.event) {
        Ok(state) => {
            order.state = state;
            // What was paid elsewhere goes back there.
            let is_paid_here = !matches!(order.source, OrderSource::Venue | OrderSource::Channel);
            if state == OrderState::Refunded && is_paid_here {
                give_back(tx, seller, order.id, now_us).await?;
            }
        }
        // The same step told by two devices happened once, whatever followed it meanwhile.
        Err(_) if order.state == moved.event.leads_to() || was_made(tx, seller, moved).await? => {
            return Ok(OpResult::Applied);
        }
        Err(why) => return Ok(refusal::not_allowed(&order, &why)),
    }
    query("UPDATE orders SET body = $1 WHERE seller_id = $2 AND order_id = $3")
        .bind(read_back("order", serde_json::to_string(&order))?)
        .bind(seller.0)
        .bind(order.id.0)
        .execute(&mut **tx)
        .await?;
    query(
        "INSERT INTO order_moves (seller_id, order_id, event, note, device_id, at_us) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(seller.0)
    .bind(order.id.0)
    .bind(read_back("order event", serde_json::to_string(&moved.event))?)
    // Without the one character that PostgreSQL keeps in no text: refused for it, the op would keep back all that follow.
    .bind(moved.note.replace('\0', ""))
    .bind(op.device_id.0)
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(OpResult::Applied)
}
