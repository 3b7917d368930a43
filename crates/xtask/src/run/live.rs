//! One `hawker-cli live --json` as a child: its lines as they come, the moment each came, and its end.

use super::signals;
use crate::trouble::{Outcome, Trouble};
use hawker_wire::live::{LiveEvent, LiveLine, Summary};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// Lines waiting for us. A full queue stops the reader, and with it the pipe: nothing is lost.
const QUEUE: usize = 1024;

/// How long a show may take to put everything down before we end it: outputs close within 5 s, the recording is remuxed.
const END_WITHIN: Duration = Duration::from_secs(60);

/// One line of the show.
#[derive(Clone, Debug)]
pub struct Line {
    /// When it was read, on this machine's clock.
    pub at: Instant,
    pub text: String,
    /// None for a line that is no event we know.
    pub event: Option<LiveLine>,
}

impl Line {
    /// Whether it says that the show is on air now.
    pub fn is_on_air(&self) -> bool {
        matches!(self.event.as_ref().map(|line| &line.event), Some(LiveEvent::OnAir { .. }))
    }
}

/// A show that runs. Dropping it ends the child.
#[derive(Debug)]
pub struct LiveShow {
    child: Child,
    lines: Receiver<Line>,
    asked_to_end: Option<Instant>,
}

impl LiveShow {
    /// Starts `command` with its standard output on a pipe. Errors: `Start`.
    pub fn start(command: &mut Command) -> Outcome<Self> {
        signals::detach(command);
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|source| Trouble::Start {
            program: command.get_program().to_string_lossy().into_owned(),
            source,
            next: "run `cargo xtask doctor`".to_owned(),
        })?;
        let (sender, lines) = sync_channel(QUEUE);
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                for text in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let event = serde_json::from_str(&text).ok();
                    if sender.send(Line { at: Instant::now(), text, event }).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self { child, lines, asked_to_end: None })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line, or none if there is none within `timeout`. `Ended` after the last.
    pub fn next(&mut self, timeout: Duration) -> Next {
        match self.lines.recv_timeout(timeout) {
            Ok(line) => Next::Line(Box::new(line)),
            Err(RecvTimeoutError::Timeout) => {
                if self.asked_to_end.is_some_and(|asked| asked.elapsed() > END_WITHIN) {
                    let _ = self.child.kill();
                }
                Next::Nothing
            }
            Err(RecvTimeoutError::Disconnected) => Next::Ended,
        }
    }

    /// Asks the show to end; asking twice is asking once.
    pub fn end(&mut self) {
        if self.asked_to_end.is_none() {
            self.asked_to_end = Some(Instant::now());
            signals::interrupt(&mut self.child);
        }
    }

    /// The child's own end. Errors: `Unreadable` if the system can't tell.
    pub fn wait(&mut self) -> Outcome<ExitStatus> {
        self.child.wait().map_err(|error| Trouble::unreadable("the show's end", error))
    }
}

impl Drop for LiveShow {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// What [`LiveShow::next`] found.
#[derive(Debug)]
pub enum Next {
    Line(Box<Line>),
    Nothing,
    Ended,
}

/// The summary among lines, if the show came to it.
pub fn summary(lines: &[Line]) -> Option<&Summary> {
    lines.iter().rev().find_map(|line| match line.event.as_ref().map(|line| &line.event) {
        Some(LiveEvent::Summary(summary)) => Some(summary),
        _ => None,
    })
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn shell(script: &str) -> LiveShow {
        LiveShow::start(Command::new("sh").args(["-c", script])).unwrap()
    }

    fn drain(show: &mut LiveShow) -> Vec<Line> {
        let mut lines = Vec::new();
        loop {
            match show.next(Duration::from_secs(10)) {
                Next::Line(line) => lines.push(*line),
                Next::Nothing => panic!("the child neither speaks nor ends"),
                Next::Ended => return lines,
            }
        }
    }

    #[test]
    fn lines_come_unchanged_and_foreign_ones_are_kept_as_text() {
        let mut show =
            shell(r#"printf '%s\n' '{"t_ms":40,"event":"source","id":"clip","state":"lost"}' 'no json'; exit 3"#);
        let lines = drain(&mut show);
        assert_eq!(lines.iter().map(|line| line.event.is_some()).collect::<Vec<_>>(), [true, false]);
        assert_eq!(lines.last().unwrap().text, "no json");
        assert_eq!(show.wait().unwrap().code(), Some(3), "the child's exit code is ours");
    }

    #[test]
    fn ending_a_show_is_an_interrupt_that_it_can_answer() {
        let mut show = shell("trap 'echo ending; exit 0' INT; echo ready; while :; do sleep 0.05; done");
        let Next::Line(ready) = show.next(Duration::from_secs(10)) else { panic!("it never got ready") };
        assert_eq!(ready.text, "ready");
        show.end();
        assert_eq!(drain(&mut show).first().unwrap().text, "ending");
        assert!(show.wait().unwrap().success());
    }
}
