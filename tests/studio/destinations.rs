//! Where a show goes: to several kinds of servers at once, and to what is none.

use crate::bad_input::refused;
use hawker_test_support::{Authority, Stunnel};
use hawker_tests::{Desktop, Guard, Hawker, Probe, RtmpServer, Studio, eventually, probe};
use serde_json::Value;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);
const CAMERA: &str = "Hawker-of-a-test";

/// A studio whose pictures are small.
fn small() -> Studio {
    let studio = Studio::new();
    for (name, value) in [("width", "320"), ("height", "180"), ("video_bitrate_bps", "400000")] {
        studio.json(&["settings", "set", name, value]);
    }
    studio
}

fn of_output(line: &Value, state: &str) -> bool {
    line["event"] == "output" && line["state"] == state
}

#[test]
fn an_address_of_another_kind_is_refused_with_those_that_do() {
    let studio = Studio::new();
    let live = ["live", "--source", "test", "--no-platform", "--to", "ftp://127.0.0.1/live/sk-secret"];
    let out = studio.run(&live);
    refused(&out, &["ftp", "rtmp://", "srt://"]);
    assert!(!String::from_utf8_lossy(&out.stderr).contains("sk-secret"), "the refusal does not repeat the key");
    let stored = studio.run_with_stdin(&["destinations", "add", "shop"], "ftp://live.example/live/sk-secret\n");
    refused(&stored, &["ftp", "rtmp://", "srt://"]);
}

/// A server that takes connections and says nothing, and one that is named twice, beside a good one.
#[test]
fn a_mute_server_and_one_that_is_there_twice_are_named_and_the_show_goes_on() {
    let (studio, server) = (small(), RtmpServer::start());
    // Connections wait in the kernel, and nobody ever reads.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let (nowhere, twice) = (format!("rtmp://{}/live/sk-secret", mute.local_addr().unwrap()), server.url("once"));
    let recording = studio.folder().join("show.mkv");
    let live = ["live", "--source", "test", "--no-platform", "--to", &nowhere, "--to", &twice, "--to", &twice];
    let mut show = studio.start(&[&live[..], &["--record", recording.to_str().unwrap()]].concat(), None);
    let second = show.wait_for("the second of two is refused", SOON, |line| of_output(line, "failed"));
    assert!(second["why"].as_str().is_some_and(|why| why.contains("another destination already")), "{second}");
    let silent = show.wait_for("the mute one is named", SOON, |line| of_output(line, "reconnecting"));
    let why = silent["why"].as_str().unwrap_or_default();
    assert!(why.contains("accepted the connection and never answered") && why.contains("check the address"), "{why}");
    assert_eq!(silent["why_code"], "mute", "{silent}");
    show.wait_for("the good one is live", SOON, |line| of_output(line, "live"));
    let transcript = show.transcript();
    assert!(!transcript.contains("sk-secret"), "{transcript}");
    let (lines, status, errors) = show.end();
    assert!(status.success() && !errors.contains("sk-secret"), "{errors}");
    let summary = lines.last().unwrap();
    let recorded = probe(summary["recording"]["path"].as_str().unwrap(), None);
    assert!(recorded.unexplained_gap(summary) <= 0.1, "{} s are missing: {summary}", recorded.longest_video_gap());
}

#[test]
fn one_show_goes_by_tls_by_srt_and_as_a_camera_at_once() {
    let (studio, desktop, server) = (small(), Desktop::start(), RtmpServer::start());
    let authority = Authority::new();
    let tls = Stunnel::start(&authority.sign("DNS:localhost", "2"), server.port());
    let srt = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let by_srt = studio.folder().join("srt.ts");
    let mut receiver = srt_receiver(srt, &by_srt);
    let tls_url = format!("rtmps://localhost:{}/live/sealed", tls.port());
    let (srt_url, camera) = (format!("srt://127.0.0.1:{srt}"), format!("virtual-camera:{CAMERA}"));
    let live = ["--json", "live", "--source", "test", "--mic", "tone", "--no-platform"];
    let to = ["--to", &tls_url, "--to", &srt_url, "--to", &camera];
    let mut command = studio.command(&[&live[..], &to].concat(), Some(&desktop));
    let mut show = Hawker::start(command.env("SSL_CERT_FILE", authority.file()));
    for scheme in ["rtmps:", "srt:", "virtual-camera:"] {
        show.wait_for(scheme, SOON, |line| {
            of_output(line, "live") && line["url"].as_str().is_some_and(|url| url.starts_with(scheme))
        });
    }
    let seen = camera_pictures(&desktop, &studio.folder().join("seen.yuv"));
    assert!(seen > 20.0, "a program that takes the camera sees colour bars: {seen}");
    carries_both("rtmps", &probe(&server.url("sealed"), Some(4)));
    eventually("the SRT receiver has what it wants", SOON, || receiver.0.try_wait().unwrap());
    carries_both("srt", &probe(by_srt.to_str().unwrap(), None));
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let outputs = lines.last().unwrap()["outputs"].as_array().unwrap().clone();
    assert_eq!(outputs.len(), 3, "{outputs:?}");
    assert!(outputs.iter().all(|output| output["reconnects"] == 0), "{outputs:?}");
}

fn carries_both(what: &str, got: &Probe) {
    assert_eq!(got.video_codec.as_deref(), Some("h264"), "{what}: {got:?}");
    assert_eq!(got.audio_codec.as_deref(), Some("aac"), "{what}: {got:?}");
    assert!(got.duration() > 1.0 && got.longest_video_gap() < 0.1, "{what}: {got:?}");
    assert!(got.audio_times.len() > 40 && got.longest_audio_gap() < 0.1, "{what}: {got:?}");
}

/// ffmpeg that others call, and that keeps two seconds of what they bring.
fn srt_receiver(port: u16, to: &Path) -> Guard {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "quiet", "-y", "-i", &format!("srt://127.0.0.1:{port}?mode=listener"), "-t", "2"]);
    command.args(["-c", "copy"]).arg(to).stdin(Stdio::null());
    let receiver = Guard::start(&mut command);
    let listening = format!("0100007F:{port:04X} ");
    eventually("ffmpeg listens", SOON, || {
        std::fs::read_to_string("/proc/net/udp").unwrap().contains(&listening).then_some(())
    });
    receiver
}

/// How much the brightness differs over a picture that a program of the desktop gets from the camera.
fn camera_pictures(desktop: &Desktop, to: &Path) -> f64 {
    let mut command = Command::new("timeout");
    desktop.env(&mut command);
    command.args(["20", "gst-launch-1.0", "-q", "pipewiresrc", &format!("target-object={CAMERA}"), "num-buffers=10"]);
    command.args(["!", "videoconvert", "!", "videoscale", "!", "video/x-raw,format=GRAY8,width=32,height=18", "!"]);
    let done = command.arg("filesink").arg(format!("location={}", to.display())).status().unwrap();
    assert!(done.success(), "the camera delivers ten pictures");
    let bytes = std::fs::read(to).unwrap();
    let last = &bytes[bytes.len() - 32 * 18..];
    let mean = last.iter().map(|byte| f64::from(*byte)).sum::<f64>() / last.len() as f64;
    last.iter().map(|byte| (f64::from(*byte) - mean).abs()).sum::<f64>() / last.len() as f64
}
