//! Skin that is smoothed on air.

use crate::support::*;
use hawker_media::{MediaEvent, ProgramConfig, SourceSpec};
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// Cb and Cr of fair skin, and of grass.
const SKIN: (u8, u8) = (108, 151);
const GRASS: (u8, u8) = (90, 100);
/// Luma to the left and to the right of an edge in the middle.
const LIGHT: i32 = 150;
const DARK: i32 = 70;

/// A clip that stands still: skin with the noise of a camera, an edge down its middle, and below it noisy grass.
pub fn skin(dir: &Path, (width, height): (usize, usize)) -> SourceSpec {
    let mut state = 0x9E37_79B1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as i32 % 21 - 10
    };
    let is_grass = |row: usize, rows: usize| row * 3 >= rows * 2;
    let mut picture = Vec::new();
    for row in 0..height {
        picture.extend((0..width).map(|x| {
            let level = if is_grass(row, height) || x < width / 2 { LIGHT } else { DARK };
            (level + noise()) as u8
        }));
    }
    for part in [|of: (u8, u8)| of.0, |of: (u8, u8)| of.1] {
        for row in 0..height / 2 {
            let colour = part(if is_grass(row, height / 2) { GRASS } else { SKIN });
            picture.resize(picture.len() + width / 2, colour);
        }
    }
    let file = dir.join("skin.mp4");
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-r", "30"])
        .args(["-s", &format!("{width}x{height}"), "-i", "-"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", "-g", "30"])
        .arg(&file)
        .stdin(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed");
    let mut input = child.stdin.take().unwrap();
    for _ in 0..60 {
        input.write_all(&picture).unwrap();
    }
    drop(input);
    assert!(child.wait().unwrap().success());
    SourceSpec::File(file)
}

/// The luma of a picture.
pub struct Luma {
    samples: Vec<u8>,
    width: usize,
    height: usize,
}

impl Luma {
    fn of_film(film: &Path, ms: u64, (width, height): (usize, usize)) -> Self {
        let out = Command::new("ffmpeg")
            .args(["-v", "error", "-ss", &format!("{:.3}", ms as f64 / 1_000.0), "-i"])
            .arg(film)
            .args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"])
            .output()
            .unwrap();
        assert_eq!(out.stdout.len(), width * height * 3 / 2, "there is a picture at {ms} ms");
        Self { samples: out.stdout[..width * height].to_vec(), width, height }
    }

    pub fn of_jpeg(jpeg: &[u8]) -> Self {
        let picture = image::load_from_memory(jpeg).unwrap().to_luma8();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        Self { samples: picture.into_raw(), width, height }
    }

    /// Power of the noise in a part; sides in hundredths of the picture's.
    fn noise(&self, (left, right): (usize, usize), (top, bottom): (usize, usize)) -> f64 {
        let rows = self.height * top / 100..self.height * bottom / 100;
        let columns = self.width * left / 100..self.width * right / 100;
        let part: Vec<f64> =
            rows.flat_map(|y| columns.clone().map(move |x| f64::from(self.samples[y * self.width + x]))).collect();
        let mean = part.iter().sum::<f64>() / part.len() as f64;
        part.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / part.len() as f64
    }

    pub fn skin_noise(&self) -> f64 {
        self.noise((10, 40), (10, 55))
    }

    fn grass_noise(&self) -> f64 {
        self.noise((10, 90), (75, 95))
    }

    /// Mean of a column of the skin, so many pixels beside the edge.
    fn beside_edge(&self, by: isize) -> f64 {
        let x = (self.width / 2).checked_add_signed(by).unwrap();
        let rows = self.height / 10..self.height * 55 / 100;
        let count = rows.len() as f64;
        rows.map(|y| f64::from(self.samples[y * self.width + x])).sum::<f64>() / count
    }
}

#[test]
fn skin_on_air_is_smooth_its_edges_stay_and_recognition_sees_it_as_it_is() {
    let (dir, size) = (tempfile::tempdir().unwrap(), (640, 360));
    let settings = ProgramConfig { sources: sources(skin(dir.path(), size)), ..at_bitrate(8_000_000, config()) };
    let (program, mut events) = Listener::start(settings);
    let frames = program.frames();
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    // Each setting has been seen for a while when its picture is taken.
    let mut moments = Vec::new();
    for strength in [0, 80, 0] {
        program.set_beauty(strength);
        let since = program.show_ms().0;
        until("it is seen", || program.show_ms().0 > since + 1_700);
        moments.push(since + 1_500);
        let seen = frames.borrow().clone().unwrap();
        let about = &seen.planes[0];
        let rows = (0..360).flat_map(|y| seen.data[about.offset + y * about.stride..][..640].iter().copied());
        let seen = Luma { samples: rows.collect(), width: 640, height: 360 }.skin_noise();
        assert!(seen > 30.0, "recognition sees skin as it is at {strength}: {seen:.1}");
    }
    recorded_to(&program, moments[2]);
    let film = program.stop().finish().recording.unwrap().path;
    let [before, smooth, after] = [0, 1, 2].map(|at| Luma::of_film(&film, moments[at], size));
    let (noisy, left, back) = (before.skin_noise(), smooth.skin_noise(), after.skin_noise());
    assert!(
        noisy > 25.0 && back > 25.0,
        "the noise of the camera is on air where nothing is smoothed: {noisy:.1} {back:.1}"
    );
    assert!(left < noisy * 0.15, "on skin {left:.1} of {noisy:.1} are left");
    let grass = smooth.grass_noise() / before.grass_noise();
    assert!((0.8..1.25).contains(&grass), "what is no skin is as it was: {grass:.2}");
    let step = |picture: &Luma, by: isize| picture.beside_edge(-by) - picture.beside_edge(by - 1);
    for (by, least) in [(2, 0.9), (6, 0.95)] {
        let (was, is) = (step(&before, by), step(&smooth, by));
        assert!(is >= was * least, "the edge stays, {by} pixels beside it: {is:.1} of {was:.1}");
    }
}
