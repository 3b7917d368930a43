//! The use cases of the studio and the task that owns a show.
//!
//! Joins store, sync, media and vision; everything above (command line, window) calls [`Studio`] and shows [`view`].
//! Must not know: clap, tauri, HTTP. Errors leave as [`hawker_wire::Failure`].
//! Invariant: one process owns a data directory, one task owns what changes during a show.

mod account;
mod addresses;
mod backups;
pub mod bindings;
mod catalogue;
mod channel_orders;
mod channels;
mod claims;
mod clips;
mod comments;
pub mod config;
mod conflicts;
mod data_dir;
mod destinations;
mod devices;
pub mod doctor;
mod encoders;
pub mod errors;
mod evidence_file;
mod export;
mod fulfilment;
mod held;
mod installations;
mod language;
mod ledger;
mod lessons;
pub mod logging;
mod market;
mod models;
mod offers;
mod orders;
mod panics;
mod platform;
mod printer;
pub mod process;
mod recognise;
mod recognition;
mod recordings;
mod recovery;
mod refused;
mod run_through;
mod scenes;
mod settings;
mod show;
mod sound;
mod speech;
mod statement;
mod stock_take;
mod studio;
mod till;
mod unlock;
mod upkeep;
pub mod view;

pub use addresses::{check_typed_source, is_path, shown_address};
pub use backups::{list_backups, recover_key, restore_backup, rotate_key, time_text, verify_backup};
pub use channel_orders::OrderFile;
pub use channels::{Batch, ChannelAdapter};
pub use claims::{ClaimRulesChange, ClaimSettings};
pub use clips::{clip_beside, clip_recording};
pub use comments::{CommentsReport, CommentsScore, Labelled, ReadComment, check_comments};
pub use config::{Parts, StudioConfig};
pub use data_dir::DataDir;
pub use destinations::{any_url, local_url};
pub use devices::devices;
pub use encoders::encoders;
pub use fulfilment::{PackList, PackListForm};
pub use hawker_media::{
    Clipped, DecoderProgram, FaultPlan, PreviewJpeg, SavedReplay, SplitEvery, VideoCodec, decode_source,
};
pub use hawker_store::{
    AmbiguousRows, Backup as BackupMade, ChannelImport, ChannelStanding, CodeError, Consent, Contents, CountProblem,
    CountedProduct, KeyHome, ListedBackup, OrderProblem, RecoveryCode, Restored, Rotated, StatementOptions,
    StatementReport, StockTake, Unscanned, utc,
};
pub use hawker_vision::{
    Abstained,
    pre::Pre,
    rehearsal::{Advice, Rehearsal},
};
pub use ledger::ShowRecord;
pub use models::{ModelLine, ModelState, PullProgress, PulledModel, list_models, pull_models};
pub use offers::{OfferDraft, OfferEnd};
pub use platform::Waiting;
pub use printer::Printer;
pub use recognise::{Recognise, RecogniseClip, recognise_evidence, recognise_images, recognise_video};
pub use run_through::ClipToRunThrough;
pub use show::{Destination, Keep, LivePlan, ShowOutcome};
pub use speech::Speech;
pub use studio::{LiveOptions, Studio, Wanted};
pub use till::utc_offset;
pub use unlock::{Typed, unlock};

/// An amount as it stands on a card: "¥15.80", "15.80 SEK".
pub fn money_text(money: hawker_domain::Money) -> String {
    let text = money.to_string();
    let amount = text.split(' ').next().unwrap_or(&text);
    match money.currency.as_str() {
        "CNY" | "JPY" => format!("¥{amount}"),
        "USD" => format!("${amount}"),
        "EUR" => format!("€{amount}"),
        _ => text.clone(),
    }
}

pub(crate) use recognition::{runtime as recognition_runtime, unavailable as recognition_unavailable};
pub(crate) use show::{media_failure as show_failure, now_us as show_now_us};
