//! The loops, with a network that goes away and comes back.

use crate::making::*;
use hawker_domain::order::Order;
use hawker_sync::{Sync, SyncEvent};
use hawker_test_support::{Fault, FaultProxy, TestPlatform, buy};
use hawker_wire::feed::FeedEvent;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, Receiver};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Longer than the longest pause between two tries, so that a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(40);

async fn until<T>(events: &mut Receiver<SyncEvent>, want: impl Fn(&SyncEvent) -> Option<T>) -> T {
    let search = async {
        loop {
            let event = events.recv().await.expect("the sync runs");
            if let Some(found) = want(&event) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("the event comes")
}

fn paid(event: &SyncEvent) -> Option<hawker_domain::OrderId> {
    match event {
        SyncEvent::Applied(entry) => match &entry.event {
            FeedEvent::OrderPaid { order } => Some(order.id),
            _ => None,
        },
        _ => None,
    }
}

/// Looks until it holds: the outbox tells of refusals only.
async fn drained(store: &hawker_store::Store) {
    let look = async {
        while store.pending_count().await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.expect("the outbox is drained");
}

#[tokio::test]
async fn orders_arrive_within_a_second_and_survive_an_outage() {
    let platform = TestPlatform::start().await;
    let http = platform.http();
    let target = http.socket_addrs(|| None).unwrap()[0];
    let proxy = FaultProxy::to(target).await;
    let through = Url::parse(&format!("http://{}/", proxy.address())).unwrap();
    let (client, show) = seller(through, "anna").await;
    let (store, _dir) = store().await;
    let (events, mut told) = mpsc::channel(16);
    let cancel = CancellationToken::new();
    let running = tokio::spawn(Sync::new(store.clone(), client).run(cancel.clone(), events));
    until(&mut told, |event| (*event == SyncEvent::Online).then_some(())).await;

    store.move_stock(&received(10)).await.unwrap();
    drained(&store).await;
    let mut took = Vec::new();
    for _ in 0..3 {
        let receipt = buy(&platform.client, &http, show.show_id, "MILK", 1).await;
        let bought = Instant::now();
        assert_eq!(until(&mut told, paid).await, receipt.order_id);
        took.push(bought.elapsed());
        assert!(store.order(receipt.order_id).await.is_ok(), "it is stored before it is told");
    }
    eprintln!("order on the page -> in the studio's store: {took:?}");
    // Any one of them may have waited for a disk or a processor that somebody else had.
    assert!(took.iter().min().is_some_and(|quickest| *quickest < Duration::from_secs(1)), "{took:?}");

    proxy.set(Fault::Refuse);
    until(&mut told, |event| matches!(event, SyncEvent::Offline { .. }).then_some(())).await;
    store.record_venue_sale(&venue_sale(2)).await.unwrap();
    let missed = buy(&platform.client, &http, show.show_id, "MILK", 1).await;
    proxy.set(Fault::None);
    assert_eq!(until(&mut told, paid).await, missed.order_id);
    drained(&store).await;
    assert_eq!(store.level(&sku()).await.unwrap().on_hand, 4);
    assert_eq!(on_shelf(&platform, &show).await, 4, "10 - 3 - 2 - 1 on both sides");

    cancel.cancel();
    tokio::time::timeout(PATIENCE, running).await.expect("cancel ends it").unwrap();
}

#[tokio::test]
async fn it_ends_when_nobody_listens() {
    let platform = TestPlatform::start().await;
    let (client, _) = seller(platform.http(), "anna").await;
    let (store, _dir) = store().await;
    let (events, told) = mpsc::channel(1);
    drop(told);
    let run = Sync::new(store, client).run(CancellationToken::new(), events);
    tokio::time::timeout(PATIENCE, run).await.expect("it ends");
}

#[tokio::test]
async fn a_refused_change_names_its_product() {
    let platform = TestPlatform::start().await;
    let (client, _) = seller(platform.http(), "anna").await;
    let ((other, _other_dir), (store, _dir)) = (store().await, store().await);
    let sale = venue_sale(1);
    other.record_venue_sale(&sale).await.unwrap();
    Sync::new(other, client.clone()).sync_once().await.unwrap();
    // The same sale, told by another device in another version.
    store.record_venue_sale(&Order { id: sale.id, ..venue_sale(2) }).await.unwrap();
    let (events, mut told) = mpsc::channel(16);
    let cancel = CancellationToken::new();
    let running = tokio::spawn(Sync::new(store, client).run(cancel.clone(), events));
    let refused = until(&mut told, |event| match event {
        SyncEvent::OpRejected { skus, .. } => Some(skus.clone()),
        _ => None,
    });
    assert_eq!(refused.await, [sku()]);
    cancel.cancel();
    running.await.unwrap();
}
