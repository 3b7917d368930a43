//! A provider that moves no money and forgets with the process, and behaves like a real one on its bad days.
//!
//! Owns: what was "charged" ([`Ledger`]), and webhooks that go over HTTP to the platform's own address. The card's number
//! says what happens ([`script`]), so that it can be tried from the page. Must not know: reservations or orders.

pub mod deliver;
pub mod script;

use super::{Charge, PaymentProvider, ProviderError, Told, WebhookEndpoint, WebhookEvent};
use async_trait::async_trait;
use hawker_domain::{Currency, Money, OrderId};
use hawker_wire::viewer::Decline;
use script::{Answer, Script, Tells};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// Charges remembered; beyond it the oldest are forgotten, since nothing moves but memory.
const CHARGES_KEPT: usize = 10_000;

/// How slow the sandbox is where a card asks for slowness.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Until a pending charge is decided and told.
    pub decides_after: Duration,
    /// Until an answer comes that is too late: longer than anybody waits.
    pub late: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { decides_after: Duration::from_secs(4), late: Duration::from_secs(60) }
    }
}

/// What was charged, by key. Keys are in the order of their making.
pub type Ledger = BTreeMap<OrderId, Entry>;

/// One charge as the sandbox sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub told: Told,
    pub amount: Money,
    /// How often this charge was asked for; it was made once at most.
    pub asked: u32,
    pub refunded: Option<Money>,
    /// It can be given back.
    pub refunds: bool,
}

/// See the module. Clones are the same bank.
#[derive(Clone)]
pub struct Sandbox(Arc<Shared>);

struct Shared {
    pace: Pace,
    ledger: watch::Sender<Ledger>,
    endpoint: Mutex<Option<WebhookEndpoint>>,
    /// Pending charges wait while this is true.
    held: watch::Sender<bool>,
    /// Webhooks that are still to be delivered.
    under_way: watch::Sender<usize>,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new(Pace::default())
    }
}

impl Sandbox {
    pub fn new(pace: Pace) -> Self {
        Self(Arc::new(Shared {
            pace,
            ledger: watch::channel(Ledger::new()).0,
            endpoint: Mutex::new(None),
            held: watch::channel(false).0,
            under_way: watch::channel(0).0,
        }))
    }

    /// The charges so far, and word of every change.
    pub fn ledger(&self) -> watch::Receiver<Ledger> {
        self.0.ledger.subscribe()
    }

    /// While held, nothing that is pending is decided or told.
    pub fn hold(&self, held: bool) {
        self.0.held.send_replace(held);
    }

    /// Waits until every webhook that is under way was answered or given up.
    pub async fn all_told(&self) {
        // The sender lives in here, so the wait can't fail.
        let _ = self.0.under_way.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Enters the charge, or says what came of it before.
    fn enter(&self, charge: &Charge<'_>, first: Told, refunds: bool) -> (Told, bool) {
        let mut answer = (first, true);
        self.0.ledger.send_modify(|ledger| {
            if let Some(entry) = ledger.get_mut(&charge.key) {
                entry.asked += 1;
                answer = (entry.told, false);
                return;
            }
            let entry = Entry { told: first, amount: charge.amount, asked: 1, refunded: None, refunds };
            ledger.insert(charge.key, entry);
            if ledger.len() > CHARGES_KEPT {
                ledger.pop_first();
            }
        });
        answer
    }

    /// Decides a pending charge; one that was called off stays so. Answers how it stands now.
    fn decide(&self, key: OrderId, as_told: Told) -> Option<Told> {
        self.0.ledger.send_modify(|ledger| {
            if let Some(entry) = ledger.get_mut(&key).filter(|entry| entry.told == Told::Pending) {
                entry.told = as_told;
            }
        });
        self.0.ledger.borrow().get(&key).map(|entry| entry.told)
    }

    /// Tells later, by itself.
    fn tell_later(&self, key: OrderId, decides: Told, tells: Tells) {
        self.0.under_way.send_modify(|count| *count += 1);
        let sandbox = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(sandbox.0.pace.decides_after).await;
            let _ = sandbox.0.held.subscribe().wait_for(|held| !*held).await;
            if let Some(told) = sandbox.decide(key, decides) {
                for event in tells.events(key, told) {
                    sandbox.deliver(&event).await;
                }
            }
            sandbox.0.under_way.send_modify(|count| *count -= 1);
        });
    }

    /// One webhook. A platform that is not there hears of it when it asks.
    async fn deliver(&self, event: &WebhookEvent) {
        let endpoint = self.0.endpoint.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(endpoint) = endpoint else { return };
        match deliver::deliver(&endpoint, event).await {
            Ok(status) if status.is_success() => {}
            Ok(status) => tracing::warn!(order.id = %event.key, %status, "the platform refused a sandbox webhook"),
            Err(error) => tracing::warn!(order.id = %event.key, %error, "a sandbox webhook was not delivered"),
        }
    }
}

