//! What becomes of a claim: at the comment, at the desk's answer, at the pay link and when its time is over.

pub use crate::db::shared::claims::Comment;

use super::{left, queue, rows, rows::Row};
use crate::{
    db::{
        Held, NewReservation, ReserveError, StockNews, StoreError,
        shared::claims::skus,
        sqlite::{Tx, offer_limits, offers::Asker, payments, read_back, reservations, rights, shows},
    },
    refusal,
};
use hawker_domain::{
    ClaimId, Money, MoneyError, ReservationId, SellerId, ShowId, Sku, ViewerId,
    claim::{
        Answer, Claim, ClaimAnswer, ClaimEvent, ClaimLine, ClaimState, Decision, Heard, Question, RefusedWhy,
        ReservePolicy, Situation, TakenBack, WAITING_MAX, decide, take_away,
    },
    comment::Open,
};
use hawker_wire::{claim::ClaimRules, ops::OpResult};
use sqlx::query_as;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Claims of one viewer that a cancellation looks at.
const OPEN_MAX: u32 = 200;

/// Writes the claim down, and asks the desk or decides at once.
pub async fn take(
    tx: &mut Tx,
    seller: SellerId,
    comment: Comment<'_>,
    heard: Heard,
    news: &mut Vec<StockNews>,
) -> Result<(), StoreError> {
    // The show may have ended since the comment was let in; what is said after is chat.
    if !is_running(tx, comment.show).await? {
        return Ok(());
    }
    let Some(rules) = rows::open_rules(tx, comment.show).await? else { return Ok(()) };
    let Comment { claim_id, show, chat_id, viewer, name, said, now_us } = comment;
    let mut claim = Claim {
        claim_id,
        show_id: show,
        chat_id,
        viewer,
        name,
        text: said.text.clone(),
        lines: Vec::new(),
        confidence: None,
        question: None,
        at: said.at,
        state: ClaimState::Heard,
        heard_at_us: now_us,
    };
    match heard {
        Heard::Claim { lines, confidence } => {
            (claim.lines, claim.confidence) = (lines, Some(confidence));
        }
        Heard::Question { why, ways } => claim.question = Some(Question { why, ways }),
        Heard::Cancel { .. } | Heard::Nothing => return Ok(()),
    }
    if claim.question.is_none() && pays_together(tx, seller, &claim.lines).await?.is_err() {
        // Two currencies: a person has to make two of it.
        let ways = vec![std::mem::take(&mut claim.lines)];
        claim.question = Some(Question { why: Open::Product, ways });
    }
    rows::insert(tx, seller, &claim).await?;
    let is_question = claim.question.is_some();
    let mut row = Row { claim, reservation: None };
    if is_question {
        return rows::step(tx, seller, &mut row, ClaimEvent::Ask, now_us).await;
    }
    settle(tx, seller, &mut row, &rules, now_us, news).await
}

