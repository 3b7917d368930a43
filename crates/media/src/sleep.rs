//! Whether the computer slept in the middle of a show, or did not run this program for seconds, which is the same to viewers.
//!
//! Everybody who has something to do after it asks [`SleepWatch::look`], often; whoever asks first after a sleep finds it, and
//! from then on all see it counted. Nobody acts on the time that is missing before that.

use hawker_domain::Words;
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Somebody looks at least this often while a program runs.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(100);
/// So much more on the clock that goes on in a sleep is no rounding.
const STOOD: Duration = Duration::from_secs(2);
/// Nobody looked for so long: a computer that is merely busy gives every thread its turn sooner, and connections that are
/// left alone for less survive it.
const STOPPED: Duration = Duration::from_secs(3);

/// What two clocks read: one that stands still while the computer sleeps (on Windows it does not), and one that goes on (off
/// Linux there is none, and both read the same).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    awake: Duration,
    all: Duration,
}

/// How long nothing ran between two looks; none where that is no sleep. Pure.
fn slept(before: Reading, now: Reading) -> Option<Duration> {
    let awake = now.awake.saturating_sub(before.awake);
    let stood = now.all.saturating_sub(before.all).saturating_sub(awake);
    let stopped = awake.saturating_sub(LOOK_EVERY);
    match (stood >= STOOD, stopped >= STOPPED) {
        (false, false) => None,
        (true, false) => Some(stood),
        (false, true) => Some(stopped),
        (true, true) => Some(stood + stopped),
    }
}

/// The sleeps of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sleeps {
    pub count: u64,
    /// Of the last one.
    pub length: Duration,
}

/// As the log says it: "this computer slept for 12 s".
pub(crate) fn said(length: Duration) -> String {
    format!("this computer slept for {} s", rounded(length))
}

fn rounded(length: Duration) -> u64 {
    length.as_secs_f64().round() as u64
}

/// Counts the sleeps, once somebody has promised to look often.
pub(crate) struct SleepWatch {
    began: Instant,
    inside: Mutex<(Option<Reading>, Sleeps)>,
}

impl SleepWatch {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), inside: Mutex::default() }
    }

    /// Looks from now on every [`LOOK_EVERY`].
    pub(crate) fn begin(&self) {
        let reading = self.read();
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(reading);
    }

    /// The sleeps until now.
    pub(crate) fn look(&self) -> Sleeps {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let (before, mut sleeps) = *inside;
        if let Some(before) = before {
            // Read under the lock: of two that look at once the later one has the later reading.
            let now = self.read();
            if let Some(length) = slept(before, now) {
                sleeps = Sleeps { count: sleeps.count + 1, length };
            }
            *inside = (Some(now), sleeps);
        }
        sleeps
    }

    fn read(&self) -> Reading {
        let awake = self.began.elapsed();
        Reading { awake, all: all(awake) }
    }
}

/// A clock that goes on while the computer sleeps and that nobody sets.
#[cfg(target_os = "linux")]
fn all(_: Duration) -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// No clock of its own: the time of day, which others set, would make a sleep of every correction. So what counts here is only
/// that nobody looked for [`STOPPED`]. On Windows, whose one clock goes on in a sleep, that holds every sleep; on macOS, whose
/// clock stands still, a sleep is not seen as one, and what it broke is missed and opened again as after any other loss.
#[cfg(not(target_os = "linux"))]
fn all(awake: Duration) -> Duration {
    awake
}

/// What the host is told, while viewers watch (`on_air`) or before.
pub(crate) fn words(length: Duration, on_air: bool) -> Words {
    let seconds = rounded(length);
    let (zh, en) = match (seconds / 60, seconds % 60) {
        (0, seconds) => (format!("{seconds} 秒"), format!("{seconds} s")),
        (minutes, 0) => (format!("{minutes} 分钟"), format!("{minutes} min")),
        (minutes, seconds) => (format!("{minutes} 分 {seconds} 秒"), format!("{minutes} min {seconds} s")),
    };
    if !on_air {
        return Words::new(
            format!("电脑休眠了 {zh}；正在重新打开摄像头"),
            format!("this computer slept for {en}; cameras are opened again"),
        );
    }
    Words::new(
        format!("电脑休眠了 {zh}，期间观众看不到画面；正在重新打开摄像头并重新连接推流"),
        format!(
            "this computer slept for {en}, in which viewers saw nothing; cameras and destinations are opened again"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_told_from_a_busy_moment_by_both_clocks() {
        let ms = Duration::from_millis;
        let table = [
            // What passed on the clock that stands still, what on the other, and the sleep.
            (100, 100, None),
            (100, 900, None),
            (2_900, 2_900, None),
            (100, 60_100, Some(60_000)),
            (12_100, 12_100, Some(12_000)),
            (4_100, 64_100, Some(64_000)),
            (100, 0, None),
            (0, 0, None),
        ];
        for (awake, all, want) in table {
            let before = Reading { awake: ms(5_000), all: ms(900_000) };
            let now = Reading { awake: before.awake + ms(awake), all: before.all + ms(all) };
            assert_eq!(slept(before, now), want.map(ms), "{awake} ms awake of {all} ms");
        }
        let (late, early) = (Reading { awake: ms(9), all: ms(9_000) }, Reading { awake: ms(9), all: ms(1_000) });
        assert_eq!(slept(late, early), None, "a clock that goes back is no sleep");
    }

    #[test]
    fn nobody_sleeps_before_somebody_watches() {
        let watch = SleepWatch::new();
        assert_eq!(watch.look(), Sleeps::default());
        watch.begin();
        assert_eq!(watch.look(), Sleeps::default());
    }

    #[test]
    fn the_length_is_said_as_people_say_it() {
        let table = [(12_400, "12 s", "12 秒"), (60_000, "1 min,", "1 分钟"), (3_725_000, "62 min 5 s", "62 分 5 秒")];
        for (ms, en, zh) in table {
            for on_air in [true, false] {
                let words = words(Duration::from_millis(ms), on_air);
                assert!(words.en.contains(en.trim_end_matches(',')) && words.zh_cn.contains(zh), "{words:?}");
                assert_eq!((words.en.contains("viewers"), words.zh_cn.contains("观众")), (on_air, on_air), "{words:?}");
            }
        }
    }
}
