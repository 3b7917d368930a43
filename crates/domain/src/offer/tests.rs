use super::*;
use crate::Currency;
use proptest::prelude::*;
use uuid::Uuid;

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY)
}

fn id(number: u128) -> OfferId {
    OfferId(Uuid::from_u128(number))
}

fn offer() -> Offer {
    Offer {
        offer_id: id(1),
        sku: Sku::new("A").unwrap(),
        price: cny(990),
        quantity: 10,
        per_buyer: None,
        from_us: None,
        until_us: None,
        coupon: None,
    }
}

#[test]
fn an_offer_sells_something_to_somebody_at_some_time() {
    type Change = fn(&mut Offer);
    let table: [(&str, Change, bool); 14] = [
        ("as it is", |_| {}, true),
        ("one piece", |offer| offer.quantity = 1, true),
        ("no pieces", |offer| offer.quantity = 0, false),
        ("more than anybody has", |offer| offer.quantity = u32::MAX, false),
        ("given away", |offer| offer.price = cny(0), true),
        ("money with it", |offer| offer.price = cny(-1), false),
        ("the highest price", |offer| offer.price = cny(OFFER_PRICE_MAX_MINOR), true),
        ("a higher one", |offer| offer.price = cny(OFFER_PRICE_MAX_MINOR + 1), false),
        ("one for each", |offer| offer.per_buyer = Some(1), true),
        ("none for anybody", |offer| offer.per_buyer = Some(0), false),
        ("more for each than there are", |offer| offer.per_buyer = Some(99), true),
        ("an instant", |offer| (offer.from_us, offer.until_us) = (Some(5), Some(6)), true),
        ("no instant", |offer| (offer.from_us, offer.until_us) = (Some(5), Some(5)), false),
        ("an end alone", |offer| offer.until_us = Some(5), true),
    ];
    for (what, change, is_right) in table {
        let mut offer = offer();
        change(&mut offer);
        assert_eq!(offer.check().is_ok(), is_right, "{what}: {:?}", offer.check());
    }
}

#[test]
fn an_offer_is_open_from_its_first_instant_and_no_more_at_its_last() {
    for (from_us, until_us, now_us, is_open) in [
        (None, None, 0, true),
        (Some(5), None, 4, false),
        (Some(5), None, 5, true),
        (None, Some(5), 4, true),
        (None, Some(5), 5, false),
        (Some(5), Some(7), 6, true),
        (Some(5), Some(7), i64::MAX, false),
    ] {
        let offer = Offer { from_us, until_us, ..offer() };
        assert_eq!(offer.is_open(now_us), is_open, "{from_us:?} to {until_us:?} at {now_us}");
    }
}

#[test]
fn a_coupons_offer_is_for_who_typed_it() {
    let code = |text: &str| Some(Coupon::new(text).unwrap());
    let secret = Offer { coupon: code("LIVE10"), ..offer() };
    assert!(secret.is_for(code("live 10").as_ref()));
    assert!(!secret.is_for(code("LIVE11").as_ref()) && !secret.is_for(None));
    assert!(offer().is_for(None) && offer().is_for(code("LIVE10").as_ref()), "an offer to all is for all");
}

#[test]
fn what_is_left_is_what_is_not_spent_and_within_a_buyers_limit() {
    for (quantity, spent, per_buyer, had, left) in [
        (10, 0, None, 0, 10),
        (10, 9, None, 0, 1),
        (10, 10, None, 0, 0),
        (10, 12, None, 0, 0),
        (10, 0, Some(2), 0, 2),
        (10, 0, Some(2), 1, 1),
        (10, 0, Some(2), 5, 0),
        (10, 9, Some(2), 0, 1),
        (u32::MAX, 0, None, 0, u32::MAX),
        (10, i64::MAX, Some(2), i64::MAX, 0),
    ] {
        let got = Standing::left_of(quantity, spent, per_buyer, had);
        assert_eq!(got, left, "{quantity}, {spent} spent, {per_buyer:?} each, had {had}");
    }
}

fn standing(number: u128, minor: i64, left: u32) -> Standing {
    Standing { offer_id: id(number), price: cny(minor), left }
}

