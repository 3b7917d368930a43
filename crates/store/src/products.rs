//! The catalogue's table. Every change keeps the search index in step, in the same transaction.

use crate::{
    Store, StoreError, edits, error::unreadable, lessons, orders::money_of, search, search::Indexed, stock::sku_of,
};
use hawker_domain::{Currency, Money, Product, ProductId, Sku, Variant};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashMap;

impl Store {
    /// Adds a product, or changes the one with this SKU (which keeps its id, photos and stock). The seller's other devices hear of
    /// what was changed, and of nothing else.
    pub async fn put_product(&self, product: &Product) -> Result<(), StoreError> {
        let now_us = self.clock.now_us();
        let mut tx = self.begin().await?;
        let before = read(&mut tx, &product.sku).await?;
        let before = before.map(|before| (before.sku.clone(), before)).into_iter().collect();
        put(&mut tx, product, now_us).await?;
        edits::put(&mut tx, &before, std::slice::from_ref(product), now_us).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }

    /// The product with this SKU, if there is one.
    pub async fn product(&self, sku: &Sku) -> Result<Option<Product>, StoreError> {
        read(&mut *self.reader.acquire().await?, sku).await
    }

    /// Products that match `query` (all of them for an empty one), best first, and how many there are in all; of a query 2,000 at most
    /// are counted and found, since nobody looks further and everybody can type one more letter.
    /// A product with the query for its barcode comes first, then one with it for its SKU.
    /// Finds by words, beginnings of words, parts of Chinese names, pinyin and its initials, SKU and barcode; where
    /// nothing matches, by words a typo away.
    pub async fn products(&self, query: &str, offset: u32, limit: u32) -> Result<(Vec<Product>, u64), StoreError> {
        let mut connection = self.reader.acquire().await?;
        if query.trim().is_empty() {
            let total: i64 = sqlx::query_scalar("SELECT count(*) FROM product").fetch_one(&mut *connection).await?;
            let rows = sqlx::query("SELECT * FROM product ORDER BY row LIMIT ? OFFSET ?")
                .bind(limit)
                .bind(offset)
                .fetch_all(&mut *connection)
                .await?;
            return Ok((rows.iter().map(product_of).collect::<Result<_, _>>()?, total.unsigned_abs()));
        }
        let found = search::find(&mut connection, &self.vocabulary, query, offset, limit).await?;
        Ok((at_rows(&mut connection, &found.rows).await?, found.total))
    }

    /// The whole catalogue in the order it was entered.
    pub async fn all_products(&self) -> Result<Vec<Product>, StoreError> {
        let rows = sqlx::query("SELECT * FROM product ORDER BY row").fetch_all(&self.reader).await?;
        rows.iter().map(product_of).collect()
    }

    /// Products that are called by more than their title, in the order they were entered: those with aliases or an option, at most
    /// `limit`.
    pub async fn products_with_names(&self, limit: u32) -> Result<Vec<Product>, StoreError> {
        let named = "SELECT * FROM product WHERE aliases <> '[]' OR variant_of <> '' ORDER BY row LIMIT ?";
        let rows = sqlx::query(named).bind(limit).fetch_all(&self.reader).await?;
        rows.iter().map(product_of).collect()
    }

    /// Takes a product out of the catalogue, with its photos. Its stock ledger and its orders stay.
    /// Errors: [`StoreError::NotFound`].
    pub async fn remove_product(&self, sku: &Sku) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if !take_out(&mut tx, sku).await? {
            return Err(StoreError::NotFound(format!("product {sku}")));
        }
        edits::remove(&mut tx, sku, self.clock.now_us()).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }
}

/// The products at these rows, in this order.
async fn at_rows(connection: &mut SqliteConnection, rows: &[i64]) -> Result<Vec<Product>, StoreError> {
    let list = serde_json::to_string(rows).map_err(|why| StoreError::BadInput(why.to_string()))?;
    let found = sqlx::query(
        "SELECT p.* FROM json_each(?) AS wanted JOIN product p ON p.row = wanted.value ORDER BY wanted.key",
    )
    .bind(list)
    .fetch_all(connection)
    .await?;
    found.iter().map(product_of).collect()
}

