//! The ONNX Runtime library: where it is looked for, and loading it once for the whole process.

use ort::environment::Environment;
use ort::logging::LogLevel;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::provider::{Probe, Provider};

/// The version `cargo xtask setup` fetches and that stands in the cache's path. Any 1.23 or newer works as well: on Linux
/// 1.22 finds no device and refuses every model.
pub const RUNTIME_VERSION: &str = "1.26.0";

/// Where a person can point at a library of their own.
const DYLIB_VARIABLE: &str = "ORT_DYLIB_PATH";

/// ONNX Runtime, loaded. Cheap to clone. One library a process: a second load answers the first one.
#[derive(Clone, Debug)]
pub struct Runtime {
    environment: Environment,
    path: Arc<Path>,
    probes: Arc<[Probe]>,
}

/// Why ONNX Runtime can't be used. The show goes on without tags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuntimeError {
    #[error("onnx runtime was not found in {}; run `cargo xtask setup`, or set {DYLIB_VARIABLE} to the library", list(.searched))]
    NotFound { searched: Vec<PathBuf> },
    #[error("{path} can't be loaded as onnx runtime: {why}; run `cargo xtask setup` to fetch it again")]
    Open { path: PathBuf, why: String },
    #[error(
        "{path} is onnx runtime {found}, needed is 1.{} or newer; run `cargo xtask setup`, or set {DYLIB_VARIABLE} to a newer one",
        ort::MINOR_VERSION
    )]
    WrongVersion { path: PathBuf, found: String },
    #[error("onnx runtime {path} did not start: {why}")]
    Start { path: PathBuf, why: String },
}

/// What the first successful load left behind. ONNX Runtime can't be unloaded again, so it stays for ever.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads ONNX Runtime from `dylib`, else from `ORT_DYLIB_PATH`, else from `onnxruntime/` beside the executable, else from
    /// the cache that `cargo xtask setup` fills. A path that was asked for by name is not searched past.
    /// Errors: [`RuntimeError`]. Threads: may be called from any, loads once.
    pub fn load(dylib: Option<&Path>) -> Result<Self, RuntimeError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return Ok(runtime.clone());
        }
        let places = Places {
            argument: dylib.map(Path::to_owned),
            variable: std::env::var_os(DYLIB_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from),
            executable: std::env::current_exe().ok(),
            cache: cache_folder(),
        };
        let path = places.find(Path::is_file)?;
        let runtime = Self::open(&path)?;
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    /// The library that was loaded.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every provider we know and whether this runtime has it; the CPU last.
    pub fn providers(&self) -> &[Probe] {
        &self.probes
    }

    /// What the library says of its build: version, commit, flags.
    pub(crate) fn build(&self) -> &'static str {
        ort::info()
    }

    /// The same runtime as if it had other providers.
    #[cfg(test)]
    pub(crate) fn pretending(self, probes: Vec<Probe>) -> Self {
        Self { probes: Arc::from(probes), ..self }
    }

    /// Whether this runtime was built with a provider.
    pub(crate) fn has(&self, provider: Provider) -> bool {
        self.probes.iter().any(|probe| probe.provider == provider && probe.missing.is_none())
    }

    /// Where providers keep what they compile.
    pub(crate) fn compiled_folder(&self) -> Option<PathBuf> {
        cache_folder().map(|folder| folder.join("hawker/compiled"))
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    fn open(path: &Path) -> Result<Self, RuntimeError> {
        use ort::LoadDynamicError as Load;
        let builder = ort::init_from(path).map_err(|error| match error {
            Load::BadVersion { version_str, path } => RuntimeError::WrongVersion { path, found: version_str },
            Load::Dlopen { error, path } => RuntimeError::Open { path, why: error.to_string() },
            Load::MissingApi { path } => {
                RuntimeError::Open { path, why: "it does not export OrtGetApiBase".to_owned() }
            }
            other => RuntimeError::Open { path: path.to_owned(), why: other.to_string() },
        })?;
        let started = builder.with_name("hawker").with_telemetry(false).with_logger(Arc::new(log)).build();
        let environment =
            started.map_err(|error| RuntimeError::Start { path: path.to_owned(), why: error.to_string() })?;
        let probes = Provider::ALL.iter().map(|provider| provider.probe()).collect();
        Ok(Self { environment, path: Arc::from(path), probes })
    }
}

