//! Every way in which a store does not open has a name, and changes nothing.

use crate::{
    KeyHome, KeyPolicy, OpenError, Store,
    key::{self, KEY_FILE},
    testing::*,
};
use std::{fs, io::Write, path::Path};

const DATABASE: &str = "hawker.db";

async fn filled() -> tempfile::TempDir {
    let store = store().await;
    for number in 0..40 {
        store.put_product(&product(&format!("S{number}"), &format!("纯牛奶 milk {number}"))).await.unwrap();
    }
    store.into_dir().await
}

#[tokio::test]
async fn what_was_stored_is_there_after_reopening() {
    let store = store().await;
    let milk = product("A1", "纯牛奶");
    store.put_product(&milk).await.unwrap();
    let device = store.device().await.unwrap();
    let dir = store.into_dir().await;
    let again = open(dir.path()).await.unwrap();
    assert_eq!(again.product(&milk.sku).await.unwrap(), Some(milk));
    assert_eq!(again.device().await.unwrap(), device);
    assert_eq!(again.key_home(), KeyHome::PassphraseFile);
}

#[tokio::test]
async fn a_wrong_passphrase_is_told_from_a_missing_one() {
    let dir = filled().await;
    let wrong = Store::open(dir.path(), passphrase("open barley")).await.unwrap_err();
    assert!(matches!(wrong, OpenError::WrongKey), "{wrong:?}");
    let none = Store::open(dir.path(), KeyPolicy::default()).await.unwrap_err();
    assert!(matches!(none, OpenError::PassphraseNeeded), "{none:?}");
    assert!(open(dir.path()).await.is_ok(), "the attempts did no harm");
}

#[tokio::test]
async fn without_keychain_and_passphrase_there_is_no_store_and_both_ways_out_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let error = Store::open(dir.path(), KeyPolicy::default()).await.unwrap_err();
    assert!(matches!(error, OpenError::NoKeyHome { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("keychain") && text.contains("passphrase"), "{text}");
    assert!(fs::read_dir(dir.path()).unwrap().next().is_none(), "nothing was left in plain");
}

#[tokio::test]
async fn old_data_never_get_a_new_key() {
    let dir = filled().await;
    fs::remove_file(dir.path().join(KEY_FILE)).unwrap();
    let error = open(dir.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::KeyMissing { .. }), "{error:?}");
    assert!(!dir.path().join(KEY_FILE).exists());
}

