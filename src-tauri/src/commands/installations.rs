//! The seller's machines, and the changes that the platform holds for a person.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::{DeviceId, OpId};
use hawker_studio::view::{HeldView, InstallationView};
use hawker_wire::quarantine::Verdict;
use tauri::State;

#[tauri::command]
pub async fn installations_list(cockpit: State<'_, Cockpit>) -> Answer<Vec<InstallationView>> {
    cockpit.studio().await?.installation_views().await
}

#[tauri::command]
pub async fn installation_revoke(cockpit: State<'_, Cockpit>, id: DeviceId) -> Answer<()> {
    cockpit.studio().await?.revoke_installation(id).await.map(drop)
}

#[tauri::command]
pub async fn held_list(cockpit: State<'_, Cockpit>) -> Answer<Vec<HeldView>> {
    cockpit.studio().await?.held_views().await
}

#[tauri::command]
pub async fn held_decide(cockpit: State<'_, Cockpit>, id: OpId, verdict: Verdict) -> Answer<HeldView> {
    cockpit.studio().await?.decide_held_view(id, verdict).await
}
