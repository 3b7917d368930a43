//! The recovery code as the window offers it: made, shown once, and known to be on paper once somebody has typed parts of it.

use crate::errors::Outcome;
use crate::studio::Studio;
use crate::view::RecoveryState;

impl Studio {
    /// Whether there is a recovery code, and whether it is known to be on paper. Errors: `wrong_key`, `internal`.
    pub async fn recovery_state(&self) -> Outcome<RecoveryState> {
        if !self.store().has_recovery_code()? {
            return Ok(RecoveryState::None);
        }
        let is_confirmed = self.store().is_recovery_code_confirmed().await?;
        Ok(if is_confirmed { RecoveryState::Confirmed } else { RecoveryState::Unconfirmed })
    }

    /// Somebody has typed parts of the newest code, which only who wrote it down can. Errors: `wrong_key` where there is none.
    pub async fn confirm_recovery_code(&self) -> Outcome<()> {
        Ok(self.store().confirm_recovery_code().await?)
    }
}
