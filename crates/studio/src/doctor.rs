//! What works on this machine and what does not, with how to mend it.

mod providers;

use crate::config::StudioConfig;
use crate::view::{Check, CheckId, CheckStatus, ProvidersView};
use hawker_infer::{Manifest, ModelError};
use hawker_store::RecoveryCodeKept;
use std::path::Path;
use std::time::Instant;

/// Below this a show of an hour at 2.5 Mbit/s (about 1.2 GB) does not fit.
const FREE_BYTES_WANTED: u64 = 2 * 1024 * 1024 * 1024;

/// Runs every check. Blocking; a few seconds at most, minutes where a graphics card is measured for the first time.
pub fn doctor(config: &StudioConfig) -> Vec<Check> {
    let mut checks = vec![
        timed(CheckId::MediaEngine, media_engine),
        timed(CheckId::Devices, devices),
        timed(CheckId::OnnxRuntime, || providers::check(config)),
        timed(CheckId::Models, || models(&config.models_dir)),
        timed(CheckId::DataDirectory, || data_directory(&config.data_dir)),
        timed(CheckId::FreeSpace, || free_space(&config.data_dir)),
    ];
    checks.push(timed(CheckId::PlatformProgram, || match &config.platform_program {
        Some(program) => ok(program.display().to_string()),
        None => failed(
            "hawker-platform is not beside hawker".into(),
            "build it (`cargo build --workspace --bins`), or set an address by `hawker settings set platform_url URL`",
        ),
    }));
    checks.push(timed(CheckId::Key, || key_home(config)));
    checks.push(timed(CheckId::RecoveryCode, || recovery_code(&config.data_dir)));
    checks
}

struct Verdict {
    status: CheckStatus,
    detail: String,
    hint: Option<String>,
    providers: Option<ProvidersView>,
}

fn ok(detail: String) -> Verdict {
    Verdict { status: CheckStatus::Ok, detail, hint: None, providers: None }
}

fn failed(detail: String, hint: &str) -> Verdict {
    Verdict { status: CheckStatus::Failed, detail, hint: Some(hint.to_owned()), providers: None }
}

fn skipped(detail: &str, hint: &str) -> Verdict {
    Verdict { status: CheckStatus::Skipped, detail: detail.to_owned(), hint: Some(hint.to_owned()), providers: None }
}

/// The check's name in English, for the command line.
fn name(id: CheckId) -> &'static str {
    match id {
        CheckId::MediaEngine => "media engine",
        CheckId::Devices => "cameras and microphones",
        CheckId::OnnxRuntime => "onnx runtime",
        CheckId::Models => "models",
        CheckId::DataDirectory => "data directory",
        CheckId::FreeSpace => "free space",
        CheckId::PlatformProgram => "platform program",
        CheckId::Key => "key",
        CheckId::RecoveryCode => "recovery code",
    }
}

fn timed(id: CheckId, check: impl FnOnce() -> Verdict) -> Check {
    let started = Instant::now();
    let verdict = check();
    let ms = started.elapsed().as_millis() as u64;
    let Verdict { status, detail, hint, providers } = verdict;
    Check { id, name: name(id).to_owned(), status, detail, hint, providers, ms }
}

fn media_engine() -> Verdict {
    match hawker_media::init() {
        Ok(()) => encoders(),
        Err(error) => failed(crate::errors::chain(&error), &error.hint()),
    }
}

/// Which encoder a show takes, and what became of every other.
fn encoders() -> Verdict {
    match hawker_media::encoder_report(&hawker_media::VideoCodec::Auto) {
        Ok(report) => {
            let words = format!("{}; {}", hawker_media::version(), report.lines().join("; "));
            match report.chosen {
                Some(chosen) => ok(format!("{words}; a show takes {chosen}")),
                None => failed(words, "install gstreamer1.0-plugins-bad or gstreamer1.0-plugins-ugly"),
            }
        }
        Err(error) => failed(crate::errors::chain(&error), &error.hint()),
    }
}

fn devices() -> Verdict {
    match crate::devices::devices() {
        Ok(found) if found.is_empty() => {
            skipped("none found", "plug a camera in; a clip, a screen or a picture works too")
        }
        Ok(found) => ok(found.iter().map(|device| device.name.as_str()).collect::<Vec<_>>().join(", ")),
        Err(failure) => failed(failure.message, "see whether another program holds the camera"),
    }
}

