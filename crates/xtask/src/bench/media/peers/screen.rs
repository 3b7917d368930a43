//! An X display without a screen, for what needs one, and as a picture that anybody can capture.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// It ends when dropped.
pub struct Screen {
    child: Child,
    pub display: String,
}

impl Screen {
    /// Opens one of a size. Errors: Xvfb is missing.
    pub fn open(width: u32, height: u32) -> Result<Self, String> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0", &format!("{width}x{height}x24")]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("Xvfb can't be started, install xvfb: {error}"))?;
        let mut number = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut number).map_err(|error| format!("Xvfb: {error}"))?;
        }
        let screen = Self { child, display: format!(":{}", number.trim()) };
        if number.trim().is_empty() {
            return Err("Xvfb does not say which display it serves".to_owned());
        }
        Ok(screen)
    }

    /// Makes all of it one colour and says when that was asked for. Errors: xsetroot is missing.
    pub fn fill(&self, colour: &str) -> Result<Instant, String> {
        let asked = Instant::now();
        let mut command = Command::new("xsetroot");
        let status = command.args(["-display", &self.display, "-solid", colour]).stdin(Stdio::null()).status();
        let status =
            status.map_err(|error| format!("xsetroot can't be started, install x11-xserver-utils: {error}"))?;
        if status.success() { Ok(asked) } else { Err("xsetroot failed".to_owned()) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}
