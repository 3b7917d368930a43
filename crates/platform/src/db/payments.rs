//! What is kept of payments, and the one way in which they change.

use super::{Hash, StoreError};
use crate::payment::{PaymentState, Told, state::PaymentTransitionError};
use async_trait::async_trait;
use hawker_domain::{
    Money, OrderId, ReservationId, SellerId, Sku,
    order::Order,
    person::{Address, PersonName, Phone},
};
use hawker_wire::{feed::MoneyWhy, viewer::Decline};
use std::fmt;

/// A payment that is about to be asked of the provider.
pub struct Intent {
    /// The order it will be, and the provider's key.
    pub order_id: OrderId,
    pub reservation_id: ReservationId,
    /// The request's `Idempotency-Key`.
    pub key: String,
    pub body_hash: Hash,
    pub name: PersonName,
    pub phone: Phone,
    pub address: Address,
    pub now_us: i64,
}

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub order_id: OrderId,
    pub seller: SellerId,
    pub state: PaymentState,
    /// Where it is declined.
    pub why: Option<Decline>,
    pub amount: Money,
    pub created_us: i64,
}

/// What is to be done when a buyer presses "pay".
pub enum Begun {
    /// The intent is written: charge this much, then settle.
    Charge(Money),
    /// There is a payment already; the provider is not asked again.
    Known(Payment),
}

#[derive(Debug, thiserror::Error)]
pub enum PayError {
    #[error("there is no such reservation")]
    NoReservation,
    #[error("the reservation ran out")]
    Expired,
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    #[error(
        "there are at most {per_buyer} pieces of \"{sku}\" for each buyer at this price, and this phone number has had them"
    )]
    OverLimit { sku: Sku, per_buyer: u32 },
    #[error("at a price with a limit for each buyer a phone number is needed")]
    PhoneWanted,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is heard of a payment: the direct answer, a webhook, or the answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Told(Told),
    NoAnswer,
    GivenBack,
    /// The provider does not give it back.
    RefundRefused,
}

/// How a payment stands after news of it.
pub struct Settled {
    pub payment: Payment,
    /// It stood otherwise before.
    pub changed: bool,
    /// The order it became just now.
    pub order: Option<Order>,
}

/// What a webhook came to.
#[allow(clippy::large_enum_variant, reason = "one at a time, and most are settled")]
pub enum Heard {
    /// It came before.
    Again,
    /// Kept, but there is no such payment.
    Unknown,
    Settled(Settled),
}

/// Money that only a person can set right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyTask {
    /// None where it is not known whose it is.
    pub seller: Option<SellerId>,
    pub order_id: OrderId,
    pub why: MoneyTaskWhy,
    pub at_us: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyTaskWhy {
    /// As the seller hears of it.
    Seller(MoneyWhy),
    /// The provider told of money it has taken, and nobody here has asked for it.
    UnknownCapture,
}

impl fmt::Display for MoneyTaskWhy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seller(MoneyWhy::NoPayment) => {
                "it is refunded, and there is no payment of it here; the seller gives the money back by hand"
            }
            Self::Seller(MoneyWhy::RefundRefused) => {
                "the provider does not give the money back; look why at the provider's, and do it there"
            }
            Self::UnknownCapture => {
                "the provider took money that nobody here asked for; find its buyer at the provider's, and give it back there"
            }
        })
    }
}

/// Why money is not given back.
#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    #[error("there is no payment of this order")]
    NoPayment,
    #[error(transparent)]
    NotCaptured(#[from] PaymentTransitionError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[async_trait]
pub trait PaymentStore {
    /// Writes the intent, or answers the payment that is there. One payment of a reservation is open at a time.
    async fn begin_payment(&self, intent: Intent) -> Result<Begun, PayError>;
    /// The newest payment of a reservation.
    async fn payment_of(&self, reservation: ReservationId) -> Result<Option<Payment>, StoreError>;
    /// Follows the news: a captured payment becomes its order, once; order, stock and feed entries in the same
    /// transaction. `None`: there is no such payment.
    async fn settle(&self, order: OrderId, news: News, now_us: i64) -> Result<Option<Settled>, StoreError>;
    /// The same for a webhook; an event that came before changes nothing.
    async fn settle_by_event(
        &self,
        event_id: &str,
        order: OrderId,
        told: Told,
        now_us: i64,
    ) -> Result<Heard, StoreError>;
    /// Payments that are not decided, or have to go back and may still do so, and were not asked about since `before_us`;
    /// they count as asked about now.
    async fn payments_to_check(&self, before_us: i64, now_us: i64, limit: u32) -> Result<Vec<Payment>, StoreError>;
    /// A captured payment has to go back. Asked again, nothing changes.
    async fn begin_refund(&self, seller: SellerId, order: OrderId) -> Result<Payment, RefundError>;
    /// What only a person can set right, the newest first, at most `limit`; of one seller or of all.
    async fn money_tasks(&self, of: Option<SellerId>, limit: u32) -> Result<Vec<MoneyTask>, StoreError>;
    /// Forgets webhooks from before `before_us`.
    async fn forget_payment_events(&self, before_us: i64) -> Result<u64, StoreError>;
}
