use crate::support::*;
use hawker_domain::{reason::OutputWhy, show_time::show_ms_of_nal};
use hawker_media::{DropCause, MediaEvent, OutputPhase};
use std::time::{Duration, Instant};

#[test]
fn one_show_reaches_the_server_and_the_recording_with_both_streams() {
    let (nginx, dir) = (Nginx::start(), tempfile::tempdir().unwrap());
    let (program, mut events) = Listener::start(config());
    let output = destination(&nginx.url(KEY));
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.add_output(output.clone()).unwrap();
    assert_eq!(program.show_ms().0, 0, "nothing is on air yet");
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    events.wait_phase(output.id, OutputPhase::Live);
    let subscriber = Subscriber::start(&nginx.url(KEY), dir.path(), 5);
    let got = subscriber.finish();
    until("seven seconds are on air", || program.show_ms().0 > 7_000);
    let stats = program.stats();
    let summary = program.stop().finish();
    let told = events.all();
    let slow = Slow::of(&summary.frames, &told);

    assert!(stats.audio_rms_db.is_some_and(|db| (-25.0..-10.0).contains(&db)), "a tone is heard: {stats:?}");
    assert!(stats.outputs[0].bitrate_bps > 200_000 && stats.outputs[0].sent_bytes > 300_000, "{:?}", stats.outputs);
    for file in [&got, &summary.recording.as_ref().unwrap().path] {
        let mut found = codecs(file);
        found.sort();
        assert_eq!(found, ["aac", "h264"], "{}", file.display());
        let video = packets(file, "v");
        let keys: Vec<f64> = video.iter().filter(|p| p.1).map(|p| p.0).collect();
        assert!(
            keys.windows(2).all(|w| w[1] - w[0] <= 2.0 + slow.gap_s()),
            "{}: keyframes at most two seconds apart: {keys:?}, {:?}",
            file.display(),
            summary.frames
        );
        complete(&file.display().to_string(), &video, &slow);
        let (first_sound, last_sound) = (packets(file, "a")[0].0, packets(file, "a").last().unwrap().0);
        // A subscriber who comes between two keyframes hears at once and sees from the next on.
        let late = if *file == got { 2.05 } else { 0.1 };
        assert!((first_sound - video[0].0).abs() < late, "sound begins at {first_sound}, picture at {}", video[0].0);
        assert!((last_sound - video.last().unwrap().0).abs() < 0.25, "sound and picture end together");
    }
    assert!(slow.thinned || summary.frames.encoded + slow.lost >= 205, "{:?}", summary.frames);
    assert!(!summary.frames.dropped.contains_key(&DropCause::OutputBehind), "{:?}", summary.frames);
    assert!(told.contains(&MediaEvent::Output {
        id: output.id,
        state: OutputPhase::Ended,
        why: None,
        why_code: None,
        deadline_ms: None
    }));
}

#[test]
fn every_keyframe_carries_the_show_time() {
    let dir = tempfile::tempdir().unwrap();
    let (program, mut events) = Listener::start(config());
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("five seconds are on air", || program.show_ms().0 > 5_000);
    let recording = program.stop().finish().recording.unwrap();
    let stream = h264(&recording.path);
    let times: Vec<u64> = nal_units(&stream).filter_map(|nal| show_ms_of_nal(nal).map(|ms| ms.0)).collect();
    let keys: Vec<f64> = packets(&recording.path, "v").iter().filter(|p| p.1).map(|p| p.0).collect();
    assert_eq!(times.len(), keys.len(), "one time for every keyframe: {times:?}, keyframes at {keys:?}");
    assert_eq!(times[0], 0, "the show begins with the first frame encoded");
    for (time, key) in times.iter().zip(&keys) {
        let shown = (key - keys[0]) * 1000.0;
        assert!((*time as f64 - shown).abs() < 2.0, "show time {time} ms at stream time {shown} ms");
    }
}

