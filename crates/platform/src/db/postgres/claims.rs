//! Orders from comments: heard, decided, held, waited for and paid, each inside one transaction.
//!
//! Whoever changes a seller's goods or claims holds the seller's lock: what is promised to a comment is taken from the pool
//! in the transaction that keeps the comment.

mod decide;
mod queue;
mod rows;

pub(super) use decide::{answer, paid, run_out};
pub(super) use queue::{end_waiting, promote};

use super::{PostgresStore, Tx, feed, offers::Asker, payments, read_back, reservations, shows, to_i64};
use crate::db::{
    ChangeShowError, ClaimPage, ClaimStore, Claimable, Held, NewChat, OwnRows, Pinned, ReserveError, StockNews,
    StoreError,
};
use async_trait::async_trait;
use hawker_domain::{
    ClaimId, Currency, Money, ReservationId, SellerId, ShowId, ShowMs, Sku, Variant, ViewerId,
    claim::{ClaimState, Goods, Heard, place},
    order::total,
    person::PersonName,
};
use hawker_wire::{claim::ClaimRules, feed::FeedEvent, viewer::PublicPin};
use rows::{KeptRules, Row};
use sqlx::{query, query_as, query_scalar};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Most claims that a page shows: a viewer's open ones and the newest of those that are over.
const OWN_MAX: u32 = 20;
/// Invitations ended in one transaction.
const ENDED_BATCH: u32 = 100;

#[async_trait]
impl ClaimStore for PostgresStore {
    async fn put_claim_rules(
        &self,
        seller: SellerId,
        show: ShowId,
        rules: Option<&ClaimRules>,
    ) -> Result<(), ChangeShowError> {
        let mut tx = self.begin_for(seller).await?;
        shows::owned_and_running(&mut tx, seller, show).await?;
        let kept = match rules {
            Some(rules) => Some(KeptRules { rules: rules.clone(), is_off: false }),
            None => rows::kept_rules(&mut tx, show).await?.map(|kept| KeptRules { is_off: true, ..kept }),
        };
        let kept = kept.as_ref().map(serde_json::to_string).transpose();
        query("UPDATE shows SET claim_rules = $1 WHERE show_id = $2 AND seller_id = $3")
            .bind(read_back("claim rules", kept)?)
            .bind(show.0)
            .bind(seller.0)
            .execute(&mut *tx)
            .await
            .map_err(StoreError::from)?;
        Ok(tx.commit().await.map_err(StoreError::from)?)
    }

    async fn claimable(&self, show: ShowId, at: Option<ShowMs>) -> Result<Option<Claimable>, StoreError> {
        let row: Option<(Uuid, String, String, Option<String>)> = query_as(
            "SELECT s.seller_id, l.shop_name, s.running_order, s.claim_rules
             FROM shows s JOIN sellers l USING (seller_id) WHERE s.show_id = $1",
        )
        .bind(show.0)
        .fetch_optional(&self.read)
        .await?;
        let Some((seller, shop_name, running_order, rules)) = row else { return Ok(None) };
        let Some(KeptRules { rules, is_off: false }) = rows::read_rules(rules.as_deref())? else { return Ok(None) };
        let running_order: Vec<Sku> = read_back("running order", serde_json::from_str(&running_order))?;
        let pin = self.pin_at(show, at).await?;
        let shown = pin.clone().map(|pin| PublicPin { sku: Some(pin.sku), variants: Vec::new(), at: ShowMs(0) });
        let shelf = self.read_shelf(SellerId(seller), show, running_order.clone(), shown.as_ref()).await?;
        let mut names: HashMap<&Sku, (&Vec<String>, &Option<Variant>)> =
            rules.names.iter().map(|one| (&one.sku, (&one.aliases, &one.variant))).collect();
        let goods = shelf
            .into_iter()
            .map(|product| {
                let named = names.remove(&product.sku);
                Goods {
                    aliases: named.map(|(aliases, _)| aliases.clone()).unwrap_or_default(),
                    variant: named.and_then(|(_, variant)| variant.clone()),
                    is_numbered: running_order.contains(&product.sku),
                    price_minor: product.price.minor,
                    title: product.title,
                    sku: product.sku,
                }
            })
            .collect();
        Ok(Some(Claimable { shop_name, rules, goods, pin }))
    }

