//! Another try to open a studio that did not open. Secrets come in and never go out.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_studio::Typed;
use tauri::{AppHandle, Runtime, State};

/// The keychain may be unlocked by now, or the folder free. Answers at once where it is open.
#[tauri::command]
pub async fn studio_open<R: Runtime>(app: AppHandle<R>, cockpit: State<'_, Cockpit>) -> Answer<()> {
    cockpit.open(&app, Typed::Nothing).await
}

/// By the passphrase of the key; of a new store without a keychain it becomes that.
#[tauri::command]
pub async fn studio_open_by_passphrase<R: Runtime>(
    app: AppHandle<R>,
    cockpit: State<'_, Cockpit>,
    passphrase: String,
) -> Answer<()> {
    cockpit.open(&app, Typed::Passphrase(passphrase.into())).await
}

/// By the recovery code. `passphrase`: a new one, for a computer without a keychain.
#[tauri::command]
pub async fn studio_open_by_code<R: Runtime>(
    app: AppHandle<R>,
    cockpit: State<'_, Cockpit>,
    code: String,
    passphrase: Option<String>,
) -> Answer<()> {
    cockpit.open(&app, Typed::Code { code: code.into(), passphrase: passphrase.map(Into::into) }).await
}
