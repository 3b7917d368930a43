//! A screen under Wayland: shared when the person says so, opened again without asking, and never again once it was
//! ended.

use hawker_tests::{Desktop, Hawker, Sharing, Studio, eventually, frame, probe, send_signal};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(30);
/// Longer than the pause between attempts to get a lost source back.
const A_WHILE: Duration = Duration::from_secs(2);

fn show(studio: &Studio, desktop: &Desktop, recording: &Path) -> Hawker {
    let recording = recording.to_str().unwrap();
    let arguments = ["--json", "live", "--source", "screen", "--no-platform", "--record", recording];
    let mut command = studio.command(&arguments, Some(desktop));
    Sharing::env(&mut command);
    Hawker::start(&mut command)
}

/// Waits until the source is lost, and says why, or is back.
fn source(show: &mut Hawker, state: &str) -> Value {
    show.wait_for(state, SOON, |line| line["event"] == "source" && line["state"] == state)
}

#[test]
fn a_shared_screen_is_asked_for_once_comes_back_by_itself_and_stays_away_when_it_was_ended() {
    let (studio, desktop) = (Studio::new(), Desktop::start());
    let sharing = Sharing::start(&desktop);
    let mut list = studio.command(&["--json", "devices"], Some(&desktop));
    Sharing::env(&mut list);
    let listed: Value = serde_json::from_slice(&list.output().unwrap().stdout).unwrap();
    let screens: Vec<_> = listed.as_array().unwrap().iter().filter(|one| one["kind"] == "screen").collect();
    assert!(matches!(screens[..], [one] if one["id"] == "screen"), "{listed}");

    // The show does not wait for the answer.
    sharing.hesitate();
    let recording = studio.folder().join("show.mkv");
    let mut live = show(&studio, &desktop, &recording);
    assert_eq!(source(&mut live, "lost")["why_code"], "asked");
    live.wait_for("on air", SOON, |line| line["event"] == "on_air");
    sharing.answer();
    let shown_ms = source(&mut live, "back")["t_ms"].as_u64().unwrap();
    live.stays_without("nobody is asked once more", A_WHILE, |line| {
        line["event"] == "source" && matches!(line["why_code"].as_str(), Some("asked" | "not_shared"))
    });
    assert_eq!(sharing.asked(), (1, 0));

    live.forget();
    send_signal(live.child_with("decode-source"), "KILL");
    assert_eq!(source(&mut live, "lost")["why_code"], "crashed");
    source(&mut live, "back");
    assert_eq!(sharing.asked(), (1, 1), "the person is not asked again");

    live.forget();
    sharing.lose();
    assert_eq!(source(&mut live, "lost")["why_code"], "silent");
    source(&mut live, "back");
    assert_eq!(sharing.asked(), (1, 2), "the person is not asked again");

    live.forget();
    sharing.end();
    let lost = source(&mut live, "lost");
    assert_eq!(lost["why_code"], "not_shared", "{lost}");
    live.stays_without("nobody opens it again", A_WHILE, |line| line["event"] == "source");
    assert_eq!(sharing.asked(), (1, 2), "what was ended is not opened again");
    let (lines, status, errors) = live.end();
    assert!(status.success(), "{errors}");
    let summary = lines.last().unwrap();
    let path = summary["recording"]["path"].as_str().unwrap().to_owned();
    let gap_s = probe(&path, None).unexplained_gap(summary);
    assert!(gap_s <= 0.1, "the slate filled the time, but for {gap_s} s: {summary}");
    let colour = |at_ms: u64| frame(path.as_ref(), at_ms as f64 / 1_000.0, "scale=1:1", (1, 1)).rgb;
    let [before, seen] = [colour(0), colour(shown_ms + 1_000)];
    assert!(before[0] < 90, "the slate stands in until the answer: {before:?}");
    assert!(seen[0] > 180 && seen[1] < 60 && seen[2] < 60, "what was shared is seen: {seen:?}");

    // Nobody has to answer before the show can end.
    sharing.refuse();
    sharing.hesitate();
    let mut live = show(&studio, &desktop, &studio.folder().join("short.mkv"));
    live.wait_for("on air", SOON, |line| line["event"] == "on_air");
    eventually("the system asks", SOON, || sharing.stands().then_some(()));
    let ends = Instant::now();
    assert!(live.end().1.success());
    assert!(ends.elapsed() < SOON, "it waited for an answer");
    sharing.answer();

    // The show of a person who shares nothing goes on without.
    let mut live = show(&studio, &desktop, &studio.folder().join("other.mkv"));
    live.wait_for("on air", SOON, |line| line["event"] == "on_air");
    live.wait_for("it is refused", SOON, |line| line["event"] == "source" && line["why_code"] == "not_shared");
    live.stays_without("nobody asks again", A_WHILE, |line| line["event"] == "source");
    assert_eq!(sharing.asked(), (3, 2));
    assert!(live.end().1.success());
}
