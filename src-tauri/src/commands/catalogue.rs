//! Products, photos and stock.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::{ConflictId, LessonId, PhotoId, Sku, edit::Keep, offer::Question, stock::MovementReason};
use hawker_studio::view::{
    ConflictPage, ImportReport, LessonView, ProductDraft, ProductPage, ProductView, RehearsalView,
    RunThroughReportView, RunThroughSaid, RunThroughWish,
};
use hawker_wire::{ErrorCode, Failure};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use tauri::{
    AppHandle, Emitter, Runtime, State,
    ipc::{InvokeBody, Request, Response},
};

#[tauri::command]
pub async fn catalogue_list(
    cockpit: State<'_, Cockpit>,
    query: String,
    offset: u32,
    limit: u32,
) -> Answer<ProductPage> {
    cockpit.studio().await?.products(&query, offset, limit).await
}

#[tauri::command]
pub async fn catalogue_save(cockpit: State<'_, Cockpit>, draft: ProductDraft, confirmed: bool) -> Answer<ProductView> {
    cockpit.studio().await?.save_product(draft, confirmed).await
}

/// What somebody has to say yes to before it can be saved; none: nothing.
#[tauri::command]
pub async fn catalogue_question(cockpit: State<'_, Cockpit>, draft: ProductDraft) -> Answer<Option<Question>> {
    cockpit.studio().await?.question_of_product(draft).await
}

#[tauri::command]
pub async fn catalogue_remove(cockpit: State<'_, Cockpit>, sku: Sku) -> Answer<()> {
    cockpit.studio().await?.remove_product(&sku).await
}

#[tauri::command]
pub async fn catalogue_conflicts(cockpit: State<'_, Cockpit>, limit: u32) -> Answer<ConflictPage> {
    cockpit.studio().await?.conflicts(limit).await
}

#[tauri::command]
pub async fn catalogue_settle(cockpit: State<'_, Cockpit>, id: ConflictId, keep: Keep) -> Answer<()> {
    cockpit.studio().await?.settle_conflict(id, keep).await
}

/// Pushes `import` with [rows done, rows in all] while it works; [`catalogue_import_stop`] ends it early.
#[tauri::command]
pub async fn catalogue_import<R: Runtime>(
    app: AppHandle<R>,
    cockpit: State<'_, Cockpit>,
    path: PathBuf,
    dry_run: bool,
) -> Answer<ImportReport> {
    let stop = cockpit.import_begins();
    let progress = move |done: u64, all: u64| {
        let _ = app.emit("import", [done, all]);
        !stop.load(Ordering::SeqCst)
    };
    cockpit.studio().await?.import_catalogue(&path, dry_run, progress).await
}

/// Stops the running import after the row it is at.
#[tauri::command]
pub fn catalogue_import_stop(cockpit: State<'_, Cockpit>) {
    cockpit.stop_import();
}

/// The picture is the raw body, the product stands in the header `sku` (percent-encoded).
#[tauri::command]
pub async fn catalogue_add_photo(cockpit: State<'_, Cockpit>, request: Request<'_>) -> Answer<PhotoId> {
    let wrong = || Failure::new(ErrorCode::BadInput, "a photo needs its picture and the header sku");
    let InvokeBody::Raw(bytes) = request.body() else { return Err(wrong()) };
    let header = request.headers().get("sku").and_then(|value| value.to_str().ok()).ok_or_else(wrong)?;
    let decoded = percent_encoding::percent_decode_str(header).decode_utf8().map_err(|_| wrong())?;
    let sku = Sku::new(&decoded).map_err(|error| Failure::new(ErrorCode::BadInput, error.to_string()))?;
    cockpit.studio().await?.add_photo(&sku, bytes).await
}

#[tauri::command]
pub async fn catalogue_photo(cockpit: State<'_, Cockpit>, id: PhotoId, thumbnail: bool) -> Answer<Response> {
    cockpit.studio().await?.photo(id, thumbnail).await.map(Response::new)
}

#[tauri::command]
pub async fn catalogue_remove_photo(cockpit: State<'_, Cockpit>, id: PhotoId) -> Answer<()> {
    cockpit.studio().await?.remove_photo(id).await
}

#[tauri::command]
pub async fn stock_move(
    cockpit: State<'_, Cockpit>,
    sku: Sku,
    delta: i64,
    reason: MovementReason,
) -> Answer<ProductView> {
    cockpit.studio().await?.move_stock(&sku, delta, reason).await
}

/// What corrections taught recognition, newest first.
#[tauri::command]
pub async fn catalogue_lessons(cockpit: State<'_, Cockpit>) -> Answer<Vec<LessonView>> {
    cockpit.studio().await?.lessons().await
}

#[tauri::command]
pub async fn catalogue_lesson_crop(cockpit: State<'_, Cockpit>, id: LessonId) -> Answer<Response> {
    cockpit.studio().await?.lesson_crop(id).await.map(Response::new)
}

#[tauri::command]
pub async fn catalogue_forget_lesson(cockpit: State<'_, Cockpit>, id: LessonId) -> Answer<()> {
    cockpit.studio().await?.forget_lesson(id).await
}

/// Forgets all of them; how many there were.
#[tauri::command]
pub async fn catalogue_forget_lessons(cockpit: State<'_, Cockpit>) -> Answer<u64> {
    cockpit.studio().await?.forget_all_lessons().await
}

/// How well the products of the running order will be recognised, or all of the catalogue where there is none. Takes about a
/// second for each ten photos that were never looked at before.
#[tauri::command]
pub async fn catalogue_rehearse(cockpit: State<'_, Cockpit>) -> Answer<RehearsalView> {
    cockpit.studio().await?.rehearsal(Vec::new()).await
}

/// Asks for products to be held up from now on; the snapshot tells which, and what each is taken for.
#[tauri::command]
pub async fn run_through_start(cockpit: State<'_, Cockpit>, wish: RunThroughWish) -> Answer<()> {
    cockpit.studio().await?.run_through(wish).await
}

#[tauri::command]
pub async fn run_through_say(cockpit: State<'_, Cockpit>, said: RunThroughSaid, at: usize) -> Answer<()> {
    cockpit.studio().await?.run_through_say(said, at).await
}

#[tauri::command]
pub async fn run_through_end(cockpit: State<'_, Cockpit>) -> Answer<RunThroughReportView> {
    cockpit.studio().await?.run_through_end().await
}
