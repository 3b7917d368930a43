//! Who the studio is at its platform. An account is made on the first visit; its secrets lie in the encrypted store.

use crate::errors::{Outcome, internal};
use hawker_store::Store;
use hawker_sync::PlatformClient;
use hawker_wire::{
    ErrorCode, Failure,
    account::{LogIn, RegisterDevice, SignUp, Tokens},
};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

/// One account per platform, named by its place's key, so that changing platforms mixes nothing up.
#[derive(Serialize, Deserialize)]
struct Account {
    email: String,
    password: String,
}

/// Signs in at `base`, the platform of the place with that `key`; makes the account first if there is none, and registers this device.
/// Errors: `unauthorized` when the stored account is refused, `unreachable`, `internal`.
pub async fn open(store: &Store, base: &Url, key: &str, embedded: bool, shop_name: &str) -> Outcome<PlatformClient> {
    let key = format!("platform.account.{key}");
    let stored = store.secret(&key).await?;
    let account: Option<Account> = stored.and_then(|text| serde_json::from_str(&text).ok());
    let visitor = PlatformClient::new(base.clone(), None);
    let tokens = match account {
        Some(account) => match log_in(&visitor, account).await {
            // The embedded platform is this studio's own: if its data were replaced, the account is made anew.
            Err(failure) if failure.code == ErrorCode::Unauthorized && embedded => {
                sign_up(store, &visitor, &key, shop_name).await?
            }
            tokens => tokens?,
        },
        None => sign_up(store, &visitor, &key, shop_name).await?,
    };
    let client = PlatformClient::new(base.clone(), Some(tokens));
    let device = store.device().await?;
    let answer =
        client.register_device(&RegisterDevice { device_id: device.device_id, name: shop_name.to_owned() }).await?;
    if answer.epoch != device.epoch {
        store.set_epoch(answer.epoch).await?;
    }
    Ok(client)
}

async fn log_in(visitor: &PlatformClient, account: Account) -> Outcome<Tokens> {
    let request = LogIn { email: account.email, password: account.password };
    visitor.log_in(&request).await.map_err(|failure| match failure.code {
        ErrorCode::Unauthorized => Failure::new(ErrorCode::Unauthorized, "the platform refused this studio's account")
            .hint("another address under Settings starts afresh; what waits is kept"),
        _ => failure,
    })
}

async fn sign_up(store: &Store, visitor: &PlatformClient, key: &str, shop_name: &str) -> Outcome<Tokens> {
    // Two random UUIDs: 244 random bits, typed by nobody.
    let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let email = format!("studio-{}@hawker.invalid", Uuid::new_v4().simple());
    let account = Account { email: email.clone(), password: password.clone() };
    let text = serde_json::to_string(&account).map_err(|error| internal("can't write the platform account", error))?;
    let tokens = visitor.sign_up(&SignUp { email, password, shop_name: shop_name.to_owned() }).await?;
    store.put_secret(key, &text).await?;
    Ok(tokens)
}
