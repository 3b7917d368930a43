//! Edits of this device that did not count: a list until somebody settles each.

use super::{known_of, put, remove, report, write};
use crate::{
    Store, StoreError,
    error::unreadable,
    products,
    stock::{enum_of, enum_text, sku_of},
};
use hawker_domain::{
    ConflictId, OpId, Product, Sku,
    edit::{Claim, Conflict, FieldValue, Keep, Known, ListedConflict, ProductField},
};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use std::collections::HashMap;
use uuid::Uuid;

/// Looked at by two statements: as many as somebody sees at once.
const AT_ONCE: u32 = 100;

impl Store {
    /// All edits that did not count and that nobody has settled, as [`Self::conflict_page`] has them.
    pub async fn conflicts(&self) -> Result<Vec<ListedConflict>, StoreError> {
        Ok(self.conflict_page(u32::MAX).await?.0)
    }

    /// Edits that did not count and that nobody has settled, the oldest first, at most `limit`, each beside what stands by now; and
    /// whether there are more. One that says what stands meanwhile is not among them.
    pub async fn conflict_page(&self, limit: u32) -> Result<(Vec<ListedConflict>, bool), StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut connection = self.reader.acquire().await?;
        let mut listed = Vec::new();
        let mut after = (i64::MIN, Uuid::nil());
        loop {
            let rows = sqlx::query(
                "SELECT * FROM edit_conflict WHERE settled_at_us IS NULL AND (at_us, id) > (?, ?)
                 ORDER BY at_us, id LIMIT ?",
            )
            .bind(after.0)
            .bind(after.1)
            .bind(AT_ONCE)
            .fetch_all(&mut *connection)
            .await?;
            let part = rows.iter().map(conflict_of).collect::<Result<Vec<_>, _>>()?;
            let Some(last) = part.last() else { return Ok((listed, false)) };
            after = (last.at_us, last.id.0);
            let skus: Vec<&str> = part.iter().map(|one| one.conflict.sku.as_str()).collect();
            let here = products::read_all(&mut connection, &skus).await?;
            for one in part {
                let product = here.get(&one.conflict.sku);
                if stands(&one.conflict, product) {
                    continue;
                }
                if listed.len() >= limit {
                    return Ok((listed, true));
                }
                listed.push(beside(one, product));
            }
        }
    }

    /// Settles one. Mine: it is said anew, by one who has seen what stands. Errors: it is not on the list, or settled
    /// ([`StoreError::NotFound`]); its product is gone ([`StoreError::Conflict`]).
    pub async fn settle_conflict(&self, id: ConflictId, keep: Keep) -> Result<(), StoreError> {
        let now_us = self.clock.now_us();
        let mut tx = self.begin().await?;
        let row = sqlx::query("SELECT * FROM edit_conflict WHERE id = ? AND settled_at_us IS NULL")
            .bind(id.0)
            .fetch_optional(&mut *tx)
            .await?;
        let row = row.ok_or_else(|| StoreError::NotFound(format!("conflict {id} to settle")))?;
        let Conflict { sku, mine, .. } = conflict_of(&row)?.conflict;
        match (keep, mine) {
            (Keep::Mine, Claim::Value(value)) => say(&mut tx, &sku, value, now_us).await?,
            (Keep::Mine, Claim::Removed) => {
                if products::take_out(&mut tx, &sku).await? {
                    remove(&mut tx, &sku, now_us).await?;
                }
            }
            (Keep::Mine, Claim::Present) => make_again(&mut tx, &sku, now_us).await?,
            (Keep::Theirs, Claim::Present) => give_up(&mut tx, &sku).await?,
            (Keep::Theirs, Claim::Value(_) | Claim::Removed) => {}
        }
        sqlx::query("UPDATE edit_conflict SET settled_at_us = ? WHERE id = ?")
            .bind(now_us)
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }
}

/// What this device said is what stands by now.
fn stands(conflict: &Conflict, here: Option<&Product>) -> bool {
    match (&conflict.mine, here) {
        (Claim::Value(mine), Some(product)) => FieldValue::of(product, mine.field()) == *mine,
        (Claim::Removed, None) => true,
        (Claim::Value(_) | Claim::Present, None) | (Claim::Removed | Claim::Present, Some(_)) => false,
    }
}

/// With what stays where theirs is kept: others may have changed it since. A product that is kept here against its removal stands
/// nowhere else.
fn beside(ListedConflict { id, conflict, at_us, .. }: ListedConflict, here: Option<&Product>) -> ListedConflict {
    let theirs = match (&conflict.mine, here) {
        (Claim::Value(mine), Some(product)) => Claim::Value(FieldValue::of(product, mine.field())),
        (Claim::Value(_), None) => Claim::Removed,
        (Claim::Present | Claim::Removed, _) => conflict.theirs.clone(),
    };
    let title = here.map(|product| product.shown_title().into_owned());
    ListedConflict { id, conflict: Conflict { theirs, ..conflict }, title, at_us }
}

async fn say(tx: &mut SqliteConnection, sku: &Sku, value: FieldValue, now_us: i64) -> Result<(), StoreError> {
    let before = products::read(tx, sku).await?.ok_or_else(|| {
        StoreError::Conflict(format!("product {sku} was removed meanwhile; enter it again, or keep theirs"))
    })?;
    let mut product = before.clone();
    value.put_into(&mut product);
    products::put(tx, &product, now_us).await?;
    put(tx, &HashMap::from([(sku.clone(), before)]), &[product], now_us).await
}

