//! Which account the studio may change to, and when. Pure.

use crate::errors::{Outcome, bad_input};
use hawker_wire::{ErrorCode, Failure};
use zeroize::Zeroizing;

/// What a person wants of the account. Never printed: it holds a password.
pub enum AccountChange {
    /// Into an account that exists.
    Enter { email: String, password: Zeroizing<String> },
    /// Into a new one.
    Create { email: String, password: Zeroizing<String>, shop_name: String },
    /// Another password for the one that is signed in; the account stays. The present one is asked for, since somebody else may sit here.
    Renew { password: Zeroizing<String>, new_password: Zeroizing<String> },
    /// Back to the account that the studio made for itself.
    Leave,
}

impl AccountChange {
    fn email(&self) -> Option<&str> {
        match self {
            Self::Enter { email, .. } | Self::Create { email, .. } => Some(email),
            Self::Renew { .. } | Self::Leave => None,
        }
    }

    /// Errors: `bad_input` for what no platform takes.
    pub fn check(&self) -> Outcome<()> {
        match self {
            Self::Enter { email, password } | Self::Create { email, password, .. }
                if email.trim().is_empty() || password.is_empty() =>
            {
                Err(bad_input("the e-mail address or the password is missing"))
            }
            Self::Renew { password, new_password } if password.is_empty() || new_password.is_empty() => {
                Err(bad_input("the present password or the new one is missing"))
            }
            Self::Create { shop_name, .. } if shop_name.trim().is_empty() => {
                Err(bad_input("the shop needs a name").hint("viewers see it above the show"))
            }
            _ => Ok(()),
        }
    }
}

/// How things stand when somebody asks.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub on_air: bool,
    /// Changes that have not reached the platform.
    pub waiting: u64,
    /// The account of a person that is signed in; none: the studio's own.
    pub signed_in: Option<String>,
}

/// Errors: why the account can't change now. Changes that wait belong to the account of the person who is signed in, so
/// that one is not left before they arrived; those of the studio's own account travel to the next with the studio.
pub fn may_change(change: &AccountChange, now: &Standing) -> Outcome<()> {
    if now.on_air {
        return Err(Failure::new(ErrorCode::AlreadyLive, "the account can't change while a show is on air")
            .hint("end the show first"));
    }
    let Some(signed_in) = &now.signed_in else {
        return match change {
            AccountChange::Leave => Err(Failure::new(
                ErrorCode::Conflict,
                "this studio uses its own account; there is nothing to sign out of",
            )),
            AccountChange::Renew { .. } => {
                Err(Failure::new(ErrorCode::Conflict, "this studio uses its own account, whose password nobody knows")
                    .hint("sign in with an account of yours first"))
            }
            _ => Ok(()),
        };
    };
    if matches!(change, AccountChange::Renew { .. }) {
        return Ok(());
    }
    let same = change.email().is_some_and(|email| email.trim().eq_ignore_ascii_case(signed_in));
    if !same && now.waiting > 0 {
        let what = if now.waiting == 1 { "1 change has".to_owned() } else { format!("{} changes have", now.waiting) };
        return Err(Failure::new(
            ErrorCode::Conflict,
            format!(
                "{what} not reached the platform yet; signing out now would keep sales and stock from this account"
            ),
        )
        .hint("wait until nothing is left to sync; if the platform does not answer, check the network"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sign_in(email: &str) -> AccountChange {
        AccountChange::Enter { email: email.into(), password: Zeroizing::new("x".into()) }
    }

    fn renew(new_password: &str) -> AccountChange {
        AccountChange::Renew { password: Zeroizing::new("x".into()), new_password: Zeroizing::new(new_password.into()) }
    }

    fn standing(on_air: bool, waiting: u64, signed_in: Option<&str>) -> Standing {
        Standing { on_air, waiting, signed_in: signed_in.map(str::to_owned) }
    }

    #[test]
    fn an_account_is_left_only_when_nothing_of_it_is_lost() {
        use AccountChange::Leave;
        let ada = Some("ada@example.org");
        let table = [
            (sign_in("ada@example.org"), standing(false, 0, None), None),
            (sign_in("ada@example.org"), standing(false, 7, None), None),
            (sign_in("ada@example.org"), standing(true, 0, None), Some(ErrorCode::AlreadyLive)),
            (Leave, standing(false, 0, None), Some(ErrorCode::Conflict)),
            (Leave, standing(false, 0, ada), None),
            (Leave, standing(false, 1, ada), Some(ErrorCode::Conflict)),
            (Leave, standing(true, 0, ada), Some(ErrorCode::AlreadyLive)),
            (renew("x"), standing(false, 0, None), Some(ErrorCode::Conflict)),
            (renew("x"), standing(true, 0, ada), Some(ErrorCode::AlreadyLive)),
            // The account stays, and what waits with it.
            (renew("x"), standing(false, 7, ada), None),
            (sign_in("bob@example.org"), standing(false, 0, ada), None),
            (sign_in("bob@example.org"), standing(false, 1, ada), Some(ErrorCode::Conflict)),
            // The password was changed at the platform: the way back in must be open.
            (sign_in(" Ada@Example.org "), standing(false, 3, ada), None),
        ];
        for (row, (change, now, refused)) in table.into_iter().enumerate() {
            let got = may_change(&change, &now).err();
            assert_eq!(got.map(|failure| failure.code), refused, "row {row}");
        }
        let why = may_change(&Leave, &standing(false, 2, ada)).unwrap_err().to_string();
        assert!(why.contains("2 changes have not reached the platform"), "{why}");
    }

    #[test]
    fn what_no_platform_takes_is_not_even_sent() {
        let sign_up = |email: &str, password: &str, shop: &str| AccountChange::Create {
            email: email.into(),
            password: Zeroizing::new(password.into()),
            shop_name: shop.into(),
        };
        assert!(AccountChange::Leave.check().is_ok());
        assert!(renew("y").check().is_ok());
        assert!(renew("").check().is_err());
        assert!(sign_in("a@b").check().is_ok());
        assert!(sign_in("  ").check().is_err());
        assert!(sign_up("a@b", "x", "Shop").check().is_ok());
        assert!(sign_up("a@b", "", "Shop").check().is_err());
        assert!(sign_up("a@b", "x", " ").check().is_err());
    }
}
