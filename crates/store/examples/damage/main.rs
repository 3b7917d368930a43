//! What becomes of a damaged database, on a data folder whose key HAWKER_PASSPHRASE_FILE opens:
//! `damage --data-dir FOLDER sell COUNT` records sales and ends without closing anything, as a killed program does, so that
//! the WAL stays; it prints how many were acknowledged and who bought.
//! `damage --data-dir FOLDER try SEED COUNT SCRATCH` damages copies of the folder in SCRATCH, one each time, opens each as the
//! studio does and compares all that is in it; it prints one line of JSON.

#![allow(clippy::print_stdout)]

mod content;
mod harm;

use content::Content;
use harm::Target;
use hawker_domain::OrderId;
use hawker_domain::order::{Order, OrderLine, OrderSource, OrderState, total};
use hawker_store::{KeyPolicy, OpenError, Store};
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;
use uuid::Uuid;
use zeroize::Zeroizing;

type Outcome<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "say --data-dir FOLDER sell COUNT, or --data-dir FOLDER try SEED COUNT SCRATCH";

/// Who buys, in the clear; the bench looks for these in every file.
const BUYERS: [&str; 3] = ["Wilhelmina Kanarienvogel", "张小雨的妈妈", "Ὀδυσσεύς Canary"];

#[tokio::main]
async fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--data-dir", folder, "sell", count] => sell(Path::new(folder), count.parse()?).await,
        ["--data-dir", folder, "try", seed, count, scratch] => {
            attempts(Path::new(folder), seed.parse()?, count.parse()?, Path::new(scratch)).await
        }
        _ => Err(USAGE.into()),
    }
}

fn key() -> Outcome<KeyPolicy> {
    let file = std::env::var_os("HAWKER_PASSPHRASE_FILE").ok_or("HAWKER_PASSPHRASE_FILE names no file")?;
    let text = Zeroizing::new(std::fs::read_to_string(file)?);
    let passphrase = Zeroizing::new(text.lines().next().unwrap_or_default().to_owned());
    Ok(KeyPolicy { passphrase: Some(passphrase), use_keychain: false })
}

async fn sell(folder: &Path, count: usize) -> Outcome<()> {
    let store = Store::open(folder, key()?).await?;
    let products = store.all_products().await?;
    for (number, product) in products.iter().cycle().take(count).enumerate() {
        let lines = vec![OrderLine {
            sku: product.sku.clone(),
            title: product.title.clone(),
            qty: 1,
            unit_price: product.price,
            price_override: None,
        }];
        let order = Order {
            id: OrderId(Uuid::now_v7()),
            source: OrderSource::Venue,
            state: OrderState::Paid,
            show_id: None,
            at: None,
            total: total(&lines, product.price.currency)?,
            lines,
            buyer: BUYERS.get(number % BUYERS.len()).copied().unwrap_or_default().to_owned(),
            placed_at_us: 1_700_000_000_000_000,
            payment: None,
        };
        store.record_venue_sale(&order).await?;
    }
    let sold = if products.is_empty() { 0 } else { count };
    println!("{}", json!({ "sold": sold, "buyers": BUYERS }));
    std::io::stdout().flush()?;
    // Not closed: what was acknowledged lies in the WAL, as after kill -9.
    std::process::exit(0)
}

/// What became of one damaged copy.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// The store did not open, or said while it was read that it is damaged.
    Detected(&'static str),
    /// Everything is there: what was hit holds nothing any more.
    Whole,
    /// It opened without a word and something is missing or other than it was.
    Silent(String),
}

#[derive(Default)]
struct Tally {
    detected: u64,
    whole: u64,
    silent: u64,
}

async fn attempts(folder: &Path, seed: u64, count: usize, scratch: &Path) -> Outcome<()> {
    let whole = scratch.join("whole");
    harm::copy(folder, &whole)?;
    let store = Store::open(&whole, key()?).await?;
    let content = Content::of(&store).await?;
    store.close().await;
    std::fs::remove_dir_all(&whole)?;
    let (mut found, mut silent, mut words) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
    for harm in harm::plan(folder, seed, count)? {
        let copy = scratch.join("copy");
        harm::copy(folder, &copy)?;
        harm.apply(&copy)?;
        let fate = fate(&copy, &content).await?;
        std::fs::remove_dir_all(&copy)?;
        let tally: &mut Tally = found.entry((harm.target, harm.kind)).or_default();
        match fate {
            Fate::Detected(how) => {
                tally.detected += 1;
                *words.entry(how).or_insert(0_u64) += 1;
            }
            Fate::Whole => tally.whole += 1,
            Fate::Silent(lost) => {
                tally.silent += 1;
                silent.push(json!({ "harm": harm.words(), "lost": lost }));
            }
        }
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|((target, kind), Tally { detected, whole, silent })| {
            json!({ "file": target.name(), "harm": kind.name(), "detected": detected, "whole": whole, "silent": silent })
        })
        .collect();
    let told = json!({
        "rows": rows, "said": words, "silent": silent, "main_bytes": size(folder, Target::Main), "wal_bytes": size(folder, Target::Wal),
        "orders": content.orders(),
    });
    println!("{told}");
    Ok(())
}

fn size(folder: &Path, target: Target) -> u64 {
    std::fs::metadata(folder.join(target.file())).map_or(0, |file| file.len())
}

async fn fate(folder: &Path, content: &Content) -> Outcome<Fate> {
    let store = match Store::open(folder, key()?).await {
        Ok(store) => store,
        Err(error) => return Ok(Fate::Detected(refusal(&error))),
    };
    let now = Content::of(&store).await;
    store.close().await;
    Ok(match now {
        Err(_) => Fate::Detected("told while it was read"),
        Ok(now) if now == *content => Fate::Whole,
        Ok(now) => Fate::Silent(content.lost(&now)),
    })
}

fn refusal(error: &OpenError) -> &'static str {
    match error {
        OpenError::Damaged { .. } => "damaged",
        OpenError::WrongKey => "wrong key",
        OpenError::Future { .. } => "of a newer version",
        OpenError::Database(_) => "could not be opened",
        _ => "refused otherwise",
    }
}