/// A product that is kept here against its removal is made anew, by one who has seen that.
async fn make_again(tx: &mut SqliteConnection, sku: &Sku, now_us: i64) -> Result<(), StoreError> {
    let known = known_of(tx, &[sku.as_str()]).await?;
    let disputed = known.get(sku).filter(|known| known.is_disputed());
    if let (Some(disputed), Some(product)) = (disputed, products::read(tx, sku).await?) {
        let edit = Known::creation(Some(disputed), &product);
        report(tx, vec![edit], known, now_us).await?;
    }
    Ok(())
}

async fn give_up(tx: &mut SqliteConnection, sku: &Sku) -> Result<(), StoreError> {
    let known = known_of(tx, &[sku.as_str()]).await?;
    if let Some(disputed) = known.get(sku).filter(|known| known.is_disputed()) {
        products::take_out(tx, sku).await?;
        write(tx, &[(sku.clone(), disputed.clone().given_up())]).await?;
    }
    Ok(())
}

/// Puts conflicts on the list. One that was settled stays so, also when it is told again.
pub(super) async fn add(tx: &mut SqliteConnection, lost: &[Conflict], now_us: i64) -> Result<(), StoreError> {
    for conflict in lost {
        if conflict.field.is_none() {
            // Whether there is the product is one question, however often it was lost.
            sqlx::query(
                "DELETE FROM edit_conflict WHERE sku = ? AND field = '' AND op_id <> ? AND settled_at_us IS NULL",
            )
            .bind(conflict.sku.as_str())
            .bind(conflict.op_id.0)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query(
            "INSERT INTO edit_conflict (id, op_id, sku, field, mine, theirs, base_version, at_us)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (op_id, sku, field) DO UPDATE SET theirs = excluded.theirs",
        )
        .bind(Uuid::now_v7())
        .bind(conflict.op_id.0)
        .bind(conflict.sku.as_str())
        .bind(field_text(conflict.field)?)
        .bind(claim_text(&conflict.mine)?)
        .bind(claim_text(&conflict.theirs)?)
        .bind(conflict.base_version.map(|version| version.0))
        .bind(now_us)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// True where something of this change is on the list.
pub(super) async fn are_of(tx: &mut SqliteConnection, op: OpId) -> Result<bool, StoreError> {
    let listed = "SELECT EXISTS (SELECT 1 FROM edit_conflict WHERE op_id = ? AND settled_at_us IS NULL)";
    Ok(sqlx::query_scalar(listed).bind(op.0).fetch_one(tx).await?)
}

/// A platform that was put back may decide otherwise: what counts now is no conflict any more.
pub(super) async fn take_off(
    tx: &mut SqliteConnection,
    op: OpId,
    sku: &Sku,
    won: &[Option<ProductField>],
) -> Result<(), StoreError> {
    let fields = won.iter().map(|field| field_text(*field)).collect::<Result<Vec<_>, _>>()?;
    if fields.is_empty() {
        return Ok(());
    }
    let fields = serde_json::to_string(&fields).map_err(|why| StoreError::BadInput(why.to_string()))?;
    sqlx::query(
        "DELETE FROM edit_conflict WHERE op_id = ? AND sku = ? AND field IN (SELECT value FROM json_each(?))
         AND settled_at_us IS NULL",
    )
    .bind(op.0)
    .bind(sku.as_str())
    .bind(fields)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether there is the product is no question any more: nobody settled it, so it may become one again.
pub(super) async fn is_over(tx: &mut SqliteConnection, sku: &Sku) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM edit_conflict WHERE sku = ? AND field = '' AND settled_at_us IS NULL")
        .bind(sku.as_str())
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Whether there is the product was settled by hand.
pub(super) async fn is_decided(tx: &mut SqliteConnection, sku: &Sku, now_us: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE edit_conflict SET settled_at_us = ? WHERE sku = ? AND field = '' AND settled_at_us IS NULL")
        .bind(now_us)
        .bind(sku.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

fn field_text(field: Option<ProductField>) -> Result<String, StoreError> {
    field.map_or_else(|| Ok(String::new()), |field| enum_text(&field))
}

fn claim_text(claim: &Claim) -> Result<String, StoreError> {
    serde_json::to_string(claim).map_err(|why| StoreError::BadInput(why.to_string()))
}

fn conflict_of(row: &SqliteRow) -> Result<ListedConflict, StoreError> {
    let claim = |column: &str| {
        serde_json::from_str(row.try_get(column)?).map_err(|why| unreadable("a claim of a conflict", why))
    };
    let field: String = row.try_get("field")?;
    let conflict = Conflict {
        sku: sku_of(row)?,
        field: if field.is_empty() { None } else { Some(enum_of(&field)?) },
        mine: claim("mine")?,
        theirs: claim("theirs")?,
        base_version: row.try_get::<Option<Uuid>, _>("base_version")?.map(OpId),
        op_id: OpId(row.try_get("op_id")?),
    };
    Ok(ListedConflict { id: ConflictId(row.try_get("id")?), conflict, title: None, at_us: row.try_get("at_us")? })
}
