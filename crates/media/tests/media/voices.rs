//! What GStreamer and GLib say by themselves.

use crate::support::*;
use hawker_media::{MicSpec, Program, ProgramConfig, SourceSpec};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::Command,
};

/// Tells the process that this test starts that it is the one.
const INSIDE: &str = "HAWKER_TEST_SOURCE";
const SAID_BY_GLIB: &str = "a warning of a library";

/// A camera that wants a password and then refuses it: the whole of an answer to each request.
fn refusing_camera() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut answers = stream.try_clone().unwrap();
            let mut sequence = String::new();
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if let Some(number) = line.strip_prefix("CSeq:") {
                    sequence = number.trim().to_owned();
                }
                if line.is_empty() {
                    let wanted = "WWW-Authenticate: Basic realm=\"camera\"";
                    let answer = format!("RTSP/1.0 401 Unauthorized\r\nCSeq: {sequence}\r\n{wanted}\r\n\r\n");
                    if answers.write_all(answer.as_bytes()).is_err() {
                        break;
                    }
                }
            }
        }
    });
    format!("rtsp://hostess:pa55-of-hers@127.0.0.1:{port}/back/door-of-hers")
}

#[test]
fn nothing_that_a_library_says_holds_what_is_secret_in_an_address() {
    if let Ok(source) = std::env::var(INSIDE) {
        let source = SourceSpec::parse(&source).unwrap();
        let refused =
            Program::start(ProgramConfig { sources: sources(source), mics: vec![MicSpec::Silence], ..config() });
        let error = refused.map(drop).unwrap_err().to_string();
        eprintln!("refused: {error}");
        gstreamer::glib::g_warning!("test", "{SAID_BY_GLIB} about hostess and rtsp://h/live/k3y-of-hers");
        return;
    }
    let name = "voices::nothing_that_a_library_says_holds_what_is_secret_in_an_address";
    let out = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(INSIDE, refusing_camera())
        .env("GST_DEBUG", "rtsp*:8,uridecodebin:6,GST_ELEMENT_FACTORY:6,basesrc:6,bin:5,*:4")
        .env("GST_DEBUG_NO_COLOR", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    let end = || told.chars().rev().take(2_000).collect::<Vec<_>>().into_iter().rev().collect::<String>();
    assert!(out.status.success() && told.contains("1 passed"), "{}", end());
    assert!(told.contains("refused: ") && told.contains(SAID_BY_GLIB), "{}", end());
    // Who asks for it gets it.
    assert!(told.contains("rtspsrc") && told.contains("***") && told.lines().count() > 200, "{}", end());
    // The header is the user and the password as HTTP sends them.
    let header = gstreamer::glib::base64_encode(b"hostess:pa55-of-hers");
    for secret in ["hostess", "pa55-of-hers", "of-hers", header.as_str()] {
        let found = told.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret} is told");
    }
}
