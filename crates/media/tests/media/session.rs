//! A desktop session of a test's own: message bus, PipeWire with its session manager and, where wanted, its sound server.

use crate::support::until;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// Set in the process that runs inside the session.
const INSIDE: &str = "HAWKER_TEST_INSIDE_SESSION";
/// PipeWire's server for programs that speak PulseAudio.
pub const SOUND: &str = "pipewire-pulse";

/// A process that ends with its test.
pub struct Guard(pub Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ended in the order in which they are held: what uses the bus goes before it.
struct Session {
    parts: Vec<Guard>,
    dir: tempfile::TempDir,
    bus: String,
}

impl Session {
    fn start(more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut bus = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .arg(format!("--address=unix:path={}", dir.path().join("bus").display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let mut session = Self { parts: vec![Guard(bus)], dir, bus: address.trim().to_owned() };
        for part in ["pipewire", "wireplumber"].iter().chain(more) {
            let mut command = Command::new(part);
            session.env(&mut command);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pipewire is installed");
            session.parts.insert(0, Guard(child));
            let socket = session.dir.path().join(if *part == SOUND { "pulse/native" } else { "pipewire-0" });
            until("it listens", || socket.exists());
        }
        session
    }

    fn env(&self, command: &mut Command) {
        let dir = self.dir.path();
        command
            .env("XDG_RUNTIME_DIR", dir)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("XDG_CONFIG_HOME", dir.join("config"))
            .env("XDG_STATE_HOME", dir.join("state"))
            .env_remove("PULSE_SERVER")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
    }
}

/// Runs `inside` in a session of its own, with `more` servers: in another process of this test, of that path.
pub fn in_session(more: &[&str], test: &str, inside: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let session = Session::start(more);
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "--nocapture", test]);
    session.env(&mut again);
    let out = again.env(INSIDE, "1").output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && text.contains("1 passed"), "{text}");
}
