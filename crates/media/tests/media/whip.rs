//! WHIP, with a WebRTC receiver of another make on the other side (aiortc), which decodes what it gets.

use crate::support::*;
use hawker_domain::reason::OutputWhy;
use hawker_media::{MediaEvent, OutputConfig, OutputPhase, trust};
use hawker_test_support::{Authority, Stunnel, UdpLink, Weather};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};

/// The receiver and all it told.
struct Receiver {
    child: Child,
    port: u16,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    fn start(port: u16) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/media/whip_receiver.py");
        let mut child = Command::new("/usr/bin/python3")
            .args([script, &port.to_string(), KEY])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let (out, lines) = (child.stdout.take().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let kept = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                kept.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        let receiver = Self { child, port, lines };
        until("the receiver listens (are python3-aiortc and python3-aiohttp installed?)", || receiver.has("listening"));
        receiver
    }

    fn url(&self, key: &str, path: &str) -> String {
        format!("http://{key}@127.0.0.1:{}/{path}", self.port)
    }

    fn has(&self, event: &str) -> bool {
        self.lines.lock().unwrap().iter().any(|line| line["event"] == event)
    }

    /// What came so far, as told last.
    fn seen(&self) -> Value {
        let lines = self.lines.lock().unwrap();
        lines.iter().rev().find(|line| line["seen"].is_object()).map(|line| line["seen"].clone()).unwrap_or_default()
    }

    fn seconds(&self) -> f64 {
        let seen = self.seen();
        seen["last"].as_f64().unwrap_or_default() - seen["first"].as_f64().unwrap_or_default()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_receiver_decodes_ten_seconds_of_the_one_encode_with_sound() {
    let receiver = Receiver::start(free_port());
    let (program, mut events) = Listener::start(config());
    let output = destination(&receiver.url(KEY, "moved"));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    until("ten seconds are decoded", || receiver.seconds() >= 10.0);
    until("the round trip is known", || program.stats().outputs[0].rtt_ms.is_some());
    let stats = program.stats();
    let seen = receiver.seen();
    program.stop().finish();
    until("the session is deleted", || receiver.has("deleted"));
    let number = |name: &str| seen[name].as_f64().unwrap();
    let (own, slow) = (&stats.outputs[0], Slow::of(&stats.frames, events.told()));
    // Of the time that it decoded: a busy receiver lags behind. What a busy machine does not encode nobody can decode.
    let places = (number("last") - number("first")) / PICTURE_S;
    let least = if slow.thinned { places / 3.0 } else { places * 0.95 } - 15.0;
    assert!(number("pictures") + slow.lost as f64 >= least && number("width") == 640.0, "{own:?} {seen}");
    assert!(number("pictures") > 200.0 && number("gap") < 0.21 + slow.gap_s(), "{seen}");
    assert!(number("sound_s") > 8.0 && number("loudest") > 1_000.0, "{seen}");
    let tone = number("crossings") / number("sound_s") / 2.0;
    assert!((430.0..450.0).contains(&tone), "the tone is 440 Hz, heard {tone}");
    assert_eq!(stats.encodes.len(), 1, "nothing is encoded for it alone: {:?}", stats.encodes);
    assert!(own.sent_bytes > 500_000 && own.dropped == 0 && own.sent_pictures > 200, "{own:?}");
    let everything = format!("{stats:?} {:?} {output:?}", events.all());
    assert!(!everything.contains(KEY), "{everything}");
}

#[test]
fn a_receiver_behind_https_gets_the_show() {
    let (authority, receiver) = (Authority::new(), Receiver::start(free_port()));
    let stunnel = Stunnel::start(&authority.sign("DNS:localhost", "2"), receiver.port);
    trust(&authority.file()).unwrap();
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("https://{KEY}@localhost:{}/whip", stunnel.port()));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    until("two seconds are decoded", || receiver.seconds() >= 2.0);
    program.stop().finish();
    until("the session is deleted", || receiver.has("deleted"));
}

#[test]
fn a_receiver_with_a_certificate_of_nobody_known_is_told_nothing() {
    let (authority, receiver) = (Authority::new(), Receiver::start(free_port()));
    let stunnel = Stunnel::start(&authority.sign("DNS:localhost", "2"), receiver.port);
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("https://{KEY}@localhost:{}/whip", stunnel.port()));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    let event = events.wait_phase(output.id, OutputPhase::Failed);
    program.stop().finish();
    let MediaEvent::Output { why: Some(why), why_code, .. } = event else { panic!("{event:?}") };
    assert_eq!(why_code, Some(OutputWhy::CertificateUntrusted), "{why}");
    assert!(why.contains("localhost") && !why.contains(KEY), "{why}");
    let told = receiver.lines.lock().unwrap().clone();
    assert!(told.iter().all(|line| line["event"] == "listening"), "the token was not shown to a stranger: {told:?}");
}

