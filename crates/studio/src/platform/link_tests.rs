#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use crate::claims::ClaimSettings;
use crate::config::Parts;
use hawker_domain::{Currency, Money, Product, ProductId};
use hawker_store::KeyPolicy;
use hawker_test_support::{TestPlatform, TestSeller};
use hawker_wire::viewer::ShowUpdate;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Longer than anything here takes on a busy machine; a test that waits this long has failed.
const SOON: Duration = Duration::from_secs(60);

struct Studio {
    link: PlatformLink,
    events: mpsc::Receiver<LinkEvent>,
    folder: tempfile::TempDir,
    config: StudioConfig,
    store: Store,
}

impl Studio {
    /// A studio with three products that keeps in touch with the platform at `url`.
    async fn at(url: Url) -> Self {
        Self::new(Place::At(url), |_| None).await
    }

    /// `program` says what is started as the embedded platform; it gets the studio's folder.
    async fn new(place: Place, program: impl FnOnce(&std::path::Path) -> Option<std::path::PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let passphrase = Some(Zeroizing::new("open sesame".to_owned()));
        let key = KeyPolicy { passphrase: passphrase.clone(), use_keychain: false };
        let store = Store::open(folder.path(), key).await.unwrap();
        for name in ["A", "B", "C"] {
            store.put_product(&product(name)).await.unwrap();
        }
        let config = StudioConfig {
            data_dir: folder.path().to_owned(),
            models_dir: folder.path().join("models"),
            onnxruntime: None,
            platform_program: program(folder.path()),
            decoder: None,
            passphrase,
            use_keychain: false,
            parts: Parts::StoreAndPlatform,
            preview_when_idle: false,
        };
        let (link, events) = PlatformLink::start(config.clone(), store.clone(), place, "Hawker".into());
        Self { link, events, folder, config, store }
    }

    /// Ends the link and starts another on the same store, as a restart of the studio does.
    async fn restart(mut self, url: Url) -> Self {
        self.link.stop().await;
        (self.link, self.events) =
            PlatformLink::start(self.config.clone(), self.store.clone(), Place::At(url), "Hawker".into());
        self
    }

