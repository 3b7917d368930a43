//! Hands raw frames to an ffmpeg child, which writes H.264 and AAC into an MP4.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::error::DemoError;
use super::script::FPS;
use super::stage::{HEIGHT, WIDTH};

/// A running encoder.
pub struct Encoder {
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Encoder {
    /// Starts ffmpeg. `sound` is a WAV file, `out` the MP4 to write.
    pub fn start(sound: &Path, out: &Path) -> Result<Self, DemoError> {
        let size = format!("{WIDTH}x{HEIGHT}");
        let fps = FPS.to_string();
        let mut child = Command::new("ffmpeg")
            .args([
                "-hide_banner",
                "-loglevel",
                "error",
                "-y",
                "-f",
                "rawvideo",
                "-pix_fmt",
                "rgb24",
                "-s",
                &size,
                "-r",
                &fps,
                "-i",
                "pipe:0",
                "-i",
            ])
            .arg(sound)
            // About 0.8 Mbit/s in all; a keyframe every 2 s; one thread count, so that the same frames give the same file.
            .args([
                "-c:v", "libx264", "-preset", "medium", "-threads", "2", "-b:v", "720k", "-maxrate", "1400k",
                "-bufsize", "2800k", "-g", "60", "-pix_fmt", "yuv420p",
            ])
            .args([
                "-vf",
                "scale=out_color_matrix=bt709:out_range=tv",
                "-colorspace",
                "bt709",
                "-color_primaries",
                "bt709",
                "-color_trc",
                "bt709",
                "-color_range",
                "tv",
            ])
            .args([
                "-c:a",
                "aac",
                "-b:a",
                "64k",
                "-ac",
                "1",
                "-shortest",
                "-fflags",
                "+bitexact",
                "-flags:v",
                "+bitexact",
                "-flags:a",
                "+bitexact",
                "-movflags",
                "+faststart",
            ])
            .arg(out)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(DemoError::NoEncoder)?;
        let pipe = child.stdin.take();
        Ok(Self { child, pipe })
    }
    /// Hands over one frame.
    pub fn frame(&mut self, rgb: &[u8]) -> Result<(), DemoError> {
        match &mut self.pipe {
            Some(pipe) => pipe.write_all(rgb).map_err(DemoError::Pipe),
            None => Ok(()),
        }
    }
    /// Ends the film and waits for the file.
    pub fn finish(mut self) -> Result<(), DemoError> {
        drop(self.pipe.take());
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut said).map_err(DemoError::Pipe)?;
        }
        let status = self.child.wait().map_err(DemoError::Pipe)?;
        if status.success() {
            Ok(())
        } else {
            Err(DemoError::Encoder { status: status.to_string(), said: said.trim().to_owned() })
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // After `finish` the child is gone and this does nothing; after a failed frame it must not stay behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
