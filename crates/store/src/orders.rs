//! Orders: sold at the venue (ours to report) or paid on the platform (told by the feed).

use crate::{
    Store, StoreError,
    error::unreadable,
    outbox, rights,
    stock::{append, enum_of, enum_text, sku_of},
    till::{payment_from, payment_of, write_entry, write_payment},
};
use hawker_domain::{
    Money, OpId, OrderId, ShowMs, Sku,
    order::{Order, OrderLine, OrderSource},
    stock::{MovementReason, StockMovement},
    till::{DRAWER_MAX, DrawerEntry, DrawerKind, PaymentTaken, PriceOverride},
};
use hawker_wire::ops::OpPayload;
use sqlx::{AssertSqlSafe, Row, SqliteConnection, sqlite::SqliteRow};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

impl Store {
    /// Records a sale made by hand: order, stock, the line in the till's book and the op that reports it, in one transaction. The
    /// same order again changes nothing. Missing stock does not refuse it, since the goods are gone: the level shows a
    /// shortfall. Errors: no lines or an empty one, a payment of another sum ([`StoreError::BadInput`]), another order under this
    /// id ([`StoreError::Conflict`]).
    pub async fn record_venue_sale(&self, order: &Order) -> Result<(), StoreError> {
        check(order)?;
        let mut tx = self.begin().await?;
        if let Some(known) = read(&mut tx, order.id).await? {
            return if known == *order {
                Ok(())
            } else {
                Err(StoreError::Conflict(format!("order {} was recorded before with other contents", order.id)))
            };
        }
        let op_id = record(&mut tx, order, self.clock.now_us()).await?;
        tx.commit().await?;
        tracing::info!(order.id = %order.id, op.id = %op_id, "a sale waits for the platform");
        self.ops_waiting.notify_one();
        Ok(())
    }

    /// One order. Errors: [`StoreError::NotFound`].
    pub async fn order(&self, id: OrderId) -> Result<Order, StoreError> {
        let found = read(&mut *self.reader.acquire().await?, id).await?;
        found.ok_or_else(|| StoreError::NotFound(format!("order {id}")))
    }

    /// The newest orders, newest first.
    pub async fn orders(&self, limit: u32) -> Result<Vec<Order>, StoreError> {
        self.read_all("ORDER BY placed_at_us DESC, id DESC LIMIT ?", limit).await
    }

    /// Orders whose id ends in these hexadecimal digits, at most `limit`.
    pub async fn orders_ending_in(&self, digits: &str, limit: u32) -> Result<Vec<OrderId>, StoreError> {
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> =
            sqlx::query_scalar("SELECT id FROM sale_order WHERE hex(id) LIKE '%' || ? ORDER BY id DESC LIMIT ?")
                .bind(digits)
                .bind(limit)
                .fetch_all(&self.reader)
                .await?;
        Ok(ids.into_iter().map(OrderId).collect())
    }

    /// What is paid and not yet shipped, the newest first. What was sold at the table went with its buyer; whom an order of another
    /// platform goes to, that platform alone knows.
    pub async fn orders_to_pack(&self) -> Result<Vec<Order>, StoreError> {
        // As the index has it.
        let which = "WHERE state IN ('paid', 'packed') AND source <> 'venue' AND source <> 'channel'
             ORDER BY placed_at_us DESC, id DESC LIMIT ?";
        self.read_all(which, u32::MAX).await
    }

