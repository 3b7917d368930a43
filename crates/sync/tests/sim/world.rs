//! One seller's market under a seed: who knows what, and what must still be known.

use crate::{
    act::{Act, Market},
    clock::DeviceClock,
    device::Device,
    facts::{Fact, Known, Reason, mark_of},
    sabotage::Sabotage,
    server::Server,
    weather::{Sky, Weather},
};
use hawker_domain::{
    Currency, Money, OrderId, Sku,
    order::{Order, OrderEvent, OrderLine, OrderMove, OrderSource, OrderState},
    rights::{Promise, RightsLine},
    stock::{MovementReason, StockMovement},
    till::TenderKind,
};
use hawker_store::GoodsBack;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{collections::BTreeSet, fmt::Write};
use uuid::Uuid;

pub const SKUS: [&str; 3] = ["MILK", "TEA", "RICE"];
/// Of this, deliveries have no mark, and nobody buys it.
pub const UNMARKED: &str = "SALT";
const DEVICES: usize = 3;
/// Rounds of passes within which all must be quiet.
const ROUNDS: usize = 12;

pub struct World {
    pub server: Server,
    pub devices: Vec<Device>,
    /// Acknowledged, and on at least one disk that was not destroyed since.
    pub must: BTreeSet<Fact>,
    /// All that ever happened.
    pub ever: BTreeSet<Fact>,
    dice: StdRng,
    sabotage: Sabotage,
    market: Market,
    unmarked: i64,
    log: Vec<String>,
}

impl World {
    pub async fn new(seed: u64, market: Market, sabotage: Sabotage) -> Self {
        let server = Server::new().await;
        let mut dice = StdRng::seed_from_u64(seed);
        let mut devices = Vec::new();
        let mut clocks = DeviceClock::of_run(seed);
        for _ in 0..DEVICES {
            let weather = Weather::new(server.client.clone(), dice.random(), sabotage);
            devices.push(Device::new(weather, clocks.other()).await);
        }
        let (must, ever) = (BTreeSet::new(), BTreeSet::new());
        Self { server, devices, must, ever, dice, sabotage, market, unmarked: 0, log: Vec::new() }
    }

    pub fn draw(&mut self) -> Act {
        Act::draw(&mut self.dice, self.devices.len(), self.market)
    }

    pub fn log(&mut self, what: String) {
        self.log.push(what);
    }

    pub fn story(&self, seed: u64, why: &str) -> String {
        format!("{why}\n  seed {seed}, {:?}, {:?}:\n  {}", self.market, self.sabotage, self.log.join("\n  "))
    }

    /// The same with what everybody has written down: the platform's feed, and each device's ops of its present epoch.
    pub async fn full_story(&self, seed: u64, why: &str) -> String {
        let mut story = self.story(seed, why);
        story.push_str("\n  the platform's feed:");
        for (server_seq, event) in self.server.feed().await {
            let _ = write!(story, "\n  {server_seq}: {event}");
        }
        for (place, device) in self.devices.iter().enumerate() {
            let of = device.store.device().await;
            let _ = write!(story, "\n  device {place}, {of:?}:");
            for op in device.store.ops_from(0, 200).await.unwrap_or_default() {
                let _ = write!(story, "\n  {} {}: {}", op.seq, op.op_id, op.payload);
            }
        }
        story
    }

    fn happened(&mut self, fact: Fact) {
        self.must.insert(fact);
        self.ever.insert(fact);
    }

