//! Payments: the intent before the charge, and whatever is heard of it afterwards, each in one transaction.
//!
//! The release of reservations takes the same seller's lock, so a payment never begins on goods that just went back, and goods
//! never go back under a payment that is not decided.

use super::{
    PostgresStore, Tx, money_tasks, offer_limits,
    orders::{self, Sale},
    read_back, to_i64,
};
use crate::{
    clock::SECOND_US,
    db::{
        Begun, Heard, Intent, MoneyTask, News, PayError, Payment, PaymentStore, RefundError, Settled, StoreError,
        shared::payments::{REFUSALS_MAX, Row, payment, reason},
    },
    payment::{PaymentEvent, PaymentState, Told},
};
use async_trait::async_trait;
use hawker_domain::{
    Money, OrderId, ReservationId, SellerId,
    person::{Address, PersonName, Phone},
};
use hawker_wire::{feed::MoneyWhy, viewer::Decline};
use sqlx::{Executor, Postgres, query, query_as, query_scalar};
use std::time::Instant;
use uuid::Uuid;

#[async_trait]
impl PaymentStore for PostgresStore {
    async fn begin_payment(&self, intent: Intent) -> Result<Begun, PayError> {
        let reservation = intent.reservation_id;
        let seller =
            self.seller_of("SELECT seller_id FROM reservations WHERE reservation_id = $1", reservation.0).await?;
        let seller = seller.ok_or(PayError::NoReservation)?;
        let waiting = Instant::now();
        let mut tx = self.begin_for(seller).await?;
        // Where a crowd pays, the wait for one's turn is longer than that for the provider: counted from before, the charge would be taken
        // for one that never arrived and be called off while it is made.
        let asked_us = intent.now_us + to_i64(waiting.elapsed().as_secs()) * SECOND_US;
        let begun = begin(&mut tx, seller, &intent, asked_us).await;
        if matches!(begun, Ok(_) | Err(PayError::OverLimit { .. })) {
            tx.commit().await.map_err(StoreError::from)?;
        }
        begun
    }

    async fn payment_of(&self, reservation: ReservationId) -> Result<Option<Payment>, StoreError> {
        newest(&self.read, reservation).await
    }

    async fn settle(&self, order: OrderId, news: News, now_us: i64) -> Result<Option<Settled>, StoreError> {
        let Some(seller) = self.seller_paid(order).await? else { return Ok(None) };
        let mut tx = self.begin_for(seller).await?;
        let settled = follow(&mut tx, order, news, now_us).await?;
        tx.commit().await?;
        Ok(settled)
    }

    async fn settle_by_event(
        &self,
        event_id: &str,
        order: OrderId,
        told: Told,
        now_us: i64,
    ) -> Result<Heard, StoreError> {
        let seller = self.seller_paid(order).await?;
        let mut tx = match seller {
            Some(seller) => self.begin_for(seller).await?,
            None => self.begin().await?,
        };
        // Told to two replicas at once, the second waits here until the first stands.
        let kept =
            query("INSERT INTO payment_events (event_id, order_id, at_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                .bind(event_id)
                .bind(order.0)
                .bind(now_us)
                .execute(&mut *tx)
                .await?;
        if kept.rows_affected() == 0 {
            return Ok(Heard::Again);
        }
        let settled = if seller.is_some() { follow(&mut tx, order, News::Told(told), now_us).await? } else { None };
        if settled.is_none() && told == Told::Captured {
            money_tasks::add_unknown(&mut tx, order, now_us).await?;
        }
        tx.commit().await?;
        Ok(settled.map_or(Heard::Unknown, Heard::Settled))
    }

    async fn payments_to_check(&self, before_us: i64, now_us: i64, limit: u32) -> Result<Vec<Payment>, StoreError> {
        let mut tx = self.begin().await?;
        // What somebody else has in hand just now is decided there, or asked about by the other replica.
        let rows: Vec<Row> = query_as(
            "UPDATE payments SET asked_us = $2 WHERE order_id IN (
                 SELECT order_id FROM payments WHERE state IN ('intended', 'pending', 'unknown', 'refunding')
                     AND asked_us <= $1 AND refunds_refused < $4 ORDER BY asked_us LIMIT $3
                     FOR UPDATE SKIP LOCKED)
             RETURNING order_id, seller_id, state, why, amount_minor, currency, created_us",
        )
        .bind(before_us)
        .bind(now_us)
        .bind(i64::from(limit))
        .bind(REFUSALS_MAX)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.into_iter().map(payment).collect()
    }

    async fn begin_refund(&self, seller: SellerId, order: OrderId) -> Result<Payment, RefundError> {
        let mut tx = self.begin_for(seller).await?;
        let payment = give_back(&mut tx, seller, order).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(payment)
    }

