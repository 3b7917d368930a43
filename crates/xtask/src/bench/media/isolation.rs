//! Row 1: three of four destinations are killed, stalled and throttled; what do capture, recording and the fourth notice?
//!
//! The clip's frames are numbered, so that a gap in capture shows: the picture stands still although frames go on.

use super::clips;
use crate::bench::figure::Measured;
use crate::bench::parts::ffmpeg::{self, Copy, Packet};
use crate::bench::parts::metrics::Metrics;
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::bench::parts::throttle::Throttle;
use crate::bench::parts::timeline::Timeline;
use crate::run::live::summary;
use hawker_marks::{Clip, longest_hold_s, look};
use hawker_wire::live::{DropCause, OutputSummary};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest gap between two pictures of the recording and of the healthy subscriber, milliseconds.
const RECORDING_GAP_MS: f64 = 40.0;
/// The pictures differ from second to second, so that rates of two stretches never agree to the byte. Per cent.
const SAME_RATE: f64 = 3.0;
/// The throttled one gets this part of what it wants.
const THROTTLED: u64 = 3;

const S: fn(u64) -> Duration = Duration::from_secs;

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("isolation")?;
    let data = stage.data(&folder, false)?;
    stage.canvas(&data, Canvas::SMALL)?;
    let hurt_s = stage.pick(14, 60);
    let (from_s, to_s) = (12, 12 + hurt_s);
    let on_air_s = to_s + 8;
    let clip = Clip { seconds: on_air_s as u32 + 10, ..Clip::of(0) };
    let clip = clips::marked(stage, &clip)?;
    let server = |name: &str| Nginx::start(&folder.join(name));
    let healthy = server("healthy")?;
    let (dying, stalling) = (RefCell::new(server("killed")?), RefCell::new(server("stalled")?));
    let slow = server("throttled")?;
    let narrow = Throttle::to(slow.port())?;
    let copy = Copy::start(&healthy.url("show"), &folder.join("healthy.flv"))?;
    let recording = folder.join("show.mkv");
    let mut command = stage.live(&data);
    stage.without_recognition(&folder, &mut command)?;
    command.args(["--no-platform", "--to", &healthy.url("show"), "--to", &dying.borrow().url("show")]);
    command.args(["--to", &stalling.borrow().url("show"), "--to", &narrow.url("show")]);
    command.arg("--source").arg(&clip).arg("--record").arg(&recording);
    let allowed = u64::from(Canvas::SMALL.bitrate_bps) / THROTTLED;
    // What the encoder that all share is asked for, before, amid and at the end of the trouble.
    let asked = RefCell::new(Vec::new());
    let hurt = RefCell::new(Metrics::default());
    let look = || -> Result<(), String> {
        let now = Metrics::of(stage, &data)?;
        asked.borrow_mut().push(now.value("hawker_encode_target_bits_per_second", "16:9").unwrap_or_default() as u64);
        *hurt.borrow_mut() = now;
        Ok(())
    };
    let mut timeline = Timeline::default()
        .at(S(from_s - 2), |_| look())
        .at(S(from_s), |_| {
            narrow.limit(Some(allowed));
            stalling.borrow_mut().stop()
        })
        .at(S(from_s + 2), |_| {
            dying.borrow_mut().kill();
            Ok(())
        })
        .at(S(from_s + hurt_s / 2), |_| look())
        .at(S(to_s - 1), |_| look())
        .at(S(to_s), |_| {
            narrow.limit(None);
            stalling.borrow_mut().go_on();
            dying.borrow_mut().run()
        });
    let played = stage.play(&mut command, S(on_air_s), &mut |show, line| timeline.watch(show, line))?;
    timeline.finish()?;
    let recorded = kept_recording(&recording)?;
    let got = copy.finish();
    let found = Found::read(&recorded, &got, from_s as f64, to_s as f64)?;
    let summary = summary(&played.lines).ok_or("the show printed no summary")?;
    let ours: u64 =
        summary.frames.dropped.iter().filter(|(cause, _)| **cause != DropCause::OutputBehind).map(|(_, n)| n).sum();
    let ports = (dying.borrow().port(), stalling.borrow().port(), narrow.port());
    let felt = Felt::read(&summary.outputs, &hurt.borrow(), ports.0, ports.1, ports.2);
    let steered = asked.borrow().iter().any(|bps| *bps != u64::from(Canvas::SMALL.bitrate_bps));
    let lost = found.lost + ours;
    let note = format!(
        "recording gap {:.0} ms, healthy subscriber's {:.0} ms; {lost} frames lost elsewhere; bitrate of the others {:+.1} %, of the \
         recording {:+.1} % (a stretch of the same show varies by {SAME_RATE} %), and the encoder all share was asked for \
         {:?} bit/s before, amid and at the end; the killed one came back {} times, the stalled one {}, the throttled one left \
         {} pictures out",
        found.recording_gap_ms,
        found.subscriber_gap_ms,
        found.subscriber_change,
        found.recording_change,
        asked.borrow(),
        felt.killed,
        felt.stalled,
        felt.throttled_drops
    );
    let changed = found.subscriber_change.abs().max(found.recording_change.abs());
    let gap_ms = found.recording_gap_ms.max(found.subscriber_gap_ms);
    Ok(Measured {
        value: found.hold_ms,
        n: found.frames,
        note: Some(note),
        // A frame's time in whole milliseconds is 33 or 34.
        broken: gap_ms > RECORDING_GAP_MS || lost > 0 || changed > SAME_RATE || steered || !felt.all(),
        ..Measured::default()
    })
}

