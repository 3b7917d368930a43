//! Rights: pieces that one device alone may promise or sell, taken out of what the platform offers to buyers of the page. With
//! them a device without a network and the page can't promise the same piece.
//!
//! What a seller has of a product = what the page may promise (the pool) + what buyers hold + the rights of all devices -
//! what was sold and not there. A device gets rights from the platform (a *grant*), or as goods come in while it keeps
//! its stock; it spends them on its sales and gives the rest back. Both sides follow by the same functions, so that
//! nothing but the device's own ops and the grants decides how many it has.

use crate::{Sku, order::Order};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Pieces of one product that are spoken of as rights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RightsLine {
    pub sku: Sku,
    pub pieces: u32,
}

/// Goods put aside for somebody who comes back for them: a promise, and as such nothing but rights can cover it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Promise {
    /// What it becomes when it is paid.
    pub order: Order,
    /// UTC, microseconds since 1970; for whoever looks, nothing ends by itself.
    #[ts(type = "number")]
    pub until_us: i64,
}

/// What a device has of one product for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Holding {
    /// Its rights, at least 0.
    #[ts(type = "number")]
    pub rights: i64,
    /// Of these, pieces put aside.
    #[ts(type = "number")]
    pub promised: i64,
}

/// A promise that nothing covers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("only {free} of {sku} can be promised on this device without the platform, {wanted} were asked for")]
pub struct NoRights {
    pub sku: Sku,
    pub free: i64,
    pub wanted: i64,
}

impl Holding {
    /// Pieces that may still be promised or sold as the device's own.
    pub fn free(self) -> i64 {
        (self.rights - self.promised).max(0)
    }

    /// How many pieces of a sale the rights cover. The rest is sold all the same: goods in the hand are gone.
    pub fn covers(self, sold: i64) -> i64 {
        self.free().min(sold.max(0))
    }

    /// The part of a movement that changes the device's rights. Where the device keeps its stock, goods that come in are its own and
    /// what a count misses is missing there; else the platform's pool follows alone.
    pub fn share(self, delta: i64, keeps_stock: bool) -> i64 {
        match (keeps_stock, delta) {
            (false, _) => 0,
            (true, 0..) => delta,
            (true, _) => delta.max(-self.free()),
        }
    }

    /// Covers a promise. Errors: [`NoRights`].
    pub fn promise(self, sku: &Sku, wanted: i64) -> Result<Self, NoRights> {
        let free = self.free();
        if wanted > free {
            return Err(NoRights { sku: sku.clone(), free, wanted });
        }
        Ok(Self { promised: self.promised + wanted, ..self })
    }
}

/// The part of a change of rights that the other side can follow: nobody has less than none. `change` below zero spends.
pub fn followed(rights: i64, change: i64) -> i64 {
    change.max(-rights.max(0))
}

/// Pieces the platform grants: what is wanted, as far as the pool has it.
pub fn granted(pool: i64, wanted: u32) -> i64 {
    i64::from(wanted).min(pool.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holding(rights: i64, promised: i64) -> Holding {
        Holding { rights, promised }
    }

    #[test]
    fn a_sale_is_covered_by_what_is_not_put_aside() {
        for (rights, promised, sold, want) in [(5, 0, 3, 3), (5, 0, 9, 5), (5, 4, 3, 1), (0, 0, 2, 0), (2, 5, 1, 0)] {
            assert_eq!(holding(rights, promised).covers(sold), want, "{rights} rights, {promised} aside, {sold} sold");
        }
    }

    #[test]
    fn goods_that_come_in_belong_to_a_device_that_keeps_its_stock() {
        for (keeps, delta, want) in [(false, 5, 0), (false, -5, 0), (true, 5, 5), (true, -2, -2), (true, -9, -3)] {
            assert_eq!(holding(4, 1).share(delta, keeps), want, "{delta}, keeps {keeps}");
        }
    }

    #[test]
    fn a_promise_is_refused_with_the_number_that_can_be_given() {
        let sku = Sku::new("TEA").unwrap();
        assert_eq!(holding(5, 2).promise(&sku, 3), Ok(holding(5, 5)));
        let refused = holding(5, 2).promise(&sku, 4).unwrap_err();
        assert_eq!((refused.free, refused.wanted), (3, 4));
        assert_eq!(
            refused.to_string(),
            "only 3 of TEA can be promised on this device without the platform, 4 were asked for"
        );
    }

    proptest! {
        /// Whatever is received, granted, sold, counted and given back: what the two sides have is the same, nobody has less
        /// than none, and what was promised stays covered.
        #[test]
        fn both_sides_agree_and_no_piece_is_there_twice(steps in prop::collection::vec((0_u8..6, 1_i64..9), 0..60)) {
            let sku = Sku::new("TEA").unwrap();
            let (mut device, mut of_device, mut pool) = (Holding::default(), 0_i64, 20_i64);
            let (mut received, mut gone) = (20_i64, 0_i64);
            for (step, n) in steps {
                // The change of the device's rights, and what it means for the pool besides.
                let (change, other) = match step {
                    0 => {
                        received += n;
                        (device.share(n, true), 0)
                    }
                    1 => {
                        let granted = granted(pool, u32::try_from(n).unwrap());
                        (granted, -granted)
                    }
                    2 => {
                        let covered = device.covers(n);
                        gone += covered;
                        (-covered, 0)
                    }
                    3 => {
                        let missing = device.share(-n, true);
                        gone -= missing;
                        (missing, 0)
                    }
                    4 => {
                        let back = device.covers(n);
                        (-back, back)
                    }
                    _ => {
                        if let Ok(after) = device.promise(&sku, n) {
                            device = after;
                        }
                        (0, 0)
                    }
                };
                device.rights += followed(device.rights, change);
                of_device += followed(of_device, change);
                pool += other;
                prop_assert_eq!(device.rights, of_device);
                prop_assert!(pool >= 0 && device.rights >= device.promised && device.promised >= 0);
                prop_assert_eq!(received - gone, pool + of_device);
            }
        }
    }
}
