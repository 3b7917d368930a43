//! The same misfortunes, and a catalogue that is edited meanwhile. No edit is lost: each that was acknowledged stands, or was
//! replaced (or removed) by somebody who had seen it, or is on a list, or was given up by hand. Every value is said once, so that it is
//! known for what it is.

use crate::{
    clock::DeviceClock,
    device::Device,
    sabotage::Sabotage,
    server::Server,
    weather::{Sky, Weather},
};
use hawker_domain::{
    Currency, Money, OpId, Product, ProductId, Sku,
    edit::{Claim, FieldValue, Keep, ProductEdit},
};
use hawker_store::Store;
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpEnvelope, OpPayload, Read},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const SKUS: [&str; 2] = ["CUP", "POT"];
const DEVICES: usize = 3;
/// Most devices at once; copies of one count.
const DEVICES_MAX: usize = 5;
const ACTS: usize = 40;
/// Rounds of passes within which all must be quiet.
const ROUNDS: usize = 12;

/// A value, by its own name: "7;" was said of a title or a brand.
type Mark = String;

/// A removal of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Removal {
    sku: usize,
    /// The change that said it.
    op: OpId,
}

struct Market {
    server: Server,
    devices: Vec<Device>,
    /// What was in each device's backup.
    backups: Vec<Option<String>>,
    dice: StdRng,
    log: Vec<String>,
    said: u32,
    /// Acknowledged, and on at least one disk that was not destroyed since.
    must: BTreeSet<(usize, Mark)>,
    /// What was said by somebody who saw this.
    replaced_by: BTreeMap<Mark, BTreeSet<Mark>>,
    removed_by: BTreeMap<Mark, BTreeSet<Removal>>,
    /// What products were made of by somebody who had seen this removal.
    made_on: BTreeMap<OpId, BTreeSet<Mark>>,
    /// The removal that was said again in place of this one, which was on the list.
    said_again: BTreeMap<OpId, BTreeSet<OpId>>,
    given_up: BTreeSet<Mark>,
    removals_given_up: BTreeSet<usize>,
}

fn sku(place: usize) -> Sku {
    Sku::new(SKUS[place]).unwrap()
}

/// The marks of a product.
fn marks(product: &Product) -> [Mark; 2] {
    [product.title.clone(), product.brand.clone()]
}

/// None: a price, which all products have alike.
fn mark_of(value: &FieldValue) -> Option<Mark> {
    match value {
        FieldValue::Title(mark) | FieldValue::Brand(mark) => Some(mark.clone()),
        FieldValue::Price(_) => None,
        other => panic!("nobody said {other:?}"),
    }
}

/// Removals after which the product was gone.
async fn removals_that_counted(fresh: &Store) -> BTreeSet<OpId> {
    let mut counted = BTreeSet::new();
    for entry in fresh.feed_tail(0, u32::MAX).await.unwrap() {
        if let FeedEvent::ProductsEdited { op, products } = entry.line.entry().event
            && op.payload.contains("\"removed\"")
            && products.iter().all(|product| product.current.life.is_removed)
        {
            counted.insert(op.op_id);
        }
    }
    counted
}

/// All that a store could tell somebody of edits, as text.
async fn texts(store: &Store) -> String {
    let mut all = String::new();
    for entry in store.feed_tail(0, u32::MAX).await.unwrap() {
        all.push_str(&entry.line.event);
    }
    for op in store.pending_ops(u32::MAX).await.unwrap() {
        all.push_str(&op.payload);
    }
    for op in store.ops_from(0, u32::MAX).await.unwrap() {
        all.push_str(&op.payload);
    }
    all
}

impl Market {
    async fn new(seed: u64, sabotage: Sabotage) -> Self {
        let server = Server::new().await;
        let mut dice = StdRng::seed_from_u64(seed);
        let mut devices = Vec::new();
        let mut clocks = DeviceClock::of_run(seed);
        for _ in 0..DEVICES {
            let weather = Weather::new(server.client.clone(), dice.random(), sabotage);
            devices.push(Device::new(weather, clocks.other()).await);
        }
        Self {
            server,
            backups: vec![None; DEVICES],
            devices,
            dice,
            log: Vec::new(),
            said: 0,
            must: BTreeSet::new(),
            replaced_by: BTreeMap::new(),
            removed_by: BTreeMap::new(),
            made_on: BTreeMap::new(),
            said_again: BTreeMap::new(),
            given_up: BTreeSet::new(),
            removals_given_up: BTreeSet::new(),
        }
    }