    async fn hear<T>(&mut self, what: &str, mut wanted: impl FnMut(LinkEvent) -> Option<T>) -> T {
        let heard = tokio::time::timeout(SOON, async {
            loop {
                let event = self.events.recv().await.unwrap_or_else(|| panic!("the link ended before: {what}"));
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
        });
        heard.await.unwrap_or_else(|_| panic!("never heard: {what}"))
    }

    async fn online(&mut self) {
        self.hear("the platform is online", |event| matches!(event, LinkEvent::Online).then_some(())).await;
    }

    async fn moved(&mut self) -> Place {
        let place = |event| match event {
            LinkEvent::Moved(place) => Some(place),
            _ => None,
        };
        self.hear("the studio moved", place).await
    }

    /// Publishes a show and waits until the platform knows it.
    async fn publish(&mut self, running_order: &[&str]) -> ShowId {
        let show_id = ShowId(Uuid::now_v7());
        self.link.publish(CreateShow { show_id, title: "Friday".into(), running_order: skus(running_order) });
        self.hear("the show is ready", |event| matches!(event, LinkEvent::ShowReady { .. }).then_some(())).await;
        show_id
    }
}

fn skus(names: &[&str]) -> Vec<Sku> {
    names.iter().map(|name| Sku::new(name).unwrap()).collect()
}

fn product(name: &str) -> Product {
    Product {
        id: ProductId(Uuid::now_v7()),
        sku: Sku::new(name).unwrap(),
        title: name.to_owned(),
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: Money::new(100, Currency::CNY),
        cost: None,
        barcode: String::new(),
        aliases: vec![],
        variant: None,
    }
}

/// The next shelf the viewers of a show are told of.
async fn next_shelf(updates: &mut tokio::sync::broadcast::Receiver<ShowUpdate>) -> Vec<Sku> {
    let shelf = tokio::time::timeout(SOON, async {
        loop {
            if let ShowUpdate::Shelf { skus } = updates.recv().await.unwrap() {
                return skus;
            }
        }
    });
    shelf.await.unwrap()
}

#[tokio::test]
async fn a_running_order_changed_on_air_reaches_the_viewers_and_one_changed_twice_does_once() {
    let platform = TestPlatform::start().await;
    let mut studio = Studio::at(platform.http()).await;
    let show = studio.publish(&["A", "B", "C"]).await;
    let app = platform.running().app();
    let (seller, _) = app.store.show_owner(show).await.unwrap().unwrap();
    let mut viewer = app.bus.listen(show, seller);
    studio.link.running_order(skus(&["B"]));
    studio.link.running_order(skus(&["C", "A"]));
    let mut seen = next_shelf(&mut viewer).await;
    if seen == skus(&["B"]) {
        // The link was quick enough to send both; the newest comes last.
        seen = next_shelf(&mut viewer).await;
    }
    assert_eq!(seen, skus(&["C", "A"]));
    studio.link.stop().await;
}

#[tokio::test]
async fn a_running_order_changed_while_the_platform_was_away_is_there_when_it_is_back() {
    let mut platform = TestPlatform::start().await;
    let mut studio = Studio::at(platform.http()).await;
    let show = studio.publish(&["A", "B", "C"]).await;
    let http = platform.http();
    platform.stop().await;
    studio.hear("the platform is away", |event| matches!(event, LinkEvent::Offline(_)).then_some(())).await;
    studio.link.running_order(skus(&["C"]));
    platform.start_again(&http).await;
    let app = std::sync::Arc::clone(platform.running().app());
    let (seller, _) = app.store.show_owner(show).await.unwrap().unwrap();
    let mut viewer = app.bus.listen(show, seller);
    let on_shelf = async || {
        let page = app.store.show_page(show).await.unwrap().unwrap();
        page.shelf.into_iter().map(|product| product.sku).collect::<Vec<_>>()
    };
    // It may have come before this viewer did.
    if on_shelf().await != skus(&["C"]) {
        assert_eq!(next_shelf(&mut viewer).await, skus(&["C"]));
    }
    studio.link.stop().await;
}

#[tokio::test]
async fn rules_for_comments_changed_while_the_platform_was_away_are_there_when_it_is_back() {
    let mut platform = TestPlatform::start().await;
    let mut studio = Studio::at(platform.http()).await;
    let show = studio.publish(&["A"]).await;
    let http = platform.http();
    platform.stop().await;
    studio.hear("the platform is away", |event| matches!(event, LinkEvent::Offline(_)).then_some(())).await;
    let settings = ClaimSettings { taken: true, ..ClaimSettings::default() };
    studio.store.put_setting(crate::claims::RULES, &settings).await.unwrap();
    platform.start_again(&http).await;
    let app = std::sync::Arc::clone(platform.running().app());
    let (seller, _) = app.store.show_owner(show).await.unwrap().unwrap();
    let mut viewer = app.bus.listen(show, seller);
    // Pages hear the numbers that comments go by; the rules may have come before this viewer did.
    while app.store.claimable(show, None).await.unwrap().is_none() {
        next_shelf(&mut viewer).await;
    }
    studio.link.stop().await;
}

#[tokio::test]
async fn another_platform_takes_over_at_once_and_the_one_that_is_left_hears_the_end_of_its_show() {
    let (left, taken) = (TestPlatform::start().await, TestPlatform::start().await);
    let mut studio = Studio::at(left.http()).await;
    let show = studio.publish(&[]).await;
    studio.link.end(show);
    studio.link.move_to(Place::At(taken.http()));
    assert_eq!(studio.moved().await, Place::At(taken.http()));
    let (_, ended) = left.running().app().store.show_owner(show).await.unwrap().unwrap();
    assert!(ended, "nobody waits in a room that nobody will come to");
    studio.online().await;
    let next = studio.publish(&["B"]).await;
    let page = taken.running().app().store.show_page(next).await.unwrap().unwrap();
    assert_eq!(page.shelf.len(), 1, "the new platform has the catalogue and the show");
    studio.link.stop().await;
}

#[tokio::test]
async fn a_platform_that_does_not_answer_is_left_for_another() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Url::parse(&format!("http://{}", gone.local_addr().unwrap())).unwrap();
    drop(gone);
    let taken = TestPlatform::start().await;
    let mut studio = Studio::at(address).await;
    studio.hear("nobody answers", |event| matches!(event, LinkEvent::Offline(_)).then_some(())).await;
    studio.link.move_to(Place::At(taken.http()));
    studio.online().await;
    studio.link.stop().await;
}

