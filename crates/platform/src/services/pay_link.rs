//! The link by which a claim is paid: the claim and the end of its time, and under them an HMAC of this platform's.
//!
//! Owns: the token's form and who may make one. Must not know: the claim's state. A token names nobody, can't be guessed or
//! altered, and is good for one claim, whoever opens it.

use crate::db::Hash;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hawker_domain::ClaimId;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// So that no other code of this key is one of these.
const LABEL: &[u8] = b"hawker pay link 1";
const ID_BYTES: usize = 16;
const TIME_BYTES: usize = 8;
const TAG_BYTES: usize = 32;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayToken {
    pub claim_id: ClaimId,
    /// UTC, microseconds since 1970.
    pub until_us: i64,
}

/// It is none of this platform's, or was altered or cut on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this pay link is not one of this platform's, or a part of it is missing")]
pub struct BadToken;

/// The token's text; it fits into a URL.
pub fn sign(key: &Hash, token: PayToken) -> String {
    let mut bytes = Vec::with_capacity(ID_BYTES + TIME_BYTES + TAG_BYTES);
    bytes.extend_from_slice(token.claim_id.0.as_bytes());
    bytes.extend_from_slice(&token.until_us.to_be_bytes());
    if let Some(mac) = mac(key, &bytes) {
        bytes.extend_from_slice(&mac.finalize().into_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Compares in constant time. Errors: [`BadToken`]. Whether its time is over is for the caller to say.
pub fn read(key: &Hash, text: &str) -> Result<PayToken, BadToken> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadToken)?;
    let (said, tag) = bytes.split_at_checked(ID_BYTES + TIME_BYTES).ok_or(BadToken)?;
    let mac = mac(key, said).ok_or(BadToken)?;
    mac.verify_slice(tag).map_err(|_| BadToken)?;
    let (id, until) = said.split_at_checked(ID_BYTES).ok_or(BadToken)?;
    let id = Uuid::from_slice(id).map_err(|_| BadToken)?;
    let until_us = i64::from_be_bytes(until.try_into().map_err(|_| BadToken)?);
    Ok(PayToken { claim_id: ClaimId(id), until_us })
}

/// `None` never comes about: HMAC takes keys of every length.
fn mac(key: &Hash, said: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(LABEL);
    mac.update(said);
    Some(mac)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_signed_and_no_bit_of_it_may_change() {
        let key = [7; 32];
        let token = PayToken { claim_id: ClaimId(Uuid::from_u128(9)), until_us: 1_767_225_600_000_000 };
        let text = sign(&key, token);
        assert_eq!(read(&key, &text), Ok(token));
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
        let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read(&key, &URL_SAFE_NO_PAD.encode(altered)), Err(BadToken), "bit {bit}");
        }
        for cut in 0..bytes.len() {
            assert_eq!(read(&key, &URL_SAFE_NO_PAD.encode(&bytes[..cut])), Err(BadToken), "cut at {cut}");
        }
        assert_eq!(read(&[8; 32], &text), Err(BadToken), "another platform's");
        for nonsense in ["", "/", "不", &format!("{text}AA"), &format!("{text}=")] {
            assert_eq!(read(&key, nonsense), Err(BadToken), "{nonsense}");
        }
    }

    #[test]
    fn it_is_no_code_of_anything_else_under_the_same_key() {
        let (key, token) = ([7; 32], PayToken { claim_id: ClaimId(Uuid::nil()), until_us: 0 });
        let mut bytes = URL_SAFE_NO_PAD.decode(sign(&key, token)).unwrap();
        bytes.truncate(ID_BYTES + TIME_BYTES);
        let mut bare = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        bare.update(&bytes);
        bytes.extend_from_slice(&bare.finalize().into_bytes());
        assert_eq!(read(&key, &URL_SAFE_NO_PAD.encode(bytes)), Err(BadToken));
    }
}
