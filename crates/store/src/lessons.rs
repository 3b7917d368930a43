//! What a host's corrections taught recognition. Kept for [`LESSON_DAYS`], encrypted like everything here, and never sent.

use crate::{
    Store, StoreError,
    error::{kept_of, unreadable},
    stock::sku_of,
};
use hawker_domain::{LessonId, Sku};
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

/// Lessons are forgotten after so many days: packages change, and pictures of a show are not kept for ever.
pub const LESSON_DAYS: i64 = 180;
/// Lessons kept of one product, and of all; the oldest go first. Every look is held against all of them. Those about
/// several variants are counted apart: a no to all of them must not push out what was taught of the one that names it.
pub const LESSONS_PER_PRODUCT: u32 = 40;
pub const LESSONS: u32 = 500;

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// One lesson as people see it. Times are UTC, microseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    pub id: LessonId,
    pub sku: Sku,
    /// Further variants of the product that it is about.
    pub variants: Vec<Sku>,
    /// What was shown is this product; false: it is something else.
    pub is_it: bool,
    /// There is a picture of what was shown.
    pub has_crop: bool,
    pub made_at_us: i64,
}

/// A lesson as recognition needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonVector {
    pub sku: Sku,
    pub is_it: bool,
    pub vector: Vec<u8>,
    /// UTC, microseconds since 1970.
    pub made_at_us: i64,
}

/// A lesson to be kept.
#[derive(Clone, Debug)]
pub struct NewLesson<'a> {
    pub sku: &'a Sku,
    /// Further variants of the product that it is about.
    pub variants: &'a [Sku],
    pub is_it: bool,
    /// JPEG.
    pub crop: Option<&'a [u8]>,
    pub model_id: &'a str,
    pub vector: &'a [u8],
    /// When it was given, as recognition counts it: what is said later of the same thing overrules it. UTC, microseconds since 1970.
    pub made_at_us: i64,
}

