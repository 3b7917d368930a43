//! Buying: what is reserved, and by whom. Paying for it is `payments`.

use super::{catalogue::tell_stock, claims, offers};
use crate::{
    error::ApiError,
    state::{App, sha256},
};
use axum::http::StatusCode;
use hawker_domain::{ReservationId, ShowId, offer::Coupon};
use hawker_wire::{
    ErrorCode,
    viewer::{Reservation, Reserve, ReserveLine},
};
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// Most different products in one reservation.
const MAX_LINES: usize = 20;
/// Most pieces of one product.
const MAX_QTY: u32 = 99;

/// Holds goods. The price is the platform's. `viewer`: the page's token, where it sent one.
pub async fn reserve(
    app: &App,
    show: ShowId,
    viewer: Option<&str>,
    key: String,
    form: Reserve,
) -> Result<Reservation, ApiError> {
    let now_us = app.now_us();
    let new = crate::db::NewReservation {
        reservation_id: ReservationId(app.new_id()),
        show,
        idem_key: key,
        body_hash: body_hash(&form)?,
        lines: summed(&form.lines)?,
        at: form.at,
        viewer: viewer.map(|token| claims::viewer_id(show, token)),
        shipping: None,
        coupon: coupon(form.coupon.as_deref())?,
        payer_page: form.viewer.as_deref().map(payer_page).transpose()?,
        now_us,
        expires_us: now_us + app.hold_us,
    };
    let held = app.store.reserve(new).await?;
    tell_stock(app, held.seller, &held.stock);
    if held.offers_moved {
        offers::tell(app, held.seller).await;
    }
    app.bus.ring(held.seller);
    Ok(Reservation {
        reservation_id: held.reservation_id,
        secret: secret(app, held.reservation_id),
        total: held.total,
        expires_in_ms: (held.expires_us - now_us).max(0).unsigned_abs() / 1_000,
    })
}

/// Only who reserved may pay, and ask about it. Errors: `Forbidden`.
pub(super) fn check_secret(app: &App, reservation: ReservationId, given: &str) -> Result<(), ApiError> {
    if bool::from(secret(app, reservation).as_bytes().ct_eq(given.as_bytes())) {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, "this is not your reservation"))
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

/// A code as it is kept; none where nothing was typed.
fn coupon(typed: Option<&str>) -> Result<Option<Coupon>, ApiError> {
    let typed = typed.map(str::trim).filter(|typed| !typed.is_empty());
    typed.map(Coupon::new).transpose().map_err(|error| ApiError::bad_input(error.to_string()))
}

/// Kept as a hash: nothing but the page itself needs to know its name for who buys.
fn payer_page(name: &str) -> Result<[u8; 32], ApiError> {
    if !(16..=64).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ApiError::bad_input("\"viewer\" must have 16 to 64 visible ASCII characters"));
    }
    Ok(sha256(name.as_bytes()))
}

/// Derived rather than stored: a repeated request gets the same one. Both inputs have a fixed length, so that nothing
/// can be appended to the hash.
pub(super) fn secret(app: &App, reservation: ReservationId) -> String {
    let label: [u8; 16] = *b"hawker reserve 1";
    hex::encode(sha256(&[&app.secret[..], &label, reservation.0.as_bytes()].concat()))
}

pub(super) fn body_hash(form: &impl serde::Serialize) -> Result<[u8; 32], ApiError> {
    let body = serde_json::to_vec(form).map_err(|error| ApiError::internal(&error))?;
    Ok(sha256(&body))
}