/// What the library is called on this system.
pub fn library_file_name() -> String {
    format!("{}onnxruntime{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// Everything the search depends on, so that its order can be tested without an environment.
struct Places {
    argument: Option<PathBuf>,
    variable: Option<PathBuf>,
    executable: Option<PathBuf>,
    cache: Option<PathBuf>,
}

impl Places {
    fn find(&self, exists: impl Fn(&Path) -> bool) -> Result<PathBuf, RuntimeError> {
        let named = self.argument.as_ref().or(self.variable.as_ref());
        let searched: Vec<PathBuf> = if let Some(named) = named {
            vec![named.clone()]
        } else {
            let beside = self.executable.as_deref().and_then(Path::parent).map(|folder| folder.join("onnxruntime"));
            let cached = self.cache.as_ref().map(|folder| folder.join("hawker/onnxruntime").join(RUNTIME_VERSION));
            beside.into_iter().chain(cached).map(|folder| folder.join(library_file_name())).collect()
        };
        searched.iter().find(|path| exists(path)).cloned().ok_or(RuntimeError::NotFound { searched })
    }
}

/// The user's cache folder: XDG_CACHE_HOME, else the system's own, else ~/.cache.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME")
        .or_else(|| if cfg!(windows) { set("LOCALAPPDATA") } else { None })
        .or_else(|| set("HOME").or_else(|| set("USERPROFILE")).map(|home| home.join(".cache")))
}

/// ONNX Runtime's own messages go into our log; its warnings about graphs are of use to developers alone.
fn log(level: LogLevel, _category: &str, _id: &str, location: &str, message: &str) {
    match level {
        LogLevel::Fatal | LogLevel::Error => tracing::warn!(runtime.location = location, "onnx runtime: {message}"),
        LogLevel::Warning => tracing::debug!(runtime.location = location, "onnx runtime: {message}"),
        _ => tracing::trace!(runtime.location = location, "onnx runtime: {message}"),
    }
}

fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    if shown.is_empty() { "any known place".to_owned() } else { shown.join(" or ") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn places() -> Places {
        Places {
            argument: Some("/given/a.so".into()),
            variable: Some("/variable/b.so".into()),
            executable: Some("/opt/hawker/hawker".into()),
            cache: Some("/cache".into()),
        }
    }

    #[test]
    fn the_library_is_taken_from_the_nearest_place_that_was_meant() {
        let name = library_file_name();
        let everything = |_: &Path| true;
        assert_eq!(places().find(everything).unwrap(), Path::new("/given/a.so"));
        let variable = Places { argument: None, ..places() };
        assert_eq!(variable.find(everything).unwrap(), Path::new("/variable/b.so"));
        let beside = Places { argument: None, variable: None, ..places() };
        assert_eq!(beside.find(everything).unwrap(), Path::new("/opt/hawker/onnxruntime").join(&name));
        let cache = beside.find(|path| path.starts_with("/cache")).unwrap();
        assert_eq!(cache, Path::new("/cache/hawker/onnxruntime").join(RUNTIME_VERSION).join(&name));
    }

    #[test]
    fn a_library_asked_for_by_name_is_not_silently_replaced() {
        let error = places().find(|path| path.starts_with("/cache")).unwrap_err();
        assert_eq!(error, RuntimeError::NotFound { searched: vec!["/given/a.so".into()] });
        assert!(error.to_string().contains("cargo xtask setup"), "{error}");
    }
}
