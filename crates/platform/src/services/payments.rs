//! Paying: the intent, the charge, and the one way in which whatever is heard of it is followed.
//!
//! A payment is heard of from three sides: the provider's direct answer, its webhooks, and its answer when it is asked by
//! [`check`]. All three end in the store's `settle`, which makes one order of one payment however often it is told.

use super::{claims, orders, prose, text};
use crate::{
    clock::{MINUTE_US, SECOND_US},
    db::{Begun, Heard, Intent, News, Payment, RefundError, Settled, StoreError},
    error::ApiError,
    payment::{Charge, PaymentState, ProviderError, Told, WebhookEvent, signature},
    state::App,
};
use axum::http::StatusCode;
use futures_util::{StreamExt, stream};
use hawker_domain::{
    OrderId, ReservationId, SellerId,
    person::{Address, PersonName, Phone},
};
use hawker_wire::{
    ErrorCode,
    viewer::{self, Decline, Pay, Receipt},
};
use std::{future::Future, sync::Arc};

/// A payment that is pending for so long is called off: the goods are wanted by others.
const PENDING_US: i64 = 15 * MINUTE_US;
/// Payments asked about in one round, and at once.
const CHECKED: u32 = 100;
const CHECKED_AT_ONCE: usize = 8;

/// Charges and makes the order. Runs to its end also when the buyer's connection is gone.
pub async fn pay(
    app: Arc<App>,
    reservation: ReservationId,
    key: String,
    form: Pay,
) -> Result<viewer::Payment, ApiError> {
    orders::check_secret(&app, reservation, &form.secret)?;
    let paid = tokio::spawn(async move { charge_and_settle(&app, reservation, key, form).await }).await;
    paid.map_err(|error| ApiError::internal(&error))?
}

/// What became of a reservation's payment.
pub async fn look(app: &App, reservation: ReservationId, secret: &str) -> Result<viewer::Payment, ApiError> {
    orders::check_secret(app, reservation, secret)?;
    let payment = app.store.payment_of(reservation).await?;
    let payment = payment.ok_or_else(|| ApiError::not_found("this reservation was not paid yet"))?;
    Ok(shown(&payment))
}

/// A provider tells by itself.
pub async fn heard(app: &App, signed: Option<&str>, body: &[u8]) -> Result<(), ApiError> {
    let now_us = app.now_us();
    signature::verify(&app.webhook_key, signed, body, now_us / SECOND_US).map_err(|error| {
        tracing::warn!(%error, "a webhook was refused");
        ApiError::new(StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized, error.to_string())
    })?;
    let event: WebhookEvent = serde_json::from_slice(body)
        .map_err(|error| ApiError::bad_input(format!("the event can't be read: {error}")))?;
    if !(1..=64).contains(&event.id.len()) || !event.id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ApiError::bad_input("\"id\" must have 1 to 64 visible ASCII characters"));
    }
    match app.store.settle_by_event(&event.id, event.key, event.told, now_us).await? {
        Heard::Again => tracing::debug!(order.id = %event.key, "a webhook came again"),
        Heard::Unknown => tracing::warn!(
            order.id = %event.key,
            told = ?event.told,
            "a webhook names a payment that is not known here; money that was taken is on the list of `hawker-platform payments`"
        ),
        Heard::Settled(settled) => tell(app, &settled).await?,
    }
    Ok(())
}

/// Asks the provider about everything that is not decided, and gives back what has to go back. How many were asked about.
pub async fn check(app: &App) -> Result<usize, StoreError> {
    // It is never closed; without a turn the round is one more.
    let _turn = app.checking.acquire().await.ok();
    let now_us = app.now_us();
    let due = app.store.payments_to_check(now_us - app.check_after_us, now_us, CHECKED).await?;
    let count = due.len();
    stream::iter(due).for_each_concurrent(CHECKED_AT_ONCE, |payment| check_one(app, payment)).await;
    Ok(count)
}

/// Gives a captured payment back, all of it. The provider is asked within seconds, and until it has done so. Errors:
/// [`RefundError`].
pub async fn refund(app: &App, seller: SellerId, order: OrderId) -> Result<(), RefundError> {
    app.store.begin_refund(seller, order).await?;
    tracing::info!(order.id = %order, seller.id = %seller, "a payment goes back");
    Ok(())
}