    pub async fn perform(&mut self, act: Act) -> Result<(), String> {
        match act {
            Act::Receive { device, sku, qty } => self.receive(device, sku, qty).await,
            Act::SellAtTable { device, sku, qty } => self.sell(device, sku, qty).await,
            Act::KeepStock { device, keeps } => self.devices[device].store.keep_stock(keeps).await.unwrap(),
            Act::AskRights { device, sku, pieces } => {
                self.devices[device].store.ask_rights(&[line(sku, pieces)]).await.unwrap();
            }
            Act::GiveBack { device, sku, pieces } => {
                let given = self.devices[device].store.give_rights_back(&[line(sku, pieces)]).await.unwrap();
                self.log(format!("   {given:?}"));
            }
            Act::PutAside { device, sku, qty } => self.put_aside(device, sku, qty).await?,
            Act::EndPromise { device, comes } => self.end_promise(device, comes).await,
            Act::DeclareLost { device } => self.server.declare_lost(&self.devices[device].store).await,
            Act::ReceiveUnmarked { device } => self.receive_unmarked(device).await,
            Act::SellCovered { device, sku, qty } => {
                let free = self.free(device, sku).await;
                if let Some(qty) = u32::try_from(free).ok().map(|free| free.min(qty)).filter(|qty| *qty > 0) {
                    self.sell(device, sku, qty).await;
                }
            }
            Act::Step { device, order, event, goods_back } => self.step(device, order, event, goods_back).await,
            Act::Buy { sku, qty, pays } => {
                if let Some(of) = self.server.buy(sku, qty, pays).await {
                    self.happened(Fact { of, reason: Reason::Sold, sku, delta: -i64::from(qty) });
                }
            }
            Act::LetHoldsExpire => self.server.let_holds_expire().await,
            Act::Sync { device, sky } => {
                let done = self.pass(device, sky).await;
                self.log(format!("   {done:?}"));
            }
            Act::DeliverLate { device } => self.devices[device].weather.deliver_late().await,
            Act::CrashDevice { device } => self.devices[device].crash().await,
            Act::BackUpDevice { device } => self.devices[device].make_backup().await,
            Act::PutBackDevice { device } => self.put_back_device(device).await,
            Act::CloneDevice { device } => {
                let weather = Weather::new(self.server.client.clone(), self.dice.random(), self.sabotage);
                let clone = self.devices[device].cloned(weather).await;
                self.devices.push(clone);
            }
            Act::CrashServer => self.server.crash().await,
            Act::BackUpServer => self.server.make_backup(),
            Act::PutBackServer => self.put_back_server().await,
        }
        Ok(())
    }

    /// Says how much was sent, heard and given back, or why it broke off.
    async fn pass(&self, device: usize, sky: Sky) -> Result<(u64, usize, Option<u32>), String> {
        let device = &self.devices[device];
        let report = device.sync(sky).await.map_err(|why| why.to_string())?;
        Ok((report.sent, report.applied.len(), report.restored))
    }

    async fn receive(&mut self, device: usize, sku: usize, delta: i64) {
        let of = OrderId(Uuid::now_v7());
        let movement = StockMovement {
            sku: Sku::new(SKUS[sku]).unwrap(),
            delta,
            reason: MovementReason::Received,
            order_id: Some(of),
        };
        self.devices[device].store.move_stock(&movement).await.unwrap();
        self.happened(Fact { of, reason: Reason::Received, sku, delta });
    }

    async fn sell(&mut self, device: usize, sku: usize, qty: u32) {
        let order = order(sku, qty, OrderState::Paid);
        self.devices[device].store.record_venue_sale(&order).await.unwrap();
        self.happened(Fact { of: order.id, reason: Reason::Sold, sku, delta: -i64::from(qty) });
    }

    async fn receive_unmarked(&mut self, device: usize) {
        self.unmarked += 1;
        let delta = self.unmarked;
        let sku = Sku::new(UNMARKED).unwrap();
        let movement = StockMovement { sku, delta, reason: MovementReason::Received, order_id: None };
        self.devices[device].store.move_stock(&movement).await.unwrap();
        self.happened(Fact { of: mark_of(delta), reason: Reason::Received, sku: SKUS.len(), delta });
    }

    async fn free(&self, device: usize, sku: usize) -> i64 {
        let held = self.devices[device].store.holdings().await.unwrap();
        held.get(&Sku::new(SKUS[sku]).unwrap()).map_or(0, |held| held.free())
    }

    /// Refused exactly where nothing covers it. A device that belongs to no platform yet may promise all it has.
    async fn put_aside(&mut self, device: usize, sku: usize, qty: u32) -> Result<(), String> {
        let free = self.free(device, sku).await;
        let store = &self.devices[device].store;
        let promise = Promise { order: order(sku, qty, OrderState::Reserved), until_us: 1 };
        let done = store.put_aside(&promise).await;
        let is_alone = store.feed_cursor().await.unwrap().server_seq == 0;
        if !is_alone && done.is_ok() != (free >= i64::from(qty)) {
            return Err(format!("{qty} put aside with {free} free: {done:?}"));
        }
        Ok(())
    }

