//! The recovery code as the window offers it: made, shown once, and known to be on paper once somebody has typed parts of it.

use crate::errors::Outcome;
use crate::studio::Studio;
use crate::view::RecoveryState;

/// Of the settings; true once somebody has shown to have the code on paper.
const CONFIRMED: &str = "recovery_confirmed";

impl Studio {
    /// Whether there is a recovery code, and whether it is known to be on paper. Errors: `wrong_key`, `internal`.
    pub async fn recovery_state(&self) -> Outcome<RecoveryState> {
        if !self.store().has_recovery_code()? {
            return Ok(RecoveryState::None);
        }
        let confirmed: bool = self.store().setting(CONFIRMED).await?.unwrap_or_default();
        Ok(if confirmed { RecoveryState::Confirmed } else { RecoveryState::Unconfirmed })
    }

    /// Somebody has typed parts of the newest code, which only who wrote it down can.
    pub async fn confirm_recovery_code(&self) -> Outcome<()> {
        Ok(self.store().put_setting(CONFIRMED, &true).await?)
    }

    /// Of the code before nothing is known any more.
    pub(crate) async fn forget_confirmation(&self) -> Outcome<()> {
        Ok(self.store().put_setting(CONFIRMED, &false).await?)
    }
}