fn models(folder: &Path) -> Verdict {
    let manifest = match Manifest::load(folder) {
        Ok(manifest) => manifest,
        Err(error) => {
            return failed(
                crate::errors::chain(&error),
                "set HAWKER_MODELS to the folder of manifest.toml; in a checkout `git checkout -- models` brings it back",
            );
        }
    };
    let mut names = Vec::new();
    for (name, spec) in manifest.models() {
        match manifest.read(name, spec) {
            Ok(_) => names.push(name.to_owned()),
            // Nobody has to fetch what nothing uses.
            Err(ModelError::NotFetched { .. }) if manifest.roles_of(name).is_empty() => {
                names.push(format!("{name} (not fetched)"));
            }
            Err(error) => {
                return failed(
                    crate::errors::chain(&error),
                    "nothing is recognised until then; the show works without",
                );
            }
        }
    }
    // Above that size the models of words would not fit into the memory of a show.
    let (width, height) = hawker_vision::read::WORDS_LARGEST;
    let names = names.join(", ");
    ok(format!("{names}; a show reads words in pictures of up to {width}x{height}, barcodes and QR codes in any"))
}

fn data_directory(path: &Path) -> Verdict {
    if !path.exists() {
        return skipped("not made yet", "it is made at the first start");
    }
    let probe = path.join(".write-probe");
    match std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => ok(path.display().to_string()),
        Err(error) => failed(format!("{}: {error}", path.display()), "pass a --data-dir you may write to"),
    }
}

fn free_space(path: &Path) -> Verdict {
    let existing = path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    match fs4::available_space(existing) {
        Ok(free) if free < FREE_BYTES_WANTED => failed(
            format!("{:.1} GB", free as f64 / 1e9),
            "free some space, or put recordings on another disk under Settings",
        ),
        Ok(free) => ok(format!("{:.0} GB", free as f64 / 1e9)),
        Err(error) => skipped(&error.to_string(), "the disk can't be asked"),
    }
}

fn key_home(config: &StudioConfig) -> Verdict {
    if config.use_keychain && hawker_store::keychain_works() {
        return ok("keychain".into());
    }
    match config.passphrase {
        Some(_) => ok("passphrase".into()),
        None => failed(
            "no keychain answers and no passphrase is set".into(),
            "unlock the keychain, or name a passphrase file in HAWKER_PASSPHRASE_FILE",
        ),
    }
}

/// A show needs none, so its absence fails nothing.
fn recovery_code(data_dir: &Path) -> Verdict {
    match hawker_store::recovery_code_kept(data_dir) {
        Ok(Some(RecoveryCodeKept::Confirmed)) => ok("on paper".into()),
        Ok(Some(RecoveryCodeKept::Unconfirmed)) => skipped(
            "one was made, and nobody has shown to have it on paper",
            "if it is not, make another: in the window under Settings, Storage, or by `hawker-cli key recovery-code`",
        ),
        Ok(Some(RecoveryCodeKept::None)) => skipped(
            "there is none: nothing opens the data if the keychain or the passphrase is lost",
            "make one in the window under Settings, Storage, or by `hawker-cli key recovery-code`",
        ),
        Ok(None) => skipped("there are no data yet", "one can be made after the first start"),
        Err(error) => {
            failed(error.to_string(), "put key.json back from a copy of the data folder, or restore a backup")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_store::{KeyPolicy, Store};

    #[tokio::test]
    async fn a_recovery_code_counts_when_somebody_has_shown_to_have_it_on_paper() {
        let dir = tempfile::tempdir().unwrap();
        let said = || {
            let Verdict { status, detail, hint, .. } = recovery_code(dir.path());
            (status, detail, hint.unwrap_or_default())
        };
        assert!(said().1.contains("no data yet"));
        let policy = KeyPolicy { passphrase: Some("open sesame".to_owned().into()), use_keychain: false };
        let store = Store::open(dir.path(), policy).await.unwrap();
        for made in [false, true] {
            if made {
                store.new_recovery_code().await.unwrap();
            }
            let (status, detail, hint) = said();
            assert_eq!(status, CheckStatus::Skipped, "a show goes on without it: {detail}");
            assert_eq!(detail.contains("there is none"), !made, "{detail}");
            assert!(hint.contains("key recovery-code"), "{hint}");
        }
        store.confirm_recovery_code().await.unwrap();
        store.close().await;
        assert_eq!(said().0, CheckStatus::Ok, "also while the store is closed");
    }
}