    async fn end_promise(&mut self, device: usize, comes: bool) {
        let store = &self.devices[device].store;
        let Some(Promise { order, .. }) = store.promises().await.unwrap().into_iter().next() else { return };
        if !comes {
            store.let_go(order.id).await.unwrap();
            return;
        }
        store.collect(order.id, TenderKind::Cash, 1).await.unwrap();
        let line = &order.lines[0];
        let sku = SKUS.iter().position(|text| *text == line.sku.as_str()).unwrap();
        self.happened(Fact { of: order.id, reason: Reason::Sold, sku, delta: -i64::from(line.qty) });
    }

    async fn step(&mut self, device: usize, order: usize, event: OrderEvent, goods_back: bool) {
        let store = &self.devices[device].store;
        let mut orders = store.orders(u32::MAX).await.unwrap();
        if orders.is_empty() {
            return;
        }
        orders.sort_by_key(|order| order.id);
        let order = orders.swap_remove(order % orders.len());
        let moved = OrderMove { order_id: order.id, event, note: String::new(), at_us: 1 };
        let goods = if goods_back { GoodsBack::Yes } else { GoodsBack::No };
        let is_allowed = order.state.on(event).is_ok();
        let done = store.move_order(&moved, goods).await;
        assert_eq!(done.is_ok(), is_allowed, "{done:?}");
        if is_allowed && event == OrderEvent::Refund && goods_back {
            let line = &order.lines[0];
            let sku = SKUS.iter().position(|text| *text == line.sku.as_str()).unwrap();
            self.happened(Fact { of: order.id, reason: Reason::Returned, sku, delta: i64::from(line.qty) });
        }
    }

    /// What was on this disk alone is lost with it, and nobody can do anything about that.
    async fn put_back_device(&mut self, device: usize) {
        let Some(backup) = &self.devices[device].backup else { return };
        let mut elsewhere = backup.known.facts.clone();
        elsewhere.extend(self.server.known().await.facts);
        for (place, other) in self.devices.iter().enumerate() {
            if place != device {
                elsewhere.extend(Known::of(&other.store).await.facts);
            }
        }
        self.must.retain(|fact| elsewhere.contains(fact));
        self.devices[device].put_back().await;
    }

    async fn put_back_server(&mut self) {
        if !self.server.has_backup() {
            return;
        }
        self.server.put_back().await;
        let mut elsewhere = self.server.known().await.facts;
        for device in &self.devices {
            elsewhere.extend(Known::of(&device.store).await.facts);
        }
        self.must.retain(|fact| elsewhere.contains(fact));
    }

    /// The network is back for good, nothing is on its way, and every device syncs until nobody has anything to say.
    pub async fn come_to_rest(&mut self) -> Result<(), String> {
        for device in &self.devices {
            device.weather.deliver_late().await;
        }
        self.server.let_holds_expire().await;
        let mut last = String::new();
        for _ in 0..ROUNDS {
            let mut is_quiet = true;
            last.clear();
            for device in 0..self.devices.len() {
                let done = self.pass(device, Sky::Clear).await;
                is_quiet &= done == Ok((0, 0, None));
                last.push_str(&format!("{done:?} "));
            }
            self.log(format!("at rest: {last}"));
            if is_quiet {
                return Ok(());
            }
        }
        Err(format!("no rest after {ROUNDS} rounds: {last}"))
    }
}

fn line(sku: usize, pieces: u32) -> RightsLine {
    RightsLine { sku: Sku::new(SKUS[sku]).unwrap(), pieces }
}

fn order(sku: usize, qty: u32, state: OrderState) -> Order {
    let unit_price = Money::new(990, Currency::CNY);
    let line =
        OrderLine { sku: Sku::new(SKUS[sku]).unwrap(), title: SKUS[sku].into(), qty, unit_price, price_override: None };
    Order {
        id: OrderId(Uuid::now_v7()),
        source: OrderSource::Venue,
        state,
        show_id: None,
        at: None,
        total: unit_price.times(qty).unwrap(),
        lines: vec![line],
        buyer: String::new(),
        placed_at_us: 1,
        payment: None,
    }
}
