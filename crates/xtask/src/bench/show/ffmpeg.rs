//! The ffmpeg CLI in its three parts here: peer, receiver of an RTMP publish, and eye on files.

use std::net::TcpListener;
use std::path::Path;
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

fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name} can't be started: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
