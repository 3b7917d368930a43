//! The drill: what was saved comes back, whole, wherever it is put and whenever the power fails.

use super::backups::{filled, sell};
use crate::{
    BackupError, Consent, KeyHome, OpenError, Restored, Store,
    backup::prepare_restore,
    key::KEY_FILE,
    restore,
    swap::{Ready, Reason, steps},
    testing::*,
};
use hawker_wire::ops::OpResult;
use std::{fs, path::Path};
use tempfile::TempDir;

const DATABASE: &str = "hawker.db";
const LATER: i64 = 1_796_050_000_000_000;

async fn put_back(dir: &Path, file: &Path, consent: Consent) -> Result<Restored, BackupError> {
    restore(dir, file, &passphrase("open sesame"), None, consent, LATER).await
}

/// A closed store that sold 3 before a backup and 2 after it, and the backup.
async fn sold_on() -> (TempDir, TempDir) {
    let store = filled().await;
    let disk = tempfile::tempdir().unwrap();
    store.back_up(Some(&disk.path().join("b")), 1).await.unwrap();
    sell(&store, 2).await;
    (store.into_dir().await, disk)
}

async fn orders(dir: &Path) -> u64 {
    let store = open(dir).await.unwrap();
    let count = store.order_count().await.unwrap();
    store.close().await;
    count
}

#[tokio::test]
async fn a_restored_database_that_is_gone_before_its_first_start_is_not_made_anew() {
    let store = filled().await;
    let key_file = store.dir.path().join(KEY_FILE);
    let mut file: serde_json::Value = serde_json::from_slice(&fs::read(&key_file).unwrap()).unwrap();
    // As a backup from before databases were marked has it.
    file.as_object_mut().unwrap().remove("has_database");
    fs::write(&key_file, serde_json::to_vec(&file).unwrap()).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let backup = elsewhere.path().join("b");
    store.back_up(Some(&backup), 1).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    put_back(dir.path(), &backup, Consent::Needed).await.unwrap();
    fs::remove_file(dir.path().join(DATABASE)).unwrap();
    let error = open(dir.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::DatabaseGone { .. }), "{error:?}");
}

#[tokio::test]
async fn a_destroyed_database_comes_back_as_it_was_saved() {
    let store = filled().await;
    let first = store.pending_ops(1).await.unwrap()[0].clone();
    store.settle_ops(&[(first.op_id, OpResult::Applied)]).await.unwrap();
    store.set_epoch(4).await.unwrap();
    let before = (store.orders(99).await.unwrap(), store.all_products().await.unwrap(), store.device().await.unwrap());
    let waiting = store.pending_ops(99).await.unwrap();
    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join("b");
    store.back_up(Some(&file), 1).await.unwrap();
    sell(&store, 2).await;
    let dir = store.into_dir().await;
    let database = dir.path().join(DATABASE);
    let good = fs::read(&database).unwrap();
    let mut flipped = good.clone();
    flipped[4096 * 3 + 50] ^= 4;
    for bad in [good[..good.len() / 2].to_vec(), flipped, b"nothing".to_vec()] {
        fs::write(&database, &bad).unwrap();
        assert!(matches!(open(dir.path()).await, Err(OpenError::Damaged { .. })));
        let asked = put_back(dir.path(), &file, Consent::Needed).await;
        let restored = match asked {
            Err(BackupError::NotAgreed { .. }) => {
                assert_eq!(fs::read(&database).unwrap(), bad, "a refusal changes nothing");
                put_back(dir.path(), &file, Consent::Given).await.unwrap()
            }
            other => panic!("a database that can't be read is not given up unasked: {other:?}"),
        };
        let aside = restored.replaced.unwrap();
        assert_eq!(fs::read(aside.join(DATABASE)).unwrap(), bad, "what gave way is kept");
        let again = open(dir.path()).await.unwrap();
        assert_eq!(again.orders(99).await.unwrap(), before.0);
        assert_eq!(again.all_products().await.unwrap(), before.1);
        assert_eq!(again.device().await.unwrap().device_id, before.2.device_id);
        assert_eq!(again.secret("token").await.unwrap().unwrap().as_str(), "KanarienvogelCanary");
        let (found, _) = again.products("牛奶", 0, 9).await.unwrap();
        assert_eq!(found.len(), 1, "search works in what came back");
        let still = again.pending_ops(99).await.unwrap();
        let ids = |ops: &[hawker_wire::ops::OpEnvelope]| ops.iter().map(|op| (op.op_id, op.seq)).collect::<Vec<_>>();
        assert_eq!(ids(&still), ids(&waiting), "what waited still waits, in its order");
        again.close().await;
    }
    assert_eq!(fs::read_dir(dir.path().join("replaced")).unwrap().count(), 3, "each under a name of its own");
    assert!(!dir.path().join("restore").exists(), "nothing half done is left");
}

