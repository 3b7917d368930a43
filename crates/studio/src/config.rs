//! Where a studio finds its things. Filled by the command line or the window, never read from the environment below it.

use hawker_media::DecoderProgram;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// How much of a studio is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// The store alone: no platform is started, no model loaded.
    Store,
    /// The store, kept in touch with the platform.
    StoreAndPlatform,
    All,
}

/// How to open a studio.
#[derive(Clone)]
pub struct StudioConfig {
    /// Everything the seller owns lies in here.
    pub data_dir: PathBuf,
    /// Folder of `manifest.toml` and the models.
    pub models_dir: PathBuf,
    /// The ONNX Runtime library; none searches the usual places.
    pub onnxruntime: Option<PathBuf>,
    /// The `hawker-platform` program for the embedded platform; none: no platform is started.
    pub platform_program: Option<PathBuf>,
    /// Decodes clips and addresses in processes of their own; none: in the studio's.
    pub decoder: Option<DecoderProgram>,
    /// Opens the store where there is no keychain.
    pub passphrase: Option<Zeroizing<String>>,
    pub use_keychain: bool,
    pub parts: Parts,
    /// The source runs before the show too, so that the cockpit has a picture.
    pub preview_when_idle: bool,
}

impl StudioConfig {
    pub fn recordings_dir(&self) -> PathBuf {
        self.data_dir.join("recordings")
    }

    /// Notes which recordings are open, wherever they lie.
    pub fn open_recordings_dir(&self) -> PathBuf {
        self.data_dir.join("open-recordings")
    }

    pub fn logs_dir(&self) -> PathBuf {
        self.data_dir.join("logs")
    }
}