    async fn hear(&self, chat: NewChat) -> Result<Option<Vec<StockNews>>, StoreError> {
        let mut tx = self.begin_for(chat.seller).await?;
        let NewChat { seller, show, chat_id, said, viewer, heard, claim_id, now_us } = chat;
        let kept = query(
            "INSERT INTO chat (seller_id, show_id, author, body, at_ms, at_us, chat_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT DO NOTHING",
        )
        .bind(seller.0)
        .bind(show.0)
        .bind(&said.from)
        .bind(&said.text)
        .bind(said.at.map(|at| to_i64(at.0)))
        .bind(now_us)
        .bind(chat_id.0)
        .execute(&mut *tx)
        .await?;
        if kept.rows_affected() == 0 {
            return Ok(None);
        }
        let event = FeedEvent::Chat { show_id: show, from: said.from.clone(), text: said.text.clone(), at: said.at };
        feed::append(&mut tx, seller, &event, now_us).await?;
        let mut news = Vec::new();
        let name = PersonName::new(&said.from).masked();
        match (viewer, heard) {
            (None, _) | (_, Heard::Nothing) => {}
            (Some(viewer), Heard::Cancel { lines }) => {
                news = decide::cancel(&mut tx, seller, (show, viewer), &lines, now_us).await?;
            }
            (Some(viewer), heard) => {
                let claim = decide::Comment { claim_id, show, chat_id, viewer, name, said: &said, now_us };
                decide::take(&mut tx, seller, claim, heard, &mut news).await?;
            }
        }
        tx.commit().await?;
        Ok(Some(news))
    }

    async fn own_claims(&self, show: ShowId, viewer: ViewerId) -> Result<OwnRows, StoreError> {
        // One state of the list for all places.
        let mut tx = self.begin_to_read().await?;
        let found = rows::of_viewer(&mut tx, show, viewer, OWN_MAX).await?;
        let Some((seller, _)) = found.first() else { return Ok(OwnRows::default()) };
        let seller = *seller;
        let waits = found.iter().any(|(_, row)| matches!(row.claim.state, ClaimState::Waiting { .. }));
        // The list of a large show is long, and most who ask are not on it.
        let queue = if waits { rows::queue(&mut tx, seller).await? } else { Vec::new() };
        let mut own = OwnRows::default();
        for (_, Row { mut claim, .. }) in found {
            if let (ClaimState::Waiting { .. }, Some(place)) = (claim.state, place(&queue, claim.claim_id)) {
                claim.state = ClaimState::Waiting { place };
            }
            for line in &claim.lines {
                if !own.titles.contains_key(&line.sku) {
                    own.titles.insert(line.sku.clone(), rows::title(&mut tx, seller, &line.sku).await?);
                }
            }
            own.claims.push(claim);
        }
        Ok(own)
    }

    async fn claim_page(&self, claim: ClaimId, now_us: i64) -> Result<Option<ClaimPage>, StoreError> {
        let mut tx = self.begin_to_read().await?;
        let Some((seller, mut row)) = rows::find(&mut tx, claim).await? else { return Ok(None) };
        if let ClaimState::Waiting { place: then } = row.claim.state {
            let place = place(&rows::queue(&mut tx, seller).await?, claim).unwrap_or(then);
            row.claim.state = ClaimState::Waiting { place };
        }
        let (title, shop_name, is_running, rules): (String, String, bool, Option<String>) = query_as(
            "SELECT s.title, l.shop_name, s.ended_us IS NULL, s.claim_rules
             FROM shows s JOIN sellers l USING (seller_id) WHERE s.show_id = $1",
        )
        .bind(row.claim.show_id.0)
        .fetch_one(&mut *tx)
        .await?;
        let rules = rows::read_rules(rules.as_deref())?.map(|kept| kept.rules);
        let mut is_paying = false;
        let (lines, shipping) = match row.reservation {
            Some(reservation) => {
                is_paying = payments::is_open(&mut tx, reservation).await?;
                reservations::lines_of(&mut tx, reservation).await?
            }
            None => {
                let asker = Asker { seller, coupon: None, viewer: Some(row.claim.viewer), payer_page: None, now_us };
                let lines = rows::quoted(&mut tx, &asker, &row.claim.lines).await?;
                match reservations::sums(&lines, rules.and_then(|rules| rules.shipping).as_ref()) {
                    Ok((_, fee)) => (lines, fee),
                    // What can't be paid together costs nothing together.
                    Err(_) => (Vec::new(), Money::new(0, Currency::CNY)),
                }
            }
        };
        let goods = read_back("total", total(&lines, shipping.currency))?;
        Ok(Some(ClaimPage { claim: row.claim, title, shop_name, is_running, lines, goods, shipping, is_paying }))
    }

