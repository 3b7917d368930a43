//! Making a clip.

use crate::{MarkError, strip};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Loudspeakers the sound is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    Mono,
    Stereo,
    FivePointOne,
}

impl Channels {
    fn layout(self) -> (&'static str, usize) {
        match self {
            Self::Mono => ("mono", 1),
            Self::Stereo => ("stereo", 2),
            Self::FivePointOne => ("5.1", 6),
        }
    }
}

/// How regularly frames and sound come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    Steady,
    /// Frames are stamped up to a quarter of a frame early or late.
    Jitter,
    /// Every seventh frame is missing.
    Drops,
    /// Every seventh frame is missing, and the others are stamped up to a quarter of a frame early or late.
    JitterAndDrops,
    /// Picture and sound are both missing from the third second on for 0.6 s: long, but no reason to call the source lost.
    Gap,
    /// The picture's clock runs 1,000 ppm slow against the sound's.
    Skew,
}

/// What to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip {
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    pub seconds: u32,
    pub sample_rate_hz: u32,
    pub channels: Channels,
    pub course: Course,
    /// Frames from one flash to the next.
    pub flash_every: u32,
}

/// A flash lasts so long, seconds: at 15 frames a second that is two frames.
const FLASH_S: f64 = 0.13;
/// Long enough to be heard at 8 kHz, short enough to end before anything else begins.
const BEEP_S: f64 = 0.08;
/// The first mark comes after the start has settled. Seconds.
const FIRST_S: f64 = 0.5;

impl Clip {
    /// 640 x 360 at 30 frames a second with stereo at 48 kHz, a mark a second.
    pub fn of(seconds: u32) -> Self {
        Self {
            width: 640,
            height: 360,
            fps: 30,
            seconds,
            sample_rate_hz: 48_000,
            channels: Channels::Stereo,
            course: Course::Steady,
            flash_every: 30,
        }
    }

    /// Writes it as Matroska, H.264 with plain samples: a sound coder would add a delay of its own to what is compared. Errors: [`MarkError::Start`], [`MarkError::Failed`].
    pub fn write(&self, file: &Path) -> Result<(), MarkError> {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y"]).args(self.inputs()).args(["-filter_complex", &self.graph()]);
        command.args(["-map", "[v]", "-map", "[a]", "-fps_mode", "passthrough", "-enc_time_base", "1:90000"]);
        command.args(["-c:v", "libx264", "-preset", "superfast", "-bf", "0", "-pix_fmt", "yuv420p"]);
        command.args(["-g", &self.fps.to_string(), "-crf", "23", "-c:a", "pcm_s16le", "-f", "matroska"]);
        command.arg(file).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let start = |source| MarkError::Start { program: "ffmpeg", source };
        let mut child = command.spawn().map_err(start)?;
        if let Some(mut stdin) = child.stdin.take() {
            for number in 0..self.fps * self.seconds {
                let flash = self.flashes_in(number);
                // A pipe that breaks is ffmpeg's failure, and it says why.
                if stdin.write_all(&strip::row((number & 0xffff) as u16, flash)).is_err() {
                    break;
                }
            }
        }
        let output = child.wait_with_output().map_err(start)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(MarkError::Failed { program: "ffmpeg", file: file.display().to_string(), said })
    }

    /// Seconds from one mark to the next.
    pub fn period_s(&self) -> f64 {
        f64::from(self.flash_every) / f64::from(self.fps)
    }

    fn first_frame(&self) -> u32 {
        (FIRST_S * f64::from(self.fps)).round() as u32
    }

    fn flashes_in(&self, number: u32) -> bool {
        let first = self.first_frame();
        let lasting = (FLASH_S * f64::from(self.fps)).ceil().max(2.0) as u32;
        number >= first && (number - first) % self.flash_every < lasting
    }

    fn inputs(&self) -> Vec<String> {
        let (width, height, fps, seconds) = (self.width, self.height, self.fps, self.seconds);
        let (layout, count) = self.channels.layout();
        let first = f64::from(self.first_frame()) / f64::from(fps);
        let beep = format!("0.5*sin(2*PI*1000*t)*gte(t\\,{first})*lt(mod(t-{first}\\,{})\\,{BEEP_S})", self.period_s());
        let tones = vec![beep; count].join("|");
        [
            ["-f", "lavfi", "-i"].map(str::to_owned).to_vec(),
            vec![format!("testsrc2=size={width}x{height}:rate={fps}:duration={seconds}")],
            ["-f", "rawvideo", "-pix_fmt", "gray", "-s"].map(str::to_owned).to_vec(),
            vec![format!("{}x1", strip::BLOCKS), "-r".into(), fps.to_string(), "-i".into(), "-".into()],
            ["-f", "lavfi", "-i"].map(str::to_owned).to_vec(),
            vec![format!("aevalsrc={tones}:s={}:c={layout}:d={seconds}", self.sample_rate_hz)],
        ]
        .concat()
    }

    fn graph(&self) -> String {
        let high = (self.height / strip::SHARE / 2 * 2).max(2);
        let jitter = format!("setpts=PTS+(random(1)-0.5)*0.5/{}/TB", self.fps);
        let drops = "select=not(eq(mod(n\\,7)\\,3))".to_owned();
        let (video, audio) = match self.course {
            Course::Steady => ("null".to_owned(), "anull"),
            Course::Jitter => (jitter, "anull"),
            Course::Drops => (drops, "anull"),
            Course::JitterAndDrops => (format!("{drops},{jitter}"), "anull"),
            Course::Gap => ("select=lt(t\\,3)+gte(t\\,3.6)".to_owned(), "aselect=lt(t\\,3)+gte(t\\,3.6)"),
            Course::Skew => ("setpts=PTS*1.001".to_owned(), "anull"),
        };
        format!(
            "[1:v]scale={}:{high}:flags=neighbor,format=yuv420p[strip];[0:v][strip]overlay=0:0,settb=1/90000,{video}[v];[2:a]{audio}[a]",
            self.width
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flashes_come_every_so_many_frames_and_last_at_least_two() {
        for fps in [15, 25, 30, 60] {
            let clip = Clip { fps, flash_every: fps, ..Clip::of(5) };
            let on: Vec<u32> = (0..fps * 5).filter(|number| clip.flashes_in(*number)).collect();
            let starts: Vec<u32> =
                on.iter().copied().filter(|n| *n == 0 || !clip.flashes_in(n - 1)).map(|n| n % fps).collect();
            assert_eq!(starts.len(), 5, "{fps}");
            assert!(starts.windows(2).all(|pair| pair[0] == pair[1]));
            assert!(on.len() >= 10);
        }
    }
}
