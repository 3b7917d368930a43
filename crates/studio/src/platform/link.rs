//! One task that keeps the studio and its platform in touch: it starts the embedded platform, signs in, publishes the
//! catalogue and the show, sends pins, and runs the sync. When anything breaks it starts over, with pauses, for ever:
//! the show never waits for it.

use super::{child::EmbeddedPlatform, session};
use crate::config::StudioConfig;
use crate::errors::Outcome;
use hawker_domain::{Product, ShowId};
use hawker_store::Store;
use hawker_sync::{PlatformClient, Sync, SyncEvent};
use hawker_wire::{
    ErrorCode, Failure,
    catalogue::{Listing, PutCatalogue},
    feed::FeedEntry,
    show::{CreateShow, PutPin},
};
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Pauses between attempts; the last one repeats. Short first, since the usual cause is a start that overlaps ours.
const PAUSES_MS: [u64; 5] = [250, 500, 1_000, 2_000, 5_000];
/// A link that held this long was a good one: the next attempt comes at once again.
const STEADY: Duration = Duration::from_secs(10);
/// The platform refuses larger photos.
const PHOTO_LIMIT: usize = 2 * 1024 * 1024;
/// Events wait here while the owner is busy; a full channel makes the link wait, which loses nothing.
const EVENTS_BOUND: usize = 256;

/// What the owner asks of the link.
pub enum LinkCommand {
    Publish(CreateShow),
    End(ShowId),
    /// The catalogue changed; publish it again.
    Catalogue,
}

/// What the link tells the owner.
pub enum LinkEvent {
    Online,
    Offline(Failure),
    /// The platform knows the show. The ingest URL holds the publish token.
    ShowReady {
        show_id: ShowId,
        ingest_urls: Vec<String>,
        viewer_url: String,
    },
    Feed(Box<FeedEntry>),
    OpRejected {
        why: String,
    },
}

/// The owner's handle.
pub struct PlatformLink {
    commands: mpsc::Sender<LinkCommand>,
    pin: watch::Sender<Option<(ShowId, PutPin)>>,
    cancel: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl PlatformLink {
    /// Starts the task. `platform_url` none means the embedded platform.
    pub fn start(
        config: StudioConfig,
        store: Store,
        platform_url: Option<Url>,
        shop_name: String,
    ) -> (Self, mpsc::Receiver<LinkEvent>) {
        let (commands, command_rx) = mpsc::channel(16);
        let (pin, pin_rx) = watch::channel(None);
        let (events, event_rx) = mpsc::channel(EVENTS_BOUND);
        let cancel = CancellationToken::new();
        let link =
            Link { config, store, platform_url, shop_name, commands: command_rx, pin: pin_rx, events, show: None };
        let task = tokio::spawn(link.run(cancel.clone()));
        (Self { commands, pin, cancel, task }, event_rx)
    }

    /// Hands a command over; a link that is gone ignores it.
    pub async fn send(&self, command: LinkCommand) {
        let _ = self.commands.send(command).await;
    }

    /// The newest pin wins: one that was overtaken before it was sent is never sent.
    pub fn pin(&self, show_id: ShowId, pin: PutPin) {
        self.pin.send_replace(Some((show_id, pin)));
    }

    pub async fn stop(self) {
        self.cancel.cancel();
        let _ = self.task.await;
    }
}

struct Link {
    config: StudioConfig,
    store: Store,
    platform_url: Option<Url>,
    shop_name: String,
    commands: mpsc::Receiver<LinkCommand>,
    pin: watch::Receiver<Option<(ShowId, PutPin)>>,
    events: mpsc::Sender<LinkEvent>,
    /// The show on air; announced again after every reconnect, since an embedded platform comes back on another port.
    show: Option<CreateShow>,
}

impl Link {
    async fn run(mut self, cancel: CancellationToken) {
        let mut attempt = 0;
        let mut child = None;
        loop {
            let result = tokio::select! {
                () = cancel.cancelled() => break,
                result = self.connect_and_serve(&mut child, &mut attempt) => result,
            };
            if let Err(failure) = result {
                tracing::warn!(code = ?failure.code, "the platform is out of reach: {failure}");
                if self.events.send(LinkEvent::Offline(failure)).await.is_err() {
                    break;
                }
            }
            let pause = PAUSES_MS.get(attempt).or(PAUSES_MS.last()).copied().unwrap_or(5_000);
            attempt += 1;
            tokio::select! {
                () = cancel.cancelled() => break,
                () = tokio::time::sleep(Duration::from_millis(pause)) => {}
            }
        }
        if let Some(child) = child {
            EmbeddedPlatform::stop(child).await;
        }
    }

