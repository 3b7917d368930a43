//! Sign-up, log-in, refresh, another password.

use super::{passwords, text};
use crate::{
    clock::{DAY_US, MINUTE_US, SECOND_US},
    db::{Hash, NewSeller, NewTokens, Refreshed, SignedIn},
    error::ApiError,
    state::{App, random_token, sha256},
};
use hawker_domain::SellerId;
use hawker_wire::account::{ChangePassword, LogIn, Refresh, SignUp, Tokens};

/// How long an access token is good for: short, since it can't be taken back one by one.
const ACCESS_US: i64 = 15 * MINUTE_US;
/// How long a studio may stay offline and still be signed in.
const REFRESH_US: i64 = 30 * DAY_US;

/// Makes an account and signs it in.
pub async fn sign_up(app: &App, form: SignUp) -> Result<Tokens, ApiError> {
    let email = email(&form.email)?;
    let shop_name = text("shop_name", &form.shop_name, 1, 80)?;
    let password_hash = passwords::hash(app, form.password).await?;
    let seller_id = SellerId(app.new_id());
    let proven = password_hash.clone();
    let new = NewSeller { seller_id, email, password_hash, shop_name, at_us: app.now_us() };
    if !app.store.create_seller(new).await? {
        return Err(ApiError::conflict("there is an account with this e-mail address already").hint("log in instead"));
    }
    tracing::info!(seller.id = %seller_id, "a seller signed up");
    issue(app, seller_id, &proven).await
}

/// Signs in. A wrong password and an unknown name look and cost the same.
pub async fn log_in(app: &App, form: LogIn) -> Result<Tokens, ApiError> {
    let (seller, proven) = opened(app, &form.email, form.password).await?;
    issue(app, seller, &proven).await
}

/// Sets another password and signs in with it. Every log-in of before ends, a thief's too; the seller's other studios ask for the new one.
pub async fn change_password(app: &App, form: ChangePassword) -> Result<Tokens, ApiError> {
    let (seller, before) = opened(app, &form.email, form.password).await?;
    let after = passwords::hash(app, form.new_password).await?;
    let (tokens, access_token, refresh_token) = fresh_pair(app)?;
    if !app.store.change_password(seller, &before, &after, tokens).await? {
        return Err(ApiError::conflict("the password was changed by somebody else just now").hint("try the new one"));
    }
    tracing::info!(seller.id = %seller, "a seller's password was changed; every other log-in ended");
    Ok(answer(seller, access_token, refresh_token))
}

/// Whom address and password open, and the hash that is stored.
async fn opened(app: &App, email: &str, password: String) -> Result<(SellerId, String), ApiError> {
    let found = app.store.seller_by_email(email.trim()).await?;
    let fits = passwords::fits(app, password, found.as_ref().map(|(_, hash)| hash.clone())).await?;
    found.filter(|_| fits).ok_or_else(not_opened)
}

fn not_opened() -> ApiError {
    ApiError::unauthorized("the e-mail address or the password is wrong").hint("check both and try again")
}

/// Trades a refresh token for a new pair. One that was used before revokes all that came of the same log-in.
pub async fn refresh(app: &App, form: Refresh) -> Result<Tokens, ApiError> {
    let (tokens, access_token, refresh_token) = fresh_pair(app)?;
    match app.store.rotate_refresh(sha256(form.refresh_token.as_bytes()), tokens).await? {
        Refreshed::Rotated(seller_id) => Ok(answer(seller_id, access_token, refresh_token)),
        Refreshed::Reused(seller) => {
            tracing::warn!(seller.id = %seller, "a refresh token was used twice; its log-in is revoked");
            Err(ApiError::unauthorized("this refresh token was used before"))
        }
        Refreshed::Refused => Err(ApiError::unauthorized("this refresh token is not good any more")),
    }
}

/// Who stands behind an access token.
pub async fn signed_in(app: &App, access: Hash) -> Result<SignedIn, ApiError> {
    let found = app.store.seller_of_access(access, app.now_us()).await?;
    found.ok_or_else(|| ApiError::unauthorized("the access token is not good any more"))
}

/// `proven`: the hash of the password that the caller has shown to know.
async fn issue(app: &App, seller: SellerId, proven: &str) -> Result<Tokens, ApiError> {
    let (tokens, access_token, refresh_token) = fresh_pair(app)?;
    if !app.store.issue_tokens(seller, proven, tokens).await? {
        return Err(not_opened());
    }
    Ok(answer(seller, access_token, refresh_token))
}

fn fresh_pair(app: &App) -> Result<(NewTokens, String, String), ApiError> {
    let (access_token, refresh_token, at_us) = (random_token()?, random_token()?, app.now_us());
    let tokens = NewTokens {
        access: sha256(access_token.as_bytes()),
        access_expires_us: at_us + ACCESS_US,
        refresh: sha256(refresh_token.as_bytes()),
        refresh_expires_us: at_us + REFRESH_US,
        at_us,
    };
    Ok((tokens, access_token, refresh_token))
}

fn answer(seller_id: SellerId, access_token: String, refresh_token: String) -> Tokens {
    let expires_in_s = (ACCESS_US / SECOND_US).unsigned_abs();
    Tokens { seller_id, access_token, refresh_token, expires_in_s }
}

/// Enough to catch a slip; whether mail arrives there, only mail can tell.
fn email(value: &str) -> Result<String, ApiError> {
    let email = text("email", value, 3, 254)?;
    match email.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() && !email.contains(char::is_whitespace) => Ok(email),
        _ => Err(ApiError::bad_input("\"email\" is no e-mail address")),
    }
}
