//! What can happen next.

use crate::{weather::Sky, world::SKUS};
use hawker_domain::order::OrderEvent;
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};

/// Most devices at once; copies of one count.
const DEVICES_MAX: usize = 5;

/// Which acts are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Market {
    /// Those there were before devices had rights: seeds that failed then mean the same for ever.
    Before,
    /// All.
    Whole,
    /// Devices sell only what they have rights for, and nothing is put back or copied: then nothing may ever be missing.
    Careful,
}

#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// The device keeps what comes in from now on, or gives it to the pool.
    KeepStock {
        device: usize,
        keeps: bool,
    },
    AskRights {
        device: usize,
        sku: usize,
        pieces: u32,
    },
    GiveBack {
        device: usize,
        sku: usize,
        pieces: u32,
    },
    PutAside {
        device: usize,
        sku: usize,
        qty: u32,
    },
    /// The buyer of what was put aside comes, or does not.
    EndPromise {
        device: usize,
        comes: bool,
    },
    /// Somebody says that the device does not come back, and it does.
    DeclareLost {
        device: usize,
    },
    /// A delivery without a mark: nothing but its op tells it from another.
    ReceiveUnmarked {
        device: usize,
    },
    /// No more than the device has rights for.
    SellCovered {
        device: usize,
        sku: usize,
        qty: u32,
    },
    Receive {
        device: usize,
        sku: usize,
        qty: i64,
    },
    SellAtTable {
        device: usize,
        sku: usize,
        qty: u32,
    },
    Step {
        device: usize,
        order: usize,
        event: OrderEvent,
        goods_back: bool,
    },
    Buy {
        sku: usize,
        qty: u32,
        pays: bool,
    },
    LetHoldsExpire,
    Sync {
        device: usize,
        sky: Sky,
    },
    DeliverLate {
        device: usize,
    },
    CrashDevice {
        device: usize,
    },
    BackUpDevice {
        device: usize,
    },
    PutBackDevice {
        device: usize,
    },
    CloneDevice {
        device: usize,
    },
    CrashServer,
    BackUpServer,
    PutBackServer,
}

impl Act {
    pub fn draw(dice: &mut StdRng, devices: usize, market: Market) -> Self {
        match market {
            Market::Before => Self::of_goods(dice, devices),
            Market::Whole if dice.random_bool(0.7) => Self::of_goods(dice, devices),
            Market::Whole => Self::of_rights(dice, devices),
            Market::Careful => loop {
                let act =
                    if dice.random_bool(0.5) { Self::of_goods(dice, devices) } else { Self::of_rights(dice, devices) };
                match act {
                    Self::SellAtTable { device, sku, qty } => return Self::SellCovered { device, sku, qty },
                    Self::PutBackDevice { .. }
                    | Self::CloneDevice { .. }
                    | Self::PutBackServer
                    | Self::DeclareLost { .. } => {}
                    _ => return act,
                }
            },
        }
    }

    fn of_rights(dice: &mut StdRng, devices: usize) -> Self {
        let device = dice.random_range(0..devices);
        let sku = dice.random_range(0..SKUS.len());
        match dice.random_range(0..100) {
            0..12 => Self::KeepStock { device, keeps: dice.random_bool(0.6) },
            12..40 => Self::AskRights { device, sku, pieces: dice.random_range(1..6) },
            40..55 => Self::GiveBack { device, sku, pieces: dice.random_range(1..6) },
            55..75 => Self::PutAside { device, sku, qty: dice.random_range(1..4) },
            75..86 => Self::EndPromise { device, comes: dice.random_bool(0.7) },
            86..89 => Self::DeclareLost { device },
            _ => Self::ReceiveUnmarked { device },
        }
    }

    fn of_goods(dice: &mut StdRng, devices: usize) -> Self {
        let device = dice.random_range(0..devices);
        let sku = dice.random_range(0..SKUS.len());
        match dice.random_range(0..100) {
            0..14 => Self::Receive { device, sku, qty: dice.random_range(1..9) },
            14..26 => Self::SellAtTable { device, sku, qty: dice.random_range(1..4) },
            26..38 => {
                let steps =
                    [OrderEvent::Pack, OrderEvent::Pack, OrderEvent::Ship, OrderEvent::Deliver, OrderEvent::Refund];
                let event = *steps.choose(dice).unwrap_or(&OrderEvent::Pack);
                Self::Step { device, order: dice.random_range(0..1_000), event, goods_back: dice.random_bool(0.5) }
            }
            38..50 => Self::Buy { sku, qty: dice.random_range(1..4), pays: dice.random_bool(0.8) },
            50..52 => Self::LetHoldsExpire,
            52..78 => Self::Sync { device, sky: if dice.random_bool(0.6) { Sky::Stormy } else { Sky::Clear } },
            78..82 => Self::DeliverLate { device },
            82..86 => Self::CrashDevice { device },
            86..89 => Self::BackUpDevice { device },
            89..91 => Self::PutBackDevice { device },
            91 if devices < DEVICES_MAX => Self::CloneDevice { device },
            91..94 => Self::CrashServer,
            94..97 => Self::BackUpServer,
            _ => Self::PutBackServer,
        }
    }
}
