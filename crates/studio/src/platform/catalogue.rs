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
/// sell, then takes off what is gone from here, and what the platform refuses: better none than one at an old price. Only
/// what this studio told the account is ever taken off: what other devices of the seller sell is theirs.
/// Returns the products that were refused; all others are sold. Errors: the first failure that another try may mend.
pub async fn publish_listings(store: &Store, client: &PlatformClient) -> Outcome<Vec<RefusedListing>> {
    let account = account_of(client)?;
    let products = store.all_products().await?;
    let Difference { new, mut gone } = difference(&products, &store.published(account).await?);
    store.note_published(account, &new).await?;
    let mut refused = Vec::new();
    // A refusal is of the whole request, so the parts are halved until a product that is refused stands alone.
    let mut parts: Vec<&[Product]> = products.chunks(LISTINGS_AT_ONCE).collect();
    while let Some(part) = parts.pop() {
        match (client.put_catalogue(&PutCatalogue { listings: part.iter().map(listing).collect() }).await, part) {
            (Ok(()), _) => {}
            (Err(failure), _) if !is_refusal(&failure) => return Err(failure),
            (Err(why), _) if why.code != ErrorCode::BadInput => tracing::warn!("the platform refused products: {why}"),
            (Err(why), [one]) => refused.push(RefusedListing { sku: one.sku.clone(), title: one.title.clone(), why }),
            (Err(_), part) => {
                let (front, back) = part.split_at(part.len() / 2);
                parts.extend([front, back]);
            }
        }
    }
    gone.extend(refused.iter().map(|refused| refused.sku.clone()));
    for part in gone.chunks(LISTINGS_AT_ONCE) {
        match client.delist(&Delist { skus: part.to_vec() }).await {
            // Noted after it is heard: until then it is told again, however long that takes.
            Ok(()) => store.note_delisted(account, part).await?,
            Err(why) if is_refusal(&why) => tracing::warn!("the platform keeps products on its shelf: {why}"),
            Err(why) => return Err(why),
        }
    }
    Ok(refused)
}

/// A product that the platform does not take.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedListing {
    pub sku: Sku,
    pub title: String,
    pub why: Failure,
}

/// Asking again would not help, and neither would signing in again.
pub(super) fn is_refusal(failure: &Failure) -> bool {
    !failure.retryable && failure.code != ErrorCode::Unauthorized
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

/// Sends the first photo of every product unless this account has that very one already, and takes away what it has of a
/// product that has none any more.
async fn put_photos(store: &Store, client: &PlatformClient) -> Outcome<()> {
    let account = account_of(client)?;
    let published = store.published(account).await?;
    for product in store.all_products().await? {
        let sent = published.get(&product.sku).and_then(Option::as_deref);
        let photo = store.photos_of(&product.sku).await?.first().copied();
        let (told, hash) = match photo {
            None if sent.is_none() => continue,
            None => (client.remove_photo(&product.sku).await, None),
            Some(photo) => {
                let jpeg = store.photo(photo).await?;
                let hash = format!("{:x}", Sha256::digest(&jpeg));
                if jpeg.len() > PHOTO_LIMIT || sent == Some(hash.as_str()) {
                    continue;
                }
                (client.put_photo(&product.sku, jpeg).await, Some(hash))
            }
        };
        match told {
            Ok(()) => store.note_photo(account, &product.sku, hash.as_deref()).await?,
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