    /// The orders that `which` names, in its order, at most `limit`: three statements, however many they are.
    async fn read_all(&self, which: &'static str, limit: u32) -> Result<Vec<Order>, StoreError> {
        // At one moment.
        let mut tx = self.reader.begin().await?;
        let of_orders = format!("SELECT * FROM sale_order {which}");
        let rows = sqlx::query(AssertSqlSafe(of_orders)).bind(limit).fetch_all(&mut *tx).await?;
        let ids = format!("(SELECT id FROM sale_order {which})");
        let of_lines = format!("SELECT * FROM sale_order_line WHERE order_id IN {ids} ORDER BY order_id, position");
        let mut lines: HashMap<Uuid, Vec<OrderLine>> = HashMap::new();
        for row in sqlx::query(AssertSqlSafe(of_lines)).bind(limit).fetch_all(&mut *tx).await? {
            lines.entry(row.try_get("order_id")?).or_default().push(line_of(&row)?);
        }
        let of_payments = format!("SELECT * FROM sale_payment WHERE order_id IN {ids}");
        let mut payments: HashMap<Uuid, PaymentTaken> = HashMap::new();
        for row in sqlx::query(AssertSqlSafe(of_payments)).bind(limit).fetch_all(&mut *tx).await? {
            payments.insert(row.try_get("order_id")?, payment_from(&row)?);
        }
        let mut orders = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: Uuid = row.try_get("id")?;
            orders.push(order_from(row, lines.remove(&id).unwrap_or_default(), payments.remove(&id))?);
        }
        Ok(orders)
    }

    /// Orders in the store.
    pub async fn order_count(&self) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM sale_order").fetch_one(&self.reader).await?;
        Ok(count.unsigned_abs())
    }
}

/// Writes a sale of this device and its line in the till's book, spends its rights and enqueues the op that reports it, within the
/// caller's transaction.
pub(crate) async fn record(tx: &mut SqliteConnection, order: &Order, now_us: i64) -> Result<OpId, StoreError> {
    write(tx, order, now_us).await?;
    if let Some(payment) = &order.payment {
        let entry = DrawerEntry {
            kind: DrawerKind::Sale,
            tender: payment.tender,
            amount: payment.amount,
            note: String::new(),
            order_id: Some(order.id),
            at_us: order.placed_at_us,
        };
        write_entry(tx, &entry).await?;
    }
    let rights = rights::spend(tx, &sold(order)).await?;
    outbox::enqueue(tx, &OpPayload::VenueSale { order: order.clone(), rights }, now_us).await
}

/// Holds a sale to what can be sold, and to what the platform takes of one product.
pub(crate) fn check(order: &Order) -> Result<(), StoreError> {
    if order.lines.is_empty() || order.lines.iter().any(|line| line.qty == 0) {
        return Err(StoreError::BadInput(format!("order {} sells nothing; give each line a quantity", order.id)));
    }
    for (sku, qty) in sold(order) {
        let movement = StockMovement { sku: sku.clone(), delta: -qty, reason: MovementReason::Sold, order_id: None };
        movement.check().map_err(|why| StoreError::BadInput(why.to_string()))?;
    }
    check_payment(order)
}

/// A payment is of the whole order; nothing is sold for less than nothing.
fn check_payment(order: &Order) -> Result<(), StoreError> {
    if order.lines.iter().any(|line| line.unit_price.minor < 0) {
        return Err(StoreError::BadInput(format!("order {} has a price below zero; check its lines", order.id)));
    }
    // One slip of the finger would leave a book that no sum fits into, and so a till that can't be closed. What is put aside is
    // paid later.
    if order.source == OrderSource::Venue && order.total.minor > DRAWER_MAX {
        return Err(StoreError::BadInput(format!(
            "order {} costs {}, more than any till holds; check its prices",
            order.id, order.total
        )));
    }
    match &order.payment {
        Some(payment) if payment.amount != order.total => Err(StoreError::BadInput(format!(
            "order {} costs {} and {} were paid; take the whole sum",
            order.id, order.total, payment.amount
        ))),
        _ => Ok(()),
    }
}

/// Pieces of each product. Several lines may hold one SKU (two offers of it); the ledger gets their sum.
pub(crate) fn sold(order: &Order) -> BTreeMap<&Sku, i64> {
    let mut sold = BTreeMap::new();
    for line in &order.lines {
        *sold.entry(&line.sku).or_default() += i64::from(line.qty);
    }
    sold
}

/// True when the order is stored.
pub(crate) async fn is_known(tx: &mut SqliteConnection, id: OrderId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM sale_order WHERE id = ?").bind(id.0).fetch_one(tx).await?)
}