#[test]
fn a_killed_server_is_found_again_and_neither_recording_nor_the_other_output_notices() {
    let (mut dying, steady, dir) = (Nginx::start(), Nginx::start(), tempfile::tempdir().unwrap());
    let (program, mut events) = Listener::start(config());
    let (lost, kept) = (destination(&dying.url(KEY)), destination(&steady.url(KEY)));
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.add_output(lost.clone()).unwrap();
    program.add_output(kept.clone()).unwrap();
    program.go_on_air().unwrap();
    let mut live = std::collections::BTreeSet::new();
    while live.len() < 2 {
        let event = events.wait("both live", |e| matches!(e, MediaEvent::Output { state: OutputPhase::Live, .. }));
        live.extend(if let MediaEvent::Output { id, .. } = event { Some(id) } else { None });
    }
    let watching = Subscriber::start(&steady.url(KEY), dir.path(), 8);
    until("two seconds are on air", || program.show_ms().0 > 2_000);

    let killed = Instant::now();
    dying.kill();
    events.wait_phase(lost.id, OutputPhase::Reconnecting);
    let down_at = program.show_ms().0;
    until("two seconds passed without a server", || program.show_ms().0 > down_at + 2_000);
    dying.run();
    let back = Instant::now();
    events.wait_phase(lost.id, OutputPhase::Live);
    assert!(back.elapsed() < Duration::from_millis(2_000), "back on air after {:?}", back.elapsed());
    let away_ms = killed.elapsed().as_millis() as u64;
    let got = watching.finish();
    let stats = program.stats();
    let summary = program.stop().finish();
    let slow = Slow::of(&summary.frames, &events.all());

    let of = |id| stats.outputs.iter().find(|o| o.id == id).unwrap().clone();
    assert_eq!((of(lost.id).reconnects, of(kept.id).reconnects), (1, 0));
    assert!((1_800..=away_ms).contains(&of(lost.id).down_ms), "{:?}, away for {away_ms} ms", of(lost.id));
    assert_eq!(of(kept.id).down_ms, 0);
    complete("recording", &packets(&summary.recording.unwrap().path, "v"), &slow);
    complete("the other output", &packets(&got, "v"), &slow);
    assert_eq!(of(kept.id).dropped, 0);
}

#[test]
fn a_server_that_is_not_there_yet_is_waited_for() {
    let mut nginx = Nginx::start();
    nginx.kill();
    let (program, mut events) = Listener::start(config());
    let output = destination(&nginx.url(KEY));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    let event = events.wait_phase(output.id, OutputPhase::Reconnecting);
    assert!(
        matches!(&event, MediaEvent::Output { why: Some(why), why_code: Some(OutputWhy::Unreachable), .. } if why.contains("does not answer")),
        "{event:?}"
    );
    nginx.run();
    events.wait_phase(output.id, OutputPhase::Live);
    program.stop().finish();
}

#[test]
fn a_refused_key_is_said_at_once_and_no_event_holds_it() {
    let nginx = Nginx::with("deny publish all;");
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("{}?token=tok-0815-secret", nginx.url(KEY)));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    let began = program.show_ms().0;
    let event = events.wait_phase(output.id, OutputPhase::Failed);
    // This server says no by hanging up, as one does that is still starting.
    let refused = |why: &str| why.contains("refuses the key");
    assert!(
        matches!(&event, MediaEvent::Output { why: Some(why), why_code: Some(OutputWhy::RefusedOrStarting), .. } if refused(why)),
        "{event:?}"
    );
    assert!(program.show_ms().0 - began < 3_000, "said at once");
    let stats = format!("{:?}", program.stats());
    let summary = format!("{:?}", program.stop().finish());
    let everything = format!("{:?} {stats} {summary} {output:?}", events.all());
    assert!(!everything.contains(KEY) && !everything.contains("tok-0815"), "{everything}");
}

