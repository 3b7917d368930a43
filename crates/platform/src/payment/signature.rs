//! The signature under a webhook: `t=<seconds since 1970>,v1=<hex>`, HMAC-SHA256 over the time, a dot and the body.
//!
//! The time is signed with the body, so that a message that was listened to can't be sent again later. Both sides use the
//! same key. Source: RFC 2104; the form of the header is the one Stripe made common.

use crate::db::Hash;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The header that carries it.
pub const HEADER: &str = "hawker-signature";
/// How far the signature's time may be from ours, seconds: clocks differ and networks are slow, but not for longer.
pub const TOLERANCE_S: i64 = 300;

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("the header Hawker-Signature is missing or not \"t=<seconds>,v1=<hex>\"")]
    Malformed,
    #[error("the signature does not fit the body")]
    Wrong,
    #[error("the signature is more than {TOLERANCE_S} seconds old or ahead")]
    Old,
}

/// The header's value for a body that is sent at `at_s`, seconds since 1970.
pub fn sign(key: &Hash, at_s: i64, body: &[u8]) -> String {
    let tag = mac(key, at_s, body).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("t={at_s},v1={tag}")
}

/// Whether the body comes from who knows the key, now (`now_s`, seconds since 1970). Compares in constant time.
/// Errors: [`BadSignature`].
pub fn verify(key: &Hash, header: Option<&str>, body: &[u8], now_s: i64) -> Result<(), BadSignature> {
    let (at_s, tag) = header.and_then(parse).ok_or(BadSignature::Malformed)?;
    let mac = mac(key, at_s, body).ok_or(BadSignature::Wrong)?;
    mac.verify_slice(&tag).map_err(|_| BadSignature::Wrong)?;
    if now_s.abs_diff(at_s) > TOLERANCE_S.unsigned_abs() { Err(BadSignature::Old) } else { Ok(()) }
}

/// `None` never comes about: HMAC takes keys of every length.
fn mac(key: &Hash, at_s: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(at_s.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

fn parse(header: &str) -> Option<(i64, Vec<u8>)> {
    let (at, tag) = header.trim().strip_prefix("t=")?.split_once(",v1=")?;
    Some((at.parse().ok()?, hex::decode(tag).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_the_body_and_the_time_together_are_believed() {
        let (key, body, at) = ([7; 32], &b"{\"id\":\"e1\"}"[..], 1_767_225_600);
        let good = sign(&key, at, body);
        let moved = good.replacen("t=1767225600", "t=1767225601", 1);
        let short = good.get(..good.len() - 2).unwrap_or_default();
        let check = |header: Option<&str>, body: &[u8], now| verify(&key, header, body, now);
        assert_eq!(check(Some(&good), body, at), Ok(()));
        assert_eq!(check(Some(&good), body, at + TOLERANCE_S), Ok(()));
        assert_eq!(check(Some(&good), body, at - TOLERANCE_S), Ok(()));
        let table = [
            (Some(good.as_str()), body, at + TOLERANCE_S + 1, BadSignature::Old),
            (Some(&good), body, at - TOLERANCE_S - 1, BadSignature::Old),
            (Some(&good), b"{\"id\":\"e2\"}", at, BadSignature::Wrong),
            (Some(&good), b"", at, BadSignature::Wrong),
            (Some(&moved), body, at, BadSignature::Wrong),
            (Some(short), body, at, BadSignature::Wrong),
            (Some("t=1767225600,v1="), body, at, BadSignature::Wrong),
            (Some("t=1767225600,v1=zz"), body, at, BadSignature::Malformed),
            (Some("t=now,v1=00"), body, at, BadSignature::Malformed),
            (Some("v1=00"), body, at, BadSignature::Malformed),
            (Some(""), body, at, BadSignature::Malformed),
            (None, body, at, BadSignature::Malformed),
        ];
        for (header, body, now, why) in table {
            assert_eq!(check(header, body, now), Err(why), "{header:?} at {now}");
        }
        assert_eq!(verify(&[8; 32], Some(&good), body, at), Err(BadSignature::Wrong), "another key");
    }

    #[test]
    fn it_is_the_hmac_that_others_compute() {
        // printf '1.{}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '00%.0s' $(seq 32))
        assert_eq!(sign(&[0; 32], 1, b"{}"), "t=1,v1=a07ac7cfc802ea7629f0933ebf00ef447832d56dcdcab022d121f329249e4ac3");
    }
}
