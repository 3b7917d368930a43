//! Where this installation keeps its parts, and how its store is opened.

use hawker_studio::{DecoderProgram, Parts, StudioConfig};
use hawker_wire::{ErrorCode, Failure};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A studio's configuration out of the environment. `data_dir` none means the user's own.
/// Errors: `bad_input` when the passphrase file can't be read, `internal` without a home directory.
pub fn studio_config(data_dir: Option<PathBuf>, preview_when_idle: bool) -> Result<StudioConfig, Failure> {
    Ok(StudioConfig {
        data_dir: data_dir.map_or_else(default_data_dir, Ok)?,
        models_dir: models_dir(),
        onnxruntime: std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from),
        platform_program: platform_program(),
        decoder: decoder(),
        passphrase: passphrase()?,
        use_keychain: std::env::var_os("HAWKER_NO_KEYCHAIN").is_none(),
        parts: Parts::All,
        preview_when_idle,
    })
}

fn default_data_dir() -> Result<PathBuf, Failure> {
    dirs::data_dir()
        .map(|dir| dir.join("hawker"))
        .ok_or_else(|| Failure::new(ErrorCode::BadInput, "this user has no home directory").hint("pass --data-dir"))
}

/// The folder that HAWKER_MODELS names; else the first that holds a model manifest: beside the program, in the package's
/// library folder, or in the current folder (a checkout).
fn models_dir() -> PathBuf {
    if let Some(named) = std::env::var_os("HAWKER_MODELS") {
        return PathBuf::from(named);
    }
    let beside = exe_dir();
    let candidates = [
        beside.as_ref().map(|dir| dir.join("models")),
        beside.as_ref().map(|dir| dir.join("../lib/hawker/models")),
        Some(PathBuf::from("models")),
    ];
    let found = candidates.into_iter().flatten().find(|dir| dir.join("manifest.toml").is_file());
    found.unwrap_or_else(|| PathBuf::from("models"))
}

fn platform_program() -> Option<PathBuf> {
    let program = exe_dir()?.join(format!("hawker-platform{}", std::env::consts::EXE_SUFFIX));
    program.is_file().then_some(program)
}

/// The first word that makes this program decode one source for the one that started it.
pub const DECODE: &str = "decode-source";

/// This program, by a word that nobody types.
fn decoder() -> Option<DecoderProgram> {
    let program = std::env::current_exe().ok()?;
    Some(DecoderProgram { program, arguments: vec![DECODE.into()] })
}

fn exe_dir() -> Option<PathBuf> {
    std::env::current_exe().ok()?.parent().map(Path::to_owned)
}

/// The first line of the file that HAWKER_PASSPHRASE_FILE names. A passphrase never stands in argv or the environment.
fn passphrase() -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(path) = std::env::var_os("HAWKER_PASSPHRASE_FILE").map(PathBuf::from) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map(Zeroizing::new).map_err(|error| {
        Failure::new(ErrorCode::BadInput, format!("can't read the passphrase file {}: {error}", path.display()))
            .hint("HAWKER_PASSPHRASE_FILE names it")
    })?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(Failure::new(ErrorCode::BadInput, format!("the passphrase file {} is empty", path.display())));
    }
    Ok(Some(Zeroizing::new(line.to_owned())))
}
