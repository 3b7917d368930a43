#![allow(clippy::unwrap_used)]
use super::*;
use hawker_domain::{
    Sku,
    failure::FailureWhy,
    stock::{MovementReason, StockMovement},
};
use hawker_store::KeyPolicy;
use hawker_test_support::{TestPlatform, TestSeller};
use zeroize::Zeroizing;

const KEY: &str = "https://shop.example";

async fn store() -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let passphrase = Some(Zeroizing::new("open sesame".to_owned()));
    (Store::open(dir.path(), KeyPolicy { passphrase, use_keychain: false }).await.unwrap(), dir)
}

fn sign_in(email: &str, password: &str) -> AccountChange {
    AccountChange::Enter { email: email.into(), password: Zeroizing::new(password.into()) }
}

fn sign_up(email: &str, password: &str) -> AccountChange {
    let password = Zeroizing::new(password.into());
    AccountChange::Create { email: email.into(), password, shop_name: "Ada's".into() }
}

async fn seller_of(store: &Store, platform: &TestPlatform) -> hawker_domain::SellerId {
    open(store, &platform.http(), KEY, false, "Hawker").await.unwrap().seller_id().unwrap()
}

#[tokio::test]
async fn a_person_signs_in_and_out_and_the_studios_own_account_is_still_there() {
    let platform = TestPlatform::start().await;
    let ada = platform.seller("ada").await;
    let (store, _dir) = store().await;
    assert!(!is_known(&store, KEY).await.unwrap(), "nobody has been there");
    let own = seller_of(&store, &platform).await;
    assert!(is_known(&store, KEY).await.unwrap() && !is_known(&store, "embedded").await.unwrap());
    assert_eq!(signed_in_as(&store, KEY).await.unwrap(), None);

    change(&store, &platform.http(), KEY, sign_in(&format!(" {} ", ada.email), TestSeller::PASSWORD)).await.unwrap();
    assert_eq!(signed_in_as(&store, KEY).await.unwrap().as_deref(), Some(ada.email.as_str()));
    assert_eq!(signed_in_as(&store, "embedded").await.unwrap(), None, "each platform has its own");
    assert_eq!(seller_of(&store, &platform).await, ada.seller_id);

    change(&store, &platform.http(), KEY, AccountChange::Leave).await.unwrap();
    assert_eq!(seller_of(&store, &platform).await, own);
}

#[tokio::test]
async fn a_wrong_password_says_so_and_changes_nothing() {
    let platform = TestPlatform::start().await;
    let ada = platform.seller("ada").await;
    let (store, _dir) = store().await;
    let own = seller_of(&store, &platform).await;
    let refused = change(&store, &platform.http(), KEY, sign_in(&ada.email, "guessed")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unauthorized);
    assert!(refused.hint.is_some() && !refused.to_string().contains("guessed"), "{refused}");
    assert_eq!(signed_in_as(&store, KEY).await.unwrap(), None);
    assert_eq!(seller_of(&store, &platform).await, own);
}

#[tokio::test]
async fn another_password_is_kept_here_and_asked_for_everywhere_else() {
    const NEW: &str = "a stall by the river";
    let platform = TestPlatform::start().await;
    let ada = platform.seller("ada").await;
    let http = platform.http();
    let ((here, _dir), (elsewhere, _other)) = (store().await, store().await);
    for store in [&here, &elsewhere] {
        change(store, &http, KEY, sign_in(&ada.email, TestSeller::PASSWORD)).await.unwrap();
    }
    let renew = |password: &str| AccountChange::Renew {
        password: Zeroizing::new(password.to_owned()),
        new_password: Zeroizing::new(NEW.to_owned()),
    };
    let refused = change(&here, &http, KEY, renew("guessed")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unauthorized);
    assert_eq!(seller_of(&here, &platform).await, ada.seller_id, "the password that is kept still opens");
    change(&here, &http, KEY, renew(TestSeller::PASSWORD)).await.unwrap();
    assert_eq!(seller_of(&here, &platform).await, ada.seller_id);
    let out = open(&elsewhere, &http, KEY, false, "Hawker").await.err().unwrap();
    assert_eq!(out.code, ErrorCode::Unauthorized);
    assert!(out.hint.unwrap().contains("sign in again"), "the other studio says what to do");
}

#[tokio::test]
async fn a_new_account_is_made_once_and_needs_a_password_worth_the_name() {
    let platform = TestPlatform::start().await;
    let (store, _dir) = store().await;
    let http = platform.http();
    let short = change(&store, &http, KEY, sign_up("ada@example.org", "short")).await.unwrap_err();
    assert_eq!(short.code, ErrorCode::BadInput);
    change(&store, &http, KEY, sign_up("ada@example.org", "a long enough password")).await.unwrap();
    assert_eq!(signed_in_as(&store, KEY).await.unwrap().as_deref(), Some("ada@example.org"));
    let again = change(&store, &http, KEY, sign_up("ada@example.org", "another long password")).await.unwrap_err();
    assert_eq!(again.code, ErrorCode::Conflict);
    assert!(seller_of(&store, &platform).await.0 != uuid::Uuid::nil(), "the first password still signs in");
}

#[tokio::test]
async fn a_person_the_platform_no_longer_knows_is_asked_to_sign_in_again_and_nobody_else_is_signed_in() {
    let (known, fresh) = (TestPlatform::start().await, TestPlatform::start().await);
    let ada = known.seller("ada").await;
    let (store, _dir) = store().await;
    change(&store, &known.http(), KEY, sign_in(&ada.email, TestSeller::PASSWORD)).await.unwrap();
    for embedded in [true, false] {
        let refused = open(&store, &fresh.http(), KEY, embedded, "Hawker").await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unauthorized);
        assert!(refused.to_string().contains("sign in again"), "{refused}");
    }
}

#[tokio::test]
async fn a_device_that_was_revoked_is_told_what_to_do_and_hands_over_what_it_sold() {
    let platform = TestPlatform::start().await;
    let (store, _dir) = store().await;
    let client = open(&store, &platform.http(), KEY, false, "Hawker").await.unwrap();
    client.revoke_device(store.device().await.unwrap().device_id).await.unwrap();
    let (sku, reason) = (Sku::new("A").unwrap(), MovementReason::Received);
    let movement = StockMovement { sku, delta: 1, reason, order_id: None };
    store.move_stock(&movement).await.unwrap();
    let told = open(&store, &platform.http(), KEY, false, "Hawker").await.unwrap_err();
    assert_eq!(told.code, ErrorCode::Forbidden, "{told}");
    assert!(!told.retryable && told.to_string().contains("--data-dir"), "{told}");
    assert_eq!(told.reason.map(|reason| reason.why), Some(FailureWhy::DeviceRevoked));
    assert_eq!(store.pending_count().await.unwrap(), 0, "what it did waits at the platform for a person");
}

#[tokio::test]
async fn a_platform_that_was_put_back_is_heard_before_its_epoch_is_taken() {
    let platform = TestPlatform::start().await;
    let (store, _dir) = store().await;
    open(&store, &platform.http(), KEY, false, "Hawker").await.unwrap();
    // What it had given since is gone there.
    store.set_epoch(2).await.unwrap();
    let client = open(&store, &platform.http(), KEY, false, "Hawker").await.unwrap();
    assert_eq!(store.device().await.unwrap().epoch, 2);
    let report = Sync::new(store.clone(), client).sync_once().await.unwrap();
    assert_eq!((report.restored, store.device().await.unwrap().epoch), (Some(0), 1), "it lost changes, and says so");
    assert_eq!(store.pending_count().await.unwrap(), 0);
}
