//! From paid to delivered: the steps of an order, made here or told by the platform.

use crate::{
    Store, StoreError, orders, outbox,
    stock::{enum_of, enum_text, move_and_report},
    till::{pieces_back, returns_of, write_entry},
};
use hawker_domain::{
    OpId, OrderId,
    order::{Order, OrderEvent, OrderMove, OrderSource, OrderState},
    stock::{MovementReason, StockMovement},
    till::{DrawerEntry, DrawerKind, TenderKind},
};
use hawker_wire::ops::OpPayload;
use sqlx::SqliteConnection;

/// Whether a refund brings the goods back into the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoodsBack {
    Yes,
    No,
}

impl Store {
    /// Takes an order a step further: state, goods that come back with a refund, and the ops that report both, in one
    /// transaction. Returns the order as it is now. Errors: no such order, a step that its state does not allow
    /// ([`StoreError::Conflict`]) or that is not the seller's ([`StoreError::BadInput`]).
    pub async fn move_order(&self, moved: &OrderMove, goods: GoodsBack) -> Result<Order, StoreError> {
        let mut tx = self.begin().await?;
        let order = move_within(&mut tx, moved, goods, self.clock.now_us()).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(order)
    }

    /// What happened to an order since it was paid, in its order.
    pub async fn order_moves(&self, order_id: OrderId) -> Result<Vec<OrderMove>, StoreError> {
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT event, note, at_us FROM order_move WHERE order_id = ? ORDER BY row")
                .bind(order_id.0)
                .fetch_all(&self.reader)
                .await?;
        rows.into_iter()
            .map(|(event, note, at_us)| Ok(OrderMove { order_id, event: enum_of(&event)?, note, at_us }))
            .collect()
    }
}

/// What is left of the money of a sale at the table leaves the till by the way it came.
async fn give_back(tx: &mut SqliteConnection, order: &Order, moved: &OrderMove) -> Result<(), StoreError> {
    let mut amount = order.total;
    for back in returns_of(tx, order.id).await? {
        amount.minor = amount.minor.saturating_sub(back.amount.minor).max(0);
    }
    let entry = DrawerEntry {
        kind: DrawerKind::Returned,
        tender: order.payment.as_ref().map_or(TenderKind::Cash, |payment| payment.tender),
        amount,
        note: moved.note.clone(),
        order_id: Some(order.id),
        at_us: moved.at_us,
    };
    write_entry(tx, &entry).await
}

/// True when the order was refunded in one step.
pub(crate) async fn was_refunded(tx: &mut SqliteConnection, order_id: OrderId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM order_move WHERE order_id = ? AND event = ?")
        .bind(order_id.0)
        .bind(enum_text(&OrderEvent::Refund)?)
        .fetch_one(tx)
        .await?)
}

/// A step that is made here, within the caller's transaction.
pub(crate) async fn move_within(
    tx: &mut SqliteConnection,
    moved: &OrderMove,
    goods: GoodsBack,
    now_us: i64,
) -> Result<Order, StoreError> {
    moved.check().map_err(|why| StoreError::BadInput(why.to_string()))?;
    let found = orders::read(tx, moved.order_id).await?;
    let mut order = found.ok_or_else(|| StoreError::NotFound(format!("order {}", moved.order_id)))?;
    order.state = order.state.on(moved.event).map_err(|why| StoreError::Conflict(why.to_string()))?;
    if order.state == OrderState::Refunded && order.source == OrderSource::Venue {
        give_back(tx, &order, moved).await?;
    }
    step(tx, moved, order.state).await?;
    outbox::enqueue(tx, &OpPayload::OrderMoved { moved: moved.clone() }, now_us).await?;
    if order.state == OrderState::Refunded && goods == GoodsBack::Yes {
        let came_before = pieces_back(tx, &order).await?;
        for (sku, qty) in orders::sold(&order) {
            let delta = qty - came_before.get(sku).copied().unwrap_or_default();
            let (sku, reason) = (sku.clone(), MovementReason::Returned);
            let back = StockMovement { sku, delta, reason, order_id: Some(order.id) };
            if back.delta != 0 {
                move_and_report(tx, &back, now_us).await?;
            }
        }
    }
    Ok(order)
}

/// A step of another device. Of an order that is not here there is nothing to keep: the feed tells an order before its steps.
pub(crate) async fn told(tx: &mut SqliteConnection, op_id: OpId, moved: &OrderMove) -> Result<(), StoreError> {
    if orders::is_known(tx, moved.order_id).await? {
        note(tx, moved).await?;
        confirmed(tx, op_id, moved).await?;
    }
    Ok(())
}

/// A step that could not be read in its turn. It joins the history; the state stays where later steps have taken the order
/// beyond it.
pub(crate) async fn told_late(tx: &mut SqliteConnection, moved: &OrderMove) -> Result<(), StoreError> {
    let Some(order) = orders::read(tx, moved.order_id).await? else { return Ok(()) };
    note(tx, moved).await?;
    let state = moved.event.leads_to();
    if order.state.is_before(state) { set_state(tx, moved.order_id, state).await } else { Ok(()) }
}

/// The platform took a step, of this device or of another one. The feed has the order in which it took them, so the state is the one it leads
/// to, and then what this device has not been answered yet, as far as that is still possible.
pub(crate) async fn confirmed(tx: &mut SqliteConnection, op_id: OpId, moved: &OrderMove) -> Result<(), StoreError> {
    let waiting: Vec<String> = sqlx::query_scalar(
        "SELECT payload FROM outbox WHERE state = 'pending' AND op_id <> ? AND payload LIKE '%order_moved%' ORDER BY seq",
    )
    .bind(op_id.0)
    .fetch_all(&mut *tx)
    .await?;
    let own = waiting.iter().filter_map(|payload| match serde_json::from_str(payload) {
        Ok(OpPayload::OrderMoved { moved: own }) if own.order_id == moved.order_id => Some(own.event),
        _ => None,
    });
    let state = own.fold(moved.event.leads_to(), |state, event| state.on(event).unwrap_or(state));
    set_state(tx, moved.order_id, state).await
}

async fn step(tx: &mut SqliteConnection, moved: &OrderMove, state: OrderState) -> Result<(), StoreError> {
    set_state(tx, moved.order_id, state).await?;
    note(tx, moved).await
}

pub(crate) async fn set_state(
    tx: &mut SqliteConnection,
    order_id: OrderId,
    state: OrderState,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE sale_order SET state = ? WHERE id = ?")
        .bind(enum_text(&state)?)
        .bind(order_id.0)
        .execute(tx)
        .await?;
    Ok(())
}

async fn note(tx: &mut SqliteConnection, moved: &OrderMove) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO order_move (order_id, event, note, at_us) VALUES (?, ?, ?, ?)")
        .bind(moved.order_id.0)
        .bind(enum_text(&moved.event)?)
        .bind(&moved.note)
        .bind(moved.at_us)
        .execute(tx)
        .await?;
    Ok(())
}
