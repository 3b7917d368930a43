//! What import and search of the store cost, on a data folder whose key HAWKER_PASSPHRASE_FILE opens:
//! `search_costs --data-dir FOLDER import TABLE` imports a table, without the program around it;
//! `search_costs --data-dir FOLDER import-and-sell TABLE` the same while goods are sold, and tells how long a sale waited for its turn;
//! `search_costs --data-dir FOLDER ask QUERIES` asks a line of QUERIES after the other (kind, text and the SKU that is meant, with tabs
//! between) and tells what each kind took. Either prints one line of JSON.

#![allow(clippy::print_stdout)]

use hawker_domain::{
    Currency, Sku,
    stock::{MovementReason, StockMovement},
};
use hawker_store::{KeyPolicy, Store};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// As many as a list of the cockpit shows at first.
const SHOWN: u32 = 20;

/// Between two sales beside an import.
const SALE_EVERY: Duration = Duration::from_millis(50);

const USAGE: &str = "say --data-dir FOLDER import TABLE, import-and-sell TABLE, or ask QUERIES";

#[tokio::main]
async fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ["--data-dir", folder, what, file] = words.as_slice() else { return Err(USAGE.into()) };
    let begun = Instant::now();
    let store = Store::open(Path::new(folder), key()?).await?;
    let open_ms = ms_since(begun);
    let said = match *what {
        "import" => import(&store, Path::new(file)).await?,
        "import-and-sell" => import_and_sell(&store, Path::new(file)).await?,
        "ask" => ask(&store, &std::fs::read_to_string(file)?, open_ms).await?,
        _ => return Err(USAGE.into()),
    };
    store.close().await;
    println!("{said}");
    Ok(())
}

fn key() -> Outcome<KeyPolicy> {
    let file = std::env::var_os("HAWKER_PASSPHRASE_FILE").ok_or("HAWKER_PASSPHRASE_FILE names no file")?;
    let text = Zeroizing::new(std::fs::read_to_string(file)?);
    let passphrase = Zeroizing::new(text.lines().next().unwrap_or_default().to_owned());
    Ok(KeyPolicy { passphrase: Some(passphrase), use_keychain: false })
}

async fn import(store: &Store, table: &Path) -> Outcome<Value> {
    let begun = Instant::now();
    let report = store.import_catalogue(table, Currency::CNY, false, |_, _| true).await?;
    Ok(json!({ "import_s": begun.elapsed().as_secs_f64(), "added": report.added, "problems": report.problems.len() }))
}

async fn import_and_sell(store: &Store, table: &Path) -> Outcome<Value> {
    let mut waits = Vec::new();
    let mut sell = async || -> Outcome<Value> {
        let sold =
            StockMovement { sku: Sku::new("SOLD-MEANWHILE")?, delta: -1, reason: MovementReason::Sold, order_id: None };
        loop {
            let begun = Instant::now();
            store.move_stock(&sold).await?;
            waits.push(ms_since(begun));
            tokio::time::sleep(SALE_EVERY).await;
        }
    };
    let mut said = tokio::select! { said = import(store, table) => said?, failed = sell() => return failed };
    said["sales"] =
        json!({ "n": waits.len(), "p50_ms": at(&waits, 0.5), "p95_ms": at(&waits, 0.95), "most_ms": at(&waits, 1.0) });
    Ok(said)
}

/// What the queries of one kind took.
#[derive(Default)]
struct Asked {
    ms: Vec<f64>,
    /// The one that is meant stands first.
    first: usize,
    /// It is among those that are shown.
    shown: usize,
}

async fn ask(store: &Store, queries: &str, open_ms: f64) -> Outcome<Value> {
    // The dictionary loads with the first query that is asked of it, and that is told apart.
    let begun = Instant::now();
    store.products("牛奶", 0, SHOWN).await?;
    let first_ms = ms_since(begun);
    let (_, total) = store.products("", 0, 1).await?;
    let mut kinds: BTreeMap<&str, Asked> = BTreeMap::new();
    for line in queries.lines() {
        let mut parts = line.split('\t');
        let (Some(kind), Some(text), Some(meant)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!("{line:?} is no query: it needs kind, text and SKU").into());
        };
        let begun = Instant::now();
        let (found, _) = store.products(text, 0, SHOWN).await?;
        let ms = ms_since(begun);
        let place = found.iter().position(|product| product.sku.as_str() == meant);
        let asked = kinds.entry(kind).or_default();
        asked.ms.push(ms);
        asked.first += usize::from(place == Some(0));
        asked.shown += usize::from(place.is_some());
    }
    let all: Vec<f64> = kinds.values().flat_map(|asked| asked.ms.iter().copied()).collect();
    let told: Vec<Value> = kinds.into_iter().map(|(kind, asked)| told(kind, asked)).collect();
    let (all_p50, all_p95) = (at(&all, 0.5), at(&all, 0.95));
    Ok(json!({
        "products": total, "open_ms": open_ms, "first_query_ms": first_ms, "kinds": told,
        "p50_ms": all_p50, "p95_ms": all_p95, "n": all.len(),
    }))
}

fn told(kind: &str, asked: Asked) -> Value {
    let n = asked.ms.len();
    let share = |count: usize| count as f64 / n.max(1) as f64;
    json!({
        "kind": kind, "n": n, "p50_ms": at(&asked.ms, 0.5), "p95_ms": at(&asked.ms, 0.95), "most_ms": at(&asked.ms, 1.0),
        "first": share(asked.first), "shown": share(asked.shown),
    })
}

/// The percentile by nearest rank; none of nothing.
fn at(ms: &[f64], share: f64) -> Option<f64> {
    let mut sorted = ms.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

fn ms_since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1000.0
}
