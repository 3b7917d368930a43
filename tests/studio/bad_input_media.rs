//! Clips as they lie on real disks, each shown by a show of its own, two at once.

use hawker_tests::{Studio, frame, loudness, probe};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Shows at once: each is small and waits most of its time.
const AT_ONCE: usize = 2;
const GREEN: &str = "color=c=0x20c040:s=320x180:r=25:d=2";
const RED: &str = "color=c=0xc02030:s=320x180:r=25:d=2";
const H264: &str = "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p";

/// What has to become of a clip.
enum Fate {
    /// At each of these times of the recording it shows that colour.
    Seen(&'static [(f64, Colour)], Sound),
    /// It is refused, in these words beside its name.
    Refused(&'static [&'static str]),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Colour {
    Green,
    Red,
}

#[derive(Clone, Copy, PartialEq)]
enum Sound {
    /// A tone of -11 dB.
    Tone,
    Silence,
}

use {Colour::*, Fate::*, Sound::*};

const GREEN_ALL_ALONG: &[(f64, Colour)] = &[(0.4, Green), (1.5, Green), (2.6, Green)];

/// A file's name, how ffmpeg makes it, and its fate.
type Case = (&'static str, fn(&Path), Fate);

const CASES: &[Case] = &[
    ("empty.mp4", |to| std::fs::write(to, "").unwrap(), Refused(&["gives no picture", "choose another source"])),
    ("no-index.mp4", |to| begun(to, &with_tone(GREEN, 1, 48_000, "aac")), Refused(&["gives no picture", "choose"])),
    ("begun.mkv", |to| begun(to, &with_tone(GREEN, 2, 48_000, "aac")), Seen(GREEN_ALL_ALONG, Tone)),
    ("silent.mp4", |to| made(to, &format!("-f lavfi -i {GREEN} {H264}")), Seen(GREEN_ALL_ALONG, Silence)),
    ("mono.mp4", |to| made(to, &with_tone(GREEN, 1, 48_000, "aac")), Seen(GREEN_ALL_ALONG, Tone)),
    ("surround.mkv", |to| made(to, &with_tone(GREEN, 6, 48_000, "pcm_s16le")), Seen(GREEN_ALL_ALONG, Tone)),
    ("96-khz.mkv", |to| made(to, &with_tone(GREEN, 2, 96_000, "pcm_s16le")), Seen(GREEN_ALL_ALONG, Tone)),
    ("uneven.mkv", uneven, Seen(GREEN_ALL_ALONG, Silence)),
    // Half a second of green that stands for two more, then red for two: what comes next is neither early nor a slate.
    ("held.mp4", held, Seen(&[(0.3, Green), (1.2, Green), (1.8, Green), (3.2, Red)], Tone)),
    ("4k.mp4", |to| made(to, &sized("3840x2160")), Seen(GREEN_ALL_ALONG, Silence)),
    (
        "dot.mkv",
        |to| made(to, &sized("16x16").replace(H264, "-vf scale=1:1 -c:v ffv1")),
        Seen(GREEN_ALL_ALONG, Silence),
    ),
    ("back.ts", twice, Seen(&[(0.8, Green), (2.8, Red)], Tone)),
];

#[test]
fn every_clip_is_shown_as_far_as_it_goes_or_refused_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let first = Studio::new();
    for side in [["width", "320"], ["height", "180"]] {
        first.json(&[&["settings", "set"], &side[..]].concat());
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(case) = CASES.get(next.fetch_add(1, Ordering::SeqCst)) {
            wrong.extend(differences(case, dir.path(), &first));
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Shows one clip for four seconds; what is not as it has to be.
fn differences((name, make, fate): &Case, dir: &Path, first: &Studio) -> Vec<String> {
    let (clip, studio) = (dir.join(name), first.copy());
    make(&clip);
    let recording = studio.folder().join("show.mkv");
    let (clip, to) = (clip.to_str().unwrap(), recording.to_str().unwrap());
    let live = ["--json", "live", "--no-platform", "--source", clip, "--mic", "source", "--seconds", "4"];
    let out = studio.run(&[&live[..], &["--record", to]].concat());
    let (told, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    let mut wrong = Vec::new();
    let mut is = |right: bool, what: String| {
        if !right {
            wrong.push(format!("{name}: {what}\n{told}{said}"))
        }
    };
    is(!said.contains("panicked"), "it panicked".into());
    match fate {
        Refused(words) => {
            is(out.status.code() == Some(1), format!("{}", out.status));
            let line = said.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
            is(line.contains(name) && words.iter().all(|word| line.contains(word)), line.to_owned());
        }
        Seen(looks, sound) => {
            is(out.status.success(), format!("{}", out.status));
            is(!told.contains("\"state\":\"lost\""), "it was lost on the way".into());
            if let Some((film, summary)) = recorded(&told) {
                for (at, want) in *looks {
                    let seen = colour(&film, *at);
                    is(seen == Some(*want), format!("{seen:?} at {at} s, not {want:?}"));
                }
                let heard = loudness(&film);
                let right = match sound {
                    Tone => (-16.0..-9.0).contains(&heard.mean_db) && heard.peak_db < 0.0,
                    Silence => heard.peak_db < -60.0,
                };
                is(right, format!("{heard:?}"));
                let gap = probe(film.to_str().unwrap(), None).unexplained_gap(&summary);
                is(gap <= 0.1, format!("{gap} s without a picture"));
            } else {
                is(false, "nothing was recorded".into());
            }
        }
    }
    wrong
}

/// The recording, and the show's last line.
fn recorded(told: &str) -> Option<(PathBuf, serde_json::Value)> {
    let summary: serde_json::Value = serde_json::from_str(told.lines().last()?).ok()?;
    Some((summary["recording"]["path"].as_str()?.into(), summary))
}

/// Which of the two colours the middle of the picture has; none for a slate.
fn colour(film: &Path, at: f64) -> Option<Colour> {
    let rgb = frame(film, at, "crop=16:16,scale=1:1", (1, 1)).rgb;
    let (red, green, blue) = (i32::from(rgb[0]), i32::from(rgb[1]), i32::from(rgb[2]));
    match (green - red.max(blue) > 70, red - green.max(blue) > 70) {
        (true, _) => Some(Green),
        (_, true) => Some(Red),
        _ => None,
    }
}

/// Two seconds of a colour with a tone on so many channels.
fn with_tone(colour: &str, channels: usize, rate: u32, codec: &str) -> String {
    let layout = match channels {
        1 => "mono",
        2 => "stereo",
        _ => "5.1",
    };
    let tone = vec!["0.4*sin(2*PI*1000*t)"; channels].join("|");
    format!("-f lavfi -i {colour} -f lavfi -i aevalsrc={tone}:s={rate}:c={layout}:d=2 {H264} -c:a {codec}")
}

fn sized(size: &str) -> String {
    format!("-f lavfi -i color=c=0x20c040:s={size}:r=25:d=1 {H264}")
}

fn made(to: &Path, how: &str) {
    let mut command = Command::new("ffmpeg");
    let out = command.args(["-v", "error", "-nostdin", "-y"]).args(how.split(' ')).arg(to).output().unwrap();
    assert!(out.status.success(), "{}: {}", to.display(), String::from_utf8_lossy(&out.stderr));
}

/// Three fifths of a file, as a recorder leaves it that lost its power.
fn begun(to: &Path, how: &str) {
    made(to, how);
    let bytes = std::fs::read(to).unwrap();
    std::fs::write(to, &bytes[..bytes.len() * 3 / 5]).unwrap();
}

/// No two frames in a row are equally far apart: 4 to 120 ms.
fn uneven(to: &Path) {
    let times = "settb=1/1000,setpts=N*40+mod(N\\,7)*13-mod(N\\,3)*9+20";
    made(to, &format!("-f lavfi -i {GREEN},{times} -fps_mode passthrough {H264}"));
}

fn held(to: &Path) {
    let picture = "color=c=0x20c040:s=320x180:r=25:d=4.5,drawbox=t=fill:c=0xc02030:enable='gte(t,2.5)'";
    let tone = "-f lavfi -i aevalsrc=0.4*sin(2*PI*1000*t):s=48000:d=4.5 -c:a aac";
    let holds = "select='lt(t,0.5)+gte(t,2.5)'";
    made(to, &format!("-f lavfi -i {picture},{holds} {tone} -fps_mode passthrough {H264}"));
}

/// A transport stream, and another behind it whose time begins anew.
fn twice(to: &Path) {
    let part = |name: &str, colour: &str| {
        let file = to.with_file_name(name);
        made(&file, &with_tone(colour, 2, 48_000, "aac"));
        std::fs::read(file).unwrap()
    };
    std::fs::write(to, [part("first.ts", GREEN), part("second.ts", RED)].concat()).unwrap();
}