/// A program that says it is a platform at `url`, and notes in the studio's folder when it was ended in good order.
#[cfg(unix)]
fn program_at(url: &Url, folder: &std::path::Path) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let (path, note) = (folder.join("platform.sh"), folder.join("ended"));
    let script = format!("#!/bin/sh\necho '{{\"http\":\"{url}\"}}'\ncat >/dev/null\ntouch '{}'\n", note.display());
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[cfg(unix)]
#[tokio::test]
async fn the_embedded_platform_ends_before_another_takes_over_and_starts_again_when_it_is_wanted() {
    let (embedded, other) = (TestPlatform::start().await, TestPlatform::start().await);
    let mut studio = Studio::new(Place::Embedded, |folder| Some(program_at(&embedded.http(), folder))).await;
    let note = studio.folder.path().join("ended");
    studio.online().await;
    assert!(!note.exists());
    studio.link.move_to(Place::At(other.http()));
    studio.moved().await;
    assert!(note.exists(), "two platforms on one machine would fight for its ports and its data");
    studio.online().await;
    std::fs::remove_file(&note).unwrap();
    studio.link.move_to(Place::Embedded);
    assert_eq!(studio.moved().await, Place::Embedded);
    studio.online().await;
    studio.link.move_to(Place::Nowhere);
    assert_eq!(studio.moved().await, Place::Nowhere);
    assert!(note.exists());
    studio.link.stop().await;
}

fn sign_in(email: &str, password: &str) -> AccountChange {
    AccountChange::Enter { email: email.into(), password: Zeroizing::new(password.into()) }
}

impl Studio {
    async fn change(&self, change: AccountChange) -> Outcome<()> {
        let (reply, answer) = oneshot::channel();
        self.link.change_account(change, reply);
        tokio::time::timeout(SOON, answer).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_seller_with_an_account_signs_in_while_the_studio_is_connected() {
    let platform = TestPlatform::start().await;
    let ada = platform.seller("ada").await;
    let mut studio = Studio::at(platform.http()).await;
    studio.online().await;
    let refused = studio.change(sign_in(&ada.email, "guessed")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unauthorized);
    let own_show = studio.publish(&[]).await;
    studio.link.end(own_show);

    studio.change(sign_in(&ada.email, TestSeller::PASSWORD)).await.unwrap();
    studio.moved().await;
    studio.online().await;
    let show = studio.publish(&[]).await;
    let owner = async |show| platform.running().app().store.show_owner(show).await.unwrap().unwrap();
    assert_eq!(owner(show).await.0, ada.seller_id, "shows are hers from now on");
    let (own, ended) = owner(own_show).await;
    assert!(own != ada.seller_id && ended, "the account that was left heard the end of its show");
    studio.link.end(show);
    studio.change(AccountChange::Leave).await.unwrap();
    studio.moved().await;
    studio.online().await;
    let back = studio.publish(&[]).await;
    assert_eq!(owner(back).await.0, own, "the studio's own account was kept");
    studio.link.stop().await;
}

#[tokio::test]
async fn signing_in_where_no_platform_answers_is_told_at_once() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Url::parse(&format!("http://{}", gone.local_addr().unwrap())).unwrap();
    drop(gone);
    let mut studio = Studio::at(address).await;
    studio.hear("nobody answers", |event| matches!(event, LinkEvent::Offline(_)).then_some(())).await;
    let refused = studio.change(sign_in("ada@example.org", TestSeller::PASSWORD)).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unreachable);
    studio.link.move_to(Place::Nowhere);
    studio.moved().await;
    let refused = studio.change(sign_in("ada@example.org", TestSeller::PASSWORD)).await.unwrap_err();
    assert!(refused.to_string().contains("no platform is set up"), "{refused}");
    studio.link.stop().await;
}

