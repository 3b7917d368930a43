//! Offers: made, listed and ended. What is spent of them is heard from the platform.

use crate::errors::{Outcome, bad_input, not_found};
use crate::show_now_us;
use crate::stock_take::micros;
use crate::studio::Studio;
use crate::view::OfferView;
use hawker_domain::{
    Money, OfferId, Product, Sku,
    offer::{Coupon, Offer, Question},
};
use hawker_wire::{ErrorCode, Failure};
use uuid::Uuid;

/// Fewer characters of an id's end are too few to mean one offer.
const SHORT_ID: usize = 4;

/// An offer as somebody typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferDraft {
    pub sku: Sku,
    /// In the product's currency.
    pub price: String,
    pub quantity: u32,
    pub per_buyer: Option<u32>,
    /// As in RFC 3339 with its offset; none: at once.
    pub from: Option<String>,
    pub end: OfferEnd,
    pub coupon: Option<String>,
}

/// When an offer closes, if it is not spent or ended before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferEnd {
    Open,
    /// As in RFC 3339 with its offset.
    At(String),
    /// After it opened.
    After {
        minutes: u32,
    },
}

impl Studio {
    /// Every offer there ever was, the newest first.
    pub async fn offers(&self) -> Outcome<Vec<OfferView>> {
        let now_us = show_now_us();
        Ok(self.store().offers().await?.into_iter().map(|kept| OfferView::of(kept, now_us)).collect())
    }

    /// What [`Studio::add_offer`] would have to be told yes to; none: nothing. Errors: as there, but for the `conflict`.
    pub async fn question_of_offer(&self, draft: OfferDraft) -> Outcome<Option<Question>> {
        Ok(self.read_offer(draft).await?.1)
    }

    /// Makes an offer; it reaches the platform, and with it the buyers and the seller's other devices, when there is a network. A
    /// price below what the product costs, or more than 30 % under the last one, has to be `confirmed`. Errors: `not_found` for a
    /// product that does not exist, `bad_input`, `conflict` with the question while it is not confirmed.
    pub async fn add_offer(&self, draft: OfferDraft, confirmed: bool) -> Outcome<OfferView> {
        let (offer, question) = self.read_offer(draft).await?;
        if let Some(question) = question.filter(|_| !confirmed) {
            return Err(not_confirmed(question, &offer.sku).hint("confirm it (--yes) if it is meant"));
        }
        self.store().put_offer(&offer).await?;
        tracing::info!(offer.id = %offer.offer_id, "an offer waits for the platform");
        self.offer(offer.offer_id).await
    }

    /// Ends the offer whose id is `text`, or ends in it. Errors: `not_found`, `conflict` where several do, `bad_input`.
    pub async fn end_offer(&self, text: &str) -> Outcome<OfferView> {
        let id = self.find_offer(text).await?;
        let kept = self.store().end_offer(id).await?;
        Ok(OfferView::of(kept, show_now_us()))
    }

    /// What was typed, and what is to be asked about its price.
    async fn read_offer(&self, draft: OfferDraft) -> Outcome<(Offer, Option<Question>)> {
        let found = self.store().product(&draft.sku).await?;
        let product = found.ok_or_else(|| not_found("product", draft.sku.as_str()))?;
        let offer = offer_of(draft, &product, OfferId(Uuid::now_v7()), show_now_us())?;
        let last = self.store().last_offer_price(&offer.sku).await?.unwrap_or(product.price);
        let question = Question::about(offer.price, Some(last), product.cost);
        Ok((offer, question))
    }

    async fn offer(&self, id: OfferId) -> Outcome<OfferView> {
        let offers = self.offers().await?;
        let found = offers.into_iter().find(|view| view.offer.offer_id == id);
        found.ok_or_else(|| not_found("offer", &id.to_string()))
    }

    async fn find_offer(&self, text: &str) -> Outcome<OfferId> {
        if let Ok(id) = text.trim().parse() {
            return Ok(id);
        }
        let wanted = text.trim().trim_start_matches('#').to_ascii_lowercase();
        if wanted.len() < SHORT_ID {
            let message = format!("\"{text}\" is too short; give the offer's last six characters or its whole id");
            return Err(bad_input(message));
        }
        let offers = self.store().offers().await?;
        let mut found = offers.iter().map(|kept| kept.offer.offer_id).filter(|id| id.to_string().ends_with(&wanted));
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(id),
            (Some(_), Some(_)) => {
                let failure = Failure::new(ErrorCode::Conflict, format!("several offers end in \"{text}\""));
                Err(failure.hint("give the whole id"))
            }
            (None, _) => Err(not_found("offer", text)),
        }
    }
}

