//! Buying: reserve, then pay.

use super::{catalogue::tell_stock, prose, text};
use crate::{
    clock::SECOND_US,
    db::{PayAttempt, PayClaim, PayError, Settlement},
    error::ApiError,
    payment::{Charge, ChargeError},
    state::{App, sha256},
};
use axum::http::StatusCode;
use hawker_domain::{
    OrderId, ReservationId, ShowId,
    person::{Address, PersonName, Phone},
};
use hawker_wire::{
    ErrorCode,
    viewer::{Pay, Receipt, Reservation, Reserve, ReserveLine},
};
use std::{collections::BTreeMap, sync::Arc};
use subtle::ConstantTimeEq;

/// Most different products in one reservation.
const MAX_LINES: usize = 20;
/// Most pieces of one product.
const MAX_QTY: u32 = 99;
/// A payment that took longer than this died on the way; the reservation may be paid again or runs out.
const PAYING_US: i64 = 60 * SECOND_US;

/// Holds goods. The price is the platform's.
pub async fn reserve(app: &App, show: ShowId, key: String, form: Reserve) -> Result<Reservation, ApiError> {
    let now_us = app.now_us();
    let new = crate::db::NewReservation {
        reservation_id: ReservationId(app.new_id()),
        show,
        idem_key: key,
        body_hash: body_hash(&form)?,
        lines: summed(&form.lines)?,
        at: form.at,
        now_us,
        expires_us: now_us + app.hold_us,
    };
    let held = app.store.reserve(new).await?;
    tell_stock(app, held.seller, &held.stock);
    app.bus.ring(held.seller);
    Ok(Reservation {
        reservation_id: held.reservation_id,
        secret: secret(app, held.reservation_id),
        total: held.total,
        expires_in_ms: (held.expires_us - now_us).max(0).unsigned_abs() / 1_000,
    })
}

/// Charges and makes the order. Runs to its end also when the buyer's connection is gone.
pub async fn pay(app: Arc<App>, reservation: ReservationId, key: String, form: Pay) -> Result<Receipt, ApiError> {
    if !bool::from(secret(&app, reservation).as_bytes().ct_eq(form.secret.as_bytes())) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, "this is not your reservation"));
    }
    let paid = tokio::spawn(async move { charge_and_settle(&app, reservation, key, form).await }).await;
    paid.map_err(|error| ApiError::internal(&error))?
}

async fn charge_and_settle(
    app: &App,
    reservation_id: ReservationId,
    key: String,
    form: Pay,
) -> Result<Receipt, ApiError> {
    let now_us = app.now_us();
    let settlement = Settlement {
        reservation_id,
        order_id: OrderId(app.new_id()),
        name: PersonName::new(text("name", &form.name, 1, 80)?),
        phone: Phone::new(text("phone", &form.phone, 0, 32)?),
        address: Address::new(prose("address", &form.address, 0, 300)?),
        now_us,
    };
    let attempt =
        PayAttempt { reservation_id, key, body_hash: body_hash(&form)?, now_us, until_us: now_us + PAYING_US };
    let amount = match app.store.claim_payment(attempt).await? {
        PayClaim::Paid(order_id, total) => return Ok(Receipt { order_id, total }),
        PayClaim::Charge(amount) => amount,
    };
    if let Err(error) = app.payments.charge(Charge { reservation_id, amount, card: &form.card }).await {
        app.store.give_up_payment(reservation_id).await?;
        return Err(refused(&error));
    }
    let (seller, order) = match app.store.settle(settlement).await {
        Ok(settled) => settled,
        Err(error) => return Err(undo(app, reservation_id, error).await),
    };
    tracing::info!(order.id = %order.id, seller.id = %seller, "an order was paid");
    app.bus.ring(seller);
    Ok(Receipt { order_id: order.id, total: order.total })
}

/// The goods went meanwhile: so must the charge. A failing database keeps the claim, and the same key pays again.
async fn undo(app: &App, reservation: ReservationId, error: PayError) -> ApiError {
    if matches!(error, PayError::Expired)
        && let Err(void) = app.payments.void(reservation).await
    {
        tracing::error!(reservation.id = %reservation, error = %void, "a charge without an order could not be voided");
    }
    error.into()
}

fn refused(error: &ChargeError) -> ApiError {
    let message = error.to_string();
    match error {
        ChargeError::NoCard => ApiError::bad_input(message),
        ChargeError::Refused => ApiError::new(StatusCode::PAYMENT_REQUIRED, ErrorCode::PaymentRefused, message)
            .hint("try another card while the goods are held"),
        ChargeError::Unreachable => ApiError::new(StatusCode::BAD_GATEWAY, ErrorCode::Unreachable, message),
    }
}

/// Lines summed per SKU.
fn summed(lines: &[ReserveLine]) -> Result<BTreeMap<hawker_domain::Sku, u32>, ApiError> {
    let mut sums = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(line.sku.clone()).or_insert(0_u32);
        *sum = sum.saturating_add(line.qty);
        if line.qty == 0 || *sum > MAX_QTY {
            return Err(ApiError::bad_input(format!("\"{}\": 1 to {MAX_QTY} pieces can be reserved", line.sku)));
        }
    }
    if sums.is_empty() || sums.len() > MAX_LINES {
        return Err(ApiError::bad_input(format!("a reservation has 1 to {MAX_LINES} products")));
    }
    Ok(sums)
}

/// Derived rather than stored: a repeated request gets the same one. Both inputs have a fixed length, so that nothing
/// can be appended to the hash.
fn secret(app: &App, reservation: ReservationId) -> String {
    let label: [u8; 16] = *b"hawker reserve 1";
    hex::encode(sha256(&[&app.secret[..], &label, reservation.0.as_bytes()].concat()))
}

fn body_hash(form: &impl serde::Serialize) -> Result<[u8; 32], ApiError> {
    let body = serde_json::to_vec(form).map_err(|error| ApiError::internal(&error))?;
    Ok(sha256(&body))
}
