//! Orders from comments, and how comments buy.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::{ClaimId, ShowId};
use hawker_studio::{
    ClaimRulesChange,
    view::{ClaimRulesView, ClaimView},
};
use hawker_wire::live::OrderedLine;
use tauri::State;

/// The newest, the oldest of them first; without a show those of all.
#[tauri::command]
pub async fn claims_list(cockpit: State<'_, Cockpit>, show: Option<ShowId>, questions: bool) -> Answer<Vec<ClaimView>> {
    cockpit.studio().await?.claims_of(show, questions).await
}

#[tauri::command]
pub async fn claim_answer(cockpit: State<'_, Cockpit>, id: ClaimId, lines: Vec<OrderedLine>) -> Answer<()> {
    cockpit.studio().await?.take_claim(id, lines).await
}

#[tauri::command]
pub async fn claim_drop(cockpit: State<'_, Cockpit>, id: ClaimId) -> Answer<()> {
    cockpit.studio().await?.drop_claim(id).await
}

#[tauri::command]
pub async fn claim_pay_url(cockpit: State<'_, Cockpit>, id: ClaimId) -> Answer<String> {
    cockpit.studio().await?.claim_pay_url(id).await
}

#[tauri::command]
pub async fn claim_rules_get(cockpit: State<'_, Cockpit>) -> Answer<ClaimRulesView> {
    cockpit.studio().await?.claim_settings().await.map(Into::into)
}

#[tauri::command]
pub async fn claim_rules_set(cockpit: State<'_, Cockpit>, change: ClaimRulesChange) -> Answer<ClaimRulesView> {
    cockpit.studio().await?.change_claim_settings(change).await.map(Into::into)
}