#[tokio::test]
async fn a_show_the_platform_refuses_is_told_once_and_the_link_goes_on() {
    let platform = TestPlatform::start().await;
    let taken = platform.seller("ada").await.show("Friday").await.show_id;
    let mut studio = Studio::at(platform.http()).await;
    studio.online().await;
    studio.link.publish(CreateShow { show_id: taken, title: "Mine".into(), running_order: vec![] });
    let mut reconnected = 0;
    let why = studio
        .hear("the show is refused", |event| match event {
            LinkEvent::ShowRefused { show_id, why } if show_id == taken => Some(why),
            LinkEvent::Offline(_) => {
                reconnected += 1;
                None
            }
            _ => None,
        })
        .await;
    assert_eq!((why.code, why.retryable, reconnected), (ErrorCode::Conflict, false, 0));
    // A changed wish makes the link look at the refused show again.
    studio.link.running_order(skus(&["A"]));
    studio.link.catalogue_changed();
    studio.link.end(taken);
    let next = CreateShow { show_id: ShowId(Uuid::now_v7()), title: "Next".into(), running_order: vec![] };
    studio.link.publish(next);
    let ready = |event| match event {
        LinkEvent::ShowReady { .. } => Some(true),
        LinkEvent::ShowRefused { .. } | LinkEvent::Offline(_) => Some(false),
        _ => None,
    };
    assert!(studio.hear("the next show is ready", ready).await, "the link never left, and said it once");
    studio.link.stop().await;
}

#[tokio::test]
async fn the_end_of_a_show_that_the_platform_did_not_hear_is_told_after_a_restart() {
    let mut platform = TestPlatform::start().await;
    let mut studio = Studio::at(platform.http()).await;
    for is_said in [true, false] {
        let show = studio.publish(&["A"]).await;
        let http = platform.http();
        platform.stop().await;
        studio.hear("the platform is away", |event| matches!(event, LinkEvent::Offline(_)).then_some(())).await;
        if is_said {
            studio.link.end(show);
        }
        studio = studio.restart(http.clone()).await;
        platform.start_again(&http).await;
        studio.online().await;
        // The link is in step when the next show is ready: ends are told before it.
        let next = studio.publish(&[]).await;
        let ended = async |show| platform.running().app().store.show_owner(show).await.unwrap().unwrap().1;
        assert!(ended(show).await, "ended in good order: {is_said}; otherwise the studio was cut off");
        assert!(!ended(next).await, "the show on air goes on");
        studio.link.end(next);
    }
    studio.link.stop().await;
}

#[tokio::test]
async fn a_product_that_is_refused_is_told_until_it_changes_and_only_once() {
    let platform = TestPlatform::start().await;
    let mut studio = Studio::at(platform.http()).await;
    studio.online().await;
    let priced = |minor| Product { price: Money::new(minor, Currency::CNY), ..product("B") };
    let mut told = Vec::new();
    for price in [i64::MAX, i64::MAX, 100, i64::MAX] {
        studio.store.put_product(&priced(price)).await.unwrap();
        studio.link.catalogue_changed();
        // The catalogue is told before a show is.
        let show_id = ShowId(Uuid::now_v7());
        studio.link.publish(CreateShow { show_id, title: "Friday".into(), running_order: vec![] });
        let mut names = Vec::new();
        let listen = |event| match event {
            LinkEvent::ListingsRefused(refused) => {
                names.extend(refused.into_iter().map(|one| one.title));
                None
            }
            LinkEvent::ShowReady { .. } => Some(()),
            _ => None,
        };
        studio.hear("the show is ready", listen).await;
        studio.link.end(show_id);
        told.push(names);
    }
    assert_eq!(told, [vec!["B".to_owned()], vec![], vec![], vec!["B".to_owned()]]);
    studio.link.stop().await;
}

#[tokio::test]
async fn the_studio_hears_how_many_watch() {
    let platform = TestPlatform::start().await;
    let mut studio = Studio::at(platform.http()).await;
    let show = studio.publish(&[]).await;
    let app = platform.running().app();
    let (seller, _) = app.store.show_owner(show).await.unwrap().unwrap();
    let number = |wanted: u64| {
        move |event| match event {
            LinkEvent::Viewers { show_id, count } if count == wanted => Some(show_id),
            _ => None,
        }
    };
    assert_eq!(studio.hear("nobody", number(0)).await, show);
    let viewers = [app.bus.listen(show, seller), app.bus.listen(show, seller)];
    assert_eq!(studio.hear("two pages", number(2)).await, show);
    drop(viewers);
    studio.hear("nobody again", number(0)).await;
    studio.link.stop().await;
}
