//! CPU per encoded frame, ours and the ffmpeg CLI's, with the same clip (picture and sound), size, rate, preset and outputs:
//! one RTMP publish and one MKV. In turns on the same machine, so that both meet the same conditions.

use super::super::figure::{Measured, Peer};
use crate::bench::parts::ffmpeg;
use crate::bench::parts::stage::Stage;
use crate::run::live::summary;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// CPU milliseconds over frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cost {
    cpu_ms: f64,
    frames: f64,
}

impl Cost {
    fn add(&mut self, other: Self) {
        self.cpu_ms += other.cpu_ms;
        self.frames += other.frames;
    }

    fn per_frame(self) -> f64 {
        self.cpu_ms / self.frames
    }
}

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let clip = stage.clip()?;
    let turns = stage.pick(2, 4);
    let seconds = stage.pick(20, 60);
    let (mut ours, mut theirs) = (Cost::default(), Cost::default());
    for _ in 0..turns {
        ours.add(our_turn(stage, &clip, seconds)?);
        theirs.add(their_turn(stage, &clip, seconds)?);
    }
    let (own, peer) = (ours.per_frame(), theirs.per_frame());
    Ok(Measured {
        value: own / peer,
        n: ours.frames as u64,
        peer: Some(Peer { name: "ffmpeg CLI, CPU ms per frame".to_owned(), value: peer }),
        note: Some(format!("ours {own:.2} ms per frame; decoding the clip is in both")),
        ..Measured::default()
    })
}

fn our_turn(stage: &Stage, clip: &Path, seconds: u64) -> Result<Cost, String> {
    let folder = stage.folder("cpu")?;
    let data = stage.data(&folder, false)?;
    let receiver = sink()?;
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    command.args(["--no-platform", "--to", &receiver.url, "--source"]).arg(clip);
    command.arg("--record").arg(folder.join("ours.mkv"));
    let played = stage.play(&mut command, Duration::from_secs(seconds), &mut |_, _| {})?;
    let summary = summary(&played.lines).ok_or("the show printed no summary")?;
    let frames = summary.frames.encoded as f64;
    Ok(Cost { cpu_ms: summary.cpu_ms_per_frame * frames, frames })
}

fn their_turn(stage: &Stage, clip: &Path, seconds: u64) -> Result<Cost, String> {
    let folder = stage.folder("cpu-peer")?;
    let receiver = sink()?;
    let seconds = seconds.to_string();
    let mkv = folder.join("theirs.mkv");
    let tee = format!("[f=flv]{}|[f=matroska]{}", receiver.url, mkv.display());
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-loglevel", "info", "-benchmark", "-re", "-stream_loop", "-1", "-i"]);
    command.arg(clip);
    // No card on either side: nothing is recognised, so nothing is pinned in our turn.
    let canvas = "fps=30,scale=1280:720,format=yuv420p";
    command.args(["-map", "0:v:0", "-map", "0:a:0", "-ar", "48000", "-ac", "2", "-vf", canvas, "-t", &seconds]);
    command.args([
        "-c:v",
        "libx264",
        "-preset",
        "superfast",
        "-tune",
        "zerolatency",
        "-b:v",
        "2500k",
        "-maxrate",
        "2500k",
    ]);
    command.args([
        "-bufsize",
        "2500k",
        "-g",
        "60",
        "-c:a",
        "aac",
        "-b:a",
        "128k",
        "-flags",
        "+global_header",
        "-f",
        "tee",
    ]);
    command.arg(&tee).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("ffmpeg can't be started: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(format!("ffmpeg failed: {}", said.lines().last().unwrap_or_default()));
    }
    cost_in(&said).ok_or_else(|| "ffmpeg did not tell its CPU time".to_owned())
}

fn sink() -> Result<ffmpeg::Receiver, String> {
    ffmpeg::receive(&[], &["-c", "copy", "-f", "null", "-"], Stdio::null())
}

/// `frame=  600 fps= 30 …` and `bench: utime=12.3s stime=0.4s rtime=20.0s`.
fn cost_in(said: &str) -> Option<Cost> {
    let after = |text: &str, mark: &str| -> Option<f64> {
        let rest = text.rsplit_once(mark)?.1.trim_start();
        rest.split(|c: char| !(c.is_ascii_digit() || c == '.')).next()?.parse().ok()
    };
    let bench = said.lines().rev().find(|line| line.contains("utime=") && line.contains("rtime="))?;
    let cpu_s = after(bench, "utime=")? + after(bench, "stime=")?;
    Some(Cost { cpu_ms: cpu_s * 1000.0, frames: after(said, "frame=")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ffmpegs_own_accounting_is_read() {
        let said = "frame=   31 fps= 30 q=20.0\rframe=  600 fps= 30 q=-1.0 Lsize=N/A time=00:00:20.00\n\
                    [libx264] kb/s:2500\nbench: utime=11.500s stime=0.500s rtime=20.012s\nbench: maxrss=1kB\n";
        assert_eq!(cost_in(said), Some(Cost { cpu_ms: 12_000.0, frames: 600.0 }));
        assert_eq!(cost_in(said).map(Cost::per_frame), Some(20.0));
        assert_eq!(cost_in("frame= 3"), None);
    }
}
