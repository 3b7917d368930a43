//! Clips and addresses that are decoded in a process of their own.

use crate::{session::Guard, support::*};
use hawker_domain::reason::SourceWhy;
use hawker_media::{DecoderProgram, MediaError, MediaEvent, MicSpec, Program, ProgramConfig, SourceSpec};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use url::Url;

fn apart(source: SourceSpec) -> ProgramConfig {
    let program = env!("CARGO_BIN_EXE_hawker-decode").into();
    ProgramConfig {
        sources: sources(source),
        decoder: Some(DecoderProgram { program, arguments: Vec::new() }),
        mics: Vec::new(),
        ..config()
    }
}

/// Processes that this one started and that decode.
fn decoders() -> Vec<String> {
    let me = std::process::id().to_string();
    let out = Command::new("pgrep").args(["-P", &me, "-f", "hawker-decode"]).output().unwrap();
    String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_decoder_that_is_killed_costs_the_picture_for_a_moment_and_the_recording_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("show.mkv");
    let source = SourceSpec::File(clip(dir.path(), 4, 30));
    let (program, mut events) = Listener::start(ProgramConfig { mics: vec![MicSpec::FromSource], ..apart(source) });
    program.start_recording(&recording).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    until("it has played", || program.show_ms().0 > 1_000);
    let former = decoders();
    assert_eq!(former.len(), 1, "one process decodes the clip: {former:?}");
    assert!(Command::new("kill").args(["-9", &former[0]]).status().unwrap().success());
    let lost = events.wait("it is lost", |event| matches!(event, MediaEvent::SourceLost { .. }));
    let MediaEvent::SourceLost { why, why_code, .. } = lost else { unreachable!() };
    assert_eq!(why_code, SourceWhy::Crashed);
    assert!(why.contains("crashed") && why.contains('9'), "{why}");
    events.wait("it is back", |event| matches!(event, MediaEvent::SourceBack { .. }));
    let back = program.show_ms().0;
    until("it has played again, over the clip's end", || program.show_ms().0 > back + 4_500);
    let frames = program.stats().frames;
    let summary = program.stop().finish();
    let made = summary.recording.unwrap();
    complete("recording", &packets(&made.path, "v"), &Slow::of(&summary.frames, &events.all()));
    assert!(frames.captured > 140, "pictures came at the clip's pace: {frames:?}");
    assert!(longest_gap(&packets(&made.path, "a")) < 0.03);
    assert_eq!(decoders(), Vec::<String>::new(), "none outlives its show");
}

/// A web server of the folder, which counts what it is asked.
struct Web {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Web {
    fn of(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, asked) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let (folder, count) = (folder.to_owned(), asked.clone());
        std::thread::spawn(move || {
            for caller in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::SeqCst);
                let folder = folder.clone();
                std::thread::spawn(move || answer(caller, &folder));
            }
        });
        Self { port, asked }
    }

    fn url(&self, name: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}/{name}", self.port)).unwrap()
    }
}

