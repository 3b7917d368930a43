//! The key by which a device's ops are known for its own. Pure.

use crate::db::PublicKey;
use ed25519_dalek::{Signature, VerifyingKey};
use hawker_domain::SellerId;
use hawker_wire::{ops::OpEnvelope, signature::signed_bytes};

/// A device's public key.
#[derive(Clone, Debug)]
pub struct DeviceKey(VerifyingKey);

impl DeviceKey {
    /// None: not 32 bytes in hex, no point of the curve, or one of the few that verify anything.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Self::from_bytes(&bytes)
    }

    /// As [`Self::from_hex`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
        (!key.is_weak()).then_some(Self(key))
    }

    pub fn bytes(&self) -> PublicKey {
        self.0.to_bytes()
    }

    /// True: the holder of the key sent this op, of this seller, under this number.
    pub fn signed(&self, seller: SellerId, op: &OpEnvelope) -> bool {
        let mut bytes = [0; 64];
        hex::decode_to_slice(&op.signature, &mut bytes).is_ok()
            && self.0.verify_strict(&signed_bytes(seller, op), &Signature::from_bytes(&bytes)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use hawker_domain::{DeviceId, OpId};
    use uuid::Uuid;

    #[test]
    fn only_the_holder_of_the_key_signs_and_only_what_was_signed_is_taken() {
        let (own, other) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
        let seller = SellerId(Uuid::now_v7());
        let op = OpEnvelope {
            op_id: OpId(Uuid::now_v7()),
            device_id: DeviceId(Uuid::now_v7()),
            epoch: 1,
            seq: 1,
            payload_version: 1,
            payload: String::new(),
            hash: "00".repeat(32),
            signature: String::new(),
        };
        let by = |key: &SigningKey| hex::encode(key.sign(&signed_bytes(seller, &op)).to_bytes());
        let signed = OpEnvelope { signature: by(&own), ..op.clone() };
        let key = DeviceKey::from_hex(&hex::encode(own.verifying_key().to_bytes())).unwrap();
        assert!(key.signed(seller, &signed));
        assert!(!key.signed(SellerId(Uuid::now_v7()), &signed), "of another seller");
        assert!(!key.signed(seller, &OpEnvelope { seq: 2, ..signed.clone() }), "under another number");
        for signature in [String::new(), "zz".into(), "00".repeat(64), by(&other), by(&own) + "00"] {
            assert!(!key.signed(seller, &OpEnvelope { signature: signature.clone(), ..op.clone() }), "{signature}");
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        // The neutral point signs nothing and verifies much.
        let neutral = format!("01{}", "00".repeat(31));
        for text in [String::new(), "zz".repeat(32), "ab".repeat(31), "02".to_owned() + &"00".repeat(31), neutral] {
            assert!(DeviceKey::from_hex(&text).is_none(), "{text}");
        }
    }
}
