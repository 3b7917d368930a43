//! The canvas as a camera of this computer, in a PipeWire of its own.

use crate::support::*;
use hawker_media::{DeviceKind, MediaEvent, OutputPhase, devices};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Set in the process that runs inside the session.
const INSIDE: &str = "HAWKER_TEST_INSIDE_SESSION";
const NAME: &str = "Hawker of a test";

struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Message bus, PipeWire and its session manager.
struct Session {
    _parts: Vec<Guard>,
    dir: tempfile::TempDir,
    bus: String,
}

impl Session {
    fn start() -> Self {
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
        let mut session = Self { _parts: vec![Guard(bus)], dir, bus: address.trim().to_owned() };
        for part in ["pipewire", "wireplumber"] {
            let mut command = Command::new(part);
            session.env(&mut command);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pipewire is installed");
            session._parts.insert(0, Guard(child));
            let socket = session.dir.path().join("pipewire-0");
            until("PipeWire listens", || socket.exists());
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
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
    }
}

/// Pictures that a program which opens the camera gets in `seconds`, as raw video in a file.
fn pictures(dir: &Path, seconds: u32) -> (u64, Duration) {
    let file = dir.join("seen.yuv");
    let began = Instant::now();
    let done = Command::new("timeout")
        .arg("40")
        .args(["gst-launch-1.0", "-q", "pipewiresrc"])
        .arg(format!("target-object={NAME}"))
        .arg(format!("num-buffers={}", seconds * 30))
        .args(["!", "videoconvert", "!", "video/x-raw,format=I420,width=640,height=360", "!", "filesink"])
        .arg(format!("location={}", file.display()))
        .status()
        .unwrap();
    assert!(done.success(), "the camera was read to the end");
    (std::fs::metadata(&file).unwrap().len() / (640 * 360 * 3 / 2), began.elapsed())
}

fn is_listed() -> bool {
    devices().unwrap().iter().any(|device| device.kind == DeviceKind::Camera && device.name == NAME)
}

#[test]
fn other_programs_see_the_show_as_a_camera_and_again_after_it_was_stopped() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let session = Session::start();
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args([
        "--exact",
        "--nocapture",
        "camera::other_programs_see_the_show_as_a_camera_and_again_after_it_was_stopped",
    ]);
    session.env(&mut again);
    let out = again.env(INSIDE, "1").output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success() && text.contains("1 passed"), "{text}");
}

fn inside() {
    let dir = tempfile::tempdir().unwrap();
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("virtual-camera:{}", NAME.replace(' ', "%20")));
    assert!(!is_listed());
    program.go_on_air().unwrap();
    for round in 0..2 {
        program.add_output(output.clone()).unwrap();
        events.wait_phase(output.id, OutputPhase::Live);
        until("the camera is listed", is_listed);
        let (seen, took) = pictures(dir.path(), 5);
        assert!(seen >= 149, "round {round}: {seen} pictures");
        assert!(took > Duration::from_millis(4_500), "round {round}: five seconds of pictures took {took:?}");
        program.remove_output(output.id);
        events.wait_phase(output.id, OutputPhase::Ended);
        until("the camera is gone", || !is_listed());
    }
    program.stop().finish();
    assert!(!events.all().iter().any(|e| matches!(e, MediaEvent::Output { state: OutputPhase::Failed, .. })));
}
