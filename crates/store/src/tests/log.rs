//! A log that lost something acknowledged is never read as if nothing were missing.

use crate::{
    BackupError, Consent, KeyHome, OpenError, Store,
    open::{DATABASE_FILE, options},
    restore,
    testing::*,
};
use sqlx::{ConnectOptions, Connection};
use std::{collections::BTreeSet, fs, path::Path};

const WAL: &str = "hawker.db-wal";
const ACKED: &str = "hawker.db-acked";

/// As kill -9 leaves a store: the files of one that is open. `but`: a file that is left out.
fn copy(from: &Path, but: &str) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for name in ["key.json", "hawker.db", WAL, ACKED].into_iter().filter(|name| *name != but) {
        fs::copy(from.join(name), to.path().join(name)).unwrap();
    }
    to
}

async fn filled() -> TestStore {
    let store = store().await;
    for number in 0..6 {
        store.put_product(&product(&format!("S{number}"), &format!("纯牛奶 milk {number}"))).await.unwrap();
    }
    store
}

async fn count(store: &Store) -> u64 {
    store.products("", 0, 1).await.unwrap().1
}

#[tokio::test]
async fn no_bit_of_a_killed_stores_log_changes_in_silence() {
    let store = filled().await;
    let whole = copy(store.dir.path(), "");
    let wal = fs::read(whole.path().join(WAL)).unwrap();
    let again = open(whole.path()).await.unwrap();
    assert_eq!(count(&again).await, 6, "a kill alone loses nothing");
    again.close().await;
    // A frame is 24 bytes and a page: every frame is hit somewhere, and the header in each of its words.
    let places = (0..32).step_by(4).chain((40..wal.len()).step_by(4_120 / 3));
    let mut detected = 0;
    for at in places {
        let hurt = copy(store.dir.path(), "");
        let mut bytes = wal.clone();
        bytes[at] ^= 0x10;
        fs::write(hurt.path().join(WAL), &bytes).unwrap();
        // Past the passphrase, which is made to take its time.
        match Store::open_with(&hurt.path().join(DATABASE_FILE), &store.key, KeyHome::Caller).await {
            Err(OpenError::LogDamaged { .. }) => detected += 1,
            Err(other) => panic!("byte {at}: {other}"),
            Ok(store) => panic!("byte {at}: opened with {} products", count(&store).await),
        }
    }
    assert!(detected > 30, "{detected} places were tried");
}

#[tokio::test]
async fn a_log_that_was_cut_emptied_or_removed_is_noticed_and_the_way_on_is_told() {
    let store = filled().await;
    let wal = fs::read(store.dir.path().join(WAL)).unwrap();
    for (what, left) in
        [("cut", Some(wal.len() - 1)), ("cut in its header", Some(20)), ("emptied", Some(0)), ("removed", None)]
    {
        let hurt = copy(store.dir.path(), WAL);
        if let Some(left) = left {
            fs::write(hurt.path().join(WAL), wal.get(..left).unwrap()).unwrap();
        }
        let Err(error) = open(hurt.path()).await else { panic!("{what}: opened") };
        assert!(matches!(error, OpenError::LogDamaged { .. }), "{what}: {error}");
        let text = error.to_string();
        assert!(text.contains("backup restore") && text.contains(WAL) && text.contains(ACKED), "{what}: {text}");
        // As it says: whoever goes on without what is lost removes both.
        for name in [WAL, ACKED] {
            let _ = fs::remove_file(hurt.path().join(name));
        }
        open(hurt.path()).await.unwrap().close().await;
    }
}

#[tokio::test]
async fn a_power_cut_that_took_what_was_said_of_the_log_takes_nothing_else() {
    let store = filled().await;
    let early = fs::read(store.dir.path().join(ACKED)).unwrap();
    store.put_product(&product("LATE", "late")).await.unwrap();
    for said in [Some(early.clone()), Some(early[..7].to_vec()), Some(Vec::new()), None] {
        let cut = copy(store.dir.path(), ACKED);
        if let Some(said) = &said {
            fs::write(cut.path().join(ACKED), said).unwrap();
        }
        let again = open(cut.path()).await.unwrap();
        assert_eq!(count(&again).await, 7, "{said:?}");
        again.close().await;
    }
    // What was being written as the power failed was never acknowledged.
    let torn = copy(store.dir.path(), WAL);
    let mut wal = fs::read(store.dir.path().join(WAL)).unwrap();
    wal.extend_from_slice(&[0x5a; 3_000]);
    fs::write(torn.path().join(WAL), wal).unwrap();
    let again = open(torn.path()).await.unwrap();
    assert_eq!(count(&again).await, 7);
    again.close().await;
}

