//! The ffmpeg CLI in its parts here: receiver of an RTMP publish, subscriber, and eye on files.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Thumbnails are taken at the show's frame rate.
pub const THUMBNAIL_FPS: f64 = 30.0;
const THUMBNAIL: (usize, usize) = (32, 18);

/// A port that was free a moment ago. The receiver opens it at once.
pub fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

/// A child that goes with us.
pub struct Receiver {
    pub child: Child,
    pub url: String,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An RTMP server for one publisher, who has the one connection it takes. `outputs` is what ffmpeg does with what comes.
pub fn receive(input_options: &[&str], outputs: &[&str], stdout: Stdio) -> Result<Receiver, String> {
    let port = free_port()?;
    let url = format!("rtmp://127.0.0.1:{port}/live/bench");
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-loglevel", "error"]).args(input_options);
    command.args(["-listen", "1", "-i", &url]).args(outputs).stdin(Stdio::null()).stdout(stdout).stderr(Stdio::null());
    let child = command.spawn().map_err(|error| format!("ffmpeg can't be started: {error}"))?;
    let receiver = Receiver { child, url };
    wait_for_listener(port)?;
    Ok(receiver)
}

/// It serves one connection, so that asking by connecting would use it up: the kernel's table tells.
fn wait_for_listener(port: u16) -> Result<(), String> {
    let needle = format!("0100007F:{port:04X} 00000000:0000 0A");
    let asked = Instant::now();
    while asked.elapsed() < Duration::from_secs(10) {
        let table = std::fs::read_to_string("/proc/net/tcp").map_err(|error| format!("/proc/net/tcp: {error}"))?;
        if table.contains(&needle) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err("ffmpeg did not open its RTMP port".to_owned())
}

/// A subscriber that keeps what a server sends in a file, as it comes. It ends when dropped.
pub struct Copy {
    child: Child,
    pub file: PathBuf,
}

impl Copy {
    /// Begins; a stream that is not there yet is waited for. Errors: ffmpeg is missing.
    pub fn start(url: &str, file: &Path) -> Result<Self, String> {
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-nostdin", "-y", "-loglevel", "error", "-i", url, "-c", "copy", "-f", "flv"]);
        command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| format!("ffmpeg can't be started: {error}"))?;
        Ok(Self { child, file: file.to_owned() })
    }

    /// Waits until the stream is over, at most 10 s, and gives the file.
    pub fn finish(mut self) -> PathBuf {
        let asked = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && asked.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(50));
        }
        self.file.clone()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// How many frames had come by when, and how far the stream's own time was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    pub at: Instant,
    pub frames: u64,
    pub stream_s: f64,
}

/// A subscriber that counts. It ends when dropped.
pub struct Counter {
    child: Child,
    counts: std::sync::mpsc::Receiver<Count>,
}

/// Counts waiting to be read: five a second for an hour.
const COUNTS: usize = 18_000;

impl Counter {
    /// Begins; a stream that is not there yet is waited for. Errors: ffmpeg is missing.
    pub fn start(url: &str) -> Result<Self, String> {
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-nostdin", "-loglevel", "error", "-fflags", "nobuffer", "-i", url]);
        command.args(["-map", "0:v:0", "-c", "copy", "-f", "null", "-progress", "pipe:1", "-stats_period", "0.2", "-"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("ffmpeg can't be started: {error}"))?;
        let stdout = child.stdout.take().ok_or("ffmpeg gives no output")?;
        let (sender, counts) = std::sync::mpsc::sync_channel(COUNTS);
        std::thread::spawn(move || {
            let mut count = Count { at: Instant::now(), frames: 0, stream_s: 0.0 };
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if counted(&line, &mut count) {
                    count.at = Instant::now();
                    // Full means that nobody reads any more.
                    let _ = sender.try_send(count);
                }
            }
        });
        Ok(Self { child, counts })
    }

