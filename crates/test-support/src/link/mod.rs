//! Proxies on loopback that behave as a network does on a bad day. They run on threads of their own, need no rights and
//! no kernel module, and are set anew while traffic passes.

mod tcp;
mod udp;

pub use tcp::TcpLink;
pub use udp::UdpLink;

use crate::chance::Chance;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// What a link does to what passes, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weather {
    /// Every piece is this late.
    pub delay: Duration,
    /// Up to this much later, by chance.
    pub jitter: Duration,
    /// Bits a second that pass; the sender meets back-pressure (TCP) or loss (UDP). None: all that comes.
    pub rate_bps: Option<u64>,
    /// Share that is lost, 0 to 1. TCP repairs a loss, so there it is a pause of [`tcp::REPAIR`] for all that follows.
    pub loss: f64,
    /// Share of packets that is overtaken by later ones. UDP alone.
    pub reorder: f64,
    /// Share of packets that comes twice. UDP alone.
    pub duplicate: f64,
    /// Everything is taken and nothing delivered.
    pub black_hole: bool,
    /// Nothing is read, so that senders fill every buffer on their way: a peer that accepts and never reads. TCP alone.
    pub deaf: bool,
    /// New connections are closed at once. TCP alone.
    pub refuse: bool,
}

/// What both proxies share with their threads.
#[derive(Debug, Default)]
struct Shared {
    weather: Mutex<Weather>,
    stopped: AtomicBool,
    /// Grows when open connections are to be cut.
    cuts: AtomicU64,
    passed_bytes: AtomicU64,
    chance: Mutex<Chance>,
}

impl Shared {
    fn new(weather: Weather) -> Arc<Self> {
        Arc::new(Self { weather: Mutex::new(weather), ..Self::default() })
    }

    fn weather(&self) -> Weather {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, weather: Weather) {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// True in `share` of all calls.
    fn happens(&self, share: f64) -> bool {
        share > 0.0 && self.roll() < share
    }

    fn lateness(&self, weather: &Weather) -> Duration {
        weather.delay + weather.jitter.mul_f64(self.roll())
    }

    fn roll(&self) -> f64 {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).roll()
    }
}

/// Time `bytes` take at `rate_bps`.
fn time_of(bytes: usize, rate_bps: u64) -> Duration {
    Duration::from_secs_f64(bytes as f64 * 8.0 / rate_bps.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_fair_and_the_same_in_every_run() {
        let (one, two) = (Shared::new(Weather::default()), Shared::new(Weather::default()));
        let hits = (0..10_000).filter(|_| one.happens(0.1)).count();
        assert!((900..1_100).contains(&hits), "{hits} of 10,000 at a tenth");
        assert_eq!((0..10_000).filter(|_| two.happens(0.1)).count(), hits);
        assert!((0..100).all(|_| !one.happens(0.0)));
    }
}
