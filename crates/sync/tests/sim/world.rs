//! One seller's market under a seed: who knows what, and what must still be known.

use crate::{
    act::Act,
    device::Device,
    facts::{Fact, Known, Reason},
    sabotage::Sabotage,
    server::Server,
    weather::{Sky, Weather},
};
use hawker_domain::{
    Currency, Money, OrderId, Sku,
    order::{Order, OrderEvent, OrderLine, OrderMove, OrderSource, OrderState},
    stock::{MovementReason, StockMovement},
};
use hawker_store::GoodsBack;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::BTreeSet;
use uuid::Uuid;

pub const SKUS: [&str; 3] = ["MILK", "TEA", "RICE"];
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
    log: Vec<String>,
}

impl World {
    pub async fn new(seed: u64, sabotage: Sabotage) -> Self {
        let server = Server::new().await;
        let mut dice = StdRng::seed_from_u64(seed);
        let mut devices = Vec::new();
        for _ in 0..DEVICES {
            devices.push(Device::new(Weather::new(server.client.clone(), dice.random(), sabotage)).await);
        }
        let (must, ever) = (BTreeSet::new(), BTreeSet::new());
        Self { server, devices, must, ever, dice, sabotage, log: Vec::new() }
    }

    pub fn draw(&mut self) -> Act {
        Act::draw(&mut self.dice, self.devices.len())
    }

    pub fn log(&mut self, what: String) {
        self.log.push(what);
    }

    pub fn story(&self, seed: u64, why: &str) -> String {
        format!("{why}\n  seed {seed}, {:?}:\n  {}", self.sabotage, self.log.join("\n  "))
    }

    fn happened(&mut self, fact: Fact) {
        self.must.insert(fact);
        self.ever.insert(fact);
    }

    pub async fn perform(&mut self, act: Act) -> Result<(), String> {
        match act {
            Act::Receive { device, sku, qty } => self.receive(device, sku, qty).await,
            Act::SellAtTable { device, sku, qty } => self.sell(device, sku, qty).await,
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
        let unit_price = Money::new(990, Currency::CNY);
        let line = OrderLine {
            sku: Sku::new(SKUS[sku]).unwrap(),
            title: SKUS[sku].into(),
            qty,
            unit_price,
            price_override: None,
        };
        let order = Order {
            id: OrderId(Uuid::now_v7()),
            source: OrderSource::Venue,
            state: OrderState::Paid,
            show_id: None,
            at: None,
            total: unit_price.times(qty).unwrap(),
            lines: vec![line],
            buyer: String::new(),
            placed_at_us: 1,
            payment: None,
        };
        self.devices[device].store.record_venue_sale(&order).await.unwrap();
        self.happened(Fact { of: order.id, reason: Reason::Sold, sku, delta: -i64::from(qty) });
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
