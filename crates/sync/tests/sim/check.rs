//! What must hold.

use crate::{
    facts::{Fact, Known},
    world::{SKUS, World},
};
use std::collections::BTreeSet;

/// On hand by the ledger, of each product.
fn sums(facts: &BTreeSet<Fact>) -> Vec<i64> {
    let of = |sku| facts.iter().filter(|fact| fact.sku == sku).map(|fact| fact.delta).sum();
    (0..SKUS.len()).map(of).collect()
}

fn on_hand(levels: &[(i64, i64)]) -> Vec<i64> {
    levels.iter().map(|(on_hand, _)| *on_hand).collect()
}

impl World {
    /// At every moment: a device's level is the sum of its ledger, and the platform promises nothing it has not.
    pub async fn ledgers_add_up(&self) -> Result<(), String> {
        for (place, device) in self.devices.iter().enumerate() {
            let known = Known::of(&device.store).await;
            if sums(&known.facts) != on_hand(&known.levels) {
                return Err(format!("device {place}: levels {:?} are not those of {:?}", known.levels, known.facts));
            }
        }
        let levels = self.server.levels().await;
        if levels.iter().any(|(_, reserved)| *reserved < 0) {
            return Err(format!("the platform holds less than nothing: {levels:?}"));
        }
        Ok(())
    }

    /// At rest: nothing acknowledged is missing, nothing was made up or counted twice, and everybody knows the same.
    pub async fn check(&self) -> Result<(), String> {
        let server = self.server.known().await;
        let missing: Vec<_> = self.must.difference(&server.facts).collect();
        if !missing.is_empty() {
            return Err(format!("lost at the platform: {missing:?}"));
        }
        let made_up: Vec<_> = server.facts.difference(&self.ever).collect();
        if !made_up.is_empty() {
            return Err(format!("made up: {made_up:?}"));
        }
        let levels = self.server.levels().await;
        if on_hand(&levels) != sums(&server.facts) {
            return Err(format!("the platform has {levels:?} in stock, its feed adds up to {:?}", sums(&server.facts)));
        }
        if levels.iter().any(|(_, reserved)| *reserved != 0) {
            return Err(format!("goods are held for nobody: {levels:?}"));
        }
        for (place, device) in self.devices.iter().enumerate() {
            let known = Known::of(&device.store).await;
            if known.facts != server.facts {
                let lacks: Vec<_> = server.facts.difference(&known.facts).collect();
                let has: Vec<_> = known.facts.difference(&server.facts).collect();
                return Err(format!("device {place} lacks {lacks:?} and has {has:?} that the platform has not"));
            }
            if known.orders != server.orders {
                let differ: Vec<_> =
                    known.orders.iter().filter(|(id, state)| server.orders.get(id) != Some(state)).collect();
                return Err(format!("device {place} has orders in other states: {differ:?} of {:?}", server.orders));
            }
            if known.levels != levels {
                return Err(format!("device {place} has levels {:?}, the platform {levels:?}", known.levels));
            }
            let waiting = device.store.pending_count().await.map_err(|why| why.to_string())?;
            if waiting != 0 {
                return Err(format!("device {place} still waits with {waiting}"));
            }
        }
        Ok(())
    }
}
