//! Destinations behind bad networks.

use crate::support::*;
use hawker_domain::reason::OutputWhy;
use hawker_media::{MediaEvent, OutputPhase, OutputStats, Program};
use hawker_test_support::{TcpLink, Weather};
use std::time::Duration;

fn through(link: &TcpLink) -> String {
    format!("rtmp://{}/live/{KEY}", link.address())
}

fn of(program: &Program, id: hawker_domain::DestinationId) -> OutputStats {
    program.stats().outputs.into_iter().find(|output| output.id == id).unwrap()
}

/// A show of 1,500 kbit/s behind a line of 900: pictures dropped in the twelve seconds after the line got slow.
fn dropped_behind_a_slow_line(primary: bool) -> (u64, OutputStats) {
    let (nginx, dir) = (Nginx::start(), tempfile::tempdir().unwrap());
    let link = TcpLink::to(([127, 0, 0, 1], nginx.port).into());
    let (program, mut events) = Listener::start(at_bitrate(1_500_000, busy(dir.path())));
    let mut output = destination(&through(&link));
    output.primary = primary;
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    until("the bitrate is full", || program.stats().outputs[0].bitrate_bps > 1_200_000);
    link.set(Weather { rate_bps: Some(900_000), ..Weather::default() });
    let began = program.show_ms().0;
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while program.show_ms().0 < began + 12_000 {
        assert!(std::time::Instant::now() < deadline, "the show stands still");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    let stats = of(&program, output.id);
    program.stop().finish();
    (stats.dropped, stats)
}

#[test]
fn the_primary_destination_steers_the_bitrate_to_what_its_line_takes() {
    let (without, stats) = dropped_behind_a_slow_line(false);
    assert_eq!(stats.steered_bps, None);
    let (with, steered) = dropped_behind_a_slow_line(true);
    eprintln!("dropped in 12 s at 900 kbit/s: {without} without steering, {with} with: {steered:?}");
    assert!(without >= 40, "the line is too slow for the whole bitrate: {stats:?}");
    assert!(steered.rtt_ms.is_some_and(|ms| ms < 1_000.0), "the kernel knows the round trip: {steered:?}");
    assert!(with * 5 <= without, "{with} with steering, {without} without");
    assert!(steered.steered_bps.is_some_and(|bps| (300_000..1_000_000).contains(&bps)), "{steered:?}");
}

#[test]
fn a_slow_secondary_changes_neither_the_bitrate_of_the_others_nor_of_the_recording() {
    let (nginx, dir) = (Nginx::start(), tempfile::tempdir().unwrap());
    let link = TcpLink::to(([127, 0, 0, 1], nginx.port).into());
    let (program, mut events) = Listener::start(at_bitrate(1_500_000, busy(dir.path())));
    let (mut first, second) = (destination(&nginx.url("first-key")), destination(&through(&link)));
    first.primary = true;
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    for output in [&first, &second] {
        program.add_output(output.clone()).unwrap();
    }
    program.go_on_air().unwrap();
    let mut live = std::collections::BTreeSet::new();
    while live.len() < 2 {
        let event = events.wait("both live", |e| matches!(e, MediaEvent::Output { state: OutputPhase::Live, .. }));
        live.extend(if let MediaEvent::Output { id, .. } = event { Some(id) } else { None });
    }
    until("four seconds are on air", || program.show_ms().0 > 4_000);
    link.set(Weather { rate_bps: Some(300_000), ..Weather::default() });
    until("the slow one drops", || of(&program, second.id).dropped > 30);
    until("twelve seconds are on air", || program.show_ms().0 > 12_000);
    let (fast, slow) = (of(&program, first.id), of(&program, second.id));
    let summary = program.stop().finish();
    let recording = summary.recording.unwrap().path;
    assert_eq!((fast.dropped, fast.reconnects, fast.steered_bps), (0, 0, Some(1_500_000)), "{fast:?}");
    // Single seconds tell little: a connection takes the pictures after a gap at once.
    assert!(slow.sent_bytes * 10 < fast.sent_bytes * 7 && slow.steered_bps.is_none(), "{slow:?} beside {fast:?}");
    let sizes = probe(&recording, &["-select_streams", "v", "-show_entries", "packet=pts_time,size"]);
    let bits = |from: f64, until: f64| -> f64 {
        let number = |value: &serde_json::Value| value.as_str().unwrap().parse::<f64>().unwrap();
        let packets = sizes["packets"].as_array().unwrap().iter();
        let within = packets.filter(|p| (from..until).contains(&number(&p["pts_time"])));
        within.map(|p| number(&p["size"]) * 8.0).sum::<f64>() / (until - from)
    };
    let (before, after) = (bits(2.0, 4.0), bits(8.0, 10.0));
    assert!(
        (after / before - 1.0).abs() < 0.1,
        "the recording had {before} bit/s before and {after} while one was slow"
    );
    complete("recording", &packets(&recording, "v"), &Slow::of(&summary.frames, &events.all()));
}

#[test]
fn a_line_that_goes_silent_is_noticed_and_taken_again() {
    let nginx = Nginx::start();
    let link = TcpLink::to(([127, 0, 0, 1], nginx.port).into());
    let (program, mut events) = Listener::start(config());
    let output = destination(&through(&link));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    link.set(Weather { deaf: true, ..Weather::default() });
    let lost = events.wait_phase(output.id, OutputPhase::Reconnecting);
    assert!(
        matches!(lost, MediaEvent::Output { why_code: Some(OutputWhy::Behind | OutputWhy::Unreachable), .. }),
        "{lost:?}"
    );
    link.set(Weather::default());
    link.cut();
    events.wait_phase(output.id, OutputPhase::Live);
    program.stop().finish();
}

#[test]
fn a_late_and_lossy_line_costs_no_picture() {
    let nginx = Nginx::start();
    let link = TcpLink::to(([127, 0, 0, 1], nginx.port).into());
    let (program, mut events) = Listener::start(config());
    let output = destination(&through(&link));
    let (delay, jitter) = (Duration::from_millis(80), Duration::from_millis(40));
    link.set(Weather { delay, jitter, loss: 0.01, ..Weather::default() });
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    until("six seconds are on air", || program.show_ms().0 > 6_000);
    let stats = of(&program, output.id);
    assert_eq!((stats.dropped, stats.reconnects), (0, 0), "{stats:?}");
    program.stop().finish();
}
