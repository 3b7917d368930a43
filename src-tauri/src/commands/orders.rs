//! Orders.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::{OpId, OrderId, order::OrderEvent};
use hawker_studio::view::{BuyerView, NewReturn, NewSale, OrderDetail, OrderView, RefusedChange};
use tauri::State;

#[tauri::command]
pub async fn orders_list(cockpit: State<'_, Cockpit>, limit: u32) -> Answer<Vec<OrderView>> {
    cockpit.studio().await?.orders(limit).await
}

#[tauri::command]
pub async fn order_get(cockpit: State<'_, Cockpit>, id: OrderId) -> Answer<OrderDetail> {
    cockpit.studio().await?.order(id).await
}

#[tauri::command]
pub async fn order_move(
    cockpit: State<'_, Cockpit>,
    id: OrderId,
    event: OrderEvent,
    note: String,
    goods_back: bool,
) -> Answer<OrderView> {
    cockpit.studio().await?.move_order(id, event, &note, goods_back).await
}

#[tauri::command]
pub async fn order_buyer(cockpit: State<'_, Cockpit>, id: OrderId) -> Answer<BuyerView> {
    cockpit.studio().await?.buyer(id).await
}

#[tauri::command]
pub async fn changes_refused(cockpit: State<'_, Cockpit>) -> Answer<Vec<RefusedChange>> {
    cockpit.studio().await?.refused_changes().await
}

#[tauri::command]
pub async fn change_seen(cockpit: State<'_, Cockpit>, id: OpId) -> Answer<()> {
    cockpit.studio().await?.see_to_refused(id).await
}

#[tauri::command]
pub async fn order_add(cockpit: State<'_, Cockpit>, sale: NewSale) -> Answer<OrderView> {
    cockpit.studio().await?.add_order(sale).await
}

#[tauri::command]
pub async fn order_return(cockpit: State<'_, Cockpit>, back: NewReturn) -> Answer<OrderView> {
    cockpit.studio().await?.take_back(back).await
}

#[tauri::command]
pub async fn order_match(cockpit: State<'_, Cockpit>, id: OrderId, reference: String) -> Answer<OrderView> {
    cockpit.studio().await?.match_payment(id, &reference).await
}

/// `utc_offset_s`: how far the window's clock is ahead of UTC.
#[tauri::command]
pub async fn order_print(
    cockpit: State<'_, Cockpit>,
    id: OrderId,
    utc_offset_s: i32,
    opens_drawer: bool,
) -> Answer<()> {
    cockpit.studio().await?.print_receipt(id, None, Some(utc_offset_s), opens_drawer).await
}