    async fn act(&mut self, sabotage: Sabotage) {
        let device = self.dice.random_range(0..self.devices.len());
        let place = self.dice.random_range(0..SKUS.len());
        let dice = self.dice.random_range(0..100);
        self.log.push(format!("{dice} at {device}, {}", SKUS[place]));
        match dice {
            0..30 => self.edit(device, place).await,
            30..35 => self.remove(device, place).await,
            35..45 => self.settle(device).await,
            45..76 => {
                let sky = if self.dice.random_bool(0.6) { Sky::Stormy } else { Sky::Clear };
                self.sync(device, sky).await;
            }
            76..79 => self.devices[device].weather.deliver_late().await,
            79..82 => self.devices[device].crash().await,
            82..86 => self.back_up_device(device).await,
            86..89 => self.put_back_device(device).await,
            89 if self.devices.len() < DEVICES_MAX => {
                self.copy_device(device, sabotage).await;
            }
            89..92 => self.server.crash().await,
            92..96 => self.server.make_backup(),
            _ if self.server.has_backup() => self.put_back_server().await,
            _ => {}
        }
    }

    async fn sync(&mut self, device: usize, sky: Sky) {
        let done = self.devices[device].sync(sky).await.map(|report| (report.sent, report.applied.len()));
        self.log.push(format!("   {device}, {sky:?}: {done:?}"));
    }

    async fn back_up_device(&mut self, device: usize) {
        self.devices[device].make_backup().await;
        self.backups[device] = Some(texts(&self.devices[device].store).await);
    }

    /// Which device the copy is.
    async fn copy_device(&mut self, device: usize, sabotage: Sabotage) -> usize {
        let weather = Weather::new(self.server.client.clone(), self.dice.random(), sabotage);
        let copy = self.devices[device].cloned(weather).await;
        self.devices.push(copy);
        self.backups.push(None);
        self.devices.len() - 1
    }

    async fn put_back_server(&mut self) {
        self.server.put_back().await;
        self.forget_what_is_nowhere(String::new(), None).await;
    }

    fn mark(&mut self) -> Mark {
        self.said += 1;
        format!("{};", self.said)
    }

    fn replaced(&mut self, seen: Mark, by: &Mark) {
        self.replaced_by.entry(seen).or_default().insert(by.clone());
    }

    async fn edit(&mut self, device: usize, place: usize) {
        let store = self.devices[device].store.clone();
        let product = match store.product(&sku(place)).await.unwrap() {
            Some(mut product) => {
                let mark = self.mark();
                let field = if self.dice.random_bool(0.5) { &mut product.title } else { &mut product.brand };
                let seen = std::mem::replace(field, mark.clone());
                self.replaced(seen, &mark);
                self.must.insert((place, mark));
                product
            }
            None => {
                let [title, brand] = [self.mark(), self.mark()];
                self.must.extend([(place, title.clone()), (place, brand.clone())]);
                Product {
                    id: ProductId(Uuid::now_v7()),
                    sku: sku(place),
                    title,
                    brand,
                    category: String::new(),
                    description: String::new(),
                    price: Money::new(990, Currency::CNY),
                    cost: None,
                    barcode: String::new(),
                    aliases: Vec::new(),
                    variant: None,
                }
            }
        };
        store.put_product(&product).await.unwrap();
        self.creation(device).await;
        self.log.push(format!("   says {:?}", marks(&product)));
    }

    async fn remove(&mut self, device: usize, place: usize) {
        let store = self.devices[device].store.clone();
        if let Some(product) = store.product(&sku(place)).await.unwrap() {
            let listed = self.listed_removals(device, place).await;
            store.remove_product(&sku(place)).await.unwrap();
            self.removal(device, place, &product, listed).await;
        }
    }

    async fn listed_removals(&self, device: usize, place: usize) -> Vec<OpId> {
        let listed = self.devices[device].store.conflicts().await.unwrap().into_iter().map(|one| one.conflict);
        listed.filter(|one| one.sku == sku(place) && one.mine == Claim::Removed).map(|one| one.op_id).collect()
    }