#[tokio::test]
async fn a_newer_store_and_waiting_changes_are_not_given_up_unasked() {
    let (dir, disk) = sold_on().await;
    let file = disk.path().join("b");
    let error = put_back(dir.path(), &file, Consent::Needed).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("2 orders and 2 changes") && text.contains("7 changes") && text.contains("--yes"), "{text}");
    assert_eq!(orders(dir.path()).await, 5, "nothing was changed");
    let restored = put_back(dir.path(), &file, Consent::Given).await.unwrap();
    assert_eq!(orders(dir.path()).await, 3);
    let aside = restored.replaced.unwrap();
    fs::copy(dir.path().join(KEY_FILE), aside.join(KEY_FILE)).unwrap();
    assert_eq!(orders(&aside).await, 5, "the store that gave way opens by its key file");
}

#[tokio::test]
async fn a_new_computer_needs_the_code_and_nothing_else() {
    let store = filled().await;
    let without = store.back_up(None, 1).await.unwrap();
    assert!(!without.has_recovery_code);
    let code = store.new_recovery_code().await.unwrap();
    let backup = store.back_up(None, 2_000_000).await.unwrap();
    assert!(backup.has_recovery_code);
    let other = store.new_recovery_code().await.unwrap();
    let computer = tempfile::tempdir().unwrap();
    let dir = computer.path().join("hawker");
    let here = passphrase("another passphrase");
    let none = restore(&dir, &backup.file, &here, None, Consent::Needed, LATER).await.unwrap_err();
    assert!(matches!(none, BackupError::CodeNeeded { .. }) && none.to_string().contains("--code"), "{none}");
    let wrong = restore(&dir, &backup.file, &here, Some(&other), Consent::Needed, LATER).await.unwrap_err();
    assert!(matches!(wrong, BackupError::Open(OpenError::WrongRecoveryCode)), "{wrong:?}");
    let before = restore(&dir, &without.file, &here, Some(&code), Consent::Needed, LATER).await.unwrap_err();
    assert!(matches!(before, BackupError::Open(OpenError::NoRecoveryCode)), "{before:?}");
    let typed = code.text().to_lowercase().replace('-', " ").parse().unwrap();
    let restored = restore(&dir, &backup.file, &here, Some(&typed), Consent::Needed, LATER).await.unwrap();
    assert_eq!(restored.replaced, None, "there was nothing to put aside");
    let again = Store::open(&dir, here).await.unwrap();
    assert_eq!((again.order_count().await.unwrap(), again.key_home()), (3, KeyHome::PassphraseFile));
    assert!(again.has_recovery_code().unwrap(), "the code goes on opening it");
    let names: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.iter().any(|name| name == "replaced" || name == "restore"), "{names:?}");
}

#[tokio::test]
async fn the_restored_store_leaves_its_epoch_and_keeps_what_waits() {
    let store = filled().await;
    store.set_epoch(3).await.unwrap();
    let ops = store.pending_ops(99).await.unwrap();
    store.settle_ops(&[(ops[0].op_id, OpResult::Applied)]).await.unwrap();
    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join("b");
    store.back_up(Some(&file), 1).await.unwrap();
    let dir = store.into_dir().await;
    for _ in 0..2 {
        put_back(dir.path(), &file, Consent::Given).await.unwrap();
        let restored = open(dir.path()).await.unwrap();
        let epoch = restored.device().await.unwrap().epoch;
        assert!(epoch > 1 << 31, "{epoch} is an epoch no platform gave");
        sell(&restored, 1).await;
        let waiting = restored.pending_ops(99).await.unwrap();
        assert!(waiting.iter().all(|op| op.epoch == epoch));
        assert_eq!(waiting.iter().map(|op| op.seq).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
        // The same epoch again: the numbers stay, so that the platform sees where the two part.
        restored.set_epoch(3).await.unwrap();
        let waiting = restored.pending_ops(99).await.unwrap();
        assert_eq!(
            waiting.iter().map(|op| (op.epoch, op.seq)).collect::<Vec<_>>(),
            [2, 3, 4, 5, 6].map(|seq| (3, seq))
        );
        // Another one counts from 1, and hears of the product again, which it may not know.
        restored.set_epoch(4).await.unwrap();
        let waiting = restored.pending_ops(99).await.unwrap();
        assert_eq!(
            waiting.iter().map(|op| (op.epoch, op.seq)).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 6].map(|seq| (4, seq))
        );
        restored.close().await;
    }
    put_back(dir.path(), &file, Consent::Given).await.unwrap();
    let restored = open(dir.path()).await.unwrap();
    restored.set_epoch(9).await.unwrap();
    sell(&restored, 1).await;
    let waiting = restored.pending_ops(99).await.unwrap();
    assert_eq!(waiting.iter().map(|op| (op.epoch, op.seq)).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6].map(|seq| (9, seq)));
}

