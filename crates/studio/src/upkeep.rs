//! What the studio does once a day by itself, however long it runs: the backup of the day, and forgetting what is kept no
//! longer. Entry point: [`Upkeep::start`]. Invariant: it never runs while a show begins, and nothing ever waits for it.

use crate::errors::chain;
use crate::show_now_us;
use crate::view::Snapshot;
use hawker_domain::{ShowMs, reason::NoticeWhy, show::ShowState};
use hawker_store::Store;
use hawker_wire::{
    Failure,
    live::{LiveEvent, LiveLine},
};
use std::future::Future;
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY_US: i64 = 24 * 3_600 * 1_000_000;

/// So long a show is left alone: destinations connect, a recording begins, and all of them want the disk and the processor.
const FIRST_OF_SHOW: ShowMs = ShowMs(60_000);

/// What the work of the day is done with.
pub(crate) struct Upkeep {
    pub store: Store,
    pub events: broadcast::Sender<LiveLine>,
    /// Somebody listens to the events, or did.
    pub heard: watch::Receiver<bool>,
    /// They end with the owner of the shows, and the upkeep with them.
    pub snapshots: watch::Receiver<Snapshot>,
}

/// Tells the time (UTC, microseconds since 1970): at once, and then every hour.
pub(crate) trait Hours: Send + 'static {
    /// The next time at which to look; none: there will be no other.
    fn next(&mut self) -> impl Future<Output = Option<i64>> + Send;
}

/// The machine's clock. An hour in which the computer slept is as long as one in which it did not.
pub(crate) struct SystemHours(Interval);

impl SystemHours {
    pub fn new() -> Self {
        let mut hours = tokio::time::interval(HOUR);
        hours.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(hours)
    }
}

impl Hours for SystemHours {
    async fn next(&mut self) -> Option<i64> {
        self.0.tick().await;
        Some(show_now_us())
    }
}

/// When the daily things that leave no trace on the disk were done last.
#[derive(Default)]
struct Done {
    forgotten_us: Option<i64>,
    told_us: Option<i64>,
}

impl Upkeep {
    /// Looks every hour whether something is due, until the hours or the owner end.
    pub fn start(mut self, mut hours: impl Hours) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut owner = self.snapshots.clone();
            let mut done = Done::default();
            loop {
                let now_us = tokio::select! {
                    now_us = hours.next() => now_us,
                    () = gone(&mut owner) => None,
                };
                let Some(now_us) = now_us else { return };
                if self.snapshots.wait_for(|now| may_run(&now.show, now.at)).await.is_err() {
                    return;
                }
                self.round(now_us, &mut done).await;
            }
        })
    }

    async fn round(&self, now_us: i64, done: &mut Done) {
        match self.store.backup_if_due(now_us).await {
            Ok(Some(backup)) => tracing::info!(file = %backup.file.display(), "the backup of the day was made"),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error = %chain(&error), "the backup of the day could not be made");
                if is_due(now_us, done.told_us) {
                    done.told_us = Some(now_us);
                    self.tell(error.into());
                }
            }
        }
        if is_due(now_us, done.forgotten_us) {
            match self.store.forget_old_news(now_us).await {
                Ok(forgotten) => {
                    done.forgotten_us = Some(now_us);
                    tracing::debug!(forgotten, "news that nobody can need again was forgotten");
                }
                Err(error) => tracing::error!(error = %chain(&error), "old news could not be forgotten"),
            }
        }
    }

    /// A notice that waits for the first listener, as of a recording that a crash left. A studio that closes does not wait
    /// for one.
    fn tell(&self, failure: Failure) {
        let (events, mut heard) = (self.events.clone(), self.heard.clone());
        tokio::spawn(async move {
            if heard.wait_for(|heard| *heard).await.is_ok() {
                let _ = events.send(LiveLine { t_ms: ShowMs(0), event: failed(&failure) });
            }
        });
    }
}

/// Returns when nobody sends snapshots any more.
async fn gone(snapshots: &mut watch::Receiver<Snapshot>) {
    while snapshots.changed().await.is_ok() {}
}

/// Whether the disk may be read and written now for something that can wait.
fn may_run(show: &ShowState, at: ShowMs) -> bool {
    match show {
        ShowState::Preparing { .. } => false,
        ShowState::Live | ShowState::Degraded { .. } => at >= FIRST_OF_SHOW,
        ShowState::Idle | ShowState::Ending | ShowState::Ended | ShowState::Failed { .. } => true,
    }
}

/// Whether a day has gone by. A clock that was set back does not put it off by more than a day.
fn is_due(now_us: i64, before_us: Option<i64>) -> bool {
    before_us.is_none_or(|before_us| (now_us - before_us).abs() >= DAY_US)
}