fn answer(mut caller: TcpStream, folder: &Path) {
    let mut reader = BufReader::new(caller.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    while !matches!(reader.by_ref().lines().next(), None | Some(Err(_))) {
        if reader.buffer().starts_with(b"\r\n") {
            break;
        }
    }
    let name = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
    let (status, body) = match std::fs::read(folder.join(name)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    let _ = caller.write_all(head.as_bytes()).and_then(|()| caller.write_all(&body));
}

/// A playlist with the parts of a short clip beside it; what the playlist says.
fn playlist(dir: &Path) -> String {
    let clip = clip(dir, 6, 30);
    let list = dir.join("live.m3u8");
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(clip)
        .args(["-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0"])
        .arg(&list)
        .status();
    assert!(status.unwrap().success());
    std::fs::read_to_string(list).unwrap()
}

#[track_caller]
fn refusal(source: SourceSpec) -> MediaError {
    Program::start(apart(source)).map(|_| ()).expect_err("it is not played")
}

#[test]
fn a_playlist_plays_from_its_own_server_and_reaches_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let text = playlist(dir.path());
    let (own, other) = (Web::of(dir.path()), Web::of(dir.path()));
    let (program, _events) = Listener::start(apart(SourceSpec::Url(own.url("live.m3u8"))));
    until("it plays", || program.stats().frames.captured > 15);
    program.stop().finish();

    let elsewhere = text.replace("live0.ts", other.url("live0.ts").as_str());
    std::fs::write(dir.path().join("elsewhere.m3u8"), elsewhere).unwrap();
    let error = refusal(SourceSpec::Url(own.url("elsewhere.m3u8")));
    assert!(error.to_string().contains(&format!("leads to 127.0.0.1:{}", other.port)), "{error}");
    assert_eq!(other.asked.load(Ordering::SeqCst), 0, "nobody asked the other server");

    let house = Url::from_file_path(dir.path().join("live")).unwrap();
    std::fs::write(dir.path().join("house.m3u8"), text.replace("live", house.as_str())).unwrap();
    refusal(SourceSpec::Url(own.url("house.m3u8")));
}

/// Grey, with a red stripe at the top, a blue one at the bottom and a green one on the right.
fn striped(dir: &Path, form: &str) -> PathBuf {
    let file = dir.join(format!("{form}.mkv"));
    let stripes = "color=gray:size=640x360:rate=30:duration=4,drawbox=0:0:640:12:red:t=fill,\
                   drawbox=0:348:640:12:blue:t=fill,drawbox=628:12:12:336:lime:t=fill";
    let ffmpeg = ["-v", "error", "-f", "lavfi", "-i", stripes, "-c:v", "libx264", "-crf", "4", "-pix_fmt", form];
    assert!(Command::new("ffmpeg").args(ffmpeg).arg(&file).status().unwrap().success());
    file
}

/// 360 lines are no multiple of 16, so the decoder's own pictures are larger; the second form has to be converted first.
#[test]
fn every_row_of_a_clip_is_where_its_decoder_left_it() {
    for form in ["yuv420p", "yuv422p10le"] {
        let dir = tempfile::tempdir().unwrap();
        let (program, mut events) = Listener::start(apart(SourceSpec::File(striped(dir.path(), form))));
        program.start_recording(&dir.path().join("show.mkv")).unwrap();
        program.go_on_air().unwrap();
        events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
        recorded_to(&program, 1_500);
        let made = program.stop().finish().recording.unwrap();
        let seen = Picture::at(&made.path, 1.0, 640, 360);
        for (x, y, colour) in [
            (4, 4, [254, 0, 0]),
            (600, 6, [254, 0, 0]),
            (4, 354, [0, 0, 254]),
            (600, 355, [0, 0, 254]),
            (634, 100, [0, 255, 1]),
            (634, 330, [0, 255, 1]),
            (4, 20, [128, 128, 128]),
            (320, 340, [128, 128, 128]),
            (612, 180, [128, 128, 128]),
        ] {
            seen.is(x, y, colour);
        }
    }
}

/// Somebody who broadcasts: a playlist of the newest four parts, a second each, at the pace of a clock.
fn broadcast(dir: &Path) -> Guard {
    let pictures = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=30"];
    let sound = ["-re", "-f", "lavfi", "-i", "sine=frequency=1000:sample_rate=48000"];
    let coded = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac"];
    let live = ["-f", "hls", "-hls_time", "1", "-hls_list_size", "4", "-hls_flags", "delete_segments+omit_endlist"];
    let list = dir.join("now.m3u8");
    let _ = std::fs::remove_file(&list);
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-nostdin", "-v", "error"]).args(pictures).args(sound).args(coded).args(live).arg(&list);
    let running = Guard(ffmpeg.spawn().expect("ffmpeg is installed"));
    until("it is on air", || std::fs::read_to_string(&list).is_ok_and(|text| text.matches("#EXTINF").count() == 4));
    running
}

#[test]
fn a_broadcast_is_followed_until_it_ends_and_again_when_it_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let own = Web::of(dir.path());
    let on_air = broadcast(dir.path());
    let source = SourceSpec::Url(own.url("now.m3u8"));
    let (program, mut events) = Listener::start(ProgramConfig { mics: vec![MicSpec::FromSource], ..apart(source) });
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    // Longer than all that the playlist held when it was read first.
    let began = (program.show_ms().0, program.stats().frames.captured);
    until("it plays on", || program.show_ms().0 > began.0 + 8_000);
    // The playlist held 120 of them at first.
    let pictures = program.stats().frames.captured - began.1;
    assert!(pictures > 160, "{pictures} pictures in 8 s");
    drop(on_air);
    events.wait("it is over", |event| matches!(event, MediaEvent::SourceLost { .. }));
    let again = broadcast(dir.path());
    events.wait("it is there again", |event| matches!(event, MediaEvent::SourceBack { .. }));
    let back = program.stats().frames.captured;
    until("it plays again", || program.stats().frames.captured > back + 45);
    let summary = program.stop().finish();
    drop(again);
    let made = summary.recording.unwrap();
    assert_eq!(made.parts.len(), 1);
    complete("broadcast", &packets(&made.path, "v"), &Slow::of(&summary.frames, &events.all()));
    assert!(longest_gap(&packets(&made.path, "a")) < 0.03, "silence is sound too");
}

#[test]
fn a_playlist_on_this_computer_gets_no_network() {
    let dir = tempfile::tempdir().unwrap();
    let text = playlist(dir.path());
    let other = Web::of(dir.path());
    let list = dir.path().join("net.m3u8");
    std::fs::write(&list, text.replace("live0.ts", other.url("live0.ts").as_str())).unwrap();
    refusal(SourceSpec::File(list));
    assert_eq!(other.asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_camera_that_sends_its_client_to_another_server_is_not_followed() {
    let (own, other) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let (port, target) = (own.local_addr().unwrap().port(), other.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for mut caller in own.incoming().map_while(Result::ok) {
            let lines = BufReader::new(caller.try_clone().unwrap()).lines().map_while(Result::ok);
            let number = lines.take_while(|line| !line.is_empty()).find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("cseq:").map(|number| number.trim().to_owned())
            });
            let number = number.unwrap_or_default();
            let text = format!("RTSP/1.0 302 Moved\r\nCSeq: {number}\r\nLocation: rtsp://127.0.0.1:{target}/x\r\n\r\n");
            let _ = caller.write_all(text.as_bytes());
        }
    });
    let said = std::thread::spawn(move || {
        let mut caller = other.accept().unwrap().0;
        caller.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut bytes = Vec::new();
        let _ = caller.read_to_end(&mut bytes);
        bytes.len()
    });
    let error = refusal(SourceSpec::Url(Url::parse(&format!("rtspt://127.0.0.1:{port}/x")).unwrap()));
    assert!(error.to_string().contains(&format!("leads to 127.0.0.1:{target}")), "{error}");
    drop(TcpStream::connect(("127.0.0.1", target)));
    assert_eq!(said.join().unwrap(), 0, "the other server was asked for nothing");
}
