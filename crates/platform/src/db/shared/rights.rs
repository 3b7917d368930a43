//! Whose rights, and what a device says of them.

use hawker_domain::{ChallengeId, DeviceId, OpId, SellerId, Sku, rights::RightsLine};
use std::collections::BTreeMap;

/// Whose rights.
#[derive(Clone, Copy)]
pub struct Holder {
    pub seller: SellerId,
    pub device: DeviceId,
}

/// What a device says it has.
pub struct Stated<'a> {
    pub lines: &'a [RightsLine],
    /// The last entry of the feed it had read.
    pub read_seq: u64,
    /// Grants that are in the lines, by the ops that asked.
    pub counted: &'a [OpId],
    pub challenge: Option<ChallengeId>,
}

/// Pieces of each product.
pub fn summed(lines: &[RightsLine]) -> BTreeMap<&Sku, u32> {
    let mut summed = BTreeMap::new();
    for line in lines {
        let sum: &mut u32 = summed.entry(&line.sku).or_default();
        *sum = sum.saturating_add(line.pieces);
    }
    summed
}
