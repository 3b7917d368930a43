//! A computer that sleeps in the middle of a show: to viewers, a process that is not run is the same.

use hawker_tests::{RtmpServer, Studio, asset, probe, send_signal};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(30);
/// Longer than any busy computer leaves a thread alone, shorter than the server waits.
const SLEEP: Duration = Duration::from_secs(5);

#[test]
fn after_a_sleep_the_show_goes_on_at_once_and_the_host_is_told() {
    let studio = Studio::new();
    let server = RtmpServer::start();
    let (recording, url, clip) = (studio.folder().join("show.mkv"), server.url("a"), asset("demo/clip.mp4"));
    let show = ["live", "--source", clip.to_str().unwrap(), "--no-platform", "--to", &url, "--record"];
    let mut show = studio.start(&[&show[..], &[recording.to_str().unwrap()]].concat(), None);
    let is_live = |line: &serde_json::Value| line["event"] == "output" && line["state"] == "live";
    show.wait_for("it is live", SOON, is_live);
    show.forget();
    let sleeps = Instant::now();
    send_signal(show.pid(), "STOP");
    // What is waited for is the passing of time itself.
    std::thread::sleep(SLEEP);
    send_signal(show.pid(), "CONT");
    let (woken, slept_most) = (Instant::now(), sleeps.elapsed());
    show.wait_for("it is live again", SOON, is_live);
    let away = woken.elapsed();
    assert!(away < Duration::from_secs(2), "back on air after {away:?}");
    let told = show.wait_for("the host is told", SOON, |line| line["why_code"] == "slept" && line["event"] == "notice");
    let told_s = told["message"].as_str().unwrap().split_once("slept for ").unwrap().1.split(' ').next().unwrap();
    let told_s: u64 = told_s.parse().unwrap();
    assert!((SLEEP.as_secs()..=slept_most.as_secs() + 1).contains(&told_s), "{told} after {slept_most:?}");
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let why = |line: &serde_json::Value| line["why_code"].as_str().map(str::to_owned);
    let notices: Vec<_> = lines.iter().filter(|line| line["event"] == "notice").filter_map(why).collect();
    assert_eq!(notices, ["slept"], "nobody is told that the computer is too slow");
    let kept = probe(lines.last().unwrap()["recording"]["path"].as_str().unwrap(), None);
    let gap = kept.longest_video_gap();
    let least = SLEEP.as_secs_f64() - 0.5;
    let most = slept_most.as_secs_f64() + 1.0;
    assert!((least..most).contains(&gap), "time goes on in the recording, and nothing is made up: {gap} s");
    assert!(kept.video_times.windows(2).all(|pair| pair[1] > pair[0]), "no picture is there twice");
}
