//! What is heard: microphones of this computer that are pulled out, what the computer plays, the host's headphones, and the
//! desk. In a sound server of the tests' own.

use crate::{
    session::{Guard, SOUND, in_session},
    support::*,
    tones::*,
};
use hawker_domain::{
    sound::{InputId, InputSettings, Loudness, MixSettings},
    sound_change::MonitorOf,
};
use hawker_media::{
    DeviceKind, MediaEvent, MicKinds, MicSpec, MonitorConfig, MonitorRefused, MonitorState, Program, ProgramConfig,
    devices, mic_input,
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What the room plays, and what is never to be heard. Both have whole waves in 20 ms. Units: Hz.
pub const ROOM_HZ: f64 = 1_000.0;
const OTHER_HZ: f64 = 3_000.0;
/// A tone of a tenth of full scale. Units: dBFS.
pub const PLAYED_DB: f64 = -20.0;
/// The end of a tone has something of every pitch in it, but not more than this. Units: dBFS.
const FAINT_DB: f64 = -46.0;

/// Something that `pactl` put into the sound server; gone when dropped.
struct Module(String);

impl Module {
    fn load(arguments: &[&str]) -> Self {
        let out = Command::new("pactl").arg("load-module").args(arguments).output().expect("pactl is installed");
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        Self(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    /// A loudspeaker that nobody hears.
    fn speaker(name: &str) -> Self {
        let named = [format!("sink_name={name}"), format!("sink_properties=device.description={name}")];
        let speaker = Self::load(&["module-null-sink", "channels=2", "rate=48000", &named[0], &named[1]]);
        listed(DeviceKind::Speaker, name);
        speaker
    }

    /// A microphone that hears what a loudspeaker plays.
    fn microphone(name: &str, speaker: &str) -> Self {
        let named = [format!("source_name={name}"), format!("source_properties=device.description={name}")];
        let hears = format!("master={speaker}.monitor");
        let microphone = Self::load(&["module-remap-source", &named[0], &named[1], &hears]);
        listed(DeviceKind::Microphone, name);
        microphone
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        let _ = Command::new("pactl").args(["unload-module", &self.0]).stderr(Stdio::null()).status();
    }
}

fn listed(kind: DeviceKind, id: &str) {
    until("it is listed", || devices().unwrap().iter().any(|device| (device.kind, device.id.as_str()) == (kind, id)));
}

/// The one that the system would take by itself.
fn by_itself(kind: &str, name: &str) {
    assert!(Command::new("pactl").args([&format!("set-default-{kind}"), name]).status().unwrap().success());
}

/// Another program that plays a tone of a tenth of full scale.
fn plays(speaker: &str, hz: f64) -> Guard {
    let player = Command::new("gst-launch-1.0")
        .args(["-q", "audiotestsrc", "is-live=true", "volume=0.1", &format!("freq={hz}")])
        .args(["!", "audio/x-raw,rate=48000,channels=2", "!", "pulsesink", &format!("device={speaker}")])
        // The session manager would move it where the system plays by itself.
        .arg("stream-properties=properties,node.dont-reconnect=(string)true")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Guard(player.expect("gstreamer1.0-tools is installed"))
}

/// Another program that records what a loudspeaker plays.
struct Ear {
    process: Guard,
    file: PathBuf,
}

impl Ear {
    fn at(speaker: &str, dir: &Path) -> Self {
        let file = dir.join(format!("{speaker}.raw"));
        let process = Command::new("parec")
            .args(["--raw", "--format=float32le", "--rate=48000", "--channels=2", "--latency-msec=20"])
            .arg(format!("--device={speaker}.monitor"))
            .stdout(std::fs::File::create(&file).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .expect("pulseaudio-utils is installed");
        let ear = Self { process: Guard(process), file };
        until("it hears", || ear.heard().len() > RATE / 4);
        ear
    }

    fn heard(&self) -> Vec<f32> {
        let bytes = std::fs::read(&self.file).unwrap();
        left(&bytes)
    }

    /// All that it hears until there are so many samples more.
    fn hears(&self, more: usize) -> Vec<f32> {
        let before = self.heard().len();
        until("it hears more", || self.heard().len() > before + more);
        self.heard()[before..].to_vec()
    }
}

/// The same in the loudest 20 ms.
fn loudest_db(sound: &[f32], hz: f64) -> f64 {
    sound.chunks_exact(RATE / 50).map(|part| tone_db(part, hz)).fold(f64::MIN, f64::max)
}

/// A show that hears these.
fn hearing(mics: &[&str]) -> ProgramConfig {
    ProgramConfig { mics: mics.iter().map(|id| MicSpec::Device((*id).to_owned())).collect(), ..config() }
}

fn on_air(settings: ProgramConfig, dir: &Path) -> (Program, Listener) {
    let (program, mut events) = Listener::start(settings);
    program.start_recording(&dir.join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    (program, events)
}

/// Waits until the show is so much longer; its length then.
fn later(program: &Program, ms: u64) -> u64 {
    let since = program.show_ms().0;
    until("the show goes on", || program.show_ms().0 > since + ms);
    program.show_ms().0
}

/// Since when the first microphone is heard.
fn audible(program: &Program) -> u64 {
    let level = || program.desk().levels().inputs.get(&mic_input(0)).and_then(|input| input.level.rms_db);
    until("it is heard", || level().is_some_and(|db| db > -30.0));
    program.show_ms().0
}

/// A device is heard, pulled out on air, and put back, while another one is there that the system would rather take.
fn pulled_out_and_put_back<Plugged>(id: &str, is_loopback: bool, plug: impl Fn() -> Plugged) {
    let dir = tempfile::tempdir().unwrap();
    let _speaker = Module::speaker("other");
    let _other = Module::microphone("other-mic", "other");
    let mut other_plays = plays("other", OTHER_HZ);
    let plugged = plug();
    by_itself("source", "other-mic");
    listed(DeviceKind::Microphone, id);
    let known = devices().unwrap().into_iter().find(|device| device.id == id).unwrap();
    assert_eq!(known.is_loopback, is_loopback, "{known:?}");

    let (program, mut events) = on_air(hearing(&[id]), dir.path());
    let began = audible(&program);
    let ear = Ear::at("room", dir.path());
    let pulled = later(&program, 1_500);
    let played = ear.heard();
    drop((ear, plugged));
    let lost = events.wait("the loss is told", |event| matches!(event, MediaEvent::MicLost { .. }));
    let noticed = program.show_ms().0;
    assert!(noticed < pulled + 2_500, "it is noticed soon: {} ms", noticed - pulled);
    assert!(
        matches!(&lost, MediaEvent::MicLost { input, why, .. } if *input == mic_input(0) && why.contains(id)),
        "{lost:?}"
    );
    let put_back = later(&program, 2_000);
    let plugged = plug();
    events.wait("it is back", |event| matches!(event, MediaEvent::MicBack { input } if *input == mic_input(0)));
    let back = audible(&program);
    recorded_to(&program, back + 2_000);
    assert!(other_plays.0.try_wait().unwrap().is_none(), "the other tone was there all the time");
    let film = program.stop().finish().recording.unwrap().path;
    drop(plugged);

    let sound = sound_of(&film);
    let before = between(&sound, began + 400, pulled - 100);
    near("before", steady_db(before, ROOM_HZ), PLAYED_DB, 1.0);
    // What a starved sound server leaves out of a tone is missing for everybody.
    let (kept, there) = (whole(before, ROOM_HZ, PLAYED_DB), whole(&played, ROOM_HZ, PLAYED_DB));
    assert!(kept > there / 4.0, "{kept:.2} of the tone is in the recording, another program hears {there:.2}");
    let gap = peak_db(between(&sound, noticed + 300, put_back));
    assert!(gap < -60.0, "silence in its place: {gap:.1} dB");
    near("after", steady_db(between(&sound, back + 500, back + 1_800), ROOM_HZ), PLAYED_DB, 1.0);
    let swapped = loudest_db(&sound, OTHER_HZ);
    assert!(swapped < FAINT_DB, "the other microphone is never heard: {swapped:.1} dB");
}

#[test]
fn a_microphone_that_is_pulled_out_is_silent_until_it_is_back_and_no_other_is_heard() {
    let test = "sound::a_microphone_that_is_pulled_out_is_silent_until_it_is_back_and_no_other_is_heard";
    in_session(&[SOUND], test, || {
        let _speaker = Module::speaker("room");
        let _plays = plays("room", ROOM_HZ);
        pulled_out_and_put_back("hand-mic", false, || Module::microphone("hand-mic", "room"));
    });
}

#[test]
fn another_microphone_that_is_chosen_on_air_takes_the_place_of_the_first_after_a_moment_of_silence() {
    let test = "sound::another_microphone_that_is_chosen_on_air_takes_the_place_of_the_first_after_a_moment_of_silence";
    in_session(&[SOUND], test, || {
        let dir = tempfile::tempdir().unwrap();
        let (_room, _desk) = (Module::speaker("room"), Module::speaker("desk"));
        let (_room_plays, _desk_plays) = (plays("room", ROOM_HZ), plays("desk", OTHER_HZ));
        let (hand, collar) = (Module::microphone("hand-mic", "room"), Module::microphone("collar-mic", "desk"));
        by_itself("source", "hand-mic");
        let (program, mut events) = on_air(hearing(&["hand-mic"]), dir.path());
        program.set_sound_input(&mic_input(0), InputSettings { gain_db: -6.0, ..Default::default() }).unwrap();
        let began = audible(&program);
        let chosen = later(&program, 1_500);
        let device = |id: &str| MicSpec::Device(id.to_owned());
        choose(&program, &[device("collar-mic")]);
        let is_back = |event: &MediaEvent| matches!(event, MediaEvent::MicBack { input } if *input == mic_input(0));
        events.wait("it is heard", is_back);
        let heard = later(&program, 2_000) - 2_000;
        // One that is not plugged in is told by its name, and nothing takes its place, until it is there.
        drop(hand);
        until("it is gone", || devices().unwrap().iter().all(|device| device.id != "hand-mic"));
        let missing = program.show_ms().0;
        choose(&program, &[device("hand-mic")]);
        let lost = events.wait("it is missed", |event| matches!(event, MediaEvent::MicLost { .. }));
        assert!(matches!(&lost, MediaEvent::MicLost { why, .. } if why.contains("hand-mic")), "{lost:?}");
        let put_back = later(&program, 1_500);
        let _hand = Module::microphone("hand-mic", "room");
        events.wait("it is there", is_back);
        let back = later(&program, 1_800) - 1_800;
        recorded_to(&program, back + 1_500);
        drop(collar);
        let summary = program.stop().finish();
        let recording = summary.recording.unwrap();
        assert_eq!(recording.parts.len(), 1, "one file from beginning to end");
        let (sound, gained_db) = (sound_of(&recording.path), PLAYED_DB - 6.0);
        near("the first", steady_db(between(&sound, began + 500, chosen - 100), ROOM_HZ), gained_db, 1.0);
        near("the second", steady_db(between(&sound, heard + 500, missing - 100), OTHER_HZ), gained_db, 1.0);
        near("the first again", steady_db(between(&sound, back + 400, back + 1_400), ROOM_HZ), gained_db, 1.0);
        for (what, part, hz) in [
            ("the first is not heard beside the second", between(&sound, heard + 300, missing - 100), ROOM_HZ),
            ("the second is not heard before it was chosen", between(&sound, began + 300, chosen - 100), OTHER_HZ),
        ] {
            assert!(loudest_db(part, hz) < FAINT_DB, "{what}: {:.1} dB", loudest_db(part, hz));
        }
        let gap = peak_db(between(&sound, missing + 400, put_back));
        assert!(gap < -60.0, "silence in the place of what is missing: {gap:.1} dB");
        let between_both = silence_ms(between(&sound, chosen - 200, heard + 800));
        assert!(between_both <= 1_000, "silence of {between_both} ms between both");
        complete("no picture is missing", &packets(&recording.path, "v"), &Slow::of(&summary.frames, &events.all()));
    });
}

fn choose(program: &Program, mics: &[MicSpec]) {
    program.set_microphones(mics, &MicKinds::look_up(mics)).unwrap();
}

/// The longest silence, of pieces of 10 ms. Units: milliseconds.
fn silence_ms(sound: &[f32]) -> usize {
    let silent = |piece: &[f32]| peak_db(piece) < -60.0;
    let pieces: Vec<bool> = sound.chunks(RATE / 100).map(silent).collect();
    pieces.split(|silent| !silent).map(<[bool]>::len).max().unwrap_or_default() * 10
}

#[test]
fn a_headset_that_sounds_like_a_telephone_is_told() {
    in_session(&[SOUND], "sound::a_headset_that_sounds_like_a_telephone_is_told", || {
        let dir = tempfile::tempdir().unwrap();
        // As PipeWire lists a headset that is connected for hearing and speaking at once.
        let headset = ["module-null-sink", "media.class=Audio/Source/Virtual", "sink_name=headset", "channel_map=mono"];
        let _headset = Module::load(&[&headset[..], &["sink_properties=api.bluez5.codec=msbc"]].concat());
        listed(DeviceKind::Microphone, "headset");
        let (program, events) = on_air(hearing(&["headset"]), dir.path());
        later(&program, 500);
        program.stop().finish();
        let told = events.all();
        assert!(told.contains(&MediaEvent::MicNarrow { input: mic_input(0), rate_hz: 16_000 }), "{told:?}");
        assert!(!told.iter().any(|event| matches!(event, MediaEvent::MicLost { .. })), "it is heard: {told:?}");
    });
}

#[test]
fn what_the_computer_plays_is_heard_until_its_loudspeaker_is_gone_and_no_other_is_heard() {
    let test = "sound::what_the_computer_plays_is_heard_until_its_loudspeaker_is_gone_and_no_other_is_heard";
    in_session(&[SOUND], test, || {
        pulled_out_and_put_back("room.monitor", true, || {
            let speaker = Module::speaker("room");
            // Gone before its loudspeaker, or it would play on the other one.
            (plays("room", ROOM_HZ), speaker)
        });
    });
}

#[test]
fn what_the_host_listens_to_is_in_the_headphones_and_never_where_the_show_listens() {
    let test = "sound::what_the_host_listens_to_is_in_the_headphones_and_never_where_the_show_listens";
    in_session(&[SOUND], test, || {
        let dir = tempfile::tempdir().unwrap();
        let (phones, _room) = (Module::speaker("phones"), Module::speaker("room"));
        by_itself("sink", "room");
        let mics = vec![MicSpec::TestTone, MicSpec::Device("room.monitor".to_owned())];
        let (program, _events) = on_air(ProgramConfig { mics, ..config() }, dir.path());
        let listen = |device: Option<&str>, of: MonitorOf| {
            program.desk().monitor(Some(MonitorConfig { device: device.map(str::to_owned), of }))()
        };
        for looped in [Some("room"), None] {
            let refused = listen(looped, MonitorOf::Mix);
            assert!(matches!(refused, Err(MonitorRefused::WouldLoop(_))), "{looped:?}: {refused:?}");
        }
        let (ear, room) = (Ear::at("phones", dir.path()), Ear::at("room", dir.path()));
        assert!(peak_db(&ear.hears(RATE / 2)) < -60.0, "nobody asked for it yet");
        listen(Some("phones"), MonitorOf::Mix).unwrap();
        until("it is heard", || peak_db(&ear.hears(RATE / 10)) > -20.0);
        // The test tone is a fifth of full scale.
        near("the mix", steady_db(&ear.hears(RATE), 440.0), -14.0, 1.0);
        // Muted in the show, and heard by the host all the same.
        program.set_sound_input(&mic_input(0), InputSettings { muted: Some(true), ..Default::default() }).unwrap();
        until("the mix is silent", || peak_db(&ear.hears(RATE / 10)) < -60.0);
        listen(Some("phones"), MonitorOf::Input(mic_input(0))).unwrap();
        until("the input is heard", || peak_db(&ear.hears(RATE / 10)) > -20.0);
        near("the input", steady_db(&ear.hears(RATE), 440.0), -14.0, 1.0);
        drop(phones);
        until("it has ended", || matches!(program.desk().levels().monitor, MonitorState::Failed { .. }));
        let after = peak_db(&room.hears(RATE / 2));
        let all = peak_db(&room.heard());
        assert!(
            all < -60.0,
            "what the host listened to never plays on the loudspeakers: {all:.1} dB, at last {after:.1}"
        );
        drop((ear.process, room.process));
        program.stop().finish();
    });
}

#[test]
fn what_is_set_at_the_desk_is_what_is_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let (program, _events) = on_air(ProgramConfig { mics: vec![MicSpec::TestTone], ..config() }, dir.path());
    let mic: InputId = mic_input(0);
    let set = |settings: InputSettings| program.set_sound_input(&mic, settings).unwrap();
    audible(&program);
    // Each span begins when its setting has passed the mix and ends before the next one.
    let span = |length_ms: u64| {
        let from = later(&program, 500);
        // What is mixed after this is heard a moment before it.
        (from, later(&program, length_ms + 300) - 300)
    };
    let as_it_is = span(700);
    set(InputSettings { gain_db: -12.0, ..Default::default() });
    let lower = span(700);
    set(InputSettings { gain_db: 6.0, ..Default::default() });
    let higher = span(700);
    set(InputSettings { muted: Some(true), ..Default::default() });
    let muted = span(700);
    set(InputSettings::default());
    program.set_sound_mix(MixSettings { gain_db: -6.0, ..Default::default() }).unwrap();
    let mix = span(700);
    let loudness = Some(Loudness { target_lufs: -22.0, range_db: 12.0 });
    program.set_sound_mix(MixSettings { loudness, ..Default::default() }).unwrap();
    until("it has the loudness", || program.desk().levels().loudness_lufs.is_some_and(|now| (now + 22.0).abs() < 0.3));
    let target = span(3_500);
    recorded_to(&program, target.1);
    let film = program.stop().finish().recording.unwrap().path;

    let sound = sound_of(&film);
    let level = |(from, to)| tone_db(between(&sound, from, to), 440.0);
    near("as it is", level(as_it_is), -14.0, 0.5);
    near("12 dB less", level(lower) - level(as_it_is), -12.0, 0.3);
    near("6 dB more", level(higher) - level(as_it_is), 6.0, 0.3);
    near("the mix 6 dB less", level(mix) - level(as_it_is), -6.0, 0.3);
    let silence = peak_db(between(&sound, muted.0, muted.1));
    assert!(silence < -70.0, "muted: {silence:.1} dB");
    near("as EBU R 128 measures it", lufs(&film, target), -22.0, 0.7);
}

/// The loudness of a part of a film, measured by ffmpeg.
fn lufs(film: &Path, (from_ms, to_ms): (u64, u64)) -> f64 {
    let seconds = |ms: u64| format!("{:.3}", ms as f64 / 1_000.0);
    let out = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-ss", &seconds(from_ms), "-t", &seconds(to_ms - from_ms), "-i"])
        .arg(film)
        .args(["-vn", "-af", "ebur128", "-f", "null", "-"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    let summary = said.rsplit("Summary:").next().unwrap_or_default();
    let number = summary.split("I:").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no loudness: {said}"))
}