/// What the desk says. A claim is answered once; dropping one that is open lets its goods go.
pub async fn answer(
    tx: &mut Tx,
    seller: SellerId,
    answer: &ClaimAnswer,
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<OpResult, StoreError> {
    if let Err(why) = answer.check() {
        return Ok(OpResult::rejected(why.to_string()));
    }
    let found = rows::find(tx, answer.claim_id).await?.filter(|(owner, _)| *owner == seller);
    let Some((_, mut row)) = found else { return Ok(refusal::claim_gone(answer.claim_id)) };
    let state = row.claim.state;
    match &answer.answer {
        Answer::Drop if state == ClaimState::Dropped => Ok(OpResult::Applied),
        Answer::Drop if !state.is_open() => Ok(refusal::claim_decided(state)),
        Answer::Drop => {
            if !drop_claim(tx, seller, &mut row, now_us, news).await? {
                return Ok(refusal::claim_being_paid());
            }
            news.extend(queue::promote(tx, seller, now_us).await?);
            Ok(OpResult::Applied)
        }
        Answer::Take { .. } if state != ClaimState::Asked => Ok(refusal::claim_decided(state)),
        Answer::Take { lines } => {
            if !is_running(tx, row.claim.show_id).await? {
                return Ok(refusal::claim_of_a_show_that_is_over());
            }
            if pays_together(tx, seller, lines).await?.is_err() {
                return Ok(refusal::claim_mixed());
            }
            row.claim.lines.clone_from(lines);
            let rules = rows::rules(tx, row.claim.show_id).await?.unwrap_or_default();
            settle(tx, seller, &mut row, &rules, now_us, news).await?;
            Ok(OpResult::Applied)
        }
    }
}

/// Takes back what a comment cancels. Goods that are being paid stay: the buyer decides there.
pub async fn cancel(
    tx: &mut Tx,
    seller: SellerId,
    (show, viewer): (ShowId, ViewerId),
    taken: &[TakenBack],
    now_us: i64,
) -> Result<Vec<StockNews>, StoreError> {
    let mut news = Vec::new();
    let found = rows::of_viewer(tx, show, viewer, OPEN_MAX).await?;
    let mut open: Vec<Row> = found.into_iter().map(|(_, row)| row).filter(|row| row.claim.state.is_open()).collect();
    let before: Vec<_> = open.iter().map(|row| (row.claim.claim_id, row.claim.lines.clone())).collect();
    for (claim_id, rest) in take_away(&before, taken) {
        let Some(row) = open.iter_mut().find(|row| row.claim.claim_id == claim_id) else { continue };
        if rest.is_empty() {
            drop_claim(tx, seller, row, now_us, &mut news).await?;
        } else {
            lessen(tx, seller, row, rest, now_us, &mut news).await?;
        }
    }
    news.extend(queue::promote(tx, seller, now_us).await?);
    Ok(news)
}

/// The goods of a claim that may be paid. The inner error is the claim's new state told to who pays; it is to be committed.
pub async fn hold_for_payment(
    tx: &mut Tx,
    claim: ClaimId,
    reservation_id: ReservationId,
    now_us: i64,
) -> Result<Result<Held, ReserveError>, StoreError> {
    let Some((seller, mut row)) = rows::find(tx, claim).await? else { return Ok(Err(ReserveError::Expired)) };
    let is_over = row.claim.state.until_us().is_some_and(|until_us| until_us <= now_us);
    match (row.claim.state, row.reservation) {
        (ClaimState::Paid, Some(reservation)) => held(tx, seller, reservation).await.map(Ok),
        (ClaimState::Reserved { .. }, Some(reservation)) => {
            // Whoever comes back while the payment is looked into may ask how it stands.
            let is_paying = payments::is_open(tx, reservation).await?;
            if is_over && !is_paying {
                return Ok(Err(ReserveError::Expired));
            }
            let offers_moved = !is_paying && price_within_limits(tx, seller, &row, reservation, now_us).await?;
            held(tx, seller, reservation).await.map(|held| Ok(Held { offers_moved, ..held }))
        }
        (ClaimState::Invited { until_us }, _) if !is_over => {
            if !rights::is_open(tx, seller).await? {
                return Ok(Err(ReserveError::Closed));
            }
            if let Err(why) = pays_together(tx, seller, &row.claim.lines).await? {
                rows::step(tx, seller, &mut row, ClaimEvent::RunOut, now_us).await?;
                return Ok(Err(ReserveError::Money(why)));
            }
            let rules = rows::rules(tx, row.claim.show_id).await?.unwrap_or_default();
            let there = left(tx, seller, &skus(&row.claim.lines)).await?;
            let short = row
                .claim
                .lines
                .iter()
                .find(|line| there.get(&line.sku).is_none_or(|there| *there < i64::from(line.qty)));
            let Some(short) = short else {
                return hold(tx, seller, &mut row, (reservation_id, until_us), &rules, now_us).await.map(Ok);
            };
            let (sku, left) = (short.sku.clone(), there.get(&short.sku).copied().unwrap_or(0));
            // In a show that is over nobody would end the waiting.
            let may_wait = rules.policy.waiting_list
                && is_running(tx, row.claim.show_id).await?
                && rows::queue(tx, seller).await?.len() < WAITING_MAX;
            if may_wait && there.contains_key(&sku) {
                queue::put(tx, seller, &mut row, now_us).await?;
            } else {
                let event = ClaimEvent::Refuse { why: RefusedWhy::SoldOut };
                rows::step(tx, seller, &mut row, event, now_us).await?;
            }
            Ok(Err(ReserveError::OutOfStock { sku, left }))
        }
        _ => Ok(Err(ReserveError::Expired)),
    }
}

/// Whose phone number has had what an offer gives one buyer gets the claim's goods at what they cost them now. True: pieces of offers
/// moved.
async fn price_within_limits(
    tx: &mut Tx,
    seller: SellerId,
    row: &Row,
    reservation: ReservationId,
    now_us: i64,
) -> Result<bool, StoreError> {
    if !offer_limits::is_over(tx, seller, reservation).await? {
        return Ok(false);
    }
    let shipping = rows::rules(tx, row.claim.show_id).await?.and_then(|rules| rules.shipping);
    let asker = Asker { seller, coupon: None, viewer: Some(row.claim.viewer), payer_page: None, now_us };
    reservations::reprice(tx, &asker, reservation, shipping.as_ref()).await
}

/// Holds the goods of a claim until `until_us`.
pub async fn hold(
    tx: &mut Tx,
    seller: SellerId,
    row: &mut Row,
    (reservation_id, until_us): (ReservationId, i64),
    rules: &ClaimRules,
    now_us: i64,
) -> Result<Held, StoreError> {
    let new = NewReservation {
        reservation_id,
        show: row.claim.show_id,
        // A page's own key has no space in it.
        idem_key: format!("claim {}", row.claim.claim_id),
        body_hash: [0; 32],
        lines: row.claim.lines.iter().map(|line| (line.sku.clone(), line.qty)).collect(),
        at: row.claim.at,
        viewer: Some(row.claim.viewer),
        shipping: rules.shipping,
        // No code comes by a comment: what is open to everybody counts.
        coupon: None,
        payer_page: None,
        now_us,
        expires_us: until_us,
    };
    // Levels and prices were looked at in this transaction.
    let held = reservations::take(tx, seller, &new).await.map_err(|error| match error {
        ReserveError::Store(error) => error,
        other => StoreError::Unreadable(format!("claim {}: {other}", row.claim.claim_id)),
    })?;
    row.reservation = Some(reservation_id);
    rows::step(tx, seller, row, ClaimEvent::Hold { until_us }, now_us).await?;
    Ok(held)
}

/// The time of a reservation is over; if a claim held it, so is the claim.
pub async fn run_out(tx: &mut Tx, seller: SellerId, reservation: ReservationId, now_us: i64) -> Result<(), StoreError> {
    let Some(mut row) = rows::of_reservation(tx, reservation).await? else { return Ok(()) };
    if !matches!(row.claim.state, ClaimState::Reserved { .. }) {
        return Ok(());
    }
    rows::step(tx, seller, &mut row, ClaimEvent::RunOut, now_us).await
}

/// A reservation was paid; if a claim held it, so is the claim.
pub async fn paid(tx: &mut Tx, seller: SellerId, reservation: ReservationId, now_us: i64) -> Result<(), StoreError> {
    let Some(mut row) = rows::of_reservation(tx, reservation).await? else { return Ok(()) };
    if !matches!(row.claim.state, ClaimState::Reserved { .. }) {
        return Ok(());
    }
    rows::step(tx, seller, &mut row, ClaimEvent::Pay, now_us).await
}

/// The decision of `hawker_domain::claim::decide`, carried out.
async fn settle(
    tx: &mut Tx,
    seller: SellerId,
    row: &mut Row,
    rules: &ClaimRules,
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<(), StoreError> {
    let there = left(tx, seller, &skus(&row.claim.lines)).await?;
    let taken = rows::taken(tx, row.claim.show_id, row.claim.viewer).await?;
    let queue = rows::queue(tx, seller).await?;
    let waiting = queue.len();
    let waited_for: BTreeSet<Sku> = queue.into_iter().flat_map(|one| one.lines).map(|line| line.sku).collect();
    let situation = Situation { left: &there, waited_for: &waited_for, waiting, taken: &taken };
    let until_us = now_us + rules.policy.hold_us();
    // While devices are asked what they have nobody knows what is there: the claim waits for it, also where there is no list.
    let is_open = rights::is_open(tx, seller).await?;
    let policy = ReservePolicy { waiting_list: rules.policy.waiting_list || !is_open, ..rules.policy };
    match decide(&policy, &row.claim.lines, situation) {
        Decision::Hold if !is_open && waiting < WAITING_MAX => queue::put(tx, seller, row, now_us).await,
        Decision::Hold if !is_open => {
            rows::step(tx, seller, row, ClaimEvent::Refuse { why: RefusedWhy::SoldOut }, now_us).await
        }
        Decision::Hold => {
            let reservation = ReservationId(Uuid::now_v7());
            news.extend(hold(tx, seller, row, (reservation, until_us), rules, now_us).await?.stock);
            Ok(())
        }
        Decision::Invite => rows::step(tx, seller, row, ClaimEvent::Invite { until_us }, now_us).await,
        Decision::Queue => queue::put(tx, seller, row, now_us).await,
        Decision::Refuse(why) => rows::step(tx, seller, row, ClaimEvent::Refuse { why }, now_us).await,
    }
}

/// False: it is being paid just now.
async fn drop_claim(
    tx: &mut Tx,
    seller: SellerId,
    row: &mut Row,
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<bool, StoreError> {
    if let Some(reservation) = row.reservation {
        if payments::is_open(tx, reservation).await? {
            return Ok(false);
        }
        news.extend(reservations::lessen(tx, seller, reservation, &[], None, now_us).await?);
    }
    rows::step(tx, seller, row, ClaimEvent::Drop, now_us).await?;
    rows::tell_waiting(tx, seller).await?;
    Ok(true)
}

/// Part of a claim is taken back. Goods that are being paid stay.
async fn lessen(
    tx: &mut Tx,
    seller: SellerId,
    row: &mut Row,
    rest: Vec<ClaimLine>,
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<(), StoreError> {
    if let Some(reservation) = row.reservation {
        if payments::is_open(tx, reservation).await? {
            return Ok(());
        }
        let shipping = rows::rules(tx, row.claim.show_id).await?.and_then(|rules| rules.shipping);
        news.extend(reservations::lessen(tx, seller, reservation, &rest, shipping.as_ref(), now_us).await?);
    }
    row.claim.lines = rest;
    rows::write(tx, seller, row, now_us).await
}

/// A reservation as it was made.
async fn held(tx: &mut Tx, seller: SellerId, reservation_id: ReservationId) -> Result<Held, StoreError> {
    let (minor, currency, expires_us): (i64, String, i64) =
        query_as("SELECT total_minor, currency, expires_us FROM reservations WHERE reservation_id = ?")
            .bind(reservation_id.0)
            .fetch_one(&mut **tx)
            .await?;
    let total = Money::new(minor, read_back("currency", currency.parse())?);
    Ok(Held { reservation_id, seller, total, expires_us, stock: Vec::new(), offers_moved: false })
}

/// What lines cost together now. The inner error: they are in two currencies, or no sum that can be.
pub async fn pays_together(
    tx: &mut Tx,
    seller: SellerId,
    lines: &[ClaimLine],
) -> Result<Result<Money, MoneyError>, StoreError> {
    let priced = rows::priced(tx, seller, lines).await?;
    Ok(reservations::sums(&priced, None).map(|(goods, _)| goods))
}

async fn is_running(tx: &mut Tx, show: ShowId) -> Result<bool, StoreError> {
    Ok(matches!(shows::owner(tx, show).await?, Some((_, false))))
}