/// Nobody has said yes to it yet.
pub(crate) fn not_confirmed(question: Question, sku: &Sku) -> Failure {
    Failure::new(ErrorCode::Conflict, format!("{question} of {sku}"))
}

/// The offer that was typed, at `now_us`. Errors: a price that is none or no lower than the product's, a text that is no moment, an end
/// that is over, and what [`Offer::check`] finds.
fn offer_of(draft: OfferDraft, product: &Product, offer_id: OfferId, now_us: i64) -> Outcome<Offer> {
    let wrong = |why: &dyn std::fmt::Display| bad_input(why.to_string());
    let price = Money::parse(&draft.price, product.price.currency).map_err(|why| wrong(&why))?;
    if price.minor >= product.price.minor {
        let message = format!("{price} is no offer: {} costs {} without it", product.sku, product.price);
        return Err(bad_input(message));
    }
    let from_us = draft.from.as_deref().map(micros).transpose()?;
    let until_us = match &draft.end {
        OfferEnd::Open => None,
        OfferEnd::At(text) => Some(micros(text)?),
        OfferEnd::After { minutes } => Some(from_us.unwrap_or(now_us).saturating_add(i64::from(*minutes) * 60_000_000)),
    };
    if until_us.is_some_and(|until| until <= now_us) {
        return Err(bad_input("the offer's end is over already; give a later one"));
    }
    let coupon = draft.coupon.as_deref().map(Coupon::new).transpose().map_err(|why| wrong(&why))?;
    let OfferDraft { sku, quantity, per_buyer, .. } = draft;
    let offer = Offer { offer_id, sku, price, quantity, per_buyer, from_us, until_us, coupon };
    offer.check().map_err(|why| wrong(&why))?;
    Ok(offer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use hawker_domain::{Currency, ProductId};

    fn product() -> Product {
        Product {
            id: ProductId(Uuid::nil()),
            sku: Sku::new("A").unwrap(),
            title: "a".into(),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(1_580, Currency::CNY),
            cost: None,
            barcode: String::new(),
            aliases: vec![],
            variant: None,
        }
    }

    fn draft() -> OfferDraft {
        OfferDraft {
            sku: Sku::new("A").unwrap(),
            price: "12.00".into(),
            quantity: 10,
            per_buyer: None,
            from: None,
            end: OfferEnd::Open,
            coupon: None,
        }
    }

    fn made(draft: OfferDraft) -> Outcome<Offer> {
        offer_of(draft, &product(), OfferId(Uuid::nil()), 1_000_000)
    }

    #[test]
    fn what_was_typed_becomes_an_offer() {
        let typed = OfferDraft {
            from: Some("1970-01-01T08:01:00+08:00".into()),
            end: OfferEnd::After { minutes: 5 },
            coupon: Some(" live10 ".into()),
            ..draft()
        };
        let offer = made(typed).unwrap();
        assert_eq!((offer.price.minor, offer.from_us, offer.until_us), (1_200, Some(60_000_000), Some(360_000_000)));
        assert_eq!(offer.coupon.unwrap().as_str(), "LIVE10");
        let now = made(OfferDraft { end: OfferEnd::After { minutes: 1 }, ..draft() }).unwrap();
        assert_eq!((now.from_us, now.until_us), (None, Some(61_000_000)), "from now on");
    }

    #[test]
    fn what_can_not_be_meant_is_refused_with_a_reason() {
        let at = |text: &str| OfferEnd::At(text.to_owned());
        for (typed, why) in [
            (OfferDraft { price: "12,5".into(), ..draft() }, "no amount"),
            (OfferDraft { price: "15.80".into(), ..draft() }, "costs 15.80"),
            (OfferDraft { price: "-1".into(), ..draft() }, "no price"),
            (OfferDraft { quantity: 0, ..draft() }, "0 pieces"),
            (OfferDraft { end: at("tonight"), ..draft() }, "no moment"),
            (OfferDraft { end: at("1970-01-01T00:00:01Z"), ..draft() }, "over already"),
            (OfferDraft { coupon: Some(" ".into()), ..draft() }, "empty"),
        ] {
            let failure = made(typed.clone()).unwrap_err();
            assert!(failure.code == ErrorCode::BadInput && failure.message.contains(why), "{typed:?}: {failure}");
        }
    }
}