#[test]
fn a_server_that_swallows_everything_costs_nobody_else_a_frame() {
    // Accepts and never reads or answers.
    let hole = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (nginx, dir) = (Nginx::start(), tempfile::tempdir().unwrap());
    let (program, mut events) = Listener::start(config());
    let stuck = destination(&format!("rtmp://{}/live/{KEY}", hole.local_addr().unwrap()));
    let good = destination(&nginx.url(KEY));
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.add_output(stuck.clone()).unwrap();
    program.add_output(good.clone()).unwrap();
    program.go_on_air().unwrap();
    let event = events.wait_phase(stuck.id, OutputPhase::Reconnecting);
    assert!(matches!(event, MediaEvent::Output { why_code: Some(OutputWhy::Mute), .. }), "{event:?}");
    assert!(program.show_ms().0 < 9_000, "noticed within {} ms: {event:?}", program.show_ms().0);
    let stats = program.stats();
    let summary = program.stop().finish();
    let slow = Slow::of(&summary.frames, &events.all());
    complete("recording", &packets(&summary.recording.unwrap().path, "v"), &slow);
    let good = stats.outputs.iter().find(|o| o.id == good.id).unwrap();
    assert_eq!((good.dropped, good.reconnects, good.phase), (0, 0, OutputPhase::Live));
}

#[test]
fn a_server_that_takes_one_connection_gets_the_show() {
    let dir = tempfile::tempdir().unwrap();
    let server = OneConnection::start(dir.path());
    let (program, mut events) = Listener::start(config());
    let output = destination(&server.url);
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    until("three seconds are on air", || program.show_ms().0 > 3_000);
    let stats = program.stats();
    let slow = Slow::of(&program.stop().finish().frames, &events.all());
    let got = server.finish();
    assert_eq!(stats.outputs[0].reconnects, 0);
    let (video, audio) = (packets(&got, "v"), packets(&got, "a"));
    let last = |of: &[(f64, bool)]| of.last().unwrap().0;
    assert!(last(&video) > 1.5 && (last(&audio) - last(&video)).abs() < 0.25, "{} {}", last(&video), last(&audio));
    complete("what came", &video, &slow);
    assert!(longest_gap(&audio) < 0.045);
    let shape = &probe(&got, &["-show_entries", "stream=width,height,sample_rate,channels"])["streams"];
    let (picture, sound) = if shape[0]["width"].is_null() { (&shape[1], &shape[0]) } else { (&shape[0], &shape[1]) };
    assert_eq!((&picture["width"], &picture["height"]), (&640.into(), &360.into()));
    assert_eq!((&sound["sample_rate"], &sound["channels"]), (&"48000".into(), &2.into()));
}

#[test]
fn a_room_that_closes_is_not_waited_for_by_an_attempt_that_hangs_either() {
    let mut nginx = Nginx::start();
    let (program, mut events) = Listener::start(config());
    let mut output = destination(&nginx.url(KEY));
    output.deadline = Some(Duration::from_secs(2));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    nginx.kill();
    // Takes connections and never says a word.
    let _hole = std::net::TcpListener::bind(("127.0.0.1", nginx.port)).unwrap();
    let event = events.wait_phase(output.id, OutputPhase::Reconnecting);
    let MediaEvent::Output { deadline_ms: Some(left @ 1..=2_000), .. } = event else { panic!("{event:?}") };
    let told = Instant::now();
    let event = events.wait_phase(output.id, OutputPhase::Failed);
    let late = told.elapsed().saturating_sub(Duration::from_millis(left));
    // An attempt that hangs is given up after five seconds, which is three more.
    assert!(late < Duration::from_millis(2_500), "{late:?} after the room was closed");
    assert!(
        matches!(&event, MediaEvent::Output { why: Some(why), why_code: Some(OutputWhy::RoomClosed), .. } if why.contains("closed the room")),
        "{event:?}"
    );
    program.stop().finish();
}

#[test]
fn an_address_that_serves_more_than_one_show_is_tried_past_the_end_of_the_room() {
    let mut nginx = Nginx::start();
    let (program, mut events) = Listener::start(config());
    let mut output = destination(&nginx.url(KEY));
    (output.deadline, output.one_show) = (Some(Duration::from_secs(1)), false);
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    nginx.kill();
    events.wait_phase(output.id, OutputPhase::Reconnecting);
    let lost = program.show_ms().0;
    until("the room is closed", || program.show_ms().0 > lost + 2_000);
    nginx.run();
    events.wait_phase(output.id, OutputPhase::Live);
    program.stop().finish();
}

