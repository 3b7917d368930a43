//! The same from the real window, clicked by WebDriver.

use hawker_tests::{Desktop, Studio, asset, node, program};
use std::process::Command;

#[test]
fn the_host_goes_live_pins_undoes_and_ends_in_the_real_window() {
    let studio = Studio::new();
    studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    studio.json(&["settings", "set", "source", asset("demo/clip.mp4").to_str().unwrap()]);
    let desktop = Desktop::start_with_display(1440, 900);
    let shots = std::env::var("HAWKER_SHOTS").unwrap_or_else(|_| studio.folder().display().to_string());
    let launcher = launcher(&studio, &desktop);
    let seen = node("window.mjs", &[launcher.to_str().unwrap(), &shots], Some(&desktop));
    assert!(seen["pinned"].is_string(), "{seen}");
    let events = studio.run(&["--json", "show"]);
    let ledger = String::from_utf8_lossy(&events.stdout).into_owned();
    for word in ["\"on_air\"", "\"pinned\"", "\"retracted\"", "\"summary\""] {
        assert!(ledger.contains(word), "the ledger lacks {word}: {ledger}");
    }
}

/// WebKitWebDriver starts a program by path alone; a script carries the environment.
fn launcher(studio: &Studio, desktop: &Desktop) -> std::path::PathBuf {
    let mut command = Command::new("x");
    studio.env(&mut command);
    desktop.env(&mut command);
    let mut text = String::from("#!/bin/sh\n");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => text.push_str(&format!("export {}='{}'\n", name.display(), value.display())),
            None => text.push_str(&format!("unset {}\n", name.display())),
        }
    }
    text.push_str(&format!("exec '{}' \"$@\"\n", program("hawker").display()));
    let path = studio.folder().join("hawker.sh");
    std::fs::write(&path, text).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&path, mode).unwrap();
    path
}
