//! The seller's machines as the platform lists them, and the changes it holds for a person.

use crate::errors::Outcome;
use crate::held::{about, state, why};
use crate::studio::Studio;
use crate::view::{HeldGoods, HeldView, InstallationView};
use hawker_domain::{DeviceId, OpId};
use hawker_wire::{
    account::ListedDevice,
    ops::OpResult,
    quarantine::{Decide, HeldChange, Verdict},
    rights::RightsReport,
};
use std::collections::HashMap;

const AWAY: &str = "the list of machines and the changes that are held lie at the platform, which is out of reach";
/// Products that are told of a change; an import may have thousands.
const GOODS_TOLD: usize = 8;

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

    /// As [`Self::installations`], with what each alone may sell.
    pub async fn installation_views(&self) -> Outcome<Vec<InstallationView>> {
        let client = self.platform_client(AWAY).await?;
        let (devices, rights) = (client.devices().await?.devices, client.rights().await?);
        let own = self.store().device().await?.device_id;
        Ok(devices.into_iter().map(|device| installation_view(device, own, &rights)).collect())
    }

    /// As [`Self::held_changes`], in what a person decides by.
    pub async fn held_views(&self) -> Outcome<Vec<HeldView>> {
        let changes = self.held_changes().await?;
        let revoked = self.revoked().await?;
        let mut views = Vec::with_capacity(changes.len());
        for change in changes {
            views.push(self.held_view(change, &revoked).await?);
        }
        Ok(views)
    }

    /// As [`Self::decide_held`].
    pub async fn decide_held_view(&self, id: OpId, verdict: Verdict) -> Outcome<HeldView> {
        let change = self.decide_held(id, verdict).await?;
        self.held_view(change, &self.revoked().await?).await
    }

    /// Machines that were revoked, and when: UTC, microseconds since 1970, by the platform's clock.
    async fn revoked(&self) -> Outcome<HashMap<DeviceId, i64>> {
        let devices = self.installations().await?;
        Ok(devices.into_iter().filter_map(|device| Some((device.device_id, device.revoked_at_us?))).collect())
    }

    async fn held_view(&self, change: HeldChange, revoked: &HashMap<DeviceId, i64>) -> Outcome<HeldView> {
        let HeldChange { op, device_name, why: why_text, at_us, decided } = change;
        let about = about(&op);
        let mut goods = Vec::new();
        for (sku, pieces) in about.goods.iter().take(GOODS_TOLD) {
            goods.push(HeldGoods { sku: sku.clone(), title: self.title_of(sku).await?, pieces: *pieces });
        }
        let (refusal, refusal_reason) = match decided.as_ref().map(|decided| (decided.verdict, &decided.result)) {
            Some((Verdict::Apply, OpResult::Rejected { why, reason })) => (Some(why.clone()), reason.clone()),
            _ => (None, None),
        };
        Ok(HeldView {
            id: op.op_id,
            device: device_name,
            what: about.what,
            goods_more: u32::try_from(about.goods.len().saturating_sub(GOODS_TOLD)).unwrap_or(u32::MAX),
            goods,
            order: about.order,
            amount: about.amount,
            reason: about.reason,
            step: about.step,
            why: why(about.what, at_us, revoked.get(&op.device_id).copied()),
            why_text,
            at_ms: at_us / 1_000,
            state: state(decided.as_ref()),
            decided_at_ms: decided.as_ref().map(|decided| decided.at_us / 1_000),
            by: decided.map(|decided| decided.by),
            refusal,
            refusal_reason,
        })
    }
}

fn installation_view(device: ListedDevice, own: DeviceId, rights: &RightsReport) -> InstallationView {
    let held = rights.devices.iter().filter(|one| one.device_id == device.device_id).flat_map(|one| &one.lines);
    InstallationView {
        pieces: held.map(|line| u64::from(line.pieces)).sum(),
        is_this: device.device_id == own,
        id: device.device_id,
        name: device.name,
        has_key: device.has_key,
        registered_at_ms: device.registered_at_us / 1_000,
        seen_at_ms: device.seen_at_us.map(|at_us| at_us / 1_000),
        revoked_at_ms: device.revoked_at_us.map(|at_us| at_us / 1_000),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{Sku, rights::RightsLine};
    use hawker_wire::rights::DeviceRights;

    #[test]
    fn a_machine_is_told_with_what_it_alone_may_sell() {
        let id = |number: u8| -> DeviceId { format!("00000000-0000-0000-0000-0000000000{number:02}").parse().unwrap() };
        let line = |sku: &str, pieces| RightsLine { sku: Sku::new(sku).unwrap(), pieces };
        let holder =
            |number, lines| DeviceRights { device_id: id(number), name: String::new(), lines, is_awaited: false };
        let rights = RightsReport {
            is_open: true,
            closed_since_us: None,
            devices: vec![holder(1, vec![line("A", 2), line("B", 3)]), holder(2, vec![line("A", 9)])],
        };
        let device = |number| ListedDevice {
            device_id: id(number),
            name: "stall".into(),
            epoch: 1,
            last_seq: 3,
            has_key: true,
            registered_at_us: 1_000,
            revoked_at_us: None,
            seen_at_us: Some(7_000),
        };
        let view = installation_view(device(1), id(1), &rights);
        assert_eq!((view.pieces, view.is_this, view.registered_at_ms, view.seen_at_ms), (5, true, 1, Some(7)));
        let none = installation_view(device(3), id(1), &rights);
        assert_eq!((none.pieces, none.is_this), (0, false), "one that was never at market has none");
    }
}