    async fn hold_claim(&self, claim: ClaimId, reservation: ReservationId, now_us: i64) -> Result<Held, ReserveError> {
        let seller = self.seller_of("SELECT seller_id FROM claims WHERE claim_id = $1", claim.0).await?;
        let seller = seller.ok_or(ReserveError::Expired)?;
        let mut tx = self.begin_for(seller).await?;
        let held = decide::hold_for_payment(&mut tx, seller, claim, reservation, now_us).await?;
        // Also where others were faster: the claim waits now, or is over.
        tx.commit().await.map_err(StoreError::from)?;
        held
    }

    async fn end_invitations(&self, now_us: i64) -> Result<(), StoreError> {
        let due: Vec<Uuid> =
            query_scalar("SELECT DISTINCT seller_id FROM claims WHERE state = 'invited' AND until_us <= $1")
                .bind(now_us)
                .fetch_all(&self.read)
                .await?;
        // One at a time: who holds one seller's lock waits for nobody else's.
        for seller in due.into_iter().map(SellerId) {
            match self.end_invitations_of(seller, now_us).await {
                Err(error) if error.is_of_one_seller() => {
                    tracing::error!(%error, seller.id = %seller, "invitations of a shop could not end; next try soon");
                }
                ended => ended?,
            }
        }
        Ok(())
    }

    async fn sellers_waited_for(&self) -> Result<Vec<SellerId>, StoreError> {
        let rows: Vec<Uuid> =
            query_scalar("SELECT DISTINCT seller_id FROM claims WHERE state = 'waiting'").fetch_all(&self.read).await?;
        Ok(rows.into_iter().map(SellerId).collect())
    }

    async fn promote(&self, seller: SellerId, now_us: i64) -> Result<Vec<StockNews>, StoreError> {
        let mut tx = self.begin_for(seller).await?;
        let news = queue::promote(&mut tx, seller, now_us).await?;
        tx.commit().await?;
        Ok(news)
    }

    async fn claims_to_tell(&self) -> Result<Vec<(SellerId, ViewerId)>, StoreError> {
        // What a transaction has in hand just now is told once that one stands; nobody waits for its rows here.
        let rows: Vec<(Uuid, Uuid)> = query_as(
            "UPDATE claims SET told = TRUE WHERE claim_no IN (
                 SELECT claim_no FROM claims WHERE NOT told FOR UPDATE SKIP LOCKED) RETURNING seller_id, viewer_id",
        )
        .fetch_all(&self.write)
        .await?;
        Ok(rows.into_iter().map(|(seller, viewer)| (SellerId(seller), ViewerId(viewer))).collect())
    }
}

impl PostgresStore {
    async fn end_invitations_of(&self, seller: SellerId, now_us: i64) -> Result<(), StoreError> {
        let mut tx = self.begin_for(seller).await?;
        queue::end_invitations(&mut tx, seller, now_us, ENDED_BATCH).await?;
        Ok(tx.commit().await?)
    }

    /// What was pinned when the picture was at `at`, or what is now.
    async fn pin_at(&self, show: ShowId, at: Option<ShowMs>) -> Result<Option<Pinned>, StoreError> {
        let row: Option<(Option<String>, String)> = query_as(
            "SELECT sku, variants FROM pins WHERE show_id = $1 AND at_ms <= $2 ORDER BY at_ms DESC, pin_no DESC LIMIT 1",
        )
        .bind(show.0)
        .bind(at.map_or(i64::MAX, |at| to_i64(at.0)))
        .fetch_optional(&self.read)
        .await?;
        let Some((Some(sku), variants)) = row else { return Ok(None) };
        let variants: Vec<Sku> = read_back("pinned variants", serde_json::from_str(&variants))?;
        Ok(Some(Pinned { sku: read_back("sku", Sku::new(&sku))?, is_open: variants.len() > 1 }))
    }
}

/// What each of these products still has to promise; one that is not sold is left out.
async fn left(tx: &mut Tx, seller: SellerId, skus: &[Sku]) -> Result<BTreeMap<Sku, i64>, StoreError> {
    let mut left = BTreeMap::new();
    for sku in skus {
        let pool: Option<i64> = query_scalar(
            "SELECT s.pool FROM stock s JOIN listings l USING (seller_id, sku)
             WHERE s.seller_id = $1 AND s.sku = $2 AND l.listed",
        )
        .bind(seller.0)
        .bind(sku.as_str())
        .fetch_optional(&mut **tx)
        .await?;
        if let Some(pool) = pool {
            left.insert(sku.clone(), pool);
        }
    }
    Ok(left)
}