impl Store {
    /// Keeps a lesson, and forgets those that are too old or too many. Errors: [`StoreError::NotFound`] for a product that
    /// is gone.
    pub async fn add_lesson(&self, lesson: &NewLesson<'_>) -> Result<LessonId, StoreError> {
        let (id, now) = (Uuid::now_v7(), self.clock.now_us());
        let mut tx = self.begin().await?;
        let done = sqlx::query("INSERT INTO lesson (id, sku, is_it, crop, made_at_us) VALUES (?, ?, ?, ?, ?)")
            .bind(id)
            .bind(lesson.sku.as_str())
            .bind(lesson.is_it)
            .bind(lesson.crop)
            .bind(lesson.made_at_us)
            .execute(&mut *tx)
            .await;
        kept_of(done, || format!("product {}", lesson.sku))?;
        for variant in lesson.variants.iter().filter(|variant| *variant != lesson.sku) {
            // One that is gone meanwhile can't be taken for anything.
            sqlx::query(
                "INSERT OR IGNORE INTO lesson_variant (lesson_id, sku) SELECT ?, sku FROM product WHERE sku = ?",
            )
            .bind(id)
            .bind(variant.as_str())
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query("INSERT INTO lesson_vector (lesson_id, model_id, vector) VALUES (?, ?, ?)")
            .bind(id)
            .bind(lesson.model_id)
            .bind(lesson.vector)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "WITH counted AS (SELECT id, row_number() OVER (
                 PARTITION BY EXISTS (SELECT 1 FROM lesson_variant v WHERE v.lesson_id = lesson.id)
                 ORDER BY made_at_us DESC, id DESC) AS place FROM lesson WHERE sku = ?2)
             DELETE FROM lesson WHERE made_at_us < ?1 OR id IN (SELECT id FROM counted WHERE place > ?3) OR id NOT IN
             (SELECT id FROM lesson ORDER BY made_at_us DESC, id DESC LIMIT ?4)",
        )
        .bind(now - LESSON_DAYS * DAY_US)
        .bind(lesson.sku.as_str())
        .bind(LESSONS_PER_PRODUCT)
        .bind(LESSONS)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(LessonId(id))
    }

    /// Erases the lessons that are too old.
    pub async fn forget_old_lessons(&self) -> Result<(), StoreError> {
        let oldest = self.clock.now_us() - LESSON_DAYS * DAY_US;
        sqlx::query("DELETE FROM lesson WHERE made_at_us < ?").bind(oldest).execute(&self.writer).await?;
        Ok(())
    }

    /// Every lesson, newest first.
    pub async fn lessons(&self) -> Result<Vec<Lesson>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, sku, is_it, crop IS NOT NULL AS has_crop, made_at_us,
                 (SELECT json_group_array(v.sku) FROM lesson_variant v WHERE v.lesson_id = lesson.id) AS variants FROM lesson
             WHERE made_at_us >= ? ORDER BY made_at_us DESC, id DESC",
        )
        .bind(self.clock.now_us() - LESSON_DAYS * DAY_US)
        .fetch_all(&self.reader)
        .await?;
        let lesson = |row: &sqlx::sqlite::SqliteRow| {
            let listed = serde_json::from_str(row.try_get("variants")?);
            let mut variants: Vec<Sku> = listed.map_err(|why| unreadable("variants", why))?;
            variants.sort();
            Ok(Lesson {
                id: LessonId(row.try_get("id")?),
                sku: sku_of(row)?,
                variants,
                is_it: row.try_get("is_it")?,
                has_crop: row.try_get("has_crop")?,
                made_at_us: row.try_get("made_at_us")?,
            })
        };
        rows.iter().map(lesson).collect()
    }

    /// The picture of a lesson as JPEG. Errors: [`StoreError::NotFound`], where it has none, too.
    pub async fn lesson_crop(&self, id: LessonId) -> Result<Vec<u8>, StoreError> {
        let crop = sqlx::query_scalar("SELECT crop FROM lesson WHERE id = ? AND crop IS NOT NULL").bind(id.0);
        crop.fetch_optional(&self.reader).await?.ok_or_else(|| StoreError::NotFound(format!("picture of lesson {id}")))
    }

    /// What one model knows of the lessons, oldest first: one about several variants of a product is named for each of them.
    pub async fn lesson_vectors(&self, model_id: &str) -> Result<Vec<LessonVector>, StoreError> {
        self.lesson_vectors_about(None, model_id).await
    }

    /// The same of one product.
    pub async fn lesson_vectors_of(&self, sku: &Sku, model_id: &str) -> Result<Vec<LessonVector>, StoreError> {
        self.lesson_vectors_about(Some(sku), model_id).await
    }

    async fn lesson_vectors_about(&self, sku: Option<&Sku>, model_id: &str) -> Result<Vec<LessonVector>, StoreError> {
        let rows = sqlx::query(
            "SELECT a.sku, l.is_it, l.made_at_us, v.vector FROM lesson l JOIN lesson_vector v ON v.lesson_id = l.id
             JOIN (SELECT id, sku FROM lesson UNION ALL SELECT lesson_id, sku FROM lesson_variant) a ON a.id = l.id
             WHERE v.model_id = ?1 AND l.made_at_us >= ?2 AND (?3 IS NULL OR a.sku = ?3)
             ORDER BY l.made_at_us, l.id, a.sku",
        )
        .bind(model_id)
        .bind(self.clock.now_us() - LESSON_DAYS * DAY_US)
        .bind(sku.map(Sku::as_str))
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                let (sku, is_it) = (sku_of(row)?, row.try_get("is_it")?);
                Ok(LessonVector { sku, is_it, vector: row.try_get("vector")?, made_at_us: row.try_get("made_at_us")? })
            })
            .collect()
    }

    /// Lessons with a picture that this model has not seen.
    pub async fn lessons_without_vector(&self, model_id: &str) -> Result<Vec<LessonId>, StoreError> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM lesson l WHERE crop IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM lesson_vector v WHERE v.lesson_id = l.id AND v.model_id = ?)",
        )
        .bind(model_id)
        .fetch_all(&self.reader)
        .await?;
        Ok(ids.into_iter().map(LessonId).collect())
    }

    /// Keeps what a model made of a lesson's picture. Errors: [`StoreError::NotFound`] for a lesson that is gone.
    pub async fn put_lesson_vector(&self, id: LessonId, model_id: &str, vector: &[u8]) -> Result<(), StoreError> {
        let done = sqlx::query(
            "INSERT INTO lesson_vector (lesson_id, model_id, vector) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET vector = excluded.vector",
        )
        .bind(id.0)
        .bind(model_id)
        .bind(vector)
        .execute(&self.writer)
        .await;
        kept_of(done, || format!("lesson {id}")).map(|_| ())
    }

    /// Takes a lesson back. Errors: [`StoreError::NotFound`].
    pub async fn remove_lesson(&self, id: LessonId) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM lesson WHERE id = ?").bind(id.0).execute(&self.writer).await?;
        if done.rows_affected() == 0 { Err(StoreError::NotFound(format!("lesson {id}"))) } else { Ok(()) }
    }

    /// Takes all lessons back; answers how many there were.
    pub async fn remove_all_lessons(&self) -> Result<u64, StoreError> {
        Ok(sqlx::query("DELETE FROM lesson").execute(&self.writer).await?.rows_affected())
    }
}

/// A product goes: what was learned of it and of further variants stays, and is of those.
pub(crate) async fn pass_on(tx: &mut SqliteConnection, sku: &Sku) -> Result<(), StoreError> {
    const STEPS: [&str; 2] = [
        "UPDATE lesson SET sku = (SELECT min(v.sku) FROM lesson_variant v WHERE v.lesson_id = lesson.id AND v.sku <> ?1)
         WHERE sku = ?1 AND EXISTS (SELECT 1 FROM lesson_variant v WHERE v.lesson_id = lesson.id AND v.sku <> ?1)",
        "DELETE FROM lesson_variant WHERE sku = ?1 OR sku = (SELECT l.sku FROM lesson l WHERE l.id = lesson_id)",
    ];
    for step in STEPS {
        sqlx::query(step).bind(sku.as_str()).execute(&mut *tx).await?;
    }
    Ok(())
}
