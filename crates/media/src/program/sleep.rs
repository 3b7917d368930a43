//! The thread that looks whether the computer slept, and tells the host. What has to be opened again sees it for itself.

use super::pulse::Pulse;
use crate::{
    MediaEvent,
    clock::Timebase,
    event::Events,
    sleep::{LOOK_EVERY, words},
};
use std::sync::{Arc, atomic::Ordering};

/// Looks until it is stopped. Errors: the system gives no thread.
pub(super) fn start(time: Arc<Timebase>, events: Events) -> std::io::Result<Pulse> {
    time.watch_sleep();
    Pulse::listen("hawker-sleep", move |stop| {
        let mut known = time.sleeps();
        while !stop.load(Ordering::SeqCst) {
            std::thread::sleep(LOOK_EVERY);
            let sleeps = time.sleeps();
            if std::mem::replace(&mut known, sleeps) != sleeps {
                let words = words(sleeps.length, time.is_on_air());
                tracing::warn!(slept_ms = sleeps.length.as_millis(), "{}", words.en);
                events.send(MediaEvent::Slept { words });
            }
        }
    })
}
