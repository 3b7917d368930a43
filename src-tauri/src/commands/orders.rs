//! Orders.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_studio::view::OrderView;
use hawker_wire::live::OrderedLine;
use tauri::State;

#[tauri::command]
pub async fn orders_list(cockpit: State<'_, Cockpit>, limit: u32) -> Answer<Vec<OrderView>> {
    cockpit.studio().await?.orders(limit).await
}

#[tauri::command]
pub async fn order_add(cockpit: State<'_, Cockpit>, lines: Vec<OrderedLine>, buyer: String) -> Answer<OrderView> {
    cockpit.studio().await?.add_order(lines, &buyer).await
}