#[tokio::test]
async fn a_database_that_was_removed_or_emptied_is_not_made_anew() {
    for is_emptied in [false, true] {
        let dir = filled().await;
        let (database, key_file) = (dir.path().join(DATABASE), dir.path().join(KEY_FILE));
        let (good, key) = (fs::read(&database).unwrap(), fs::read(&key_file).unwrap());
        if is_emptied {
            fs::write(&database, b"").unwrap()
        } else {
            fs::remove_file(&database).unwrap()
        }
        let error = open(dir.path()).await.unwrap_err();
        assert!(matches!(error, OpenError::DatabaseGone { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("backup restore") && text.contains("move the key file away"), "{text}");
        assert_eq!(fs::read(&key_file).unwrap(), key, "the key of what may come back is left alone");
        assert_eq!(database.exists(), is_emptied, "nothing was made");
        fs::write(&database, &good).unwrap();
        open(dir.path()).await.unwrap().close().await;
        // What it says to do to begin anew.
        fs::remove_file(&database).unwrap();
        fs::rename(&key_file, dir.path().join("old.json")).unwrap();
        assert!(open(dir.path()).await.unwrap().all_products().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_first_start_that_was_cut_off_after_its_key_is_gone_on_with() {
    let dir = filled().await;
    let key_file = dir.path().join(KEY_FILE);
    let mut file: serde_json::Value = serde_json::from_slice(&fs::read(&key_file).unwrap()).unwrap();
    assert_eq!(file["has_database"], true, "the first start sets the mark");
    // Such a file has no mark, and neither has one from before there was a mark.
    file.as_object_mut().unwrap().remove("has_database");
    fs::write(&key_file, serde_json::to_vec(&file).unwrap()).unwrap();
    fs::remove_file(dir.path().join(DATABASE)).unwrap();
    open(dir.path()).await.unwrap().close().await;
    fs::remove_file(dir.path().join(DATABASE)).unwrap();
    assert!(matches!(open(dir.path()).await, Err(OpenError::DatabaseGone { .. })), "now it is set");
}

#[tokio::test]
async fn a_broken_key_file_is_damage_not_a_panic() {
    let dir = filled().await;
    let path = dir.path().join(KEY_FILE);
    let good = fs::read_to_string(&path).unwrap();
    for bad in [
        "",
        "{}",
        "[]",
        &good.replace("\"memory_kib\": 65536", "\"memory_kib\": 4294967295"),
        &good.replace("\"salt\": \"", "\"salt\": \"zz"),
    ] {
        fs::write(&path, bad).unwrap();
        let error = open(dir.path()).await.unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{bad}: {error:?}");
    }
    fs::write(&path, good.replace("\"version\": 1", "\"version\": 7")).unwrap();
    let error = open(dir.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Future { found: 7, known: 1 }), "{error:?}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let store = store().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9000, 'from the future', 1, x'00', 0)",
    )
    .execute(&store.writer)
    .await
    .unwrap();
    let dir = store.into_dir().await;
    let before = fs::read(dir.path().join(DATABASE)).unwrap();
    let error = open(dir.path()).await.unwrap_err();
    let newest = crate::open::known_schema();
    assert!(matches!(error, OpenError::Future { found: 9000, known } if known == newest), "{error:?}");
    assert_eq!(fs::read(dir.path().join(DATABASE)).unwrap(), before);
}

#[tokio::test]
async fn another_key_than_the_database_was_made_with_is_noticed() {
    let (dir, other) = (filled().await, filled().await);
    fs::copy(other.path().join(KEY_FILE), dir.path().join(KEY_FILE)).unwrap();
    let error = open(dir.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains(KEY_FILE), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_or_was_cut_is_damaged() {
    let dir = filled().await;
    let path = dir.path().join(DATABASE);
    let good = fs::read(&path).unwrap();
    let cut: Vec<u8> = good.iter().copied().take(good.len() / 2).collect();
    let mut uneven = good.clone();
    uneven.truncate(good.len() - 100);
    for bad in [b"this is no database".to_vec(), vec![7; 8192], cut, uneven] {
        fs::write(&path, &bad).unwrap();
        let error = open(dir.path()).await.unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "{} bytes: {error:?}", bad.len());
    }
    fs::write(&path, &good).unwrap();
    assert!(open(dir.path()).await.is_ok());
}

#[tokio::test]
async fn a_flipped_bit_anywhere_in_the_file_is_found_at_start() {
    let dir = filled().await;
    let path = dir.path().join(DATABASE);
    let good = fs::read(&path).unwrap();
    let (key, home) = key::resolve(dir.path(), true, &passphrase("open sesame")).await.unwrap();
    let pages = good.len() / 4096;
    assert!(pages > 20, "{pages}");
    // Every page, at a place that wanders through it.
    for page in 0..pages {
        let mut bad = good.clone();
        bad[page * 4096 + (page * 977) % 4096] ^= 1 << (page % 8);
        fs::write(&path, &bad).unwrap();
        let error = Store::open_with(&path, &key, home).await.map(|_| ()).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "page {page}: {error:?}");
    }
}

#[tokio::test]
async fn a_data_folder_that_is_a_file_is_an_io_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::File::create(&file).unwrap().write_all(b"x").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = open(Path::new(&path)).await.unwrap_err();
        assert!(matches!(error, OpenError::Io(_)), "{error:?}");
    }
}
