//! What the viewers' pages are told of offers. Putting, ending and spending them is the store's.

use crate::{
    db::{StockNews, StoreError},
    state::App,
};
use hawker_domain::SellerId;
use hawker_wire::{
    ops::{OpEnvelope, OpPayload, Read},
    viewer::{OpenOffer, PublicProduct, ShowUpdate},
};
use std::{collections::HashMap, sync::atomic::Ordering};

/// Puts each product's open offer beside its price.
pub fn dress(shelf: &mut [PublicProduct], open: Vec<OpenOffer>) {
    let mut open: HashMap<_, _> = open.into_iter().map(|one| (one.sku, one.offer)).collect();
    for product in shelf {
        product.offer = open.remove(&product.sku);
    }
}

/// Every offer of a seller that is open now.
pub async fn open(app: &App, seller: SellerId) -> Result<ShowUpdate, StoreError> {
    let now_us = app.now_us();
    Ok(ShowUpdate::Offers { now_us, open: app.store.open_offers(seller, now_us).await? })
}

/// Tells the open pages of all shows of a seller. What changed is done by then: where the pages can't be told of it they see it when
/// they are told next, and nobody pays a price that was not shown.
pub async fn tell(app: &App, seller: SellerId) {
    if app.bus.shows_of(seller).is_empty() {
        return;
    }
    match open(app, seller).await {
        Ok(update) => app.bus.tell_all_of(seller, &update),
        Err(error) => tracing::warn!(%error, seller.id = %seller, "the pages were not told of changed offers"),
    }
}

/// The same where pieces of an offer moved with goods.
pub async fn tell_moved(app: &App, seller: SellerId, news: &[StockNews]) {
    if news.iter().any(|one| one.offer_moved) {
        tell(app, seller).await;
    }
}

/// Whether one of these changes puts or ends an offer.
pub fn any_of_offers(ops: &[OpEnvelope]) -> bool {
    ops.iter().any(|op| matches!(op.read(), Read::Known(OpPayload::OfferPut { .. } | OpPayload::OfferEnded { .. })))
}

/// Tells the pages of offers that opened or closed by their time since this was asked last.
pub async fn tell_turned(app: &App) -> Result<(), StoreError> {
    let now_us = app.now_us();
    let after_us = app.offers_told_us.load(Ordering::Relaxed);
    for seller in app.store.offers_turned(after_us, now_us).await? {
        tell(app, seller).await;
    }
    app.offers_told_us.fetch_max(now_us, Ordering::Relaxed);
    Ok(())
}
