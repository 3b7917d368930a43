//! Where a running show goes: one destination more, one that was refused, one less, and the first one again.

use hawker_tests::{RtmpServer, Studio, probe};
use serde_json::Value;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

fn is(line: &Value, name: &str, state: &str) -> bool {
    line["event"] == "output" && line["name"] == name && line["state"] == state
}

#[test]
fn destinations_come_go_and_get_another_key_while_the_show_is_on_air() {
    let (studio, open, guarded) = (Studio::new(), RtmpServer::start(), RtmpServer::start_for("right"));
    for (name, value) in [("width", "320"), ("height", "180"), ("video_bitrate_bps", "400000")] {
        studio.json(&["settings", "set", name, value]);
    }
    let keep = |words: &[&str], url: &str| {
        let out = studio.run_with_stdin(&[&["destinations"], words].concat(), url);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    keep(&["add", "one"], &open.url("one"));
    keep(&["add", "two"], &guarded.url("sk-wrong"));
    let early = studio.run(&["show", "publish", "@two"]);
    assert!(String::from_utf8_lossy(&early.stderr).contains("no show is on air"), "{early:?}");

    let recording = studio.folder().join("show.mkv");
    let live = ["live", "--source", "test", "--mic", "tone", "--no-platform", "--to", "@one"];
    let mut show = studio.start(&[&live[..], &["--record", recording.to_str().unwrap()]].concat(), None);
    show.wait_for("the first is live", SOON, |line| is(line, "one", "live"));
    let asked = |words: &[&str]| {
        let out = studio.run(&[&["show"], words].concat());
        assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    };
    asked(&["publish", "@two"]);
    let refused = show.wait_for("the server refuses the key", SOON, |line| is(line, "two", "failed"));
    // nginx says no by hanging up.
    assert_eq!(refused["why_code"], "refused_or_starting", "{refused}");

    keep(&["set", "two", "--address"], &guarded.url("right"));
    show.wait_for("the right key goes at once", SOON, |line| is(line, "two", "live"));
    let second = probe(&guarded.url("right"), Some(4));
    assert!(second.duration() > 1.0 && second.longest_video_gap() < 0.1, "{second:?}");

    asked(&["unpublish", "one"]);
    show.wait_for("the first ends", SOON, |line| is(line, "one", "ended"));
    let second = probe(&guarded.url("right"), Some(4));
    assert!(second.longest_video_gap() < 0.1 && second.longest_audio_gap() < 0.1, "the other goes on: {second:?}");

    let transcript = show.transcript();
    assert!(!transcript.contains("sk-wrong") && !transcript.contains("/right"), "{transcript}");
    show.forget();
    asked(&["publish", "one"]);
    show.wait_for("the first is live again", SOON, |line| is(line, "one", "live"));
    // What is live and asked for again takes its own session's place; so does what was ended a moment ago.
    show.forget();
    asked(&["publish", "one"]);
    show.wait_for("and again, from its own address", SOON, |line| is(line, "one", "live"));
    show.forget();
    asked(&["unpublish", "one"]);
    asked(&["publish", "one"]);
    show.wait_for("and once more", SOON, |line| is(line, "one", "live"));
    show.stays_without("an end heard late", Duration::from_secs(7), |line| is(line, "one", "ended"));
    let nobody = studio.run(&["show", "unpublish", "three"]);
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("does not go to"), "{nobody:?}");

    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let summary = lines.last().unwrap();
    let outputs = summary["outputs"].as_array().unwrap();
    let reconnects: Vec<_> = outputs.iter().map(|output| output["reconnects"].as_u64().unwrap()).collect();
    assert_eq!(reconnects, [3, 1], "three times published to again, once given another key: {summary}");
    assert!(outputs.iter().all(|output| output["sent_bytes"].as_u64().unwrap() > 20_000), "{summary}");
    let recorded = probe(summary["recording"]["path"].as_str().unwrap(), None);
    assert!(recorded.unexplained_gap(summary) <= 0.1, "{} s are missing: {summary}", recorded.longest_video_gap());
}
