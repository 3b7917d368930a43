//! A new key: everything is there under it, nothing opens by the old one, and no power cut loses the store.

use super::backups::{filled, sell};
use crate::{
    BackupError, Consent, OpenError, Store,
    backup::checked,
    key::{self, KEY_FILE},
    recover_key, restore, rotate, rotate_key,
    swap::{Ready, Reason, steps},
    testing::*,
    verify_backup,
};
use std::{fs, path::Path};

const NOW: i64 = 1_796_050_000_000_000;

async fn orders(dir: &Path) -> u64 {
    let store = open(dir).await.unwrap();
    let count = store.order_count().await.unwrap();
    store.close().await;
    count
}

#[tokio::test]
async fn a_new_key_opens_everything_and_the_old_one_nothing() {
    let store = filled().await;
    let old_code = store.new_recovery_code().await.unwrap();
    let before = (store.orders(99).await.unwrap(), store.device().await.unwrap(), store.pending_ops(99).await.unwrap());
    let old_backup = store.back_up(None, 1).await.unwrap();
    let old_key = store.key.clone();
    let dir = store.into_dir().await;
    let rotated = rotate_key(dir.path(), &passphrase("open sesame"), NOW).await.unwrap();
    let database = dir.path().join("hawker.db");
    assert!(checked(&database, &old_key).await.is_err(), "the old key does not open it");
    let again = open(dir.path()).await.unwrap();
    assert_ne!(again.key.hex(), old_key.hex());
    assert_eq!(again.orders(99).await.unwrap(), before.0);
    assert_eq!((again.device().await.unwrap(), again.pending_ops(99).await.unwrap()), (before.1, before.2));
    sell(&again, 1).await;
    let new_backup = again.back_up(None, 2_000_000).await.unwrap();
    again.close().await;
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name == "replaced" || name == "restore"), "no copy under the old key: {names:?}");
    let policy = passphrase("open sesame");
    let wrong = recover_key(dir.path(), &policy, &old_code).await.unwrap_err();
    assert!(matches!(wrong, OpenError::WrongRecoveryCode), "{wrong:?}");
    recover_key(dir.path(), &policy, &rotated.code).await.unwrap();
    // Each backup opens by the code of its time, on any computer.
    let elsewhere = tempfile::tempdir().unwrap();
    for (backup, code, other) in [(&old_backup, &old_code, &rotated.code), (&new_backup, &rotated.code, &old_code)] {
        let there = passphrase("another passphrase");
        assert_eq!(&verify_backup(elsewhere.path(), &backup.file, &there, Some(code)).await.unwrap(), backup);
        assert!(verify_backup(elsewhere.path(), &backup.file, &there, Some(other)).await.is_err());
    }
    // And here, where its passphrase is still the one it was made under.
    restore(dir.path(), &old_backup.file, &policy, None, Consent::Given, NOW).await.unwrap();
    assert_eq!(orders(dir.path()).await, 3);
}

#[tokio::test]
async fn a_database_that_is_gone_after_its_key_was_changed_is_not_made_anew() {
    let dir = filled().await.into_dir().await;
    rotate_key(dir.path(), &passphrase("open sesame"), NOW).await.unwrap();
    // Before anything has opened it under the new key.
    fs::remove_file(dir.path().join("hawker.db")).unwrap();
    let error = open(dir.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::DatabaseGone { .. }), "{error:?}");
}

#[tokio::test]
async fn only_the_code_that_somebody_has_on_paper_is_confirmed() {
    let store = filled().await;
    let none = store.confirm_recovery_code().await.unwrap_err();
    assert!(matches!(none, BackupError::Open(OpenError::NoRecoveryCode)), "{none:?}");
    assert!(!store.is_recovery_code_confirmed().await.unwrap());
    store.new_recovery_code().await.unwrap();
    assert!(!store.is_recovery_code_confirmed().await.unwrap(), "it was shown, and nobody has typed any of it");
    store.confirm_recovery_code().await.unwrap();
    assert!(store.is_recovery_code_confirmed().await.unwrap());
    let of_confirmed = store.back_up(None, 1).await.unwrap();
    store.new_recovery_code().await.unwrap();
    assert!(!store.is_recovery_code_confirmed().await.unwrap(), "of the code before it was known");
    store.confirm_recovery_code().await.unwrap();
    store.new_recovery_code().await.unwrap();
    let dir = store.into_dir().await;
    let policy = passphrase("open sesame");
    restore(dir.path(), &of_confirmed.file, &policy, None, Consent::Given, NOW).await.unwrap();
    let restored = open(dir.path()).await.unwrap();
    assert!(!restored.is_recovery_code_confirmed().await.unwrap(), "the newest code stays, and was never confirmed");
    restored.confirm_recovery_code().await.unwrap();
    restored.close().await;
    rotate_key(dir.path(), &policy, NOW).await.unwrap();
    let rotated = open(dir.path()).await.unwrap();
    assert!(!rotated.is_recovery_code_confirmed().await.unwrap(), "a new key has a new code");
}

#[tokio::test]
async fn a_power_cut_at_any_step_leaves_a_store_that_opens() {
    for cut in 0.. {
        let dir = filled().await.into_dir().await;
        let policy = passphrase("open sesame");
        let old = key::resolve(dir.path(), true, &policy).await.unwrap().0;
        let (draft, _) = rotate::prepare(dir.path(), &policy).await.unwrap();
        if cut == 0 {
            std::mem::forget(draft);
            assert_eq!(orders(dir.path()).await, 3);
            assert!(checked(&dir.path().join("hawker.db"), &old).await.is_ok(), "not decided: still the old key");
            continue;
        }
        draft.commit(Reason::Rotated, "x").unwrap();
        let ready = Ready::find(dir.path()).unwrap().unwrap();
        let all = steps(&ready.seen());
        for step in all.iter().take(cut - 1) {
            ready.run(*step).unwrap();
        }
        assert_eq!(orders(dir.path()).await, 3, "cut off before step {cut}");
        assert!(checked(&dir.path().join("hawker.db"), &old).await.is_err(), "decided: the new key");
        assert!(!dir.path().join("replaced").exists() && !dir.path().join("restore").exists(), "{cut}");
        if cut > all.len() {
            break;
        }
    }
}

#[tokio::test]
async fn a_key_is_not_changed_by_who_can_not_open_the_store() {
    let dir = filled().await.into_dir().await;
    let before = fs::read(dir.path().join(KEY_FILE)).unwrap();
    let error = rotate_key(dir.path(), &passphrase("open barley"), NOW).await.unwrap_err();
    assert!(matches!(error, BackupError::Open(OpenError::WrongKey)), "{error:?}");
    assert_eq!(fs::read(dir.path().join(KEY_FILE)).unwrap(), before);
    assert_eq!(orders(dir.path()).await, 3);
    let store = Store::open(dir.path(), passphrase("open sesame")).await.unwrap();
    assert!(!store.has_recovery_code().unwrap());
}
