//! ONNX Runtime: one pinned PyPI wheel a system, checked by sha256, its library put where crate `infer` looks for it.

use super::tools;
use crate::exec::{output, run, say};
use crate::setup::hash;
use crate::trouble::{Outcome, Trouble};
use crate::workspace::{Workspace, set};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Must be what `hawker_infer::RUNTIME_VERSION` says: it stands in the path. Crate `ort` needs 1.22 or newer.
pub const VERSION: &str = "1.26.0";

/// The interpreter the wheel is made for. We only take the library out, so it need not be the one that is installed.
const WHEEL_PYTHON: &str = "3.12";

/// One system's wheel and the library in it.
struct Wheel {
    os: &'static str,
    arch: &'static str,
    platform: &'static str,
    wheel_sha256: &'static str,
    member: &'static str,
    library_sha256: &'static str,
}

/// Of each system the one wheel that holds this version. For Intel Macs no such wheel exists: they bring their own library.
const WHEELS: &[Wheel] = &[
    Wheel {
        os: "linux",
        arch: "x86_64",
        platform: "manylinux_2_28_x86_64",
        wheel_sha256: "9b6dd70599005bd1bf29779f04a91978b92b5e719c11a20068a8f8e535f725b6",
        member: "onnxruntime/capi/libonnxruntime.so.1.26.0",
        library_sha256: "50775d390eb55e7abd9f6d734da103a04f0e5342ef0a76b1c6ec795544439295",
    },
    Wheel {
        os: "linux",
        arch: "aarch64",
        platform: "manylinux_2_28_aarch64",
        wheel_sha256: "91f2bb870a4b9224eba0a6728c1fa7a9e552b8e59e1083c51fbbc3d013f2b5c0",
        member: "onnxruntime/capi/libonnxruntime.so.1.26.0",
        library_sha256: "8cac3d595f13c6c87c7d9b0590083f299bdd654def63960a58c8407b8b112328",
    },
    Wheel {
        os: "windows",
        arch: "x86_64",
        platform: "win_amd64",
        wheel_sha256: "a26374dc7fbcaae593601086b242120e13f2310558df0991da6dd8b8fac00414",
        member: "onnxruntime/capi/onnxruntime.dll",
        library_sha256: "efa14dc0f3e8d6e4fc7ce0b9b5aa70d6e27deec908af05c1fa9a37270f57460b",
    },
    Wheel {
        os: "windows",
        arch: "aarch64",
        platform: "win_arm64",
        wheel_sha256: "54a8053410fd31fd66469bd754fcfe8a4df9f7eb44756b4b5479bf50c842d948",
        member: "onnxruntime/capi/onnxruntime.dll",
        library_sha256: "4ea092024cbe95a0b7dc654c2ab007d7e4d09f6f50fa69ed6804f41a42aedea0",
    },
    Wheel {
        os: "macos",
        arch: "aarch64",
        platform: "macosx_14_0_arm64",
        wheel_sha256: "05b028781b322ad74b57ce5b50aa5280bb1fe96ceec334628ade681e0b24c1ac",
        member: "onnxruntime/capi/libonnxruntime.1.26.0.dylib",
        library_sha256: "bc14a573205a159eda77aae6156fda02f800b24a9d97b401ff3ec98f5a61adf7",
    },
];

/// Where the library belongs.
pub fn library_path(cache: &Path) -> PathBuf {
    let name = format!("{}onnxruntime{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    cache.join("onnxruntime").join(VERSION).join(name)
}

/// Whether the library is there and the pinned one.
pub fn is_there(cache: &Path) -> bool {
    wheel_for(std::env::consts::OS, std::env::consts::ARCH)
        .is_some_and(|wheel| hash::of_file(&library_path(cache)).is_ok_and(|found| found == wheel.library_sha256))
}

/// Names a library that somebody brings along. Crate `infer` takes it before any other, so nothing is fetched then.
const OWN: &str = "ORT_DYLIB_PATH";

/// The library that ORT_DYLIB_PATH names, or why it can't be meant. None where it is not set. Errors: `Unmet`.
pub fn own() -> Option<Outcome<PathBuf>> {
    set(OWN).map(|path| own_library(PathBuf::from(path)))
}

fn own_library(path: PathBuf) -> Outcome<PathBuf> {
    if path.is_file() {
        return Ok(path);
    }
    Err(Trouble::unmet(
        format!("{OWN} names {}, which is no file", path.display()),
        format!("correct it, or unset it so that ONNX Runtime {VERSION} is fetched"),
    ))
}

/// Fetches the library unless it is there or somebody brings one along. Errors: `Unmet` on a system without a wheel, with a
/// wrong hash or a wrong ORT_DYLIB_PATH, `Failed`.
pub fn install(workspace: &Workspace) -> Outcome<()> {
    match own() {
        Some(path) => {
            say(format!("ONNX Runtime: {} is taken, as {OWN} says", path?.display()));
            Ok(())
        }
        None => fetch(workspace),
    }
}

fn fetch(workspace: &Workspace) -> Outcome<()> {
    if is_there(&workspace.cache) {
        say(format!("ONNX Runtime {VERSION}: there"));
        return Ok(());
    }
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let wheel = wheel_for(os, arch).ok_or_else(|| {
        Trouble::unmet(
            format!("there is no pinned ONNX Runtime for {os} on {arch}"),
            format!("set {OWN} to a library of version 1.23 or newer"),
        )
    })?;
    say(format!("ONNX Runtime {VERSION}: fetching the wheel for {}", wheel.platform));
    let folder = workspace.kept("wheels");
    fs::create_dir_all(&folder).map_err(Trouble::file(&folder))?;
    let file = download(wheel, &folder)?;
    let found = hash::of_file(&file)?;
    if found != wheel.wheel_sha256 {
        return Err(Trouble::unmet(
            format!("{} has sha256 {found}, expected {}", file.display(), wheel.wheel_sha256),
            "check which package index pip uses on this machine, then run the same again",
        ));
    }
    unpack(wheel, &file, &library_path(&workspace.cache))?;
    if !is_there(&workspace.cache) {
        return Err(Trouble::unmet(
            "the library in the wheel is not the pinned one",
            "report this as a defect of xtask",
        ));
    }
    say(format!("ONNX Runtime {VERSION}: installed in {}", library_path(&workspace.cache).display()));
    Ok(())
}

fn wheel_for(os: &str, arch: &str) -> Option<&'static Wheel> {
    WHEELS.iter().find(|wheel| wheel.os == os && wheel.arch == arch)
}

