//! Prices that look like a slip of the finger.

use crate::support::open;
use hawker_domain::{Currency, Money, Sku, offer::Question};
use hawker_studio::{
    OfferDraft, OfferEnd, Studio,
    view::{ProductDraft, ProductView},
};
use hawker_wire::{ErrorCode, Failure};

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY)
}

fn typed(price: &str, cost: &str) -> ProductDraft {
    ProductDraft {
        sku: "TEA".into(),
        title: "Tea".into(),
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: price.into(),
        cost: cost.into(),
        currency: "CNY".into(),
        barcode: String::new(),
    }
}

/// Saved without a word about it.
async fn saved(studio: &Studio, draft: ProductDraft) -> ProductView {
    assert_eq!(studio.question_of_product(draft.clone()).await.unwrap(), None);
    studio.save_product(draft, false).await.unwrap()
}

/// Asked about, and saved once somebody has said yes.
async fn asked(studio: &Studio, draft: ProductDraft) -> (Question, ProductView) {
    let before = studio.products("", 0, 1).await.unwrap();
    let question = studio.question_of_product(draft.clone()).await.unwrap().expect("it is asked about");
    let Failure { code, message, .. } = studio.save_product(draft.clone(), false).await.unwrap_err();
    assert_eq!((code, message), (ErrorCode::Conflict, format!("{question} of TEA")));
    assert_eq!(studio.products("", 0, 1).await.unwrap(), before, "nothing is saved before somebody says yes");
    (question, studio.save_product(draft, true).await.unwrap())
}

#[tokio::test]
async fn a_price_below_cost_or_far_under_the_one_before_is_asked_about_once() {
    let (studio, _folder) = open().await;
    let tea = saved(&studio, typed("99.00", "")).await;
    assert_eq!((tea.price, tea.cost), (cny(9_900), None), "a product without a cost, as ever");
    let (question, tea) = asked(&studio, typed("9.90", "")).await;
    assert_eq!(question, Question::FarBelowLast { price: cny(990), last: cny(9_900) });
    assert_eq!(tea.price, cny(990));
    let renamed = ProductDraft { title: "Green tea".into(), ..typed("9.90", "") };
    assert_eq!(saved(&studio, renamed).await.title, "Green tea", "the price is the one somebody said yes to");
    saved(&studio, typed("7.00", "6.50")).await;
    let (question, tea) = asked(&studio, typed("6.00", "6.50")).await;
    assert_eq!(question, Question::BelowCost { price: cny(600), cost: cny(650) });
    assert_eq!(tea.cost, Some(cny(650)));
    saved(&studio, typed("6.00", " 6.50 ")).await;
    let (question, _) = asked(&studio, typed("6.00", "6.60")).await;
    assert_eq!(question, Question::BelowCost { price: cny(600), cost: cny(660) }, "another cost is another question");
    assert_eq!(saved(&studio, typed("6.00", "")).await.cost, None);
    studio.close().await;
}

#[tokio::test]
async fn a_cost_that_is_none_is_refused() {
    let (studio, _folder) = open().await;
    for (cost, why) in [("cheap", "no amount"), ("-1", "a cost can't be below zero")] {
        let failure = studio.save_product(typed("9.90", cost), false).await.unwrap_err();
        assert!(failure.code == ErrorCode::BadInput && failure.message.contains(why), "{cost}: {failure}");
    }
    studio.close().await;
}

#[tokio::test]
async fn an_offer_below_cost_is_asked_about() {
    let (studio, _folder) = open().await;
    saved(&studio, typed("10.00", "9.00")).await;
    let offer = |price: &str| OfferDraft {
        sku: Sku::new("TEA").unwrap(),
        price: price.into(),
        quantity: 10,
        per_buyer: None,
        from: None,
        end: OfferEnd::Open,
        coupon: None,
    };
    assert_eq!(studio.question_of_offer(offer("9.00")).await.unwrap(), None);
    let question = studio.question_of_offer(offer("8.90")).await.unwrap();
    assert_eq!(question, Some(Question::BelowCost { price: cny(890), cost: cny(900) }));
    let failure = studio.add_offer(offer("8.90"), false).await.unwrap_err();
    let said = "8.90 CNY is below the cost of 9.00 CNY of TEA";
    assert_eq!((failure.code, failure.message.as_str()), (ErrorCode::Conflict, said));
    assert_eq!(studio.add_offer(offer("8.90"), true).await.unwrap().offer.price, cny(890));
    studio.close().await;
}
