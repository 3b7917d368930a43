//! What the window may ask for, one module per noun.

mod catalogue;
mod claims;
mod installations;
mod live;
mod market;
mod offers;
mod opening;
mod orders;
mod platform;
mod recording;
mod settings;
mod sound;
mod till;
mod window;

use hawker_wire::Failure;
use tauri::{Runtime, ipc::Invoke};

type Answer<T> = Result<T, Failure>;

/// Every command of the cockpit.
pub fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        live::snapshot,
        live::live_start,
        live::live_end,
        live::live_pin,
        live::live_unpin,
        live::live_undo,
        live::live_name,
        live::live_confirm,
        live::live_scene,
        live::live_save_replay,
        live::live_record,
        live::live_record_stop,
        live::preview_start,
        live::preview_next,
        live::live_stage,
        live::scene_book,
        live::live_stage_draft,
        live::live_take,
        live::staged_next,
        live::running_order_set,
        catalogue::catalogue_list,
        catalogue::catalogue_save,
        catalogue::catalogue_question,
        catalogue::catalogue_remove,
        catalogue::catalogue_conflicts,
        catalogue::catalogue_settle,
        catalogue::catalogue_import,
        catalogue::catalogue_import_stop,
        catalogue::catalogue_add_photo,
        catalogue::catalogue_photo,
        catalogue::catalogue_remove_photo,
        catalogue::catalogue_lessons,
        catalogue::catalogue_lesson_crop,
        catalogue::catalogue_forget_lesson,
        catalogue::catalogue_forget_lessons,
        catalogue::catalogue_rehearse,
        catalogue::run_through_start,
        catalogue::run_through_say,
        catalogue::run_through_end,
        catalogue::stock_move,
        claims::claims_list,
        claims::claim_answer,
        claims::claim_drop,
        claims::claim_pay_url,
        claims::claim_rules_get,
        claims::claim_rules_set,
        offers::offers_list,
        offers::offer_question,
        offers::offer_add,
        offers::offer_end,
        market::market_get,
        market::market_take,
        market::market_give_back,
        market::market_keep,
        market::market_put_aside,
        market::market_collect,
        market::market_let_go,
        market::market_devices,
        market::market_device_lost,
        orders::orders_list,
        orders::order_get,
        orders::order_move,
        orders::order_buyer,
        orders::changes_refused,
        orders::change_seen,
        orders::order_add,
        orders::order_return,
        orders::order_match,
        orders::order_print,
        till::till_get,
        till::till_setup_get,
        till::till_setup_set,
        till::till_open,
        till::till_move_cash,
        till::till_close,
        till::till_print,
        till::till_statement,
        platform::platform_status,
        platform::platform_sign_in,
        platform::platform_sign_up,
        platform::platform_change_password,
        platform::platform_sign_out,
        installations::installations_list,
        installations::installation_revoke,
        installations::held_list,
        installations::held_decide,
        recording::recording_clip,
        settings::devices_list,
        settings::encoders_list,
        settings::destinations_list,
        settings::destination_add,
        settings::destination_remove,
        settings::destination_set_primary,
        settings::destination_change,
        settings::show_publish,
        settings::show_unpublish,
        settings::settings_get,
        settings::settings_set,
        settings::recovery_state,
        settings::recovery_make,
        settings::recovery_confirm,
        settings::doctor,
        settings::pick_file,
        sound::sound_set,
        sound::sound_mix,
        sound::sound_meters,
        sound::sound_monitor,
        sound::sound_headphones,
        opening::studio_open,
        opening::studio_open_by_passphrase,
        opening::studio_open_by_code,
        window::window_asks,
        window::window_stay,
        window::window_close,
    ]
}

/// Runs something that blocks, away from the window's thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Answer<T> + Send + 'static) -> Answer<T> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.map_err(|error| Failure::new(hawker_wire::ErrorCode::Internal, error.to_string()))?
}
