//! Orders from comments: what a comment is read as, what its viewer is told, and the pay link.
//!
//! The store decides, in the transaction of the comment; this reads the comment before and tells of what came of it after.

use super::{catalogue::tell_stock, offers, orders, pay_link, pay_link::PayToken, updates};
use crate::{
    db::{ClaimPage, Claimable, OwnRows, StoreError},
    error::ApiError,
    limits::FEED_WAIT,
    state::{App, sha256},
};
use axum::http::StatusCode;
use hawker_domain::{
    ClaimId, ReservationId, SellerId, ShowId, ShowMs, ViewerId,
    claim::{Claim, ClaimShelf, ClaimState, Heard},
    comment::KeywordRules,
};
use hawker_wire::{
    ErrorCode,
    claim::{
        AskClaims, ClaimPayUrl, ClaimRules, ClaimStand, ClaimToPay, FEE_MAX_MINOR, KEYWORDS_MAX_CHARS, OwnClaim,
        OwnClaims, OwnLine, PayLine, PutClaimRules,
    },
    viewer::{PublicProduct, Reservation},
};
use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
use uuid::Uuid;

/// Most products with names of their own, and most names of one.
const NAMES_MAX: usize = 500;
const ALIASES_MAX: usize = 20;
/// Shelves kept ready. One takes some hundred kilobytes with a full running order.
const SHELVES: usize = 64;

/// The shelves of shows, ready to read comments with; made anew when what they were made of has changed.
#[derive(Default)]
pub struct Shelves(Mutex<HashMap<ShowId, (u64, Arc<ClaimShelf>)>>);

impl Shelves {
    fn of(&self, show: ShowId, found: &Claimable) -> Arc<ClaimShelf> {
        let mut hasher = DefaultHasher::new();
        (&found.goods, &found.rules.keywords, &found.shop_name).hash(&mut hasher);
        let made_of = hasher.finish();
        let known = lock(&self.0).get(&show).filter(|(of, _)| *of == made_of).map(|(_, shelf)| Arc::clone(shelf));
        known.unwrap_or_else(|| {
            let keywords: KeywordRules = found.rules.keywords.parse().unwrap_or_default();
            let staff = vec![found.shop_name.clone()];
            let shelf = Arc::new(ClaimShelf::new(&found.goods, staff, &keywords, hawker_text::fold));
            let mut shelves = lock(&self.0);
            if shelves.len() >= SHELVES {
                shelves.clear();
            }
            shelves.insert(show, (made_of, Arc::clone(&shelf)));
            shelf
        })
    }
}

/// Sets how comments of a show buy. Errors: rules that can't be ones.
pub async fn put_rules(app: &App, seller: SellerId, show: ShowId, form: PutClaimRules) -> Result<(), ApiError> {
    if let Some(rules) = &form.rules {
        check(rules)?;
    }
    app.store.put_claim_rules(seller, show, form.rules.as_ref()).await?;
    // Pages show the numbers that comments go by.
    super::catalogue::tell_shelf(app, show).await
}

fn check(rules: &ClaimRules) -> Result<(), ApiError> {
    rules.policy.check().map_err(|why| ApiError::bad_input(why.to_string()))?;
    if rules.keywords.chars().count() > KEYWORDS_MAX_CHARS {
        return Err(ApiError::bad_input(format!("\"keywords\" must have at most {KEYWORDS_MAX_CHARS} characters")));
    }
    rules.keywords.parse::<KeywordRules>().map_err(|why| ApiError::bad_input(why.to_string()))?;
    if let Some(shipping) = &rules.shipping {
        let amounts = [Some(shipping.fee), shipping.free_from];
        if amounts.iter().flatten().any(|amount| !(0..=FEE_MAX_MINOR).contains(&amount.minor)) {
            return Err(ApiError::bad_input("shipping must cost between 0 and 10,000,000,000"));
        }
        if shipping.free_from.is_some_and(|from| from.currency != shipping.fee.currency) {
            return Err(ApiError::bad_input("\"free_from\" must be in the fee's currency"));
        }
    }
    if rules.names.len() > NAMES_MAX || rules.names.iter().any(|one| one.aliases.len() > ALIASES_MAX) {
        return Err(ApiError::bad_input(format!("at most {NAMES_MAX} products with {ALIASES_MAX} names each")));
    }
    let texts = rules.names.iter().flat_map(|one| {
        one.aliases.iter().chain(one.variant.iter().flat_map(|variant| [&variant.of, &variant.option]))
    });
    for name in texts {
        super::text("names", name, 1, 200)?;
    }
    Ok(())
}

/// What a comment asks for; nothing where comments of the show buy nothing.
pub async fn read(app: &App, show: ShowId, text: &str, at: Option<ShowMs>) -> Result<Heard, StoreError> {
    let Some(found) = app.store.claimable(show, at).await? else { return Ok(Heard::Nothing) };
    let shelf = app.shelves.of(show, &found);
    let pin = found.pin.as_ref();
    Ok(shelf.read(text, pin.map(|pin| &pin.sku), pin.is_some_and(|pin| pin.is_open)))
}