#[tokio::test]
async fn a_power_cut_at_any_step_leaves_the_old_store_or_the_restored_one() {
    let (dir, disk) = sold_on().await;
    let file = disk.path().join("b");
    let policy = passphrase("open sesame");
    let prepare = || prepare_restore(dir.path(), &file, &policy, None, Consent::Given);
    // Before the decision: the old one. `forget` leaves the draft as a power cut does.
    let (_, draft) = prepare().await.unwrap();
    std::mem::forget(draft);
    assert_eq!(orders(dir.path()).await, 5, "the draft counts for nothing");
    let database = dir.path().join(DATABASE);
    let old = fs::read(&database).unwrap();
    let mut cut = 0;
    loop {
        // The log of the old one must not come to lie beside the new one.
        fs::write(dir.path().join("hawker.db-wal"), b"old log").unwrap();
        let (_, draft) = prepare().await.unwrap();
        draft.commit(Reason::Restored, &format!("cut-{cut}")).unwrap();
        let ready = Ready::find(dir.path()).unwrap().unwrap();
        let all = steps(&ready.seen());
        for step in all.iter().take(cut) {
            ready.run(*step).unwrap();
        }
        assert_eq!(orders(dir.path()).await, 3, "decided is decided, cut off before step {cut}");
        let aside = dir.path().join(format!("replaced/cut-{cut}"));
        assert_eq!(fs::read(aside.join(DATABASE)).unwrap(), old, "the old one is kept, {cut}");
        assert_eq!(fs::read(aside.join("hawker.db-wal")).unwrap(), b"old log");
        assert!(!dir.path().join("restore").exists(), "{cut}");
        if cut == all.len() {
            break;
        }
        cut += 1;
        fs::write(&database, &old).unwrap();
    }
    assert!(cut > 5, "{cut} steps were tried");
}

#[tokio::test]
async fn a_power_cut_on_a_computer_with_another_key_leaves_key_and_database_together() {
    let store = filled().await;
    let code = store.new_recovery_code().await.unwrap();
    let backup = store.back_up(None, 1).await.unwrap();
    let policy = passphrase("of the other computer");
    for cut in 0.. {
        let dir = tempfile::tempdir().unwrap();
        Store::open(dir.path(), policy.clone()).await.unwrap().close().await;
        let old_key = fs::read(dir.path().join(KEY_FILE)).unwrap();
        let (_, draft) = prepare_restore(dir.path(), &backup.file, &policy, Some(&code), Consent::Given).await.unwrap();
        assert_eq!(fs::read(dir.path().join(KEY_FILE)).unwrap(), old_key, "not touched before the decision");
        draft.commit(Reason::Restored, "x").unwrap();
        let ready = Ready::find(dir.path()).unwrap().unwrap();
        let all = steps(&ready.seen());
        for step in all.iter().take(cut) {
            ready.run(*step).unwrap();
        }
        let restored = Store::open(dir.path(), policy.clone()).await.unwrap();
        assert_eq!(restored.order_count().await.unwrap(), 3, "cut off before step {cut}");
        restored.close().await;
        assert_eq!(fs::read(dir.path().join("replaced/x").join(KEY_FILE)).unwrap(), old_key);
        if cut == all.len() {
            break;
        }
    }
}

#[tokio::test]
async fn a_changed_backup_is_not_restored() {
    let (dir, disk) = sold_on().await;
    let file = disk.path().join("b");
    let good = fs::read(&file).unwrap();
    for at in [4096 * 2 + 99, good.len() - 900, good.len() - 60] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&file, &bad).unwrap();
        let error = put_back(dir.path(), &file, Consent::Given).await.unwrap_err();
        assert!(matches!(error, BackupError::NotWhole { .. } | BackupError::CodeNeeded { .. }), "{at}: {error:?}");
    }
    fs::write(&file, &good[..good.len() - 4096]).unwrap();
    let error = put_back(dir.path(), &file, Consent::Given).await.unwrap_err();
    assert!(matches!(error, BackupError::NotWhole { .. }), "{error:?}");
    assert_eq!(orders(dir.path()).await, 5, "the present store was not touched");
    assert!(!dir.path().join("replaced").exists());
}
