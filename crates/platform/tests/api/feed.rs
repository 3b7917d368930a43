//! What sellers' devices hear, and how soon.

use crate::body;
use hawker_test_support::{TestPlatform, reserve};
use hawker_wire::{
    feed::FeedEvent,
    viewer::{Reservation, Say},
};
use std::time::{Duration, Instant};

#[tokio::test]
async fn the_feed_has_no_gap_however_many_write_and_read_at_once() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let other = platform.seller("bob").await;
    for shop in [&seller, &other] {
        shop.list("A", 100).await;
        shop.receive("A", 1_000).await;
    }
    let (show, foreign) = (seller.show("a").await.show_id, other.show("b").await.show_id);
    let (client, http) = (&platform.client, platform.http());
    let writers = (0..60).map(|buyer| {
        let (http, show) = (http.clone(), if buyer % 3 == 0 { foreign } else { show });
        async move {
            let _: Reservation = body(reserve(client, &http, show, &format!("k{buyer}"), &[("A", 1)]).await).await;
        }
    });
    let reader = async {
        let mut seen = Vec::new();
        while seen.len() < 41 {
            let page = seller.feed(seen.last().copied().unwrap_or(0), 5_000).await;
            assert!(!page.lines.is_empty(), "news was promised after {seen:?}");
            seen.extend(page.lines.iter().map(|line| line.server_seq));
        }
        seen
    };
    let (_, seen) = tokio::join!(futures_util::future::join_all(writers), reader);
    assert_eq!(seen, (1..=41).collect::<Vec<u64>>(), "read while written, every number once and in order");
    let own = other.feed(0, 0).await;
    assert_eq!((own.lines.len(), own.last_seq), (21, 21), "each seller has a count of its own");
}

#[tokio::test]
async fn a_waiting_feed_wakes_with_the_news() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("a").await.show_id;
    let chat = platform.url(&format!("/api/v1/public/shows/{show}/chat"));
    let say = Say { id: None, from: "小雨".into(), text: "在吗".into(), at: None };
    let (page, said) = tokio::join!(seller.feed(0, 20_000), async {
        // The reader's request is on its way first; if it is not, it finds the entry at once, which is right as well.
        let response = platform.client.post(chat).json(&say).send().await.unwrap();
        assert!(response.status().is_success());
        Instant::now()
    });
    assert!(said.elapsed() < Duration::from_secs(5), "it woke long before its 20 s were over");
    let FeedEvent::Chat { show_id, from, text, .. } = &page.entries()[0].event else { panic!("{page:?}") };
    assert_eq!((*show_id, from.as_str(), text.as_str()), (show, "小雨", "在吗"));

    let empty = seller.feed(page.last_seq, 1).await;
    assert_eq!((empty.lines.len(), empty.last_seq), (0, 1), "no news is an empty page with the same mark");
}
