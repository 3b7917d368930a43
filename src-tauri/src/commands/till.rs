//! The till.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::{
    Money,
    till::{CashUp, DrawerKind},
};
use hawker_studio::view::{StatementView, StatementWish, TillSetup, TillView};
use std::path::PathBuf;
use tauri::State;

#[tauri::command]
pub async fn till_get(cockpit: State<'_, Cockpit>) -> Answer<TillView> {
    cockpit.studio().await?.till().await
}

#[tauri::command]
pub async fn till_setup_get(cockpit: State<'_, Cockpit>) -> Answer<TillSetup> {
    cockpit.studio().await?.till_setup().await
}

#[tauri::command]
pub async fn till_setup_set(cockpit: State<'_, Cockpit>, setup: TillSetup) -> Answer<TillSetup> {
    cockpit.studio().await?.set_till_setup(setup).await
}

#[tauri::command]
pub async fn till_open(cockpit: State<'_, Cockpit>, floats: Vec<Money>) -> Answer<CashUp> {
    cockpit.studio().await?.open_till(&floats).await
}

#[tauri::command]
pub async fn till_move_cash(
    cockpit: State<'_, Cockpit>,
    kind: DrawerKind,
    amount: Money,
    note: String,
) -> Answer<CashUp> {
    cockpit.studio().await?.move_cash(kind, amount, &note).await
}

#[tauri::command]
pub async fn till_close(cockpit: State<'_, Cockpit>, counted: Vec<Money>, note: String) -> Answer<CashUp> {
    cockpit.studio().await?.close_till(&counted, &note).await
}

/// `utc_offset_s`: how far the window's clock is ahead of UTC.
#[tauri::command]
pub async fn till_print(cockpit: State<'_, Cockpit>, book: CashUp, utc_offset_s: i32) -> Answer<()> {
    cockpit.studio().await?.print_book(&book, None, Some(utc_offset_s)).await
}

#[tauri::command]
pub async fn till_statement(cockpit: State<'_, Cockpit>, path: PathBuf, wish: StatementWish) -> Answer<StatementView> {
    cockpit.studio().await?.statement(&path, wish).await
}
