//! The platform that is not there, goes away, and comes back.

use super::bad_input::something_is_in;
use hawker_tests::{Hawker, Studio, asset, eventually, send_signal};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(30);

/// The pid of the embedded platform that `parent` started.
fn platform_of(parent: u32) -> u32 {
    eventually("the embedded platform runs", SOON, || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(|pid| is_platform_of(*pid, parent))
    })
}

/// `/proc/PID/stat` is `PID (NAME) STATE PARENT …`; a name has 15 letters at most.
fn is_platform_of(pid: u32, parent: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((name, rest)) = stat.rsplit_once(") ") else { return false };
    let of = rest.split(' ').nth(1).and_then(|of| of.parse::<u32>().ok());
    name.ends_with("(hawker-platform") && of == Some(parent)
}

/// Whether a page is there.
fn answers(url: &str) -> bool {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.starts_with("HTTP/1.1 200")
}

fn viewer_url(show: &mut Hawker) -> String {
    let line = show.wait_for("the viewer page's address", SOON, |line| {
        line["event"] == "on_air" && line["viewer_url"].is_string()
    });
    line["viewer_url"].as_str().unwrap().to_owned()
}

#[test]
fn a_platform_that_does_not_answer_is_said_and_the_show_goes_on() {
    let studio = Studio::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    studio.json(&["settings", "set", "platform_url", &format!("http://127.0.0.1:{closed}/")]);
    let recording = studio.folder().join("show.mkv");
    let mut show = studio.start(&["live", "--source", "test", "--record", recording.to_str().unwrap()], None);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    show.wait_for("the notice", SOON, |line| line["event"] == "notice" && line["code"] == "unreachable");
    something_is_in(&recording);
    let (lines, status, errors) = show.end();
    assert!(status.success(), "the recording carried the show: {errors}");
    assert!(lines.last().unwrap()["recording"]["duration_ms"].as_u64().unwrap() > 0);
}

#[test]
fn a_platform_that_dies_during_the_show_is_started_again_where_open_pages_look_for_it() {
    let studio = Studio::new();
    studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    let mut show = studio.start(&["live", "--source", "test"], None);
    let page = viewer_url(&mut show);
    let receives = |line: &Value| line["event"] == "output" && line["state"] == "live";
    let first = show.wait_for("the platform receives", SOON, receives);
    show.forget();
    assert!(answers(&page), "{page}");
    send_signal(platform_of(show.pid()), "KILL");
    let killed = Instant::now();
    let again = show.wait_for("the platform receives again", SOON, receives);
    // A second attempt is what it takes: a dead child is not waited for as a silent one is.
    assert!(killed.elapsed() < Duration::from_secs(6), "viewers saw nothing for {:?}", killed.elapsed());
    assert_eq!(again["id"], first["id"], "the stream goes on to the address and with the key it had");
    assert!(answers(&page), "the page is where it was: {page}");
    let moved = show.seen.iter().find(|line| line["event"] == "on_air");
    assert_eq!(moved, None, "viewers need no new address");
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
}