    /// After it was said, where it was a creation.
    async fn creation(&mut self, device: usize) {
        let waiting = self.devices[device].store.pending_ops(u32::MAX).await.unwrap();
        let Some(Read::Known(OpPayload::ProductEdited { edits })) = waiting.last().map(OpEnvelope::read) else {
            return;
        };
        for edit in &edits {
            if let ProductEdit::Created { base_version: Some(removal), .. } = edit {
                self.made_on.entry(*removal).or_default().extend(edit.values().filter_map(mark_of));
            }
        }
    }

    /// After it was said.
    async fn removal(&mut self, device: usize, place: usize, product: &Product, listed: Vec<OpId>) {
        let waiting = self.devices[device].store.pending_ops(u32::MAX).await.unwrap();
        let op = waiting.last().unwrap().op_id;
        for before in listed {
            self.said_again.entry(before).or_default().insert(op);
        }
        for mark in marks(product) {
            self.removed_by.entry(mark).or_default().insert(Removal { sku: place, op });
        }
        self.log.push(format!("   removes {:?}", marks(product)));
    }

    async fn settle(&mut self, device: usize) {
        let store = self.devices[device].store.clone();
        let mut listed = store.conflicts().await.unwrap();
        // As they came, whatever the clock said.
        listed.sort_by_key(|one| one.id);
        let Some(one) = listed.get(self.dice.random_range(0..listed.len().max(1))) else { return };
        let place = SKUS.iter().position(|text| *text == one.conflict.sku.as_str()).unwrap();
        let here = store.product(&one.conflict.sku).await.unwrap();
        let keep = if self.dice.random_bool(0.5) { Keep::Mine } else { Keep::Theirs };
        self.log.push(format!("   settles {:?} as {keep:?}", one.conflict));
        match (keep, &one.conflict.mine, here) {
            (Keep::Mine, Claim::Value(_), None) => return assert!(store.settle_conflict(one.id, keep).await.is_err()),
            (Keep::Mine, Claim::Value(value), Some(here)) => {
                if let (Some(seen), Some(by)) = (mark_of(&FieldValue::of(&here, value.field())), mark_of(value)) {
                    self.replaced(seen, &by);
                }
            }
            (Keep::Mine, Claim::Removed, Some(here)) => {
                let listed = self.listed_removals(device, place).await;
                store.settle_conflict(one.id, keep).await.unwrap();
                return self.removal(device, place, &here, listed).await;
            }
            (Keep::Theirs, Claim::Value(value), _) => {
                self.given_up.extend(mark_of(value));
            }
            (Keep::Theirs, Claim::Present, here) => self.given_up.extend(here.iter().flat_map(marks)),
            (Keep::Theirs, Claim::Removed, _) => {
                self.removals_given_up.insert(place);
            }
            (Keep::Mine, Claim::Removed, None) | (Keep::Mine, Claim::Present, _) => {}
        }
        store.settle_conflict(one.id, keep).await.unwrap();
        self.creation(device).await;
    }

    async fn put_back_device(&mut self, device: usize) {
        let Some(backup) = self.backups[device].clone() else { return };
        self.forget_what_is_nowhere(backup, Some(device)).await;
        self.devices[device].put_back().await;
    }

    /// What was on one disk alone is lost with it, and nobody can do anything about that.
    async fn forget_what_is_nowhere(&mut self, backup: String, but: Option<usize>) {
        let mut elsewhere = backup;
        elsewhere.push_str(&texts(&self.fresh().await.0).await);
        for (place, device) in self.devices.iter().enumerate() {
            if Some(place) != but {
                elsewhere.push_str(&texts(&device.store).await);
            }
        }
        self.must.retain(|(_, mark)| {
            elsewhere.contains(&format!("\"{mark}\"")) || elsewhere.contains(&format!("\"{mark}\\\""))
        });
    }

    /// What the platform has told of edits.
    async fn feed(&self) -> String {
        let (fresh, _dir) = self.fresh().await;
        let mut lines = Vec::new();
        for entry in fresh.feed_tail(0, u32::MAX).await.unwrap() {
            if let FeedEvent::ProductsEdited { op, products } = entry.line.entry().event {
                lines.push(format!("{} of {}: {}\n     => {products:?}", op.op_id, op.device_id, op.payload));
            }
        }
        for (number, device) in self.devices.iter().enumerate() {
            let id = device.store.device().await.unwrap();
            lines.push(format!("device {number} is {id:?}, lists {:?}", device.store.conflicts().await.unwrap()));
        }
        lines.join("\n  ")
    }

