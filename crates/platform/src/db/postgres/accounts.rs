//! Sellers and their tokens.

use super::{PostgresStore, Tx};
use crate::db::{AccountStore, Hash, NewSeller, NewTokens, Refreshed, SignedIn, StoreError};
use async_trait::async_trait;
use hawker_domain::SellerId;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

#[async_trait]
impl AccountStore for PostgresStore {
    async fn create_seller(&self, new: NewSeller) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = query(
            "INSERT INTO sellers (seller_id, email, password_hash, shop_name, created_us) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT ((lower(email))) DO NOTHING",
        )
        .bind(new.seller_id.0)
        .bind(new.email)
        .bind(new.password_hash)
        .bind(new.shop_name)
        .bind(new.at_us)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    async fn seller_by_email(&self, email: &str) -> Result<Option<(SellerId, String)>, StoreError> {
        // No text of PostgreSQL's has that sign, and asked with it, it fails.
        if email.contains('\0') {
            return Ok(None);
        }
        // As the index has it: ASCII letters alone are folded, whatever the database's locale is.
        let row: Option<(Uuid, String)> =
            query_as("SELECT seller_id, password_hash FROM sellers WHERE lower(email) = lower($1 COLLATE \"C\")")
                .bind(email)
                .fetch_optional(&self.read)
                .await?;
        Ok(row.map(|(seller, hash)| (SellerId(seller), hash)))
    }

    async fn issue_tokens(&self, seller: SellerId, proven: &str, tokens: NewTokens) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        // Waits for a change of the password, and for nothing else that is done for the seller.
        let stands: Option<i32> =
            query_scalar("SELECT 1 FROM sellers WHERE seller_id = $1 AND password_hash = $2 FOR KEY SHARE")
                .bind(seller.0)
                .bind(proven)
                .fetch_optional(&mut *tx)
                .await?;
        if stands.is_none() {
            return Ok(false);
        }
        open_family(&mut tx, seller, &tokens).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn change_password(
        &self,
        seller: SellerId,
        before: &str,
        after: &str,
        tokens: NewTokens,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin_for(seller).await?;
        // Log-ins that are under way are waited for, and end below; those that come wait, and find another password.
        query("SELECT 1 FROM sellers WHERE seller_id = $1 FOR UPDATE").bind(seller.0).execute(&mut *tx).await?;
        let changed = query("UPDATE sellers SET password_hash = $1 WHERE seller_id = $2 AND password_hash = $3")
            .bind(after)
            .bind(seller.0)
            .bind(before)
            .execute(&mut *tx)
            .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        // A refresh that is under way holds its family: it is waited for, and what it gave out ends with the family.
        query("UPDATE token_families SET revoked_us = $1 WHERE seller_id = $2 AND revoked_us IS NULL")
            .bind(tokens.at_us)
            .bind(seller.0)
            .execute(&mut *tx)
            .await?;
        open_family(&mut tx, seller, &tokens).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn rotate_refresh(&self, used: Hash, tokens: NewTokens) -> Result<Refreshed, StoreError> {
        let mut tx = self.begin().await?;
        // Of two that use the same token at once, the second sees that it was used.
        let row: Option<(Uuid, Uuid, i64, Option<i64>, Option<i64>)> = query_as(
            "SELECT f.family_id, f.seller_id, r.expires_us, r.used_us, f.revoked_us
             FROM refresh_tokens r JOIN token_families f USING (family_id) WHERE r.hash = $1 FOR UPDATE",
        )
        .bind(&used[..])
        .fetch_optional(&mut *tx)
        .await?;
        let (family, seller) = match row {
            Some((family, seller, _, Some(_), None)) => {
                revoke(&mut tx, family, tokens.at_us).await?;
                tx.commit().await?;
                return Ok(Refreshed::Reused(SellerId(seller)));
            }
            Some((family, seller, expires_us, None, None)) if expires_us > tokens.at_us => (family, seller),
            _ => return Ok(Refreshed::Refused),
        };
        query("UPDATE refresh_tokens SET used_us = $1 WHERE hash = $2")
            .bind(tokens.at_us)
            .bind(&used[..])
            .execute(&mut *tx)
            .await?;
        insert_tokens(&mut tx, family, &tokens).await?;
        tx.commit().await?;
        Ok(Refreshed::Rotated(SellerId(seller)))
    }

    async fn seller_of_access(&self, access: Hash, now_us: i64) -> Result<Option<SignedIn>, StoreError> {
        let found: Option<(Uuid, Option<i64>)> = query_as(
            "SELECT f.seller_id, d.revoked_us FROM access_tokens a JOIN token_families f ON f.family_id = a.family_id
             LEFT JOIN devices d ON d.seller_id = f.seller_id AND d.device_id = f.device_id
             WHERE a.hash = $1 AND a.expires_us > $2 AND f.revoked_us IS NULL",
        )
        .bind(&access[..])
        .bind(now_us)
        .fetch_optional(&self.read)
        .await?;
        Ok(found.map(|(seller, revoked_us)| SignedIn { seller: SellerId(seller), is_revoked: revoked_us.is_some() }))
    }

    async fn forget_expired_tokens(&self, now_us: i64) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        query("DELETE FROM access_tokens WHERE expires_us <= $1").bind(now_us).execute(&mut *tx).await?;
        // A used refresh token stays until it would have run out: its second use must still be noticed.
        query("DELETE FROM refresh_tokens WHERE expires_us <= $1").bind(now_us).execute(&mut *tx).await?;
        let families = query(
            "DELETE FROM token_families WHERE NOT EXISTS (SELECT 1 FROM refresh_tokens r
                 WHERE r.family_id = token_families.family_id)
             AND NOT EXISTS (SELECT 1 FROM access_tokens a WHERE a.family_id = token_families.family_id)",
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(families.rows_affected())
    }
}

async fn open_family(tx: &mut Tx, seller: SellerId, tokens: &NewTokens) -> Result<(), StoreError> {
    let family = Uuid::now_v7();
    query("INSERT INTO token_families (family_id, seller_id, created_us) VALUES ($1, $2, $3)")
        .bind(family)
        .bind(seller.0)
        .bind(tokens.at_us)
        .execute(&mut **tx)
        .await?;
    insert_tokens(tx, family, tokens).await
}

async fn insert_tokens(tx: &mut Tx, family: Uuid, tokens: &NewTokens) -> Result<(), StoreError> {
    query("INSERT INTO access_tokens (hash, family_id, expires_us) VALUES ($1, $2, $3)")
        .bind(&tokens.access[..])
        .bind(family)
        .bind(tokens.access_expires_us)
        .execute(&mut **tx)
        .await?;
    query("INSERT INTO refresh_tokens (hash, family_id, expires_us) VALUES ($1, $2, $3)")
        .bind(&tokens.refresh[..])
        .bind(family)
        .bind(tokens.refresh_expires_us)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn revoke(tx: &mut Tx, family: Uuid, now_us: i64) -> Result<(), StoreError> {
    query("UPDATE token_families SET revoked_us = $1 WHERE family_id = $2")
        .bind(now_us)
        .bind(family)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
