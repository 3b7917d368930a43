//! The way out of this computer.

use hawker_tests::{Hawker, OwnComputer, RtmpServer, Studio};
use serde_json::Value;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(30);
/// nginx leaves a publisher that has become silent after ten seconds; until then it would refuse the same key.
const AWAY: Duration = Duration::from_secs(12);

fn output_is(line: &Value, state: &str) -> bool {
    line["event"] == "output" && line["state"] == state
}

fn log(studio: &Studio) -> String {
    let files = std::fs::read_dir(studio.data_dir().join("logs")).unwrap().flatten();
    files.map(|file| std::fs::read_to_string(file.path()).unwrap()).collect()
}

/// Takes the network away from a show on a computer and gives it another. How long until it is live again, and the log.
fn back_after(name: &str, take: fn(&OwnComputer), give: fn(&OwnComputer)) -> Option<(Duration, String)> {
    let computer = OwnComputer::of(name)?;
    let (studio, server) = (Studio::new(), RtmpServer::start_at(computer.server()));
    // The address of another computer holds a key, and is not taken from the command line.
    let stored = studio.run_with_stdin(&["destinations", "add", "shop"], &server.url("a"));
    assert!(stored.status.success(), "{}", String::from_utf8_lossy(&stored.stderr));
    let live = studio.command(&["--json", "live", "--source", "test", "--no-platform", "--to", "@shop"], None);
    let mut show = Hawker::start(&mut computer.command(&live));
    show.wait_for("the output is live", SOON, |line| output_is(line, "live"));
    show.forget();
    take(&computer);
    let gone = Instant::now();
    show.wait_for("the loss is said", SOON, |line| output_is(line, "reconnecting"));
    assert!(!log(&studio).contains("the network is back"), "nothing is back yet");
    show.stays_without("a stream without a network", AWAY.saturating_sub(gone.elapsed()), |line| {
        output_is(line, "live")
    });
    show.forget();
    give(&computer);
    let back = Instant::now();
    show.wait_for("the output is live again", SOON, |line| output_is(line, "live"));
    let took = back.elapsed();
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    Some((took, log(&studio)))
}

#[test]
fn a_link_that_comes_up_again_is_taken_at_once_needs_root() {
    let name = "network::a_link_that_comes_up_again_is_taken_at_once_needs_root";
    let Some((took, log)) = back_after(name, OwnComputer::unplug, OwnComputer::plug) else { return };
    assert!(took < Duration::from_millis(1_500), "{took:?} after the link came up");
    // The usual next try may happen to come first, within the quarter of a second between two looks.
    let told = log.contains("the network is back");
    assert!(told || took < Duration::from_millis(500), "{took:?}, and it was not the link that told");
}

/// What is sent from an address that is gone has no answer, and nobody says so.
#[test]
fn an_attempt_that_hangs_on_a_network_that_is_gone_makes_room_for_another_needs_root() {
    let name = "network::an_attempt_that_hangs_on_a_network_that_is_gone_makes_room_for_another_needs_root";
    let Some((took, log)) = back_after(name, OwnComputer::fall_silent, OwnComputer::move_to_another) else { return };
    assert!(took < Duration::from_millis(1_500), "{took:?} after there was another network");
    assert!(log.contains("the network changed during the attempt"), "no attempt hung");
}
