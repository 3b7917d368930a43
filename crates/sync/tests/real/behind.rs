//! A database that was put back by hand, with and without the file beside it that knows better.

use crate::making::*;
use hawker_domain::SellerId;
use hawker_store::Store;
use hawker_sync::{Api, FeedAnswer, OpsAnswer, OpsStop, PlatformClient, Sync};
use hawker_test_support::TestPlatform;
use hawker_wire::{
    Failure,
    account::{Device, RegisterDevice},
    feed::{FeedPosition, FeedReturned, OpsAcked, ReturnFeed},
    ops::PostOps,
};
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

const DATABASE: &str = "hawker.db";
const BESIDE: &str = "high-water.json";

/// The platform, and why it stopped.
#[derive(Clone)]
struct Watched {
    client: PlatformClient,
    stops: Arc<Mutex<Vec<OpsStop>>>,
}

impl Watched {
    fn new(client: &PlatformClient) -> Self {
        Self { client: client.clone(), stops: Arc::default() }
    }

    fn forked(&self) -> bool {
        self.stops.lock().unwrap().contains(&OpsStop::Fork)
    }
}

impl Api for Watched {
    fn seller_id(&self) -> Option<SellerId> {
        self.client.seller_id()
    }

    async fn register_device(&self, form: &RegisterDevice) -> Result<Device, Failure> {
        self.client.register_device(form).await
    }

    async fn post_ops(&self, form: &PostOps) -> Result<OpsAnswer, Failure> {
        let answer = self.client.post_ops(form).await?;
        if let OpsAnswer::Stopped { reason, .. } = &answer {
            self.stops.lock().unwrap().push(*reason);
        }
        Ok(answer)
    }

    async fn feed(&self, seen: &FeedPosition, acked: Option<OpsAcked>, wait: Duration) -> Result<FeedAnswer, Failure> {
        self.client.feed(seen, acked, wait).await
    }

    async fn return_feed(&self, form: &ReturnFeed) -> Result<FeedReturned, Failure> {
        self.client.return_feed(form).await
    }
}

/// A closed store that sold 1 and told so after its database was copied: 100 came in before, and 10 wait in the copy.
async fn sold_on(client: &PlatformClient) -> (TempDir, Vec<u8>) {
    let (store, dir) = store().await;
    let sync = Sync::new(store.clone(), client.clone());
    store.move_stock(&received(100)).await.unwrap();
    sync.sync_once().await.unwrap();
    store.move_stock(&received(10)).await.unwrap();
    store.close().await;
    drop(sync);
    let copy = fs::read(dir.path().join(DATABASE)).unwrap();
    let store = open(dir.path()).await;
    store.record_venue_sale(&venue_sale(1)).await.unwrap();
    Sync::new(store.clone(), client.clone()).sync_once().await.unwrap();
    store.close().await;
    (dir, copy)
}

/// Goes on selling under numbers that the platform has had, and syncs.
async fn go_on(store: &Store, watched: &Watched) {
    store.move_stock(&received(5)).await.unwrap();
    store.record_venue_sale(&venue_sale(2)).await.unwrap();
    Sync::new(store.clone(), watched.clone()).sync_once().await.unwrap();
}

#[tokio::test]
async fn an_older_database_gets_a_new_epoch_without_a_fork_and_without_the_file_by_one() {
    for is_beside in [true, false] {
        let platform = TestPlatform::start().await;
        let (client, show) = seller(platform.http(), "anna").await;
        let (dir, copy) = sold_on(&client).await;
        assert_eq!(on_shelf(&platform, &show).await, 109);
        fs::write(dir.path().join(DATABASE), copy).unwrap();
        if !is_beside {
            fs::remove_file(dir.path().join(BESIDE)).unwrap();
        }
        let store = open(dir.path()).await;
        let watched = Watched::new(&client);
        go_on(&store, &watched).await;
        assert_eq!(watched.forked(), !is_beside, "{:?}", watched.stops.lock().unwrap());
        assert_eq!((store.device().await.unwrap().epoch, store.pending_count().await.unwrap()), (2, 0));
        assert_eq!(on_shelf(&platform, &show).await, 112, "100 + 10 - 1 + 5 - 2, each once");
        let level = store.level(&sku()).await.unwrap();
        assert_eq!((level.on_hand, store.order_count().await.unwrap()), (112, 2), "what the copy lacked came back");
        // It is a device as any other from then on.
        store.close().await;
        let store = open(dir.path()).await;
        assert_eq!(store.device().await.unwrap().epoch, 2);
        go_on(&store, &watched).await;
        assert_eq!((store.device().await.unwrap().epoch, on_shelf(&platform, &show).await), (2, 115));
    }
}

#[tokio::test]
async fn a_copy_with_its_file_is_found_by_its_fork() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (dir, _) = sold_on(&client).await;
    let other = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, other.path().join(path.file_name().unwrap())).unwrap();
    }
    let (first, second) = (open(dir.path()).await, open(other.path()).await);
    let (at_first, at_second) = (Watched::new(&client), Watched::new(&client));
    go_on(&first, &at_first).await;
    go_on(&second, &at_second).await;
    assert_eq!((at_first.forked(), at_second.forked()), (false, true));
    assert_eq!(on_shelf(&platform, &show).await, 115, "109 and twice 5 - 2");
    assert_eq!(second.pending_count().await.unwrap(), 0);
}
