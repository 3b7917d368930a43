//! A backup is whole, secret and checked, or it is not there.

use crate::{Backup, BackupError, Store, backup::verify_by, list_backups, testing::*, verify_backup};
use hawker_domain::order::OrderSource;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use std::{
    fs,
    path::{Path, PathBuf},
};

const CANARY: &str = "KanarienvogelCanary";
/// 2026-11-30, noon UTC.
const NOON: i64 = 1_796_040_000_000_000;
const DAY: i64 = 24 * 3_600_000_000;

pub(super) async fn sell(store: &Store, count: usize) {
    for _ in 0..count {
        store.record_venue_sale(&order(OrderSource::Venue, &[("CANARY-1", 1)])).await.unwrap();
    }
}

pub(super) async fn filled() -> TestStore {
    let store = store().await;
    let mut canary = product("CANARY-1", CANARY);
    canary.description = CANARY.repeat(20);
    store.put_product(&canary).await.unwrap();
    store.put_product(&product("MILK", "纯牛奶")).await.unwrap();
    store.put_secret("token", CANARY).await.unwrap();
    sell(&store, 3).await;
    store
}

fn left_over(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

async fn verified(dir: &Path, file: &Path) -> Result<Backup, BackupError> {
    verify_backup(dir, file, &passphrase("open sesame"), None).await
}

#[tokio::test]
async fn a_backup_holds_everything_and_no_word_in_plain() {
    let store = filled().await;
    let backup = store.back_up(None, NOON).await.unwrap();
    assert_eq!(backup.file, store.dir.path().join("backups/hawker-20261130T120000Z.hawker-backup"));
    let held = backup.contents;
    assert_eq!(
        (held.products, held.orders, held.ops, held.waiting_ops),
        (2, 3, 5, 5),
        "an op for each product and sale"
    );
    assert_eq!(verified(store.dir.path(), &backup.file).await.unwrap(), backup);
    let bytes = fs::read(&backup.file).unwrap();
    for needle in [CANARY.as_bytes(), CANARY.to_lowercase().as_bytes(), b"CREATE TABLE", b"SQLite format"] {
        assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{needle:?}");
    }
    assert_eq!(left_over(&store.dir.path().join("backups")), Vec::<String>::new());
    let listed = list_backups(store.dir.path()).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].says.as_ref(), Some(&backup));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&backup.file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn another_key_does_not_open_a_backup() {
    let store = filled().await;
    let backup = store.back_up(None, NOON).await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Store::open(elsewhere.path(), passphrase("open barley")).await.unwrap();
    let wrong = verify_backup(elsewhere.path(), &backup.file, &passphrase("open barley"), None).await.unwrap_err();
    assert!(matches!(wrong, BackupError::CodeNeeded { .. }), "{wrong:?}");
    let wrong = verify_by(&backup.file, &other.key).await.unwrap_err();
    assert!(matches!(wrong, BackupError::NotWhole { .. }), "{wrong:?}");
    for key in [Some(other.key.hex().to_string()), None] {
        let mut options = SqliteConnectOptions::new().filename(&backup.file).read_only(true).immutable(true);
        if let Some(key) = key {
            options = options.pragma("key", format!("\"x'{key}'\""));
        }
        let read = async {
            let mut connection = options.connect().await?;
            sqlx::query_scalar::<_, i64>("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await
        };
        assert!(read.await.is_err(), "the database in it is encrypted under the store's own key");
    }
}

#[tokio::test]
async fn sales_go_on_while_a_backup_is_made() {
    let store = filled().await;
    for number in 0..200 {
        let mut more = product(&format!("S{number}"), "x");
        more.description = "x".repeat(20_000);
        store.put_product(&more).await.unwrap();
    }
    let (backup, ()) = tokio::join!(store.back_up(None, NOON), sell(&store, 30));
    let backup = backup.unwrap();
    assert!((3..=33).contains(&backup.contents.orders), "{backup:?}");
    assert_eq!(
        backup.contents.orders + 202,
        backup.contents.ops,
        "no order without its op, beside those of the products"
    );
    assert_eq!(store.order_count().await.unwrap(), 33);
    verified(store.dir.path(), &backup.file).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_there_a_folder_that_is_not_and_one_that_takes_nothing_are_named() {
    let store = filled().await;
    let dir = tempfile::tempdir().unwrap();
    let there = dir.path().join("letter.txt");
    fs::write(&there, "dear").unwrap();
    let error = store.back_up(Some(&there), NOON).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists { .. }), "{error:?}");
    assert_eq!(fs::read(&there).unwrap(), b"dear");
    for file in [dir.path().join("no/such/folder.hawker-backup"), there.join("below"), PathBuf::from("/")] {
        let error = store.back_up(Some(&file), NOON).await.unwrap_err();
        let named = matches!(error, BackupError::Unwritable { .. } | BackupError::Exists { .. });
        assert!(named, "{}: {error:?}", file.display());
    }
    assert_eq!(left_over(dir.path()), Vec::<String>::new());
    let first = store.back_up(None, NOON).await.unwrap();
    let again = store.back_up(None, NOON).await.unwrap_err();
    assert!(matches!(again, BackupError::Exists { .. }), "{again:?}");
    verified(store.dir.path(), &first.file).await.unwrap();
}

