//! Changes that devices send: effect, stored result and cursor in one transaction.

use super::{
    SqliteStore, Tx, claims, edits, feed, fulfilment, kept, offers, orders, quarantine, read_back,
    rights::{self, Holder, Stated},
    stock::{self, Share},
    till, to_i64, to_u64,
};
use crate::{
    db::{
        Acknowledged, Applied, FeedRead, OpsStop, StockNews, StoreError, SyncStore, TakenBack,
        shared::quarantine::{answer, why_held},
    },
    device_key::DeviceKey,
    refusal,
};
use async_trait::async_trait;
use hawker_domain::{
    DeviceId, OpId, SellerId,
    order::Order,
    rights::RightsLine,
    stock::{MOVE_MAX, MovementReason, StockMovement},
};
use hawker_wire::{
    feed::{FeedEvent, FeedPosition, OpsAcked, ReturnFeed},
    ops::{OpEnvelope, OpPayload, OpResult, Read},
};
use sha2::{Digest, Sha256};
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeMap;

#[async_trait]
impl SyncStore for SqliteStore {
    async fn apply_ops(
        &self,
        seller: SellerId,
        device: DeviceId,
        ops: &[OpEnvelope],
        told: Acknowledged<'_>,
        now_us: i64,
    ) -> Result<Applied, StoreError> {
        let mut tx = self.begin().await?;
        let mut applied = Applied { results: Vec::new(), wanted_seq: 1, stopped: None, stock: Vec::new() };
        if let Some(seen) = told.seen
            && feed::parted(&mut tx, seller, seen).await?.is_some()
        {
            applied.stopped = Some(OpsStop::Parted);
            return Ok(applied);
        }
        let Some(mut cursor) = Cursor::load(&mut tx, seller, device).await? else {
            applied.stopped = Some(OpsStop::UnknownDevice);
            return Ok(applied);
        };
        let mut has_applied = false;
        for (place, op) in ops.iter().enumerate() {
            let decision = match cursor.decide(&mut tx, op).await? {
                // The numbers go on where somebody else has gone on: what the device did before is lost here.
                Decision::Apply if place == 0 && is_lost(&mut tx, seller, told.acked_op).await? => {
                    Decision::Stop(OpsStop::Fork)
                }
                decision => decision,
            };
            match decision {
                Decision::Known(result) => {
                    cursor.count(&mut tx, op).await?;
                    applied.results.push(answer(op, result));
                }
                Decision::Stop(stop) => {
                    if stop == OpsStop::Fork {
                        cursor.mark_fork(&mut tx).await?;
                    }
                    applied.stopped = Some(stop);
                    break;
                }
                Decision::Apply => {
                    let result = match why_held(op, cursor.is_revoked) {
                        Some(why) => quarantine::hold(&mut tx, seller, op, why, now_us).await?,
                        None => effect(&mut tx, seller, op, now_us, &mut applied.stock).await?,
                    };
                    has_applied |= result == OpResult::Applied;
                    tell(&mut tx, seller, op, &result, now_us).await?;
                    cursor.advance(&mut tx, op, &result, now_us).await?;
                    applied.results.push(answer(op, result));
                }
            }
        }
        // What was sold just now may be what a step was kept for. Where nothing was applied nothing has changed for it: whatever else lets
        // a kept change through, a feed given back, a held change decided or a pool that opens, looks by itself.
        if has_applied {
            kept::apply_kept(&mut tx, Some(seller), now_us).await?;
        }
        tx.commit().await?;
        applied.wanted_seq = cursor.last_seq + 1;
        Ok(applied)
    }

    async fn feed_after(
        &self,
        seller: SellerId,
        seen: &FeedPosition,
        acked: Option<&OpsAcked>,
        limit: u32,
    ) -> Result<FeedRead, StoreError> {
        self.read_feed(seller, seen, acked, limit).await
    }

    async fn take_back(&self, seller: SellerId, form: &ReturnFeed, now_us: i64) -> Result<TakenBack, StoreError> {
        self.take_entries_back(seller, form, now_us).await
    }

    async fn apply_kept(&self, now_us: i64) -> Result<u32, StoreError> {
        self.apply_kept_ops(now_us).await
    }

    async fn append_feed(&self, seller: SellerId, event: FeedEvent, now_us: i64) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let seq = feed::append(&mut tx, seller, &event, now_us).await?;
        tx.commit().await?;
        Ok(seq)
    }
}

