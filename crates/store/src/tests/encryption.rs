//! Nothing of what is stored can be read from the disk, and the key shows nowhere.

use crate::testing::*;
use hawker_domain::order::OrderSource;
use std::{
    fs,
    io::Write,
    sync::{Arc, Mutex},
};
use tracing_subscriber::fmt::MakeWriter;

const CANARY: &str = "KanarienvogelCanary";

#[tokio::test]
async fn neither_file_nor_wal_holds_a_word_in_plain() {
    let store = store().await;
    store.put_product(&product("CANARY-1", CANARY)).await.unwrap();
    store.put_secret("token", CANARY).await.unwrap();
    store.add_destination(CANARY, &format!("rtmp://a.example/live/{CANARY}"), &Default::default()).await.unwrap();
    let mut sale = order(OrderSource::Venue, &[("CANARY-1", 1)]);
    sale.buyer = CANARY.to_owned();
    store.record_venue_sale(&sale).await.unwrap();
    let wal = fs::metadata(store.dir.path().join("hawker.db-wal")).unwrap().len();
    assert!(wal > 4096, "the WAL is looked at while it is full");
    assert_no_canary(store.dir.path());
    let dir = store.into_dir().await;
    assert_no_canary(dir.path());
}

fn assert_no_canary(dir: &std::path::Path) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for needle in [CANARY.as_bytes(), CANARY.to_lowercase().as_bytes(), b"CREATE TABLE", b"SQLite format"] {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{}", path.display());
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let store = store().await;
    store.put_product(&product("A", "a")).await.unwrap();
    for entry in fs::read_dir(store.dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn the_most_talkative_log_holds_no_key_and_no_secret() {
    let log = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    // SQLite works on threads of its own; a default for one thread would not hear them.
    let _ = tracing::subscriber::set_global_default(subscriber);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = store().await;
        store.put_secret("token", CANARY).await.unwrap();
        tracing::info!(store = ?*store, policy = ?passphrase(CANARY), "look");
        store.into_dir().await;
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("look"), "the log was captured");
    assert!(!text.contains(CANARY), "{text}");
    assert!(!text.to_lowercase().contains("pragma key"), "{text}");
}
