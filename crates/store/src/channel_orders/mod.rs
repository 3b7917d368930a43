//! Orders that were placed on other platforms, from their exports (CSV, TSV or XLSX).
//!
//! An order is one whatever file it stands in and however often: its id follows from the channel and its number there. It is taken
//! whole or not at all, so that a file that was mended brings what was missing and nothing twice. What the channel says of an
//! order later (sent, delivered, refunded) becomes the same steps a person would take.

mod columns;
mod decide;
mod moments;
mod states;
mod told;

use crate::{
    ImportError, Store, StoreError,
    fulfilment::{self, GoodsBack},
    import::source,
    orders, outbox,
    stock::{levels_of, sku_of},
};
use columns::OrderColumns;
use decide::{Act, decide};
use hawker_domain::{
    Currency, OrderId, Sku,
    channel::{ChannelId, ChannelOrder},
    order::OrderMove,
};
use hawker_wire::ops::OpPayload;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{Row, SqliteConnection};
use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};
use told::{Told, gather};

/// Orders in one transaction: a sale at the table gets in between after a fraction of a second.
const ORDERS_AT_ONCE: usize = 200;

/// What an export leaves to whoever reads it.
#[derive(Clone, Debug)]
pub struct OrderImport {
    pub channel: ChannelId,
    /// Of prices without one.
    pub currency: Currency,
    /// Of times without an offset, seconds east of Greenwich.
    pub utc_offset_s: i32,
    pub dry_run: bool,
}

/// What an import of orders did, or (dry) would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelImport {
    pub channel: ChannelId,
    pub dry_run: bool,
    /// The sheet of a workbook that was read. None: the file is no workbook.
    pub sheet: Option<String>,
    /// Orders in the file, as far as they can be told.
    pub orders: u64,
    pub added: u64,
    /// Orders that were here and went on: sent, delivered or refunded.
    pub moved: u64,
    pub unchanged: u64,
    /// Not paid, or cancelled before they were here: nothing of them is sold.
    pub passed_over: u64,
    pub problems: Vec<OrderProblem>,
    /// Products of which more is sold than there is, after the import; a dry run finds none.
    pub short: Vec<Short>,
}

/// Why a row, and with it its order, did not land; or what is to be known of one that did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderProblem {
    /// Line of the file, or row of the sheet, from 1; the header counts.
    pub row: u64,
    /// Empty where it can't be told.
    pub order_no: String,
    pub message: String,
    /// The order landed all the same.
    pub is_taken: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Short {
    pub sku: Sku,
    pub pieces: i64,
}

impl Store {
    /// Takes the orders of a channel's export: order, stock and the op that reports both in one transaction, and the steps of
    /// orders that are here. The same file again changes nothing. Errors: [`ImportError`].
    pub async fn import_channel_orders(&self, path: &Path, how: &OrderImport) -> Result<ChannelImport, ImportError> {
        let (table, columns) = source::open::<OrderColumns>(path).await?;
        let now_us = self.clock.now_us();
        let (told, problems) = gather(&columns, table.rows(), how, now_us);
        let mut report = ChannelImport {
            channel: how.channel.clone(),
            dry_run: how.dry_run,
            sheet: table.sheet().map(str::to_owned),
            orders: told.len() as u64,
            added: 0,
            moved: 0,
            unchanged: 0,
            passed_over: 0,
            problems,
            short: Vec::new(),
        };
        let titles = titles(&mut *self.reader.acquire().await.map_err(StoreError::from)?).await?;
        let mut sold = BTreeSet::new();
        for some in told.chunks(ORDERS_AT_ONCE) {
            let mut tx = self.begin().await?;
            for told in some {
                land(&mut tx, told, (how, now_us), &titles, &mut report, &mut sold).await?;
            }
            // What a dry run would write is never written.
            if !how.dry_run {
                tx.commit().await.map_err(StoreError::from)?;
                self.ops_waiting.notify_one();
            }
        }
        report.problems.sort_by_key(|problem| problem.row);
        if !how.dry_run {
            report.short = self.short(&sold).await?;
        }
        Ok(report)
    }