/// Takes a product out within the caller's transaction. False: there is none.
pub(crate) async fn take_out(tx: &mut SqliteConnection, sku: &Sku) -> Result<bool, StoreError> {
    lessons::pass_on(tx, sku).await?;
    let row: Option<i64> = sqlx::query_scalar("DELETE FROM product WHERE sku = ? RETURNING row")
        .bind(sku.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    let Some(row) = row else { return Ok(false) };
    search::forget(tx, row).await?;
    Ok(true)
}

/// Adds or changes a product within the caller's transaction.
pub(crate) async fn put(tx: &mut SqliteConnection, product: &Product, now_us: i64) -> Result<(), StoreError> {
    put_all(tx, vec![(product.clone(), Indexed::of(product))], now_us).await
}

/// Adds or changes products with different SKUs, given with their words, within the caller's transaction: one statement for all, since
/// of what a row takes most is asking.
pub(crate) async fn put_all(
    tx: &mut SqliteConnection,
    all: Vec<(Product, Indexed)>,
    now_us: i64,
) -> Result<(), StoreError> {
    let (mut rows, mut words) = (Vec::with_capacity(all.len()), HashMap::with_capacity(all.len()));
    for (product, indexed) in all {
        let aliases = serde_json::to_string(&product.aliases).map_err(|why| StoreError::BadInput(why.to_string()))?;
        words.insert(product.sku.to_string(), indexed);
        rows.push((product, aliases));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let mut insert = QueryBuilder::<Sqlite>::new(
        "INSERT INTO product
           (sku, id, title, brand, category, description, price_minor, currency, barcode, aliases, variant_of, option,
            cost_minor, cost_currency, changed_at_us) ",
    );
    insert.push_values(&rows, |mut row, (product, aliases)| {
        let variant = product.variant.as_ref();
        row.push_bind(product.sku.as_str())
            .push_bind(product.id.0)
            .push_bind(&product.title)
            .push_bind(&product.brand)
            .push_bind(&product.category)
            .push_bind(&product.description)
            .push_bind(product.price.minor)
            .push_bind(product.price.currency.as_str())
            .push_bind(&product.barcode)
            .push_bind(aliases)
            .push_bind(variant.map_or("", |variant| variant.of.as_str()))
            .push_bind(variant.map_or("", |variant| variant.option.as_str()))
            .push_bind(product.cost.map(|cost| cost.minor))
            .push_bind(product.cost.as_ref().map(|cost| cost.currency.as_str()))
            .push_bind(now_us);
    });
    insert.push(
        " ON CONFLICT (sku) DO UPDATE SET
           title = excluded.title, brand = excluded.brand, category = excluded.category,
           description = excluded.description, price_minor = excluded.price_minor, currency = excluded.currency,
           barcode = excluded.barcode, aliases = excluded.aliases, variant_of = excluded.variant_of,
           option = excluded.option, cost_minor = excluded.cost_minor, cost_currency = excluded.cost_currency,
           changed_at_us = excluded.changed_at_us
         RETURNING sku, row",
    );
    let written = insert.build_query_as::<(String, i64)>().fetch_all(&mut *tx).await;
    if written.as_ref().err().and_then(|e| e.as_database_error()).is_some_and(|e| e.is_unique_violation()) {
        let skus: Vec<&str> = rows.iter().map(|(product, _)| product.sku.as_str()).collect();
        return Err(StoreError::Conflict(format!("another product has the id of {}", skus.join(" or "))));
    }
    let indexed = written?.into_iter().filter_map(|(sku, row)| Some((row, words.remove(&sku)?)));
    search::index(tx, indexed.collect()).await
}

/// The products with these SKUs, as far as there are any.
pub(crate) async fn read_all(
    connection: &mut SqliteConnection,
    skus: &[&str],
) -> Result<HashMap<Sku, Product>, StoreError> {
    let skus = serde_json::to_string(skus).map_err(|why| StoreError::BadInput(why.to_string()))?;
    let rows = sqlx::query("SELECT * FROM product WHERE sku IN (SELECT value FROM json_each(?))")
        .bind(skus)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| product_of(row).map(|product| (product.sku.clone(), product))).collect()
}

pub(crate) async fn read(connection: &mut SqliteConnection, sku: &Sku) -> Result<Option<Product>, StoreError> {
    let row = sqlx::query("SELECT * FROM product WHERE sku = ?").bind(sku.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(product_of).transpose()
}

pub(crate) fn product_of(row: &SqliteRow) -> Result<Product, StoreError> {
    Ok(Product {
        id: ProductId(row.try_get("id")?),
        sku: sku_of(row)?,
        title: row.try_get("title")?,
        brand: row.try_get("brand")?,
        category: row.try_get("category")?,
        description: row.try_get("description")?,
        price: money_of(row, "price_minor")?,
        cost: cost_of(row)?,
        barcode: row.try_get("barcode")?,
        aliases: serde_json::from_str(row.try_get("aliases")?).map_err(|why| unreadable("aliases", why))?,
        variant: Variant::new(row.try_get("variant_of")?, row.try_get("option")?),
    })
}

/// In a currency of its own: where devices edit price and cost apart, one may change its currency before the other.
fn cost_of(row: &SqliteRow) -> Result<Option<Money>, StoreError> {
    let (minor, currency): (Option<i64>, Option<&str>) = (row.try_get("cost_minor")?, row.try_get("cost_currency")?);
    let Some((minor, currency)) = minor.zip(currency) else { return Ok(None) };
    Ok(Some(Money::new(minor, currency.parse::<Currency>().map_err(|why| unreadable("currency", why))?)))
}
