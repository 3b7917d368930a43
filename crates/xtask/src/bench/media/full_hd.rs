//! Row 8: 1080p30 with recognition: frames, drops, memory.

use super::canvases::lowered;
use super::clips;
use crate::bench::figure::Measured;
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::process::rss_mb;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::run::live::summary;
use std::time::{Duration, Instant};

/// Second bar of the row, megabytes.
const RSS_MB: f64 = 500.0;
const LOOK: Duration = Duration::from_secs(1);

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("full-hd")?;
    let data = stage.data(&folder, true)?;
    stage.canvas(&data, Canvas::FULL_HD)?;
    let seconds = stage.pick(45, 600);
    let clip = clips::demo(stage, Canvas::FULL_HD, 86)?;
    let server = Nginx::start(&folder.join("server"))?;
    let mut command = stage.live(&data);
    command.args(["--no-platform", "--to", &server.url("show"), "--source"]).arg(clip);
    // Clips are cut after the show: minutes of encoding that are no part of it.
    command.arg("--no-pin-clips").arg("--record").arg(folder.join("show.mkv"));
    let mut peak: f64 = 0.0;
    let mut looked: Option<Instant> = None;
    let played = stage.play(&mut command, Duration::from_secs(seconds), &mut |show, _| {
        if looked.is_none_or(|at| at.elapsed() >= LOOK) {
            looked = Some(Instant::now());
            peak = rss_mb(show.pid()).unwrap_or(0.0).max(peak);
        }
    })?;
    let summary = summary(&played.lines).ok_or("the show printed no summary")?;
    let dropped: Vec<String> = summary.frames.dropped.iter().map(|(cause, n)| format!("{cause:?} {n}")).collect();
    let words =
        if dropped.is_empty() { "0 frames dropped".to_owned() } else { format!("dropped: {}", dropped.join(", ")) };
    let shed = lowered(&played.lines);
    let shed = if shed.is_empty() { String::new() } else { format!("; lowered: {}", shed.join("; ")) };
    Ok(Measured {
        value: summary.frames.encoded as f64 / summary.on_air_s,
        n: summary.frames.encoded,
        note: Some(format!("{words}; {peak:.0} MB resident at most (bar {RSS_MB}); {} pins{shed}", summary.pins)),
        broken: !dropped.is_empty() || peak > RSS_MB || peak == 0.0,
        ..Measured::default()
    })
}
