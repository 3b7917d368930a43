//! The key in a real keychain: gnome-keyring on a session bus of its own. The work is done by this test binary,
//! started again inside that session, since a process finds its bus once. Tests that start one are named `needs_keychain`: where
//! the programs are not installed, `cargo xtask test` says so and leaves them out.

use crate::{
    Consent, KeyHome, KeyPolicy, OpenError, Store, key::KEY_FILE, recover_key, restore, rotate_key, testing::*,
};
use std::{fs, path::Path, process::Command};

/// Set for the inner run: what to try, and where.
const CASE: &str = "HAWKER_TEST_KEYCHAIN_CASE";
const DIR: &str = "HAWKER_TEST_KEYCHAIN_DIR";

const UNLOCKED: &str = "printf '\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null";

/// Runs `case` of `inner_run` in a session prepared by `setup` (shell).
fn assert_session(case: &str, setup: &str) {
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        let found = Command::new(program).arg("--version").output();
        assert!(found.is_ok(), "{program} is not installed; `cargo xtask setup` brings it");
    }
    let home = tempfile::tempdir().unwrap();
    let script = format!("{setup}; exec \"$0\" --exact --nocapture tests::keychain::inner_run");
    let out = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_RUNTIME_DIR", home.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env(CASE, case)
        .env(DIR, home.path().join("store"))
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && text.contains("inner run done"), "{text}");
}

#[test]
fn the_key_lies_in_the_keychain_and_opens_the_store_again_needs_keychain() {
    assert_session("keep", UNLOCKED);
}

#[test]
fn a_key_that_left_the_keychain_is_missed_and_not_replaced_needs_keychain() {
    assert_session("lost", UNLOCKED);
}

#[test]
fn a_lost_key_comes_back_by_its_code_and_a_new_one_is_kept_beside_it_needs_keychain() {
    assert_session("recover", UNLOCKED);
}

#[test]
fn without_a_keychain_the_passphrase_serves_or_both_ways_out_are_named_needs_keychain() {
    assert_session("none", "export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent/bus");
}

#[test]
fn a_locked_keychain_is_named_so_needs_keychain() {
    assert_session("locked", "gnome-keyring-daemon --start --components=secrets >/dev/null");
}

/// Takes the key of the store in `dir` out of the keychain.
async fn forget(dir: &Path) {
    let file: serde_json::Value = serde_json::from_slice(&fs::read(dir.join(KEY_FILE)).unwrap()).unwrap();
    let id = file["store_id"].as_str().unwrap().to_owned();
    tokio::task::spawn_blocking(move || {
        keyring::Entry::new("live.hawker.store", &id).unwrap().delete_credential().unwrap();
    })
    .await
    .unwrap();
}

/// Does nothing in an ordinary run.
#[tokio::test]
async fn inner_run() {
    let (Ok(case), Ok(dir)) = (std::env::var(CASE), std::env::var(DIR)) else { return };
    let dir = Path::new(&dir);
    let keychain = || KeyPolicy { passphrase: None, use_keychain: true };
    let both = || KeyPolicy { use_keychain: true, ..passphrase("open sesame") };
    match case.as_str() {
        "keep" => {
            let store = Store::open(dir, keychain()).await.unwrap();
            assert_eq!(store.key_home(), KeyHome::Keychain);
            store.put_product(&product("A", "a")).await.unwrap();
            store.close().await;
            let key_file = fs::read_to_string(dir.join(KEY_FILE)).unwrap();
            let longest = key_file.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
            assert!(longest < Some(64), "the file names the home, it holds no key: {key_file}");
            let again = Store::open(dir, both()).await.unwrap();
            assert_eq!((again.key_home(), again.all_products().await.unwrap().len()), (KeyHome::Keychain, 1));
            again.close().await;
            let off = Store::open(dir, passphrase("open sesame")).await.unwrap_err();
            assert!(matches!(off, OpenError::KeychainLocked { .. }), "{off:?}");
            let tried_again = Store::open(dir, keychain()).await.unwrap();
            assert_eq!(tried_again.all_products().await.unwrap().len(), 1, "the try that failed left it as it was");
            tried_again.close().await;
        }
        "lost" => {
            Store::open(dir, keychain()).await.unwrap().close().await;
            forget(dir).await;
            let error = Store::open(dir, both()).await.unwrap_err();
            assert!(matches!(error, OpenError::KeyNotInKeychain), "{error:?}");
        }
        "recover" => {
            let store = Store::open(dir, keychain()).await.unwrap();
            store.put_product(&product("A", "a")).await.unwrap();
            let code = store.new_recovery_code().await.unwrap();
            let backup = store.back_up(None, 1).await.unwrap();
            store.close().await;
            forget(dir).await;
            let error = Store::open(dir, keychain()).await.unwrap_err();
            assert!(error.to_string().contains("key recover"), "{error}");
            assert_eq!(recover_key(dir, &keychain(), &code).await.unwrap(), KeyHome::Keychain);
            Store::open(dir, keychain()).await.unwrap().close().await;
            assert_eq!(rotate_key(dir, &keychain(), 1).await.unwrap().key_home, KeyHome::Keychain);
            let rotated = Store::open(dir, keychain()).await.unwrap();
            assert_eq!(rotated.all_products().await.unwrap().len(), 1);
            rotated.close().await;
            // The key before is still kept, for what was saved under it.
            restore(dir, &backup.file, &keychain(), None, Consent::Given, 2).await.unwrap();
            Store::open(dir, keychain()).await.unwrap().close().await;
        }
        "none" => {
            let error = Store::open(dir, keychain()).await.unwrap_err();
            assert!(matches!(error, OpenError::NoKeyHome { .. }), "{error:?}");
            let store = Store::open(dir, both()).await.unwrap();
            assert_eq!(store.key_home(), KeyHome::PassphraseFile);
            store.close().await;
        }
        "locked" => {
            let error = Store::open(dir, keychain()).await.unwrap_err();
            assert!(matches!(error, OpenError::KeychainLocked { .. }), "{error:?}");
        }
        other => panic!("no case {other}"),
    }
    eprintln!("inner run done");
}