/// True of an op that a device has an answer to, of this platform before it was put back. What is answered is kept for good.
pub(super) async fn is_lost(tx: &mut Tx, seller: SellerId, acked: Option<OpId>) -> Result<bool, StoreError> {
    let Some(op_id) = acked else { return Ok(false) };
    let is_here: bool = query_scalar("SELECT EXISTS (SELECT 1 FROM ops WHERE seller_id = ? AND op_id = ?)")
        .bind(seller.0)
        .bind(op_id.0)
        .fetch_one(&mut **tx)
        .await?;
    Ok(!is_here)
}

enum Decision {
    Known(OpResult),
    Apply,
    Stop(OpsStop),
}

/// Where a device stands.
struct Cursor {
    seller: SellerId,
    device: DeviceId,
    epoch: u32,
    last_seq: u64,
    /// None: a device from before signatures.
    key: Option<DeviceKey>,
    is_revoked: bool,
}

impl Cursor {
    async fn load(tx: &mut Tx, seller: SellerId, device: DeviceId) -> Result<Option<Self>, StoreError> {
        type Row = (u32, i64, Option<Vec<u8>>, Option<i64>);
        let row: Option<Row> = query_as(
            "SELECT epoch, last_seq, public_key, revoked_us FROM devices WHERE seller_id = ? AND device_id = ?",
        )
        .bind(seller.0)
        .bind(device.0)
        .fetch_optional(&mut **tx)
        .await?;
        let Some((epoch, last_seq, key, revoked_us)) = row else { return Ok(None) };
        let read = |bytes: Vec<u8>| DeviceKey::from_bytes(&bytes).ok_or("no Ed25519 key");
        let key = read_back("device key", key.map(read).transpose())?;
        Ok(Some(Self { seller, device, epoch, last_seq: to_u64(last_seq), key, is_revoked: revoked_us.is_some() }))
    }

    /// True: whoever holds the device's key sent this under its present epoch, or it has no key. What was sent under another
    /// epoch moves nothing, so it needs no proof: it is known or fenced.
    fn is_proven(&self, op: &OpEnvelope) -> bool {
        let is_own = op.device_id == self.device && op.epoch == self.epoch;
        !is_own || self.key.as_ref().is_none_or(|key| key.signed(self.seller, op))
    }

    /// The rules, in their order: signature, known op, epoch, fork, gap.
    async fn decide(&self, tx: &mut Tx, op: &OpEnvelope) -> Result<Decision, StoreError> {
        let hash = Sha256::digest(op.payload.as_bytes());
        if !op.hash.eq_ignore_ascii_case(&hex::encode(hash)) {
            return Ok(Decision::Stop(OpsStop::BadHash));
        }
        if !self.is_proven(op) {
            return Ok(Decision::Stop(OpsStop::BadSignature));
        }
        let known: Option<(Vec<u8>, String)> =
            query_as("SELECT hash, result FROM ops WHERE seller_id = ? AND op_id = ?")
                .bind(self.seller.0)
                .bind(op.op_id.0)
                .fetch_optional(&mut **tx)
                .await?;
        if let Some((before, result)) = known {
            if before.as_slice() != hash.as_slice() {
                return Ok(Decision::Stop(OpsStop::OtherPayload));
            }
            return Ok(Decision::Known(read_back("op result", serde_json::from_str(&result))?));
        }
        Ok(match op.seq {
            _ if op.device_id != self.device => Decision::Stop(OpsStop::UnknownDevice),
            _ if op.epoch != self.epoch => Decision::Stop(OpsStop::Fenced),
            seq if seq <= self.last_seq => Decision::Stop(OpsStop::Fork),
            seq if seq > self.last_seq + 1 => Decision::Stop(OpsStop::Gap),
            _ => Decision::Apply,
        })
    }

    async fn advance(
        &mut self,
        tx: &mut Tx,
        op: &OpEnvelope,
        result: &OpResult,
        now_us: i64,
    ) -> Result<(), StoreError> {
        let place = Place { epoch: self.epoch, seq: op.seq };
        record(tx, self.seller, op, place, result, now_us).await?;
        self.move_to(tx, op.seq).await
    }

