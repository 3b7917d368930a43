//! A network camera that speaks RTSP.

use crate::{session::Guard, support::*, tones::*};
use hawker_domain::SourceId;
use hawker_media::{MediaEvent, MicSpec, ProgramConfig, SourceSpec};
use std::{
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
};

/// What the camera plays: a tenth of full scale. Units: Hz, dBFS.
const PLAYED_HZ: f64 = 1_000.0;
const PLAYED_DB: f64 = -20.0;

fn camera(port: u16) -> Guard {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/media/rtsp_server.py");
    // Debian's packages are of Debian's own Python.
    let server = Command::new("/usr/bin/python3")
        .arg(script)
        .arg(port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Guard(server.expect("python3 is installed"));
    until("the camera listens (is gir1.2-gst-rtsp-server-1.0 installed?)", || {
        let ended = server.0.try_wait().unwrap();
        assert!(ended.is_none(), "the camera ended; is gir1.2-gst-rtsp-server-1.0 installed? {ended:?}");
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    server
}

#[test]
fn a_network_camera_is_seen_and_heard_lost_and_taken_back() {
    let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
    let server = camera(port);
    let source = SourceSpec::parse(&format!("rtsp://127.0.0.1:{port}/live")).unwrap();
    let settings = ProgramConfig { sources: sources(source), mics: vec![MicSpec::FromSource], ..config() };
    let (program, mut events) = Listener::start(settings);
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    until("it is heard", || program.stats().audio_rms_db.is_some_and(|db| db > -30.0));
    let began = program.show_ms().0;
    until("it is on air for a while", || program.show_ms().0 > began + 2_000);
    let killed = program.show_ms().0;
    drop(server);
    let lost = events.wait("the loss is told", |event| matches!(event, MediaEvent::SourceLost { .. }));
    let noticed = program.show_ms().0;
    assert!(noticed < killed + 3_000, "it is noticed soon: {} ms", noticed - killed);
    assert!(matches!(&lost, MediaEvent::SourceLost { id, why, .. } if *id == SourceId::main() && !why.is_empty()));
    until("the slate is on air", || program.show_ms().0 > noticed + 1_500);
    let _server = camera(port);
    events.wait("it is back", |event| matches!(event, MediaEvent::SourceBack { .. }));
    let back = program.show_ms().0;
    recorded_to(&program, back + 2_500);
    let summary = program.stop().finish();
    let film = summary.recording.unwrap().path;
    complete("through the slate", &packets(&film, "v"), &Slow::of(&summary.frames, &events.all()));

    let corner = |ms: u64| {
        let rgb = picture_at(&film, ms as f64 / 1_000.0, 640, 360);
        [rgb[0], rgb[1], rgb[2]]
    };
    let is_blue = |[red, green, blue]: [u8; 3]| red < 40 && green < 40 && blue > 200;
    let (before, slate, after) = (corner(killed - 500), corner(noticed + 1_000), corner(back + 1_500));
    assert!(is_blue(before) && is_blue(after), "before {before:?}, after {after:?}");
    assert!(slate.iter().zip([0x1b, 0x24, 0x30_u8]).all(|(is, want)| is.abs_diff(want) < 10), "the slate: {slate:?}");
    let sound = sound_of(&film);
    near("before", steady_db(between(&sound, killed - 1_200, killed - 200), PLAYED_HZ), PLAYED_DB, 1.0);
    let silence = peak_db(between(&sound, noticed + 500, noticed + 1_400));
    assert!(silence < -60.0, "silence in its place: {silence:.1} dB");
    near("after", steady_db(between(&sound, back + 1_000, back + 2_300), PLAYED_HZ), PLAYED_DB, 1.0);
}
