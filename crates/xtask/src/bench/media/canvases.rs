//! Row 7: both canvases at once, each encoded for itself, out of one camera that sees goods, with a card and recognition.

use super::{clips, delay::SKU};
use crate::bench::figure::Measured;
use crate::bench::parts::camera::Camera;
use crate::bench::parts::nginx::Nginx;
use crate::bench::parts::stage::{Canvas, Stage};
use crate::run::live::{Line, summary};
use hawker_domain::reason::NoticeWhy;
use hawker_wire::live::LiveEvent;
use std::time::Duration;

/// Pictures a second that the camera gives.
const CAMERA_FPS: f64 = 30.0;

pub fn measure(stage: &Stage) -> Result<Measured, String> {
    let folder = stage.folder("canvases")?;
    let data = stage.data(&folder, true)?;
    stage.canvas(&data, Canvas::HD)?;
    let (wide, tall) = (Nginx::start(&folder.join("wide"))?, Nginx::start(&folder.join("tall"))?);
    let camera = Camera::playing(&clips::film(stage)?)?;
    let mut command = stage.live(&data);
    let source = camera.lend(&mut command);
    command.args(["--no-platform", "--canvas", "both", "--pin", SKU, "--to", &wide.url("show")]);
    command.args(["--to", &format!("9:16={}", tall.url("show")), "--source", &source]);
    let played = stage.play(&mut command, Duration::from_secs(stage.pick(45, 300)), &mut |_, _| {})?;
    let summary = summary(&played.lines).ok_or("the show printed no summary")?;
    let rates: Vec<(String, f64)> = summary
        .frames
        .by_canvas
        .iter()
        .map(|(canvas, frames)| (canvas.clone(), *frames as f64 / summary.on_air_s))
        .collect();
    let slower = rates.iter().map(|(_, fps)| *fps).min_by(f64::total_cmp).ok_or("no canvas was encoded")?;
    let arrived =
        [&wide, &tall].iter().all(|server| server.publishes().iter().any(|publish| publish.size_bytes > 100_000));
    let each: Vec<String> = rates.iter().map(|(canvas, fps)| format!("{canvas} {fps:.2} fps")).collect();
    let lowered = lowered(&played.lines);
    let dropped: u64 = summary.frames.dropped.values().sum();
    let words =
        if lowered.is_empty() { "nothing was lowered".to_owned() } else { format!("lowered: {}", lowered.join("; ")) };
    let captured = summary.frames.captured as f64 / summary.on_air_s;
    let note = format!(
        "{}; the camera gave {captured:.2}; {dropped} frames dropped; {words}{}",
        each.join(", "),
        if arrived { "" } else { "; NOT both canvases arrived" }
    );
    Ok(Measured {
        value: slower,
        n: summary.frames.encoded,
        note: Some(note),
        // What is dropped and not said to be given up is a failure of ours.
        broken: rates.len() < 2 || !arrived || captured < CAMERA_FPS - 0.5 || (dropped > 0 && lowered.is_empty()),
        ..Measured::default()
    })
}

/// What the governor said it took away.
pub fn lowered(lines: &[Line]) -> Vec<String> {
    let notice = |line: &Line| match &line.event.as_ref()?.event {
        LiveEvent::Notice { why_code: Some(NoticeWhy::Overload), message, .. } => Some(message.clone()),
        _ => None,
    };
    lines.iter().filter_map(notice).collect()
}
