//! The search index over the catalogue, and how a query is asked of it.
//!
//! Words are cut by `hawker_text` before they go in, since SQLite's own tokenizer knows no Chinese. Chinese names also
//! go in as single characters and pairs, so that a part of a name is found however the dictionary cuts it.
//!
//! A whole barcode or SKU comes before everything else. The best of the rest are put in order by how near the name is to what was
//! typed ([`closeness`]); the index alone weighs rare words, and "milk" is rarer in "Milk Chocolate" than one would think.

mod closeness;

use crate::{StoreError, near::Vocabulary, products::product_of};
use closeness::Asked;
use hawker_domain::Product;
use hawker_text::{Folded, bigrams, chunks, fold, initials_of, is_han, pinyin, pinyin_of, segment};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Longest query looked at, in characters: a pasted page is no query.
const QUERY_MAX_CHARS: usize = 200;

/// Most hits that are counted, shown and put in order of relevance. One letter typed matches a whole catalogue, where counting takes a
/// tenth of a second, ranking more, and nobody looks through them: what has the words whole in its name comes first, then the
/// catalogue's own order.
const RANKED_MAX: i64 = 2_000;

/// The best hits of the index, which are put in order by their names: what somebody looks through, some screens of it. Reading a
/// name takes some ten microseconds.
const WINDOW: u32 = 60;

/// The same as it is told: a search with so many hits may have more.
pub const FOUND_MAX: u64 = RANKED_MAX.unsigned_abs();

/// Products that may share a word with a code before one is the code: a style number of many variants.
const CODES_MAX: i64 = 200;

/// Rows of `product`, best first, and how many match in all: [`RANKED_MAX`] at most, and those that have the query for a code.
pub(crate) struct Found {
    pub(crate) rows: Vec<i64>,
    pub(crate) total: u64,
}

/// A product's words as they stand in the index.
pub(crate) struct Indexed {
    name: String,
    code: String,
    more: String,
    sound: String,
}

impl Indexed {
    /// Cuts the texts into words, which takes as long as writing them.
    pub(crate) fn of(product: &Product) -> Self {
        let name = Folded::new(&format!("{} {} {}", product.shown_title(), product.brand, product.aliases.join(" ")));
        let more = Folded::new(&format!("{} {}", product.category, product.description));
        let (name_words, more_words) = (name.words(), more.words());
        Self {
            code: fold(&format!("{} {}", product.sku, product.barcode)),
            sound: sounds(&name, &name_words),
            more: words(&more, more_words),
            name: words(&name, name_words),
        }
    }
}

/// Puts the words of rows of `product` into the index, or replaces them.
pub(crate) async fn index(tx: &mut SqliteConnection, rows: Vec<(i64, Indexed)>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut insert =
        QueryBuilder::<Sqlite>::new("INSERT OR REPLACE INTO product_search (rowid, name, code, more, sound) ");
    insert.push_values(rows, |mut values, (row, Indexed { name, code, more, sound })| {
        values.push_bind(row).push_bind(name).push_bind(code).push_bind(more).push_bind(sound);
    });
    insert.build().execute(tx).await?;
    Ok(())
}

/// FTS5 joins parts of the index as soon as there are so many of one size. The first is its own choice; with the second a large
/// import joins a row's words once instead of three times, and until they are joined a search reads a few parts more.
pub(crate) const JOIN_SOON: u32 = 4;
pub(crate) const JOIN_LATE: u32 = 16;

/// Has them joined soon again, where an import that was cut off has left it otherwise. Where the disk is too full for that, searches
/// go on reading a few parts more until the next start.
pub(crate) async fn join_parts_soon(writer: &SqlitePool) {
    let joined = async {
        let at_present: Option<i64> = sqlx::query_scalar("SELECT v FROM product_search_config WHERE k = 'automerge'")
            .fetch_optional(writer)
            .await?;
        match at_present {
            Some(parts) if parts != i64::from(JOIN_SOON) => join_parts(writer, JOIN_SOON).await,
            _ => Ok(()),
        }
    };
    if let Err(why) = joined.await {
        tracing::warn!(%why, "parts of the search index are joined late until the next start");
    }
}

