//! Row 5: 500 buyers on 50 pieces, again and again, on the real platform over real HTTP on the loopback. Each round is a product of its
//! own in one show. A round is right when 50 receipts came, the seller's feed tells the same 50 orders and no other, and everybody else
//! was told that it is sold out.

use super::crowd::{self, Buyer, Outcome, Wanted};
use crate::bench::figure::{Measured, percentile};
use crate::bench::parts::platform::{Platform, Seller};
use crate::bench::parts::stage::Stage;
use crate::exec::say;
use hawker_domain::{OrderId, Sku};
use hawker_wire::feed::{FeedEntry, FeedEvent};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Instant;

const BUYERS: u32 = 500;
const PIECES: i64 = 50;

/// Of a full run, as the table asks.
const ROUNDS: u32 = 100;

/// What the platform of this run keeps its data in, by the variable it reads itself; the note says so, since the row asks for two.
fn database() -> &'static str {
    let is_named = std::env::var_os("HAWKER_PLATFORM_DATABASE").is_some_and(|url| !url.is_empty());
    if is_named { "PostgreSQL" } else { "SQLite" }
}

/// One round.
struct Round {
    /// None where it was right, else what was wrong.
    wrong: Option<String>,
    /// Of those who bought and of all, milliseconds from "reserve" to the last answer.
    bought_ms: Vec<f64>,
    all_ms: Vec<f64>,
    /// From the start to the last receipt.
    seconds: f64,
    repeated: u32,
}

/// Errors, in words: the platform does not run, or this computer has one address only.
pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("buyers")?;
    let platform = Platform::start(stage, &folder)?;
    let mut seller = Seller::sign_up(platform.http)?;
    let show = seller.show()?;
    let (count, mut after) = (stage.pick(5, ROUNDS), 0);
    let mut rounds = Vec::new();
    for number in 0..count {
        let sku = Sku::new(&format!("ROUND-{number:03}")).map_err(|error| error.to_string())?;
        seller.sell(&sku, PIECES)?;
        seller.news(&mut after)?;
        let wanted = Wanted { platform: platform.http, show, sku, round: number };
        let (begun, buyers) = crowd::rush(&wanted, BUYERS)?;
        let round = judge(begun, &buyers, &seller.news(&mut after)?, &wanted.sku);
        if let Some(wrong) = &round.wrong {
            say(format!("round {number}: {wrong}"));
        }
        rounds.push(round);
    }
    Ok(measured(&rounds))
}

fn judge(begun: Instant, buyers: &[Buyer], news: &[FeedEntry], sku: &Sku) -> Round {
    let (mut receipts, mut sold_out, mut failed) = (BTreeSet::new(), 0_u32, Vec::new());
    let (mut bought_ms, mut all_ms, mut last) = (Vec::new(), Vec::new(), begun);
    for Buyer { outcome, took, done, .. } in buyers {
        let ms = took.as_secs_f64() * 1000.0;
        all_ms.push(ms);
        match outcome {
            Outcome::Bought(order) => {
                receipts.insert(*order);
                bought_ms.push(ms);
                last = last.max(*done);
            }
            Outcome::SoldOut => sold_out += 1,
            Outcome::Failed(why) => failed.push(why.clone()),
        }
    }
    let wrong = wrong(&receipts, bought_ms.len(), sold_out, &failed, &told(news, sku));
    let repeated = buyers.iter().map(|buyer| buyer.repeated).sum();
    Round { wrong, bought_ms, all_ms, seconds: (last - begun).as_secs_f64(), repeated }
}

/// The orders of a product that the feed tells, in its order; one that it tells twice stands there twice.
fn told(news: &[FeedEntry], sku: &Sku) -> Vec<OrderId> {
    let orders = news.iter().filter_map(|entry| match &entry.event {
        FeedEvent::OrderPaid { order } => Some(order),
        _ => None,
    });
    orders.filter(|order| order.lines.iter().any(|line| line.sku == *sku)).map(|order| order.id).collect()
}

