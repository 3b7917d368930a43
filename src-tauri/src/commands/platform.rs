//! The platform, and the seller's account there. Passwords come in and never go out.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_studio::view::PlatformStatus;
use tauri::State;

#[tauri::command]
pub async fn platform_status(cockpit: State<'_, Cockpit>) -> Answer<PlatformStatus> {
    cockpit.studio().await?.platform_status().await
}

#[tauri::command]
pub async fn platform_sign_in(cockpit: State<'_, Cockpit>, email: String, password: String) -> Answer<PlatformStatus> {
    cockpit.studio().await?.sign_in(&email, password).await
}

#[tauri::command]
pub async fn platform_sign_up(
    cockpit: State<'_, Cockpit>,
    email: String,
    password: String,
    shop_name: String,
) -> Answer<PlatformStatus> {
    cockpit.studio().await?.sign_up(&email, password, &shop_name).await
}

#[tauri::command]
pub async fn platform_change_password(
    cockpit: State<'_, Cockpit>,
    password: String,
    new_password: String,
) -> Answer<PlatformStatus> {
    cockpit.studio().await?.change_password(password, new_password).await
}

#[tauri::command]
pub async fn platform_sign_out(cockpit: State<'_, Cockpit>) -> Answer<PlatformStatus> {
    cockpit.studio().await?.sign_out().await
}
