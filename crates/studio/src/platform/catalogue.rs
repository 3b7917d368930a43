//! The catalogue on its way to the platform: titles and prices at once, photos beside everything else.

use crate::errors::Outcome;
use hawker_domain::{Product, SellerId, Sku};
use hawker_store::Store;
use hawker_sync::PlatformClient;
use hawker_wire::{
    ErrorCode, Failure,
    catalogue::{Delist, Listing, PutCatalogue},
};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use tokio::task::AbortHandle;

/// Listings in one request: far below what the platform takes, so that long descriptions fit too.
const LISTINGS_AT_ONCE: usize = 500;
/// The platform's own limits, in characters. Longer texts are cut for viewers; the seller's stay as they are.
const TITLE_CHARS: usize = 200;
const DESCRIPTION_CHARS: usize = 5_000;
/// The platform refuses larger photos.
const PHOTO_LIMIT: usize = 2 * 1024 * 1024;

/// Brings the account's shelf into step with the catalogue: sends titles and prices, which a show needs before it can
/// sell, then takes off what is gone from here. Only what this studio told the account is ever taken off: what other
/// devices of the seller sell is theirs. A part that is refused does not hold the others up.
/// Errors: the first failure that another try may mend, or the last refusal.
pub async fn publish_listings(store: &Store, client: &PlatformClient) -> Outcome<()> {
    let account = account_of(client)?;
    let products = store.all_products().await?;
    let Difference { new, gone } = difference(&products, &store.published(account).await?);
    store.note_published(account, &new).await?;
    let mut refused = Ok(());
    for part in products.chunks(LISTINGS_AT_ONCE) {
        match client.put_catalogue(&PutCatalogue { listings: part.iter().map(listing).collect() }).await {
            Err(failure) if failure.retryable => return Err(failure),
            Err(failure) => refused = Err(failure),
            Ok(()) => {}
        }
    }
    for part in gone.chunks(LISTINGS_AT_ONCE) {
        match client.delist(&Delist { skus: part.to_vec() }).await {
            Err(failure) if failure.retryable => return Err(failure),
            Err(failure) => refused = Err(failure),
            // Noted after it is heard: until then it is told again, however long that takes.
            Ok(()) => store.note_delisted(account, part).await?,
        }
    }
    refused
}

/// Sends the photos that changed: a show does not wait for pictures. What fails is sent at the next connection.
pub fn send_photos(store: &Store, client: &PlatformClient) -> AbortHandle {
    let (store, client) = (store.clone(), client.clone());
    let task = tokio::spawn(async move {
        if let Err(failure) = put_photos(&store, &client).await {
            tracing::warn!("photos wait for the next connection: {failure}");
        }
    });
    task.abort_handle()
}

/// Sends the first photo of every product unless this account has that very one already.
async fn put_photos(store: &Store, client: &PlatformClient) -> Outcome<()> {
    let account = account_of(client)?;
    let published = store.published(account).await?;
    for product in store.all_products().await? {
        let Some(photo) = store.photos_of(&product.sku).await?.first().copied() else { continue };
        let jpeg = store.photo(photo).await?;
        let hash = format!("{:x}", Sha256::digest(&jpeg));
        let sent = published.get(&product.sku).and_then(Option::as_deref);
        if jpeg.len() > PHOTO_LIMIT || sent == Some(hash.as_str()) {
            continue;
        }
        match client.put_photo(&product.sku, jpeg).await {
            Ok(()) => store.note_photo_sent(account, &product.sku, &hash).await?,
            Err(failure) if failure.retryable => return Err(failure),
            Err(failure) => tracing::warn!(sku = %product.sku, "the platform refused a photo: {failure}"),
        }
    }
    Ok(())
}

pub(super) fn account_of(client: &PlatformClient) -> Outcome<SellerId> {
    client.seller_id().ok_or_else(|| Failure::new(ErrorCode::Unauthorized, "this studio is not signed in"))
}

/// Where the catalogue and what an account was told part.
#[derive(Debug, PartialEq)]
struct Difference {
    /// Here, and never told.
    new: Vec<Sku>,
    /// Told, and not here any more; sorted.
    gone: Vec<Sku>,
}

fn difference(products: &[Product], published: &HashMap<Sku, Option<String>>) -> Difference {
    let here: HashSet<&Sku> = products.iter().map(|product| &product.sku).collect();
    let new = products.iter().map(|product| &product.sku).filter(|sku| !published.contains_key(*sku));
    let mut gone: Vec<Sku> = published.keys().filter(|sku| !here.contains(sku)).cloned().collect();
    gone.sort();
    Difference { new: new.cloned().collect(), gone }
}

/// A line break in a cell of a spreadsheet is no reason for the platform to refuse the product, and five hundred with it.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TITLE_CHARS).collect()
}

fn listing(product: &Product) -> Listing {
    Listing {
        sku: product.sku.clone(),
        title: one_line(&product.title),
        brand: one_line(&product.brand),
        category: one_line(&product.category),
        description: product.description.chars().take(DESCRIPTION_CHARS).collect(),
        price: product.price,
    }
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
