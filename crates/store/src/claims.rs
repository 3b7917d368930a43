//! Orders from comments: told by the platform, answered here.

use crate::{Store, StoreError, error::unreadable, outbox};
use hawker_domain::{
    ClaimId, ShowId,
    claim::{Answer, Claim, ClaimAnswer, ClaimState},
};
use hawker_wire::ops::OpPayload;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// A claim as this device knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptClaim {
    pub claim: Claim,
    /// The desk has answered, and the platform has not said yet what came of it.
    pub is_answered: bool,
}

/// Which claims are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClaimsOf {
    /// None: of all shows.
    pub show: Option<ShowId>,
    /// What waits for the desk alone.
    pub questions: bool,
}

impl Store {
    /// Claims, the oldest first: the newest `limit` of them.
    pub async fn claims(&self, of: ClaimsOf, limit: u32) -> Result<Vec<KeptClaim>, StoreError> {
        let rows = sqlx::query(
            "SELECT c.body, c.state = 'asked' AND EXISTS (SELECT 1 FROM outbox o WHERE o.op_id = c.answer_op AND o.state <> 'rejected')
                 AS is_answered
             FROM claim c WHERE (?1 IS NULL OR c.show_id = ?1) AND (?2 = 0 OR c.state = 'asked')
             ORDER BY c.heard_at_us DESC, c.claim_id DESC LIMIT ?3",
        )
        .bind(of.show.map(|show| show.0))
        .bind(of.questions)
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().rev().map(kept).collect()
    }

    /// Answers a claim: the note and the op that reports it, in one transaction; it reaches the platform when there is a network.
    /// Errors: no such claim, one that is no question any more or has been answered ([`StoreError::Conflict`]), an answer that can't be right
    /// ([`StoreError::BadInput`]).
    pub async fn answer_claim(&self, answer: &ClaimAnswer) -> Result<(), StoreError> {
        answer.check().map_err(|why| StoreError::BadInput(why.to_string()))?;
        let mut tx = self.begin().await?;
        let known = find(&mut tx, answer.claim_id).await?;
        let KeptClaim { claim, is_answered } =
            known.ok_or_else(|| StoreError::NotFound(format!("claim {}", answer.claim_id)))?;
        let state = claim.state;
        let may = match answer.answer {
            Answer::Take { .. } => state == ClaimState::Asked,
            Answer::Drop => state.is_open(),
        };
        if !may {
            let why = format!("claim {} is {} by now", answer.claim_id, state.as_str());
            return Err(StoreError::Conflict(why));
        }
        if is_answered {
            let why = format!("claim {} was answered before; the answer is on its way", answer.claim_id);
            return Err(StoreError::Conflict(why));
        }
        let payload = OpPayload::ClaimAnswered { answer: answer.clone() };
        let op_id = outbox::enqueue(&mut tx, &payload, self.clock.now_us()).await?;
        sqlx::query("UPDATE claim SET answer_op = ? WHERE claim_id = ?")
            .bind(op_id.0)
            .bind(answer.claim_id.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }
}

/// What the platform says of a claim stands.
pub(crate) async fn told(tx: &mut SqliteConnection, claim: &Claim) -> Result<(), StoreError> {
    let body = serde_json::to_string(claim).map_err(|why| unreadable("claim", why))?;
    sqlx::query(
        "INSERT INTO claim (claim_id, show_id, body, state, heard_at_us) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (claim_id) DO UPDATE SET body = excluded.body, state = excluded.state",
    )
    .bind(claim.claim_id.0)
    .bind(claim.show_id.0)
    .bind(body)
    .bind(claim.state.as_str())
    .bind(claim.heard_at_us)
    .execute(tx)
    .await?;
    Ok(())
}

/// True where nothing can become of a claim any more.
pub(crate) async fn is_over(tx: &mut SqliteConnection, claim: ClaimId) -> Result<bool, StoreError> {
    Ok(find(tx, claim).await?.is_some_and(|known| !known.claim.state.is_open()))
}

async fn find(tx: &mut SqliteConnection, claim: ClaimId) -> Result<Option<KeptClaim>, StoreError> {
    let row = sqlx::query(
        "SELECT c.body, c.state = 'asked' AND EXISTS (SELECT 1 FROM outbox o WHERE o.op_id = c.answer_op AND o.state <> 'rejected')
             AS is_answered
         FROM claim c WHERE c.claim_id = ?",
    )
    .bind(claim.0)
    .fetch_optional(tx)
    .await?;
    row.as_ref().map(kept).transpose()
}

fn kept(row: &SqliteRow) -> Result<KeptClaim, StoreError> {
    let claim = serde_json::from_str(row.try_get("body")?).map_err(|why| unreadable("claim", why))?;
    Ok(KeptClaim { claim, is_answered: row.try_get("is_answered")? })
}
