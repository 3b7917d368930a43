//! What must hold.

use crate::{
    facts::{Fact, Known},
    world::{SKUS, World},
};
use hawker_domain::{Sku, rights::Holding};
use std::collections::{BTreeMap, BTreeSet};

/// On hand by the ledger, of each product.
fn sums(facts: &BTreeSet<Fact>) -> Vec<i64> {
    let of = |sku| facts.iter().filter(|fact| fact.sku == sku).map(|fact| fact.delta).sum();
    (0..=SKUS.len()).map(of).collect()
}

fn on_hand(levels: &[(i64, i64)]) -> Vec<i64> {
    levels.iter().map(|(on_hand, _)| *on_hand).collect()
}

impl World {
    /// At every moment: a device's level is the sum of its ledger, and the platform promises nothing it has not.
    pub async fn ledgers_add_up(&self) -> Result<(), String> {
        for (place, device) in self.devices.iter().enumerate() {
            let known = Known::of(&device.store).await;
            if !known.doubled.is_empty() {
                return Err(format!("device {place} counts twice: {:?}", known.doubled));
            }
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
        if !server.doubled.is_empty() {
            return Err(format!("counted twice at the platform: {:?}", server.doubled));
        }
        let made_up: Vec<_> = server.facts.difference(&self.ever).collect();
        if !made_up.is_empty() {
            return Err(format!("made up: {made_up:?}"));
        }
        let levels = self.server.levels().await;
        if on_hand(&levels) != sums(&server.facts) {
            return Err(format!("the platform has {levels:?} in stock, its feed adds up to {:?}", sums(&server.facts)));
        }
        let rights = self.server.rights().await;
        if !rights.is_open {
            return Err(format!("buyers still wait: {rights:?}"));
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
            self.rights_agree(place).await?;
            let waiting = device.store.pending_count().await.map_err(|why| why.to_string())?;
            if waiting != 0 {
                return Err(format!("device {place} still waits with {waiting}"));
            }
        }
        Ok(())
    }

    /// A device has the rights the platform thinks it has. Copies share a name, and what one of them has the other believes to have.
    async fn rights_agree(&self, place: usize) -> Result<(), String> {
        let device = &self.devices[place];
        let id = device.store.device().await.map_err(|why| why.to_string())?.device_id;
        for (other, copy) in self.devices.iter().enumerate() {
            if other != place && copy.store.device().await.map_err(|why| why.to_string())?.device_id == id {
                return Ok(());
            }
        }
        let held = device.store.holdings().await.map_err(|why| why.to_string())?;
        self.promises_are_covered(place, &held).await?;
        let own: BTreeMap<_, _> =
            held.into_iter().filter(|(_, held)| held.rights > 0).map(|(sku, held)| (sku, held.rights)).collect();
        let report = self.server.rights().await;
        let lines = report.devices.into_iter().filter(|of| of.device_id == id).flat_map(|of| of.lines);
        let told: BTreeMap<_, _> = lines.map(|line| (line.sku, i64::from(line.pieces))).collect();
        if own == told { Ok(()) } else { Err(format!("device {place} has rights {own:?}, the platform says {told:?}")) }
    }

    /// What is put aside has rights, as far as there is anything to have rights of.
    async fn promises_are_covered(&self, place: usize, held: &BTreeMap<Sku, Holding>) -> Result<(), String> {
        let (levels, report) = (self.server.levels().await, self.server.rights().await);
        for ((on_hand, _), text) in levels.iter().zip(SKUS) {
            let of = held.iter().find(|(sku, _)| sku.as_str() == text).map(|(_, held)| *held).unwrap_or_default();
            let lines = report.devices.iter().flat_map(|device| &device.lines);
            let all: i64 = lines.filter(|line| line.sku.as_str() == text).map(|line| i64::from(line.pieces)).sum();
            if of.promised > of.rights && *on_hand > all {
                return Err(format!("device {place}: {of:?} of {text} with {} in the pool", on_hand - all));
            }
        }
        Ok(())
    }

    /// Nothing was promised or sold that is not there.
    pub async fn nothing_is_missing(&self) -> Result<(), String> {
        for (place, device) in self.devices.iter().enumerate() {
            let missing = device.store.shortfalls().await.map_err(|why| why.to_string())?;
            if !missing.is_empty() {
                return Err(format!("device {place} hears that {missing:?} is missing"));
            }
        }
        Ok(())
    }
}
