//! What a device signs of an op.

use crate::ops::OpEnvelope;
use hawker_domain::SellerId;

/// Keeps a signature from being taken for one over anything else.
const DOMAIN: &[u8] = b"hawker op v1\0";

/// The bytes that the signature of an op of `seller` is over. All but the last part have a fixed length, so no two ops have
/// the same. The payload is in them by its hash, which whoever verifies has compared with it.
pub fn signed_bytes(seller: SellerId, op: &OpEnvelope) -> Vec<u8> {
    let hash = op.hash.to_ascii_lowercase();
    let (epoch, seq, version) = (op.epoch.to_be_bytes(), op.seq.to_be_bytes(), op.payload_version.to_be_bytes());
    let ids = [seller.0.as_bytes(), op.device_id.0.as_bytes(), op.op_id.0.as_bytes()].map(|id| id.as_slice());
    let [seller, device, op_id] = ids;
    [DOMAIN, seller, device, &epoch, &seq, op_id, &version, hash.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hawker_domain::{DeviceId, OpId};
    use uuid::Uuid;

    #[test]
    fn another_op_seller_number_or_payload_has_other_bytes() {
        let seller = SellerId(Uuid::from_u128(1));
        let op = OpEnvelope {
            op_id: OpId(Uuid::from_u128(2)),
            device_id: DeviceId(Uuid::from_u128(3)),
            epoch: 4,
            seq: 5,
            payload_version: 6,
            payload: String::new(),
            hash: "AB".repeat(32),
            signature: String::new(),
        };
        let bytes = signed_bytes(seller, &op);
        assert_eq!(bytes.len(), DOMAIN.len() + 3 * 16 + 4 + 8 + 4 + 64);
        assert_eq!(signed_bytes(seller, &OpEnvelope { hash: "ab".repeat(32), ..op.clone() }), bytes, "hex is hex");
        for other in [
            signed_bytes(SellerId(Uuid::from_u128(9)), &op),
            signed_bytes(seller, &OpEnvelope { op_id: OpId(Uuid::from_u128(9)), ..op.clone() }),
            signed_bytes(seller, &OpEnvelope { device_id: DeviceId(Uuid::from_u128(9)), ..op.clone() }),
            signed_bytes(seller, &OpEnvelope { epoch: 9, ..op.clone() }),
            signed_bytes(seller, &OpEnvelope { seq: 9, ..op.clone() }),
            signed_bytes(seller, &OpEnvelope { payload_version: 9, ..op.clone() }),
            signed_bytes(seller, &OpEnvelope { hash: "cd".repeat(32), ..op.clone() }),
        ] {
            assert_ne!(other, bytes);
        }
    }
}