#[tokio::test]
async fn a_backup_that_was_cut_or_changed_anywhere_is_refused() {
    let store = filled().await;
    let backup = store.back_up(None, NOON).await.unwrap();
    let good = fs::read(&backup.file).unwrap();
    let file = store.dir.path().join("bad.hawker-backup");
    let pages = good.len() / 4096;
    assert!(pages > 20, "{pages}");
    // Every page, at a place that wanders through it, and everything behind the database.
    let end = good.len() - 1_400;
    for at in (0..pages).map(|page| page * 4096 + (page * 977) % 4096).chain(end..good.len()) {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        fs::write(&file, &bad).unwrap();
        let error = verify_by(&file, &store.key).await.unwrap_err();
        let named = matches!(error, BackupError::NotWhole { .. } | BackupError::Future { .. });
        assert!(named, "byte {at} of {}: {error:?}", good.len());
    }
    fs::write(&file, &good).unwrap();
    assert_eq!(verify_by(&file, &store.key).await.unwrap().contents, backup.contents);
    for bytes in [&good[..good.len() / 2], &good[..good.len() - 1], &good[1..], b"", b"HAWKBAK1", &[7; 8192]] {
        fs::write(&file, bytes).unwrap();
        let error = verify_by(&file, &store.key).await.unwrap_err();
        assert!(matches!(error, BackupError::NotWhole { .. }), "{} bytes: {error:?}", bytes.len());
    }
    let error = verified(store.dir.path(), &store.dir.path().join("none")).await.unwrap_err();
    assert!(matches!(error, BackupError::Unreadable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_day_has_one_backup_by_itself_and_old_ones_go() {
    let store = filled().await;
    let by_hand = store.back_up(None, NOON - 90 * DAY).await.unwrap();
    let mut made = 0;
    for day in 0..40 {
        for hour in 0..3 {
            made += usize::from(store.backup_if_due(NOON + day * DAY + hour * 3_600_000_000).await.unwrap().is_some());
        }
    }
    assert_eq!(made, 40, "one a day");
    let listed = list_backups(store.dir.path()).unwrap();
    // The newest seven, and one of each of the four newest weeks.
    assert!((8..=11).contains(&(listed.len() - 1)), "{}", listed.len());
    assert!(by_hand.file.exists(), "what somebody asked for is not removed");
    assert!(listed.iter().all(|backup| backup.problem.is_none()));
    assert_eq!(listed.last().map(|oldest| &oldest.file), Some(&by_hand.file), "the newest first");
}

#[tokio::test]
async fn what_a_crash_left_half_done_goes_with_the_next_backup() {
    let store = filled().await;
    let folder = store.dir.path().join("backups");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(".hawker-x.hawker-backup.0123.part"), "half").unwrap();
    fs::write(folder.join(".hawker-x.hawker-backup.0123.part-journal"), "half").unwrap();
    assert!(list_backups(store.dir.path()).unwrap().is_empty(), "it is no backup");
    store.back_up(None, NOON).await.unwrap();
    assert_eq!(left_over(&folder), Vec::<String>::new());
}

/// Set for the inner run: a folder on a small file system.
const SMALL: &str = "HAWKER_TEST_SMALL_DISK";

/// Mounts a disk as any user, in a space of its own. Where that is not allowed, `cargo xtask test` says so and leaves it out.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_no_half_backup_and_harms_nothing_needs_user_mounts() {
    let home = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=1m none \"$SMALL\"";
    let unshared = |script: &str| {
        let mut command = std::process::Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "--", "sh", "-c", script]).env("SMALL", home.path());
        command
    };
    let script = format!("{mount} && exec \"$0\" --exact --nocapture tests::backups::inner_run");
    let out = unshared(&script).arg(std::env::current_exe().unwrap()).env(SMALL, home.path()).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && text.contains("inner run done"), "{text}");
}

/// Does nothing in an ordinary run.
#[tokio::test]
async fn inner_run() {
    let Ok(small) = std::env::var(SMALL) else { return };
    let store = filled().await;
    for number in 0..100 {
        let mut more = product(&format!("S{number}"), "x");
        more.description = "x".repeat(20_000);
        store.put_product(&more).await.unwrap();
    }
    let file = Path::new(&small).join("b.hawker-backup");
    let error = store.back_up(Some(&file), NOON).await.unwrap_err();
    assert!(matches!(error, BackupError::DiskFull { .. }), "{error:?}");
    assert_eq!(fs::read_dir(&small).unwrap().count(), 0, "nothing half done is left");
    sell(&store, 1).await;
    let backup = store.back_up(None, NOON).await.unwrap();
    assert_eq!(backup.contents.products, 102, "the store works on");
    eprintln!("inner run done");
}
