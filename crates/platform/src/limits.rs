//! How much one address may ask for, and how large and slow a request may be.
//!
//! Owns: token buckets by address, request body sizes, timeouts. Must not know: accounts.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Largest JSON body of an ordinary request.
pub const BODY_BYTES: usize = 64 * 1024;
/// Largest body of ops and catalogue: 200 ops or 5,000 listings fit.
pub const BULK_BODY_BYTES: usize = 8 * 1024 * 1024;
/// Largest webhook of a payment provider; ours have some 200 bytes.
pub const WEBHOOK_BYTES: usize = 16 * 1024;
/// Largest photo, as the contract says.
pub const PHOTO_BYTES: usize = 2 * 1024 * 1024;
/// Longest a request may take until its answer begins; the feed's long poll stays below.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest a feed request waits for news.
pub const FEED_WAIT: Duration = Duration::from_secs(25);
/// Most pages that listen to shows at once.
pub const MAX_LISTENERS: usize = 20_000;
/// Addresses remembered per kind; beyond it the full buckets, which tell nothing, are forgotten.
const MAX_ADDRESSES: usize = 16_384;

/// `burst` requests at once, then `per_minute`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub burst: u32,
    pub per_minute: u32,
}

/// What an address may do how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Sign-up, log-in and refresh together: slow enough that passwords can't be tried out.
    pub log_in: Rate,
    /// Reserve and pay.
    pub buy: Rate,
    pub chat: Rate,
    pub behaviour: Rate,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            log_in: Rate { burst: 10, per_minute: 10 },
            buy: Rate { burst: 30, per_minute: 60 },
            chat: Rate { burst: 10, per_minute: 30 },
            behaviour: Rate { burst: 200, per_minute: 600 },
        }
    }
}

impl RateLimits {
    /// No limit that a load test on one address would meet.
    pub fn unlimited() -> Self {
        let all = Rate { burst: u32::MAX, per_minute: u32::MAX };
        Self { log_in: all, buy: all, chat: all, behaviour: all }
    }
}

/// The kinds of requests that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    LogIn,
    Buy,
    Chat,
    Behaviour,
}

/// Too many requests: try again after this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; try again in {retry_after_s} s")]
pub struct TooMany {
    pub retry_after_s: u64,
}

/// Token buckets by kind and address. Locks are held for a few map operations, never over an await.
pub struct Limiter {
    limits: RateLimits,
    buckets: Mutex<HashMap<(Kind, IpAddr), Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at_us: i64,
}

impl Limiter {
    pub fn new(limits: RateLimits) -> Self {
        Self { limits, buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes one token of `address`. Errors: [`TooMany`] when none is left.
    pub fn take(&self, kind: Kind, address: IpAddr, now_us: i64) -> Result<(), TooMany> {
        let rate = self.rate(kind);
        let (burst, per_us) = (f64::from(rate.burst), f64::from(rate.per_minute) / 60e6);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_ADDRESSES {
            buckets.retain(|(kind, _), bucket| {
                let rate = self.rate(*kind);
                bucket.filled(f64::from(rate.burst), f64::from(rate.per_minute) / 60e6, now_us) < f64::from(rate.burst)
            });
        }
        let bucket = buckets.entry((kind, address)).or_insert(Bucket { tokens: burst, at_us: now_us });
        bucket.tokens = bucket.filled(burst, per_us, now_us);
        bucket.at_us = now_us;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        let wait_us = (1.0 - bucket.tokens) / per_us.max(f64::MIN_POSITIVE);
        Err(TooMany { retry_after_s: (wait_us / 1e6).ceil().clamp(1.0, 3600.0) as u64 })
    }

    fn rate(&self, kind: Kind) -> Rate {
        match kind {
            Kind::LogIn => self.limits.log_in,
            Kind::Buy => self.limits.buy,
            Kind::Chat => self.limits.chat,
            Kind::Behaviour => self.limits.behaviour,
        }
    }
}

impl Bucket {
    /// Tokens at `now_us`; a clock that went back gives none.
    fn filled(self, burst: f64, per_us: f64, now_us: i64) -> f64 {
        let passed = now_us.saturating_sub(self.at_us).max(0) as f64;
        (self.tokens + passed * per_us).min(burst)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_burst_passes_then_the_minute_counts_and_addresses_are_apart() {
        let rate = Rate { burst: 3, per_minute: 60 };
        let limiter = Limiter::new(RateLimits { log_in: rate, ..RateLimits::default() });
        let (mallory, alice) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        for _ in 0..3 {
            assert_eq!(limiter.take(Kind::LogIn, mallory, 0), Ok(()));
        }
        assert_eq!(limiter.take(Kind::LogIn, mallory, 0), Err(TooMany { retry_after_s: 1 }), "the burst is spent");
        assert_eq!(limiter.take(Kind::LogIn, alice, 0), Ok(()), "another address has its own");
        assert_eq!(limiter.take(Kind::Chat, mallory, 0), Ok(()), "another kind has its own");
        assert_eq!(limiter.take(Kind::LogIn, mallory, 1_000_000), Ok(()), "one a second comes back");
        assert!(limiter.take(Kind::LogIn, mallory, -5_000_000).is_err(), "a clock that went back gives nothing away");
    }
}
