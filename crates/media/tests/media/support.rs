//! Servers, clips and looks into media files.

use hawker_domain::{CanvasShape, DestinationId, SourceId, scene::Scene};
use hawker_media::{
    CanvasConfig, DropCause, FrameCounts, MediaEvent, MediaEvents, MicSpec, OutputConfig, OutputPhase, Program,
    ProgramConfig, SecretUrl, SourceSpec,
};
use serde_json::Value;
use std::{
    io::Read,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Longest a test waits for anything: what a test promises to be quick it measures by itself, so this only has to end one that
/// hangs, before its runner does.
pub const PATIENCE: Duration = Duration::from_secs(60);
pub const KEY: &str = "sk-3f9a-verysecret";

pub fn config() -> ProgramConfig {
    ProgramConfig {
        sources: sources(SourceSpec::Test),
        mics: vec![MicSpec::TestTone],
        canvases: vec![CanvasConfig { shape: CanvasShape::Landscape, width: 640, height: 360, bitrate_bps: 800_000 }],
        fps: 30,
        scene: Scene::of_source("main", &SourceId::main()),
        audio_bitrate_bps: 96_000,
        encoder: Default::default(),
        loop_file: true,
        beauty: 0,
        watch_fps: 10,
        journal: None,
        decoder: None,
        leaves: Default::default(),
    }
}

/// A show's only source.
pub fn sources(spec: SourceSpec) -> Vec<(SourceId, SourceSpec)> {
    vec![(SourceId::main(), spec)]
}

/// A picture that needs every bit it can get, so that a bitrate asked for is a bitrate sent.
pub fn busy(dir: &Path) -> ProgramConfig {
    let file = dir.join("busy.mp4");
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i"])
        .arg("testsrc2=size=640x360:rate=30:duration=5,noise=alls=60:allf=t")
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "6M", "-pix_fmt", "yuv420p"])
        .arg(&file)
        .status()
        .expect("ffmpeg is installed");
    assert!(done.success());
    ProgramConfig { sources: sources(SourceSpec::File(file)), ..config() }
}

pub fn at_bitrate(bitrate_bps: u32, mut config: ProgramConfig) -> ProgramConfig {
    config.canvases.iter_mut().for_each(|canvas| canvas.bitrate_bps = bitrate_bps);
    config
}

pub fn destination(url: &str) -> OutputConfig {
    OutputConfig::new(DestinationId(Uuid::now_v7()), SecretUrl::parse(url).unwrap())
}

/// The events of a show, kept, so that a test can look for one and at all.
pub struct Listener {
    receiver: MediaEvents,
    pub seen: Vec<MediaEvent>,
    /// How many of them were waited for, or passed over meanwhile.
    past: usize,
}

impl Listener {
    pub fn start(config: ProgramConfig) -> (Program, Self) {
        let (program, receiver) = Program::start(config).unwrap();
        (program, Self { receiver, seen: Vec::new(), past: 0 })
    }

    /// The first new event that `wanted` accepts. Panics after [`PATIENCE`].
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&MediaEvent) -> bool) -> MediaEvent {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.told();
            while let Some(event) = self.seen.get(self.past).cloned() {
                self.past += 1;
                if wanted(&event) {
                    return event;
                }
            }
            assert!(Instant::now() < deadline, "{what} did not happen; seen: {:?}", self.seen);
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    pub fn wait_phase(&mut self, id: DestinationId, phase: OutputPhase) -> MediaEvent {
        self.wait(
            &format!("{phase:?}"),
            |e| matches!(e, MediaEvent::Output { id: i, state, .. } if *i == id && *state == phase),
        )
    }

    /// All so far; none of it counts as waited for.
    pub fn told(&mut self) -> &[MediaEvent] {
        while let Some(event) = self.receiver.try_recv() {
            self.seen.push(event);
        }
        &self.seen
    }

    pub fn all(mut self) -> Vec<MediaEvent> {
        self.told();
        self.seen
    }
}