#[async_trait]
impl PaymentProvider for Sandbox {
    fn tell_to(&self, endpoint: WebhookEndpoint) {
        *self.0.endpoint.lock().unwrap_or_else(PoisonError::into_inner) = Some(endpoint);
    }

    async fn charge(&self, charge: Charge<'_>) -> Result<Told, ProviderError> {
        let Some(script) = Script::of(charge.card) else { return Ok(Told::Declined { why: Decline::BadCard }) };
        let Some(first) = script.first() else { return self.fail(script.answer).await };
        let (told, new) = self.enter(&charge, first, script.refunds);
        if !new {
            return Ok(told);
        }
        match script.tells {
            Tells::Nothing => {}
            Tells::BeforeTheAnswer => {
                for event in script.tells.events(charge.key, told) {
                    self.deliver(&event).await;
                }
            }
            tells => self.tell_later(charge.key, script.decides, tells),
        }
        match script.answer {
            Answer::AtOnce => Ok(told),
            Answer::Pending => Ok(Told::Pending),
            late_or_failing => self.fail(late_or_failing).await,
        }
    }

    async fn status(&self, key: OrderId) -> Result<Option<Told>, ProviderError> {
        Ok(self.0.ledger.borrow().get(&key).map(|entry| entry.told))
    }

    async fn void(&self, key: OrderId) -> Result<Told, ProviderError> {
        let called_off = Told::Declined { why: Decline::NotCharged };
        let nothing =
            Entry { told: called_off, amount: Money::new(0, Currency::CNY), asked: 0, refunded: None, refunds: true };
        let mut answer = called_off;
        self.0.ledger.send_modify(|ledger| {
            let entry = ledger.entry(key).or_insert(nothing);
            if entry.told == Told::Pending {
                entry.told = called_off;
            }
            answer = entry.told;
        });
        Ok(answer)
    }

    async fn refund(&self, key: OrderId, amount: Money) -> Result<(), ProviderError> {
        if self.0.ledger.borrow().get(&key).is_some_and(|entry| !entry.refunds) {
            return Err(ProviderError::Failed(422));
        }
        let mut captured = false;
        self.0.ledger.send_modify(|ledger| {
            if let Some(entry) = ledger.get_mut(&key).filter(|entry| entry.told == Told::Captured) {
                entry.refunded = Some(amount);
                captured = true;
            }
        });
        if !captured {
            // After a restart nothing is known of it, and no money moved either way.
            tracing::warn!(order.id = %key, "the sandbox gives back a charge that it does not know");
        }
        Ok(())
    }
}

impl Sandbox {
    async fn fail(&self, answer: Answer) -> Result<Told, ProviderError> {
        if answer == Answer::Fails {
            return Err(ProviderError::Failed(503));
        }
        tokio::time::sleep(self.0.pace.late).await;
        Err(ProviderError::NoAnswer)
    }
}