fn failed(failure: &Failure) -> LiveEvent {
    let code = serde_json::to_value(failure.code).ok().and_then(|value| value.as_str().map(str::to_owned));
    LiveEvent::Notice {
        code: code.unwrap_or_default(),
        why_code: Some(NoticeWhy::BackupFailed),
        about: None,
        message: format!("no backup was made today: {}", failure.message),
        hint: Some("the data are safe; it is tried again in an hour, or now by `hawker-cli backup create`".into()),
        reason: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_store::KeyPolicy;
    use hawker_wire::ErrorCode;
    use std::collections::BTreeSet;
    use tokio::sync::mpsc;

    /// 2026-11-30, noon.
    const NOON: i64 = 20_787 * DAY_US + DAY_US / 2;

    /// Hours by hand; they end when the sender is dropped.
    struct ByHand(mpsc::Receiver<i64>);

    impl Hours for ByHand {
        async fn next(&mut self) -> Option<i64> {
            self.0.recv().await
        }
    }

    struct Bench {
        dir: tempfile::TempDir,
        store: Store,
        hours: mpsc::Sender<i64>,
        snapshots: watch::Sender<Snapshot>,
        listener: broadcast::Receiver<LiveLine>,
        task: JoinHandle<()>,
    }

    async fn bench() -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let policy = KeyPolicy { passphrase: Some("a passphrase of a test".to_owned().into()), use_keychain: false };
        let store = Store::open(dir.path(), policy).await.unwrap();
        let (events, listener) = broadcast::channel(8);
        let heard = watch::channel(true).1;
        let (snapshots, snapshots_rx) = watch::channel(Snapshot::empty());
        let (hours, hours_rx) = mpsc::channel(64);
        let upkeep = Upkeep { store: store.clone(), events, heard, snapshots: snapshots_rx };
        Bench { dir, store, hours, snapshots, listener, task: upkeep.start(ByHand(hours_rx)) }
    }

    fn made(bench: &Bench) -> usize {
        hawker_store::list_backups(bench.dir.path()).unwrap().len()
    }

    #[tokio::test]
    async fn a_program_that_runs_for_days_makes_a_backup_each_day() {
        let mut bench = bench().await;
        for hour in 0..49 {
            bench.hours.send(NOON + hour * DAY_US / 24).await.unwrap();
        }
        let (hours, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut bench.hours, hours));
        (&mut bench.task).await.unwrap();
        assert_eq!(made(&bench), 3, "noon, and the two days that began since");
        assert!(bench.listener.try_recv().is_err(), "a backup that was made is no news");
        bench.store.close().await;
    }

    #[tokio::test]
    async fn no_backup_is_made_while_a_show_begins_and_one_is_soon_after() {
        let mut bench = bench().await;
        let show = |show, at| Snapshot { show, at: ShowMs(at), ..Snapshot::empty() };
        bench.snapshots.send_replace(show(ShowState::Preparing { missing: BTreeSet::new() }, 0));
        bench.hours.send(NOON).await.unwrap();
        bench.snapshots.send_replace(show(ShowState::Live, 59_999));
        // It has taken its hour and waits for the show: there is room for as many as there were.
        while bench.hours.capacity() < bench.hours.max_capacity() {
            tokio::task::yield_now().await;
        }
        assert_eq!(made(&bench), 0);
        bench.snapshots.send_replace(show(ShowState::Live, 60_000));
        let (hours, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut bench.hours, hours));
        (&mut bench.task).await.unwrap();
        assert_eq!(made(&bench), 1, "a long show is no reason to have none");
        bench.store.close().await;
    }

    #[tokio::test]
    async fn a_show_that_begins_is_left_alone_for_as_long_as_it_begins() {
        for (show, at) in [(ShowState::Preparing { missing: BTreeSet::new() }, 0), (ShowState::Live, 59_999)] {
            let Bench { dir, store, hours, snapshots, task, .. } = bench().await;
            snapshots.send_replace(Snapshot { show, at: ShowMs(at), ..Snapshot::empty() });
            hours.send(NOON).await.unwrap();
            while hours.capacity() < hours.max_capacity() {
                tokio::task::yield_now().await;
            }
            // A backup that was begun would be made before the upkeep ends.
            drop(snapshots);
            task.await.unwrap();
            assert!(hawker_store::list_backups(dir.path()).unwrap().is_empty(), "{at} ms into the show");
            store.close().await;
        }
    }

    #[tokio::test]
    async fn the_upkeep_ends_with_the_owner_of_the_shows() {
        let Bench { snapshots, task, store, hours, .. } = bench().await;
        drop(snapshots);
        task.await.unwrap();
        assert!(hours.is_closed(), "nobody looks any more");
        store.close().await;
    }

    #[test]
    fn a_failure_that_stays_is_told_once_a_day() {
        let table = [
            (None, true),
            (Some(NOON), false),
            (Some(NOON - DAY_US + 1), false),
            (Some(NOON - DAY_US), true),
            (Some(NOON + DAY_US), true),
        ];
        for (before, want) in table {
            assert_eq!(is_due(NOON, before), want, "{before:?}");
        }
    }

    #[test]
    fn what_kept_a_backup_from_being_made_is_said() {
        let failure = Failure::new(ErrorCode::DiskFull, "there is no room for b");
        let LiveEvent::Notice { code, why_code, message, .. } = failed(&failure) else { unreachable!("a notice") };
        assert_eq!((code.as_str(), why_code), ("disk_full", Some(NoticeWhy::BackupFailed)));
        assert!(message.contains("no room for b"), "{message}");
    }
}