/// Waits until `ready`; panics after [`PATIENCE`].
pub fn until(what: &str, mut ready: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !ready() {
        assert!(Instant::now() < deadline, "{what} did not happen");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Waits until the recording of a show has so much: what is on air by the clock may still be on its way through the encoder.
pub fn recorded_to(program: &Program, ms: u64) {
    until("it is recorded", || program.stats().recording.is_some_and(|recording| recording.duration_ms > ms));
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// nginx with its RTMP module, ended by drop.
pub struct Nginx {
    pub port: u16,
    dir: tempfile::TempDir,
    child: Option<Child>,
    settings: String,
}

impl Nginx {
    pub fn start() -> Self {
        Self::with("")
    }

    /// With more lines inside `application live`.
    pub fn with(settings: &str) -> Self {
        let mut nginx =
            Self { port: free_port(), dir: tempfile::tempdir().unwrap(), child: None, settings: settings.to_owned() };
        nginx.run();
        nginx
    }

    pub fn run(&mut self) {
        let dir = self.dir.path();
        let module = ["/usr/lib/nginx/modules/ngx_rtmp_module.so", "/usr/share/nginx/modules/ngx_rtmp_module.so"];
        let module = module.iter().find(|m| Path::new(m).exists()).expect("libnginx-mod-rtmp is installed");
        let text = format!(
            "daemon off;\nmaster_process off;\npid {0}/pid;\nerror_log {0}/error.log info;\nload_module {module};\nevents {{}}\n\
             rtmp {{ server {{ listen 127.0.0.1:{1}; access_log off; application live {{ live on; {2} }} }} }}\n",
            dir.display(),
            self.port,
            self.settings
        );
        std::fs::write(dir.join("conf"), text).unwrap();
        let child = Command::new("nginx")
            .args(["-p", dir.to_str().unwrap(), "-c", "conf"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is installed");
        self.child = Some(child);
        until("nginx listens", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn url(&self, key: &str) -> String {
        format!("rtmp://127.0.0.1:{}/live/{key}", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A subscriber that keeps what it gets in a file, without decoding.
pub struct Subscriber {
    child: Child,
    pub file: PathBuf,
}

impl Subscriber {
    pub fn start(url: &str, dir: &Path, seconds: u32) -> Self {
        let file = dir.join("got.flv");
        let child = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-rw_timeout", "8000000", "-i", url, "-t", &seconds.to_string(), "-c", "copy"])
            .arg(&file)
            .stdin(Stdio::null())
            .spawn()
            .expect("ffmpeg is installed");
        Self { child, file }
    }

    pub fn finish(mut self) -> PathBuf {
        self.child.wait().unwrap();
        std::mem::take(&mut self.file)
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An RTMP server that ends with its first connection, and keeps what came in a file.
pub struct OneConnection {
    child: Child,
    pub url: String,
    file: PathBuf,
}

impl OneConnection {
    pub fn start(dir: &Path) -> Self {
        let port = free_port();
        let (url, file) = (format!("rtmp://127.0.0.1:{port}/live/{KEY}"), dir.join("one.flv"));
        let child = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-listen", "1", "-i", &url, "-c", "copy"])
            .arg(&file)
            .stdin(Stdio::null())
            .spawn()
            .expect("ffmpeg is installed");
        // To try by connecting would use it up; the kernel's table tells.
        let listening = format!("0100007F:{port:04X} 00000000:0000 0A");
        until("ffmpeg listens", || std::fs::read_to_string("/proc/net/tcp").unwrap().contains(&listening));
        Self { child, url, file }
    }

    /// The file, once the publisher has gone.
    pub fn finish(mut self) -> PathBuf {
        until("ffmpeg ends", || self.child.try_wait().unwrap().is_some());
        std::mem::take(&mut self.file)
    }
}

impl Drop for OneConnection {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What ffprobe says, as JSON.
pub fn probe(file: &Path, args: &[&str]) -> Value {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-of", "json"]).args(args).arg(file);
    let out = command.output().expect("ffprobe is installed");
    assert!(out.status.success(), "ffprobe {}: {}", file.display(), String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

pub fn codecs(file: &Path) -> Vec<String> {
    let streams = probe(file, &["-show_entries", "stream=codec_name"]);
    streams["streams"].as_array().unwrap().iter().map(|s| s["codec_name"].as_str().unwrap().to_owned()).collect()
}

/// Times of the packets of stream `select` ("v" or "a") in seconds, and whether each is a keyframe.
pub fn packets(file: &Path, select: &str) -> Vec<(f64, bool)> {
    let found = probe(file, &["-select_streams", select, "-show_entries", "packet=pts_time,flags"]);
    let packets = found["packets"].as_array().unwrap();
    packets
        .iter()
        .map(|p| (p["pts_time"].as_str().unwrap().parse().unwrap(), p["flags"].as_str().unwrap().starts_with('K')))
        .collect()
}

/// Distance of two pictures of a show, seconds.
pub const PICTURE_S: f64 = 1.0 / 30.0;

/// What this computer was too slow for in a show, as the show itself tells it: another program may have had the processor.
pub struct Slow {
    /// Pictures that were left out and counted.
    pub lost: u64,
    /// The governor may have made fewer of them for a while.
    pub thinned: bool,
}

impl Slow {
    #[track_caller]
    pub fn of(frames: &FrameCounts, events: &[MediaEvent]) -> Self {
        let (lost, composed) = (frames.dropped_by(DropCause::Overload), frames.composed);
        assert!(lost * 10 <= composed, "{lost} of {composed} pictures are lost: that proves nothing");
        let thinned = events.iter().any(|event| matches!(event, MediaEvent::Overload { lowered: true, .. }));
        Self { lost, thinned }
    }

    /// Longer than this no picture is waited for.
    pub fn gap_s(&self) -> f64 {
        let between = if self.thinned { 3.0 } else { 1.0 };
        (between + self.lost as f64) * PICTURE_S + 0.008
    }
}

/// From the first picture to the last every place of the show's grid has one, but for those that the show counted as lost:
/// nothing else may cost a picture, and none may be there twice.
#[track_caller]
pub fn complete(what: &str, video: &[(f64, bool)], slow: &Slow) {
    let places = video.windows(2).map(|pair| ((pair[1].0 - pair[0].0) / PICTURE_S).round() as u64);
    let missing = places.map(|places| places.checked_sub(1).expect("no place has two pictures")).sum::<u64>();
    let Slow { lost, thinned } = slow;
    let longest = longest_gap(video);
    assert!(
        *thinned || missing <= *lost,
        "{what}: {missing} pictures are missing, {lost} are counted, gap {longest} s"
    );
    assert!(longest <= slow.gap_s(), "{what}: gap {longest} s, {lost} are counted, thinned: {thinned}");
}

/// Longest distance between two packets that follow each other, seconds.
pub fn longest_gap(packets: &[(f64, bool)]) -> f64 {
    packets.windows(2).map(|w| w[1].0 - w[0].0).fold(0.0, f64::max)
}

/// RGB, and the columns of a row.
pub struct Picture(pub Vec<u8>, usize);

impl Picture {
    pub fn at(file: &Path, seconds: f64, width: usize, height: usize) -> Self {
        Self(picture_at(file, seconds, width, height), width)
    }

    #[track_caller]
    pub fn is(&self, x: usize, y: usize, colour: [u8; 3]) {
        let at = (y * self.1 + x) * 3;
        let got = &self.0[at..at + 3];
        assert!(got.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 12), "at {x},{y}: {got:?}, wanted {colour:?}");
    }
}

/// One decoded frame at `seconds`, packed RGB.
pub fn picture_at(file: &Path, seconds: f64, width: usize, height: usize) -> Vec<u8> {
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-ss", &format!("{seconds}"), "-i"])
        .arg(file)
        .args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut rgb = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut rgb).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(rgb.len(), width * height * 3);
    rgb
}

/// The first video stream as byte stream, for looking into its NAL units.
pub fn h264(file: &Path) -> Vec<u8> {
    let out = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file)
        .args(["-map", "0:v", "-c", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "h264", "-"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// A clip of `seconds` with a moving picture and a tone, made by ffmpeg.
pub fn clip(dir: &Path, seconds: u32, fps: u32) -> PathBuf {
    let file = dir.join("clip.mp4");
    let picture = format!("testsrc2=size=640x360:rate={fps}:duration={seconds}");
    let tone = format!("sine=frequency=440:duration={seconds}");
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &tone])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-pix_fmt", "yuv420p"])
        .arg(&file)
        .status()
        .unwrap();
    assert!(status.success());
    file
}