/// Says by which number comments call each product.
pub async fn number(app: &App, show: ShowId, products: &mut [PublicProduct]) -> Result<(), StoreError> {
    let Some(found) = app.store.claimable(show, None).await? else { return Ok(()) };
    let shelf = app.shelves.of(show, &found);
    for product in products {
        product.number = shelf.number(&product.sku);
    }
    Ok(())
}

/// The viewer behind a page's token, in this show: nobody can tell from it who it is in another one, or the token.
pub fn viewer_id(show: ShowId, token: &str) -> ViewerId {
    let hash = sha256(&[&b"hawker viewer 1"[..], show.0.as_bytes(), token.as_bytes()].concat());
    let mut id = [0; 16];
    id.copy_from_slice(hash.get(..16).unwrap_or(&[0; 16]));
    ViewerId(Uuid::from_bytes(id))
}

/// How a viewer's claims stand; waits while that is as it was seen.
pub async fn own(app: &App, show: ShowId, token: &str, ask: AskClaims) -> Result<OwnClaims, ApiError> {
    let _turn = app.listeners.try_acquire().map_err(|_| {
        let message = "too many viewers listen on this platform";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::RateLimited, message)
    })?;
    app.store.show_owner(show).await?.ok_or_else(updates::no_show)?;
    let viewer = viewer_id(show, token);
    let deadline = Instant::now() + Duration::from_millis(ask.wait_ms).min(FEED_WAIT);
    let mut bell = app.bus.claims_bell(viewer);
    loop {
        bell.mark_unchanged();
        let own = stands(app, app.store.own_claims(show, viewer).await?);
        if own.version != ask.seen || Instant::now() >= deadline {
            return Ok(own);
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = tokio::time::sleep_until(deadline) => return Ok(own),
            () = app.cancel.cancelled() => return Ok(own),
        }
    }
}

/// The link that a claim's page has, for its seller to pass on. Errors: 404 for a claim that is none of the seller's, 409 where it
/// may not be paid.
pub async fn pay_url(app: &App, seller: SellerId, claim: ClaimId) -> Result<ClaimPayUrl, ApiError> {
    let gone = || ApiError::not_found(format!("there is no claim {claim}"));
    let page = app.store.claim_page(claim, app.now_us()).await?.ok_or_else(gone)?;
    if !matches!(app.store.show_owner(page.claim.show_id).await?, Some((owner, _)) if owner == seller) {
        return Err(gone());
    }
    let state = page.claim.state;
    let until_us = state.until_us().filter(|until_us| *until_us > app.now_us() || page.is_paying);
    let until_us = until_us.ok_or_else(|| {
        let why = format!("claim {claim} can't be paid; it is {} by now", state.as_str());
        ApiError::conflict(why).hint("only goods that are held, or that the first to pay gets, have a link")
    })?;
    let token = pay_link::sign(&app.pay_key, PayToken { claim_id: claim, until_us });
    Ok(ClaimPayUrl { pay_url: format!("{}pay/{token}", app.http) })
}

/// Gives what is there to who waits for it, of all sellers, and tells everybody of whose claims something became. Where that fails for
/// one seller alone, nobody else's buyers wait for it.
pub async fn follow_all(app: &App) -> Result<(), StoreError> {
    for seller in app.store.sellers_waited_for().await? {
        match promote(app, seller).await {
            Err(error) if error.is_of_one_seller() => {
                tracing::error!(%error, seller.id = %seller, "who waits for goods of a shop got none; next try soon");
            }
            done => done?,
        }
    }
    tell(app).await
}

/// The same of one seller, whose goods have changed: who changed them waits for no other seller's lock.
pub async fn follow(app: &App, seller: SellerId) -> Result<(), StoreError> {
    if app.store.sellers_waited_for().await?.contains(&seller) {
        promote(app, seller).await?;
    }
    tell(app).await
}

async fn promote(app: &App, seller: SellerId) -> Result<(), StoreError> {
    let news = app.store.promote(seller, app.now_us()).await?;
    tell_stock(app, seller, &news);
    offers::tell_moved(app, seller, &news).await;
    Ok(())
}

/// Tells everybody of whose claims something became.
pub async fn tell(app: &App) -> Result<(), StoreError> {
    for (seller, viewer) in app.store.claims_to_tell().await? {
        app.bus.ring_claims(viewer);
        app.bus.ring(seller);
    }
    Ok(())
}

