//! The seller's machines as the platform lists them, and the changes it holds for a person.

use crate::errors::Outcome;
use crate::studio::Studio;
use hawker_domain::{DeviceId, OpId};
use hawker_wire::{
    account::ListedDevice,
    quarantine::{Decide, HeldChange, Verdict},
};

const AWAY: &str = "the list of machines and the changes that are held lie at the platform, which is out of reach";

impl Studio {
    /// Every machine that works for this account, the newest first. Errors: `unreachable`, `forbidden` where this one was
    /// revoked.
    pub async fn installations(&self) -> Outcome<Vec<ListedDevice>> {
        Ok(self.platform_client(AWAY).await?.devices().await?.devices)
    }

    /// From now on that machine hears nothing, and what it sells waits for a person. Errors: as [`Self::installations`],
    /// `not_found`.
    pub async fn revoke_installation(&self, id: DeviceId) -> Outcome<ListedDevice> {
        self.platform_client(AWAY).await?.revoke_device(id).await
    }

    /// Changes that wait for a person, then those that were decided about; the newest first. Errors: as
    /// [`Self::installations`].
    pub async fn held_changes(&self) -> Outcome<Vec<HeldChange>> {
        Ok(self.platform_client(AWAY).await?.quarantine().await?.changes)
    }

    /// Applies or discards a held change; the platform writes down that it was done here. Errors: as
    /// [`Self::installations`], `not_found`, `conflict` where it was decided otherwise before.
    pub async fn decide_held(&self, id: OpId, verdict: Verdict) -> Outcome<HeldChange> {
        let at_device = Some(self.store().device().await?.device_id);
        self.platform_client(AWAY).await?.decide(id, &Decide { verdict, at_device }).await
    }
}