#[test]
fn a_wrong_token_is_said_at_once() {
    let receiver = Receiver::start(free_port());
    let (program, mut events) = Listener::start(config());
    let output = destination(&receiver.url("not-this-token", "whip"));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    let event = events.wait_phase(output.id, OutputPhase::Failed);
    let right = |why: &str| why.contains("key refused") && !why.contains("not-this");
    assert!(
        matches!(&event, MediaEvent::Output { why: Some(why), why_code: Some(OutputWhy::KeyRefused), .. } if right(why)),
        "{event:?}"
    );
    program.stop().finish();
}

#[test]
fn a_receiver_that_dies_and_comes_back_gets_the_show_again() {
    let mut receiver = Receiver::start(free_port());
    let (program, mut events) = Listener::start(config());
    let output = destination(&receiver.url(KEY, "whip"));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    until("something is decoded, and the receiver reported", || {
        receiver.seconds() > 0.5 && program.stats().outputs[0].rtt_ms.is_some()
    });
    let port = receiver.port;
    drop(receiver);
    let killed = std::time::Instant::now();
    let lost = events.wait_phase(output.id, OutputPhase::Reconnecting);
    eprintln!("noticed after {:?}: {lost:?}", killed.elapsed());
    assert!(matches!(lost, MediaEvent::Output { why_code: Some(OutputWhy::Unreachable), .. }), "{lost:?}");
    receiver = Receiver::start(port);
    let back = std::time::Instant::now();
    events.wait_phase(output.id, OutputPhase::Live);
    eprintln!("live again after {:?}", back.elapsed());
    until("it is decoded again", || receiver.seconds() > 0.5);
    assert_eq!(program.stats().outputs[0].reconnects, 1);
    program.stop().finish();
}

#[test]
fn a_receiver_behind_a_narrow_way_steers_the_bitrate_when_it_is_the_primary_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut receiver = Receiver::start(free_port());
    let (program, mut events) = Listener::start(at_bitrate(1_500_000, busy(dir.path())));
    let output = OutputConfig { primary: true, ..destination(&receiver.url(KEY, "narrow")) };
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    until("the receiver is asked", || receiver.has("media"));
    let wanted = receiver.lines.lock().unwrap().iter().find(|line| line["event"] == "media").cloned().unwrap();
    let place = format!("{}:{}", wanted["address"].as_str().unwrap(), wanted["port"]);
    let link = UdpLink::to(place.parse().unwrap());
    let way = format!("{} {}\n", link.address().ip(), link.address().port());
    receiver.child.stdin.as_mut().unwrap().write_all(way.as_bytes()).unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    let steered = || program.stats().outputs[0].steered_bps;
    until("it is decoded", || receiver.seconds() > 1.0);
    assert_eq!(steered(), Some(1_500_000), "the way is wide still");
    link.set(Weather { rate_bps: Some(900_000), ..Weather::default() });
    until("the bitrate follows", || steered().is_some_and(|bps| bps < 900_000));
    let warned = events.wait("it is said", |event| {
        matches!(event, MediaEvent::Output { id, why_code: Some(OutputWhy::SlowNetwork), .. } if *id == output.id)
    });
    assert!(matches!(&warned, MediaEvent::Output { state: OutputPhase::Live, .. }), "{warned:?}");
    assert_eq!(program.stats().encodes[0].bitrate_bps, steered().unwrap(), "it is that of the one encode");
    program.stop().finish();
}
