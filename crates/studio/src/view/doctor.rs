//! What `hawker doctor` and the cockpit's self-check show.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One line of `hawker doctor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Check {
    pub id: CheckId,
    /// In English, for the command line.
    pub name: String,
    pub status: CheckStatus,
    pub detail: String,
    pub hint: Option<String>,
    /// Of ONNX Runtime: what the models run on.
    #[serde(default)]
    pub providers: Option<ProvidersView>,
    #[ts(type = "number")]
    pub ms: u64,
}

/// What is looked at. With its status it says what to do, in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckId {
    MediaEngine,
    Devices,
    OnnxRuntime,
    Models,
    DataDirectory,
    FreeSpace,
    PlatformProgram,
    Key,
    RecoveryCode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    Ok,
    Failed,
    Skipped,
}

/// What the models of recognition run on, and what became of every other provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProvidersView {
    /// By the name people know it by.
    pub chosen: String,
    pub why: ProviderWhy,
    /// The one that was not worth it.
    pub other: Option<String>,
    pub providers: Vec<ProviderView>,
}

/// Why it is that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProviderWhy {
    OnlyCpu,
    Quickest,
    NotWorthIt,
    NoneWorks,
    NotMeasured,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProviderView {
    pub name: String,
    pub state: ProviderState,
    /// Of one look at a frame, where it was measured.
    pub ms: Option<f32>,
    /// What the runtime says, in English.
    pub detail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProviderState {
    Measured,
    /// The runtime was built without it.
    Absent,
    /// It did not run the models.
    Failed,
    /// It gives something else than the CPU.
    Differs,
    Untried,
}
