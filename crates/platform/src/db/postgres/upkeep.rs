//! What is forgotten: chat in the feed, chat of shows, what viewers looked at. Each call is one short transaction.
//!
//! Results of changes are not among it: a device that lost its platform or its own last days sends all its changes again,
//! however old, and each is known by its row here alone.

use super::PostgresStore;
use crate::db::{StoreError, UpkeepStore};
use async_trait::async_trait;
use hawker_domain::SellerId;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Numbers of a feed looked at in one step: some milliseconds of the writer.
const STEP: i64 = 500;

#[async_trait]
impl UpkeepStore for PostgresStore {
    async fn thin_feed(&self, before_us: i64) -> Result<bool, StoreError> {
        // Numbers are given in the order of time, so where the last of a step is old, all of them are. The newest entries of
        // a feed fill no step, so they stay, and with them the head that the next entry follows.
        let next: Option<(Uuid, i64)> = query_as(
            "SELECT s.seller_id, s.feed_thinned_seq FROM sellers s
             JOIN feed f ON f.seller_id = s.seller_id AND f.server_seq = s.feed_thinned_seq + $1
             WHERE f.at_us < $2 LIMIT 1",
        )
        .bind(STEP)
        .bind(before_us)
        .fetch_optional(&self.read)
        .await?;
        let Some((seller, from)) = next else { return Ok(false) };
        let mut tx = self.begin_for(SellerId(seller)).await?;
        let here: i64 = query_scalar("SELECT feed_thinned_seq FROM sellers WHERE seller_id = $1")
            .bind(seller)
            .fetch_one(&mut *tx)
            .await?;
        if here != from {
            // Another platform did this step meanwhile.
            return Ok(true);
        }
        // The entry before one that stays keeps its head: it proves that one. So does the last of the step.
        query(
            "DELETE FROM feed WHERE seller_id = $1 AND server_seq > $2 AND server_seq < $2 + $3
             AND event LIKE '{\"kind\":\"chat\",%'
             AND EXISTS (SELECT 1 FROM feed after WHERE after.seller_id = $1 AND after.server_seq = feed.server_seq + 1
                 AND after.event LIKE '{\"kind\":\"chat\",%')",
        )
        .bind(seller)
        .bind(from)
        .bind(STEP)
        .execute(&mut *tx)
        .await?;
        query("UPDATE sellers SET feed_thinned_seq = $1 WHERE seller_id = $2")
            .bind(from + STEP)
            .bind(seller)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn forget_behaviour(&self, before_us: i64, limit: u32) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        // The oldest rows come first, and only they are looked at.
        let done = query(
            "DELETE FROM behaviour WHERE behaviour_no IN (SELECT behaviour_no FROM
                 (SELECT behaviour_no, at_us FROM behaviour ORDER BY behaviour_no LIMIT $1) oldest WHERE at_us < $2)",
        )
        .bind(i64::from(limit))
        .bind(before_us)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    async fn forget_chat(&self, before_us: i64, limit: u32) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let done = query(
            "DELETE FROM chat WHERE chat_no IN (SELECT chat_no FROM
                 (SELECT chat_no, at_us FROM chat ORDER BY chat_no LIMIT $1) oldest WHERE at_us < $2)",
        )
        .bind(i64::from(limit))
        .bind(before_us)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}
