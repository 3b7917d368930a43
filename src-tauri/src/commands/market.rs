//! What this computer has for itself, what is put aside, what is missing.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::{DeviceId, OrderId, rights::RightsLine, till::TenderKind};
use hawker_studio::view::{AsideView, DevicesView, MarketView, OrderView};
use hawker_wire::live::OrderedLine;
use tauri::State;

#[tauri::command]
pub async fn market_get(cockpit: State<'_, Cockpit>) -> Answer<MarketView> {
    cockpit.studio().await?.market().await
}

/// Without lines everything in stock.
#[tauri::command]
pub async fn market_take(cockpit: State<'_, Cockpit>, lines: Vec<RightsLine>) -> Answer<MarketView> {
    let studio = cockpit.studio().await?;
    let lines = if lines.is_empty() { studio.all_of_stock().await? } else { lines };
    studio.take_to_market(&lines, false).await
}

#[tauri::command]
pub async fn market_give_back(cockpit: State<'_, Cockpit>, lines: Vec<RightsLine>) -> Answer<MarketView> {
    cockpit.studio().await?.back_from_market(&lines).await
}

#[tauri::command]
pub async fn market_keep(cockpit: State<'_, Cockpit>, keeps: bool) -> Answer<MarketView> {
    cockpit.studio().await?.keep_stock(keeps).await
}

#[tauri::command]
pub async fn market_put_aside(
    cockpit: State<'_, Cockpit>,
    lines: Vec<OrderedLine>,
    buyer: String,
    minutes: u32,
) -> Answer<AsideView> {
    cockpit.studio().await?.put_aside(lines, &buyer, minutes).await
}

#[tauri::command]
pub async fn market_collect(cockpit: State<'_, Cockpit>, id: OrderId, tender: TenderKind) -> Answer<OrderView> {
    cockpit.studio().await?.collect(id, tender).await
}

#[tauri::command]
pub async fn market_let_go(cockpit: State<'_, Cockpit>, id: OrderId) -> Answer<OrderView> {
    cockpit.studio().await?.let_go(id).await
}

#[tauri::command]
pub async fn market_devices(cockpit: State<'_, Cockpit>) -> Answer<DevicesView> {
    cockpit.studio().await?.devices_rights().await
}

#[tauri::command]
pub async fn market_device_lost(cockpit: State<'_, Cockpit>, id: DeviceId) -> Answer<DevicesView> {
    cockpit.studio().await?.declare_lost(id).await
}
