//! Taking money: what a provider does for us, and what may become of a payment.
//!
//! Owns: the questions a provider answers ([`PaymentProvider`]), the states of a payment ([`state`]), the signature under
//! its webhooks ([`signature`]), and the [`Sandbox`] that stands in where no real provider is configured. Must not know:
//! the database or HTTP routes. Invariant: every question carries the payment's key, the id of the order it pays for, so
//! that asking again changes nothing.

pub mod sandbox;
pub mod signature;
pub mod state;

pub use sandbox::Sandbox;
pub use state::{PaymentEvent, PaymentState};

use crate::{clock::Clock, db::Hash};
use async_trait::async_trait;
use hawker_domain::{Money, OrderId};
use hawker_wire::viewer::Decline;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;

/// One charge.
pub struct Charge<'a> {
    pub key: OrderId,
    pub amount: Money,
    pub card: &'a str,
}

/// What a provider says of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Told {
    /// The money is taken.
    Captured,
    /// No money is taken, and none will be.
    Declined { why: Decline },
    /// Not decided yet; the provider tells later, or answers when it is asked.
    Pending,
}

/// Nothing is known: the charge may have been made or not.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    #[error("the payment provider does not answer")]
    NoAnswer,
    #[error("the payment provider failed with status {0}")]
    Failed(u16),
}

impl ProviderError {
    /// The provider has understood and says no: asking again the same way changes nothing.
    pub fn is_refusal(&self) -> bool {
        // 408, 425 and 429 say "later"; so does whatever is not about the request.
        matches!(self, Self::Failed(status) if (400..500).contains(status) && !matches!(status, 408 | 425 | 429))
    }
}

/// A payment provider. Every call may be made again with the same key and has its effect once.
#[async_trait]
pub trait PaymentProvider: Send + Sync + 'static {
    /// Where it may tell what became of a charge. For providers that learn this elsewhere there is nothing to do.
    fn tell_to(&self, _endpoint: WebhookEndpoint) {}

    /// Takes the money. Errors: [`ProviderError`], after which `status` is to be asked.
    async fn charge(&self, charge: Charge<'_>) -> Result<Told, ProviderError>;
    /// What became of a charge; `None`: this key was never seen.
    async fn status(&self, key: OrderId) -> Result<Option<Told>, ProviderError>;
    /// Sees to it that nothing is charged under this key any more, also by a request that is still on its way. Answers
    /// `Declined`, or `Captured` where it came too late.
    async fn void(&self, key: OrderId) -> Result<Told, ProviderError>;
    /// Gives so much of a captured charge back.
    async fn refund(&self, key: OrderId, amount: Money) -> Result<(), ProviderError>;
}

/// Where and how the platform hears from a provider.
#[derive(Clone)]
pub struct WebhookEndpoint {
    pub url: Url,
    /// Both sides know it; see [`signature`].
    pub key: Hash,
    /// The clock that the signature's time is compared with.
    pub clock: Arc<dyn Clock>,
}

/// The body of a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookEvent {
    /// 1 to 64 visible ASCII characters; the same when it is sent again.
    pub id: String,
    /// The payment's key.
    pub key: OrderId,
    pub told: Told,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_refusal_is_told_from_an_outage() {
        for (status, want) in
            [(400, true), (403, true), (422, true), (408, false), (429, false), (500, false), (503, false)]
        {
            assert_eq!(ProviderError::Failed(status).is_refusal(), want, "{status}");
        }
        assert!(!ProviderError::NoAnswer.is_refusal());
    }

    #[test]
    fn a_webhook_looks_like_this_on_the_wire() {
        let key = OrderId(Uuid::from_u128(7));
        let told = [Told::Captured, Told::Pending, Told::Declined { why: Decline::Refused }];
        let events = told.map(|told| serde_json::to_string(&WebhookEvent { id: "e1".into(), key, told }).unwrap());
        insta::assert_snapshot!(events.join("\n"), @r#"
        {"id":"e1","key":"00000000-0000-0000-0000-000000000007","told":{"state":"captured"}}
        {"id":"e1","key":"00000000-0000-0000-0000-000000000007","told":{"state":"pending"}}
        {"id":"e1","key":"00000000-0000-0000-0000-000000000007","told":{"state":"declined","why":"refused"}}
        "#);
    }
}
