//! To market and back: what this device has for itself, what is put aside, what is missing.

use crate::errors::{Outcome, bad_input};
use crate::orders::order_view;
use crate::show_now_us;
use crate::studio::Studio;
use crate::view::{
    AsideView, DeviceRightsView, DevicesView, HoldingView, MarketView, MissingView, OrderView, SaleLine,
};
use hawker_domain::{
    DeviceId, OrderId, Sku,
    order::{Order, OrderState},
    rights::{Promise, RightsLine},
    till::TenderKind,
};
use hawker_wire::{live::OrderedLine, rights::RightsReport};

/// Longest that something is put aside: a market's season.
const ASIDE_MINUTES_MAX: u32 = 90 * 24 * 60;
const RIGHTS_AWAY: &str = "which device has what lies at the platform, which is out of reach";

impl Studio {
    /// What this device has for itself, what is put aside here, and what is missing.
    pub async fn market(&self) -> Outcome<MarketView> {
        let store = self.store();
        let mut own = Vec::new();
        for (sku, held) in store.holdings().await? {
            own.push(HoldingView {
                title: self.title_of(&sku).await?,
                sku,
                rights: held.rights,
                promised: held.promised,
            });
        }
        let mut missing = Vec::new();
        for (sku, pieces) in store.shortfalls().await? {
            missing.push(MissingView { title: self.title_of(&sku).await?, sku, pieces });
        }
        let now_us = show_now_us();
        let aside = store.promises().await?.into_iter().map(|promise| aside_view(promise, now_us)).collect();
        let asked = store.rights_asked().await?;
        Ok(MarketView { keeps_stock: store.keeps_stock().await?, own, asked, missing, aside })
    }

    /// Asks the platform for pieces of its pool: from its answer on this device alone may sell them. `keeps`: what comes in from now on stays this
    /// device's own as well. Errors: `bad_input`.
    pub async fn take_to_market(&self, lines: &[RightsLine], keeps: bool) -> Outcome<MarketView> {
        self.store().ask_rights(lines).await?;
        if keeps {
            self.store().keep_stock(true).await?;
        }
        self.market().await
    }

    /// All that the stock has and neither buyers nor this device hold, product by product.
    pub async fn all_of_stock(&self) -> Outcome<Vec<RightsLine>> {
        let (levels, held) = (self.store().levels().await?, self.store().holdings().await?);
        let mut lines: Vec<_> = levels
            .into_iter()
            .filter_map(|(sku, level)| {
                let own = held.get(&sku).map_or(0, |held| held.rights);
                let pieces = u32::try_from(level.available() - own).ok().filter(|pieces| *pieces > 0)?;
                Some(RightsLine { sku, pieces })
            })
            .collect();
        lines.sort_by(|a, b| a.sku.as_str().cmp(b.sku.as_str()));
        if lines.is_empty() { Err(bad_input("there is nothing in stock to take")) } else { Ok(lines) }
    }

    /// Gives pieces back to the pool, or with no lines all that is free, and keeps nothing of what comes in. Errors: `bad_input`.
    pub async fn back_from_market(&self, lines: &[RightsLine]) -> Outcome<MarketView> {
        let store = self.store();
        if !lines.is_empty() {
            store.give_rights_back(lines).await?;
            return self.market().await;
        }
        store.keep_stock(false).await?;
        let free = store.holdings().await?.into_iter().filter_map(|(sku, held)| {
            let pieces = u32::try_from(held.free()).ok().filter(|pieces| *pieces > 0)?;
            Some(RightsLine { sku, pieces })
        });
        let free: Vec<_> = free.collect();
        if !free.is_empty() {
            store.give_rights_back(&free).await?;
        }
        self.market().await
    }

    /// Whether goods that come in stay this device's own.
    pub async fn keep_stock(&self, keeps: bool) -> Outcome<MarketView> {
        self.store().keep_stock(keeps).await?;
        self.market().await
    }

    /// Puts goods aside for somebody who comes back within `minutes`. Errors: `conflict` with how many this device can promise by
    /// itself, `bad_input`, `not_found`.
    pub async fn put_aside(&self, lines: Vec<OrderedLine>, buyer: &str, minutes: u32) -> Outcome<AsideView> {
        if minutes == 0 || minutes > ASIDE_MINUTES_MAX {
            return Err(bad_input(format!("goods are put aside for 1 to {ASIDE_MINUTES_MAX} minutes, not {minutes}")));
        }
        let at_price = |OrderedLine { sku, qty }| SaleLine { sku, qty, price: None, reason: String::new() };
        let lines: Vec<_> = lines.into_iter().map(at_price).collect();
        let order = Order { state: OrderState::Reserved, ..self.venue_order(&lines, buyer).await? };
        let until_us = order.placed_at_us + i64::from(minutes) * 60_000_000;
        let promise = Promise { order, until_us };
        self.store().put_aside(&promise).await?;
        Ok(aside_view(promise, show_now_us()))
    }

    /// The buyer came and paid. Errors: `not_found`.
    pub async fn collect(&self, id: OrderId, tender: TenderKind) -> Outcome<OrderView> {
        let order = self.store().collect(id, tender, show_now_us()).await?;
        self.sold(order.clone()).await;
        Ok(order_view(order))
    }

    /// Nobody came. Errors: `not_found`.
    pub async fn let_go(&self, id: OrderId) -> Outcome<OrderView> {
        Ok(order_view(self.store().let_go(id).await?))
    }

    /// What is put aside under `text`, a whole id or the end of one. Errors: `not_found`.
    pub async fn find_aside(&self, text: &str) -> Outcome<OrderId> {
        let ids: Vec<OrderId> = self.store().promises().await?.into_iter().map(|promise| promise.order.id).collect();
        crate::fulfilment::one_of(&ids, text)
    }

    /// Which device has what, as the platform says. Errors: `unreachable`.
    pub async fn devices_rights(&self) -> Outcome<DevicesView> {
        let report = self.platform_client(RIGHTS_AWAY).await?.rights().await?;
        self.devices_view(report).await
    }

    /// A device does not come back: what it had goes to the pool. Errors: `not_found`, `unreachable`.
    pub async fn declare_lost(&self, device: DeviceId) -> Outcome<DevicesView> {
        let report = self.platform_client(RIGHTS_AWAY).await?.declare_lost(device).await?;
        self.devices_view(report).await
    }

    async fn devices_view(&self, report: RightsReport) -> Outcome<DevicesView> {
        let own = self.store().device().await?.device_id;
        let devices = report.devices.into_iter().map(|device| DeviceRightsView {
            is_this: device.device_id == own,
            device_id: device.device_id,
            name: device.name,
            is_awaited: device.is_awaited,
            lines: device.lines,
        });
        Ok(DevicesView { is_open: report.is_open, devices: devices.collect() })
    }

    /// What a product is called; empty where it is not known here.
    pub(crate) async fn title_of(&self, sku: &Sku) -> Outcome<String> {
        let product = self.store().product(sku).await?;
        Ok(product.map(|product| product.shown_title().into_owned()).unwrap_or_default())
    }
}

fn aside_view(promise: Promise, now_us: i64) -> AsideView {
    let until_us = promise.until_us;
    AsideView { order: order_view(promise.order), until_ms: until_us / 1_000, is_over: until_us <= now_us }
}
