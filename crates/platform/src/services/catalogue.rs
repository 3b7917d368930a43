//! The seller's listings and their photos.

use super::{photo, prose, text};
use crate::{
    db::StockNews,
    error::ApiError,
    state::{App, sha256},
};
use axum::body::Bytes;
use hawker_domain::{SellerId, ShowId, Sku};
use hawker_wire::{
    catalogue::{Delist, PutCatalogue},
    viewer::ShowUpdate,
};

/// Most listings in one request; a larger catalogue comes in several.
const MAX_LISTINGS: usize = 5_000;
/// Highest price, in minor units: keeps every sum of a reservation far from overflow.
const MAX_PRICE_MINOR: i64 = 1_000_000_000_000;

/// Upserts listings, all or none.
pub async fn put(app: &App, seller: SellerId, form: PutCatalogue) -> Result<(), ApiError> {
    if form.listings.len() > MAX_LISTINGS {
        return Err(ApiError::bad_input(format!("at most {MAX_LISTINGS} listings in one request"))
            .hint("send the rest in a further request"));
    }
    for listing in &form.listings {
        let at = |error: ApiError| ApiError::bad_input(format!("{}: {}", listing.sku, error.failure.message));
        text("title", &listing.title, 1, 200).map_err(at)?;
        text("brand", &listing.brand, 0, 200).map_err(at)?;
        text("category", &listing.category, 0, 500).map_err(at)?;
        prose("description", &listing.description, 0, 5_000).map_err(at)?;
        if !(0..=MAX_PRICE_MINOR).contains(&listing.price.minor) {
            return Err(at(ApiError::bad_input("the price must be between 0 and 10,000,000,000")));
        }
    }
    if app.store.put_listings(seller, &form.listings).await? {
        tell_shelves(app, seller).await?;
    }
    Ok(())
}

/// Takes products off the shelf, all or none, and off the pages that are open.
pub async fn delist(app: &App, seller: SellerId, form: Delist) -> Result<(), ApiError> {
    if form.skus.len() > MAX_LISTINGS {
        return Err(ApiError::bad_input(format!("at most {MAX_LISTINGS} products in one request"))
            .hint("send the rest in a further request"));
    }
    if app.store.delist(seller, &form.skus).await? {
        tell_shelves(app, seller).await?;
    }
    Ok(())
}

/// Tells the viewers of all shows of a seller what is sold.
async fn tell_shelves(app: &App, seller: SellerId) -> Result<(), ApiError> {
    for show in app.bus.shows_of(seller) {
        tell_shelf(app, show).await?;
    }
    Ok(())
}

/// Tells the viewers of one show what is sold, in its order.
pub async fn tell_shelf(app: &App, show: ShowId) -> Result<(), ApiError> {
    app.bus.tell(show, ShowUpdate::Shelf { skus: shelf(app, show).await? });
    Ok(())
}

/// What is sold in a show, in its order.
pub async fn shelf(app: &App, show: ShowId) -> Result<Vec<Sku>, ApiError> {
    let page = app.store.show_page(show).await?;
    Ok(page.into_iter().flat_map(|page| page.shelf).map(|product| product.sku).collect())
}

/// Takes a JPEG, strips what it tells beside the picture, and keeps it. Answers the photo's path.
pub async fn put_photo(app: &App, seller: SellerId, sku: Sku, body: Bytes) -> Result<String, ApiError> {
    let jpeg = photo::clean(body).await?;
    let name = [seller.0.as_bytes(), sku.as_str().as_bytes(), &jpeg].concat();
    let photo_id = format!("{}.jpg", hex::encode(sha256(&name)));
    if !app.store.put_photo(seller, &sku, &photo_id, &jpeg).await? {
        return Err(ApiError::not_found(format!("the sku \"{sku}\" is not in the catalogue"))
            .hint("send the listing with PUT /api/v1/catalogue first"));
    }
    Ok(format!("/photos/{photo_id}"))
}

/// Tells the seller's viewers what is left.
pub fn tell_stock(app: &App, seller: SellerId, news: &[StockNews]) {
    for StockNews { sku, available, .. } in news {
        app.bus.tell_all_of(seller, &ShowUpdate::stock(sku.clone(), *available));
    }
}
