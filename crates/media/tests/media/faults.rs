//! What is made to fail on purpose is the real thing for the parts behind it.

use crate::support::*;
use hawker_domain::{DestinationId, overload::LossWhy, reason::OutputWhy};
use hawker_media::{Fault, MediaEvent, OutputPhase, Program, diagnose};
use std::time::Duration;

fn live(nginx: &Nginx) -> (Program, Listener, DestinationId) {
    let (program, mut events) = Listener::start(config());
    let output = destination(&nginx.url(KEY));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    (program, events, output.id)
}

#[test]
fn a_cut_connection_is_made_again() {
    let nginx = Nginx::start();
    let (program, mut events, id) = live(&nginx);
    program.inject(Fault::NetworkDrop);
    let lost = events.wait_phase(id, OutputPhase::Reconnecting);
    assert!(matches!(&lost, MediaEvent::Output { why: Some(why), .. } if why.contains("cut")), "{lost:?}");
    events.wait_phase(id, OutputPhase::Live);
    assert_eq!(program.stats().outputs[0].reconnects, 1);
    program.stop().finish();
}

#[test]
fn a_short_stall_drops_pictures_and_keeps_the_connection() {
    let nginx = Nginx::start();
    let (program, events, _) = live(&nginx);
    let began = program.show_ms().0;
    program.inject(Fault::NetworkStall(Duration::from_secs(4)));
    until("the stall is over", || program.show_ms().0 > began + 4_500);
    let dropped = program.stats().outputs[0].dropped;
    assert!(dropped > 15, "two seconds may wait, the rest is dropped and counted: {dropped}");
    let sent = program.stats().outputs[0].sent_bytes;
    until("pictures leave again", || program.stats().outputs[0].sent_bytes > sent + 50_000);
    assert_eq!(program.stats().outputs[0].reconnects, 0);
    program.stop().finish();
    assert!(!events.all().iter().any(|e| matches!(e, MediaEvent::Output { state: OutputPhase::Reconnecting, .. })));
}

#[test]
fn a_long_stall_is_taken_for_a_dead_server_and_survived() {
    let nginx = Nginx::start();
    let (program, mut events, id) = live(&nginx);
    program.inject(Fault::NetworkStall(Duration::from_secs(10)));
    let lost = events.wait_phase(id, OutputPhase::Reconnecting);
    assert!(matches!(&lost, MediaEvent::Output { why: Some(why), .. } if why.contains("took nothing")), "{lost:?}");
    events.wait_phase(id, OutputPhase::Live);
    program.stop().finish();
}

#[test]
fn a_narrow_line_leaves_pictures_out_says_whose_fault_it_is_and_recovers() {
    let (nginx, dir) = (Nginx::start(), tempfile::tempdir().unwrap());
    let config = at_bitrate(1_500_000, busy(dir.path()));
    let (program, mut events) = Listener::start(config);
    let output = destination(&nginx.url(KEY));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    let before = program.stats();
    program.inject(Fault::Bandwidth(300_000, Some(Duration::from_secs(9))));
    let slow = |e: &MediaEvent| {
        matches!(e, MediaEvent::Output { why_code: Some(OutputWhy::SlowNetwork), state: OutputPhase::Live, .. })
    };
    let warned = events.wait("a warning", slow);
    assert!(matches!(&warned, MediaEvent::Output { why: Some(why), .. } if why.contains("your network")), "{warned:?}");
    let stats = program.stats();
    assert!(stats.outputs[0].bitrate_bps < 450_000, "no more passes: {:?}", stats.outputs[0]);
    let found = diagnose(&before, &stats).expect("pictures were lost");
    assert_eq!(found.why, LossWhy::Network, "{found:?}");
    until("the line is wide again", || program.stats().outputs[0].bitrate_bps > 900_000);
    assert_eq!(program.stats().outputs[0].reconnects, 0);
    program.stop().finish();
}