/// The power fails while the log is brought into the main file: any page that is in the log may lie there half written.
#[tokio::test]
async fn a_checkpoint_that_a_power_cut_tore_is_made_again() {
    const PAGE: usize = 4_096;
    let store = filled().await;
    // All of it into the main file first, so that the log holds some of its pages and not others.
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&store.writer).await.unwrap();
    store.put_product(&product("LATE", "late")).await.unwrap();
    let wal = fs::read(store.dir.path().join(WAL)).unwrap();
    let number = |frame: &[u8]| u32::from_be_bytes(frame.get(..4).unwrap().try_into().unwrap()) as usize;
    let logged: BTreeSet<usize> = wal.get(32..).unwrap().chunks_exact(24 + PAGE).map(number).collect();
    let main = fs::read(store.dir.path().join(DATABASE_FILE)).unwrap();
    let pages = main.len() / PAGE;
    let (mut torn, mut damaged) = (0, 0);
    for page in 1..=pages {
        let hurt = copy(store.dir.path(), "");
        let mut bytes = main.clone();
        bytes.get_mut(page * PAGE - PAGE / 2..page * PAGE).unwrap().fill(0x5a);
        fs::write(hurt.path().join(DATABASE_FILE), &bytes).unwrap();
        let opened = Store::open_with(&hurt.path().join(DATABASE_FILE), &store.key, KeyHome::Caller).await;
        match (logged.contains(&page), opened) {
            (true, Ok(again)) => {
                assert_eq!(count(&again).await, 7, "page {page}");
                again.close().await;
                torn += 1;
            }
            (false, Err(OpenError::Damaged { .. })) => damaged += 1,
            (is_logged, opened) => panic!("page {page}, in the log: {is_logged}; opened: {}", opened.is_ok()),
        }
    }
    assert!(torn > 3 && damaged > 3, "{torn} of the pages were in the log, {damaged} were not");
}

#[tokio::test]
async fn a_closed_store_leaves_neither_log_nor_what_was_said_of_it() {
    let dir = filled().await.into_dir().await;
    assert!(!dir.path().join(WAL).exists() && !dir.path().join(ACKED).exists());
    // Also where nobody closes it.
    let dropped = open(dir.path()).await.unwrap();
    dropped.put_product(&product("X", "x")).await.unwrap();
    assert!(dir.path().join(ACKED).exists());
    drop(dropped);
    let again = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        // The connections of a store that was dropped close on threads of their own.
        while dir.path().join(ACKED).exists() {
            tokio::task::yield_now().await;
        }
        open(dir.path()).await
    });
    assert_eq!(count(&again.await.unwrap().unwrap()).await, 7);
}

#[tokio::test]
async fn the_log_goes_into_the_main_file_when_it_is_long_and_is_believed_anew() {
    let store = filled().await;
    let long = "x".repeat(6 << 20);
    for round in 0..4 {
        store.put_setting("long", &format!("{round}{long}")).await.unwrap();
        store.put_product(&product(&format!("R{round}"), "after a long one")).await.unwrap();
        let killed = copy(store.dir.path(), "");
        let again = open(killed.path()).await.unwrap();
        assert_eq!(count(&again).await, 7 + round, "round {round}");
        again.close().await;
    }
    let bytes = fs::metadata(store.dir.path().join(WAL)).unwrap().len();
    assert!(bytes < 16 << 20, "the log begins anew instead of growing: {bytes}");
}

#[tokio::test]
async fn a_log_that_another_program_brought_into_the_main_file_is_not_missed() {
    let store = filled().await;
    let killed = copy(store.dir.path(), "");
    // As an older version does, which knows nothing of what is said of the log.
    let other = options(&killed.path().join(DATABASE_FILE), &store.key, false);
    let mut other = other.connect().await.unwrap();
    sqlx::query("SELECT count(*) FROM product").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    assert!(!killed.path().join(WAL).exists() && killed.path().join(ACKED).exists());
    let again = open(killed.path()).await.unwrap();
    assert_eq!(count(&again).await, 6);
    again.close().await;
}

#[tokio::test]
async fn a_restore_that_was_thought_better_of_after_a_kill_leaves_a_store_that_opens() {
    let store = filled().await;
    let disk = tempfile::tempdir().unwrap();
    let backup = disk.path().join("b");
    store.back_up(Some(&backup), 1).await.unwrap();
    store.put_product(&product("LATE", "late")).await.unwrap();
    let policy = passphrase("open sesame");

    let killed = copy(store.dir.path(), "");
    let asked = restore(killed.path(), &backup, &policy, None, Consent::Needed, 2).await;
    assert!(matches!(asked, Err(BackupError::NotAgreed { .. })), "{asked:?}");
    assert!(!killed.path().join(ACKED).exists(), "it goes with the log");
    let again = open(killed.path()).await.unwrap();
    assert_eq!(count(&again).await, 7);
    again.close().await;

    // What a damaged log had is not counted as if it had never been.
    let hurt = copy(store.dir.path(), WAL);
    let Err(error) = restore(hurt.path(), &backup, &policy, None, Consent::Needed, 2).await else {
        panic!("it gave way unasked")
    };
    assert!(error.to_string().contains("the database's log"), "{error}");
    assert!(matches!(open(hurt.path()).await, Err(OpenError::LogDamaged { .. })), "the question changed nothing");
}

#[tokio::test]
async fn what_is_said_of_the_log_and_cant_be_read_keeps_nobody_out() {
    let store = filled().await;
    let odd = copy(store.dir.path(), ACKED);
    fs::create_dir(odd.path().join(ACKED)).unwrap();
    let again = open(odd.path()).await.unwrap();
    again.put_product(&product("MORE", "more")).await.unwrap();
    assert_eq!(count(&again).await, 7);
    again.close().await;
}
