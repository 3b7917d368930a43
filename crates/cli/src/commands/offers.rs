//! `hawker offers …`

use super::json_line;
use crate::args::{NewOffer, Offers};
use crate::execute::{CommandError, Session};
use hawker_studio::{OfferDraft, OfferEnd, utc, view::OfferState, view::OfferView};

pub async fn run(command: &Offers, session: &Session<'_>) -> Result<(), CommandError> {
    let offers = match command {
        Offers::Add(new) => vec![session.studio.add_offer(draft(new), new.yes).await?],
        Offers::End { offer } => vec![session.studio.end_offer(offer).await?],
        Offers::List { all } => {
            let offers = session.studio.offers().await?;
            let is_over =
                |offer: &OfferView| matches!(offer.state, OfferState::Spent | OfferState::Over | OfferState::Ended);
            offers.into_iter().filter(|offer| *all || !is_over(offer)).collect()
        }
    };
    if session.json {
        return Ok(session.output.line(&json_line(&offers)?).await?);
    }
    for offer in &offers {
        session.output.line(&sentence(offer)).await?;
    }
    Ok(())
}

fn draft(new: &NewOffer) -> OfferDraft {
    let end = match (&new.until, new.minutes) {
        (Some(until), _) => OfferEnd::At(until.clone()),
        (None, Some(minutes)) => OfferEnd::After { minutes },
        (None, None) => OfferEnd::Open,
    };
    OfferDraft {
        sku: new.sku.clone(),
        price: new.price.clone(),
        quantity: new.quantity,
        per_buyer: new.per_buyer,
        from: new.from.clone(),
        end,
        coupon: new.coupon.clone(),
    }
}

fn sentence(view: &OfferView) -> String {
    let offer = &view.offer;
    let mut terms = vec![format!("{} of {} left", view.left, offer.quantity), format!("{} sold", view.sold)];
    terms.extend(offer.per_buyer.map(|most| format!("at most {most} for each buyer")));
    terms.extend(offer.from_us.map(|from| format!("from {}", utc(from))));
    terms.extend(offer.until_us.map(|until| format!("until {}", utc(until))));
    terms.extend(offer.coupon.as_ref().map(|code| format!("with the code {code}")));
    format!("{}\t{:?}\t{}\t{}\t{}", offer.offer_id, view.state, offer.sku, offer.price, terms.join(", "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{
        Currency, Money, Sku,
        offer::{Coupon, Offer},
    };

    #[test]
    fn an_offer_is_said_in_one_line() {
        let offer = Offer {
            offer_id: "00000000-0000-0000-0000-000000000007".parse().unwrap(),
            sku: Sku::new("A").unwrap(),
            price: Money::new(990, Currency::CNY),
            quantity: 10,
            per_buyer: Some(2),
            from_us: None,
            until_us: Some(60_000_000),
            coupon: Some(Coupon::new("live10").unwrap()),
        };
        let view = OfferView { offer, left: 7, sold: 2, state: OfferState::Open };
        assert_eq!(
            sentence(&view),
            "00000000-0000-0000-0000-000000000007\tOpen\tA\t9.90 CNY\t7 of 10 left, 2 sold, at most 2 for each buyer, \
             until 1970-01-01T00:01:00Z, with the code LIVE10"
        );
    }
}