/// Says from how many parts on they are joined, until it is said again.
pub(crate) async fn join_parts(writer: &SqlitePool, from: u32) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO product_search (product_search, rank) VALUES ('automerge', ?)")
        .bind(from)
        .execute(writer)
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
    vocabulary: &Vocabulary,
    query: &str,
    offset: u32,
    limit: u32,
) -> Result<Found, StoreError> {
    let query: String = query.chars().take(QUERY_MAX_CHARS).collect();
    let exact = exact(connection, &query).await?;
    let asked = segment(&query);
    if asked.is_empty() {
        let total = exact.len() as u64;
        return Ok(Found { rows: page(exact, offset, limit), total });
    }
    let page = Page { exact, offset, limit };
    let found = run(connection, &all_of(&asked), Some(&asked), &Asked::new(&query), &page).await?;
    if found.total > 0 {
        return Ok(found);
    }
    // Chinese is typed by sound, so a wrong character mostly sounds right.
    let by_sound = sounding(&query);
    if !by_sound.is_empty() && is_there(connection, &by_sound).await? {
        return run(connection, &by_sound, None, &Asked::new(&query), &page).await;
    }
    // Chinese with a wrong character is cut into other words than it was meant to be, so it is corrected as a whole.
    let mut corrected = Vec::new();
    let mut meant = Vec::new();
    for chunk in chunks(&query) {
        let own = all_of(&segment(&chunk));
        if is_there(connection, &own).await? {
            corrected.push(own);
            meant.push(chunk);
            continue;
        }
        let near = vocabulary.near(connection, &chunk).await?;
        let Some(nearest) = near.first() else {
            let but_one = all_but_one(&chunk);
            if but_one.is_empty() {
                return Ok(found);
            }
            corrected.push(format!("({but_one})"));
            meant.push(chunk);
            continue;
        };
        meant.push(nearest.clone());
        let any = near.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" OR ");
        corrected.push(format!("({any})"));
    }
    run(connection, &corrected.join(" AND "), None, &Asked::new(&meant.join(" ")), &page).await
}

/// What is asked for, after the rows that have the query for a code.
struct Page {
    exact: Vec<i64>,
    offset: u32,
    limit: u32,
}

fn page(rows: Vec<i64>, offset: u32, limit: u32) -> Vec<i64> {
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    rows.into_iter().skip(size(offset)).take(size(limit)).collect()
}

/// Rows of the products whose barcode, and then whose SKU, is the query.
async fn exact(connection: &mut SqliteConnection, query: &str) -> Result<Vec<i64>, StoreError> {
    let code = fold(query);
    if code.is_empty() {
        return Ok(Vec::new());
    }
    // By the index of SKUs also one without letters or digits, which no word of the search stands for.
    let candidates: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT row, sku, barcode FROM product WHERE sku = ?1
         UNION SELECT * FROM (SELECT p.row, p.sku, p.barcode FROM product_search
           JOIN product p ON p.row = product_search.rowid WHERE product_search MATCH ?2 ORDER BY p.row LIMIT ?3)",
    )
    .bind(query.trim())
    .bind(format!("code : {}", quoted(&code)))
    .bind(CODES_MAX)
    .fetch_all(connection)
    .await?;
    let is = |text: &str| fold(text) == code;
    let mut found: Vec<(bool, i64)> = candidates
        .into_iter()
        .filter(|(_, sku, barcode)| is(barcode) || is(sku))
        .map(|(row, _, barcode)| (!is(&barcode), row))
        .collect();
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

fn all_of(words: &[String]) -> String {
    words.iter().map(|word| expression(word)).collect::<Vec<_>>().join(" AND ")
}

async fn is_there(connection: &mut SqliteConnection, expression: &str) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM product_search WHERE product_search MATCH ?)");
    Ok(found.bind(expression).fetch_one(connection).await?)
}