/// Writes a new order and takes its goods out of the stock, within the caller's transaction.
pub(crate) async fn write(tx: &mut SqliteConnection, order: &Order, now_us: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sale_order (id, source, state, show_id, at_ms, total_minor, currency, buyer, placed_at_us)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(order.id.0)
    .bind(enum_text(&order.source)?)
    .bind(enum_text(&order.state)?)
    .bind(order.show_id.map(|id| id.0))
    .bind(order.at.map(|at| i64::try_from(at.0).unwrap_or(i64::MAX)))
    .bind(order.total.minor)
    .bind(order.total.currency.as_str())
    .bind(&order.buyer)
    .bind(order.placed_at_us)
    .execute(&mut *tx)
    .await?;
    // Told by the platform while it is still put aside here, in an older copy of this store.
    sqlx::query("DELETE FROM promise WHERE order_id = ?").bind(order.id.0).execute(&mut *tx).await?;
    for (position, line) in (0_i64..).zip(&order.lines) {
        sqlx::query(
            "INSERT INTO sale_order_line (order_id, position, sku, title, qty, unit_minor, currency, shown_minor, price_reason)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(order.id.0)
        .bind(position)
        .bind(line.sku.as_str())
        .bind(&line.title)
        .bind(line.qty)
        .bind(line.unit_price.minor)
        .bind(line.unit_price.currency.as_str())
        .bind(line.price_override.as_ref().map(|instead| instead.shown.minor))
        .bind(line.price_override.as_ref().map(|instead| instead.reason.as_str()))
        .execute(&mut *tx)
        .await?;
    }
    if let Some(payment) = &order.payment {
        write_payment(tx, order.id, payment).await?;
    }
    for (sku, qty) in sold(order) {
        let movement =
            StockMovement { sku: sku.clone(), delta: -qty, reason: MovementReason::Sold, order_id: Some(order.id) };
        append(tx, &movement, order.placed_at_us.min(now_us)).await?;
    }
    Ok(())
}

pub(crate) async fn read(connection: &mut SqliteConnection, id: OrderId) -> Result<Option<Order>, StoreError> {
    let Some(row) =
        sqlx::query("SELECT * FROM sale_order WHERE id = ?").bind(id.0).fetch_optional(&mut *connection).await?
    else {
        return Ok(None);
    };
    let lines = sqlx::query("SELECT * FROM sale_order_line WHERE order_id = ? ORDER BY position")
        .bind(id.0)
        .fetch_all(&mut *connection)
        .await?;
    let lines = lines.iter().map(line_of).collect::<Result<_, _>>()?;
    let payment = payment_of(connection, id).await?;
    order_from(&row, lines, payment).map(Some)
}

fn order_from(row: &SqliteRow, lines: Vec<OrderLine>, payment: Option<PaymentTaken>) -> Result<Order, StoreError> {
    let at: Option<i64> = row.try_get("at_ms")?;
    Ok(Order {
        id: OrderId(row.try_get("id")?),
        source: enum_of(row.try_get("source")?)?,
        state: enum_of(row.try_get("state")?)?,
        show_id: row.try_get::<Option<Uuid>, _>("show_id")?.map(Into::into),
        at: at.map(|ms| ShowMs(ms.unsigned_abs())),
        lines,
        total: money_of(row, "total_minor")?,
        buyer: row.try_get("buyer")?,
        placed_at_us: row.try_get("placed_at_us")?,
        payment,
    })
}

fn line_of(row: &SqliteRow) -> Result<OrderLine, StoreError> {
    let unit_price = money_of(row, "unit_minor")?;
    let shown: Option<i64> = row.try_get("shown_minor")?;
    let reason: Option<String> = row.try_get("price_reason")?;
    Ok(OrderLine {
        sku: sku_of(row)?,
        title: row.try_get("title")?,
        qty: u32::try_from(row.try_get::<i64, _>("qty")?).map_err(|why| unreadable("quantity", why))?,
        unit_price,
        price_override: shown.map(|minor| PriceOverride {
            shown: Money::new(minor, unit_price.currency),
            reason: reason.unwrap_or_default(),
        }),
    })
}

/// The amount in column `minor`, in the currency of the same row.
pub(crate) fn money_of(row: &SqliteRow, minor: &str) -> Result<Money, StoreError> {
    let currency = row.try_get::<&str, _>("currency")?.parse().map_err(|why| unreadable("currency", why))?;
    Ok(Money::new(row.try_get(minor)?, currency))
}
