//! What both tills say, and what they find in their store; the sync's examples have the other.

use hawker_domain::order::OrderSource;
use hawker_store::{KeyPolicy, OpenError, Store, StoreError};
use hawker_test_support::till::{self, Line, Told};
use hawker_wire::ops::OpPayload;
use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::Path,
};
use zeroize::Zeroizing;

pub async fn open(folder: &Path) -> Result<Store, OpenError> {
    let passphrase = Some(Zeroizing::new("open sesame".to_owned()));
    Store::open(folder, KeyPolicy { passphrase, use_keychain: false }).await
}

/// At once, whoever reads.
pub fn say(line: &Line) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(line)?)?;
    out.flush()
}

pub async fn tell(store: &Store) -> Result<Told, StoreError> {
    let sku = till::sku();
    let mut told = Told { on_hand: store.level(&sku).await?.on_hand, ..Told::default() };
    for order in store.orders(u32::MAX).await? {
        let pieces = order.lines.iter().map(|line| i64::from(line.qty)).sum();
        match order.source {
            OrderSource::Venue => told.orders.push((order.id.0, pieces)),
            _ => told.bought += pieces,
        }
    }
    let sold: BTreeSet<_> = told.orders.iter().map(|(order, _)| *order).collect();
    for (_, movement) in store.movements(&sku, u32::MAX).await? {
        match movement.order_id {
            Some(order) if sold.contains(&order.0) => told.moved.push((order.0, -movement.delta)),
            Some(_) => {}
            None => told.received += movement.delta,
        }
    }
    for op in store.ops_from(0, u32::MAX).await? {
        let order = match serde_json::from_str(&op.payload) {
            Ok(OpPayload::VenueSale { order, .. }) => Some(order.id.0),
            _ => None,
        };
        told.ops.push((op.seq, order));
    }
    Ok(told)
}