/// What a pay link is for.
pub async fn look(app: &App, link: &str) -> Result<ClaimToPay, ApiError> {
    let (token, page) = page(app, link).await?;
    let stand = stand_of_link(app, token, &page);
    let ClaimPage { claim, title, shop_name, is_running, lines, goods, shipping, .. } = page;
    let total = goods.plus(shipping).map_err(|error| ApiError::internal(&error))?;
    let lines = lines
        .into_iter()
        .map(|line| PayLine { sku: line.sku, title: line.title, qty: line.qty, unit_price: line.unit_price })
        .collect();
    Ok(ClaimToPay { show_id: claim.show_id, title, shop_name, is_running, lines, goods, shipping, total, stand })
}

/// The reservation that a pay link pays. Errors: 410 when its time is over, `OutOfStock` where others paid first.
pub async fn hold(app: &App, link: &str) -> Result<Reservation, ApiError> {
    let (token, page) = page(app, link).await?;
    if !matches!(
        stand_of_link(app, token, &page),
        ClaimStand::Reserved { .. } | ClaimStand::Invited { .. } | ClaimStand::Paid
    ) {
        return Err(over());
    }
    let now_us = app.now_us();
    let held = app.store.hold_claim(page.claim.claim_id, ReservationId(app.new_id()), now_us).await;
    tell(app).await?;
    let held = held?;
    tell_stock(app, held.seller, &held.stock);
    if held.offers_moved {
        offers::tell(app, held.seller).await;
    }
    Ok(Reservation {
        reservation_id: held.reservation_id,
        secret: orders::secret(app, held.reservation_id),
        total: held.total,
        expires_in_ms: left_ms(held.expires_us, now_us),
    })
}

async fn page(app: &App, link: &str) -> Result<(PayToken, ClaimPage), ApiError> {
    let token = pay_link::read(&app.pay_key, link).map_err(|why| {
        ApiError::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, why.to_string())
            .hint("open the link that the show's page gave you")
    })?;
    let page = app.store.claim_page(token.claim_id, app.now_us()).await?;
    let page = page.ok_or_else(|| ApiError::not_found("the claim of this link is gone").hint("claim again"))?;
    Ok((token, page))
}

fn over() -> ApiError {
    ApiError::new(StatusCode::GONE, ErrorCode::ReservationExpired, "the time to pay is over, and the goods went back")
        .hint("claim again in the show")
}

/// How the claim of a link stands for whoever opens it. The link's own end counts, unless the money is on its way.
fn stand_of_link(app: &App, token: PayToken, page: &ClaimPage) -> ClaimStand {
    let stand = stand(app, &page.claim);
    let may_pay = matches!(stand, ClaimStand::Reserved { .. } | ClaimStand::Invited { .. });
    if may_pay && token.until_us <= app.now_us() && !page.is_paying { ClaimStand::Expired } else { stand }
}

fn stands(app: &App, rows: OwnRows) -> OwnClaims {
    let OwnRows { claims, titles } = rows;
    let mut hasher = DefaultHasher::new();
    let own = |claim: Claim| {
        // The time that is left changes by itself and is no news.
        (claim.claim_id, claim.state).hash(&mut hasher);
        let line = |line: &hawker_domain::claim::ClaimLine| OwnLine {
            sku: line.sku.clone(),
            title: titles.get(&line.sku).cloned().unwrap_or_default(),
            qty: line.qty,
        };
        let lines: Vec<_> = claim.lines.iter().map(line).collect();
        lines.iter().for_each(|line| (line.sku.as_str(), line.qty).hash(&mut hasher));
        let token = claim.state.until_us().map(|until_us| PayToken { claim_id: claim.claim_id, until_us });
        let pay_url = token.map(|token| format!("/pay/{}", pay_link::sign(&app.pay_key, token)));
        OwnClaim { claim_id: claim.claim_id, stand: stand(app, &claim), lines, text: claim.text, pay_url }
    };
    let claims = claims.into_iter().map(own).collect();
    OwnClaims { version: format!("{:016x}", hasher.finish()), claims }
}

fn stand(app: &App, claim: &Claim) -> ClaimStand {
    let left = |until_us| left_ms(until_us, app.now_us());
    match claim.state {
        ClaimState::Heard | ClaimState::Asked => ClaimStand::Asked,
        ClaimState::Reserved { until_us } => ClaimStand::Reserved { expires_in_ms: left(until_us) },
        ClaimState::Invited { until_us } => ClaimStand::Invited { expires_in_ms: left(until_us) },
        ClaimState::Waiting { place } => ClaimStand::Waiting { place },
        ClaimState::Refused { why } => ClaimStand::Refused { why },
        ClaimState::Paid => ClaimStand::Paid,
        ClaimState::Expired => ClaimStand::Expired,
        ClaimState::Dropped => ClaimStand::Dropped,
    }
}

fn left_ms(until_us: i64, now_us: i64) -> u64 {
    (until_us - now_us).max(0).unsigned_abs() / 1_000
}

/// A panic while a map was changed leaves it usable.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
