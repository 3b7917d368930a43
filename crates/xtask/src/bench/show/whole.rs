//! One whole show, from which four rows are read: frame rate and drops, time to pin, memory, time to the order.

use super::super::figure::{Measured, percentile};
use super::pins;
use crate::bench::parts::process::peak_rss_mb;
use crate::bench::parts::stage::{Played, Stage};
use crate::run::buyer::Buyer;
use crate::run::live::summary;
use hawker_domain::OrderId;
use hawker_wire::live::LiveEvent;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What one show gave.
pub struct Whole {
    fps: Result<Measured, String>,
    pin: Result<Measured, String>,
    rss: Result<Measured, String>,
    order: Result<Measured, String>,
}

impl Whole {
    pub fn row(&self, row: u32) -> Result<Measured, String> {
        match row {
            1 => self.fps.clone(),
            4 => self.pin.clone(),
            6 => self.rss.clone(),
            8 => self.order.clone(),
            _ => Err("this show does not measure that row".to_owned()),
        }
    }
}

/// Runs the show: clip, recognition, card, recording, the embedded platform as the RTMP output, and a buyer.
pub fn measure(stage: &Stage) -> Result<Whole, String> {
    let clip = stage.clip()?;
    let folder = stage.folder("whole")?;
    let data = stage.data(&folder, true)?;
    let recording = folder.join("show.mkv");
    let mut command = stage.live(&data);
    command.arg("--source").arg(&clip).arg("--record").arg(&recording);
    let on_air = Duration::from_secs(stage.pick(90, 600));
    let mut peak: Option<f64> = None;
    let mut buyer = Buyer::default();
    let played = stage.play(&mut command, on_air, &mut |show, line| {
        peak = peak_rss_mb(show.pid()).or(peak);
        if let Some(line) = line {
            buyer.see(line);
        }
    })?;
    let bought: Vec<(OrderId, Instant)> =
        buyer.finish().into_iter().map(|bought| (bought.order, bought.paid_at)).collect();
    Ok(Whole {
        fps: frame_rate(&played),
        pin: pin_time(&played, clip, &recording),
        rss: peak.ok_or("memory is read from /proc, which this system lacks".to_owned()).map(|value| Measured {
            value,
            n: 1,
            note: Some("highest over the whole show, from start to end".to_owned()),
            ..Measured::default()
        }),
        order: order_time(&played, &bought),
    })
}

fn frame_rate(played: &Played) -> Result<Measured, String> {
    let summary = summary(&played.lines).ok_or("the show printed no summary")?;
    let dropped: u64 = summary.frames.dropped.values().sum();
    let causes: Vec<String> = summary.frames.dropped.iter().map(|(cause, n)| format!("{cause:?} {n}")).collect();
    let note = if dropped == 0 { "0 frames dropped".to_owned() } else { format!("dropped: {}", causes.join(", ")) };
    let sent: u64 = summary.outputs.iter().map(|output| output.sent_bytes).sum();
    let recorded = summary.recording.is_some();
    let note = format!("{note}; {sent} bytes sent; recording {}", if recorded { "kept" } else { "MISSING" });
    Ok(Measured {
        value: summary.frames.encoded as f64 / summary.on_air_s,
        n: summary.frames.encoded,
        note: Some(note),
        broken: dropped > 0 || sent == 0 || !recorded,
        ..Measured::default()
    })
}

fn pin_time(played: &Played, clip: PathBuf, recording: &std::path::Path) -> Result<Measured, String> {
    let truth = pins::Truth::beside(&clip)?;
    // The recording may have been rewrapped; either holds the same pictures.
    let recording = [recording.to_owned(), recording.with_extension("mp4")].into_iter().find(|path| path.is_file());
    let recording = recording.ok_or("there is no recording to align the clip's time with")?;
    let offset_ms = pins::offset_ms(&clip, &recording)?;
    let on_air_ms = summary(&played.lines).ok_or("the show printed no summary")?.on_air_s * 1000.0;
    let held = truth.in_show(offset_ms, on_air_ms);
    pins::measure(&held, &pins::pinned(&played.lines))
}

/// From just before the payment is sent to the show's own line, which is printed after the store has the order.
fn order_time(played: &Played, bought: &[(OrderId, Instant)]) -> Result<Measured, String> {
    let seconds: Vec<f64> = bought
        .iter()
        .filter_map(|(order, paid_at)| {
            let line = played.lines.iter().find(|line| {
                matches!(line.event.as_ref().map(|line| &line.event), Some(LiveEvent::Order { id, .. }) if id == order)
            })?;
            Some(line.at.saturating_duration_since(*paid_at).as_secs_f64())
        })
        .collect();
    let missing = bought.len() - seconds.len();
    let value = percentile(&seconds, 1.0).ok_or_else(|| {
        if bought.is_empty() { "the buyer bought nothing".to_owned() } else { format!("{missing} orders never came") }
    })?;
    Ok(Measured {
        value,
        n: seconds.len() as u64,
        note: Some(format!("slowest; {missing} of {} orders did not come before the end", bought.len())),
        broken: missing > 0,
        ..Measured::default()
    })
}