fn download(wheel: &Wheel, folder: &Path) -> Outcome<PathBuf> {
    run(
        Command::new(tools::python())
            .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--only-binary=:all:", "--implementation", "cp", "--python-version", WHEEL_PYTHON])
            .args(["--platform", wheel.platform, "--dest"])
            .arg(folder)
            .arg(format!("onnxruntime=={VERSION}")),
        "check the network and pip's package index; `python3 -m pip download onnxruntime` shows more",
    )?;
    let entries = fs::read_dir(folder).map_err(Trouble::file(folder))?;
    let tag = format!("{}.whl", wheel.platform);
    let mut paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    paths
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with(&format!("onnxruntime-{VERSION}-")) && name.ends_with(&tag)
        })
        .ok_or_else(|| Trouble::unmet("pip fetched no wheel we know", format!("look into {}", folder.display())))
}

/// The library, and beside it the notices its licence asks for. Written aside and renamed, so that a broken run leaves
/// nothing half-written and a running program keeps its library.
const UNPACK: &str = "
import os, sys, zipfile
wheel, member, library = sys.argv[1:4]
os.makedirs(os.path.dirname(library), exist_ok=True)
with zipfile.ZipFile(wheel) as z:
    for name, path in [(member, library)] + [
        (n, os.path.join(os.path.dirname(library), os.path.basename(n)))
        for n in ('onnxruntime/LICENSE', 'onnxruntime/ThirdPartyNotices.txt') if n in z.namelist()
    ]:
        with open(path + '.part', 'wb') as out:
            out.write(z.read(name))
        os.replace(path + '.part', path)
";

fn unpack(wheel: &Wheel, file: &Path, library: &Path) -> Outcome<()> {
    output(
        Command::new(tools::python()).arg("-c").arg(UNPACK).arg(file).arg(wheel.member).arg(library),
        "check that the cache folder can be written and has 30 MB free",
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn crate_infer_looks_for_the_version_that_is_fetched() {
        let source = include_str!("../../../infer/src/runtime.rs");
        assert!(source.contains(&format!("RUNTIME_VERSION: &str = \"{VERSION}\"")), "the two versions drifted apart");
    }

    #[test]
    fn the_systems_we_build_for_have_a_wheel_of_that_version() {
        for (os, arch) in [("linux", "x86_64"), ("linux", "aarch64"), ("windows", "x86_64"), ("macos", "aarch64")] {
            let wheel = wheel_for(os, arch).unwrap();
            assert!(wheel.member.contains(VERSION) || os == "windows", "{os} {arch}");
            assert_eq!((wheel.wheel_sha256.len(), wheel.library_sha256.len()), (64, 64));
        }
        assert!(wheel_for("linux", "riscv64").is_none(), "an unknown system is refused, not guessed");
    }

    #[test]
    fn a_library_that_somebody_brings_is_taken_if_it_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("libonnxruntime.so");
        let told = own_library(path.clone()).unwrap_err().to_string();
        assert!(told.contains("ORT_DYLIB_PATH") && told.contains("libonnxruntime.so"), "{told}");
        std::fs::write(&path, "a library").unwrap();
        assert_eq!(own_library(path.clone()).unwrap(), path);
    }

    #[test]
    fn a_damaged_library_is_fetched_again() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_there(dir.path()));
        crate::workspace::write(&library_path(dir.path()), b"half a library").unwrap();
        assert!(!is_there(dir.path()));
    }
}