    async fn connect_and_serve(
        &mut self,
        child: &mut Option<EmbeddedPlatform>,
        attempt: &mut usize,
    ) -> Result<(), Failure> {
        let (base, place) = match (&self.platform_url, &self.config.platform_program) {
            (Some(url), _) => (url.clone(), url.as_str().trim_end_matches('/').to_owned()),
            (None, Some(program)) => {
                if child.is_none() {
                    *child = Some(EmbeddedPlatform::start(program, &self.config.data_dir.join("platform")).await?);
                }
                let http = child.as_ref().map(|running| running.http.clone());
                (http.ok_or_else(|| no_platform("the embedded platform is gone"))?, "embedded".to_owned())
            }
            (None, None) => return Err(no_platform("there is no hawker-platform program beside hawker")),
        };
        let client = session::open(&self.store, &base, &place, &self.shop_name).await?;
        self.publish_listings(&client).await?;
        let since = Instant::now();
        self.tell(LinkEvent::Online).await;
        if let Some(show) = self.show.clone() {
            self.publish_show(&client, &show).await?;
        }
        let result = match child.as_mut().filter(|_| self.platform_url.is_none()) {
            Some(running) => {
                let result = tokio::select! {
                    result = self.serve(&client) => result,
                    () = running.gone() => Err(no_platform("the embedded platform ended unexpectedly")),
                };
                if result.is_err() {
                    // Start over with a new child: a hung one would be met again otherwise.
                    *child = None;
                }
                result
            }
            None => self.serve(&client).await,
        };
        if since.elapsed() > STEADY {
            *attempt = 0;
        }
        result
    }

    /// Runs the sync beside commands and pins until something breaks.
    async fn serve(&mut self, client: &PlatformClient) -> Result<(), Failure> {
        let (sync_events, mut from_sync) = mpsc::channel(EVENTS_BOUND);
        let sync_cancel = CancellationToken::new();
        let _stop_sync = sync_cancel.clone().drop_guard();
        let sync = Sync::new(self.store.clone(), client.clone());
        tokio::spawn(async move { sync.run(sync_cancel, sync_events).await });
        let mut photos = self.send_photos(client);
        // A pin made while we were away is still the newest truth.
        self.pin.mark_changed();
        loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(LinkCommand::Publish(show)) => {
                        self.show = Some(show.clone());
                        self.publish_show(client, &show).await?;
                    }
                    Some(LinkCommand::End(show_id)) => {
                        self.show = None;
                        client.end_show(show_id).await?;
                    }
                    Some(LinkCommand::Catalogue) => {
                        self.publish_listings(client).await?;
                        photos.abort();
                        photos = self.send_photos(client);
                    }
                    None => return Ok(()),
                },
                changed = self.pin.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    let newest = self.pin.borrow_and_update().clone();
                    if let Some((show_id, pin)) = newest.filter(|(id, _)| self.show.as_ref().is_some_and(|show| show.show_id == *id)) {
                        client.put_pin(show_id, &pin).await?;
                    }
                }
                event = from_sync.recv() => match event {
                    Some(SyncEvent::Applied(entry)) => self.tell(LinkEvent::Feed(Box::new(entry))).await,
                    Some(SyncEvent::OpRejected { why, .. }) => self.tell(LinkEvent::OpRejected { why }).await,
                    Some(SyncEvent::Offline { why }) => return Err(why),
                    Some(SyncEvent::Wedged { wedge }) => self.tell(LinkEvent::OpRejected { why: wedge.to_string() }).await,
                    Some(SyncEvent::Online) => {}
                    None => return Err(no_platform("the sync ended")),
                },
            }
        }
    }

    async fn publish_show(&self, client: &PlatformClient, show: &CreateShow) -> Outcome<()> {
        let created = client.create_show(show).await?;
        let event = LinkEvent::ShowReady {
            show_id: created.show_id,
            ingest_urls: created.ingest_urls,
            viewer_url: created.viewer_url,
        };
        self.tell(event).await;
        Ok(())
    }

    /// Sends titles and prices: what a show needs before it can sell.
    async fn publish_listings(&self, client: &PlatformClient) -> Outcome<()> {
        let products = self.store.all_products().await?;
        if products.is_empty() {
            return Ok(());
        }
        client.put_catalogue(&PutCatalogue { listings: products.iter().map(listing).collect() }).await
    }

    /// Sends the photos that changed, beside everything else: a show does not wait for pictures. What fails is sent
    /// at the next connection.
    fn send_photos(&self, client: &PlatformClient) -> AbortHandle {
        let (store, client) = (self.store.clone(), client.clone());
        let task = tokio::spawn(async move {
            if let Err(failure) = put_photos(&store, &client).await {
                tracing::warn!("photos wait for the next connection: {failure}");
            }
        });
        task.abort_handle()
    }

    async fn tell(&self, event: LinkEvent) {
        let _ = self.events.send(event).await;
    }
}

/// Sends the first photo of every product unless this place has that very one already.
async fn put_photos(store: &Store, client: &PlatformClient) -> Outcome<()> {
    for product in store.all_products().await? {
        let Some(photo) = store.photos_of(&product.sku).await?.first().copied() else { continue };
        let jpeg = store.photo(photo).await?;
        let sent_key = format!(
            "platform.photo.{}.{}",
            client.seller_id().map(|id| id.to_string()).unwrap_or_default(),
            product.sku
        );
        let hash = format!("{:x}", Sha256::digest(&jpeg));
        let sent: Option<String> = store.setting(&sent_key).await?;
        if jpeg.len() <= PHOTO_LIMIT && sent.as_deref() != Some(hash.as_str()) {
            client.put_photo(&product.sku, jpeg).await?;
            store.put_setting(&sent_key, &hash).await?;
        }
    }
    Ok(())
}

fn listing(product: &Product) -> Listing {
    Listing {
        sku: product.sku.clone(),
        title: product.title.clone(),
        brand: product.brand.clone(),
        category: product.category.clone(),
        description: product.description.clone(),
        price: product.price,
    }
}

fn no_platform(why: &str) -> Failure {
    Failure::new(ErrorCode::Unreachable, why).hint("orders and pins wait here until it is back")
}