async fn charge_and_settle(
    app: &App,
    reservation_id: ReservationId,
    key: String,
    form: Pay,
) -> Result<viewer::Payment, ApiError> {
    let order_id = OrderId(app.new_id());
    let intent = Intent {
        order_id,
        reservation_id,
        key,
        body_hash: orders::body_hash(&form)?,
        name: PersonName::new(text("name", &form.name, 1, 80)?),
        phone: Phone::new(text("phone", &form.phone, 0, 32)?),
        address: Address::new(prose("address", &form.address, 0, 300)?),
        now_us: app.now_us(),
    };
    let amount = match app.store.begin_payment(intent).await? {
        Begun::Charge(amount) => amount,
        Begun::Known(payment) => return answer(&payment),
    };
    let news = match asked(app, app.payments.charge(Charge { key: order_id, amount, card: &form.card })).await {
        Ok(told) => News::Told(told),
        Err(error) => {
            tracing::warn!(order.id = %order_id, %error, "a charge was not answered; the provider will be asked");
            News::NoAnswer
        }
    };
    answer(&settle(app, order_id, news).await?)
}

async fn settle(app: &App, order: OrderId, news: News) -> Result<Payment, StoreError> {
    let settled = app.store.settle(order, news, app.now_us()).await?;
    let settled = settled.ok_or_else(|| StoreError::Unreadable(format!("the payment {order} is gone")))?;
    tell(app, &settled).await?;
    Ok(settled.payment)
}

/// A log line for what changed, and the bells of the seller and of whoever claimed by a comment.
async fn tell(app: &App, settled: &Settled) -> Result<(), StoreError> {
    let (payment, order) = (&settled.payment, settled.payment.order_id);
    match payment.state {
        _ if !settled.changed => {}
        PaymentState::Captured => {
            tracing::info!(order.id = %order, seller.id = %payment.seller, "an order was paid");
            app.bus.ring(payment.seller);
            claims::tell(app).await?;
        }
        PaymentState::Refunding => {
            tracing::warn!(order.id = %order, "the money came for goods that are gone, and goes back");
        }
        PaymentState::Refunded => tracing::info!(order.id = %order, "a payment was given back"),
        state => tracing::debug!(order.id = %order, %state, "a payment changed"),
    }
    Ok(())
}

async fn check_one(app: &App, payment: Payment) {
    let order = payment.order_id;
    let news = match payment.state {
        PaymentState::Refunding => match asked(app, app.payments.refund(order, payment.amount)).await {
            Err(error) if error.is_refusal() => {
                tracing::warn!(order.id = %order, %error, "the provider does not give a payment back");
                Ok(News::RefundRefused)
            }
            answer => answer.map(|()| News::GivenBack),
        },
        _ => fate(app, &payment).await.map(News::Told),
    };
    match news {
        Ok(news) => {
            if let Err(error) = settle(app, order, news).await {
                tracing::error!(order.id = %order, %error, "a payment could not be settled; it is asked about again");
            }
            if news == News::RefundRefused {
                app.bus.ring(payment.seller);
            }
        }
        Err(error) => tracing::warn!(order.id = %order, %error, "a payment could not be asked about; next try soon"),
    }
}

/// What became of a charge. One that never arrived, or takes too long, is called off, so that it can't come about later.
async fn fate(app: &App, payment: &Payment) -> Result<Told, ProviderError> {
    let too_long = app.now_us() - payment.created_us >= PENDING_US;
    match asked(app, app.payments.status(payment.order_id)).await? {
        Some(Told::Pending) if !too_long => Ok(Told::Pending),
        Some(Told::Pending) | None => asked(app, app.payments.void(payment.order_id)).await,
        Some(decided) => Ok(decided),
    }
}

/// No provider is waited for longer than this platform's patience.
async fn asked<T>(app: &App, asking: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
    tokio::time::timeout(app.provider_timeout, asking).await.unwrap_or(Err(ProviderError::NoAnswer))
}

/// A payment as its buyer may see it.
fn shown(payment: &Payment) -> viewer::Payment {
    match payment.state {
        PaymentState::Captured => viewer::Payment::Paid(Receipt { order_id: payment.order_id, total: payment.amount }),
        PaymentState::Pending => viewer::Payment::Pending,
        PaymentState::Intended | PaymentState::Unknown => viewer::Payment::Checking,
        PaymentState::Declined => viewer::Payment::Declined { why: payment.why.unwrap_or(Decline::Other) },
        PaymentState::Refunding => viewer::Payment::Refunding,
        PaymentState::Refunded => viewer::Payment::Refunded,
    }
}

/// The same for who has just paid: no money is a failure.
fn answer(payment: &Payment) -> Result<viewer::Payment, ApiError> {
    let refused = |message| ApiError::new(StatusCode::PAYMENT_REQUIRED, ErrorCode::PaymentRefused, message);
    match shown(payment) {
        viewer::Payment::Declined { why: Decline::BadCard } => {
            Err(ApiError::bad_input("\"card\" must have 4 to 19 digits"))
        }
        viewer::Payment::Declined { why: Decline::NotCharged } => {
            Err(refused("the payment did not go through and nothing was charged")
                .hint("pay again while the goods are held"))
        }
        viewer::Payment::Declined { .. } => {
            Err(refused("the card was refused").hint("try another card while the goods are held"))
        }
        other => Ok(other),
    }
}
