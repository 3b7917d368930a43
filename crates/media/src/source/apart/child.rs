//! The process that decodes, or looks at a screen: everything it may break is its own.

use super::{
    reach,
    shelf::Board,
    wire::{Header, Job, Kind, Report},
};
use crate::{
    MediaError,
    clock::Timebase,
    scene::{I420, I420Mut, Layout, Look},
    source::{
        Taps,
        leave::{Leave, SharedLeave},
        patience,
        playback::Playback,
    },
};
use gstreamer as gst;
use hawker_domain::reason::SourceWhy;
use std::{
    fs::File,
    io::{BufRead, Read, Write},
    mem::ManuallyDrop,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// A job is an address and a few numbers.
const LONGEST_JOB: u64 = 64 * 1024;
/// A clip that shows its next picture later than this holds the one before.
const HOLDS_NS: u64 = 300_000_000;
const POLL: gst::ClockTime = gst::ClockTime::from_mseconds(50);

/// Decodes the one source that stdin names, onto stdout, until it ends or stdin does. For a program that is started for this
/// alone; it must not have written to stdout before.
pub fn decode_source() -> ExitCode {
    let Some(job) = asked() else { return ExitCode::from(2) };
    let Some(out) = Out::of_this_process(&job).map(Arc::new) else { return ExitCode::from(2) };
    let listening = std::thread::Builder::new().name("hawker-decoder-stdin".into()).spawn({
        let out = out.clone();
        move || out.listen()
    });
    if listening.is_err() {
        return ExitCode::FAILURE;
    }
    let report = play(&job, &out);
    let words = serde_json::to_vec(&report).unwrap_or_default();
    out.put(Kind::Report, 0, &words);
    std::process::exit(0)
}

fn asked() -> Option<Job> {
    let mut line = String::new();
    std::io::stdin().lock().take(LONGEST_JOB).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

/// Plays until it ends; why it did.
fn play(job: &Job, out: &Arc<Out>) -> Report {
    begin(job, out).map_or_else(
        |report| report,
        |playback| {
            loop {
                if let Some((why, why_code)) = playback.trouble(POLL) {
                    return Report { why, why_code };
                }
            }
        },
    )
}

/// Builds and starts it. Errors: why it does not play.
fn begin(job: &Job, out: &Arc<Out>) -> Result<ManuallyDrop<Playback>, Report> {
    let failed = |error: MediaError| Report { why_code: error.source_why(), why: bare(error) };
    crate::init().map_err(failed)?;
    // What fetches nothing keeps no means to.
    reach::keep_only(job.uri().map_or("", |uri| uri.scheme()));
    let (plan, time) = (job.plan(), Arc::new(Timebase::new()));
    let heard = Arc::new(AtomicBool::new(false));
    let taps = Taps {
        video: Some({
            let (out, time, heard) = (out.clone(), time.clone(), heard.clone());
            Arc::new(move |look: Look, at: u64| {
                let map = look.buffer.map_readable().ok();
                if let Some(picture) = map.as_ref().and_then(|map| I420::new(map.as_slice(), &look.layout)) {
                    out.picture(&picture, time.clock_ns(at));
                    out.tell_lost();
                }
                heard.store(true, Ordering::SeqCst);
            })
        }),
        takes_padding: true,
        audio: job.sound.then(|| {
            let (out, time) = (out.clone(), time.clone());
            Arc::new(move |samples: &[f32], at: u64| {
                let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                out.put(Kind::Sound, time.clock_ns(at), &bytes);
            }) as crate::source::AudioTap
        }),
        hold: Some({
            let (out, time, told) = (out.clone(), time.clone(), AtomicU64::new(0));
            Arc::new(move |until: u64| {
                // What comes within the watchdog's patience needs no word.
                let holds = until > time.now_ns().saturating_add(HOLDS_NS);
                if holds && told.swap(until, Ordering::Relaxed) != until {
                    out.put(Kind::Hold, time.clock_ns(until), &[]);
                }
            })
        }),
        jumps: out.jumps.clone(),
        lost: out.lost.clone(),
        leave: SharedLeave::new(job.leave.clone()),
        ..Taps::default()
    };
    // The process ends when this does: to take the pipeline down first could hang in what is broken.
    let playback = ManuallyDrop::new(Playback::open(&plan, &time, &taps).map_err(failed)?);
    let leave = taps.leave.get();
    if let Some(words) = matches!(leave, Leave::Given { .. }).then(|| serde_json::to_vec(&leave).ok()).flatten() {
        out.put(Kind::Leave, 0, &words);
    }
    playback
        .wake(patience::first(plan.is_asked_for()), || heard.load(Ordering::SeqCst), &AtomicBool::new(false))
        .map_err(failed)?;
    Ok(playback)
}

/// Without the name of the source, which the parent puts before it.
fn bare(error: MediaError) -> String {
    match error {
        MediaError::Source { why, .. } | MediaError::NoSharing { why } => why,
        other => other.to_string(),
    }
}

/// The way back to the parent.
struct Out {
    pipe: Mutex<File>,
    board: Option<Board>,
    jumps: Arc<AtomicU64>,
    /// Pictures that the queue had no room for, and how many of them were told.
    lost: Arc<AtomicU64>,
    told_lost: AtomicU64,
}

impl Out {
    /// Stdout without the line buffer that Rust puts before it.
    fn of_this_process(job: &Job) -> Option<Self> {
        #[cfg(unix)]
        let own = std::os::fd::AsFd::as_fd(&std::io::stdout()).try_clone_to_owned();
        #[cfg(windows)]
        let own = std::os::windows::io::AsHandle::as_handle(&std::io::stdout()).try_clone_to_owned();
        let board = job.shelf.as_deref().and_then(|path| match Board::open(path, job.largest()) {
            Ok(board) => Some(board),
            Err(error) => {
                tracing::warn!(%error, "pictures go through the pipe");
                None
            }
        });
        Some(Self {
            pipe: Mutex::new(File::from(own.ok()?)),
            board,
            jumps: Arc::default(),
            lost: Arc::default(),
            told_lost: AtomicU64::new(0),
        })
    }

    /// Takes back the slots that the parent needs no more; it is gone when stdin ends, whether it stopped or crashed.
    fn listen(&self) -> ! {
        for slot in std::io::stdin().lock().bytes() {
            match (slot, &self.board) {
                (Ok(slot), Some(board)) => board.back(slot),
                (Ok(_), None) => {}
                (Err(_), _) => break,
            }
        }
        std::process::exit(0)
    }

    /// The one copy of a picture that is made on its way: into the studio's memory, laid out as it expects it.
    fn picture(&self, picture: &I420<'_>, at_ns: u64) {
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let [luma, ..] = &picture.planes;
        let (width, height) = (side(luma.width), side(luma.height));
        let usual = Layout::new(width, height);
        let draw = |place: &mut [u8]| {
            if let Some(mut place) = I420Mut::new(place, &usual) {
                picture.copy_to(&mut place);
            }
        };
        match self.board.as_ref().and_then(|board| board.lay(usual.size, draw)) {
            Some(slot) => self.record(Kind::Placed { width, height, slot }, usual.size, at_ns, &[]),
            None => {
                let mut bytes = vec![0; usual.size];
                draw(&mut bytes);
                self.put(Kind::Picture { width, height }, at_ns, &bytes);
            }
        }
    }

    fn tell_lost(&self) {
        let lost = self.lost.load(Ordering::Relaxed);
        if self.told_lost.swap(lost, Ordering::Relaxed) != lost {
            self.put(Kind::Lost, lost, &[]);
        }
    }

    fn put(&self, kind: Kind, at_ns: u64, payload: &[u8]) {
        self.record(kind, payload.len(), at_ns, payload);
    }

    /// One record. A parent that is gone ends this process.
    fn record(&self, kind: Kind, len: usize, at_ns: u64, payload: &[u8]) {
        let jumps = u32::try_from(self.jumps.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        let header = Header { kind, len, at_ns, jumps }.write();
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        if pipe.write_all(&header).and_then(|()| pipe.write_all(payload)).is_err() {
            std::process::exit(0);
        }
    }
}

/// A report for what could not be said otherwise.
impl Default for Report {
    fn default() -> Self {
        Self { why: "it said nothing".into(), why_code: SourceWhy::Broken }
    }
}
