//! A studio on a folder of its own.

use hawker_domain::stock::MovementReason;
use hawker_studio::{
    LiveOptions, Parts, Studio, StudioConfig, Waiting,
    view::{GoLive, ProductDraft, Settings, Snapshot},
};
use std::time::Duration;
use tempfile::TempDir;
use zeroize::Zeroizing;

/// Longer than anything here takes on a busy machine; a test that waits this long has failed.
pub const SOON: Duration = Duration::from_secs(60);

pub async fn open() -> (Studio, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = StudioConfig {
        data_dir: folder.path().join("data"),
        models_dir: folder.path().join("no-models"),
        onnxruntime: None,
        platform_program: None,
        decoder: None,
        passphrase: Some(Zeroizing::new("correct horse battery staple".to_owned())),
        use_keychain: false,
        parts: Parts::All,
        preview_when_idle: false,
    };
    (Studio::open(config).await.unwrap(), folder)
}

pub async fn set_platform(studio: &Studio, url: &str) {
    let settings = studio.settings().await.unwrap();
    studio.set_settings(Settings { platform_url: Some(url.into()), ..settings }, Waiting::Stay).await.unwrap();
}

/// The test picture, recorded nowhere.
pub async fn go_live(studio: &Studio) {
    let request = GoLive { source: Some("test".into()), record: Some(false), ..GoLive::default() };
    studio.go_live(LiveOptions { request, ..LiveOptions::default() }).await.unwrap();
}

/// The first snapshot from now on for which `wanted` holds.
pub async fn see(studio: &Studio, what: &str, wanted: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let mut snapshots = studio.snapshots();
    let seen = tokio::time::timeout(SOON, snapshots.wait_for(wanted)).await;
    seen.unwrap_or_else(|_| panic!("never seen: {what}")).unwrap().clone()
}

/// A product of which there are some.
pub async fn stock_up(studio: &Studio, sku: &str, pieces: i64) {
    let draft = ProductDraft {
        sku: sku.into(),
        title: format!("title of {sku}"),
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: "15.80".into(),
        cost: String::new(),
        currency: "CNY".into(),
        barcode: String::new(),
    };
    let product = studio.save_product(draft, false).await.unwrap();
    studio.move_stock(&product.sku, pieces, MovementReason::Received).await.unwrap();
}
