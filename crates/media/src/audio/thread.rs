//! The thread that hands sound to the encoder without a break, and measures how loud it is.

use super::{
    CHANNELS,
    timeline::{Piece, Timeline},
};
use crate::clock::Timebase;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

/// Pieces that wait for the audio thread: at 10 ms each, more than a second.
const INBOX: usize = 128;
/// A microphone may be this late before silence takes its place.
const PATIENCE_NS: u64 = 150_000_000;
/// Where no sound is expected, silence keeps up with the picture in steps of this.
const STEP_NS: u64 = 10_000_000;
/// Loudness is averaged over about this many samples.
const METER_SAMPLES: f32 = 48_000.0 * 0.4 * CHANNELS as f32;

/// Loudness and gaps, read by the statistics.
#[derive(Debug, Default)]
pub(crate) struct AudioMeter {
    mean_square: AtomicU32,
    pub gap_ms: AtomicU64,
    pub lost_pieces: AtomicU64,
    pub jumps: AtomicU64,
}

impl AudioMeter {
    /// RMS in dBFS; none below -90, which is silence.
    pub(crate) fn rms_db(&self) -> Option<f32> {
        let mean_square = f32::from_bits(self.mean_square.load(Ordering::Relaxed));
        let db = 10.0 * mean_square.max(1e-12).log10();
        (db > -90.0).then_some(db)
    }

    fn hear(&self, samples: &[f32]) {
        if samples.is_empty() {
            return;
        }
        let now = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
        let before = f32::from_bits(self.mean_square.load(Ordering::Relaxed));
        let share = (samples.len() as f32 / METER_SAMPLES).min(1.0);
        self.mean_square.store((before + (now - before) * share).to_bits(), Ordering::Relaxed);
    }
}

/// Where a microphone puts its sound. Never blocks.
#[derive(Clone)]
pub(crate) struct AudioInput {
    sender: mpsc::SyncSender<(Vec<f32>, u64)>,
    meter: Arc<AudioMeter>,
}

impl AudioInput {
    pub(crate) fn offer(&self, samples: &[f32], at_ns: u64) {
        if self.sender.try_send((samples.to_vec(), at_ns)).is_err() {
            self.meter.lost_pieces.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The running thread.
pub(crate) struct Audio {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Audio {
    pub(crate) fn input(meter: Arc<AudioMeter>) -> (AudioInput, mpsc::Receiver<(Vec<f32>, u64)>) {
        let (sender, receiver) = mpsc::sync_channel(INBOX);
        (AudioInput { sender, meter }, receiver)
    }

    /// Runs until stopped. `expected` is false where no microphone was asked for.
    pub(crate) fn start(
        inbox: mpsc::Receiver<(Vec<f32>, u64)>,
        target: gst_app::AppSrc,
        time: Arc<Timebase>,
        meter: Arc<AudioMeter>,
        expected: bool,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("hawker-audio".into()).spawn(move || {
            let mut line = Timeline::default();
            while !stopped.load(Ordering::SeqCst) {
                let piece = match inbox.recv_timeout(Duration::from_nanos(STEP_NS)) {
                    Ok((samples, at_ns)) => line.place(&samples, at_ns, time.now_ns()),
                    Err(mpsc::RecvTimeoutError::Timeout) => silence(&mut line, time.now_ns(), expected),
                    Err(mpsc::RecvTimeoutError::Disconnected) => {
                        std::thread::sleep(Duration::from_nanos(STEP_NS));
                        silence(&mut line, time.now_ns(), expected)
                    }
                };
                if let Some(piece) = piece {
                    meter.hear(&piece.samples);
                    meter.gap_ms.store(line.gap_ms(), Ordering::Relaxed);
                    meter.jumps.store(line.jumps(), Ordering::Relaxed);
                    push(&target, &piece);
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }

    pub(crate) fn stop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn silence(line: &mut Timeline, now_ns: u64, expected: bool) -> Option<Piece> {
    if !expected {
        return line.fill(now_ns, false);
    }
    let end = line.end_ns().unwrap_or(0);
    // Once it is missing, the line follows at this distance, so that sound which comes back finds its place free.
    (end + PATIENCE_NS <= now_ns).then(|| line.fill(now_ns - PATIENCE_NS / 2, true)).flatten()
}

fn push(target: &gst_app::AppSrc, piece: &Piece) {
    let bytes: Vec<u8> = piece.samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    if let Some(buffer) = buffer.get_mut() {
        buffer.set_pts(gst::ClockTime::from_nseconds(piece.at_ns));
        let frames = (piece.samples.len() / CHANNELS) as u64;
        buffer.set_duration(gst::ClockTime::from_nseconds(frames * 1_000_000_000 / u64::from(super::RATE)));
    }
    let _ = target.push_buffer(buffer);
}
