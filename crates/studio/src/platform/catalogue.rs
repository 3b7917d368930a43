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
pub async fn publish_listings(
    store: &Store,
    client: &PlatformClient,
    refusals: &mut Refusals,
) -> Outcome<Vec<RefusedListing>> {
    let account = account_of(client)?;
    let products = store.all_products().await?;
    let published = store.published(account).await?;
    refusals.forget_changed(&products);
    let mut refused = refusals.of(&products);
    let mut gone = removed(&products, &published);
    gone.extend(refused.iter().map(|one| one.sku.clone()).filter(|sku| published.contains_key(sku)));
    let asked: Vec<Product> = products.iter().filter(|one| !refusals.has(&one.sku)).cloned().collect();
    store.note_published(account, &unpublished(&asked, &published)).await?;
    // A refusal is of the whole request, so the parts are halved until a product that is refused stands alone.
    let mut parts: Vec<&[Product]> = asked.chunks(LISTINGS_AT_ONCE).collect();
    while let Some(part) = parts.pop() {
        match (client.put_catalogue(&PutCatalogue { listings: part.iter().map(listing).collect() }).await, part) {
            (Ok(()), _) => {}
            (Err(failure), _) if !is_refusal(&failure) => return Err(failure),
            // It is not about a product: none of them is taken, and each of them is told.
            (Err(why), part) if why.code != ErrorCode::BadInput => {
                tracing::warn!(code = ?why.code, products = part.len(), "the platform refused products: {why}");
                refused.extend(part.iter().map(|one| RefusedListing::of(one, &why)));
            }
            (Err(why), [one]) => {
                refused.push(RefusedListing::of(one, &why));
                gone.push(one.sku.clone());
                refusals.note(one, why);
            }
            (Err(_), part) => {
                let (front, back) = part.split_at(part.len() / 2);
                parts.extend([front, back]);
            }
        }
    }
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

/// Listings that the platform refused, as they were: while one is the same, asking again would be refused again, and finding
/// it among five hundred others costs many requests. Of one account; never written down.
#[derive(Debug, Default)]
pub struct Refusals(HashMap<Sku, (Listing, Failure)>);

impl Refusals {
    fn forget_changed(&mut self, products: &[Product]) {
        if self.0.is_empty() {
            return;
        }
        let now: HashMap<&Sku, &Product> = products.iter().map(|one| (&one.sku, one)).collect();
        self.0.retain(|sku, (refused, _)| now.get(sku).is_some_and(|one| listing(one) == *refused));
    }

    fn note(&mut self, product: &Product, why: Failure) {
        self.0.insert(product.sku.clone(), (listing(product), why));
    }

    fn has(&self, sku: &Sku) -> bool {
        self.0.contains_key(sku)
    }

    fn of(&self, products: &[Product]) -> Vec<RefusedListing> {
        let known = |one: &Product| self.0.get(&one.sku).map(|(_, why)| RefusedListing::of(one, why));
        products.iter().filter_map(known).collect()
    }
}

/// A product that the platform does not take.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedListing {
    pub sku: Sku,
    pub title: String,
    pub why: Failure,
}

impl RefusedListing {
    fn of(product: &Product, why: &Failure) -> Self {
        Self { sku: product.sku.clone(), title: product.shown_title().into_owned(), why: why.clone() }
    }
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
/// product whose first photo is another now, or that has none any more. Errors: what failed twice in a row; one photo that
/// does not get through keeps no other back.
async fn put_photos(store: &Store, client: &PlatformClient) -> Outcome<()> {
    let account = account_of(client)?;
    let published = store.published(account).await?;
    let mut waits: Option<Failure> = None;
    for product in store.all_products().await? {
        // What is not on the shelf has no photo there, and takes none.
        let Some(sent) = published.get(&product.sku) else { continue };
        match put_photo(store, client, account, &product.sku, sent.as_deref()).await {
            Ok(()) => waits = None,
            Err(failure) if !failure.retryable => {
                tracing::warn!(sku = %product.sku, "the platform refused a photo: {failure}");
            }
            Err(failure) if waits.is_some() => return Err(failure),
            Err(failure) => {
                tracing::warn!(sku = %product.sku, "a photo waits for the next connection: {failure}");
                waits = Some(failure);
            }
        }
    }
    Ok(())
}

/// `sent`: the hash of the photo that the account has of the product.
async fn put_photo(
    store: &Store,
    client: &PlatformClient,
    account: SellerId,
    sku: &Sku,
    sent: Option<&str>,
) -> Outcome<()> {
    let photo = match store.photos_of(sku).await?.first() {
        Some(photo) => Some(store.photo(*photo).await?),
        None => None,
    };
    let hash = photo.as_ref().map(|jpeg| format!("{:x}", Sha256::digest(jpeg)));
    if sent == hash.as_deref() {
        return Ok(());
    }
    if sent.is_some() {
        // First: the next photo may not get through, and what the seller took away must not stay for that.
        client.remove_photo(sku).await?;
        store.note_photo(account, sku, None).await?;
    }
    match photo.filter(|jpeg| jpeg.len() <= PHOTO_LIMIT) {
        Some(jpeg) => {
            client.put_photo(sku, jpeg).await?;
            Ok(store.note_photo(account, sku, hash.as_deref()).await?)
        }
        None => Ok(()),
    }
}

pub(super) fn account_of(client: &PlatformClient) -> Outcome<SellerId> {
    client.seller_id().ok_or_else(|| Failure::new(ErrorCode::Unauthorized, "this studio is not signed in"))
}

/// Here, and never told to the account.
fn unpublished(products: &[Product], published: &HashMap<Sku, Option<String>>) -> Vec<Sku> {
    products.iter().map(|product| &product.sku).filter(|sku| !published.contains_key(*sku)).cloned().collect()
}

/// Told, and not here any more; sorted.
fn removed(products: &[Product], published: &HashMap<Sku, Option<String>>) -> Vec<Sku> {
    let here: HashSet<&Sku> = products.iter().map(|product| &product.sku).collect();
    let mut gone: Vec<Sku> = published.keys().filter(|sku| !here.contains(sku)).cloned().collect();
    gone.sort();
    gone
}

/// A line break in a cell of a spreadsheet is no reason for the platform to refuse the product, and five hundred with it.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TITLE_CHARS).collect()
}

fn listing(product: &Product) -> Listing {
    Listing {
        sku: product.sku.clone(),
        title: one_line(&product.shown_title()),
        brand: one_line(&product.brand),
        category: one_line(&product.category),
        description: product.description.chars().take(DESCRIPTION_CHARS).collect(),
        price: product.price,
    }
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
