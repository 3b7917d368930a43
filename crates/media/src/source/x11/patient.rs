//! Questions to a display that may never answer: its X server hangs, or its connection is dead and nobody says so.

use super::list::Unsaid;
use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

/// A display answers within milliseconds.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// Questions without an answer that are waited for in the background; while there are so many, nothing more is asked.
const MOST_OPEN: usize = 4;

static OPEN: AtomicUsize = AtomicUsize::new(0);

/// Asks on a thread of its own. Errors: as `ask`; the display does not answer.
pub(super) fn in_time<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, Unsaid> + Send + 'static,
) -> Result<T, Unsaid> {
    within(ANSWERS_WITHIN, ask)
}

/// Counts one question from when it is asked until it is answered.
struct Asked;

impl Asked {
    fn new() -> Option<Self> {
        let more = |open: usize| (open < MOST_OPEN).then_some(open + 1);
        OPEN.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).ok().map(|_| Self)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::SeqCst);
    }
}

fn within<T: Send + 'static>(
    patience: Duration,
    ask: impl FnOnce() -> Result<T, Unsaid> + Send + 'static,
) -> Result<T, Unsaid> {
    let silent = || format!("the display has not answered for {} s; restart it", patience.as_secs());
    let asked = Asked::new().ok_or_else(silent)?;
    let (tell, told) = mpsc::sync_channel(1);
    std::thread::Builder::new().name("hawker-display".into()).spawn(move || {
        let answer = ask();
        drop(asked);
        let _ = tell.try_send(answer);
    })?;
    told.recv_timeout(patience).map_err(|_| silent())?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_display_that_never_answers_is_given_up_and_asked_again_once_it_does() {
        assert_eq!(within(ANSWERS_WITHIN, || Ok(7)).unwrap(), 7);
        assert_eq!(within(ANSWERS_WITHIN, || Err::<u8, _>("no".into())).unwrap_err().to_string(), "no");
        let patience = Duration::from_millis(50);
        let frozen: Vec<mpsc::Sender<()>> = (0..MOST_OPEN)
            .map(|_| {
                let (thaw, thawed) = mpsc::channel();
                let error = within(patience, move || Ok(thawed.recv().is_ok())).unwrap_err();
                assert!(error.to_string().contains("has not answered"), "{error}");
                thaw
            })
            .collect();
        assert!(within(ANSWERS_WITHIN, || Ok(())).is_err(), "no more threads wait for it");
        drop(frozen);
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        while within(ANSWERS_WITHIN, || Ok(())).is_err() {
            assert!(std::time::Instant::now() < deadline, "it is asked again");
            std::thread::yield_now();
        }
    }
}
