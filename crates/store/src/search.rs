//! The search index over the catalogue, and how a query is asked of it.
//!
//! Words are cut by `hawker_text` before they go in, since SQLite's own tokenizer knows no Chinese. Chinese names also
//! go in as single characters and pairs, so that a part of a name is found however the dictionary cuts it.

use crate::StoreError;
use hawker_domain::Product;
use hawker_text::{bigrams, chunks, edit_distance, fold, initials, is_han, pinyin, segment};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// Longest query looked at, in characters: a pasted page is no query.
const QUERY_MAX_CHARS: usize = 200;

/// Most hits that are put in order of relevance. One letter typed matches a whole catalogue, where ranking takes seconds
/// and helps nobody; those come in the catalogue's own order.
const RANKED_MAX: i64 = 10_000;

/// Words that a mistyped one may stand for, at most.
const CORRECTIONS_MAX: usize = 8;

/// Rows of `product`, best first, and how many match in all.
pub(crate) struct Found {
    pub(crate) rows: Vec<i64>,
    pub(crate) total: u64,
}

/// Puts a product's words into the index, or replaces them.
pub(crate) async fn index(tx: &mut SqliteConnection, row: i64, product: &Product) -> Result<(), StoreError> {
    let name = format!("{} {} {}", product.shown_title(), product.brand, product.aliases.join(" "));
    let code = format!("{} {}", product.sku, product.barcode);
    let more = format!("{} {}", product.category, product.description);
    sqlx::query("INSERT OR REPLACE INTO product_search (rowid, name, code, more, sound) VALUES (?, ?, ?, ?, ?)")
        .bind(row)
        .bind(words(&name))
        .bind(fold(&code))
        .bind(words(&more))
        .bind(sounds(&name))
        .execute(tx)
        .await?;
    Ok(())
}

pub(crate) async fn forget(tx: &mut SqliteConnection, row: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM product_search WHERE rowid = ?").bind(row).execute(tx).await?;
    Ok(())
}

/// Finds what `query` means. A query without a word in it finds nothing.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    query: &str,
    offset: u32,
    limit: u32,
) -> Result<Found, StoreError> {
    let query: String = query.chars().take(QUERY_MAX_CHARS).collect();
    let asked = segment(&query);
    if asked.is_empty() {
        return Ok(Found { rows: Vec::new(), total: 0 });
    }
    let found = run(connection, &all_of(&asked), offset, limit).await?;
    if found.total > 0 {
        return Ok(found);
    }
    // Chinese with a wrong character is cut into other words than it was meant to be, so it is corrected as a whole.
    let mut corrected = Vec::new();
    for chunk in chunks(&query) {
        let own = all_of(&segment(&chunk));
        if run(connection, &own, 0, 1).await?.total > 0 {
            corrected.push(own);
            continue;
        }
        let near = near_words(connection, &chunk).await?;
        if near.is_empty() {
            return Ok(found);
        }
        let any = near.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" OR ");
        corrected.push(format!("({any})"));
    }
    run(connection, &corrected.join(" AND "), offset, limit).await
}

fn all_of(words: &[String]) -> String {
    words.iter().map(|word| expression(word)).collect::<Vec<_>>().join(" AND ")
}

async fn run(
    connection: &mut SqliteConnection,
    expression: &str,
    offset: u32,
    limit: u32,
) -> Result<Found, StoreError> {
    let total: i64 = sqlx::query_scalar("SELECT count(*) FROM product_search WHERE product_search MATCH ?")
        .bind(expression)
        .fetch_one(&mut *connection)
        .await?;
    // A hit in the name or the code counts for more than one in the description or by sound.
    let statement = if total <= RANKED_MAX {
        "SELECT rowid FROM product_search WHERE product_search MATCH ?
         ORDER BY bm25(product_search, 10.0, 10.0, 1.0, 3.0), rowid LIMIT ? OFFSET ?"
    } else {
        "SELECT rowid FROM product_search WHERE product_search MATCH ? ORDER BY rowid LIMIT ? OFFSET ?"
    };
    let rows = sqlx::query_scalar(statement).bind(expression).bind(limit).bind(offset).fetch_all(connection).await?;
    Ok(Found { rows, total: total.unsigned_abs() })
}

/// Words of the catalogue a typo away from `word`, nearest and commonest first. One change in a short word, two in a
/// longer one. One or two Chinese characters are never corrected: one changed would leave nothing, or half.
async fn near_words(connection: &mut SqliteConnection, word: &str) -> Result<Vec<String>, StoreError> {
    let length = word.chars().count();
    let shortest = if word.chars().any(is_han) { 3 } else { 2 };
    let changes = match length {
        _ if length < shortest => return Ok(Vec::new()),
        ..=5 => 1,
        _ => 2,
    };
    let first: String = word.chars().take(1).collect();
    let mut near: Vec<(usize, i64, String)> = Vec::new();
    // The first letter is seldom wrong, and its words are a small part of all; the rest is read only when they fail.
    for (from, to) in [(first.clone(), format!("{first}\u{10ffff}")), (String::new(), "\u{10ffff}".to_owned())] {
        let words: Vec<(String, i64)> = sqlx::query_as(
            "SELECT term, doc FROM product_term WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?",
        )
        .bind(from)
        .bind(to)
        .bind(i64::try_from(length.saturating_sub(changes)).unwrap_or(0))
        .bind(i64::try_from(length + changes).unwrap_or(i64::MAX))
        .fetch_all(&mut *connection)
        .await?;
        near.extend(words.into_iter().filter_map(|(term, products)| {
            edit_distance(word, &term, changes).map(|distance| (distance, -products, term))
        }));
        if !near.is_empty() {
            break;
        }
    }
    near.sort();
    near.truncate(CORRECTIONS_MAX);
    Ok(near.into_iter().map(|(_, _, term)| term).collect())
}

/// FTS5 expression for one word: its beginning, or for Chinese also all of its pairs in any order.
fn expression(word: &str) -> String {
    let begins = format!("{}*", quoted(word));
    let pairs = bigrams(word);
    if pairs.is_empty() {
        return begins;
    }
    let pairs = pairs.iter().map(|pair| quoted(pair)).collect::<Vec<_>>().join(" AND ");
    format!("({begins} OR ({pairs}))")
}

/// An FTS5 string. Words hold letters and digits only, the doubling is for the one who changes that.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

/// What goes into the index for a text: its words, and single characters and pairs of its Chinese parts.
fn words(text: &str) -> String {
    let mut all = segment(text);
    let known: BTreeSet<String> = all.iter().cloned().collect();
    let folded = fold(text);
    let parts = bigrams(text).into_iter().chain(folded.chars().filter(|c| is_han(*c)).map(String::from));
    let parts: BTreeSet<String> = parts.filter(|part| !known.contains(part)).collect();
    all.extend(parts);
    all.join(" ")
}

/// How the Chinese parts of a text can be typed: pinyin of each word, initials of each run from every character on.
fn sounds(text: &str) -> String {
    let mut all: BTreeSet<String> = pinyin(text).into_iter().collect();
    all.extend(segment(text).iter().flat_map(|word| pinyin(word)));
    for run in initials(text) {
        // One letter alone would match half the catalogue and is the beginning of a longer one anyway.
        all.extend((0..run.len().saturating_sub(1)).filter_map(|start| run.get(start..)).map(str::to_owned));
    }
    Vec::from_iter(all).join(" ")
}