    /// An op that is known from another numbering uses up its number in this one.
    async fn count(&mut self, tx: &mut Tx, op: &OpEnvelope) -> Result<(), StoreError> {
        let is_next = op.device_id == self.device && op.epoch == self.epoch && op.seq == self.last_seq + 1;
        if is_next { self.move_to(tx, op.seq).await } else { Ok(()) }
    }

    async fn move_to(&mut self, tx: &mut Tx, seq: u64) -> Result<(), StoreError> {
        query("UPDATE devices SET last_seq = ? WHERE seller_id = ? AND device_id = ?")
            .bind(to_i64(seq))
            .bind(self.seller.0)
            .bind(self.device.0)
            .execute(&mut **tx)
            .await?;
        self.last_seq = seq;
        Ok(())
    }

    async fn mark_fork(&self, tx: &mut Tx) -> Result<(), StoreError> {
        query("UPDATE devices SET forked = 1 WHERE seller_id = ? AND device_id = ?")
            .bind(self.seller.0)
            .bind(self.device.0)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}

/// Where an op stands among those of its device.
pub(super) struct Place {
    pub epoch: u32,
    pub seq: u64,
}

/// Stores an op's result, so that it is answered the same ever after.
pub(super) async fn record(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    place: Place,
    result: &OpResult,
    now_us: i64,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO ops (seller_id, op_id, device_id, epoch, seq, hash, result, applied_us)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(seller.0)
    .bind(op.op_id.0)
    .bind(op.device_id.0)
    .bind(place.epoch)
    .bind(to_i64(place.seq))
    .bind(Sha256::digest(op.payload.as_bytes()).as_slice())
    .bind(read_back("op result", serde_json::to_string(result))?)
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The seller's other devices hear of what was applied. Not of what was refused, and of what is kept when it is applied. Of
/// edits they have heard already: what came of them is more than what was sent.
pub(super) async fn tell(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    result: &OpResult,
    now_us: i64,
) -> Result<(), StoreError> {
    if *result == OpResult::Applied && !op.is_edit() && is_news(tx, seller, op).await? {
        feed::append(tx, seller, &FeedEvent::Op { op: op.clone() }, now_us).await?;
    }
    Ok(())
}

/// False of a step that another device had told before, and others have followed: whoever reads it in its turn would take the order
/// back to where it leads.
pub(super) async fn is_news(tx: &mut Tx, seller: SellerId, op: &OpEnvelope) -> Result<bool, StoreError> {
    let Read::Known(OpPayload::OrderMoved { moved }) = op.read() else { return Ok(true) };
    let order = orders::find(tx, seller, moved.order_id).await?;
    Ok(order.is_none_or(|order| order.state == moved.event.leads_to()))
}

/// Does what the op says, or stores why it can't be done: a poison op never blocks those behind it.
pub(super) async fn effect(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<OpResult, StoreError> {
    let payload = match op.read() {
        Read::Known(payload) => payload,
        Read::Newer => {
            kept::keep(tx, seller, op, now_us).await?;
            return Ok(OpResult::Kept);
        }
        Read::Bad(why) => return Ok(refusal::unreadable(&why)),
    };
    match payload {
        OpPayload::StockMoved { movement, .. } if let Err(why) = movement.check() => Ok(refusal::movement(&why)),
        OpPayload::StockMoved { movement, rights } => {
            let of = Holder { seller, device: op.device_id };
            let is_possible =
                rights == 0 || rights.signum() == movement.delta.signum() && rights.abs() <= movement.delta.abs();
            if !is_possible {
                let why =
                    format!("{rights} of {} pieces of \"{}\" can't be the device's own", movement.delta, movement.sku);
                return Ok(OpResult::rejected(why));
            }
            if till::is_beyond(tx, seller, &movement).await? {
                return Ok(refusal::beyond_returned(&movement));
            }
            let is_current = rights != 0 && rights::is_current(tx, of, op.epoch).await?;
            let share = Share { device: op.device_id, rights: if is_current { rights } else { 0 } };
            let level = stock::move_goods(tx, seller, &movement, Some(share), now_us).await?;
            news.extend(level.map(|level| level.news(&movement.sku)));
            Ok(OpResult::Applied)
        }
        OpPayload::VenueSale { order, mut rights } => {
            if !rights.is_empty() && !rights::is_current(tx, Holder { seller, device: op.device_id }, op.epoch).await? {
                rights.clear();
            }
            venue_sale(tx, Holder { seller, device: op.device_id }, (&order, &rights), now_us, news).await
        }
        OpPayload::RightsAsked { .. } if !rights::is_open(tx, seller).await? => {
            // What is in the pool is not known yet.
            kept::keep(tx, seller, op, now_us).await?;
            Ok(OpResult::Kept)
        }
        OpPayload::RightsAsked { mut lines } => {
            let of = Holder { seller, device: op.device_id };
            // One that waited for the pool may be of an epoch that is over, that of a lost device say: it is told that it gets nothing.
            if !rights::is_current(tx, of, op.epoch).await? {
                lines.clear();
            }
            rights::grant(tx, of, op.op_id, &lines, now_us, news).await?;
            Ok(OpResult::Applied)
        }
        OpPayload::RightsReturned { lines } => {
            rights::give_back(tx, Holder { seller, device: op.device_id }, &lines, now_us, news).await?;
            Ok(OpResult::Applied)
        }
        OpPayload::RightsStated { lines, read_seq, counted, challenge } => {
            let stated = Stated { lines: &lines, read_seq, counted: &counted, challenge };
            rights::state(tx, Holder { seller, device: op.device_id }, &stated, now_us, news).await?;
            Ok(OpResult::Applied)
        }
        // What is sold elsewhere takes nobody's rights.
        OpPayload::ChannelSale { sale } => {
            venue_sale(tx, Holder { seller, device: op.device_id }, (&sale.order, &[]), now_us, news).await
        }
        OpPayload::OrderMoved { moved } => fulfilment::move_order(tx, seller, op, &moved, now_us).await,
        OpPayload::ProductEdited { edits } => edits::apply(tx, seller, op, edits, now_us).await,
        OpPayload::PaymentMatched { found } => till::match_payment(tx, seller, op, &found, now_us).await,
        OpPayload::SaleReturned { back, mut rights } => {
            // One that waited for its sale may be of an epoch that is over: what the device had in it went to the pool.
            if !rights.is_empty() && !rights::is_current(tx, Holder { seller, device: op.device_id }, op.epoch).await? {
                rights.clear();
            }
            till::take_back(tx, seller, op, (&back, &rights), now_us, news).await
        }
        OpPayload::TillClosed { book } => till::keep_book(tx, seller, op, &book, now_us).await,
        OpPayload::ClaimAnswered { answer } => claims::answer(tx, seller, &answer, now_us, news).await,
        OpPayload::OfferPut { offer } => offers::put(tx, seller, &offer).await,
        OpPayload::OfferEnded { offer_id } => offers::end(tx, seller, op, offer_id, now_us).await,
    }
}

/// A sale that happened is a fact. Told twice under two op ids it still sold once; told in two versions, the first stays.
async fn venue_sale(
    tx: &mut Tx,
    Holder { seller, device }: Holder,
    (order, rights): (&Order, &[RightsLine]),
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<OpResult, StoreError> {
    let mut sold = BTreeMap::new();
    for line in &order.lines {
        *sold.entry(&line.sku).or_insert(0_i64) += i64::from(line.qty);
    }
    if let Some((sku, qty)) = sold.iter().find(|(_, qty)| **qty > MOVE_MAX) {
        return Ok(refusal::sale_too_large(sku, *qty));
    }
    if !orders::insert(tx, seller, order).await? {
        let same = orders::find(tx, seller, order.id).await?.is_some_and(|before| before.lines == order.lines);
        if same {
            // Another device told it first; this one has spent its rights for it as well.
            rights::give_back(tx, Holder { seller, device }, rights, now_us, news).await?;
        }
        return Ok(if same { OpResult::Applied } else { refusal::sold_otherwise(order) });
    }
    for (sku, qty) in sold {
        let (sku, order_id) = (sku.clone(), Some(order.id));
        let movement = StockMovement { sku, delta: -qty, reason: MovementReason::Sold, order_id };
        let covered =
            rights.iter().filter(|line| line.sku == movement.sku).map(|line| i64::from(line.pieces)).sum::<i64>();
        let share = Share { device, rights: -covered.min(qty) };
        let level = stock::move_goods(tx, seller, &movement, Some(share), now_us).await?;
        news.extend(level.map(|level| level.news(&movement.sku)));
    }
    Ok(OpResult::Applied)
}