/// How many match besides `without`, a JSON list of rows, one more than [`RANKED_MAX`] at most.
async fn count(connection: &mut SqliteConnection, expression: &str, without: &str) -> Result<i64, StoreError> {
    let counted = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT 1 FROM product_search
             WHERE product_search MATCH ? AND rowid NOT IN (SELECT value FROM json_each(?)) LIMIT ?)",
    );
    Ok(counted.bind(expression).bind(without).bind(RANKED_MAX + 1).fetch_one(connection).await?)
}

async fn run(
    connection: &mut SqliteConnection,
    expression: &str,
    words: Option<&[String]>,
    asked: &Asked,
    wanted: &Page,
) -> Result<Found, StoreError> {
    let without = list(&wanted.exact)?;
    let others = count(connection, expression, &without).await?;
    if others > RANKED_MAX {
        return too_many(connection, expression, words, asked, wanted).await;
    }
    let first = u32::try_from(wanted.exact.len()).unwrap_or(u32::MAX);
    let end = wanted.offset.saturating_add(wanted.limit).saturating_sub(first);
    let start = wanted.offset.saturating_sub(first);
    let mut rows = page(wanted.exact.clone(), wanted.offset, wanted.limit);
    let total = others.unsigned_abs() + u64::from(first);
    if start < WINDOW {
        let best = hits(connection, BY_RELEVANCE, expression, &without, 0, WINDOW).await?;
        let best = nearest_first(connection, best, asked).await?;
        rows.extend(page(best, start, end.min(WINDOW) - start.min(end.min(WINDOW))));
    }
    if end > WINDOW {
        rows.extend(hits(connection, BY_RELEVANCE, expression, &without, start.max(WINDOW), end).await?);
    }
    Ok(Found { rows, total })
}

fn list(rows: &[i64]) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|why| StoreError::BadInput(why.to_string()))
}

/// More than are put in order: those with the words whole in their names, as far as these can be, and then the catalogue's own order.
async fn too_many(
    connection: &mut SqliteConnection,
    expression: &str,
    words: Option<&[String]>,
    asked: &Asked,
    wanted: &Page,
) -> Result<Found, StoreError> {
    let mut before = wanted.exact.clone();
    if let Some(words) = words {
        let whole = words.iter().map(|word| format!("name : {}", quoted(word))).collect::<Vec<_>>().join(" AND ");
        let without = list(&before)?;
        if count(connection, &whole, &without).await? <= RANKED_MAX {
            let best = hits(connection, BY_RELEVANCE, &whole, &without, 0, WINDOW).await?;
            before.extend(nearest_first(connection, best, asked).await?);
        }
    }
    let without = list(&before)?;
    let first = u32::try_from(before.len()).unwrap_or(u32::MAX);
    let last = wanted.offset.saturating_add(wanted.limit).min(u32::try_from(RANKED_MAX).unwrap_or(u32::MAX));
    let mut rows = page(before, wanted.offset, wanted.limit);
    let (start, end) = (wanted.offset.saturating_sub(first), last.saturating_sub(first));
    rows.extend(hits(connection, CATALOGUE_ORDER, expression, &without, start, end).await?);
    Ok(Found { rows, total: RANKED_MAX.unsigned_abs() })
}

/// A hit in the name or the code counts for more than one in the description or by sound.
const BY_RELEVANCE: &str = "SELECT rowid FROM product_search
     WHERE product_search MATCH ? AND rowid NOT IN (SELECT value FROM json_each(?))
     ORDER BY bm25(product_search, 10.0, 10.0, 1.0, 3.0), rowid LIMIT ? OFFSET ?";

const CATALOGUE_ORDER: &str = "SELECT rowid FROM product_search
     WHERE product_search MATCH ? AND rowid NOT IN (SELECT value FROM json_each(?)) ORDER BY rowid LIMIT ? OFFSET ?";

async fn hits(
    connection: &mut SqliteConnection,
    statement: &'static str,
    expression: &str,
    without: &str,
    start: u32,
    end: u32,
) -> Result<Vec<i64>, StoreError> {
    let limit = end.saturating_sub(start);
    let hits = sqlx::query_scalar(statement).bind(expression).bind(without).bind(limit).bind(start);
    Ok(hits.fetch_all(connection).await?)
}