fn wrong(
    receipts: &BTreeSet<OrderId>,
    bought: usize,
    sold_out: u32,
    failed: &[String],
    told: &[OrderId],
) -> Option<String> {
    if let Some(why) = failed.first() {
        return Some(format!("{} buyers got no answer: {why}", failed.len()));
    }
    if receipts.len() as i64 != PIECES || receipts.len() != bought {
        return Some(format!("{bought} receipts of {} orders for {PIECES} pieces", receipts.len()));
    }
    if i64::from(sold_out) != i64::from(BUYERS) - PIECES {
        return Some(format!("{sold_out} were told that it is sold out"));
    }
    let distinct: BTreeSet<OrderId> = told.iter().copied().collect();
    let same = told.len() == receipts.len() && distinct == *receipts;
    (!same).then(|| format!("the feed tells {} orders, and not those of the receipts", told.len()))
}

fn measured(rounds: &[Round]) -> Measured {
    let right = rounds.iter().filter(|round| round.wrong.is_none()).count();
    let collect =
        |of: fn(&Round) -> &[f64]| rounds.iter().flat_map(|round| of(round).iter().copied()).collect::<Vec<_>>();
    let (bought, all) = (collect(|round| &round.bought_ms), collect(|round| &round.all_ms));
    let seconds: f64 = rounds.iter().map(|round| round.seconds).sum();
    let per_second = bought.len() as f64 / seconds.max(f64::MIN_POSITIVE);
    let repeated: u32 = rounds.iter().map(|round| round.repeated).sum();
    let at = |of: &[f64], share| percentile(of, share).unwrap_or(f64::NAN);
    let first_wrong = rounds.iter().find_map(|round| round.wrong.clone());
    let database = database();
    let note = format!(
        "{database} alone; {right} of {} rounds sold exactly {PIECES}{}; {per_second:.0} orders/s while goods lasted; bought after \
         {:.0} ms, p95 {:.0}; any answer p95 {:.0} ms; {repeated} requests told to come again; each buyer on an address of its own, \
         limits as shipped",
        rounds.len(),
        first_wrong.map(|why| format!(" (first that did not: {why})")).unwrap_or_default(),
        at(&bought, 0.5),
        at(&bought, 0.95),
        at(&all, 0.95),
    );
    let table = json!({
        "database": database, "rounds": rounds.len(), "right": right, "orders_per_s": per_second,
        "bought_p50_ms": at(&bought, 0.5), "bought_p95_ms": at(&bought, 0.95), "answer_p95_ms": at(&all, 0.95),
    });
    Measured {
        value: right as f64 / rounds.len().max(1) as f64,
        n: rounds.len() as u64,
        table: Some(table),
        note: Some(note),
        broken: right < rounds.len(),
        ..Measured::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    fn orders(count: usize) -> Vec<OrderId> {
        (0..count).map(|number| OrderId(Uuid::from_u128(number as u128 + 1))).collect()
    }

    #[test]
    fn a_round_is_right_only_where_receipts_feed_and_refusals_all_agree() {
        let fifty: BTreeSet<OrderId> = orders(50).into_iter().collect();
        let fifty_one: BTreeSet<OrderId> = orders(51).into_iter().collect();
        let mut other = orders(50);
        other.reverse();
        let twice = [orders(49), orders(1)].concat();
        let silent = ["timed out".to_owned()];
        for (receipts, bought, sold_out, failed, told, right) in [
            (&fifty, 50, 450, &[][..], orders(50), true),
            (&fifty, 50, 450, &[], other, true),
            (&fifty_one, 51, 449, &[], orders(51), false),
            (&fifty, 51, 449, &[], orders(50), false),
            (&fifty, 50, 449, &[], orders(50), false),
            (&fifty, 50, 450, &[], orders(51), false),
            (&fifty, 50, 450, &[], twice, false),
            (&fifty, 50, 449, &silent, orders(50), false),
        ] {
            assert_eq!(wrong(receipts, bought, sold_out, failed, &told).is_none(), right, "{bought} {sold_out}");
        }
    }

    #[test]
    fn one_round_that_sold_another_number_breaks_the_row() {
        let round = |wrong: Option<&str>| Round {
            wrong: wrong.map(str::to_owned),
            bought_ms: vec![10.0; 50],
            all_ms: vec![12.0; 500],
            seconds: 0.5,
            repeated: 0,
        };
        let all = measured(&[round(None), round(None)]);
        assert!(!all.broken && all.value == 1.0 && all.note.unwrap().contains("100 orders/s"));
        let one = measured(&[round(None), round(Some("51 receipts"))]);
        assert!(one.broken && one.value == 0.5 && one.note.unwrap().contains("51 receipts"));
    }
}