    async fn short(&self, sold: &BTreeSet<Sku>) -> Result<Vec<Short>, StoreError> {
        let skus: Vec<&str> = sold.iter().map(Sku::as_str).collect();
        let levels = levels_of(&mut *self.reader.acquire().await?, &skus).await?;
        let short = sold.iter().map(|sku| (sku, levels.get(sku).copied().unwrap_or_default().shortfall()));
        Ok(short.filter(|(_, pieces)| *pieces > 0).map(|(sku, pieces)| Short { sku: sku.clone(), pieces }).collect())
    }
}

/// Does what is to be done about one order, within the caller's transaction.
async fn land(
    tx: &mut SqliteConnection,
    told: &Told,
    (how, now_us): (&OrderImport, i64),
    titles: &HashMap<Sku, String>,
    report: &mut ChannelImport,
    sold: &mut BTreeSet<Sku>,
) -> Result<(), StoreError> {
    let id = order_id(&how.channel, &told.order_no);
    let known = orders::read(tx, id).await?;
    match decide(id, told, known.as_ref(), titles) {
        Act::Take(order) => {
            let sale = ChannelOrder { channel: how.channel.clone(), order_no: told.order_no.clone(), order: *order };
            write(tx, &sale, now_us).await?;
            outbox::enqueue(tx, &OpPayload::ChannelSale { sale: sale.clone() }, now_us).await?;
            report.added += 1;
            sold.extend(sale.order.lines.into_iter().map(|line| line.sku));
        }
        Act::Move(events, goods) => {
            for event in events {
                let note = format!("{} {}", how.channel, told.order_no);
                let moved = OrderMove { order_id: id, event, note, at_us: now_us };
                fulfilment::move_within(tx, &moved, goods, now_us).await?;
            }
            if goods == GoodsBack::No && told.state.is_off() {
                let message = "refunded; the goods were on their way: count them in when they are back".to_owned();
                report.problems.push(told.problem(message, true));
            }
            report.moved += 1;
        }
        Act::Nothing => report.unchanged += 1,
        Act::PassOver => report.passed_over += 1,
        Act::Refuse(problems) => {
            report.problems.extend(problems);
            return Ok(());
        }
    }
    report.problems.extend(told.notes.iter().cloned());
    Ok(())
}

/// Writes a new order of a channel, within the caller's transaction.
pub(crate) async fn write(tx: &mut SqliteConnection, sale: &ChannelOrder, now_us: i64) -> Result<(), StoreError> {
    orders::write(tx, &sale.order, now_us).await?;
    sqlx::query("INSERT INTO channel_order (order_id, channel, order_no) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(sale.order.id.0)
        .bind(sale.channel.as_str())
        .bind(&sale.order_no)
        .execute(tx)
        .await?;
    Ok(())
}

/// The id of a channel's order. Other ids are made by time (UUIDv7); this one must come out the same on every device and each time
/// the file is read, so it is made of the name: a UUID of version 8 as RFC 9562, B.2 makes it, by SHA-256, which is here already,
/// where version 5 would want SHA-1.
fn order_id(channel: &ChannelId, order_no: &str) -> OrderId {
    let digest = Sha256::new()
        .chain_update(b"hawker channel order\0")
        .chain_update(channel.as_str())
        .chain_update([0])
        .chain_update(order_no)
        .finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of)| *byte = of);
    OrderId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

async fn titles(connection: &mut SqliteConnection) -> Result<HashMap<Sku, String>, StoreError> {
    let rows = sqlx::query("SELECT sku, title FROM product").fetch_all(connection).await?;
    rows.iter().map(|row| Ok((sku_of(row)?, row.try_get("title")?))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_order_has_one_id_for_ever() {
        let id = |channel: &str, order_no: &str| order_id(&ChannelId::new(channel).unwrap(), order_no);
        assert_eq!(id("douyin", "6917"), id("Douyin ", "6917"));
        assert_ne!(id("douyin", "6917"), id("kuaishou", "6917"));
        assert_ne!(id("a-1", "2"), id("a", "12"));
        assert_eq!(id("douyin", "6917").0.get_version_num(), 8);
        // Kept in stores and at platforms: another value would sell every order a second time.
        assert_eq!(id("douyin", "6917").to_string(), "60d7a232-4a83-8c7e-8f3c-102ab27739df");
    }
}
