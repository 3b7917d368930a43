//! From one platform to another.

use crate::support::{go_live, open, see, set_platform};
use hawker_studio::view::{PlatformView, Snapshot};
use hawker_test_support::TestPlatform;

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