#[test]
fn the_lowest_price_comes_first_and_of_equal_ones_the_older_offer() {
    let best = |offers: &[Standing]| best(offers, cny(1_000)).map(|best| best.offer_id);
    assert_eq!(best(&[standing(1, 900, 1), standing(2, 800, 1)]), Some(id(2)));
    assert_eq!(best(&[standing(2, 900, 1), standing(1, 900, 1)]), Some(id(1)));
    assert_eq!(best(&[standing(1, 800, 0), standing(2, 900, 1)]), Some(id(2)), "nothing is left of the first");
    assert_eq!(best(&[standing(1, 1_000, 1), standing(2, 2_000, 1)]), None, "no lower than the regular price");
    let euros = Standing { price: Money::new(1, Currency::EUR), ..standing(1, 1, 1) };
    assert_eq!(best(&[euros]), None);
    assert_eq!(best(&[]), None);
}

#[test]
fn pieces_beyond_an_offer_cost_the_next_price() {
    let shares = |qty, offers: &[Standing]| -> Vec<(u32, i64)> {
        shares(qty, cny(1_000), offers).iter().map(|share| (share.qty, share.unit_price.minor)).collect()
    };
    assert_eq!(shares(3, &[]), [(3, 1_000)]);
    assert_eq!(shares(3, &[standing(1, 900, 5)]), [(3, 900)]);
    assert_eq!(shares(3, &[standing(1, 900, 1)]), [(1, 900), (2, 1_000)]);
    assert_eq!(shares(4, &[standing(1, 900, 2), standing(2, 800, 1)]), [(1, 800), (2, 900), (1, 1_000)]);
    assert_eq!(shares(2, &[standing(1, 1_200, 9)]), [(2, 1_000)], "nobody pays more because of an offer");
}

proptest! {
    #[test]
    fn every_piece_is_priced_once_and_as_low_as_the_offers_allow(
        qty in 1_u32..100, regular in 1_i64..2_000,
        offers in proptest::collection::vec((1_i64..2_000, 0_u32..20), 0..6),
    ) {
        let offers: Vec<Standing> =
            (1_u128..).zip(offers).map(|(number, (minor, left))| standing(number, minor, left)).collect();
        let shares = shares(qty, cny(regular), &offers);
        prop_assert_eq!(shares.iter().map(|share| share.qty).sum::<u32>(), qty);
        for share in &shares {
            if let Some(offer) = share.offer_id {
                let own = offers.iter().find(|own| own.offer_id == offer).unwrap();
                prop_assert!(share.qty > 0 && share.qty <= own.left && share.unit_price == own.price);
                prop_assert!(share.unit_price.minor < regular);
            }
        }
        // The cheapest pieces there are, taken one by one.
        let mut pieces: Vec<i64> =
            offers.iter().flat_map(|offer| vec![offer.price.minor.min(regular); offer.left as usize]).collect();
        pieces.resize(pieces.len() + qty as usize, regular);
        pieces.sort_unstable();
        let least: i64 = pieces.iter().take(qty as usize).sum();
        let total: i64 = shares.iter().map(|share| share.unit_price.minor * i64::from(share.qty)).sum();
        prop_assert_eq!(total, least);
        let first = best(&offers, cny(regular)).map(|best| best.offer_id);
        prop_assert_eq!(shares[0].offer_id, first, "the one that is shown is the one that is given");
    }
}

#[test]
fn an_offer_is_written_short_and_read_without_what_it_has_not() {
    let text = serde_json::to_string(&offer()).unwrap();
    assert_eq!(
        text,
        r#"{"offer_id":"00000000-0000-0000-0000-000000000001","sku":"A","price":{"minor":990,"currency":"CNY"},"quantity":10}"#
    );
    assert_eq!(serde_json::from_str::<Offer>(&text).unwrap(), offer());
    let full = Offer {
        per_buyer: Some(2),
        from_us: Some(1),
        until_us: Some(2),
        coupon: Some(Coupon::new("live10").unwrap()),
        ..offer()
    };
    assert_eq!(serde_json::from_str::<Offer>(&serde_json::to_string(&full).unwrap()).unwrap(), full);
    assert!(serde_json::from_str::<Offer>(&text.replace(":10}", ":-1}")).is_err());
}
