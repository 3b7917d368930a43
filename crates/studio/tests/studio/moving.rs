//! From one platform to another.

use crate::support::{SOON, go_live, open, see, set_platform, stock_up};
use hawker_domain::{Sku, reason::NoticeWhy, stock::MovementReason};
use hawker_studio::{
    Studio, Waiting,
    view::{PlatformView, Settings, Snapshot},
};
use hawker_test_support::{Fault, FaultProxy, TestPlatform};
use hawker_wire::{ErrorCode, live::LiveEvent};

/// The show's page is on the platform at `url`.
fn home(url: &str) -> impl Fn(&Snapshot) -> bool {
    move |seen| seen.viewer_url.as_deref().is_some_and(|page| page.starts_with(url))
}

#[tokio::test]
async fn another_platform_takes_over_after_the_show_and_not_during_it() {
    let (first, second) = (TestPlatform::start().await, TestPlatform::start().await);
    let (studio, _folder) = open().await;
    assert_eq!(see(&studio, "nothing set up", |_| true).await.platform, PlatformView::None);
    set_platform(&studio, first.http().as_str()).await;
    see(&studio, "the first platform at once", |seen| seen.platform == PlatformView::Online).await;

    go_live(&studio).await;
    let first_url = first.http().to_string();
    see(&studio, "the show on the first platform", home(&first_url)).await;
    set_platform(&studio, second.http().as_str()).await;
    let during = see(&studio, "it is said", |seen| seen.platform_after_show).await;
    assert!(home(&first_url)(&during), "viewers stay where they are");
    assert_eq!(during.platform, PlatformView::Online);

    let show = during.show_id.unwrap();
    studio.end().await.unwrap();
    see(&studio, "the second platform", |seen| {
        seen.show_id.is_none() && !seen.platform_after_show && seen.platform == PlatformView::Online
    })
    .await;
    let (_, ended) = first.running().app().store.show_owner(show).await.unwrap().unwrap();
    assert!(ended, "the platform that was left heard the end");
    go_live(&studio).await;
    let second_url = second.http().to_string();
    see(&studio, "the next show on the second platform", home(&second_url)).await;
    studio.close().await;
}

#[tokio::test]
async fn a_platform_chosen_on_air_takes_over_only_when_the_one_before_has_heard_of_every_change() {
    let (first, second) = (TestPlatform::start().await, TestPlatform::start().await);
    let proxy = FaultProxy::to(first.http().socket_addrs(|| None).unwrap().remove(0)).await;
    let (studio, _folder) = open().await;
    stock_up(&studio, "TEA", 5).await;
    set_platform(&studio, &format!("http://{}", proxy.address())).await;
    see(&studio, "all told", |seen| seen.platform == PlatformView::Online && seen.waiting_to_sync == 0).await;
    let here = studio.platform_status().await.unwrap().address;
    go_live(&studio).await;
    see(&studio, "the show's page", |seen| seen.viewer_url.is_some()).await;
    set_platform(&studio, second.http().as_str()).await;
    proxy.set(Fault::Refuse);
    see(&studio, "out of reach", |seen| seen.platform == PlatformView::Offline).await;
    studio.move_stock(&Sku::new("TEA").unwrap(), 3, MovementReason::Received).await.unwrap();
    let mut events = studio.events();
    studio.end().await.unwrap();
    let told = async {
        while !matches!(
            events.recv().await.unwrap().event,
            LiveEvent::Notice { why_code: Some(NoticeWhy::MoveWaits), .. }
        ) {}
    };
    tokio::time::timeout(SOON, told).await.expect("the host is told");
    assert_eq!(studio.platform_status().await.unwrap().address, here, "it was not left");

    proxy.set(Fault::None);
    let there = Some(second.http().to_string());
    let mut snapshots = studio.snapshots();
    let moved = async {
        while studio.platform_status().await.unwrap().address != there {
            snapshots.changed().await.unwrap();
        }
    };
    tokio::time::timeout(SOON, moved).await.expect("nothing waits any more");
    see(&studio, "the second platform", |seen| seen.platform == PlatformView::Online && seen.waiting_to_sync == 0)
        .await;
    studio.close().await;
}

/// Waits until the studio's own account has so many pieces at a platform. A short show tells whose account that is.
async fn pieces_reach(studio: &Studio, platform: &TestPlatform, sku: &Sku, wanted: i64) {
    go_live(studio).await;
    let show = see(studio, "the show's page", |seen| seen.viewer_url.is_some()).await.show_id.unwrap();
    let store = &platform.running().app().store;
    let (seller, _) = store.show_owner(show).await.unwrap().unwrap();
    let level = async || store.stock_level(seller, sku).await.unwrap().map(|level| level.on_hand);
    let mut snapshots = studio.snapshots();
    let reached = async {
        while level().await != Some(wanted) {
            snapshots.changed().await.unwrap();
        }
    };
    tokio::time::timeout(SOON, reached).await.expect("the pieces arrive");
    studio.end().await.unwrap();
    see(studio, "off air", |seen| seen.show_id.is_none()).await;
}

#[tokio::test]
async fn changes_that_wait_keep_the_studio_at_its_platform_until_they_are_told_to_go_along() {
    let (first, second) = (TestPlatform::start().await, TestPlatform::start().await);
    let proxy = FaultProxy::to(first.http().socket_addrs(|| None).unwrap().remove(0)).await;
    let at_first = format!("http://{}", proxy.address());
    let (studio, _folder) = open().await;
    stock_up(&studio, "TEA", 5).await;
    set_platform(&studio, &at_first).await;
    see(&studio, "all told", |seen| seen.platform == PlatformView::Online && seen.waiting_to_sync == 0).await;
    proxy.set(Fault::Refuse);
    see(&studio, "out of reach", |seen| seen.platform == PlatformView::Offline).await;
    let sku = Sku::new("TEA").unwrap();
    studio.move_stock(&sku, 3, MovementReason::Received).await.unwrap();

    let move_to = async |url: &str, waiting| {
        let settings = studio.settings().await.unwrap();
        studio.set_settings(Settings { platform_url: Some(url.into()), ..settings }, waiting).await
    };
    let refused = move_to(second.http().as_str(), Waiting::Stay).await.unwrap_err();
    assert!(refused.code == ErrorCode::Conflict && refused.message.starts_with("1 change has"), "{refused}");
    assert_eq!(studio.settings().await.unwrap().platform_url.as_deref(), Some(at_first.as_str()), "nothing was set");
    move_to(second.http().as_str(), Waiting::GoAlong).await.unwrap();
    see(&studio, "the second platform", |seen| seen.platform == PlatformView::Online && seen.waiting_to_sync == 0)
        .await;
    pieces_reach(&studio, &second, &sku, 8).await;

    proxy.set(Fault::None);
    move_to(&at_first, Waiting::Stay).await.unwrap();
    see(&studio, "back again", |seen| seen.platform == PlatformView::Online).await;
    // The first one hears of it when the studio is back.
    pieces_reach(&studio, &first, &sku, 8).await;
    studio.close().await;
}
