//! Who the studio is at its platform. Without a person's account it makes one of its own on the first visit; whoever has
//! an account signs in with it. All secrets lie in the encrypted store and nowhere else.
//!
//! The password is kept and not only a token: a session that is lost on a bad line in the middle of a show has to come back
//! by itself.

use super::account::AccountChange;
use super::place::Place;
use crate::errors::{Outcome, bad_input, internal};
use hawker_store::Store;
use hawker_sync::{PlatformClient, Sync};
use hawker_wire::{
    ErrorCode, Failure,
    account::{ChangePassword, LogIn, SignUp, Tokens},
};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

/// An account at one platform.
#[derive(Serialize, Deserialize)]
struct Account {
    email: String,
    password: String,
}

/// Whose account it is. Each platform has its own two, named by its place's key, so that changing platforms mixes nothing
/// up.
#[derive(Clone, Copy)]
enum Whose {
    /// The studio's own, made by itself.
    Own,
    /// A person's, who signed in; it comes first.
    Person,
}

fn secret_key(whose: Whose, key: &str) -> String {
    match whose {
        Whose::Own => format!("platform.account.{key}"),
        Whose::Person => format!("platform.person.{key}"),
    }
}

/// Signs in at `base`, the platform of the place with that `key`: as the person who signed in here, else with the studio's
/// own account, which is made if there is none. Registers this device.
/// Errors: `unauthorized` when the stored account is refused, `forbidden` where this device was revoked, `unreachable`,
/// `internal`.
pub async fn open(store: &Store, base: &Url, key: &str, embedded: bool, shop_name: &str) -> Outcome<PlatformClient> {
    let visitor = PlatformClient::new(base.clone(), None);
    let tokens = match account(store, Whose::Person, key).await? {
        Some(person) => log_in(&visitor, person).await.map_err(refused_person)?,
        None => own(store, &visitor, key, embedded, shop_name).await?,
    };
    let client = PlatformClient::new(base.clone(), Some(tokens));
    // Before its epoch: each account has epochs of its own.
    if let Some(seller) = client.seller_id() {
        store.follow(seller).await?;
    }
    let answer = client.register_device(&store.registration(shop_name).await?).await?;
    let device = store.device().await?;
    // That of a platform which was put back is taken when its feed has told what it lost. One that was revoked hears none.
    if answer.epoch != device.epoch && (answer.is_revoked || !device.is_past(answer.epoch)) {
        store.set_epoch(answer.epoch).await?;
    }
    if answer.is_revoked {
        // What was sold here is a fact all the same: it goes to the platform, where a person decides about it.
        Sync::new(store.clone(), client).device_name(shop_name).hand_over().await?;
        return Err(hawker_sync::revoked());
    }
    Ok(client)
}

/// The e-mail address of the person who is signed in at a place; none: the studio uses its own account.
pub async fn signed_in_as(store: &Store, key: &str) -> Outcome<Option<String>> {
    Ok(account(store, Whose::Person, key).await?.map(|person| person.email))
}

/// The studio has been at a place: it has an account there, its own or a person's.
async fn is_known(store: &Store, key: &str) -> Outcome<bool> {
    Ok(account(store, Whose::Own, key).await?.is_some() || account(store, Whose::Person, key).await?.is_some())
}

/// Changes that a place has not heard of. One where the studio never was waits for none.
pub async fn missed(store: &Store, place: &Place) -> Outcome<u64> {
    match place.key() {
        Some(key) if is_known(store, &key).await? => Ok(store.pending_count().await?),
        _ => Ok(0),
    }
}

/// Does what a person wants of the account. What the platform refused changes nothing here.
/// Errors: `unauthorized` for a wrong password, `conflict` for an address that has an account, `bad_input` for a password
/// that is too short, `rate_limited`, `unreachable`.
pub async fn change(store: &Store, base: &Url, key: &str, change: AccountChange) -> Outcome<()> {
    change.check()?;
    let visitor = PlatformClient::new(base.clone(), None);
    let person = match change {
        AccountChange::Leave => return sign_out(store, key).await,
        AccountChange::Renew { password, new_password } => {
            let signed_in = account(store, Whose::Person, key).await?;
            let email = signed_in.ok_or_else(|| bad_input("nobody is signed in here"))?.email;
            let (password, new_password) = (password.to_string(), new_password.to_string());
            visitor
                .change_password(&ChangePassword { email: email.clone(), password, new_password: new_password.clone() })
                .await?;
            Account { email, password: new_password }
        }
        AccountChange::Enter { email, password } => {
            let form = LogIn { email: email.trim().to_owned(), password: password.to_string() };
            visitor.log_in(&form).await?;
            Account { email: form.email, password: form.password }
        }
        AccountChange::Create { email, password, shop_name } => {
            let form = SignUp { email: email.trim().to_owned(), password: password.to_string(), shop_name };
            visitor.sign_up(&form).await?;
            Account { email: form.email, password: form.password }
        }
    };
    keep(store, Whose::Person, key, &person).await
}

/// Forgets the person's account here; the account itself stays. Needs no network.
pub async fn sign_out(store: &Store, key: &str) -> Outcome<()> {
    Ok(store.remove_secret(&secret_key(Whose::Person, key)).await?)
}

async fn own(store: &Store, visitor: &PlatformClient, key: &str, embedded: bool, shop_name: &str) -> Outcome<Tokens> {
    let Some(account) = account(store, Whose::Own, key).await? else {
        return make_own(store, visitor, key, shop_name).await;
    };
    match log_in(visitor, account).await {
        // The embedded platform is this studio's own: if its data were replaced, the account is made anew.
        Err(failure) if failure.code == ErrorCode::Unauthorized && embedded => {
            make_own(store, visitor, key, shop_name).await
        }
        Err(failure) if failure.code == ErrorCode::Unauthorized => {
            Err(Failure::new(ErrorCode::Unauthorized, "the platform refused this studio's own account")
                .hint("sign in with an account of yours under Settings; what waits is kept"))
        }
        tokens => tokens,
    }
}

async fn make_own(store: &Store, visitor: &PlatformClient, key: &str, shop_name: &str) -> Outcome<Tokens> {
    // Two random UUIDs: 244 random bits, typed by nobody.
    let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let email = format!("studio-{}@hawker.invalid", Uuid::new_v4().simple());
    let account = Account { email: email.clone(), password: password.clone() };
    let tokens = visitor.sign_up(&SignUp { email, password, shop_name: shop_name.to_owned() }).await?;
    keep(store, Whose::Own, key, &account).await?;
    Ok(tokens)
}

async fn log_in(visitor: &PlatformClient, account: Account) -> Outcome<Tokens> {
    visitor.log_in(&LogIn { email: account.email, password: account.password }).await
}

fn refused_person(failure: Failure) -> Failure {
    match failure.code {
        ErrorCode::Unauthorized => {
            Failure::new(ErrorCode::Unauthorized, "the platform no longer takes the account that is signed in here")
                .hint("sign in again under Settings, or by `hawker platform sign-in`; what waits is kept")
        }
        _ => failure,
    }
}

async fn account(store: &Store, whose: Whose, key: &str) -> Outcome<Option<Account>> {
    let stored = store.secret(&secret_key(whose, key)).await?;
    Ok(stored.and_then(|text| serde_json::from_str(&text).ok()))
}

async fn keep(store: &Store, whose: Whose, key: &str, account: &Account) -> Outcome<()> {
    let text = serde_json::to_string(account).map_err(|error| internal("can't write the platform account", error))?;
    Ok(store.put_secret(&secret_key(whose, key), &text).await?)
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
