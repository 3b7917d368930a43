//! A till on an ordinary folder.

use hawker_test_support::till::Line;
use std::{
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// Killed when dropped.
pub struct Till {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Till {
    pub fn start(program: &Path, folder: &Path) -> Self {
        let mut command = Command::new(program);
        let mut child = command.arg(folder).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, said }
    }

    /// The next line; none when it has ended.
    pub fn line(&mut self) -> Option<Line> {
        self.said.next().and_then(|line| serde_json::from_str(&line.unwrap()).ok())
    }

    /// Ends it the hard way; what it had said by then.
    pub fn kill(&mut self) -> Vec<Line> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        std::iter::from_fn(|| self.line()).collect()
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        self.kill();
    }
}