/// The same rows, those whose name is nearest to the query first; of equals the better hit.
async fn nearest_first(
    connection: &mut SqliteConnection,
    mut rows: Vec<i64>,
    asked: &Asked,
) -> Result<Vec<i64>, StoreError> {
    let list = list(&rows)?;
    let found = sqlx::query("SELECT * FROM product WHERE row IN (SELECT value FROM json_each(?))")
        .bind(list)
        .fetch_all(connection)
        .await?;
    let mut closeness = HashMap::with_capacity(found.len());
    for row in &found {
        closeness.insert(row.try_get::<i64, _>("row")?, asked.closeness(&product_of(row)?));
    }
    rows.sort_by_key(|row| closeness.get(row).copied());
    Ok(rows)
}

/// FTS5 expression for what sounds like the Chinese parts of a query; empty where it has anything else, or one character alone,
/// which sounds like too much.
fn sounding(query: &str) -> String {
    let letters = fold(query).chars().filter(|c| c.is_alphanumeric()).count();
    let han = query.chars().filter(|c| is_han(*c)).count();
    if han < 2 || han != letters {
        return String::new();
    }
    pinyin(query).iter().map(|run| format!("sound : {}*", quoted(run))).collect::<Vec<_>>().join(" AND ")
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

/// So many Chinese characters may have a wrong one among them.
const WITH_A_WRONG_ONE: std::ops::RangeInclusive<usize> = 3..=12;

/// FTS5 expression for a Chinese name with one wrong character, which is no word and begins none: all pairs of the others, whichever it
/// is. Empty for anything else.
fn all_but_one(chunk: &str) -> String {
    let all: Vec<char> = chunk.chars().collect();
    if !WITH_A_WRONG_ONE.contains(&all.len()) || !all.iter().copied().all(is_han) {
        return String::new();
    }
    let without = |wrong: usize| {
        let others = all.windows(2).enumerate().filter(move |(at, _)| *at != wrong && at + 1 != wrong);
        others.map(|(_, pair)| quoted(&String::from_iter(pair))).collect::<Vec<_>>().join(" AND ")
    };
    let any = (0..all.len()).map(without).filter(|pairs| !pairs.is_empty()).map(|pairs| format!("({pairs})"));
    any.collect::<Vec<_>>().join(" OR ")
}

/// An FTS5 string. Words hold letters and digits only, the doubling is for the one who changes that.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

/// What goes into the index for a text: its words, and single characters and pairs of its Chinese parts.
fn words(text: &Folded, words: Vec<String>) -> String {
    let singles = text.han().flat_map(str::chars).map(String::from);
    let parts: BTreeSet<String> = text.bigrams().into_iter().chain(singles).collect();
    let known: HashSet<&String> = words.iter().collect();
    let parts: Vec<String> = parts.into_iter().filter(|part| !known.contains(part)).collect();
    let mut all = words;
    all.extend(parts);
    all.join(" ")
}

/// So many characters are looked for by their whole pinyin from any character on.
const SPELT: usize = 6;

/// How the Chinese parts of a text can be typed: pinyin of each run, of its words, and of some characters from every one on, since what
/// a name is cut into is not what everybody types; initials of each run from every character on.
fn sounds(text: &Folded, words: &[String]) -> String {
    let mut all = BTreeSet::new();
    for run in text.han() {
        all.insert(pinyin_of(run));
        let from_each: Vec<&str> = run.char_indices().filter_map(|(start, _)| run.get(start..)).collect();
        // One character alone sounds like too much, and one letter is the beginning of a longer one anyway.
        let two_or_more = from_each.split_last().map_or(&[][..], |(_, before)| before);
        for rest in two_or_more.iter().skip(1) {
            let end = rest.char_indices().nth(SPELT).map_or(rest.len(), |(end, _)| end);
            all.insert(pinyin_of(rest.get(..end).unwrap_or(rest)));
        }
        let initials = initials_of(run);
        all.extend((0..initials.len().saturating_sub(1)).filter_map(|start| initials.get(start..)).map(str::to_owned));
    }
    all.extend(words.iter().filter(|word| word.chars().all(is_han)).map(|word| pinyin_of(word)));
    all.remove("");
    Vec::from_iter(all).join(" ")
}