    /// Every count since the last call.
    pub fn counts(&self) -> Vec<Count> {
        self.counts.try_iter().collect()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

/// Takes one line of ffmpeg's progress in; true after the last of a group.
fn counted(line: &str, count: &mut Count) -> bool {
    match line.split_once('=') {
        Some(("frame", value)) => count.frames = value.trim().parse().unwrap_or(count.frames),
        Some(("out_time_us", value)) => {
            count.stream_s = value.trim().parse().map_or(count.stream_s, |us: f64| us / 1e6);
        }
        Some(("progress", _)) => return true,
        _ => {}
    }
    false
}

/// One packet of the picture: presentation time in seconds and size in bytes.
pub type Packet = (f64, u64);

/// Every packet of the picture in a file, in the order of time.
pub fn packets(file: &Path) -> Result<Vec<Packet>, String> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time,size", "-of", "csv=p=0"]);
    let text = String::from_utf8_lossy(&output(command.arg(file))?).into_owned();
    let mut packets: Vec<Packet> = text.lines().filter_map(packet_in).collect();
    packets.sort_by(|a, b| a.0.total_cmp(&b.0));
    if packets.is_empty() {
        return Err(format!("{} holds no picture", file.display()));
    }
    Ok(packets)
}

fn packet_in(line: &str) -> Option<Packet> {
    let (pts, size) = line.split_once(',')?;
    Some((pts.parse().ok()?, size.trim_end_matches(',').parse().ok()?))
}

/// Longest distance between two pictures that follow each other, milliseconds.
pub fn longest_gap_ms(packets: &[Packet]) -> f64 {
    packets.iter().zip(packets.iter().skip(1)).map(|(a, b)| (b.0 - a.0) * 1000.0).fold(0.0, f64::max)
}

/// Pictures that are missing where a gap is longer than one and a half times the usual distance.
pub fn missing(packets: &[Packet], fps: f64) -> u64 {
    let gaps = packets.iter().zip(packets.iter().skip(1)).map(|(a, b)| (b.0 - a.0) * fps);
    gaps.filter(|gap| *gap > 1.5).map(|gap| gap.round() as u64 - 1).sum()
}

/// Bits a second of the pictures from `from_s` to `to_s`.
pub fn bitrate_bps(packets: &[Packet], from_s: f64, to_s: f64) -> f64 {
    let inside = packets.iter().filter(|packet| packet.0 >= from_s && packet.0 < to_s);
    inside.map(|packet| packet.1 as f64 * 8.0).sum::<f64>() / (to_s - from_s)
}

/// Length of a file, milliseconds.
pub fn duration_ms(file: &Path) -> Result<f64, String> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]).arg(file);
    let text = String::from_utf8_lossy(&output(&mut command)?).trim().to_owned();
    let seconds: f64 = text.parse().map_err(|_| format!("{} has no duration", file.display()))?;
    Ok(seconds * 1000.0)
}

/// Small grey pictures of a video at 30 a second, the first `count` of them or all.
pub fn thumbnails(file: &Path, count: Option<usize>) -> Result<Vec<Vec<u8>>, String> {
    let (width, height) = THUMBNAIL;
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-loglevel", "error", "-i"]).arg(file);
    command.args(["-map", "0:v:0", "-vf", &format!("fps={THUMBNAIL_FPS},scale={width}:{height},format=gray")]);
    if let Some(count) = count {
        command.args(["-frames:v", &count.to_string()]);
    }
    command.args(["-f", "rawvideo", "-"]);
    Ok(output(&mut command)?.chunks_exact(width * height).map(<[u8]>::to_vec).collect())
}

/// What a program prints. Errors: it is missing, or its own words.
pub fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name} can't be started: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_losses_and_rates_are_read_from_times_and_sizes() {
        let packets: Vec<Packet> =
            (0..90).filter(|n| ![40, 41].contains(n)).map(|n| (f64::from(n) / 30.0, 1_000)).collect();
        assert!((longest_gap_ms(&packets) - 100.0).abs() < 0.01);
        assert_eq!(missing(&packets, 30.0), 2);
        assert!((bitrate_bps(&packets, 0.0, 1.0) - 240_000.0).abs() < 0.01);
        assert_eq!(packet_in("1.5,300"), Some((1.5, 300)));
        assert_eq!(packet_in("N/A,300"), None);
    }

    #[test]
    fn progress_is_read_group_by_group() {
        let mut count = Count { at: Instant::now(), frames: 0, stream_s: 0.0 };
        let ends: Vec<bool> = ["frame=12", "out_time_us=400000", "out_time_us=N/A", "progress=continue"]
            .iter()
            .map(|line| counted(line, &mut count))
            .collect();
        assert_eq!(ends, [false, false, false, true]);
        assert_eq!((count.frames, count.stream_s), (12, 0.4));
    }
}
