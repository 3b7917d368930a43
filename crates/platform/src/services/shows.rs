//! Shows: started, pinned to, talked in, ended.

use super::{
    catalogue::{shelf, tell_shelf, tell_stock},
    claims, offers, text, updates,
};
use crate::{
    db::{NewChat, VARIANTS_MAX},
    error::ApiError,
    state::{App, random_token, sha256},
};
use hawker_domain::{
    ChatId, ClaimId, SellerId, ShowId, Sku,
    claim::Heard,
    failure::FailureWhy,
    running_order::{RUNNING_ORDER_MAX, check_length},
};
use hawker_wire::{
    FailureReason,
    show::{CreateShow, PutPin, PutRunningOrder, ShowCreated},
    viewer::{Behaviour, PublicPin, PublicShow, Say, ShowUpdate, Viewers},
};
use std::collections::HashSet;

/// Makes the show and hands out a publish token; asked again, the last token is the good one.
pub async fn create(app: &App, seller: SellerId, form: CreateShow) -> Result<ShowCreated, ApiError> {
    text("title", &form.title, 1, 200)?;
    check_order(&form.running_order)?;
    let token = random_token()?;
    app.store.create_show(seller, &form, sha256(token.as_bytes()), app.now_us()).await?;
    tracing::info!(show.id = %form.show_id, seller.id = %seller, "a show is ready to be published");
    Ok(ShowCreated {
        show_id: form.show_id,
        ingest_urls: vec![format!("{}/{token}", app.rtmp)],
        viewer_url: format!("{}s/{}", app.http, form.show_id),
        asks_variants: true,
    })
}

/// Another order of the shelf while the show runs, on every page that is open too.
pub async fn put_running_order(
    app: &App,
    seller: SellerId,
    show: ShowId,
    form: PutRunningOrder,
) -> Result<(), ApiError> {
    check_order(&form.running_order)?;
    if app.store.put_running_order(seller, show, &form.running_order).await? {
        tell_shelf(app, show).await?;
    }
    Ok(())
}

/// Ends the show; a second time changes nothing.
pub async fn end(app: &App, seller: SellerId, show: ShowId) -> Result<(), ApiError> {
    if app.store.end_show(seller, show, app.now_us()).await? {
        app.bus.tell(show, ShowUpdate::Ended);
        app.streams.end(show);
        claims::tell(app).await?;
        tracing::info!(show.id = %show, "the show ended");
    }
    Ok(())
}

/// Puts a product's card before the viewers, or takes it away.
pub async fn pin(app: &App, seller: SellerId, show: ShowId, pin: PutPin) -> Result<(), ApiError> {
    let asked: Vec<Sku> = pin.sku.iter().chain(&pin.variants).cloned().collect();
    let pin = sellable(pin, &app.store.listed(seller, &asked).await?);
    let before = shelf(app, show).await?;
    app.store.put_pin(seller, show, &pin, app.now_us()).await?;
    let skus = shelf(app, show).await?;
    // A page that is open shows and asks about what it knows is sold, so that comes first.
    if skus != before {
        app.bus.tell(show, ShowUpdate::Shelf { skus });
    }
    app.bus.tell(show, ShowUpdate::Pin(PublicPin { sku: pin.sku, variants: pin.variants, at: pin.at }));
    Ok(())
}

/// A pin as pages can show it. `listed`: those of its products that are sold; one of them stands for the product where the one that
/// did is not.
fn sellable(mut pin: PutPin, listed: &HashSet<Sku>) -> PutPin {
    pin.variants.retain(|variant| listed.contains(variant));
    let is_listed = pin.sku.as_ref().is_none_or(|sku| listed.contains(sku));
    if let Some(other) = pin.variants.first().filter(|_| !is_listed) {
        pin.sku = Some(other.clone());
    }
    let place = pin.variants.iter().position(|variant| Some(variant) == pin.sku.as_ref());
    if let Some(place) = place.filter(|place| *place >= VARIANTS_MAX) {
        pin.variants.swap(VARIANTS_MAX - 1, place);
    }
    pin.variants.truncate(if pin.sku.is_some() { VARIANTS_MAX } else { 0 });
    pin
}

/// What a viewer sees on opening the page.
pub async fn public(app: &App, show: ShowId) -> Result<PublicShow, ApiError> {
    let mut page = app.store.show_page(show).await?.ok_or_else(updates::no_show)?;
    claims::number(app, show, &mut page.shelf).await?;
    let now_us = app.now_us();
    offers::dress(&mut page.shelf, app.store.open_offers(page.seller, now_us).await?);
    Ok(PublicShow {
        show_id: show,
        title: page.title,
        shop_name: page.shop_name,
        live: app.bus.is_live(show) && !page.ended,
        viewers: app.bus.viewers(show),
        flv_url: format!("/live/{show}.flv"),
        shelf: page.shelf,
        pin: page.pin,
        now_us,
    })
}