#[test]
fn two_destinations_with_one_key_are_refused() {
    let nginx = Nginx::start();
    let (program, _events) = Listener::start(config());
    let first = destination(&nginx.url(KEY));
    program.add_output(first.clone()).unwrap();
    let error = program.add_output(destination(&format!("{}/", nginx.url(KEY)))).unwrap_err().to_string();
    assert!(error.contains("another destination already") && !error.contains(KEY), "{error}");
    program.add_output(first).unwrap();
    program.add_output(destination(&nginx.url("another-key"))).unwrap();
    assert_eq!(program.stats().outputs.len(), 2, "the same again takes its own place");
    program.stop().finish();
}

#[test]
fn a_server_that_comes_back_has_picture_and_sound_within_a_second_and_a_half() {
    let mut nginx = Nginx::start();
    let (program, mut events) = Listener::start(config());
    let output = destination(&nginx.url(KEY));
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    nginx.kill();
    events.wait_phase(output.id, OutputPhase::Reconnecting);
    let lost = program.show_ms().0;
    until("three seconds passed", || program.show_ms().0 > lost + 3_000);
    nginx.run();
    let back = Instant::now();
    events.wait_phase(output.id, OutputPhase::Live);
    let took = back.elapsed();
    assert!(took < Duration::from_millis(1_500), "back on air after {took:?}");
    let sound = |program: &hawker_media::Program| program.stats().outputs[0].sound_back_ms;
    until("sound is back", || sound(&program).is_some());
    assert!(sound(&program).unwrap() < 500, "sound after {:?} ms", sound(&program));
    let stats = program.stats().outputs[0].clone();
    assert!((80..300).contains(&stats.missed), "what came in three seconds was missed: {stats:?}");
    assert_eq!(stats.last_why_code, Some(OutputWhy::Unreachable), "{stats:?}");
    // The second time it is looked at as closely.
    nginx.kill();
    events.wait_phase(output.id, OutputPhase::Reconnecting);
    nginx.run();
    events.wait_phase(output.id, OutputPhase::Live);
    assert_eq!(sound(&program), None, "what left in a moment proves nothing yet");
    until("sound is back again", || sound(&program).is_some_and(|ms| ms < 500));
    program.stop().finish();
}

#[test]
fn a_delayed_destination_is_late_by_its_delay_also_after_a_reconnect() {
    let (mut nginx, dir) = (Nginx::start(), tempfile::tempdir().unwrap());
    let (program, mut events) = Listener::start(config());
    let mut output = destination(&nginx.url(KEY));
    output.delay_ms = 3_000;
    program.add_output(output.clone()).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(output.id, OutputPhase::Live);
    let live_at = program.show_ms().0;
    assert!((3_000..4_500).contains(&live_at), "nothing leaves before the delay is over: {live_at} ms");
    // The show time in the newest keyframe that a subscriber has, against the show's.
    let late = |program: &hawker_media::Program, dir: &std::path::Path| {
        let got = Subscriber::start(&nginx_url(&output), dir, 4).finish();
        let now = program.show_ms().0;
        let stream = h264(&got);
        now - nal_units(&stream).filter_map(show_ms_of_nal).last().unwrap().0
    };
    let first = late(&program, dir.path());
    // Up to a keyframe's distance more, and what ffmpeg needs to end.
    assert!((3_000..6_500).contains(&first), "{first} ms late");
    nginx.kill();
    events.wait_phase(output.id, OutputPhase::Reconnecting);
    nginx.run();
    let back = Instant::now();
    events.wait_phase(output.id, OutputPhase::Live);
    assert!(back.elapsed() < Duration::from_millis(4_000), "the delay need not fill again: {:?}", back.elapsed());
    let second = late(&program, dir.path());
    assert!((3_000..6_500).contains(&second), "{second} ms late after the reconnect");
    program.stop().finish();
}

fn nginx_url(output: &hawker_media::OutputConfig) -> String {
    output.url.expose().to_owned()
}

pub fn nal_units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut starts: Vec<usize> =
        stream.windows(3).enumerate().filter(|(_, w)| *w == [0, 0, 1]).map(|(i, _)| i + 3).collect();
    starts.push(stream.len() + 3);
    let ranges: Vec<_> = starts.windows(2).map(|w| (w[0], w[1] - 3)).collect();
    ranges.into_iter().map(|(from, to)| stream[from..to].strip_suffix(&[0]).unwrap_or(&stream[from..to]))
}