    /// A device that was never there before.
    async fn fresh(&self) -> (Store, tempfile::TempDir) {
        let dir = crate::device::folder();
        let store = Store::open_keyed(dir.path(), [1; 32]).await.unwrap();
        hawker_sync::Sync::new(store.clone(), self.server.client.clone()).sync_once().await.unwrap();
        (store, dir)
    }

    async fn come_to_rest(&mut self) -> Result<(), String> {
        for device in &self.devices {
            device.weather.deliver_late().await;
        }
        for _ in 0..ROUNDS {
            self.log.push("all sync".to_owned());
            let mut is_quiet = true;
            for device in &self.devices {
                let report = device.sync(Sky::Clear).await.map_err(|why| why.to_string())?;
                is_quiet &= report.sent == 0 && report.applied.is_empty() && report.restored.is_none();
            }
            if is_quiet {
                return Ok(());
            }
        }
        Err(format!("no rest after {ROUNDS} rounds"))
    }

    /// By whoever had seen it, and those that were said again in their place.
    fn removals_of(&self, mark: &Mark) -> BTreeSet<Removal> {
        let mut all = BTreeSet::new();
        let mut more: Vec<_> = self.removed_by.get(mark).into_iter().flatten().copied().collect();
        while let Some(removal) = more.pop() {
            if all.insert(removal) {
                let again = self.said_again.get(&removal.op).into_iter().flatten();
                more.extend(again.map(|op| Removal { op: *op, ..removal }));
            }
        }
        all
    }

    async fn check(&self) -> Result<(), String> {
        let (fresh, _dir) = self.fresh().await;
        let mut stands = BTreeSet::new();
        let mut there = Vec::new();
        for place in 0..SKUS.len() {
            let product = fresh.product(&sku(place)).await.unwrap().map(|product| marks(&product));
            stands.extend(product.iter().flatten().cloned());
            there.push(product);
        }
        let (mut listed, mut listed_removals): (BTreeSet<Mark>, BTreeSet<usize>) = Default::default();
        for (number, device) in self.devices.iter().enumerate() {
            let conflicts = device.store.conflicts().await.unwrap();
            for place in 0..SKUS.len() {
                let here = device.store.product(&sku(place)).await.unwrap().map(|product| marks(&product));
                let of = conflicts.iter().map(|one| &one.conflict).filter(|one| one.sku == sku(place));
                let mut is_kept = false;
                for conflict in of {
                    match &conflict.mine {
                        Claim::Value(value) => listed.extend(mark_of(value)),
                        Claim::Removed => listed_removals.extend([place]),
                        Claim::Present => {
                            is_kept = true;
                            listed.extend(here.iter().flatten().cloned());
                        }
                    }
                }
                if here != there[place] && !is_kept {
                    return Err(format!("device {number} has {here:?} of {}, not {:?}", SKUS[place], there[place]));
                }
            }
            if device.store.pending_count().await.unwrap() != 0 {
                return Err(format!("device {number} still waits"));
            }
        }
        let counted = removals_that_counted(&fresh).await;
        let is_accounted = |removal: &Removal| {
            counted.contains(&removal.op)
                || there[removal.sku].is_none()
                || listed_removals.contains(&removal.sku)
                || self.removals_given_up.contains(&removal.sku)
        };
        for (place, mark) in &self.must {
            let (mut ways, mut seen) = (vec![mark.clone()], BTreeSet::new());
            let mut is_lost = true;
            while let Some(mark) = ways.pop() {
                let ends = stands.contains(&mark) || listed.contains(&mark) || self.given_up.contains(&mark);
                let removals = self.removals_of(&mark);
                let is_removed = removals.iter().any(is_accounted);
                if ends || is_removed {
                    is_lost = false;
                    break;
                }
                let next = self.replaced_by.get(&mark).into_iter().flatten().cloned();
                let made = removals.iter().filter_map(|removal| self.made_on.get(&removal.op)).flatten().cloned();
                ways.extend(next.chain(made).filter(|next| seen.insert(next.clone())));
            }
            if is_lost {
                return Err(format!("the edit {mark} of {} is lost; {:?} stands", SKUS[*place], there[*place]));
            }
        }
        Ok(())
    }
}

