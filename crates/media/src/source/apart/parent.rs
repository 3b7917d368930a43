//! The studio's side of a process that decodes: it is started, listened to and ended here.

use super::{
    DecoderProgram,
    gate::Gate,
    shelf::{self, Returns, Shelf},
    wire::{HEADER, Header, Job, Kind, Report},
};
use crate::{
    MediaError,
    clock::Timebase,
    known, redact,
    scene::{Layout, Look},
    source::{SourcePlan, Taps, leave::Leave},
    voices,
};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::reason::SourceWhy;
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, atomic::Ordering, mpsc},
    thread,
    time::Duration,
};

/// Lines of a child that are logged; a decoder can complain of every picture.
const LINES: usize = 100;
const LONGEST_LINE: u64 = 2_000;
/// More than this are not lost between two pictures: ten minutes at 240 a second.
const MOST_LOST: u64 = 144_000;

/// A process that decodes one source. Dropping it ends the process.
pub(crate) struct Decoder {
    child: Child,
    /// Its stdin, open as long as the child is to live.
    _returns: Returns,
    reports: mpsc::Receiver<Report>,
    gate: Option<Gate>,
    /// It looks at a screen.
    is_screen: bool,
}

impl Decoder {
    /// Starts a process for what is decoded apart; none for anything else. Errors: the program does not start, the source
    /// can't be named.
    pub(crate) fn start(
        program: &DecoderProgram,
        plan: &SourcePlan,
        time: &Arc<Timebase>,
        taps: Taps,
    ) -> Result<Option<Self>, MediaError> {
        let Some(mut job) = Job::of(plan, taps.audio.is_some())? else { return Ok(None) };
        job.uri().into_iter().for_each(|uri| known::remember(&uri.clone().into()));
        let failed = |why: String| MediaError::Source { what: plan.thing(), why };
        let unstarted = |error: std::io::Error| failed(format!("its decoder does not start: {error}"));
        let mut command = Command::new(&program.program);
        command.args(&program.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let web = job.uri().filter(|uri| matches!(uri.scheme(), "http" | "https"));
        let gate = web.map(Gate::open).transpose().map_err(unstarted)?.flatten();
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        // What opens the store is no business of what reads hostile bytes.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HAWKER_")) {
            command.env_remove(name);
        }
        if let Some(gate) = &gate {
            command.env("http_proxy", gate.proxy());
        }
        let shelf =
            Shelf::new(largest(plan)).inspect_err(|why| tracing::debug!(%why, "pictures go through a pipe")).ok();
        job.leave = taps.leave.get();
        job.shelf = shelf.as_ref().map(|shelf| shelf.path().into());
        let mut child = command.spawn().map_err(unstarted)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (told, reports) = mpsc::sync_channel(1);
        let (Some(mut stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
            return Err(failed("its decoder has no voice".into()));
        };
        let asked = serde_json::to_vec(&job).map_err(std::io::Error::other).and_then(|mut line| {
            line.push(b'\n');
            stdin.write_all(&line)?;
            shelf::never_wait(&stdin)
        });
        let returns = Arc::new(Mutex::new(stdin));
        // From here on the process ends with this value.
        let decoder = Self { child, _returns: returns.clone(), reports, gate, is_screen: plan.is_screen() };
        asked.map_err(unstarted)?;
        // A process that does not even start uses nothing up.
        taps.leave.take();
        let shelf = shelf.map(|shelf| (shelf, returns));
        let reader = Reader { largest: largest(plan), time: time.clone(), taps, shelf, pool: None, jumps: 0, lost: 0 };
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| thread::Builder::new().name(name.into()).spawn(run);
        spawn("hawker-decoder", Box::new(move || reader.run(stdout, &told))).map_err(unstarted)?;
        spawn("hawker-decoder-log", Box::new(move || log(stderr))).map_err(unstarted)?;
        Ok(Some(decoder))
    }

    /// Waits for at most `wait` for the end of the source; why it ended.
    pub(crate) fn trouble(&mut self, wait: Duration) -> Option<(String, SourceWhy)> {
        let told = self.reports.recv_timeout(wait);
        if let Some(why) = self.gate.as_ref().and_then(Gate::refused) {
            return Some((why, SourceWhy::LedAway));
        }
        match told {
            Ok(Report { why, why_code }) => Some((why, why_code)),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                // It closed its output: it is gone, or of no use any more.
                thread::sleep(Duration::from_millis(20));
                let _ = self.child.kill();
                let ended = self.child.wait();
                let how = ended.as_ref().map_or_else(ToString::to_string, ToString::to_string);
                // So Xlib takes it when the display is gone, or has less than is read of it: it ends its program.
                if self.is_screen && ended.is_ok_and(|status| status.code().is_some()) {
                    return Some((format!("the display is gone or became smaller ({how})"), SourceWhy::NotFound));
                }
                Some((format!("its decoder crashed ({how})"), SourceWhy::Crashed))
            }
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn largest(plan: &SourcePlan) -> u32 {
    if let SourcePlan::Picture { largest, .. } = plan { *largest } else { 0 }
}

/// Takes what the child delivers.
struct Reader {
    largest: u32,
    time: Arc<Timebase>,
    taps: Taps,
    /// Where pictures lie, and how the child gets their slots back.
    shelf: Option<(Shelf, Returns)>,
    /// For those that come through the pipe. Buffers of one size that come back: a fresh one for each picture costs more than filling it.
    pool: Option<(usize, gst::BufferPool)>,
    jumps: u32,
    /// What the child told of so far.
    lost: u64,
}

impl Reader {
    /// Until the child's output ends or makes no sense.
    fn run(mut self, mut stdout: ChildStdout, told: &mpsc::SyncSender<Report>) {
        let mut bytes = Vec::new();
        let mut head = [0; HEADER];
        while stdout.read_exact(&mut head).is_ok() {
            let Some(header) = Header::read(&head, self.largest) else {
                return drop(told.try_send(nonsense()));
            };
            self.count(header.jumps);
            let at = self.time.running_ns(header.at_ns);
            match header.kind {
                Kind::Picture { width, height } => {
                    let Some(look) = self.picture(&mut stdout, Layout::new(width, height)) else { return };
                    self.show(look, at);
                }
                Kind::Placed { width, height, slot } => {
                    let Some(look) = self.placed(slot, Layout::new(width, height)) else {
                        return drop(told.try_send(nonsense()));
                    };
                    self.show(look, at);
                }
                Kind::Lost => self.count_lost(header.at_ns),
                Kind::Hold => {
                    if let Some(hold) = &self.taps.hold {
                        hold(at);
                    }
                }
                Kind::Sound | Kind::Report | Kind::Leave => {
                    bytes.resize(header.len, 0);
                    if stdout.read_exact(&mut bytes).is_err() {
                        return;
                    }
                    if header.kind == Kind::Report {
                        let report = serde_json::from_slice(&bytes).unwrap_or_default();
                        return drop(told.try_send(report));
                    }
                    if header.kind == Kind::Leave {
                        self.taps.leave.set(serde_json::from_slice(&bytes).unwrap_or(Leave::Gone));
                        continue;
                    }
                    if let Some(tap) = &self.taps.audio {
                        let samples: Vec<f32> =
                            bytes.as_chunks::<4>().0.iter().map(|sample| f32::from_le_bytes(*sample)).collect();
                        tap(&samples, at);
                    }
                }
            }
        }
    }

    fn count(&mut self, jumps: u32) {
        let more = jumps.saturating_sub(std::mem::replace(&mut self.jumps, jumps));
        self.taps.jumps.fetch_add(u64::from(more), Ordering::Relaxed);
    }

    fn count_lost(&mut self, lost: u64) {
        let more = lost.saturating_sub(std::mem::replace(&mut self.lost, lost));
        // No child has that many pictures; what it says is not believed then.
        if more < MOST_LOST {
            self.taps.lost.fetch_add(more, Ordering::Relaxed);
        }
    }

    fn show(&self, look: Look, at: u64) {
        if let Some(tap) = &self.taps.video {
            tap(look, at);
        }
    }

    fn placed(&self, slot: u32, layout: Layout) -> Option<Look> {
        let (shelf, returns) = self.shelf.as_ref()?;
        Some(Look { buffer: shelf.take(slot, layout.size, returns)?, layout })
    }

    /// Reads a picture straight into the buffer that goes on.
    fn picture(&mut self, stdout: &mut ChildStdout, layout: Layout) -> Option<Look> {
        let pool = match &self.pool {
            Some((size, pool)) if *size == layout.size => pool,
            _ => &self.pool.insert((layout.size, pool(layout.size)?)).1,
        };
        let mut buffer = pool.acquire_buffer(None).ok()?;
        stdout.read_exact(buffer.get_mut()?.map_writable().ok()?.as_mut_slice()).ok()?;
        Some(Look { buffer, layout })
    }
}

fn nonsense() -> Report {
    Report { why: "its decoder delivers what is neither picture nor sound".into(), why_code: SourceWhy::Broken }
}

fn pool(size: usize) -> Option<gst::BufferPool> {
    let pool = gst::BufferPool::new();
    let mut config = pool.config();
    // No upper limit: what is kept is bounded by those who keep it, and the child waits where they do.
    config.set_params(None, u32::try_from(size).ok()?, 0, 0);
    pool.set_config(config).ok()?;
    pool.set_active(true).ok()?;
    Some(pool)
}

/// What the child and its libraries complain of.
fn log(stderr: ChildStderr) {
    let mut reader = BufReader::new(stderr);
    let most = if voices::are_asked_for() { usize::MAX } else { LINES };
    for number in 0.. {
        let Some(line) = line(&mut reader) else { return };
        if number < most {
            let text = redact(line.trim());
            tracing::debug!(target: voices::TARGET, text, "decoder");
        }
    }
}

/// The next line; of a long one the whole words that it begins with, since half a key is known to nobody. None at the end.
fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).ok().filter(|length| *length > 0)?;
    let whole = line.last() == Some(&b'\n') || (line.len() as u64) < LONGEST_LINE;
    let text = String::from_utf8_lossy(&line).into_owned();
    if whole {
        return Some(text);
    }
    let mut rest = Vec::new();
    while reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut rest).ok()? > 0 && rest.last() != Some(&b'\n') {
        rest.clear();
    }
    Some(text.rsplit_once(char::is_whitespace).map_or_else(String::new, |(words, _)| words.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_an_end_is_cut_between_words() {
        let long = format!("{} a-key-of-many-words{}\nnext\n", "word ".repeat(398), "x".repeat(5_000));
        let mut reader = BufReader::new(long.as_bytes());
        let first = line(&mut reader).unwrap_or_default();
        assert!(first.starts_with("word word") && !first.contains("key"), "{first}");
        assert_eq!(line(&mut reader).as_deref(), Some("next\n"));
        assert_eq!(line(&mut reader), None);
    }
}
