//! Shows: started, pinned to, talked in, ended.

use super::{
    catalogue::{shelf, tell_shelf},
    text, updates,
};
use crate::{
    error::ApiError,
    state::{App, random_token, sha256},
};
use hawker_domain::{SellerId, ShowId, Sku};
use hawker_wire::{
    show::{CreateShow, PutPin, PutRunningOrder, ShowCreated},
    viewer::{Behaviour, PublicPin, PublicShow, Say, ShowUpdate, Viewers},
};

/// Most products in a running order.
const MAX_RUNNING_ORDER: usize = 500;

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
        tracing::info!(show.id = %show, "the show ended");
    }
    Ok(())
}

/// Every open page is told all variants of a pin; nobody chooses among more.
const VARIANTS_MAX: usize = 200;

/// Puts a product's card before the viewers, or takes it away.
pub async fn pin(app: &App, seller: SellerId, show: ShowId, mut pin: PutPin) -> Result<(), ApiError> {
    pin.variants.truncate(VARIANTS_MAX);
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

/// What a viewer sees on opening the page.
pub async fn public(app: &App, show: ShowId) -> Result<PublicShow, ApiError> {
    let page = app.store.show_page(show).await?.ok_or_else(updates::no_show)?;
    Ok(PublicShow {
        show_id: show,
        title: page.title,
        shop_name: page.shop_name,
        live: app.bus.is_live(show) && !page.ended,
        viewers: app.bus.viewers(show),
        flv_url: format!("/live/{show}.flv"),
        shelf: page.shelf,
        pin: page.pin,
    })
}

/// How many watch a show; nothing of its shelf is read.
pub async fn viewers(app: &App, show: ShowId) -> Result<Viewers, ApiError> {
    app.store.show_owner(show).await?.ok_or_else(updates::no_show)?;
    Ok(Viewers { viewers: app.bus.viewers(show) })
}

/// A viewer says something: kept, fed to the seller, shown to the others.
pub async fn say(app: &App, show: ShowId, said: Say) -> Result<(), ApiError> {
    let said = Say { from: text("from", &said.from, 1, 40)?, text: text("text", &said.text, 1, 200)?, at: said.at };
    let seller = running(app, show).await?;
    app.store.add_chat(seller, show, &said, app.now_us()).await?;
    app.bus.ring(seller);
    app.bus.tell(show, ShowUpdate::Chat { from: said.from, text: said.text });
    Ok(())
}

/// Keeps what a viewer did.
pub async fn behaved(app: &App, show: ShowId, seen: Behaviour) -> Result<(), ApiError> {
    let (seller, _) = app.store.show_owner(show).await?.ok_or_else(updates::no_show)?;
    Ok(app.store.add_behaviour(seller, show, &seen, app.now_us()).await?)
}

fn check_order(order: &[Sku]) -> Result<(), ApiError> {
    if order.len() > MAX_RUNNING_ORDER {
        return Err(ApiError::bad_input(format!("at most {MAX_RUNNING_ORDER} products in a running order")));
    }
    Ok(())
}

async fn running(app: &App, show: ShowId) -> Result<SellerId, ApiError> {
    match app.store.show_owner(show).await? {
        None => Err(updates::no_show()),
        Some((_, true)) => Err(crate::db::ChangeShowError::Ended.into()),
        Some((seller, false)) => Ok(seller),
    }
}