async fn run(seed: u64, sabotage: Sabotage) -> Result<(), String> {
    let mut market = Market::new(seed, sabotage).await;
    for _ in 0..ACTS {
        market.act(sabotage).await;
    }
    judge(market, &format!("seed {seed}, {sabotage:?}")).await
}

/// Lets all come to rest, and looks whether an edit is lost.
async fn judge(mut market: Market, of: &str) -> Result<(), String> {
    let done = match market.come_to_rest().await {
        Ok(()) => market.check().await,
        Err(why) => Err(why),
    };
    let Err(why) = done else { return Ok(()) };
    let feed = market.feed().await;
    let log = market.log.join("\n  ");
    Err(format!("{why}\n  {of}:\n  {log}\n  the feed:\n  {feed}"))
}

/// Rules that edits need, broken on purpose.
const BROKEN: [Sabotage; 3] = [Sabotage::LostIsSent, Sabotage::ForkIgnored, Sabotage::NothingReturned];

/// A short story in which an edit is lost without the rule that `broken` breaks, whatever the dice say.
async fn plot(broken: Sabotage, sabotage: Sabotage) -> Result<(), String> {
    let mut market = Market::new(0, sabotage).await;
    market.edit(0, 0).await;
    market.sync(0, Sky::Clear).await;
    match broken {
        // A copy takes the number under which the edit did not arrive, so nobody asks for it.
        Sabotage::LostIsSent => {
            let copy = market.copy_device(0, sabotage).await;
            market.edit(0, 0).await;
            market.sync(0, Sky::Down).await;
            market.edit(copy, 0).await;
            market.sync(copy, Sky::Clear).await;
        }
        // Two machines use the same number.
        Sabotage::ForkIgnored => {
            let copy = market.copy_device(0, sabotage).await;
            market.edit(0, 0).await;
            market.edit(copy, 0).await;
            market.sync(copy, Sky::Clear).await;
            market.sync(0, Sky::Clear).await;
        }
        // Platform and author go back to before the edit, and only somebody who heard of it still has it.
        Sabotage::NothingReturned => {
            market.back_up_device(0).await;
            market.server.make_backup();
            market.edit(0, 0).await;
            market.sync(0, Sky::Clear).await;
            market.sync(1, Sky::Clear).await;
            market.put_back_device(0).await;
            market.put_back_server().await;
        }
        other => panic!("{other:?} has no plot"),
    }
    judge(market, &format!("the plot of {broken:?} with {sabotage:?}")).await
}

async fn no_edit_is_lost(seeds: impl Iterator<Item = u64>) {
    let mut failed = Vec::new();
    for seed in seeds {
        failed.extend(run(seed, Sabotage::None).await.err());
        assert!(failed.len() < 2, "{}", failed.join("\n\n"));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_no_edit_is_lost() {
    no_edit_is_lost(0..60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_all_catalogues_come_to_the_same() {
    no_edit_is_lost(60..120).await;
}

/// Seeds that failed once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_went_wrong_with_edits_does_not_again() {
    no_edit_is_lost([3, 4, 34, 68, 73, 78, 83].into_iter()).await;
}

/// For many more seeds: `HAWKER_SIM_SEEDS=A..B`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_edits_of_other_seeds() {
    let Ok(text) = std::env::var("HAWKER_SIM_SEEDS") else { return };
    let (from, to) = text.split_once("..").expect("HAWKER_SIM_SEEDS is A..B");
    let (from, to): (u64, u64) = (from.parse().expect("a number"), to.parse().expect("a number"));
    no_edit_is_lost(from..to).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_rule_of_edits_that_is_broken_on_purpose_is_caught() {
    for broken in BROKEN {
        let why = plot(broken, broken).await.expect_err("an edit is lost");
        println!("{broken:?} is caught: {}", why.lines().next().unwrap_or_default());
        // It is the rule that is missed, and not the story that can't end well.
        plot(broken, Sabotage::None).await.unwrap_or_else(|why| panic!("{why}"));
    }
}