/// What the recording and the healthy subscriber's copy tell of the time in which others were hurt.
struct Found {
    hold_ms: f64,
    recording_gap_ms: f64,
    subscriber_gap_ms: f64,
    lost: u64,
    frames: u64,
    subscriber_change: f64,
    recording_change: f64,
}

impl Found {
    fn read(recorded: &Path, got: &Path, from_s: f64, to_s: f64) -> Result<Self, String> {
        let recording = ffmpeg::packets(recorded)?;
        let subscriber = ffmpeg::packets(got)?;
        let begun = recording.first().map_or(0.0, |packet| packet.0);
        let (from_s, to_s) = (from_s + begun, to_s + begun);
        let hurt = |packets: &[Packet], shift_s: f64| -> Vec<Packet> {
            let inside = |packet: &&Packet| (from_s - shift_s..to_s - shift_s).contains(&packet.0);
            packets.iter().filter(inside).copied().collect()
        };
        // The subscriber's time begins with its first picture; both end with the show.
        let end = |packets: &[Packet]| packets.last().map_or(0.0, |packet| packet.0);
        let shift_s = end(&recording) - end(&subscriber);
        let (in_recording, in_subscriber) = (hurt(&recording, 0.0), hurt(&subscriber, shift_s));
        let seen = look(recorded).map_err(|error| error.to_string())?;
        let change = |packets: &[Packet], shift_s: f64| {
            let before = ffmpeg::bitrate_bps(packets, from_s - shift_s - 8.0, from_s - shift_s);
            let during = ffmpeg::bitrate_bps(packets, from_s - shift_s, to_s - shift_s);
            (during / before - 1.0) * 100.0
        };
        Ok(Self {
            hold_ms: longest_hold_s(&seen, from_s, to_s) * 1000.0,
            recording_gap_ms: ffmpeg::longest_gap_ms(&in_recording),
            subscriber_gap_ms: ffmpeg::longest_gap_ms(&in_subscriber),
            lost: ffmpeg::missing(&in_recording, 30.0) + ffmpeg::missing(&in_subscriber, 30.0),
            frames: in_recording.len() as u64,
            subscriber_change: change(&subscriber, shift_s),
            recording_change: change(&recording, 0.0),
        })
    }
}

/// Whether the trouble that was made was felt: without it nothing is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Felt {
    /// Reconnects of the killed one and of the stalled one.
    killed: u32,
    stalled: u32,
    /// Pictures that the throttled one left out.
    throttled_drops: u64,
}

impl Felt {
    fn read(outputs: &[OutputSummary], hurt: &Metrics, killed: u16, stalled: u16, throttled: u16) -> Self {
        let at = |port: u16| format!(":{port}/");
        let reconnects = |port| outputs.iter().find(|one| one.url.contains(&at(port))).map_or(0, |one| one.reconnects);
        let drops = hurt.value("hawker_output_dropped_pictures_total", &at(throttled)).unwrap_or_default();
        Self { killed: reconnects(killed), stalled: reconnects(stalled), throttled_drops: drops as u64 }
    }

    fn all(&self) -> bool {
        self.killed > 0 && self.stalled > 0 && self.throttled_drops > 0
    }
}

/// The recording as the show left it: rewrapped at the end, or not.
pub fn kept_recording(recording: &Path) -> Result<PathBuf, String> {
    let either = [recording.with_extension("mp4"), recording.to_owned()].into_iter().find(|path| path.is_file());
    either.ok_or_else(|| format!("{} is not there", recording.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_that_nobody_felt_proves_nothing() {
        let felt = Felt { killed: 1, stalled: 1, throttled_drops: 40 };
        assert!(felt.all());
        for one in [Felt { killed: 0, ..felt }, Felt { stalled: 0, ..felt }, Felt { throttled_drops: 0, ..felt }] {
            assert!(!one.all(), "{one:?}");
        }
    }
}
