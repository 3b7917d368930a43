//! The catalogue on its way to the platform: titles and prices at once, photos beside everything else.

use crate::errors::Outcome;
use hawker_domain::Product;
use hawker_store::Store;
use hawker_sync::PlatformClient;
use hawker_wire::catalogue::{Listing, PutCatalogue};
use sha2::{Digest, Sha256};
use tokio::task::AbortHandle;

/// Listings in one request: far below what the platform takes, so that long descriptions fit too.
const LISTINGS_AT_ONCE: usize = 500;
/// The platform's own limits, in characters. Longer texts are cut for viewers; the seller's stay as they are.
const TITLE_CHARS: usize = 200;
const DESCRIPTION_CHARS: usize = 5_000;
/// The platform refuses larger photos.
const PHOTO_LIMIT: usize = 2 * 1024 * 1024;

/// Sends titles and prices: what a show needs before it can sell. A part that is refused does not hold the others up.
/// Errors: the first failure that another try may mend, or the last refusal.
pub async fn publish_listings(store: &Store, client: &PlatformClient) -> Outcome<()> {
    let products = store.all_products().await?;
    let mut refused = Ok(());
    for part in products.chunks(LISTINGS_AT_ONCE) {
        match client.put_catalogue(&PutCatalogue { listings: part.iter().map(listing).collect() }).await {
            Err(failure) if failure.retryable => return Err(failure),
            Err(failure) => refused = Err(failure),
            Ok(()) => {}
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
    let account = client.seller_id().map(|id| id.to_string()).unwrap_or_default();
    for product in store.all_products().await? {
        let Some(photo) = store.photos_of(&product.sku).await?.first().copied() else { continue };
        let jpeg = store.photo(photo).await?;
        let sent_key = format!("platform.photo.{account}.{}", product.sku);
        let hash = format!("{:x}", Sha256::digest(&jpeg));
        let sent: Option<String> = store.setting(&sent_key).await?;
        if jpeg.len() > PHOTO_LIMIT || sent.as_deref() == Some(hash.as_str()) {
            continue;
        }
        match client.put_photo(&product.sku, jpeg).await {
            Ok(()) => store.put_setting(&sent_key, &hash).await?,
            Err(failure) if failure.retryable => return Err(failure),
            Err(failure) => tracing::warn!(sku = %product.sku, "the platform refused a photo: {failure}"),
        }
    }
    Ok(())
}

fn listing(product: &Product) -> Listing {
    Listing {
        sku: product.sku.clone(),
        title: product.title.chars().take(TITLE_CHARS).collect(),
        brand: product.brand.chars().take(TITLE_CHARS).collect(),
        category: product.category.chars().take(TITLE_CHARS).collect(),
        description: product.description.chars().take(DESCRIPTION_CHARS).collect(),
        price: product.price,
    }
}
