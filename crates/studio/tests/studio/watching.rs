//! What the cockpit hears of viewers and of their orders.

use crate::support::{go_live, open, see, set_platform, stock_up};
use hawker_domain::ShowId;
use hawker_studio::view::{PlatformView, Snapshot};
use hawker_test_support::{TestPlatform, pay, reserve};
use hawker_wire::viewer::Reservation;

fn published(seen: &Snapshot) -> bool {
    seen.viewer_url.is_some()
}

fn number_of(seen: &Snapshot) -> ShowId {
    seen.show_id.unwrap()
}

#[tokio::test]
async fn an_order_of_the_last_show_that_comes_late_is_heard_and_is_no_order_of_this_one() {
    let platform = TestPlatform::start().await;
    let (studio, _folder) = open().await;
    stock_up(&studio, "TEA", 5).await;
    set_platform(&studio, platform.http().as_str()).await;
    go_live(&studio).await;
    let first = number_of(&see(&studio, "the first show", published).await);
    see(&studio, "the stock on its way", |seen| seen.waiting_to_sync == 0).await;
    let (client, http) = (&platform.client, &platform.http());
    let held: Reservation = reserve(client, http, first, "late", &[("TEA", 2)]).await.json().await.unwrap();
    studio.end().await.unwrap();
    go_live(&studio).await;
    let second = see(&studio, "the second show", |seen| published(seen) && seen.show_id != Some(first)).await;
    assert_eq!((second.orders, second.orders_heard), (0, 0));
    pay(client, http, &held, "late").await;
    let after = see(&studio, "the late order", |seen| seen.orders_heard == 1).await;
    assert_eq!((after.orders, after.show_id), (0, second.show_id), "this show has sold nothing");
    let orders = studio.orders(10).await.unwrap();
    assert_eq!(orders.len(), 1, "the list that is read anew has it");
    studio.close().await;
}

#[tokio::test]
async fn the_number_of_viewers_is_shown_until_the_platform_is_gone() {
    let mut platform = TestPlatform::start().await;
    let (studio, _folder) = open().await;
    set_platform(&studio, platform.http().as_str()).await;
    see(&studio, "the platform", |seen| seen.platform == PlatformView::Online).await;
    go_live(&studio).await;
    let show = number_of(&see(&studio, "the show", published).await);
    let watching = {
        let app = platform.running().app();
        let (seller, _) = app.store.show_owner(show).await.unwrap().unwrap();
        [app.bus.listen(show, seller), app.bus.listen(show, seller)]
    };
    see(&studio, "two viewers", |seen| seen.viewers == Some(2)).await;
    drop(watching);
    platform.stop().await;
    see(&studio, "no number", |seen| seen.platform == PlatformView::Offline && seen.viewers.is_none()).await;
    studio.close().await;
}
