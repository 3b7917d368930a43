//! The seller's account at the platform.

use crate::errors::Outcome;
use crate::platform::AccountChange;
use crate::studio::Studio;
use crate::view::PlatformStatus;
use zeroize::Zeroizing;

impl Studio {
    /// How the platform is, and who the studio is there.
    pub async fn platform_status(&self) -> Outcome<PlatformStatus> {
        self.ask_platform_status().await
    }

    /// Signs in with an account that exists. Errors: `unauthorized` for a wrong password, `already_live`, `conflict` while
    /// changes of another person's account wait, `unreachable`, `rate_limited`, `bad_input`.
    pub async fn sign_in(&self, email: &str, password: String) -> Outcome<PlatformStatus> {
        let password = Zeroizing::new(password);
        self.change_account(AccountChange::Enter { email: email.to_owned(), password }).await
    }

    /// Makes an account and signs in with it. Errors: as [`Self::sign_in`]; `conflict` for an address that has one.
    pub async fn sign_up(&self, email: &str, password: String, shop_name: &str) -> Outcome<PlatformStatus> {
        let (email, shop_name, password) = (email.to_owned(), shop_name.to_owned(), Zeroizing::new(password));
        self.change_account(AccountChange::Create { email, password, shop_name }).await
    }

    /// Sets another password for the account that is signed in; every other log-in of it ends. Errors: `unauthorized` where `password`
    /// is not the present one, `conflict` while nobody is signed in, `already_live`, `unreachable`, `bad_input` for too short a one.
    pub async fn change_password(&self, password: String, new_password: String) -> Outcome<PlatformStatus> {
        let (password, new_password) = (Zeroizing::new(password), Zeroizing::new(new_password));
        self.change_account(AccountChange::Renew { password, new_password }).await
    }

    /// Goes back to the account that the studio made for itself. Errors: `conflict` while changes wait, `already_live`.
    pub async fn sign_out(&self) -> Outcome<PlatformStatus> {
        self.change_account(AccountChange::Leave).await
    }

    async fn change_account(&self, change: AccountChange) -> Outcome<PlatformStatus> {
        self.ask_account(change).await?;
        self.ask_platform_status().await
    }
}
