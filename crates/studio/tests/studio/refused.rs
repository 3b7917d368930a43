//! A platform that does not take a show.

use crate::support::{go_live, open, see, set_platform};
use hawker_domain::{
    reason::NoticeWhy,
    show::{DegradedWhy, ShowState},
};
use hawker_studio::view::PlatformView;
use hawker_test_support::{Fault, FaultProxy, TestPlatform};
use hawker_wire::{live::LiveEvent, show::CreateShow};
use reqwest::Method;

#[tokio::test]
async fn a_show_whose_id_is_taken_goes_on_without_the_platform_and_the_host_is_told_what_to_do() {
    let platform = TestPlatform::start().await;
    let (host, port) = (platform.http().host_str().unwrap().to_owned(), platform.http().port().unwrap());
    let proxy = FaultProxy::to(format!("{host}:{port}").parse().unwrap()).await;
    let (studio, _folder) = open().await;
    set_platform(&studio, &format!("http://{}", proxy.address())).await;
    see(&studio, "the platform", |seen| seen.platform == PlatformView::Online).await;
    proxy.set(Fault::Refuse);
    see(&studio, "the platform away", |seen| seen.platform == PlatformView::Offline).await;
    let mut events = studio.events();
    go_live(&studio).await;
    let show_id = see(&studio, "the show", |seen| seen.show_id.is_some()).await.show_id.unwrap();
    let ada = platform.seller("ada").await;
    let form = CreateShow { show_id, title: "Hers".into(), running_order: vec![] };
    let _: serde_json::Value = ada.ok(Method::POST, "/api/v1/shows", &form).await;
    proxy.set(Fault::None);

    let refused = |state: &ShowState| match state {
        ShowState::Degraded { why } => {
            why.contains(&DegradedWhy::ShowRefused) && !why.contains(&DegradedWhy::PlatformDown)
        }
        _ => false,
    };
    let seen = see(&studio, "on air without its page", |seen| refused(&seen.show)).await;
    assert_eq!((seen.platform, seen.viewer_url), (PlatformView::Online, None));
    studio.end().await.unwrap();
    let mut told = 0;
    while let Ok(line) = events.try_recv() {
        if let LiveEvent::Notice { why_code: Some(NoticeWhy::ShowTaken), hint, .. } = line.event {
            told += 1;
            assert!(hint.unwrap().contains("go live again"));
        }
    }
    assert_eq!(told, 1);
    studio.close().await;
}