    async fn money_tasks(&self, of: Option<SellerId>, limit: u32) -> Result<Vec<MoneyTask>, StoreError> {
        self.read_money_tasks(of, limit).await
    }

    async fn forget_payment_events(&self, before_us: i64) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let done = query("DELETE FROM payment_events WHERE at_us < $1").bind(before_us).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

impl PostgresStore {
    /// Whom an order is paid to; none where there is no such payment.
    async fn seller_paid(&self, order: OrderId) -> Result<Option<SellerId>, StoreError> {
        self.seller_of("SELECT seller_id FROM payments WHERE order_id = $1", order.0).await
    }
}

/// Marks a captured payment of this seller as one that has to go back; the next round of the check asks the provider.
/// For whoever cancels the order in the same transaction.
pub(super) async fn give_back(tx: &mut Tx, seller: SellerId, order: OrderId) -> Result<Payment, RefundError> {
    let mut payment =
        find(tx, order).await?.filter(|payment| payment.seller == seller).ok_or(RefundError::NoPayment)?;
    let to = payment.state.on(PaymentEvent::Refund)?;
    if to != payment.state {
        write(tx, order, to, None).await?;
        payment.state = to;
    }
    Ok(payment)
}

type HeldRow = (String, i64, String, i64, Option<String>, Option<Vec<u8>>);

/// `asked_us`: when the provider is about to be asked.
async fn begin(tx: &mut Tx, seller: SellerId, intent: &Intent, asked_us: i64) -> Result<Begun, PayError> {
    let row: Option<HeldRow> = query_as(
        "SELECT state, total_minor, currency, expires_us, pay_key, pay_hash
         FROM reservations WHERE reservation_id = $1 AND seller_id = $2",
    )
    .bind(intent.reservation_id.0)
    .bind(seller.0)
    .fetch_optional(&mut **tx)
    .await
    .map_err(StoreError::from)?;
    let (state, minor, currency, expires_us, pay_key, pay_hash) = row.ok_or(PayError::NoReservation)?;
    let same_key = pay_key.as_deref() == Some(intent.key.as_str());
    if same_key && pay_hash.as_deref() != Some(&intent.body_hash[..]) {
        return Err(PayError::KeyReused);
    }
    let held = state == "held";
    if let Some(known) = newest(&mut **tx, intent.reservation_id).await? {
        match known.state {
            PaymentState::Declined => {}
            // It came for what had been let go; goods that are held again may be paid.
            PaymentState::Refunding | PaymentState::Refunded if held => {}
            _ => return Ok(Begun::Known(known)),
        }
    }
    if !held || expires_us <= intent.now_us {
        return Err(PayError::Expired);
    }
    offer_limits::check_payer(tx, seller, intent).await?;
    let amount = Money::new(minor, read_back("currency", currency.parse())?);
    insert(tx, seller, intent, amount, asked_us).await?;
    query("UPDATE reservations SET pay_key = $1, pay_hash = $2 WHERE reservation_id = $3")
        .bind(&intent.key)
        .bind(&intent.body_hash[..])
        .bind(intent.reservation_id.0)
        .execute(&mut **tx)
        .await
        .map_err(StoreError::from)?;
    Ok(Begun::Charge(amount))
}

async fn insert(
    tx: &mut Tx,
    seller: SellerId,
    intent: &Intent,
    amount: Money,
    asked_us: i64,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO payments (order_id, reservation_id, seller_id, state, amount_minor, currency, name, phone, address,
             created_us, asked_us) VALUES ($1, $2, $3, 'intended', $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(intent.order_id.0)
    .bind(intent.reservation_id.0)
    .bind(seller.0)
    .bind(amount.minor)
    .bind(amount.currency.as_str())
    .bind(intent.name.reveal())
    .bind(intent.phone.reveal())
    .bind(intent.address.reveal())
    .bind(intent.now_us)
    .bind(asked_us)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The one place where news changes a payment.
async fn follow(tx: &mut Tx, order: OrderId, news: News, now_us: i64) -> Result<Option<Settled>, StoreError> {
    let Some(mut payment) = find(tx, order).await? else { return Ok(None) };
    let (event, why) = match news {
        News::RefundRefused => {
            refund_refused(tx, &payment, now_us).await?;
            return Ok(Some(Settled { payment, changed: false, order: None }));
        }
        News::NoAnswer => (PaymentEvent::NoAnswer, None),
        News::GivenBack => (PaymentEvent::Refunded, None),
        News::Told(Told::Pending) => (PaymentEvent::Pending, None),
        News::Told(Told::Declined { why }) => (PaymentEvent::Declined, Some(why)),
        News::Told(Told::Captured) if held(tx, order).await? => (PaymentEvent::Captured, None),
        News::Told(Told::Captured) => (PaymentEvent::CapturedInVain, None),
    };
    let to = read_back("payment", payment.state.on(event))?;
    if to == payment.state {
        return Ok(Some(Settled { payment, changed: false, order: None }));
    }
    let sold = match to {
        PaymentState::Captured => {
            let sale = sale(tx, &payment, now_us).await?;
            Some(orders::sell(tx, &sale).await?)
        }
        PaymentState::Declined => {
            free_key(tx, order).await?;
            None
        }
        _ => None,
    };
    write(tx, order, to, why).await?;
    (payment.state, payment.why) = (to, why);
    Ok(Some(Settled { payment, changed: true, order: sold }))
}

/// Counts that the provider did not give it back; after the last try it is a person's.
async fn refund_refused(tx: &mut Tx, payment: &Payment, now_us: i64) -> Result<(), StoreError> {
    let refused: Option<i64> = query_scalar(
        "UPDATE payments SET refunds_refused = refunds_refused + 1 WHERE order_id = $1 AND state = 'refunding'
         RETURNING refunds_refused",
    )
    .bind(payment.order_id.0)
    .fetch_optional(&mut **tx)
    .await?;
    if refused.is_some_and(|refused| refused >= REFUSALS_MAX) {
        money_tasks::add(tx, payment.seller, payment.order_id, MoneyWhy::RefundRefused, now_us).await?;
    }
    Ok(())
}

/// Whether the goods of this payment are still there for it.
async fn held(tx: &mut Tx, order: OrderId) -> Result<bool, StoreError> {
    let count: i64 = query_scalar(
        "SELECT count(*) FROM payments JOIN reservations r USING (reservation_id)
         WHERE payments.order_id = $1 AND r.state = 'held'",
    )
    .bind(order.0)
    .fetch_one(&mut **tx)
    .await?;
    Ok(count > 0)
}

/// Whether a payment of a reservation is on its way.
pub(super) async fn is_open(tx: &mut Tx, reservation: ReservationId) -> Result<bool, StoreError> {
    let open: Option<Payment> = newest(&mut **tx, reservation).await?;
    Ok(open.is_some_and(|payment| payment.state.is_open()))
}

async fn sale(tx: &mut Tx, payment: &Payment, now_us: i64) -> Result<Sale, StoreError> {
    let (reservation, name, phone, address): (Uuid, String, String, String) =
        query_as("SELECT reservation_id, name, phone, address FROM payments WHERE order_id = $1")
            .bind(payment.order_id.0)
            .fetch_one(&mut **tx)
            .await?;
    Ok(Sale {
        seller: payment.seller,
        reservation_id: ReservationId(reservation),
        order_id: payment.order_id,
        name: PersonName::new(name),
        phone: Phone::new(phone),
        address: Address::new(address),
        now_us,
    })
}

/// The buyer may try another card, with the same key as well.
async fn free_key(tx: &mut Tx, order: OrderId) -> Result<(), StoreError> {
    query(
        "UPDATE reservations SET pay_key = NULL, pay_hash = NULL WHERE state = 'held'
             AND reservation_id = (SELECT reservation_id FROM payments WHERE order_id = $1)",
    )
    .bind(order.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Money that has to go back is due at once; who pays is nobody's business once that is decided.
async fn write(tx: &mut Tx, order: OrderId, to: PaymentState, why: Option<Decline>) -> Result<(), StoreError> {
    query(
        "UPDATE payments SET state = $2, why = $3, asked_us = CASE WHEN $2 = 'refunding' THEN 0 ELSE asked_us END,
             name = CASE WHEN $4 THEN name ELSE '' END, phone = CASE WHEN $4 THEN phone ELSE '' END,
             address = CASE WHEN $4 THEN address ELSE '' END WHERE order_id = $1",
    )
    .bind(order.0)
    .bind(to.as_str())
    .bind(why.map(reason))
    .bind(to.is_open())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn find(tx: &mut Tx, order: OrderId) -> Result<Option<Payment>, StoreError> {
    let row: Option<Row> = query_as(
        "SELECT order_id, seller_id, state, why, amount_minor, currency, created_us FROM payments WHERE order_id = $1",
    )
    .bind(order.0)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(payment).transpose()
}

/// An open or captured one before all others; there is one at most.
async fn newest<'e>(
    from: impl Executor<'e, Database = Postgres>,
    reservation: ReservationId,
) -> Result<Option<Payment>, StoreError> {
    let row: Option<Row> = query_as(
        "SELECT order_id, seller_id, state, why, amount_minor, currency, created_us FROM payments
         WHERE reservation_id = $1
         ORDER BY state IN ('intended', 'pending', 'unknown', 'captured') DESC, created_us DESC, order_id DESC LIMIT 1",
    )
    .bind(reservation.0)
    .fetch_optional(from)
    .await?;
    row.map(payment).transpose()
}

#[cfg(all(test, unix))]
mod tests;
