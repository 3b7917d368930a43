//! The recovery code opens what the keychain or the passphrase no longer opens.

use super::backups::filled;
use crate::{KeyHome, KeyPolicy, OpenError, Store, key::KEY_FILE, recover_key, testing::*};
use std::fs;

#[tokio::test]
async fn a_forgotten_passphrase_is_replaced_by_the_code() {
    let store = filled().await;
    assert!(!store.has_recovery_code().unwrap());
    let first = store.new_recovery_code().await.unwrap();
    let code = store.new_recovery_code().await.unwrap();
    let dir = store.into_dir().await;
    let again = open(dir.path()).await.unwrap();
    assert!(again.has_recovery_code().unwrap(), "the passphrase opens it as before");
    again.close().await;
    let new = passphrase("a new passphrase");
    assert!(matches!(Store::open(dir.path(), new.clone()).await, Err(OpenError::WrongKey)));
    let replaced = recover_key(dir.path(), &new, &first).await.unwrap_err();
    assert!(matches!(replaced, OpenError::WrongRecoveryCode), "a new code replaces the one before: {replaced:?}");
    let homeless = recover_key(dir.path(), &KeyPolicy::default(), &code).await.unwrap_err();
    assert!(matches!(homeless, OpenError::NoKeyHome { .. }), "{homeless:?}");
    for _ in 0..2 {
        assert_eq!(recover_key(dir.path(), &new, &code).await.unwrap(), KeyHome::PassphraseFile);
    }
    let opened = Store::open(dir.path(), new).await.unwrap();
    assert_eq!(opened.order_count().await.unwrap(), 3);
    assert!(matches!(open(dir.path()).await, Err(OpenError::WrongKey)), "the old passphrase no longer opens it");
}

#[tokio::test]
async fn without_a_code_there_is_no_recovery() {
    let code = filled().await.new_recovery_code().await.unwrap();
    let dir = filled().await.into_dir().await;
    let error = recover_key(dir.path(), &passphrase("x"), &code).await.unwrap_err();
    assert!(matches!(error, OpenError::NoRecoveryCode), "{error:?}");
    let nothing = tempfile::tempdir().unwrap();
    let error = recover_key(nothing.path(), &passphrase("x"), &code).await.unwrap_err();
    assert!(matches!(error, OpenError::KeyMissing { .. }), "{error:?}");
    assert!(!nothing.path().join(KEY_FILE).exists());
}

/// A sample of each form is kept for ever. The first had no recovery code.
#[tokio::test]
async fn key_files_of_every_version_are_read() {
    let plain = filled().await.into_dir().await;
    let text = fs::read_to_string(plain.path().join(KEY_FILE)).unwrap();
    assert!(!text.contains("recovery"), "a store without a code has the file of the first version: {text}");
    let first = r#"{
      "version": 1,
      "store_id": "0190a7a4-0000-7000-8000-000000000001",
      "fingerprint": "00112233445566778899aabbccddeeff",
      "home": "keychain"
    }"#;
    fs::write(plain.path().join(KEY_FILE), first).unwrap();
    let error = open(plain.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::KeychainLocked { .. }), "it is read, and its home asked for: {error:?}");
    let store = filled().await;
    store.new_recovery_code().await.unwrap();
    let text = fs::read_to_string(store.dir.path().join(KEY_FILE)).unwrap();
    let fields: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(fields["version"], 1, "a program that knows no code opens it as before");
    assert!(fields["recovery"]["key"].is_string() && fields["home"] == "passphrase");
}

#[test]
fn an_error_that_the_code_helps_with_names_it() {
    for error in [OpenError::KeyNotInKeychain, OpenError::WrongKey] {
        assert!(error.to_string().contains("key recover"), "{error}");
    }
}
