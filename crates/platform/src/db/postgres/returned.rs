//! Entries of the feed that this database lost and a device still has: what they tell of holds again.

use super::{PostgresStore, Tx, feed, kept, offers, ops, orders, read_back, rights, stock, to_u64};
use crate::db::{StockNews, StoreError, TakenBack};
use hawker_domain::{
    SellerId, Sku,
    order::Order,
    stock::{MovementReason, StockMovement},
};
use hawker_wire::{
    feed::{FeedEvent, ReturnFeed},
    ops::{OpEnvelope, OpPayload, OpResult, Read},
};
use sqlx::{query_as, query_scalar};
use std::collections::BTreeMap;

/// The epoch under which a returned op is filed: no device's own epoch, so it takes none of their numbers.
const OF_NO_DEVICE: u32 = 0;

impl PostgresStore {
    pub(super) async fn take_entries_back(
        &self,
        seller: SellerId,
        form: &ReturnFeed,
        now_us: i64,
    ) -> Result<TakenBack, StoreError> {
        let mut tx = self.begin_for(seller).await?;
        let key = feed::key(&mut tx).await?;
        let mut back = TakenBack { restored: 0, foreign: 0, stock: Vec::new() };
        for entry in &form.entries {
            // Also what was written under the key of a database that this one does not come from: it can't be believed, and
            // it must not keep all that follows from being heard.
            if !key.wrote(seller, entry)? {
                back.foreign += 1;
                continue;
            }
            let event = entry.line.entry().event;
            let is_news = match &event {
                FeedEvent::OrderPaid { order } => take_order(&mut tx, seller, order, now_us, &mut back.stock).await?,
                FeedEvent::Op { op } => take_op(&mut tx, seller, op, now_us, &mut back.stock).await?,
                FeedEvent::OfferSpent { offer_id, sold, .. } => {
                    offers::take_back(&mut tx, seller, *offer_id, *sold).await?;
                    false
                }
                // Merged anew, into what stands here now; what comes of that is told where it is merged.
                FeedEvent::ProductsEdited { op, .. } => {
                    let is_news = take_op(&mut tx, seller, op, now_us, &mut back.stock).await?;
                    back.restored += u32::from(is_news);
                    false
                }
                FeedEvent::Granted { device_id, epoch, op_id, lines } => {
                    let of = rights::Holder { seller, device: *device_id };
                    // Tells it by itself, under the number it has now.
                    let is_back =
                        rights::grant_again(&mut tx, of, *op_id, (*epoch, lines), now_us, &mut back.stock).await?;
                    back.restored += u32::from(is_back);
                    false
                }
                // What was held for buyers is over, claims with it, chat is gone with its show, and what is missing is counted anew.
                FeedEvent::Reserved { .. }
                | FeedEvent::Shortfall { .. }
                | FeedEvent::Challenged { .. }
                | FeedEvent::RightsWithdrawn { .. }
                | FeedEvent::Claim { .. }
                | FeedEvent::Chat { .. }
                // A refusal, or a task, is told again when what it is about is, which its device sends again.
                | FeedEvent::OpRefused { .. }
                | FeedEvent::MoneyTask { .. }
                | FeedEvent::Past { .. }
                | FeedEvent::DeviceKeyReplaced { .. }
                | FeedEvent::QuarantineDecided { .. }
                | FeedEvent::Unknown => false,
            };
            if is_news {
                feed::append(&mut tx, seller, &event, now_us).await?;
                back.restored += 1;
            }
        }
        kept::apply_kept(&mut tx, seller, now_us).await?;
        if let Some(common) = form.common {
            rights::challenge(&mut tx, seller, common, form.is_last, now_us).await?;
            // Where it is the last answer that was awaited the pool is open, and rights that were asked for waited for that.
            kept::apply_kept(&mut tx, seller, now_us).await?;
        }
        if form.is_last {
            tell_levels(&mut tx, seller, now_us).await?;
        }
        tx.commit().await?;
        Ok(back)
    }
}

/// An order that was paid here before: its goods are gone.
async fn take_order(
    tx: &mut Tx,
    seller: SellerId,
    order: &Order,
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<bool, StoreError> {
    if !orders::insert(tx, seller, order).await? {
        return Ok(false);
    }
    let mut sold: BTreeMap<&Sku, i64> = BTreeMap::new();
    for line in &order.lines {
        *sold.entry(&line.sku).or_default() += i64::from(line.qty);
    }
    for (sku, qty) in sold {
        let (sku, order_id) = (sku.clone(), Some(order.id));
        let movement = StockMovement { sku, delta: -qty, reason: MovementReason::Sold, order_id };
        let level = stock::move_goods(tx, seller, &movement, None, now_us).await?;
        news.extend(level.map(|level| level.news(&movement.sku)));
    }
    Ok(true)
}

/// A change that was applied here before. Its device may send it again as well: the op id keeps it to one effect.
async fn take_op(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<bool, StoreError> {
    let is_known: bool = query_scalar("SELECT EXISTS (SELECT 1 FROM ops WHERE seller_id = $1 AND op_id = $2)")
        .bind(seller.0)
        .bind(op.op_id.0)
        .fetch_one(&mut **tx)
        .await?;
    // What a device asks for or states its rights to be is its own to say again: told by another device it would come before
    // what that device did until then.
    let is_of_rights = matches!(
        op.read(),
        Read::Known(OpPayload::RightsAsked { .. } | OpPayload::RightsReturned { .. } | OpPayload::RightsStated { .. })
    );
    if is_known || is_of_rights {
        return Ok(false);
    }
    rights::remember(tx, rights::Holder { seller, device: op.device_id }, op.epoch, now_us).await?;
    let result = ops::effect(tx, seller, op, now_us, news).await?;
    // What can't be done yet may be when its device sends it again, after what it has to say before: a sale that only that
    // device has, and whose steps all of them have.
    if result != OpResult::Applied {
        kept::forget(tx, seller, op).await?;
        return Ok(false);
    }
    let last: i64 =
        query_scalar("SELECT coalesce(max(seq), 0) FROM ops WHERE seller_id = $1 AND device_id = $2 AND epoch = $3")
            .bind(seller.0)
            .bind(op.device_id.0)
            .bind(i64::from(OF_NO_DEVICE))
            .fetch_one(&mut **tx)
            .await?;
    let place = ops::Place { epoch: OF_NO_DEVICE, seq: to_u64(last) + 1 };
    ops::record(tx, seller, op, place, &result, now_us).await?;
    ops::is_news(tx, seller, op).await
}

/// A device that went back forgot what is held, what is missing and what is spent of offers.
async fn tell_levels(tx: &mut Tx, seller: SellerId, now_us: i64) -> Result<(), StoreError> {
    let levels: Vec<(String, i64, i64)> = query_as(
        "SELECT sku, reserved, shortfall FROM stock WHERE seller_id = $1 AND (reserved > 0 OR shortfall > 0) ORDER BY sku",
    )
    .bind(seller.0)
    .fetch_all(&mut **tx)
    .await?;
    for (sku, reserved, missing) in levels {
        let sku = read_back("sku", Sku::new(&sku))?;
        if reserved > 0 {
            feed::append(tx, seller, &FeedEvent::Reserved { sku: sku.clone(), reserved }, now_us).await?;
        }
        if missing > 0 {
            feed::append(tx, seller, &FeedEvent::Shortfall { sku, missing }, now_us).await?;
        }
    }
    offers::tell_all_spent(tx, seller, now_us).await
}