/// How many watch a show; nothing of its shelf is read.
pub async fn viewers(app: &App, show: ShowId) -> Result<Viewers, ApiError> {
    app.store.show_owner(show).await?.ok_or_else(updates::no_show)?;
    Ok(Viewers { viewers: app.bus.viewers(show) })
}

/// A viewer says something: kept, fed to the seller, shown to the others, and done where it orders something. `viewer`: the
/// token of the page, without which nobody could be told what came of an order. Said again, nothing happens.
pub async fn say(app: &App, show: ShowId, viewer: Option<&str>, said: Say) -> Result<(), ApiError> {
    let (from, said_text) = (text("from", &said.from, 1, 40)?, text("text", &said.text, 1, 200)?);
    let said = Say { from, text: said_text, ..said };
    let seller = running(app, show).await?;
    let heard = match viewer {
        Some(_) => claims::read(app, show, &said.text, said.at).await?,
        None => Heard::Nothing,
    };
    let asks = heard != Heard::Nothing;
    let chat = NewChat {
        seller,
        show,
        chat_id: said.id.unwrap_or_else(|| ChatId(app.new_id())),
        said: said.clone(),
        viewer: viewer.map(|token| claims::viewer_id(show, token)),
        heard,
        claim_id: ClaimId(app.new_id()),
        now_us: app.now_us(),
    };
    let Some(news) = app.store.hear(chat).await? else { return Ok(()) };
    tell_stock(app, seller, &news);
    offers::tell_moved(app, seller, &news).await;
    app.bus.ring(seller);
    app.bus.tell(show, ShowUpdate::Chat { from: said.from, text: said.text });
    if asks {
        claims::tell(app).await?;
    }
    Ok(())
}

/// Keeps what a viewer did.
pub async fn behaved(app: &App, show: ShowId, seen: Behaviour) -> Result<(), ApiError> {
    let (seller, _) = app.store.show_owner(show).await?.ok_or_else(updates::no_show)?;
    Ok(app.store.add_behaviour(seller, show, &seen, app.now_us()).await?)
}

fn check_order(order: &[Sku]) -> Result<(), ApiError> {
    check_length(order).map_err(|why| {
        let reason = FailureReason::from(FailureWhy::RunningOrderTooLong);
        let reason = reason.with("found", order.len()).with("most", RUNNING_ORDER_MAX);
        ApiError::bad_input(why.to_string()).because(reason)
    })
}

async fn running(app: &App, show: ShowId) -> Result<SellerId, ApiError> {
    match app.store.show_owner(show).await? {
        None => Err(updates::no_show()),
        Some((_, true)) => Err(crate::db::ChangeShowError::Ended.into()),
        Some((seller, false)) => Ok(seller),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{ShowMs, TagId};

    #[test]
    fn a_pin_names_what_is_sold_of_it_and_never_loses_the_one_that_names_it() {
        let sku = |name: &str| Sku::new(name).unwrap();
        let pin = |name: &str, variants: &[&str]| PutPin {
            tag_id: TagId(uuid::Uuid::nil()),
            sku: Some(sku(name)),
            variants: variants.iter().map(|name| sku(name)).collect(),
            at: ShowMs(1),
        };
        let listed: HashSet<Sku> = ["B", "C"].map(sku).into();
        for (given, want) in [
            (pin("B", &["A", "B", "C"]), pin("B", &["B", "C"])),
            (pin("A", &["A", "B", "C"]), pin("B", &["B", "C"])),
            (pin("A", &["A", "C"]), pin("C", &["C"])),
            (pin("A", &[]), pin("A", &[])),
            (PutPin { sku: None, ..pin("A", &["B", "C"]) }, PutPin { sku: None, ..pin("A", &[]) }),
        ] {
            assert_eq!(sellable(given.clone(), &listed), want, "{given:?}");
        }
        let many: Vec<String> = (0..=VARIANTS_MAX).map(|number| format!("S{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let last = many.last().unwrap();
        let shown = sellable(pin(last, &many), &many.iter().map(|name| sku(name)).collect());
        assert_eq!(shown.variants.len(), VARIANTS_MAX);
        assert!(shown.sku == Some(sku(last)) && shown.variants.contains(&sku(last)), "{shown:?}");
    }
}
