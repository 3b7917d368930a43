//! SRT, with ffmpeg on the other side.

use crate::support::*;
use hawker_domain::reason::OutputWhy;
use hawker_media::{MediaEvent, MicSpec, OutputPhase, Program, ProgramConfig, SourceSpec};
use hawker_test_support::{UdpLink, Weather};
use std::{
    net::UdpSocket,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

const PASSPHRASE: &str = "a-secret-of-sixteen";

/// ffmpeg that keeps what it gets from `url` in a file.
struct Peer {
    child: Child,
    file: PathBuf,
}

impl Peer {
    fn start(url: &str, dir: &Path, seconds: u32) -> Self {
        let file = dir.join("got.ts");
        let child = Command::new("ffmpeg")
            .args(["-v", "quiet", "-y", "-i", url, "-t", &seconds.to_string(), "-c", "copy"])
            .arg(&file)
            .stdin(Stdio::null())
            .spawn()
            .expect("ffmpeg is installed");
        Self { child, file }
    }

    /// One that others call on `port`.
    fn listening(port: u16, parameters: &str, dir: &Path, seconds: u32) -> Self {
        let peer = Self::start(&format!("srt://127.0.0.1:{port}?mode=listener{parameters}"), dir, seconds);
        let listening = format!("0100007F:{port:04X} ");
        until("ffmpeg listens", || std::fs::read_to_string("/proc/net/udp").unwrap().contains(&listening));
        peer
    }

    fn finish(mut self) -> PathBuf {
        until("ffmpeg ends", || self.child.try_wait().unwrap().is_some());
        std::mem::take(&mut self.file)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn whole(got: &Path, program: &Program, events: &mut Listener) {
    let mut found = codecs(got);
    found.sort();
    assert_eq!(found, ["aac", "h264"]);
    let video = packets(got, "v");
    complete("what came", &video, &Slow::of(&program.stats().frames, events.told()));
    assert!(video.last().unwrap().0 - video[0].0 > 2.5, "{} pictures", video.len());
}

#[test]
fn a_caller_with_a_passphrase_and_a_stream_id_gets_through() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_udp_port());
    let secret = format!("&passphrase={PASSPHRASE}&pbkeylen=32");
    let peer = Peer::listening(port, &secret, dir.path(), 3);
    let (program, mut events) = Listener::start(config());
    let url = format!("srt://127.0.0.1:{port}?mode=caller{secret}&latency=200&streamid=publish:{KEY}");
    let output = destination(&url);
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    until("the round trip is known", || program.stats().outputs[0].rtt_ms.is_some());
    until("bytes are counted", || program.stats().outputs[0].sent_bytes > 100_000);
    whole(&peer.finish(), &program, &mut events);
    let stats = format!("{:?}", program.stats());
    program.stop().finish();
    let everything = format!("{stats} {:?} {output:?}", events.all());
    assert!(!everything.contains(KEY) && !everything.contains(PASSPHRASE), "{everything}");
}

#[test]
fn a_listener_waits_for_its_receiver_and_for_the_next_one() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_udp_port());
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("srt://:{port}?mode=listener&passphrase={PASSPHRASE}"));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    let waits = |e: &MediaEvent| matches!(e, MediaEvent::Output { why_code: Some(OutputWhy::NobodyCalled), .. });
    events.wait("it waits", waits);
    until("two seconds are on air", || program.show_ms().0 > 2_000);
    let url = format!("srt://127.0.0.1:{port}?mode=caller&passphrase={PASSPHRASE}&pbkeylen=16");
    let first = Peer::start(&url, dir.path(), 3);
    events.wait_phase(output.id, OutputPhase::Live);
    whole(&first.finish(), &program, &mut events);
    events.wait("it waits again", waits);
    let second = Peer::start(&url, dir.path(), 3);
    events.wait_phase(output.id, OutputPhase::Live);
    whole(&second.finish(), &program, &mut events);
    let stats = program.stats().outputs[0].clone();
    assert_eq!(stats.dropped, 0, "waiting loses nothing: {stats:?}");
    program.stop().finish();
}

#[test]
fn a_wrong_passphrase_is_said_at_once() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_udp_port());
    for (ours, says) in [("&passphrase=not-this-secret-one", "passphrase"), ("", "wants a passphrase")] {
        let _peer = Peer::listening(port, &format!("&passphrase={PASSPHRASE}&pbkeylen=16"), dir.path(), 3);
        let (program, mut events) = Listener::start(config());
        let output = destination(&format!("srt://127.0.0.1:{port}?mode=caller{ours}"));
        program.add_output(output.clone()).unwrap();
        program.go_on_air().unwrap();
        let event = events.wait_phase(output.id, OutputPhase::Failed);
        let right = |why: &str| why.contains(says) && !why.contains("not-this");
        assert!(
            matches!(&event, MediaEvent::Output { why: Some(why), why_code: Some(OutputWhy::SrtRefused), .. } if right(why)),
            "{event:?}"
        );
        program.stop().finish();
    }
}

#[test]
fn a_receiver_that_is_not_there_is_waited_for() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_udp_port());
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("srt://127.0.0.1:{port}"));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    let event = events.wait_phase(output.id, OutputPhase::Reconnecting);
    assert!(matches!(event, MediaEvent::Output { why_code: Some(OutputWhy::Unreachable), .. }), "{event:?}");
    let peer = Peer::listening(port, "", dir.path(), 3);
    events.wait_phase(output.id, OutputPhase::Live);
    whole(&peer.finish(), &program, &mut events);
    program.stop().finish();
}

#[test]
fn a_network_that_loses_reorders_and_repeats_packets_costs_no_picture() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_udp_port());
    let peer = Peer::listening(port, "&latency=500000", dir.path(), 4);
    let link = UdpLink::to(([127, 0, 0, 1], port).into());
    let delay = Duration::from_millis(20);
    link.set(Weather { loss: 0.03, reorder: 0.02, duplicate: 0.02, delay, ..Weather::default() });
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("srt://{}?latency=500", link.address()));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    until("the round trip is measured", || program.stats().outputs[0].rtt_ms.is_some_and(|ms| ms > 30.0));
    whole(&peer.finish(), &program, &mut events);
    assert_eq!(program.stats().outputs[0].dropped, 0);
    program.stop().finish();
}

/// A transport stream is held back by most of a second until all that belongs to a moment is there.
#[test]
fn a_source_that_is_called_over_srt_is_seen_and_heard() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_udp_port());
    let address = format!("srt://127.0.0.1:{port}");
    let mut server = Command::new("ffmpeg");
    server.args(["-v", "quiet", "-re", "-stream_loop", "-1", "-i"]).arg(clip(dir.path(), 4, 30));
    server.args(["-f", "lavfi", "-re", "-i", "sine=frequency=440", "-map", "0:v", "-map", "1:a", "-c:v", "copy"]);
    server.args(["-c:a", "aac", "-f", "mpegts", &format!("{address}?mode=listener")]).stdin(Stdio::null());
    let _server = Peer { child: server.spawn().expect("ffmpeg is installed"), file: PathBuf::new() };
    let listening = format!("0100007F:{port:04X} ");
    until("ffmpeg listens", || std::fs::read_to_string("/proc/net/udp").unwrap().contains(&listening));
    let source = SourceSpec::parse(&address).unwrap();
    let mics = vec![MicSpec::FromSource];
    let (program, _events) = Listener::start(ProgramConfig { sources: sources(source), mics, ..config() });
    until("it is heard", || program.stats().audio_rms_db.is_some_and(|rms| rms > -40.0));
    program.stop().finish();
}
